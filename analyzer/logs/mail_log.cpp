#include "analyzer/logs/mail_log.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::logs {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// What stands between `before` and the next `after`, or the end; empty if `before` does not stand
// there.
std::string_view between(std::string_view text, std::string_view before,
                         std::string_view after) noexcept {
  const std::size_t begin = text.find(before);
  if (begin == npos) return {};
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(after));
}

std::string_view behind(std::string_view text, std::string_view mark) noexcept {
  const std::size_t at = text.find(mark);
  return at == npos ? std::string_view() : text.substr(at + mark.size());
}

// "550 5.1.1 ...", "421-..." at the start.
bool begins_with_code(std::string_view text) noexcept {
  return text.size() >= 3 && text[0] >= '2' && text[0] <= '5' && ascii::is_digit(text[1]) &&
         ascii::is_digit(text[2]) && (text.size() == 3 || text[3] == ' ' || text[3] == '-');
}

// ---- Postfix ------------------------------------------------------------------------------------
// The end of a queue ID: capital hexadecimal digits, or Postfix's long form; NOQUEUE where there is
// none yet.
bool is_queue_id(std::string_view word) noexcept {
  return word.size() >= 5 && word.size() <= 20 && std::ranges::all_of(word, ascii::is_alnum);
}

// "postfix/smtp[7]: 4A1B2: to=..." from "4A1B2" on; empty if the line is of another program.
std::string_view postfix_message(std::string_view line) noexcept {
  const std::size_t program = line.find("postfix");
  if (program == npos) return {};
  const std::size_t slash = line.find('/', program);
  const std::size_t colon = line.find("]: ", program);
  if (slash == npos || colon == npos || slash > colon) return {};
  return line.substr(colon + 3);
}

// host mx.example.com[198.51.100.25] said: 550 ... (in reply to RCPT TO command)
void read_said(LogLine& told) noexcept {
  static constexpr std::array marks = {std::string_view(" said: "),
                                       std::string_view(" refused to talk to me: ")};
  for (const std::string_view mark : marks) {
    std::string_view reply = behind(told.text, mark);
    if (!begins_with_code(reply)) continue;
    const std::size_t asked = reply.rfind(" (in reply to ");
    if (asked != npos) {
      told.answers = between(reply.substr(asked), "(in reply to ", " command)");
      reply = reply.substr(0, asked);
    } else if (mark != marks.front()) {
      told.answers = "CONN";
    }
    told.reply = reply;
    return;
  }
}

void read_host(LogLine& told, std::string_view host) noexcept {
  const std::size_t bracket = host.find('[');
  told.host = host.substr(0, bracket);
  if (bracket != npos)
    told.address = host.substr(bracket + 1, host.find(']', bracket) - bracket - 1);
}

// to=<bob@example.com>, relay=mx.example.com[198.51.100.25]:25, ..., dsn=5.1.1, status=bounced
// (...)
std::optional<LogLine> postfix_delivery(std::string_view message, LogLine told) noexcept {
  told.recipient = between(message, "to=<", ">");
  const std::string_view relay = between(message, "relay=", ",");
  if (relay != "none" && relay != "local" && relay != "virtual") read_host(told, relay);
  told.status = between(message, "dsn=", ",");
  const std::string_view status = behind(message, " status=");
  const std::string_view word = status.substr(0, status.find(' '));
  if (word == "sent" || word == "delivered") {
    told.fate = Fate::delivered;
  } else if (word == "deferred" || word == "deferred-or-bounced" || word == "undeliverable") {
    told.fate = Fate::deferred;
  } else if (word == "bounced" || word == "expired") {
    told.fate = Fate::bounced;
  } else {
    return std::nullopt;
  }
  const std::size_t begin = status.find('('), end = status.rfind(')');
  if (begin != npos && end != npos && end > begin)
    told.text = status.substr(begin + 1, end - begin - 1);
  read_said(told);
  return told;
}

// NOQUEUE: reject: RCPT from client[192.0.2.10]: 554 5.7.1 <...>: ...; from=<..> to=<..>
// proto=ESMTP helo=<..>
std::optional<LogLine> postfix_refusal(std::string_view message, LogLine told) noexcept {
  std::string_view rest = behind(message, "reject: ");
  const std::size_t from = rest.find(" from ");
  const std::size_t end_of_host = rest.find("]: ");
  if (from == npos || end_of_host == npos || end_of_host < from) return std::nullopt;
  told.answers = rest.substr(0, from);
  read_host(told, rest.substr(from + 6, end_of_host - from - 5));
  rest.remove_prefix(end_of_host + 3);
  if (!begins_with_code(rest)) return std::nullopt;
  const std::size_t context = rest.rfind("; from=<");
  told.reply = told.text = rest.substr(0, context);
  if (context != npos) {
    told.sender = between(rest.substr(context), "from=<", ">");
    told.recipient = between(rest.substr(context), " to=<", ">");
  }
  told.fate = Fate::refused;
  return told;
}

std::optional<LogLine> read_postfix(std::string_view line) noexcept {
  std::string_view message = postfix_message(line);
  const std::size_t colon = message.find(": ");
  if (colon == npos || !is_queue_id(message.substr(0, colon))) return std::nullopt;
  LogLine told;
  told.software = Software::postfix;
  if (message.substr(0, colon) != "NOQUEUE") told.queue_id = message.substr(0, colon);
  message.remove_prefix(colon + 2);
  if (message.starts_with("reject: ") || message.starts_with("milter-reject: "))
    return postfix_refusal(message, told);
  if (message.starts_with("to=<") && message.find(" status=") != npos)
    return postfix_delivery(message, told);
  return std::nullopt;
}

