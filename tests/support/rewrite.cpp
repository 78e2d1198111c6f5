#include "tests/support/rewrite.hpp"

#include "dissectors/base/bytes.hpp"
#include "dissectors/net/decode.hpp"
#include "dissectors/net/icmp.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <numeric>
#include <set>
#include <utility>

namespace smtpscope::test {
namespace {

constexpr std::size_t ethernet_octets = 14;
constexpr std::uint8_t fin = 0x01, syn = 0x02, push = 0x08;

// Who sends to whom: the two directions of a connection have different ones.
using Direction = std::pair<net::Endpoint, net::Endpoint>;

struct Tcp {
  TcpPlaces places;
  Direction direction;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
};

std::optional<Tcp> tcp_of(const TestPacket& packet) {
  const auto places = tcp_places_of(packet);
  if (!places) return std::nullopt;
  const net::Decoded decoded = net::decode(packet.view());
  const auto* segment = std::get_if<net::Segment>(&decoded);
  if (segment == nullptr) return std::nullopt;
  return Tcp{*places,
             {segment->source, segment->destination},
             segment->sequence.value,
             segment->acknowledgement.value,
             packet.bytes[places->tcp_at + 13]};
}

void set16(TestPacket& packet, std::size_t at, std::size_t value) {
  packet.bytes[at] = static_cast<std::uint8_t>(value >> 8);
  packet.bytes[at + 1] = static_cast<std::uint8_t>(value);
}

void set32(TestPacket& packet, std::size_t at, std::uint32_t value) {
  set16(packet, at, value >> 16);
  set16(packet, at + 2, value & 0xffff);
}

bool is_ipv4(const TestPacket& packet, const TcpPlaces& places) {
  return packet.bytes[places.ip_at] >> 4 == 4;
}

std::uint32_t summed(std::uint32_t sum, Bytes bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i] << 8) : bytes[i];
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}

// Both checksums, after anything was changed.
void sign(TestPacket& packet, const TcpPlaces& places) {
  const Bytes bytes = packet.bytes;
  const bool v4 = is_ipv4(packet, places);
  if (v4) {
    set16(packet, places.ip_at + 10, 0);
    set16(packet, places.ip_at + 10, ~summed(0, bytes.subspan(places.ip_at, 20)) & 0xffff);
  }
  set16(packet, places.tcp_at + 16, 0);
  const Bytes addresses =
      v4 ? bytes.subspan(places.ip_at + 12, 8) : bytes.subspan(places.ip_at + 8, 32);
  const std::size_t tcp_octets = places.payload_end - places.tcp_at;
  constexpr std::uint32_t protocol = 6;
  std::uint32_t sum = summed(protocol + static_cast<std::uint32_t>(tcp_octets), addresses);
  sum = summed(sum, bytes.subspan(places.tcp_at, tcp_octets));
  set16(packet, places.tcp_at + 16, ~sum & 0xffff);
}

// An ICMP error, and the sequence number of the packet that it quotes.
struct Quote {
  std::size_t ip_at = 0, icmp_at = 0, sequence_at = 0, end = 0;
  Direction direction;
  std::uint32_t sequence = 0;
};

std::optional<Quote> quote_of(const TestPacket& packet) {
  const net::Decoded decoded = net::decode(packet.view());
  const auto* error = std::get_if<net::IcmpError>(&decoded);
  if (error == nullptr || packet.link != LinkType::ethernet) return std::nullopt;
  constexpr std::size_t icmp_octets = 8, before_sequence = 4;
  const bool v4 = packet.bytes[ethernet_octets] >> 4 == 4;
  const std::size_t ip_octets = v4 ? 20 : 40;
  Quote quote;
  quote.ip_at = ethernet_octets;
  quote.icmp_at = quote.ip_at + ip_octets;
  quote.sequence_at = quote.icmp_at + icmp_octets + ip_octets + before_sequence;
  quote.end = v4 ? quote.ip_at + be16(packet.bytes, quote.ip_at + 2)
                 : quote.icmp_at + be16(packet.bytes, quote.ip_at + 4);
  quote.direction = {error->source, error->destination};
  quote.sequence = error->sequence.value;
  return quote;
}

