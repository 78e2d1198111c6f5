#include "analyzer/ip/fragments.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace smtpscope::ip {
namespace {

constexpr std::size_t ipv4_header_octets = 20;
constexpr std::size_t ipv6_header_octets = 40;
constexpr std::size_t routing_header_octets = 8;
constexpr std::size_t header_room = ipv6_header_octets + routing_header_octets;
constexpr std::uint32_t length_max = 65535;  // what 16 bits of IP's header can say

bool is_v4(const net::IpAddress& address) noexcept { return address.version == net::IpVersion::v4; }

std::uint32_t end_max(const net::Fragment& piece) noexcept {
  return is_v4(piece.source) ? length_max - ipv4_header_octets : length_max;
}

void put16(std::uint8_t* at, std::size_t value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

// What decode() looks at, and no more: a header without options, and its checksum left out.
struct Header {
  net::IpAddress source, destination;
  std::uint32_t identification = 0;
  std::uint8_t ip_protocol = 0, hop_limit = 0;
  std::size_t carried_octets = 0;
};

void write_ipv4(std::uint8_t* at, const Header& header) noexcept {
  std::fill_n(at, ipv4_header_octets, std::uint8_t{0});
  at[0] = 0x45;
  put16(at + 2, ipv4_header_octets + header.carried_octets);
  put16(at + 4, header.identification);
  at[8] = header.hop_limit;
  at[9] = header.ip_protocol;
  std::copy_n(header.source.octets.begin(), 4, at + 12);
  std::copy_n(header.destination.octets.begin(), 4, at + 16);
}

void write_ipv6(std::uint8_t* at, const Header& header) noexcept {
  std::fill_n(at, ipv6_header_octets, std::uint8_t{0});
  at[0] = 0x60;
  put16(at + 4, header.carried_octets);
  at[6] = header.ip_protocol;
  at[7] = header.hop_limit;
  std::copy_n(header.source.octets.begin(), 16, at + 8);
  std::copy_n(header.destination.octets.begin(), 16, at + 24);
}

// That the destination is another one than the header says (RFC 8200, 4.4).
void write_routing(std::uint8_t* at, std::uint8_t ip_protocol) noexcept {
  const std::array<std::uint8_t, routing_header_octets> routing{ip_protocol, 0, 0, 1};
  std::copy(routing.begin(), routing.end(), at);
}

}  // namespace

FragmentTable::Key FragmentTable::key_of(const net::Fragment& piece) noexcept {
  const std::uint8_t protocol = is_v4(piece.source) ? piece.ip_protocol : std::uint8_t{0};
  return {piece.source, piece.destination, piece.identification, protocol, piece.tunnels};
}

std::optional<FragmentTable::Whole> FragmentTable::take(const net::Fragment& piece,
                                                        const Packet& packet) {
  ++counts_.pieces;
  if (piece.length == 0 || (piece.more && piece.length % 8 != 0)) {  // RFC 8200, 4.5
    ++counts_.misfits;
    return std::nullopt;
  }
  const Key key = key_of(piece);
  Datagram& datagram = datagram_of(key, piece);
  if (datagram.state == State::rejected) return std::nullopt;
  switch (fit_of(datagram, piece)) {
    case Fit::repeated:
      ++counts_.repeated;
      return std::nullopt;
    case Fit::contradiction:
      reject(datagram, counts_.overlapping);
      return std::nullopt;
    case Fit::oversized:
      reject(datagram, counts_.oversized);
      return std::nullopt;
    case Fit::fresh:
      break;
  }
  if (datagram.pieces.size() >= limits_.pieces) {
    reject(datagram, counts_.dropped);
    return std::nullopt;
  }
  add(datagram, piece);
  keep_limits();
  return completed(key, packet);
}

// The datagram that the piece belongs to. A number that is used again names a new one.
FragmentTable::Datagram& FragmentTable::datagram_of(const Key& key, const net::Fragment& piece) {
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    Datagram& datagram = *known->second;
    const bool is_over = datagram.state == State::complete;
    if (!is_over || fit_of(datagram, piece) == Fit::repeated) return datagram;
    forget(complete_, known->second);
  }
  open_.push_back({.key = key, .since = now_});
  by_key_.emplace(key, std::prev(open_.end()));
  return open_.back();
}

FragmentTable::Fit FragmentTable::fit_of(const Datagram& datagram,
                                         const net::Fragment& piece) noexcept {
  const std::uint64_t piece_end = std::uint64_t{piece.offset} + piece.length;
  if (piece_end > end_max(piece)) return Fit::oversized;
  const auto& pieces = datagram.pieces;
  const auto next = std::ranges::upper_bound(pieces, piece.offset, {}, &Piece::offset);
  if (next != pieces.begin()) {
    const Piece& before = *std::prev(next);
    if (before.offset == piece.offset && before.length == piece.length) {
      const std::size_t comparable = std::min<std::size_t>(before.captured, piece.octets.size());
      const auto* held = datagram.octets.data() + before.at;
      const bool is_last = datagram.end == before.end();
      const bool same =
          std::equal(held, held + comparable, piece.octets.begin()) && is_last == !piece.more;
      return same ? Fit::repeated : Fit::contradiction;
    }
    if (before.end() > piece.offset) return Fit::contradiction;
  }
  if (next != pieces.end() && piece_end > next->offset) return Fit::contradiction;
  if (datagram.end && piece_end > *datagram.end) return Fit::contradiction;
  const bool ends_early = !piece.more && !pieces.empty() && pieces.back().end() > piece_end;
  return ends_early || (!piece.more && datagram.end) ? Fit::contradiction : Fit::fresh;
}

