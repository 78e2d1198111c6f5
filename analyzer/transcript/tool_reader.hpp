#pragma once
// What the readers of the tools share: lines in, Transcripts out.
#include "analyzer/transcript/transcript.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::transcript {

struct ReadLimits {
  std::size_t sessions = 10'000;  // of one file; what follows is left out, and the last one says so
  std::size_t pieces = 1'000'000;  // of one file
  // Of what a tool says about a failure, or a certificate; the rest is cut.
  std::size_t words_octets = 1024;
};

// ---- Lines --------------------------------------------------------------------------------------
// "250 ok", "250-more", "250": three digits that a reply can begin with, and no fourth.
[[nodiscard]] bool begins_with_code(std::string_view line) noexcept;
// Without the time that smtplib's set_debuglevel(2) and curl's --trace-time put in front:
// "20:41:08.123456 ".
[[nodiscard]] std::string_view without_clock(std::string_view line) noexcept;
// Without CRs at its end, and without curl's progress meter, which is written over and over in the
// same line.
[[nodiscard]] std::string_view shown_part(std::string_view line) noexcept;
// What stands between two marks: between(line, "port ", " ") of "... port 25 (#0)". Empty if one is
// missing; the end of the line counts as `end`.
[[nodiscard]] std::string_view between(std::string_view line, std::string_view begin,
                                       std::string_view end) noexcept;
[[nodiscard]] std::uint16_t port_of(std::string_view digits) noexcept;  // 0 if it is none

// ---- Where they write ---------------------------------------------------------------------------
// Gathers the sessions of a file. A connection that begins after something was said begins a new
// one.
class Gatherer {
 public:
  Gatherer(Tool tool, ReadLimits limits) : tool_(tool), limits_(limits) {}

  void at_line(std::uint64_t number) noexcept { line_ = number; }
  [[nodiscard]] Transcript& current();
  void begin_connection();

  // A line without its end.
  void say(Side side, std::string_view text);
  void say_octets(Side side, std::string octets);
  // The text of a message that is not shown.
  void hide_message();
  // If the client's last line begins with one of these letters, it was none: the tool took it for
  // itself.
  void take_back_line_of(std::string_view letters);
  void begin_tls();
  void connected();
  void set_server(std::string_view name, std::uint16_t port);
  void fail(session::FailureKind kind, std::string_view words);
  void end(Side by, bool is_shown = true);
  // Cut to the limit.
  [[nodiscard]] std::string bounded(std::string_view words) const {
    return std::string(words.substr(0, limits_.words_octets));
  }

  [[nodiscard]] std::vector<Transcript> take() { return std::move(sessions_); }

 private:
  [[nodiscard]] bool has_room();

  Tool tool_;
  ReadLimits limits_;
  std::vector<Transcript> sessions_;
  std::size_t pieces_ = 0;
  std::uint64_t line_ = 0;
  bool full_ = false;    // of sessions: nothing more is kept
  Transcript left_out_;  // written to then
};

class ToolReader {
 public:
  virtual ~ToolReader() = default;
  // A line without its end, as shown_part() gives it.
  virtual void take(std::string_view line) = 0;
  virtual void finish() {}
};
[[nodiscard]] std::unique_ptr<ToolReader> swaks_reader(Gatherer& out);
[[nodiscard]] std::unique_ptr<ToolReader> curl_reader(Gatherer& out);
[[nodiscard]] std::unique_ptr<ToolReader> smtplib_reader(Gatherer& out);
[[nodiscard]] std::unique_ptr<ToolReader> openssl_reader(Gatherer& out);

}  // namespace smtpscope::transcript
