#include "tests/support/script.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/base/stream.hpp"
#include "tests/support/frame_builder.hpp"
#include "tests/support/tls_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace smtpscope::test {
namespace {

using namespace std::chrono_literals;

constexpr Nanoseconds step = 10ms;
constexpr Nanoseconds retransmission_delay = 200ms;

// --- Reading -------------------------------------------------------------------------------------

template <typename Number>
Number number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("no number: " + std::string(text));
  }
  return number;
}

Nanoseconds duration_of(std::string_view text) {
  const std::size_t unit_at = text.find_first_not_of("0123456789");
  if (unit_at == std::string_view::npos) throw std::invalid_argument("a time without a unit");
  const auto count = number_of<std::int64_t>(text.substr(0, unit_at));
  const std::string_view unit = text.substr(unit_at);
  if (unit == "us") return count * 1us;
  if (unit == "ms") return count * 1ms;
  if (unit == "s") return count * 1s;
  if (unit == "min") return count * 1min;
  throw std::invalid_argument("no unit of time: " + std::string(unit));
}

// Takes the first word off `text`.
std::string_view take_word(std::string_view& text) {
  text = ascii::trim(text);
  const std::size_t length = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, length);
  text = ascii::trim(text.substr(length));
  return word;
}

Side side_of(std::string_view word) {
  if (word == "C") return Side::client;
  if (word == "S") return Side::server;
  throw std::invalid_argument("neither C nor S: " + std::string(word));
}

int hex_digit_of(char c) {
  if (ascii::is_digit(c)) return c - '0';
  const char lower = ascii::to_lower(c);
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  throw std::invalid_argument("no hexadecimal digit after \\x");
}

// The octet that the escape at the start of `text` stands for; takes it off.
char take_escape(std::string_view& text) {
  const char name = text[1];
  if (name == 'x') {
    if (text.size() < 4) throw std::invalid_argument("\\x needs two digits");
    const char octet = static_cast<char>(hex_digit_of(text[2]) * 16 + hex_digit_of(text[3]));
    text.remove_prefix(4);
    return octet;
  }
  text.remove_prefix(2);
  switch (name) {
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case '\\':
      return '\\';
    default:
      throw std::invalid_argument(std::string("no such escape: \\") + name);
  }
}

enum class LineEnd : std::uint8_t { crlf, none };

