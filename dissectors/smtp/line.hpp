#pragma once
// Cuts one direction of the dialogue into lines, wherever the segments were cut.
//
// Pure: no I/O, no clock, no logging. Every octet sequence is a legal input.
#include "dissectors/base/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::smtp {

enum class LineEnd : std::uint8_t {
  crlf,  // as RFC 5321, 2.3.8 wants it
  lf,    // LF alone: taken as an end by most software
  cut,   // a gap or the end of the stream came first
};

struct Line {
  std::string_view text;  // without its end; lives until the reader's next call
  LineEnd end = LineEnd::crlf;
  std::uint64_t dropped = 0;                      // octets beyond the limit, not in text
  Extent extent;                                  // its end included
  Origin begun;                                   // the packet with its first octet
  Origin origin;                                  // the packet that completes it
  std::optional<StreamOffset> peer_acknowledged;  // of the packet that completes it
};

// Feed it octets; it takes them up to the end of the first line.
class LineReader {
 public:
  explicit LineReader(std::size_t line_octets_max) : max_(line_octets_max) {}

  struct Taken {
    std::size_t octets = 0;      // how many of the octets were used; all of them if line is nullptr
    const Line* line = nullptr;  // the line that they complete; lives until the next call
  };
  [[nodiscard]] Taken take(const Octets& octets);
  // A gap or the end follows: the begun line, if there is one.
  [[nodiscard]] const Line* cut();
  [[nodiscard]] bool empty() const noexcept { return !begun_; }

 private:
  void keep(std::string_view text);
  void begin(const Octets& octets);

  std::size_t max_;
  bool begun_ = false;
  std::string buffer_;  // of a line that began in an earlier call
  Line line_;
};

}  // namespace smtpscope::smtp
