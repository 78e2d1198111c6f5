#pragma once
// One SMTP command line, and the paths and parameters of MAIL and RCPT.
//
// Pure. Every octet sequence is a legal input; what is wrong with it is a flaw.
#include "dissectors/smtp/line.hpp"
#include "dissectors/smtp/verb.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

struct Command {
  Verb verb = Verb::unknown;
  // The first word in capitals; as sent if it is no verb; "." for the end of data.
  std::string name;
  std::string argument;  // the rest as sent, without the blank before it
  LineEnd line_end = LineEnd::crlf;
  bool secret = false;  // a stray answer of an authentication: never to be shown
  Extent extent;
  Origin begun;
  Origin origin;                                  // the packet that completes it
  std::optional<StreamOffset> peer_acknowledged;  // how much of the server's stream the client had
};

[[nodiscard]] Command parse_command(const Line& line);

// Is this line surely a command, and no text of a message? Used to find the way back after a gap:
// the verb must be known and what follows must fit it ("QUIT" alone, "MAIL FROM:", "EHLO name").
[[nodiscard]] bool is_surely_command(std::string_view line) noexcept;

// What MAIL and RCPT carry: MAIL FROM:<path> PARAMETER=value ... (RFC 5321, 4.1.2). Lenient where
// servers are: a blank behind the colon, missing angle brackets; both are flaws.
enum class PathFlaw : std::uint8_t {
  no_keyword,         // FROM: or TO: is missing
  blank_after_colon,  // "FROM: <" (RFC 5321, 3.3 forbids it)
  no_brackets,        // the address is not in < >
  bad_address,        // no local part, no domain, an octet that is not allowed
  bad_parameter,      // a word that is no esmtp-param
};
struct Parameter {
  std::string keyword;  // in capitals
  std::string value;    // empty if there is none
};
struct PathArgument {
  std::string address;  // without brackets and source route; empty for <>
  std::vector<Parameter> parameters;
  std::vector<PathFlaw> flaws;  // each at most once
};
// `keyword` is "FROM" or "TO".
[[nodiscard]] PathArgument parse_path(std::string_view argument, std::string_view keyword);

// BDAT's argument (RFC 3030, 2): the size of the chunk and LAST. Nothing if it is none, or above
// 2^62.
struct ChunkArgument {
  std::uint64_t octets = 0;
  bool last = false;
};
[[nodiscard]] std::optional<ChunkArgument> parse_chunk(std::string_view argument) noexcept;

// Is the argument right for the verb? False gives smtp.bad-syntax; `why` is a sentence then.
[[nodiscard]] bool is_valid_argument(const Command& command, std::string& why);

}  // namespace smtpscope::smtp
