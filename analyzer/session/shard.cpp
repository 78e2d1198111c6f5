#include "analyzer/session/shard.hpp"

#include "dissectors/base/bytes.hpp"

#include <cstddef>

namespace smtpscope::session {
namespace {

// Eight octets at a time, mixed as SplitMix64 does (Steele, Lea, Flood: Fast splittable
// pseudorandom number generators).
class Hash {
 public:
  void add(std::uint64_t word) noexcept {
    value_ = (value_ ^ word) * 0xbf58476d1ce4e5b9U;
    value_ = (value_ ^ (value_ >> 27)) * 0x94d049bb133111ebU;
    value_ ^= value_ >> 31;
  }
  void add(const net::IpAddress& address) noexcept {
    add(be64(address.octets, 0));
    add(be64(address.octets, 8));
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  [[nodiscard]] static std::uint64_t be64(Bytes octets, std::size_t at) noexcept {
    return (std::uint64_t{be32(octets, at)} << 32) | be32(octets, at + 4);
  }
  std::uint64_t value_ = 0x9e3779b97f4a7c15U;
};

}  // namespace

bool Shard::has(const tcp::FlowKey& key) const noexcept {
  if (count <= 1) return true;
  // By hosts, the lower port must not decide which address comes first.
  const bool in_order =
      by == By::flow || key.low.address < key.high.address || key.low.address == key.high.address;
  const net::Endpoint& first = in_order ? key.low : key.high;
  const net::Endpoint& second = in_order ? key.high : key.low;
  Hash hash;
  for (const net::Endpoint* endpoint : {&first, &second}) {
    hash.add(endpoint->address);
    if (by == By::flow) hash.add(std::uint64_t{endpoint->port});
  }
  return hash.value() % count == index;
}

}  // namespace smtpscope::session
