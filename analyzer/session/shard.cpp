#include "analyzer/session/shard.hpp"

namespace smtpscope::session {
namespace {

// FNV-1a (draft-eastlake-fnv), 64 bits.
struct Hash {
  std::uint64_t value = 0xcbf29ce484222325U;
  void add(std::uint8_t octet) noexcept { value = (value ^ octet) * 0x100000001b3U; }
  void add(const net::IpAddress& address) noexcept {
    const std::size_t octets = address.version == net::IpVersion::v4 ? 4 : 16;
    for (std::size_t at = 0; at < octets; ++at) add(address.octets[at]);
  }
  void add(std::uint16_t port) noexcept {
    add(static_cast<std::uint8_t>(port >> 8));
    add(static_cast<std::uint8_t>(port & 0xff));
  }
};

}  // namespace

bool Shard::has(const tcp::FlowKey& key) const noexcept {
  if (count <= 1) return true;
  // By hosts, the lower port must not decide which address comes first.
  const bool in_order = by == By::flow || key.low.address < key.high.address || key.low.address == key.high.address;
  const net::Endpoint& first = in_order ? key.low : key.high;
  const net::Endpoint& second = in_order ? key.high : key.low;
  Hash hash;
  for (const net::Endpoint* endpoint : {&first, &second}) {
    hash.add(endpoint->address);
    if (by == By::flow) hash.add(endpoint->port);
  }
  // The low bits of FNV are weak, the high ones carry all octets.
  return (hash.value >> 32) % count == index;
}

}  // namespace smtpscope::session
