#pragma once
// The parameters of MAIL and RCPT (RFC 5321, 4.1.2): which extension brings each, what values it
// may have, and what a value means in words.
//
//     MAIL FROM:<alice@example.net> SIZE=2048 BODY=8BITMIME RET=HDRS
//     RCPT TO:<bob@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob@example.com
//
// Pure. Values are hostile: words quote nothing of them but what has the form that the RFC gives.
#include "dissectors/smtp/command.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smtpscope::smtp {

struct ParameterInfo {
  std::string_view keyword;    // "SIZE"
  Verb verb = Verb::mail;      // MAIL or RCPT
  std::string_view extension;  // the keyword of EHLO that brings it
  std::string_view rfc;
};
// In the order of MAIL, RCPT and then of the keywords.
[[nodiscard]] std::span<const ParameterInfo> parameters() noexcept;
// nullptr for one that is in no table. `keyword` in any case.
[[nodiscard]] const ParameterInfo* find_parameter(Verb verb, std::string_view keyword) noexcept;
// The keyword of EHLO that brings this parameter with this value: BODY=BINARYMIME is BINARYMIME's,
// all other BODY are 8BITMIME's. Of an unknown parameter its own keyword.
[[nodiscard]] std::string_view extension_of(Verb verb, const Parameter& parameter) noexcept;

// Has the value the form that the parameter's RFC gives it? True for parameters in no table.
[[nodiscard]] bool is_valid_value(Verb verb, const Parameter& parameter) noexcept;
// "2048 octets", "reports bring back the header only"; empty for one in no table or with a bad
// value.
[[nodiscard]] std::string parameter_words(Verb verb, const Parameter& parameter);

// xtext (RFC 3461, 4): "+2B" stands for "+". Nothing if it is none.
[[nodiscard]] std::optional<std::string> decode_xtext(std::string_view text);

// The attributes of XCLIENT and XFORWARD (Postfix): NAME=value ..., values in xtext;
// "[UNAVAILABLE]" and "[TEMPUNAVAIL]" stand for none. Values that are no xtext stay as sent.
[[nodiscard]] std::vector<Parameter> parse_attributes(std::string_view argument);

}  // namespace smtpscope::smtp
