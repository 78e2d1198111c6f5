#pragma once
// One SMTP reply: all the lines a server sends to answer one command (RFC 5321, 4.2).
//
//     250-mx.example.net at your service     "-" after the code: more lines follow
//     250 PIPELINING                         a space: this line was the last
//
// Pure: no I/O, no clock, no logging. Every octet sequence is a legal input. What a server
// did wrong is kept in Reply::flaws for the rules to judge; it is never thrown.
#include "dissectors/base/boxed.hpp"
#include "dissectors/smtp/line.hpp"
#include "dissectors/smtp/reference.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::smtp {

enum class ReplyFlaw : std::uint8_t {
  no_code,        // a line does not start with three digits: see Reply::strays
  bad_separator,  // neither a space nor "-" stands behind the code
  bad_code,       // the code is outside 200..599
  code_changed,   // a later line carries another code than the first
  bare_lf,        // a line ended in LF without CR
  // Lines of it are, or may be, in a gap; or the end of the stream came before the last one.
  cut_short,
  unfinished,  // the server began another reply before the last line (postscreen's trap does)
  over_limit,  // larger than ReplyLimits; the rest was dropped
};

struct Reply {
  std::uint16_t code = 0;  // of the last line, as Postfix's client takes it
  std::uint16_t first_code = 0;
  std::optional<EnhancedCode> enhanced;  // RFC 2034: at the start of the first line's text
  std::vector<std::string> text;    // one entry a line, without code, separator and line ending
  std::vector<std::string> strays;  // lines without a code that stood before or between; bounded
  std::vector<ReplyFlaw> flaws;     // each at most once, in order of appearance
  Extent extent;                    // where in the server's stream the reply lies
  Origin begun;
  Origin origin;                                  // the packet that completes it
  std::optional<StreamOffset> peer_acknowledged;  // how much of the client's stream the server had

  [[nodiscard]] unsigned first_digit() const noexcept { return code / 100U; }
  [[nodiscard]] bool has(ReplyFlaw flaw) const noexcept;
};

struct ReplyLimits {
  std::size_t lines = 256;
  std::size_t octets = 64 * 1024;
  std::size_t strays = 8;
};

// "5.1.1" at the start of `text`, followed by a blank or the end.
[[nodiscard]] std::optional<EnhancedCode> parse_enhanced(std::string_view text) noexcept;
// Does `text` begin as a reply line does: three digits, then a space, "-" or the end?
[[nodiscard]] bool looks_like_reply(std::string_view text) noexcept;

// Gathers the server's lines into replies: feed it lines, take what they complete.
class ReplyReader {
 public:
  explicit ReplyReader(ReplyLimits limits = {}) : limits_(limits) {}

  // What a line means whose code is not that of the reply which is open: an odd line of the same
  // reply, or the first of another one. Only who knows what else waits for an answer can tell.
  enum class OtherCode : std::uint8_t { same_reply, another_reply };
  // Takes the next line; returns the reply that this line completes, if it does.
  [[nodiscard]] std::optional<Reply> take(const Line& line,
                                          OtherCode other = OtherCode::same_reply);
  // The reply that was open when another one began; call it before using what take() gave.
  [[nodiscard]] Boxed<Reply> take_unfinished() noexcept;
  // A gap or the end follows: returns what there is of an open reply, flawed cut_short. Lines
  // without a code that no reply followed come as a Reply with code 0 and nothing but strays.
  [[nodiscard]] std::optional<Reply> cut();
  // Begun, its last line not seen yet?
  [[nodiscard]] bool open() const noexcept { return open_.has_value(); }

 private:
  void take_stray(const Line& line);
  void add_line(std::string_view text);
  void flaw(ReplyFlaw flaw);

  ReplyLimits limits_;
  void begin(const Line& line);

  std::optional<Reply> open_;
  Boxed<Reply> unfinished_;
  std::size_t octets_ = 0;  // of open_'s text
};

}  // namespace smtpscope::smtp