// ---- Exim ---------------------------------------------------------------------------------------
// Exim's message ID: 1abcde-000001-AB, since 4.97 longer: 1abcde-00000000001-AB12.
bool is_exim_id(std::string_view word) noexcept {
  const auto dashes = std::ranges::count(word, '-');
  return (word.size() == 16 || word.size() == 23) && dashes == 2 && word[6] == '-' &&
         std::ranges::all_of(word, [](char c) { return ascii::is_alnum(c) || c == '-'; });
}

bool is_date(std::string_view word) noexcept {
  return word.size() == 10 && word[4] == '-' && word[7] == '-' && ascii::is_digit(word[0]) &&
         ascii::is_digit(word[9]);
}

// The line behind Exim's date and time (and a time zone or a process ID, where they are logged).
std::string_view exim_message(std::string_view line) noexcept {
  if (!is_date(ascii::take_word(line))) return {};
  if (ascii::take_word(line).find(':') == npos) return {};
  line = ascii::trim(line);
  while (line.starts_with('[') || line.starts_with('+') ||
         (line.starts_with('-') && line.size() > 1 && ascii::is_digit(line[1]))) {
    (void)ascii::take_word(line);
    line = ascii::trim(line);
  }
  return line;
}

std::optional<Fate> fate_of(std::string_view flag) noexcept {
  if (flag == "**") return Fate::bounced;
  if (flag == "==") return Fate::deferred;
  if (flag == "=>" || flag == "->" || flag == ">>") return Fate::delivered;
  return std::nullopt;
}

// "H=mx.example.com [198.51.100.25]:25 ..." from behind the "=" on; a field begins a word.
std::string_view exim_field(std::string_view text, std::string_view name) noexcept {
  for (std::size_t at = text.find(name); at != npos; at = text.find(name, at + 1)) {
    if (at == 0 || text[at - 1] == ' ') return text.substr(at + name.size());
  }
  return {};
}

void read_exim_host(LogLine& told, std::string_view rest) noexcept {
  const std::string_view field = exim_field(rest, "H=");
  if (field.empty()) return;
  told.host = field.substr(0, field.find_first_of(" :"));
  told.address = between(field.substr(0, field.find(": ")), "[", "]");
}

// SMTP error from remote mail server after RCPT TO:<bob@example.com>: 550 no such user
void read_exim_reply(LogLine& told) noexcept {
  std::string_view rest = behind(told.text, "SMTP error from remote mail server after ");
  if (rest.empty()) return;
  for (std::size_t at = rest.find(": "); at != npos; at = rest.find(": ", at + 1)) {
    if (!begins_with_code(rest.substr(at + 2))) continue;
    told.answers = rest.substr(0, at);
    told.reply = rest.substr(at + 2);
    return;
  }
}

std::optional<LogLine> exim_delivery(std::string_view rest, LogLine told) noexcept {
  rest = ascii::trim(rest);
  told.recipient = rest.substr(0, rest.find_first_of(" :"));
  // An address behind an alias or another case: "bob <Bob@example.com>".
  const std::string_view more = ascii::trim(rest.substr(told.recipient.size()));
  if (more.starts_with('<')) told.recipient = more.substr(1, more.find('>') - 1);
  read_exim_host(told, rest);
  if (told.fate == Fate::delivered) {
    told.text = between(rest, " C=\"", "\"");
    return told;
  }
  const std::size_t defer = rest.find(" defer (");
  const std::size_t colon = rest.find(": ", defer == npos ? 0 : rest.find(')', defer));
  if (colon != npos) told.text = rest.substr(colon + 2);
  if (defer != npos && told.text.empty()) told.text = behind(rest.substr(defer), ")");
  const std::string_view after = behind(rest, "SMTP error from remote mail server");
  if (!after.empty()) told.text = rest.substr(rest.find("SMTP error from remote mail server"));
  read_exim_reply(told);
  return told;
}

// H=client [192.0.2.10] F=<alice@example.net> rejected RCPT <bob@example.com>: relay not permitted
std::optional<LogLine> exim_refusal(std::string_view message, LogLine told) noexcept {
  const std::string_view rest = behind(message, "rejected ");
  const std::size_t colon = rest.find(": ");
  if (rest.empty() || colon == npos) return std::nullopt;
  told.fate = Fate::refused;
  read_exim_host(told, message);
  told.sender = exim_field(message, "F=<");
  told.sender = told.sender.substr(0, told.sender.find('>'));
  told.answers = rest.substr(0, rest.find_first_of(" <:"));
  told.recipient = between(rest.substr(0, colon), "<", ">");
  told.text = rest.substr(colon + 2);
  return told;
}

std::optional<LogLine> read_exim(std::string_view line) noexcept {
  std::string_view message = exim_message(line);
  LogLine told;
  told.software = Software::exim;
  std::string_view rest = message;
  if (const std::string_view id = ascii::take_word(rest); is_exim_id(id)) {
    told.queue_id = id;
    message = ascii::trim(rest);
  }
  rest = message;
  if (const auto fate = fate_of(ascii::take_word(rest)); fate && !told.queue_id.empty()) {
    told.fate = *fate;
    return exim_delivery(rest, told);
  }
  return exim_refusal(message, told);
}

}  // namespace

std::optional<LogLine> read_log_line(std::string_view line) noexcept {
  if (auto told = read_postfix(line)) return told;
  return read_exim(line);
}

bool is_log_line(std::string_view line) noexcept {
  if (!postfix_message(line).empty()) return true;
  std::string_view rest = exim_message(line);
  return is_exim_id(ascii::take_word(rest)) || exim_refusal(exim_message(line), {}).has_value();
}

}  // namespace smtpscope::logs