void FragmentTable::add(Datagram& datagram, const net::Fragment& piece) {
  if (datagram.octets.empty()) {
    datagram.octets.resize(header_room);
    held_octets_ += header_room;
  }
  const Piece added{.offset = piece.offset,
                    .length = piece.length,
                    .captured = static_cast<std::uint32_t>(piece.octets.size()),
                    .at = datagram.octets.size()};
  datagram.octets.insert(datagram.octets.end(), piece.octets.begin(), piece.octets.end());
  held_octets_ += piece.octets.size() + sizeof(Piece);
  auto& pieces = datagram.pieces;
  pieces.insert(std::ranges::upper_bound(pieces, piece.offset, {}, &Piece::offset), added);
  datagram.gathered += piece.length;
  if (!piece.more) datagram.end = added.end();
  if (piece.offset == 0) {
    datagram.ip_protocol = piece.ip_protocol;
    datagram.hop_limit = piece.hop_limit;
    datagram.routed_on = piece.routed_on;
  }
}

// Pieces are held, too: some bring no octets.
std::size_t FragmentTable::cost_of(const Datagram& datagram) noexcept {
  return datagram.octets.size() + datagram.pieces.size() * sizeof(Piece);
}

// It stays, without what it held, so that pieces that still come begin nothing new.
void FragmentTable::reject(Datagram& datagram, std::uint64_t& count) {
  ++count;
  held_octets_ -= cost_of(datagram);
  datagram.octets = {};
  datagram.pieces = {};
  datagram.state = State::rejected;
}

void FragmentTable::forget(Datagrams& among, Datagrams::iterator which) {
  held_octets_ -= cost_of(*which);
  by_key_.erase(which->key);
  among.erase(which);
}

void FragmentTable::keep_limits() {
  while (held_octets_ > limits_.octets || by_key_.size() > limits_.datagrams) {
    if (!complete_.empty()) {
      forget(complete_, complete_.begin());
      continue;
    }
    if (open_.front().state == State::gathering) ++counts_.dropped;
    forget(open_, open_.begin());
  }
}

std::optional<FragmentTable::Whole> FragmentTable::completed(const Key& key, const Packet& packet) {
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return std::nullopt;  // dropped by a limit
  Datagram& datagram = *known->second;
  if (!datagram.end || datagram.gathered != *datagram.end) return std::nullopt;

  const bool is_routed = datagram.routed_on && !is_v4(key.source);
  const std::size_t between = is_routed ? routing_header_octets : 0;
  if (between + *datagram.end > length_max) {
    reject(datagram, counts_.oversized);
    return std::nullopt;
  }
  ++counts_.completed;
  datagram.state = State::complete;
  datagram.since = now_;
  complete_.splice(complete_.end(), open_, known->second);
  put_in_order(datagram);
  const std::size_t header_octets =
      is_v4(key.source) ? ipv4_header_octets : ipv6_header_octets + between;
  std::uint8_t* const at = datagram.octets.data() + header_room - header_octets;
  Header header{key.source,           key.destination,    key.identification,
                datagram.ip_protocol, datagram.hop_limit, between + *datagram.end};
  if (is_routed) {
    constexpr std::uint8_t routing = 43;
    write_routing(at + ipv6_header_octets, header.ip_protocol);
    header.ip_protocol = routing;
  }
  is_v4(key.source) ? write_ipv4(at, header) : write_ipv6(at, header);

  Whole whole{packet, key.tunnels};
  whole.packet.bytes = Bytes{datagram.octets}.subspan(header_room - header_octets);
  whole.packet.wire_length = static_cast<std::uint32_t>(header_octets + *datagram.end);
  whole.packet.link = is_v4(key.source) ? LinkType::ipv4 : LinkType::ipv6;
  return whole;
}

// Brings the octets into the order of the pieces, up to where the snap length cut one.
void FragmentTable::put_in_order(Datagram& datagram) {
  std::size_t at = header_room;
  bool in_order = true;
  auto& pieces = datagram.pieces;
  auto piece = pieces.begin();
  for (; piece != pieces.end(); ++piece) {
    in_order = in_order && piece->at == at;
    at += piece->captured;
    if (piece->captured < piece->length) break;
  }
  const std::size_t end = at;
  held_octets_ -= cost_of(datagram);
  if (in_order) {
    datagram.octets.resize(end);
  } else {
    std::vector<std::uint8_t> ordered(header_room);
    ordered.reserve(end);
    for (Piece& each : pieces) {
      if (ordered.size() >= end) break;
      const auto* from = datagram.octets.data() + each.at;
      each.at = ordered.size();
      ordered.insert(ordered.end(), from, from + each.captured);
    }
    datagram.octets = std::move(ordered);
  }
  held_octets_ += cost_of(datagram);
  // What lay behind the cut is gone, and so it can be compared with nothing.
  for (; piece != pieces.end(); ++piece) piece->captured = 0;
}

void FragmentTable::drop_old() {
  while (!complete_.empty() && elapsed(complete_.front().since, now_) > limits_.again) {
    forget(complete_, complete_.begin());
  }
  while (!open_.empty() && elapsed(open_.front().since, now_) > limits_.gather) {
    if (open_.front().state == State::gathering) ++counts_.incomplete;
    forget(open_, open_.begin());
  }
}

void FragmentTable::finish() {
  for (const Datagram& datagram : open_) {
    if (datagram.state == State::gathering) ++counts_.incomplete;
  }
  open_.clear();
  complete_.clear();
  by_key_.clear();
  held_octets_ = 0;
}

}  // namespace smtpscope::ip