// What the text of a line puts on the wire; `end` is added unless a lone backslash is last.
std::string unescaped(std::string_view text, LineEnd end) {
  std::string out;
  while (!text.empty()) {
    if (text == "\\") return out;
    if (text.front() == '\\') {
      out += take_escape(text);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  if (end == LineEnd::crlf) out += "\r\n";
  return out;
}

// --- Playing -------------------------------------------------------------------------------------

struct Peer {
  net::Endpoint endpoint;
  std::uint32_t next = 0;  // sequence number of what it sends next
  std::uint32_t zero = 0;  // of offset 0 of its stream
  std::uint16_t window = 64240;
  std::uint8_t hop_limit = 64;
};

struct Connection {
  std::array<Peer, 2> peers;
  std::uint32_t first_syn = 0;  // the client's initial sequence number
  bool only_syn = false;        // nothing but SYNs so far
};

// What holds for the next segment (cut_octets: line) only.
struct Marks {
  std::optional<Nanoseconds> wait{};
  std::optional<Nanoseconds> back{};
  bool badsum = false;
  bool urgent = false;
  bool drop = false;
  bool again = false;
  bool swap = false;
  std::optional<std::size_t> snap_octets{};
  std::optional<std::size_t> cut_octets{};
  [[nodiscard]] bool any() const {
    return wait || back || badsum || urgent || drop || again || swap || snap_octets || cut_octets;
  }
};

class Player {
 public:
  explicit Player(ScriptOptions options) : options_(options), now_(options.start) {}

  void play(std::string_view line);
  [[nodiscard]] std::vector<TestPacket> finish();

 private:
  void play_word(std::string_view word, std::string_view rest);
  void play_side(Side side, std::string_view rest);
  [[nodiscard]] bool play_mark(std::string_view word, std::string_view rest);
  [[nodiscard]] bool play_opening(std::string_view word, std::string_view where);
  void begin(std::string_view where);
  void set_where(std::string_view word, Connection& connection) const;
  void send_syn(std::string_view where);
  void handshake(std::string_view where);
  void answer();
  void refuse(std::string_view where);
  void send_text(Side side, std::string_view octets);
  void send(Side side, net::TcpFlags flags, std::string_view payload = {});
  void send_at(Side side, std::uint32_t offset, net::TcpFlags flags, std::string_view payload);
  void send_icmp(std::string_view words);
  void capture(TestPacket packet);
  [[nodiscard]] Connection& connection();
  [[nodiscard]] Peer& peer(Side side) { return connection().peers[static_cast<std::size_t>(side)]; }

  ScriptOptions options_;
  Timestamp now_;             // of the last segment
  Nanoseconds usual_wait_{};  // none before the first one
  std::vector<Connection> connections_;
  std::size_t current_ = 0;
  Marks marks_;
  std::optional<std::size_t> to_swap_;  // index in packets_: the next one goes before it
  FrameFields last_;                    // the last segment, as it was sent
  std::vector<TestPacket> packets_;
};

Connection& Player::connection() {
  if (connections_.empty()) throw std::invalid_argument("no connection yet");
  return connections_[current_];
}

void Player::play(std::string_view line) {
  while (!line.empty() && ascii::is_blank(line.front())) line.remove_prefix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty() || line.front() == '#') return;
  if (line.starts_with("C:") || line.starts_with("C*:") || line.starts_with("C@")) {
    play_side(Side::client, line.substr(1));
  } else if (line.starts_with("S:") || line.starts_with("S*:") || line.starts_with("S@")) {
    play_side(Side::server, line.substr(1));
  } else {
    const std::string_view word = take_word(line);
    play_word(word, line);
  }
}

// `rest` is the line without its "C" or "S".
void Player::play_side(Side side, std::string_view rest) {
  if (rest == ":fin") {
    send(side, {.fin = true, .ack = true});
    send(opposite(side), {.ack = true});
  } else if (rest == ":rst") {
    send(side, {.rst = true, .ack = true});
  } else if (rest.starts_with(":rst@")) {
    send_at(side, number_of<std::uint32_t>(rest.substr(5)), {.rst = true, .ack = true}, {});
  } else if (rest.starts_with("@")) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const auto offset = number_of<std::uint32_t>(rest.substr(1, colon - 1));
    send_at(side, offset, {.psh = true, .ack = true},
            unescaped(rest.substr(std::min(colon + 2, rest.size())), LineEnd::crlf));
  } else if (rest.starts_with("*: ")) {
    rest.remove_prefix(3);
    const auto octets = number_of<std::size_t>(take_word(rest));
    const std::string pattern = unescaped(rest, LineEnd::none);
    if (pattern.empty()) throw std::invalid_argument("octets of what?");
    std::string text;
    while (text.size() < octets) text += pattern;
    text.resize(octets);
    send_text(side, text);
  } else if (rest == ":") {
    send_text(side, "\r\n");
  } else if (rest.starts_with(": ")) {
    send_text(side, unescaped(rest.substr(2), LineEnd::crlf));
  } else {
    throw std::invalid_argument("neither text after a blank nor fin nor rst");
  }
}

void Player::play_word(std::string_view word, std::string_view rest) {
  if (play_mark(word, rest) || play_opening(word, rest)) return;
  if (word == "flow") {
    const auto number = number_of<std::size_t>(rest);
    if (number < 1 || number > connections_.size()) throw std::invalid_argument("no such flow");
    current_ = number - 1;
  } else if (word == "ack") {
    send(side_of(rest), {.ack = true});
  } else if (word == "keepalive") {
    Peer& from = peer(side_of(rest));
    --from.next;
    send(side_of(rest), {.ack = true});
    ++from.next;
  } else if (word == "icmp") {
    send_icmp(rest);
  } else if (word == "ttl") {
    Peer& from = peer(side_of(take_word(rest)));
    from.hop_limit = number_of<std::uint8_t>(rest);
  } else if (word == "window") {
    Peer& from = peer(side_of(take_word(rest)));
    from.window = number_of<std::uint16_t>(rest);
  } else if (word == "tls") {
    const Side side = side_of(take_word(rest));
    send_text(side, tls_octets(side, rest));
  } else if (word == "close") {
    send(Side::client, {.fin = true, .ack = true});
    send(Side::server, {.fin = true, .ack = true});
    send(Side::client, {.ack = true});
  } else {
    throw std::invalid_argument("what is \"" + std::string(word) + "\"?");
  }
}

