#pragma once
// pcapng as no program writes it any more, or not yet: block by block, so that every field of each
// is visible in the test.
//
//     Blocks file(Blocks::Order::big);
//     file.section().interface(1, 0, {{9, "\x09"}}).packet(0, ticks, octets);
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::test {

class Blocks {
 public:
  enum class Order : std::uint8_t { little, big };
  using Options = std::vector<std::pair<std::uint32_t, std::string>>;  // code, value

  explicit Blocks(Order order = Order::little) : order_(order) {}

  [[nodiscard]] std::string number(std::uint64_t value, int octets) const {
    std::string out;
    for (int i = 0; i < octets; ++i) {
      const int shift = 8 * (order_ == Order::little ? i : octets - 1 - i);
      out += static_cast<char>(value >> shift);
    }
    return out;
  }
  [[nodiscard]] std::string options(const Options& all) const {
    std::string out;
    for (const auto& [code, value] : all) {
      out += number(code, 2) + number(value.size(), 2) + padded(value);
    }
    return all.empty() ? out : out + number(0, 4);
  }

  Blocks& block(std::uint32_t type, std::string body) {
    body = padded(body);
    const std::string length = number(12 + body.size(), 4);
    out_ += number(type, 4) + length + body + length;
    return *this;
  }
  // What follows is in that byte order.
  Blocks& section(Order order, const Options& all = {}) {
    order_ = order;
    return section(all);
  }
  Blocks& section(const Options& all = {}) {
    return block(0x0a0d0d0a, number(0x1a2b3c4d, 4) + number(1, 2) + number(0, 2) +
                                 number(0xffff'ffff'ffff'ffff, 8) + options(all));
  }
  Blocks& interface(std::uint32_t link, std::uint32_t snap_length = 0, const Options& all = {}) {
    return block(1, number(link, 2) + number(0, 2) + number(snap_length, 4) + options(all));
  }
  Blocks& packet(std::uint32_t interface, std::uint64_t units, std::string_view octets,
                 const Options& all = {}) {
    return block(6, number(interface, 4) + number(units >> 32, 4) + number(units, 4) +
                        number(octets.size(), 4) + number(octets.size(), 4) + padded(octets) +
                        options(all));
  }
  Blocks& obsolete_packet(std::uint32_t interface, std::uint32_t drops, std::uint64_t units,
                          std::string_view octets) {
    return block(2, number(interface, 2) + number(drops, 2) + number(units >> 32, 4) +
                        number(units, 4) + number(octets.size(), 4) + number(octets.size(), 4) +
                        padded(octets));
  }
  Blocks& simple_packet(std::uint32_t wire_length, std::string_view octets) {
    return block(3, number(wire_length, 4) + padded(octets));
  }
  Blocks& statistics(std::uint32_t interface, const Options& all) {
    return block(5, number(interface, 4) + number(0, 8) + options(all));
  }
  Blocks& secrets(std::string_view key_log) {
    return block(10, number(0x544c'534b, 4) + number(key_log.size(), 4) + std::string(key_log));
  }
  Blocks& octets(std::string_view raw) {
    out_ += raw;
    return *this;
  }

  [[nodiscard]] const std::string& file() const noexcept { return out_; }
  [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }

 private:
  [[nodiscard]] static std::string padded(std::string_view octets) {
    std::string out(octets);
    out.resize((out.size() + 3) / 4 * 4);
    return out;
  }
  Order order_;
  std::string out_;
};

}  // namespace smtpscope::test
