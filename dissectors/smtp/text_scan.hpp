#pragma once
// Most of a message is lines as they should be, of which no more is asked than how long they are.
// scan_text() runs over them, 64 octets at a time, and stops where it matters which octet follows
// which:
//
//     one CR LF two CR LF . CR LF      up to the dot, or the NUL, with which a line begins
//     one CR two                       up to the CR that no LF follows; so too if the octets end behind it
//     one LF two NUL \xC3              to the end: bare LF, NUL and octets above 127 are only counted
#include "dissectors/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

inline constexpr std::uint64_t text_line_octets_max = 1000;  // RFC 5321, 4.5.3.1.6: CRLF included

// What a stretch of text has in it. All places are counted from its first octet.
struct TextStretch {
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  std::size_t octets = 0;     // how many belong to it
  std::size_t first_end = 0;  // behind its first LF; 0 if it has none
  std::size_t last_end = 0;   // behind its last LF
  // Of the lines between the two:
  std::size_t longest = 0;  // octets, its line end included
  std::size_t longest_at = 0;
  std::size_t long_lines = 0;  // above text_line_octets_max
  // Of the whole stretch:
  std::size_t bare_lf = 0;  // what stands before its first octet counts as no CR
  std::size_t nul = 0;
  std::size_t first_bare_lf = nowhere, first_nul = nowhere, first_8bit = nowhere;

  friend bool operator==(const TextStretch&, const TextStretch&) = default;
};

// Its first octet stands inside of a line, and no CR before it.
[[nodiscard]] TextStretch scan_text(Bytes text) noexcept;

// The same for each kind of vectors that this machine has, the widest first; scan_text() takes that
// one.
struct TextScan {
  std::string_view vectors;
  TextStretch (*scan)(Bytes text) = nullptr;
};
[[nodiscard]] std::vector<TextScan> text_scans();

}  // namespace smtpscope::smtp
