#include "dissectors/smtp/parameter.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace smtpscope::smtp {
namespace {

// ---- The forms of values ------------------------------------------------------------------------
bool is_number(std::string_view text, std::size_t digits_max = 20) noexcept {
  return !text.empty() && text.size() <= digits_max && std::ranges::all_of(text, ascii::is_digit);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) noexcept {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return ascii::equal_no_case(text, word); });
}

bool is_hex(char c) noexcept { return ascii::is_digit(c) || (c >= 'A' && c <= 'F'); }

bool is_xtext(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (text[i] < '!' || text[i] > '~' || text[i] == '=') {
      return false;
    }
  }
  return true;
}

std::string_view take_until(std::string_view& text, char separator) noexcept {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// 2026-01-02T03:04:05Z, also with a fraction or an offset (RFC 3339).
bool is_time(std::string_view text) noexcept {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (text.size() <= form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == 'd' ? !ascii::is_digit(text[i]) : ascii::to_upper(text[i]) != form[i])
      return false;
  }
  std::string_view zone = text.substr(form.size());
  if (zone.front() == '.')
    zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
  if (is_one_of(zone, {"Z"})) return true;
  return zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && is_number(zone.substr(1, 2)) &&
         zone[3] == ':' && is_number(zone.substr(4));
}

bool is_empty(std::string_view value) noexcept { return value.empty(); }
bool is_size(std::string_view value) noexcept { return is_number(value); }
bool is_body(std::string_view value) noexcept {
  return is_one_of(value, {"7BIT", "8BITMIME", "BINARYMIME"});
}
bool is_ret(std::string_view value) noexcept { return is_one_of(value, {"FULL", "HDRS"}); }
bool is_some_xtext(std::string_view value) noexcept { return !value.empty() && is_xtext(value); }
bool is_any(std::string_view) noexcept { return true; }

bool is_notify(std::string_view value) noexcept {
  if (is_one_of(value, {"NEVER"})) return true;
  bool any = false;
  for (std::string_view rest = value; !rest.empty();) {
    if (!is_one_of(take_until(rest, ','), {"SUCCESS", "FAILURE", "DELAY"})) return false;
    any = true;
  }
  return any && !value.ends_with(',');
}

// rfc822;bob@example.com (RFC 3461, 4.2); utf-8;... of RFC 6533 need not be xtext.
bool is_orcpt(std::string_view value) noexcept {
  std::string_view rest = value;
  const std::string_view type = take_until(rest, ';');
  return !type.empty() && type.size() < value.size() && !rest.empty() &&
         (ascii::equal_no_case(type, "utf-8") || is_xtext(rest));
}

// 120;R, -3600;NT (RFC 2852, 4).
bool is_by(std::string_view value) noexcept {
  std::string_view mode = value;
  std::string_view seconds = take_until(mode, ';');
  if (seconds.starts_with('-') || seconds.starts_with('+')) seconds.remove_prefix(1);
  return is_number(seconds, 9) && is_one_of(mode, {"R", "N", "RT", "NT"});
}

bool is_hold_for(std::string_view value) noexcept { return is_number(value, 9); }

bool is_priority(std::string_view value) noexcept {
  if (value.starts_with('-')) value.remove_prefix(1);
  return is_number(value, 1);
}

bool is_rrvs(std::string_view value) noexcept {
  std::string_view action = value;
  const std::string_view time = take_until(action, ';');
  return is_time(time) && (action.empty() || is_one_of(action, {"C", "R"}));
}

// XVERP, XVERP=+= (Postfix's VERP_README): two delimiters.
bool is_xverp(std::string_view value) noexcept { return value.empty() || value.size() == 2; }

bool is_transaction(std::string_view value) noexcept {
  return value.size() > 2 && value.starts_with('<') && value.ends_with('>');
}

// ---- In words -----------------------------------------------------------------------------------
std::string plain(std::string_view) { return {}; }

std::string octets_words(std::string_view value) {
  return std::string(value) + (value == "1" ? " octet" : " octets");
}

std::string body_words(std::string_view value) {
  if (is_one_of(value, {"7BIT"})) return "text of ASCII only";
  return is_one_of(value, {"8BITMIME"}) ? "text with octets above 127"
                                        : "any octets, without lines";
}

std::string ret_words(std::string_view value) {
  return is_one_of(value, {"HDRS"}) ? "a report of failure brings back the header only"
                                    : "a report of failure brings back the whole message";
}

