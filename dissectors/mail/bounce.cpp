#include "dissectors/mail/bounce.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/mail/gmime.hpp"

#include <algorithm>
#include <string_view>

namespace smtpscope::mail {
namespace {

// ---- Out of GMime -------------------------------------------------------------------------------
Owned<GMimeMessage> parsed(std::string_view text) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return Owned<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

bool is_of_type(GMimeObject* part, const char* type, const char* subtype) {
  GMimeContentType* const content = g_mime_object_get_content_type(part);
  return content != nullptr && g_mime_content_type_is_type(content, type, subtype) != 0;
}

// The octets of a part, its transfer encoding taken off.
std::string content_of(GMimeObject* part) {
  std::string text;
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  if (GMIME_IS_PART(part)) {
    GMimeDataWrapper* const content = g_mime_part_get_content(GMIME_PART(part));
    if (content == nullptr) return text;
    g_mime_data_wrapper_write_to_stream(content, stream.get());
  } else {
    g_mime_object_write_content_to_stream(part, nullptr, stream.get());
  }
  const GByteArray* const octets = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  if (octets != nullptr) text.assign(reinterpret_cast<const char*>(octets->data), octets->len);
  return text;
}

// Unfolded: what was a line end and blanks is one blank.
std::string header_of(GMimeMessage* message, const char* name, const BounceLimits& limits) {
  std::string_view value =
      ascii::trim(view_of(g_mime_object_get_header(GMIME_OBJECT(message), name)));
  std::string unfolded;
  for (const char c : value.substr(0, limits.field_octets)) {
    const bool is_blank = ascii::is_blank(c) || c == '\r' || c == '\n';
    if (!is_blank || !unfolded.ends_with(' ')) unfolded += is_blank ? ' ' : c;
  }
  return unfolded;
}

// ---- The parts of a report ----------------------------------------------------------------------
// "rfc822; bob@example.com" is of type rfc822 and has the value bob@example.com.
struct TypedField {
  std::string type;  // in small letters
  std::string value;
};

TypedField typed(std::string_view field) {
  const std::size_t semicolon = field.find(';');
  if (semicolon == std::string_view::npos) return {{}, std::string(ascii::trim(field))};
  return {ascii::lower(ascii::trim(field.substr(0, semicolon))),
          std::string(ascii::trim(field.substr(semicolon + 1)))};
}

BouncedRecipient recipient_of(GMimeMessage* group, const BounceLimits& limits) {
  BouncedRecipient recipient;
  recipient.recipient = typed(header_of(group, "Final-Recipient", limits)).value;
  recipient.original = typed(header_of(group, "Original-Recipient", limits)).value;
  recipient.action = ascii::lower(ascii::first_word(header_of(group, "Action", limits)));
  recipient.status = std::string(ascii::first_word(header_of(group, "Status", limits)));
  TypedField diagnostic = typed(header_of(group, "Diagnostic-Code", limits));
  recipient.diagnostic = std::move(diagnostic.value);
  recipient.diagnostic_type = std::move(diagnostic.type);
  recipient.remote_mta = typed(header_of(group, "Remote-MTA", limits)).value;
  return recipient;
}

// Groups of fields, with an empty line between them: the first about the message, then one a
// recipient.
void read_status(std::string_view text, Bounce& bounce, const BounceLimits& limits) {
  while (!text.empty() && bounce.recipients.size() < limits.recipients) {
    const std::size_t crlf = text.find("\r\n\r\n"), lf = text.find("\n\n");
    const std::size_t end =
        std::min({crlf == std::string_view::npos ? text.size() : crlf + 4,
                  lf == std::string_view::npos ? text.size() : lf + 2, text.size()});
    const Owned<GMimeMessage> group = parsed(text.substr(0, end));
    text.remove_prefix(end);
    if (!group) continue;
    if (g_mime_object_get_header(GMIME_OBJECT(group.get()), "Final-Recipient") != nullptr) {
      bounce.recipients.push_back(recipient_of(group.get(), limits));
    } else if (bounce.reporting_mta.empty()) {
      bounce.reporting_mta = typed(header_of(group.get(), "Reporting-MTA", limits)).value;
    }
  }
}

void read_original(GMimeMessage* original, Bounce& bounce, const BounceLimits& limits) {
  bounce.message_id =
      std::string(view_of(g_mime_message_get_message_id(original)).substr(0, limits.field_octets));
  bounce.subject = header_of(original, "Subject", limits);
  bounce.sender = header_of(original, "From", limits);
}

bool read_report(GMimeMessage* message, Bounce& bounce, const BounceLimits& limits) {
  GMimeObject* const top = g_mime_message_get_mime_part(message);
  if (top == nullptr || !GMIME_IS_MULTIPART(top) || !is_of_type(top, "multipart", "report"))
    return false;
  GMimeMultipart* const parts = GMIME_MULTIPART(top);
  for (int index = 0; index < g_mime_multipart_get_count(parts); ++index) {
    GMimeObject* const part = g_mime_multipart_get_part(parts, index);
    if (is_of_type(part, "message", "delivery-status") ||
        is_of_type(part, "message", "global-delivery-status")) {
      read_status(content_of(part), bounce, limits);
    } else if (GMIME_IS_MESSAGE_PART(part)) {
      GMimeMessage* const original = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
      if (original != nullptr) read_original(original, bounce, limits);
    } else if (is_of_type(part, "text", "rfc822-headers")) {
      if (const Owned<GMimeMessage> original = parsed(content_of(part)))
        read_original(original.get(), bounce, limits);
    }
  }
  return !bounce.recipients.empty();
}

// ---- qmail's plain text -------------------------------------------------------------------------
//
//     Hi. This is the qmail-send program at mx.example.com.
//     ...
//     <bob@example.com>:
//     192.0.2.25 does not like recipient.
//     Remote host said: 550 5.1.1 no such user
//     Giving up on 192.0.2.25.
//
//     --- Below this line is a copy of the message.
constexpr std::string_view qmail_opening = "Hi. This is the ";
constexpr std::string_view qmail_reply = "Remote host said: ";
constexpr std::string_view qmail_copy = "--- Below this line";

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool begins_recipient(std::string_view line) noexcept {
  return line.starts_with('<') && line.ends_with(">:");
}

void read_qmail_line(std::string_view line, BouncedRecipient& recipient,
                     const BounceLimits& limits) {
  const bool is_reply = line.starts_with(qmail_reply);
  if (is_reply) {
    recipient.diagnostic.clear();  // what qmail says before is about the same, in less words
    recipient.diagnostic_type = "smtp";
    line.remove_prefix(qmail_reply.size());
  } else if (line.starts_with("Giving up on ") ||
             (recipient.diagnostic_type == "smtp" && !ascii::is_digit(line.front()))) {
    return;
  }
  if (!recipient.diagnostic.empty()) recipient.diagnostic += '\n';
  recipient.diagnostic += line.substr(
      0, limits.field_octets - std::min(limits.field_octets, recipient.diagnostic.size()));
}

bool read_qmail(std::string_view text, Bounce& bounce, const BounceLimits& limits) {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  if (!text.starts_with(qmail_opening)) return false;
  const std::string_view opening = take_line(text);
  const std::size_t at = opening.rfind(" at ");
  if (at != std::string_view::npos)
    bounce.reporting_mta =
        std::string(opening.substr(at + 4, opening.find_last_not_of('.') - at - 3));
  bool in_recipient = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with(qmail_copy)) break;
    if (line.empty()) {
      in_recipient = false;
    } else if (begins_recipient(line)) {
      in_recipient = bounce.recipients.size() < limits.recipients;
      if (!in_recipient) break;
      BouncedRecipient& recipient = bounce.recipients.emplace_back();
      recipient.recipient =
          std::string(line.substr(1, std::min(line.size() - 3, limits.field_octets)));
      recipient.action = "failed";
    } else if (in_recipient) {
      read_qmail_line(line, bounce.recipients.back(), limits);
    }
  }
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  if (const Owned<GMimeMessage> original = parsed(text))
    read_original(original.get(), bounce, limits);
  return !bounce.recipients.empty();
}

}  // namespace

std::optional<Bounce> read_bounce(Bytes octets, const BounceLimits& limits) {
  const auto gmime = hold_gmime();
  const Owned<GMimeMessage> message = parsed(as_text(octets));
  if (!message) return std::nullopt;
  Bounce bounce;
  if (read_report(message.get(), bounce, limits)) return bounce;
  GMimeObject* const body = g_mime_message_get_mime_part(message.get());
  bounce = {};
  if (body != nullptr && is_of_type(body, "text", "plain") &&
      read_qmail(content_of(body), bounce, limits))
    return bounce;
  return std::nullopt;
}

}  // namespace smtpscope::mail
