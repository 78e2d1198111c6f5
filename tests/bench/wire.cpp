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
template <std::size_t count>
void put(Frame& frame, const std::array<std::uint8_t, count>& octets) {
  for (const std::uint8_t octet : octets) frame.push_back(octet);
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
  frame.insert(frame.end(), payload.begin(), payload.end());
  const std::size_t tcp = ethernet_size + ip_size;
  const auto length_and_protocol = static_cast<std::uint32_t>(frame.size() - tcp + 6);
  const std::uint32_t addresses = add_words(frame, tcp - 8, tcp, length_and_protocol);
  set16(frame, tcp + 16, folded(add_words(frame, tcp, frame.size(), addresses)));
  return frame;
}

}  // namespace

Connection::Connection(Peer client, Play play, std::uint32_t client_isn, std::uint32_t server_isn,
                       const Faults& faults)
    : client_{client, client_isn},
      server_{play.server, server_isn},
      turns_(std::move(play.turns)),
      closes_(play.closes),
      faults_(faults),
      luck_(client_isn) {}

std::optional<Frame> Connection::next() {
  if (late_) return std::exchange(late_, std::nullopt);
  while (stage_ != Stage::over) {
    std::optional<Frame> frame = step();
    if (!frame) continue;
    if (!std::exchange(one_is_late_, false)) return frame;
    std::optional<Frame> ahead = step();
    one_is_late_ = false;
    if (!ahead) return frame;
    late_ = std::move(frame);
    return ahead;
  }
  return std::nullopt;
}

std::optional<Frame> Connection::step() {
  const auto goes_on = [this](Stage to, Side from, std::uint8_t flags) {
    stage_ = to;
    return bare(from, flags);
  };
  switch (stage_) {
    case Stage::syn:
      return goes_on(Stage::syn_ack, Side::client, syn);
    case Stage::syn_ack:
      return goes_on(Stage::opened, Side::server, syn | ack);
    case Stage::opened:
      return goes_on(Stage::turns, Side::client, ack);
    case Stage::turns:
      return step_of_turn();
    case Stage::first_fin:
      return goes_on(Stage::second_fin, closes_, fin | ack);
    case Stage::second_fin:
      return goes_on(Stage::last_ack, opposite(closes_), fin | ack);
    case Stage::last_ack:
      return goes_on(Stage::over, closes_, ack);
    case Stage::over:
      break;
  }
  return std::nullopt;
}

std::optional<Frame> Connection::step_of_turn() {
  if (unacknowledged_ == 2) {
    unacknowledged_ = 0;
    if (!missing_.empty()) ++repeats_;
    Frame frame = acknowledgement();
    return is_unseen() ? std::nullopt : std::optional(std::move(frame));
  }
  std::optional<Frame> frame = send(next_piece());
  if (sent_ == octets_of_turn() && missing_.empty()) {  // the answer acknowledges it
    ++turn_;
    sent_ = 0;
    unacknowledged_ = 0;
    if (turn_ == turns_.size()) stage_ = Stage::first_fin;
  }
  return frame;
}

// What was lost, if it is time to send that again.
Connection::Piece Connection::next_piece() {
  if (!missing_.empty() && (repeats_ >= 3 || sent_ == octets_of_turn())) {
    const Piece again = missing_.front();
    missing_.pop_front();
    repeats_ = 0;
    return again;
  }
  const Piece piece{sent_, std::min(segment_octets, octets_of_turn() - sent_)};
  sent_ += piece.octets;
  end(turns_[turn_].side).sequence += static_cast<std::uint32_t>(piece.octets);
  return piece;
}

std::optional<Frame> Connection::send(const Piece& piece) {
  const Turn& turn = turns_[turn_];
  const End& sender = end(turn.side);
  const End& receiver = end(opposite(turn.side));
  const bool is_last = piece.at + piece.octets == turn.octets.size();
  const auto behind = static_cast<std::uint32_t>(sent_ - piece.at);
  Frame frame = make_frame(sender.peer, receiver.peer, sender.sequence - behind, receiver.sequence,
                           static_cast<std::uint8_t>(is_last ? psh | ack : ack), ++clock_,
                           std::string_view(turn.octets).substr(piece.at, piece.octets));
  const Fate fate = fate_of_data();
  if (fate == Fate::lost_before || fate == Fate::lost_behind) {
    const auto later = [&](const Piece& other) { return other.at > piece.at; };
    missing_.insert(std::ranges::find_if(missing_, later), piece);
  } else {
    ++unacknowledged_;
  }
  if (fate == Fate::lost_before || fate == Fate::unseen) return std::nullopt;
  if (sent_ < octets_of_turn() && fate == Fate::passes && is_overtaken()) {
    one_is_late_ = true;
    unacknowledged_ = 0;  // so that the next one is a segment, too
  }
  return frame;
}

std::optional<Frame> Connection::bare(Side from, std::uint8_t flags) {
  Frame frame = packet(from, flags);
  return is_unseen() ? std::nullopt : std::optional(std::move(frame));
}

// By the receiver of the turn: of all that it has without a hole.
Frame Connection::acknowledgement() {
  const Side side = turns_[turn_].side;
  const End& sender = end(opposite(side));
  const std::size_t behind = missing_.empty() ? 0 : sent_ - missing_.front().at;
  return make_frame(sender.peer, end(side).peer, sender.sequence,
                    end(side).sequence - static_cast<std::uint32_t>(behind), ack, ++clock_, {});
}

Frame Connection::packet(Side from, std::uint8_t flags) {
  End& sender = end(from);
  const End& receiver = end(opposite(from));
  const std::uint32_t acknowledged = (flags & ack) != 0 ? receiver.sequence : 0;
  Frame frame =
      make_frame(sender.peer, receiver.peer, sender.sequence, acknowledged, flags, ++clock_, {});
  if ((flags & (syn | fin)) != 0) ++sender.sequence;
  return frame;
}

Connection::Fate Connection::fate_of_data() {
  if (!faults_.any()) return Fate::passes;
  std::uint64_t share = luck_.below(1000);
  if (share < faults_.lost_before) return Fate::lost_before;
  share -= faults_.lost_before;
  if (share < faults_.lost_behind) return Fate::lost_behind;
  share -= faults_.lost_behind;
  return share < faults_.unseen ? Fate::unseen : Fate::passes;
}

bool Connection::is_unseen() { return faults_.any() && luck_.below(1000) < faults_.unseen; }

bool Connection::is_overtaken() { return faults_.any() && luck_.below(1000) < faults_.overtaken; }

PcapFile::PcapFile(const std::string& path)
    : path_(path), file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
  if (file_) std::setvbuf(file_.get(), nullptr, _IOFBF, 1 << 20);
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