// The checksum of ICMP, and of ICMPv6 with its addresses.
void sign(TestPacket& packet, const Quote& quote) {
  const Bytes bytes = packet.bytes;
  const bool v4 = quote.icmp_at - quote.ip_at == 20;
  const std::size_t octets = quote.end - quote.icmp_at;
  constexpr std::uint32_t protocol = 58;
  set16(packet, quote.icmp_at + 2, 0);
  std::uint32_t sum = v4 ? 0
                         : summed(protocol + static_cast<std::uint32_t>(octets),
                                  bytes.subspan(quote.ip_at + 8, 32));
  sum = summed(sum, bytes.subspan(quote.icmp_at, octets));
  set16(packet, quote.icmp_at + 2, ~sum & 0xffff);
}

// Another IP identification, as each packet that a host sends has: IPv6 has none.
void identify(TestPacket& packet, const TcpPlaces& places, std::uint16_t identification) {
  if (is_ipv4(packet, places)) set16(packet, places.ip_at + 4, identification);
}

// `octets` of the payload of `packet`, from `from` on, as a packet of its own.
TestPacket slice(const TestPacket& packet, const Tcp& tcp, std::size_t from, std::size_t octets) {
  const TcpPlaces& old = tcp.places;
  TestPacket piece = packet;
  const auto begin = packet.bytes.begin() + static_cast<std::ptrdiff_t>(old.payload_at + from);
  piece.bytes.resize(old.payload_at);
  piece.bytes.insert(piece.bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(octets));
  piece.wire_length = static_cast<std::uint32_t>(piece.bytes.size());
  TcpPlaces places = old;
  places.payload_end = piece.bytes.size();
  if (is_ipv4(piece, places)) {
    set16(piece, places.ip_at + 2, places.payload_end - places.ip_at);
  } else {
    set16(piece, places.ip_at + 4, places.payload_end - places.tcp_at);
  }
  set32(piece, places.tcp_at + 4, tcp.sequence + static_cast<std::uint32_t>(from));
  if (from + octets < old.payload_octets()) {
    piece.bytes[places.tcp_at + 13] = static_cast<std::uint8_t>(tcp.flags & ~(fin | push));
  }
  sign(piece, places);
  return piece;
}

}  // namespace

std::optional<TcpPlaces> tcp_places_of(const TestPacket& packet) {
  const Bytes bytes = packet.bytes;
  if (packet.link != LinkType::ethernet || bytes.size() < ethernet_octets + 40) return std::nullopt;
  if (packet.wire_length != bytes.size()) return std::nullopt;
  TcpPlaces places;
  places.ip_at = ethernet_octets;
  const std::uint16_t type = be16(bytes, 12);
  std::size_t end = 0;
  if (type == 0x0800 && bytes[places.ip_at] == 0x45 && bytes[places.ip_at + 9] == 6) {
    places.tcp_at = places.ip_at + 20;
    end = places.ip_at + be16(bytes, places.ip_at + 2);
  } else if (type == 0x86dd && bytes[places.ip_at + 6] == 6) {
    places.tcp_at = places.ip_at + 40;
    end = places.tcp_at + be16(bytes, places.ip_at + 4);
  } else {
    return std::nullopt;
  }
  if (end > bytes.size() || end < places.tcp_at + 20) return std::nullopt;
  places.payload_at = places.tcp_at + (bytes[places.tcp_at + 12] >> 4) * 4U;
  places.payload_end = end;
  if (places.payload_at > end) return std::nullopt;
  return places;
}

void renumber(Packets& packets) {
  std::uint64_t number = 0;
  for (TestPacket& packet : packets) packet.number = ++number;
}

Packets recut(std::span<const TestPacket> packets, std::size_t octets) {
  Packets out;
  std::uint16_t identification = 0;
  for (const TestPacket& packet : packets) {
    const auto tcp = tcp_of(packet);
    if (!tcp || (tcp->flags & syn) != 0 || tcp->places.payload_octets() <= octets) {
      out.push_back(packet);
      continue;
    }
    for (std::size_t from = 0; from < tcp->places.payload_octets(); from += octets) {
      out.push_back(
          slice(packet, *tcp, from, std::min(octets, tcp->places.payload_octets() - from)));
      identify(out.back(), tcp->places, ++identification);
    }
  }
  renumber(out);
  return out;
}

