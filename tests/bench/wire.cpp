#include "tests/bench/wire.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace smtpscope::bench {
namespace {

constexpr std::size_t segment_octets = 1448;  // of 1500, less IPv4, TCP and its timestamps
constexpr std::uint8_t fin = 0x01, syn = 0x02, psh = 0x08, ack = 0x10;

constexpr std::size_t ethernet_size = 14, ip_size = 20;

void put16(Frame& frame, std::size_t value) {
  frame.push_back(static_cast<std::uint8_t>(value >> 8));
  frame.push_back(static_cast<std::uint8_t>(value));
}
void put32(Frame& frame, std::uint32_t value) {
  put16(frame, value >> 16);
  put16(frame, value & 0xffff);
}
template <typename Octets>
void put(Frame& frame, const Octets& octets) {
  frame.insert(frame.end(), octets.begin(), octets.end());
}
void set16(Frame& frame, std::size_t at, std::uint16_t value) {
  frame[at] = static_cast<std::uint8_t>(value >> 8);
  frame[at + 1] = static_cast<std::uint8_t>(value);
}

// The sum of RFC 1071 over frame[from, to), added to `sum`.
std::uint32_t add_words(const Frame& frame, std::size_t from, std::size_t to, std::uint32_t sum) {
  for (std::size_t i = from; i < to; i += 2) {
    sum += static_cast<std::uint32_t>(frame[i]) << 8;
    if (i + 1 < to) sum += frame[i + 1];
  }
  return sum;
}
std::uint16_t folded(std::uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put_ethernet(Frame& frame) {
  put(frame, std::array<std::uint8_t, 12>{2, 0, 0, 0, 0, 0x25, 2, 0, 0, 0, 0, 0x10});
  put16(frame, 0x0800);
}

void put_ip(Frame& frame, const Peer& from, const Peer& to, std::size_t tcp_octets) {
  put16(frame, 0x4500);
  put16(frame, ip_size + tcp_octets);
  put32(frame, 0x00004000);  // not to be fragmented
  put16(frame, 0x4006);      // time to live 64, TCP
  put16(frame, 0);
  put(frame, from.address);
  put(frame, to.address);
  set16(frame, ethernet_size + 10, folded(add_words(frame, ethernet_size, frame.size(), 0)));
}

Frame make_frame(const Peer& from, const Peer& to, std::uint32_t sequence,
                 std::uint32_t acknowledged, std::uint8_t flags, std::uint32_t clock,
                 std::string_view payload) {
  const bool opens = (flags & syn) != 0;
  const std::size_t header = opens ? 36 : 32;
  Frame frame;
  frame.reserve(ethernet_size + ip_size + header + payload.size());
  put_ethernet(frame);
  put_ip(frame, from, to, header + payload.size());
  put16(frame, from.port);
  put16(frame, to.port);
  put32(frame, sequence);
  put32(frame, acknowledged);
  frame.push_back(static_cast<std::uint8_t>(header / 4 << 4));
  frame.push_back(flags);
  put16(frame, 64'000);
  put32(frame, 0);                      // checksum, urgent pointer
  if (opens) put32(frame, 0x020405b4);  // largest segment: 1460
  put32(frame, 0x0101080a);             // twice nothing, then timestamps
  put32(frame, clock);
  put32(frame, clock - 1);
  put(frame, payload);
  const std::size_t tcp = ethernet_size + ip_size;
  const auto length_and_protocol = static_cast<std::uint32_t>(frame.size() - tcp + 6);
  const std::uint32_t addresses = add_words(frame, tcp - 8, tcp, length_and_protocol);
  set16(frame, tcp + 16, folded(add_words(frame, tcp, frame.size(), addresses)));
  return frame;
}

}  // namespace

Connection::Connection(Peer client, Peer server, std::uint32_t client_isn, std::uint32_t server_isn,
                       std::vector<Turn> turns)
    : client_{client, client_isn}, server_{server, server_isn}, turns_(std::move(turns)) {}

std::optional<Frame> Connection::next() {
  const auto step = [this](Stage to, Side from, std::uint8_t flags) {
    stage_ = to;
    return packet(from, flags, {});
  };
  switch (stage_) {
    case Stage::syn:
      return step(Stage::syn_ack, Side::client, syn);
    case Stage::syn_ack:
      return step(Stage::opened, Side::server, syn | ack);
    case Stage::opened:
      return step(Stage::turns, Side::client, ack);
    case Stage::turns:
      return next_of_turns();
    case Stage::client_fin:
      return step(Stage::server_fin, Side::client, fin | ack);
    case Stage::server_fin:
      return step(Stage::last_ack, Side::server, fin | ack);
    case Stage::last_ack:
      return step(Stage::over, Side::client, ack);
    case Stage::over:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Frame> Connection::next_of_turns() {
  const Turn& turn = turns_[turn_];
  if (unacknowledged_ == 2) {
    unacknowledged_ = 0;
    return packet(opposite(turn.side), ack, {});
  }
  const std::string_view piece = std::string_view(turn.octets).substr(sent_, segment_octets);
  sent_ += piece.size();
  ++unacknowledged_;
  const bool last = sent_ == turn.octets.size();
  const auto flags = static_cast<std::uint8_t>(last ? psh | ack : ack);
  Frame frame = packet(turn.side, flags, piece);
  if (last) {  // the answer acknowledges it
    ++turn_;
    sent_ = 0;
    unacknowledged_ = 0;
    if (turn_ == turns_.size()) stage_ = Stage::client_fin;
  }
  return frame;
}

Frame Connection::packet(Side from, std::uint8_t flags, std::string_view payload) {
  End& sender = end(from);
  const End& receiver = end(opposite(from));
  const std::uint32_t acknowledged = (flags & ack) != 0 ? receiver.sequence : 0;
  Frame frame = make_frame(sender.peer, receiver.peer, sender.sequence, acknowledged, flags,
                           ++clock_, payload);
  sender.sequence += static_cast<std::uint32_t>(payload.size());
  if ((flags & (syn | fin)) != 0) ++sender.sequence;
  return frame;
}

PcapFile::PcapFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wb")) {
  // Magic for microseconds in our byte order, version 2.4, UTC, largest packet, Ethernet.
  const std::array<std::uint32_t, 6> header{0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262'144, 1};
  write(header.data(), sizeof header);
}

void PcapFile::add(const Frame& frame, std::uint64_t microseconds) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  const std::array<std::uint32_t, 4> header{static_cast<std::uint32_t>(microseconds / 1'000'000),
                                            static_cast<std::uint32_t>(microseconds % 1'000'000),
                                            size, size};
  write(header.data(), sizeof header);
  write(frame.data(), frame.size());
}

void PcapFile::close() {
  if (file_ && std::fclose(file_.release()) == 0) return;
  std::perror(path_.c_str());
  std::exit(1);
}

void PcapFile::write(const void* octets, std::size_t size) {
  if (file_ && std::fwrite(octets, 1, size, file_.get()) == size) return;
  std::perror(path_.c_str());
  std::exit(1);
}

}  // namespace smtpscope::bench