std::string decoded_words(std::string_view before, std::string_view value) {
  return std::string(before) + decode_xtext(value).value_or(std::string(value));
}
std::string envid_words(std::string_view value) { return decoded_words("reports name it ", value); }

std::string auth_words(std::string_view value) {
  if (value == "<>") return "who submitted it is not known, or not vouched for";
  return decoded_words("submitted by ", value);
}

std::string notify_words(std::string_view value) {
  if (is_one_of(value, {"NEVER"})) return "no reports, whatever happens";
  std::string words = "report on";
  std::string_view separator = " ";
  for (std::string_view rest = value; !rest.empty(); separator = ", ") {
    const std::string_view when = take_until(rest, ',');
    words += separator;
    words += is_one_of(when, {"SUCCESS"})   ? "success"
             : is_one_of(when, {"FAILURE"}) ? "failure"
                                            : "delay";
  }
  return words;
}

std::string orcpt_words(std::string_view value) {
  take_until(value, ';');
  return decoded_words("first addressed to ", value);
}

std::string by_words(std::string_view value) {
  const std::string_view seconds = take_until(value, ';');
  const bool returns = ascii::to_upper(value.front()) == 'R';
  std::string words = "to be delivered within " + std::string(seconds) + " s, else ";
  words += returns ? "to be returned" : "the sender is told";
  if (value.size() > 1) words += "; each relay is reported";
  return words;
}

std::string hold_for_words(std::string_view value) {
  return "to be held for " + std::string(value) + " s";
}
std::string hold_until_words(std::string_view value) {
  return "to be held until " + std::string(value);
}
std::string priority_words(std::string_view value) {
  return "priority " + std::string(value) + " (-9 to 9, 0 is normal)";
}
std::string require_tls_words(std::string_view) { return "TLS is demanded on the whole way"; }
std::string utf8_words(std::string_view) { return "addresses and header may be in UTF-8"; }
std::string conperm_words(std::string_view) { return "the content may be converted"; }
std::string prdr_words(std::string_view) {
  return "an answer for each recipient is wanted after the message";
}
std::string xverp_words(std::string_view) {
  return "a bounce address of its own for each recipient";
}
std::string transaction_words(std::string_view) { return "a transfer that may be taken up again"; }

std::string rrvs_words(std::string_view value) {
  const std::string_view time = take_until(value, ';');
  return "only if the mailbox has had the same owner since " + std::string(time) +
         (is_one_of(value, {"C"}) ? "; else the mail goes on without that check" : "");
}

// ---- The table ----------------------------------------------------------------------------------
struct Row {
  ParameterInfo info;
  bool (*is_valid)(std::string_view) noexcept;
  std::string (*words)(std::string_view);
};