Packets wrapped_around(std::span<const TestPacket> packets) {
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t octets = 0;  // from the first to the last one seen
  };
  std::map<Direction, Range> ranges;
  for (const TestPacket& packet : packets) {
    const auto tcp = tcp_of(packet);
    if (!tcp) continue;
    const auto end = tcp->sequence + static_cast<std::uint32_t>(tcp->places.payload_octets());
    auto& range = ranges.try_emplace(tcp->direction, Range{tcp->sequence, 0}).first->second;
    if (const std::uint32_t octets = end - range.first; octets < 0x4000'0000) {
      range.octets = std::max(range.octets, octets);
    }
  }
  const auto moved_by = [&ranges](const Direction& direction) -> std::uint32_t {
    const auto range = ranges.find(direction);
    return range == ranges.end() ? 0 : 0U - (range->second.first + range->second.octets / 2);
  };
  Packets out(packets.begin(), packets.end());
  for (TestPacket& packet : out) {
    if (const auto quote = quote_of(packet)) {
      set32(packet, quote->sequence_at, quote->sequence + moved_by(quote->direction));
      sign(packet, *quote);
    }
    const auto tcp = tcp_of(packet);
    if (!tcp) continue;
    set32(packet, tcp->places.tcp_at + 4, tcp->sequence + moved_by(tcp->direction));
    const bool acknowledges = (tcp->flags & 0x10) != 0;
    if (acknowledges) {
      const auto facing = moved_by({tcp->direction.second, tcp->direction.first});
      set32(packet, tcp->places.tcp_at + 8, tcp->acknowledgement + facing);
    }
    sign(packet, tcp->places);
  }
  return out;
}

Packets captured_twice(std::span<const TestPacket> packets) {
  Packets out;
  for (const TestPacket& packet : packets) {
    out.push_back(packet);
    out.push_back(packet);
    out.back().time += std::chrono::microseconds{3};
  }
  std::ranges::stable_sort(out, {}, &TestPacket::time);
  renumber(out);
  return out;
}

Packets sent_twice(std::span<const TestPacket> packets) {
  Packets out(packets.begin(), packets.end());
  std::uint16_t identification = 0;
  std::map<Direction, Timestamp> over;  // a sender that is gone sends nothing again
  for (const TestPacket& packet : packets) {
    if (const auto tcp = tcp_of(packet)) over[tcp->direction] = packet.time;
  }
  for (const TestPacket& packet : packets) {
    const auto tcp = tcp_of(packet);
    if (!tcp || tcp->places.payload_octets() == 0) continue;
    TestPacket again = packet;
    again.time += std::chrono::milliseconds{250};
    if (again.time >= over[tcp->direction]) continue;
    identify(again, tcp->places, ++identification);
    sign(again, tcp->places);
    out.push_back(again);
  }
  std::ranges::stable_sort(out, {}, &TestPacket::time);
  renumber(out);
  return out;
}

Packets shuffled(std::span<const TestPacket> packets, std::size_t window, Nanoseconds swap_time,
                 std::mt19937& random) {
  std::set<Direction> begun;
  std::vector<std::optional<Direction>> directions;  // nothing: it keeps its place
  for (const TestPacket& packet : packets) {
    const auto tcp = tcp_of(packet);
    auto& direction = directions.emplace_back();
    if (!tcp) continue;
    const auto& [source, destination] = tcp->direction;
    if (tcp->places.payload_octets() > 0) begun.insert(std::minmax(source, destination));
    if (begun.contains(std::minmax(source, destination))) direction = tcp->direction;
  }
  const auto may_swap = [&](std::size_t a, std::size_t b) {
    if (!directions[a] || !directions[b]) return false;
    return directions[a] == directions[b] || packets[b].time - packets[a].time <= swap_time;
  };
  std::vector<std::size_t> order(packets.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    const auto fits = [&](std::size_t next) {
      for (std::size_t each = begin; each < next; ++each) {
        if (!may_swap(each, next)) return false;
      }
      return true;
    };
    while (end < order.size() && end < begin + window && fits(end)) ++end;
    std::shuffle(order.begin() + static_cast<std::ptrdiff_t>(begin),
                 order.begin() + static_cast<std::ptrdiff_t>(end), random);
    begin = end;
  }
  Packets out;
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.push_back(packets[order[i]]);
    out.back().time = packets[i].time;
  }
  renumber(out);
  return out;
}

Packets with_other_clock(std::span<const TestPacket> packets, Nanoseconds ahead) {
  Packets out(packets.begin(), packets.end());
  std::set<Direction> asking;  // the first packet of a connection decides
  for (TestPacket& packet : out) {
    const auto tcp = tcp_of(packet);
    if (!tcp) continue;
    const Direction facing{tcp->direction.second, tcp->direction.first};
    if (!asking.contains(facing)) asking.insert(tcp->direction);
    if (!asking.contains(tcp->direction)) packet.time += ahead;
  }
  std::ranges::stable_sort(out, {}, &TestPacket::time);
  renumber(out);
  return out;
}

}  // namespace smtpscope::test
