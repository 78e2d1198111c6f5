#include "tests/bench/pools.hpp"

#include <array>
#include <string_view>

namespace smtpscope::bench {
namespace {

constexpr std::size_t pool_octets = 3 << 20;  // above the largest body
constexpr std::size_t text_of_line = line_octets - 2;

std::string make_base64_lines(Random& random) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string lines;
  while (lines.size() < pool_octets) {
    for (std::size_t i = 0; i < text_of_line; ++i) lines += alphabet[random.below(alphabet.size())];
    lines += "\r\n";
  }
  return lines;
}

std::string make_text_lines(Random& random) {
  constexpr auto words = std::to_array<std::string_view>(
      {"the",      "meeting", "of",    "next", "week",    "report", "please", "find",
       "attached", "a",       "table", "with", "numbers", "from",   "our",    "branch",
       "and",      "let",     "me",    "know", "invoice", "order"});
  std::string lines;
  while (lines.size() < pool_octets) {
    const std::size_t end = lines.size() + text_of_line;
    for (;;) {
      const std::string_view word = words[random.below(words.size())];
      if (lines.size() + word.size() + 1 > end) break;
      lines += word;
      lines += ' ';
    }
    lines.append(end - lines.size(), '.');  // so that every line has the same length
    lines += "\r\n";
  }
  return lines;
}

std::string make_noise(Random& random) {
  std::string noise;
  while (noise.size() < pool_octets) {
    const std::uint64_t octets = random.next();
    for (unsigned shift = 0; shift < 64; shift += 8) {
      noise += static_cast<char>((octets >> shift) & 0xff);
    }
  }
  return noise;
}

}  // namespace

Pools::Pools(Random& random)
    : base64_(make_base64_lines(random)),
      text_(make_text_lines(random)),
      noise_(make_noise(random)) {}

std::string Pools::slice(Matter matter, std::size_t octets, Random& random) const {
  const std::size_t lines = (pool_octets - octets) / line_octets;
  return pool_of(matter).substr(random.below(lines) * line_octets, octets);
}

const std::string& Pools::pool_of(Matter matter) const noexcept {
  switch (matter) {
    case Matter::base64:
      return base64_;
    case Matter::text:
      return text_;
    case Matter::noise:
      break;
  }
  return noise_;
}

}  // namespace smtpscope::bench
