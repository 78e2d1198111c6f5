#pragma once
// Captures that somebody compressed: known by their content, decompressed as they are read.
//
//     Input --gzip--> Input --(again, where what is inside is compressed too)--> Input
//
// Memory does not grow with what comes out. gzip tells every octet that is there before a break, as
// soon as it came; the others are decoded by libarchive in pieces, and the piece with the break in
// it is lost.
#include "analyzer/capture/input.hpp"

#include <memory>

namespace smtpscope::capture {

// How often compressed data may lie in compressed data.
inline constexpr int compressions_max = 4;

// `input` as it is, or what is in it, which may be read ahead (read_ahead.hpp).
[[nodiscard]] std::unique_ptr<Input> decompressed(std::unique_ptr<Input> input);

}  // namespace smtpscope::capture
