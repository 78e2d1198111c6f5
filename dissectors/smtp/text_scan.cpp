// Highway compiles what stands in HWY_NAMESPACE once for each kind of vectors that the machine may
// have (16, 32 or 64 octets wide). Which of them it has is asked here: Highway's library, which
// could be asked as well, measures a clock whenever a program starts, for longer than many a
// capture takes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dissectors/smtp/text_scan.cpp"
#include <hwy/foreach_target.h>
// After it, since it includes this file again and again.
#include "dissectors/smtp/text_scan.hpp"

#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <bit>

HWY_BEFORE_NAMESPACE();
namespace smtpscope::smtp::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t block_size = 64;
using Octet64 = hn::CappedTag<std::uint8_t, block_size>;  // as many of them as go into one vector

// A bit for each octet of a block for which something holds; the first octet is bit 0.
using Bits = std::uint64_t;

template <typename Mask>
HWY_INLINE Bits bits_of(Mask mask) {
  std::array<std::uint8_t, sizeof(Bits)> bytes{};
  hn::StoreMaskBits(Octet64(), mask, bytes.data());
  Bits bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) bits |= Bits{bytes[i]} << (8 * i);
  return bits;
}

// Which octets of a block are this one?
HWY_INLINE Bits find(const std::uint8_t* block, std::uint8_t octet) {
  const Octet64 d;
  const auto wanted = hn::Set(d, octet);
  Bits bits = 0;
  for (std::size_t i = 0; i < block_size; i += hn::Lanes(d)) {
    bits |= bits_of(hn::Eq(hn::LoadU(d, block + i), wanted)) << i;
  }
  return bits;
}

HWY_INLINE Bits find_8bit(const std::uint8_t* block) {
  const Octet64 d;
  const auto ascii = hn::Set(d, 0x7f);
  Bits bits = 0;
  for (std::size_t i = 0; i < block_size; i += hn::Lanes(d)) {
    bits |= bits_of(hn::Gt(hn::LoadU(d, block + i), ascii)) << i;
  }
  return bits;
}

// Is one of a block's octets NUL or above 127? Then, and only then, octet - 1 is 127 or more.
HWY_INLINE bool has_nul_or_8bit(const std::uint8_t* block) {
  const Octet64 d;
  const auto one = hn::Set(d, 1);
  auto most = hn::Zero(d);
  for (std::size_t i = 0; i < block_size; i += hn::Lanes(d)) {
    most = hn::Max(most, hn::Sub(hn::LoadU(d, block + i), one));
  }
  return !hn::AllFalse(d, hn::Gt(most, hn::Set(d, 0x7e)));
}

constexpr Bits below(std::size_t bit) noexcept {
  return bit < block_size ? (Bits{1} << bit) - 1 : ~Bits{0};
}

HWY_INLINE std::size_t first_of(Bits bits) noexcept {
  return static_cast<std::size_t>(std::countr_zero(bits));
}

HWY_INLINE void count(Bits bits, std::size_t from, std::size_t& how_many,
                      std::size_t& first) noexcept {
  if (bits == 0) return;
  if (how_many == 0) first = from + first_of(bits);
  how_many += static_cast<std::size_t>(std::popcount(bits));
}

class Scanner {
 public:
  explicit Scanner(Bytes text) noexcept : text_(text) {}

  TextStretch scan() noexcept {
    std::size_t from = 0;
    for (; from + block_size <= text_.size(); from += block_size) {
      take(text_.data() + from, from);
      if (over_) return stretch_;
    }
    // Behind its end the text goes on with blanks: a CR before them is one that no LF follows.
    std::array<std::uint8_t, block_size> rest;
    rest.fill(' ');
    std::ranges::copy(text_.subspan(from), rest.begin());
    take(rest.data(), from);
    if (!over_) stretch_.octets = text_.size();
    return stretch_;
  }

 private:
  // Takes the block of text that begins at `from`.
  HWY_INLINE void take(const std::uint8_t* block, std::size_t from) noexcept {
    const Bits lf = find(block, '\n'), cr = find(block, '\r');
    const Bits behind_cr = cr << 1U | cr_before_;
    cr_before_ = cr >> (block_size - 1);
    std::size_t inside = block_size;  // as many of its octets belong to the stretch
    stretch_.octets = from + block_size;
    if (behind_cr != lf) [[unlikely]] {
      inside = first_of(behind_cr & ~lf);  // behind a lone CR, which is no part of it
      over_ = inside < block_size;
      if (over_) stretch_.octets = from + inside - 1;
    }
    inside = take_lines(lf & below(inside), from, inside);
    if (behind_cr != lf || has_nul_or_8bit(block))
      count_octets(block, from, lf & ~behind_cr, below(inside));
  }

  // Each LF ends a line. Returns `inside`, or less of it: up to a line that begins with a dot or
  // NUL.
  HWY_INLINE std::size_t take_lines(Bits lf, std::size_t from, std::size_t inside) noexcept {
    for (; lf != 0; lf &= lf - 1) {
      const std::size_t end = from + first_of(lf) + 1;
      note_line(end);
      if (end == text_.size() || (text_[end] != '.' && text_[end] != 0)) continue;
      over_ = true;
      stretch_.octets = end;
      return end - from;
    }
    return inside;
  }

  HWY_INLINE void note_line(std::size_t end) noexcept {
    const std::size_t begin = stretch_.last_end, length = end - begin;
    stretch_.last_end = end;
    if (begin == 0) {
      stretch_.first_end = end;
      return;
    }
    if (length > text_line_octets_max) ++stretch_.long_lines;
    if (length <= stretch_.longest) return;
    stretch_.longest = length;
    stretch_.longest_at = begin;
  }

  HWY_INLINE void count_octets(const std::uint8_t* block, std::size_t from, Bits bare_lf,
                               Bits inside) noexcept {
    count(bare_lf & inside, from, stretch_.bare_lf, stretch_.first_bare_lf);
    count(find(block, 0) & inside, from, stretch_.nul, stretch_.first_nul);
    if (stretch_.first_8bit != TextStretch::nowhere) return;
    if (const Bits high = find_8bit(block) & inside; high != 0)
      stretch_.first_8bit = from + first_of(high);
  }

  Bytes text_;
  Bits cr_before_ = 0;  // bit 0: the block before ends in CR
  TextStretch stretch_;
  bool over_ = false;  // what follows is no part of it
};

TextStretch scan(Bytes text) { return Scanner(text).scan(); }

}  // namespace
}  // namespace smtpscope::smtp::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace smtpscope::smtp {

// What each kind is compiled for (hwy/ops/set_macros-inl.h), but for F16C: nothing here counts in
// halves.
std::vector<TextScan> text_scans() {
  std::vector<TextScan> scans;
#if HWY_TARGETS & HWY_AVX3
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (has_avx512) scans.push_back({"AVX-512", N_AVX3::scan});
#endif
#if HWY_TARGETS & HWY_AVX2
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma");
  if (has_avx2) scans.push_back({"AVX2", N_AVX2::scan});
#endif
#if HWY_TARGETS & HWY_SSE4
  const bool has_sse4 = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul") &&
                        __builtin_cpu_supports("aes");
  if (has_sse4) scans.push_back({"SSE4", N_SSE4::scan});
#endif
  scans.push_back({"any processor of this kind", HWY_STATIC_DISPATCH(scan)});
  return scans;
}

TextStretch scan_text(Bytes text) noexcept {
  static const auto widest = text_scans().front().scan;
  return widest(text);
}

}  // namespace smtpscope::smtp
#endif