constexpr auto rows = std::to_array<Row>({
    {{"ALT-ADDRESS", Verb::mail, "UTF8SMTP", "RFC 5336, 3.4"}, is_any, plain},
    {{"AUTH", Verb::mail, "AUTH", "RFC 4954, 5"}, is_some_xtext, auth_words},
    {{"BODY", Verb::mail, "8BITMIME", "RFC 6152, 2"}, is_body, body_words},
    {{"BY", Verb::mail, "DELIVERBY", "RFC 2852, 4"}, is_by, by_words},
    {{"CONPERM", Verb::mail, "CONPERM", "RFC 4141, 2"}, is_empty, conperm_words},
    {{"ENVID", Verb::mail, "DSN", "RFC 3461, 4.4"}, is_some_xtext, envid_words},
    {{"HOLDFOR", Verb::mail, "FUTURERELEASE", "RFC 4865, 4"}, is_hold_for, hold_for_words},
    {{"HOLDUNTIL", Verb::mail, "FUTURERELEASE", "RFC 4865, 4"}, is_time, hold_until_words},
    {{"MT-PRIORITY", Verb::mail, "MT-PRIORITY", "RFC 6710, 4.1"}, is_priority, priority_words},
    {{"MTRK", Verb::mail, "MTRK", "RFC 3885, 3"}, is_any, plain},
    {{"PRDR", Verb::mail, "PRDR", "draft-hall-prdr; Exim"}, is_empty, prdr_words},
    {{"REQUIRETLS", Verb::mail, "REQUIRETLS", "RFC 8689, 4"}, is_empty, require_tls_words},
    {{"RET", Verb::mail, "DSN", "RFC 3461, 4.3"}, is_ret, ret_words},
    {{"SIZE", Verb::mail, "SIZE", "RFC 1870, 5"}, is_size, octets_words},
    {{"SMTPUTF8", Verb::mail, "SMTPUTF8", "RFC 6531, 3.4"}, is_empty, utf8_words},
    {{"SOLICIT", Verb::mail, "NO-SOLICITING", "RFC 3865, 3"}, is_any, plain},
    {{"SUBMITTER", Verb::mail, "SUBMITTER", "RFC 4405, 4"}, is_some_xtext, auth_words},
    {{"TRANSID", Verb::mail, "CHECKPOINT", "RFC 1845, 4"}, is_transaction, transaction_words},
    {{"XOORG", Verb::mail, "XOORG", "no RFC; Microsoft Exchange"}, is_any, plain},
    {{"XVERP", Verb::mail, "XVERP", "no RFC; Postfix"}, is_xverp, xverp_words},
    {{"ALT-ADDRESS", Verb::rcpt, "UTF8SMTP", "RFC 5336, 3.4"}, is_any, plain},
    {{"CONNEG", Verb::rcpt, "CONNEG", "RFC 4141, 2"}, is_any, plain},
    {{"IGNOREQUOTA", Verb::rcpt, "IGNOREQUOTA", "no RFC; Cyrus LMTP"}, is_empty, plain},
    {{"NOTIFY", Verb::rcpt, "DSN", "RFC 3461, 4.1"}, is_notify, notify_words},
    {{"ORCPT", Verb::rcpt, "DSN", "RFC 3461, 4.2"}, is_orcpt, orcpt_words},
    {{"RRVS", Verb::rcpt, "RRVS", "RFC 7293, 3"}, is_rrvs, rrvs_words},
    {{"XRDST", Verb::rcpt, "XRDST", "no RFC; Microsoft Exchange"}, is_any, plain},
});

constexpr std::size_t row_count = rows.size();
constexpr auto infos = [] {
  std::array<ParameterInfo, row_count> all{};
  std::ranges::transform(rows, all.begin(), &Row::info);
  return all;
}();

const Row* row_of(Verb verb, std::string_view keyword) noexcept {
  const auto* const row = std::ranges::find_if(rows, [&](const Row& one) {
    return one.info.verb == verb && ascii::equal_no_case(one.info.keyword, keyword);
  });
  return row == rows.end() ? nullptr : row;
}

unsigned hex_value(char c) noexcept {
  return static_cast<unsigned>(ascii::is_digit(c) ? c - '0' : c - 'A' + 10);
}

}  // namespace

std::span<const ParameterInfo> parameters() noexcept { return infos; }

const ParameterInfo* find_parameter(Verb verb, std::string_view keyword) noexcept {
  const Row* const row = row_of(verb, keyword);
  return row == nullptr ? nullptr : &infos[static_cast<std::size_t>(row - rows.begin())];
}

std::string_view extension_of(Verb verb, const Parameter& parameter) noexcept {
  const Row* const row = row_of(verb, parameter.keyword);
  if (row == nullptr) return parameter.keyword;
  const bool binary =
      row->info.keyword == "BODY" && ascii::equal_no_case(parameter.value, "BINARYMIME");
  return binary ? std::string_view("BINARYMIME") : row->info.extension;
}

bool is_valid_value(Verb verb, const Parameter& parameter) noexcept {
  const Row* const row = row_of(verb, parameter.keyword);
  return row == nullptr || row->is_valid(parameter.value);
}

std::string parameter_words(Verb verb, const Parameter& parameter) {
  const Row* const row = row_of(verb, parameter.keyword);
  return row == nullptr || !row->is_valid(parameter.value) ? std::string()
                                                           : row->words(parameter.value);
}

std::optional<std::string> decode_xtext(std::string_view text) {
  if (!is_xtext(text)) return std::nullopt;
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '+') {
      decoded += text[i];
    } else {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    }
  }
  return decoded;
}

std::vector<Parameter> parse_attributes(std::string_view argument) {
  std::vector<Parameter> attributes;
  for (std::string_view rest = ascii::trim(argument); !rest.empty(); rest = ascii::trim(rest)) {
    std::string_view value = take_until(rest, ' ');
    const std::string_view name = take_until(value, '=');
    attributes.push_back({ascii::upper(name), decode_xtext(value).value_or(std::string(value))});
  }
  return attributes;
}

}  // namespace smtpscope::smtp
