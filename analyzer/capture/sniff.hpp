#pragma once
// What a file is, from its first octets: a capture, or something that a person took for one.
#include "dissectors/base/bytes.hpp"

#include <cstddef>
#include <string_view>

namespace smtpscope::capture {

// How many of the first octets are worth having.
inline constexpr std::size_t sniff_octets = 512;

// Do the first octets belong to a form of capture that is read here? Fewer than the four of a magic
// number may do.
[[nodiscard]] bool is_capture(Bytes head) noexcept;
[[nodiscard]] bool is_pcapng(Bytes head) noexcept;

// "gzip", "xz", ...: how it is compressed; empty if it is not.
[[nodiscard]] std::string_view compression_of(Bytes head) noexcept;

// What it looks like instead, and what makes a capture of it.
struct Resemblance {
  std::string_view what;    // "a tar archive"; empty if it looks like nothing that we know
  std::string_view remedy;  // "unpack it first"; may be empty
};
[[nodiscard]] Resemblance resemblance_of(Bytes head) noexcept;

}  // namespace smtpscope::capture