bool Player::play_mark(std::string_view word, std::string_view rest) {
  if (word == "wait") {
    marks_.wait = marks_.wait.value_or(0ns) + duration_of(rest);
  } else if (word == "back") {
    marks_.back = duration_of(rest);
  } else if (word == "badsum") {
    marks_.badsum = true;
  } else if (word == "urgent") {
    marks_.urgent = true;
  } else if (word == "snap") {
    marks_.snap_octets = number_of<std::size_t>(rest);
  } else if (word == "cut") {
    marks_.cut_octets = number_of<std::size_t>(rest);
    if (*marks_.cut_octets == 0) throw std::invalid_argument("cut into nothing");
  } else if (word == "drop") {
    marks_.drop = true;
  } else if (word == "again") {
    marks_.again = true;
  } else if (word == "swap") {
    marks_.swap = true;
  } else {
    return false;
  }
  return true;
}

bool Player::play_opening(std::string_view word, std::string_view where) {
  if (word == "connect") {
    handshake(where);
  } else if (word == "syn") {
    send_syn(where);
  } else if (word == "answer") {
    answer();
  } else if (word == "refuse") {
    refuse(where);
  } else if (word == "midstream") {
    begin(where);
  } else {
    return false;
  }
  return true;
}

void Player::begin(std::string_view where) {
  const auto index = static_cast<std::uint32_t>(connections_.size());
  Connection next;
  next.peers[0] = {endpoint_of("192.0.2.10:40000"), 1'000'000 + index * 100'000};
  next.peers[1] = {endpoint_of("198.51.100.25:25"), 2'000'000 + index * 100'000};
  next.peers[0].endpoint.port = static_cast<std::uint16_t>(40000 + index);
  while (!where.empty()) set_where(take_word(where), next);
  next.first_syn = next.peers[0].next;
  for (Peer& each : next.peers) each.zero = each.next;
  connections_.push_back(next);
  current_ = connections_.size() - 1;
}

void Player::set_where(std::string_view word, Connection& next) const {
  const std::size_t equals = std::min(word.find('='), word.size() - 1);
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  if (name == "client") {
    next.peers[0].endpoint = endpoint_of(value);
  } else if (name == "server") {
    next.peers[1].endpoint = endpoint_of(value);
  } else if (name == "port") {
    next.peers[1].endpoint.port = number_of<std::uint16_t>(value);
  } else if (name == "isn") {
    const std::size_t comma = std::min(value.find(','), value.size());
    next.peers[0].next = number_of<std::uint32_t>(value.substr(0, comma));
    next.peers[1].next = number_of<std::uint32_t>(value.substr(std::min(comma + 1, value.size())));
  } else {
    throw std::invalid_argument("what is \"" + std::string(word) + "\"?");
  }
}

void Player::send_syn(std::string_view where) {
  if (!where.empty() || connections_.empty() || !connection().only_syn) begin(where);
  peer(Side::client).next = connection().first_syn;
  connection().only_syn = true;
  send(Side::client, {.syn = true});
}

void Player::handshake(std::string_view where) {
  begin(where);
  send(Side::client, {.syn = true});
  send(Side::server, {.syn = true, .ack = true});
  send(Side::client, {.ack = true});
}

void Player::answer() {
  connection().only_syn = false;
  send(Side::server, {.syn = true, .ack = true});
  send(Side::client, {.ack = true});
}

void Player::refuse(std::string_view where) {
  send_syn(where);
  connection().only_syn = false;
  send(Side::server, {.rst = true, .ack = true});
}

void Player::send_text(Side side, std::string_view octets) {
  const std::size_t most = std::min(marks_.cut_octets.value_or(options_.mss), options_.mss);
  marks_.cut_octets.reset();
  while (!octets.empty()) {
    const std::string_view piece = octets.substr(0, most);
    octets.remove_prefix(piece.size());
    send(side, {.psh = octets.empty(), .ack = true}, piece);
  }
}

// As if its stream went on at `offset`; what it sends next stands behind all that it has sent.
void Player::send_at(Side side, std::uint32_t offset, net::TcpFlags flags,
                     std::string_view payload) {
  Peer& from = peer(side);
  const std::uint32_t next = from.next;
  from.next = from.zero + offset;
  send(side, flags, payload);
  if (static_cast<std::int32_t>(next - from.next) > 0 || flags.rst) from.next = next;
}

void Player::send(Side side, net::TcpFlags flags, std::string_view payload) {
  Peer& from = peer(side);
  const Peer& to = peer(opposite(side));
  FrameFields fields{.link = options_.link,
                     .source = from.endpoint,
                     .destination = to.endpoint,
                     .hop_limit = from.hop_limit,
                     .sequence = from.next,
                     .acknowledgement = flags.ack ? to.next : 0,
                     .flags = flags,
                     .window = from.window,
                     .payload = std::string(payload)};
  fields.flags.urg = marks_.urgent;
  if (flags.syn) {
    const auto mss = static_cast<std::uint16_t>(std::min<std::size_t>(options_.mss, 65495));
    fields.tcp_options = {
        2, 4, static_cast<std::uint8_t>(mss >> 8), static_cast<std::uint8_t>(mss), 3, 3, 7};
  }
  from.next += static_cast<std::uint32_t>(payload.size()) + flags.syn + flags.fin;
  if (flags.syn) from.zero = from.next;

  last_ = fields;
  const Marks marks = std::exchange(marks_, {.cut_octets = marks_.cut_octets});
  const Nanoseconds usual_wait = std::exchange(usual_wait_, step);
  now_ += marks.wait.value_or(usual_wait);
  now_ -= marks.back.value_or(0ns);
  if (marks.swap) to_swap_ = packets_.size();
  Frame frame = build(fields);
  if (marks.badsum) frame.bytes[frame.tcp_at + 16] ^= 0xff;
  TestPacket packet = packet_of(frame, options_.link);
  packet.bytes.resize(
      std::min(packet.bytes.size(), marks.snap_octets.value_or(packet.bytes.size())));
  if (!marks.drop) capture(packet);
  if (!marks.again) return;
  now_ += retransmission_delay;
  capture(std::move(packet));
}

void Player::send_icmp(std::string_view words) {
  if (packets_.empty() && last_.payload.empty() && last_.source.port == 0) {
    throw std::invalid_argument("an ICMP error about nothing");
  }
  IcmpFields icmp{.quoted = last_, .reporter = last_.destination.address};
  icmp.type = number_of<std::uint8_t>(take_word(words));
  icmp.code = number_of<std::uint8_t>(take_word(words));
  while (!words.empty()) {
    const std::string_view word = take_word(words);
    const std::string_view value = word.substr(std::min(word.find('=') + 1, word.size()));
    if (word.starts_with("mtu=")) {
      icmp.mtu = number_of<std::uint32_t>(value);
    } else if (word.starts_with("from=")) {
      icmp.reporter = address_of(value);
    } else if (word.starts_with("seq=")) {
      icmp.quoted.sequence += number_of<std::uint32_t>(value);
    } else if (word == "again") {
      marks_.again = true;
    } else {
      throw std::invalid_argument("what is \"" + std::string(word) + "\"?");
    }
  }
  const Marks marks = std::exchange(marks_, {.cut_octets = marks_.cut_octets});
  now_ += marks.wait.value_or(step);
  const Frame frame = build_icmp(icmp);
  capture(packet_of(frame, options_.link));
  if (marks.again) capture(packet_of(frame, options_.link));
}

void Player::capture(TestPacket packet) {
  packet.time = now_;
  packets_.push_back(std::move(packet));
  if (!to_swap_ || packets_.size() < *to_swap_ + 2) return;
  TestPacket& earlier = packets_[*to_swap_];
  TestPacket& later = packets_[*to_swap_ + 1];
  std::swap(earlier, later);
  std::swap(earlier.time, later.time);  // the clock of the capture does not run backwards
  to_swap_.reset();
}

std::vector<TestPacket> Player::finish() {
  if (marks_.any() || to_swap_) throw std::invalid_argument("a mark, and no segment behind it");
  for (std::size_t i = 0; i < packets_.size(); ++i) packets_[i].number = i + 1;
  return std::move(packets_);
}

}  // namespace

std::vector<TestPacket> packets_of(std::string_view script, ScriptOptions options) {
  if (options.mss == 0) throw std::invalid_argument("an MSS of 0");
  Player player(options);
  int number = 0;
  try {
    while (!script.empty()) {
      ++number;
      const std::size_t length = std::min(script.find('\n'), script.size());
      player.play(script.substr(0, length));
      script.remove_prefix(std::min(length + 1, script.size()));
    }
    return player.finish();
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument("script line " + std::to_string(number) + ": " + error.what());
  }
}

}  // namespace smtpscope::test
