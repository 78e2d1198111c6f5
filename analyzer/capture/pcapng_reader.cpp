// pcapng: blocks, each | type | length | body, filled up to 32 bits | length |. A section header
// says the byte order of what follows; interfaces are numbered from 0 in each section.
#include "analyzer/capture/packet_time.hpp"
#include "analyzer/capture/reader.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::capture {
namespace {

enum class BlockType : std::uint32_t {
  interface = 1,
  obsolete_packet = 2,
  simple_packet = 3,
  name_resolution = 4,
  statistics = 5,
  enhanced_packet = 6,
  secrets = 10,
  section = 0x0a0d'0d0a,  // the same in both byte orders
};

constexpr std::uint32_t around_body = 12;  // type, length, and the length again

struct Interface {
  LinkType link = LinkType::ethernet;
  std::uint32_t snap_length = 0;  // 0: no limit
  // Units of time a second: 10 or 2 to the power of `exponent`; 0 where 64 bits cannot tell.
  std::uint64_t units_a_second = 1'000'000;
  unsigned exponent = 6;
  bool is_binary = false;
  std::int64_t offset_seconds = 0;
  // Packets that were lost: what the last statistics say, or, without any, what packets say.
  std::optional<std::uint64_t> dropped_by_interface, dropped_by_system;
  std::uint64_t dropped_between_packets = 0;

  [[nodiscard]] std::uint64_t lost_by_interface() const noexcept {
    return dropped_by_interface.value_or(0);
  }
  [[nodiscard]] std::uint64_t lost_by_system() const noexcept {
    return dropped_by_system.value_or(dropped_by_interface ? 0 : dropped_between_packets);
  }
};

constexpr std::uint64_t power_of_ten(unsigned exponent) noexcept {
  std::uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

// 2^-exponent seconds each: `units` of them are less than a second.
std::int64_t binary_nanoseconds(std::uint64_t units, unsigned exponent) noexcept {
  constexpr unsigned exact = 34;  // 2^34 times a thousand million still fits into 64 bits
  const unsigned coarser = exponent > exact ? exponent - exact : 0;
  if (coarser >= 64) return 0;
  constexpr std::uint64_t second = 1'000'000'000;
  return static_cast<std::int64_t>(((units >> coarser) * second) >> (exponent - coarser));
}

// 10^-exponent seconds each.
std::int64_t decimal_nanoseconds(std::uint64_t units, unsigned exponent) noexcept {
  if (exponent <= 9) return static_cast<std::int64_t>(units * power_of_ten(9 - exponent));
  return exponent <= 9 + 19 ? static_cast<std::int64_t>(units / power_of_ten(exponent - 9)) : 0;
}

// `code` is if_tsresol: the highest bit chooses 2, not 10.
void set_resolution(Interface& interface, std::uint8_t code) noexcept {
  interface.is_binary = (code & 0x80) != 0;
  interface.exponent = code & 0x7f;
  if (interface.is_binary) {
    interface.units_a_second = interface.exponent < 64 ? std::uint64_t{1} << interface.exponent : 0;
  } else {
    interface.units_a_second = interface.exponent < 20 ? power_of_ten(interface.exponent) : 0;
  }
}

Timestamp time_of(const Interface& interface, std::uint64_t units) noexcept {
  const std::uint64_t a_second = interface.units_a_second;
  const std::uint64_t seconds = a_second == 0 ? 0 : units / a_second;
  const std::uint64_t rest = a_second == 0 ? units : units % a_second;
  const std::int64_t nanoseconds = interface.is_binary
                                       ? binary_nanoseconds(rest, interface.exponent)
                                       : decimal_nanoseconds(rest, interface.exponent);
  std::int64_t sum = 0;
  const auto whole = static_cast<std::int64_t>(
      std::min<std::uint64_t>(seconds, std::numeric_limits<std::int64_t>::max()));
  if (__builtin_add_overflow(whole, interface.offset_seconds, &sum)) {
    sum = interface.offset_seconds > 0 ? std::numeric_limits<std::int64_t>::max()
                                       : std::numeric_limits<std::int64_t>::min();
  }
  return packet_time(sum, nanoseconds);
}

constexpr std::size_t padded(std::size_t octets) noexcept { return (octets + 3) / 4 * 4; }

// The options at the end of a block: | code 16 | length 16 | value, filled up |... until code 0,
// the end, or an option that is longer than what is left.
class Options {
 public:
  struct Option {
    std::uint16_t code = 0;
    Bytes value;
  };
  Options(Bytes octets, ByteOrder order) : rest_(octets), order_(order) {}

  [[nodiscard]] std::optional<Option> next() noexcept {
    if (rest_.size() < 4) return std::nullopt;
    const std::uint16_t code = number16(rest_, 0, order_);
    const std::size_t length = number16(rest_, 2, order_);
    if (code == 0 || length > rest_.size() - 4) return std::nullopt;
    const Option option{code, rest_.subspan(4, length)};
    rest_ = rest_.subspan(std::min(rest_.size(), 4 + padded(length)));
    return option;
  }

 private:
  Bytes rest_;
  ByteOrder order_;
};

constexpr std::uint16_t option_comment = 1;

class PcapngReader final : public Reader {
 public:
  PcapngReader(Window& window, const ReadLimits& limits)
      : Reader(window, limits), block_octets_max_(limits.block_octets) {}

  Step open() override;
  Step next(Packet& packet) override;
  bool is_pcapng() const noexcept override { return true; }

 private:
  // A block that lies in the window: all of it, or, where it is longer than the window, its
  // beginning.
  struct Block {
    BlockType type{};
    Bytes body;
    std::uint64_t body_octets = 0;  // that it has
  };
  // Where the captured octets of a packet block lie, and what its header says.
  struct Captured {
    std::size_t interface = 0;
    std::size_t at = 0;  // in the body
    std::uint32_t octets = 0;
    std::uint32_t wire_octets = 0;
    std::uint64_t units = 0;    // of time
    std::uint64_t dropped = 0;  // lost before this packet
  };

  [[nodiscard]] Step read_block(Block& block);
  [[nodiscard]] Step read_packet(const Block& block, Packet& packet);
  [[nodiscard]] Step read_other(const Block& block);
  [[nodiscard]] Step read_section(const Block& block);
  [[nodiscard]] Step read_interface(const Block& block);
  [[nodiscard]] std::optional<Captured> captured_of(const Block& block) const noexcept;
  // Packets that were lost before this one, as its options say.
  [[nodiscard]] std::uint64_t read_packet_options(Bytes octets) noexcept;
  void read_statistics(const Block& block);
  [[nodiscard]] Step read_secrets(const Block& block);
  void note_comment(Bytes text);
  // Changes what `interface` says about its losses, and the sums with it.
  template <typename Change>
  void change_drops(Interface& interface, const Change& change);

  std::vector<Interface> interfaces_;
  std::uint32_t block_octets_max_;
  std::uint64_t behind_ = 0;  // the end of the block last read, from the window's beginning on
};

// Some put keys where everybody sees them: the lines of a key log in a comment.
bool begins_key_log(std::string_view text) noexcept {
  constexpr std::string_view labels[] = {"CLIENT_RANDOM ",
                                         "CLIENT_HANDSHAKE_TRAFFIC_SECRET ",
                                         "SERVER_HANDSHAKE_TRAFFIC_SECRET ",
                                         "CLIENT_TRAFFIC_SECRET_0 ",
                                         "SERVER_TRAFFIC_SECRET_0 ",
                                         "CLIENT_EARLY_TRAFFIC_SECRET "};
  return std::ranges::any_of(labels,
                             [&](std::string_view label) { return text.starts_with(label); });
}

bool is_packet(BlockType type) noexcept {
  return type == BlockType::enhanced_packet || type == BlockType::simple_packet ||
         type == BlockType::obsolete_packet;
}

// Up to the first interface, which every packet needs.
Reader::Step PcapngReader::open() {
  while (interfaces_.empty()) {
    Block block;
    if (const Step step = read_block(block); step != Step::packet) {
      return step == Step::end ? Step::cut : step;
    }
    const Step step =
        is_packet(block.type) ? damaged("a packet before any interface") : read_other(block);
    if (step != Step::packet) return step;
  }
  link_type_ = interfaces_.front().link;
  return Step::packet;
}

Reader::Step PcapngReader::next(Packet& packet) {
  for (;;) {
    Block block;
    Step step = read_block(block);
    if (step != Step::packet) return step;
    if (is_packet(block.type)) return read_packet(block, packet);
    step = read_other(block);
    if (step != Step::packet) return step;
  }
}

Reader::Step PcapngReader::read_block(Block& block) {
  const std::uint64_t behind = std::exchange(behind_, 0);
  if (window_.skip(behind) < behind) return Step::cut;
  Bytes head = window_.ahead(8);
  if (head.size() < 8) return head.empty() ? Step::end : Step::cut;
  block.type = static_cast<BlockType>(number32(head, 0, order_));
  if (block.type == BlockType::section) {
    head = window_.ahead(12);
    if (head.size() < 12) return Step::cut;
    constexpr std::uint32_t byte_order_magic = 0x1a2b'3c4d;
    if (number32(head, 8, ByteOrder::ours) == byte_order_magic) {
      order_ = ByteOrder::ours;
    } else if (number32(head, 8, ByteOrder::swapped) == byte_order_magic) {
      order_ = ByteOrder::swapped;
    } else {
      return damaged("a section without a byte order");
    }
  }
  const std::uint32_t octets = number32(head, 4, order_);
  if (octets < around_body) return damaged("a block of " + std::to_string(octets) + " octets");
  if (octets % 4 != 0) {
    return damaged("a block of " + std::to_string(octets) + " octets, no multiple of four");
  }
  if (octets > block_octets_max_) {
    return damaged("a block of " + std::to_string(octets) + " octets, more than the " +
                   std::to_string(block_octets_max_) + " that one may have");
  }
  const std::size_t seen = std::min<std::size_t>(octets, window_.capacity());
  const Bytes whole = window_.ahead(seen);
  if (whole.size() < seen) return Step::cut;
  block.body_octets = octets - around_body;
  if (seen == octets) {
    const std::uint32_t again = number32(whole, octets - 4, order_);
    if (again != octets) {
      return damaged("a block of " + std::to_string(octets) + " octets that ends saying it has " +
                     std::to_string(again));
    }
  }
  block.body = whole.subspan(8, std::min<std::size_t>(block.body_octets, seen - 8));
  behind_ = octets;
  return Step::packet;
}

// Nothing: the block is too short for what it is.
std::optional<PcapngReader::Captured> PcapngReader::captured_of(const Block& block) const noexcept {
  const Bytes body = block.body;
  Captured captured;
  if (block.type == BlockType::simple_packet) {
    if (body.size() < 4) return std::nullopt;
    captured.wire_octets = number32(body, 0, order_);
    captured.at = 4;
    const std::uint32_t snap = interfaces_.empty() ? 0 : interfaces_.front().snap_length;
    captured.octets = snap == 0 ? captured.wire_octets : std::min(captured.wire_octets, snap);
    return captured;
  }
  if (body.size() < 20) return std::nullopt;
  if (block.type == BlockType::enhanced_packet) {
    captured.interface = number32(body, 0, order_);
  } else {
    captured.interface = number16(body, 0, order_);
    const std::uint16_t dropped = number16(body, 2, order_);
    constexpr std::uint16_t not_known = 0xffff;
    captured.dropped = dropped == not_known ? 0 : dropped;
  }
  captured.units = halves64(body, 4, order_);
  captured.octets = number32(body, 12, order_);
  captured.wire_octets = number32(body, 16, order_);
  captured.at = 20;
  return captured;
}

Reader::Step PcapngReader::read_packet(const Block& block, Packet& packet) {
  const auto captured = captured_of(block);
  if (!captured) return damaged("a block too short for a packet");
  if (captured->interface >= interfaces_.size()) {
    return damaged("it is from interface " + std::to_string(captured->interface) +
                   ", which the file does not describe");
  }
  if (captured->octets > block.body_octets - captured->at) {
    return damaged("its header says " + std::to_string(captured->octets) +
                   " octets, more than its block has");
  }
  Interface& interface = interfaces_[captured->interface];
  const std::size_t here = block.body.size() - captured->at;
  const std::size_t told = std::min({std::size_t{captured->octets}, limits_.packet_octets, here});
  packet.bytes = block.body.subspan(captured->at, told);
  packet.wire_length = captured->wire_octets;
  packet.link = interface.link;
  packet.time = time_of(interface, captured->units);
  std::uint64_t dropped = captured->dropped;
  const std::size_t options_at = captured->at + padded(captured->octets);
  if (block.type != BlockType::simple_packet && options_at < block.body.size()) {
    dropped += read_packet_options(block.body.subspan(options_at));
  }
  if (dropped != 0) {
    change_drops(interface, [=](Interface& it) { it.dropped_between_packets += dropped; });
  }
  return Step::packet;
}

std::uint64_t PcapngReader::read_packet_options(Bytes octets) noexcept {
  constexpr std::uint16_t drop_count = 4;
  std::uint64_t dropped = 0;
  Options options(octets, order_);
  while (const auto option = options.next()) {
    if (option->code == option_comment) ++notes_.comments;
    if (option->code == drop_count && option->value.size() == 8) {
      dropped += number64(option->value, 0, order_);
    }
  }
  return dropped;
}

Reader::Step PcapngReader::read_other(const Block& block) {
  switch (block.type) {
    case BlockType::section:
      return read_section(block);
    case BlockType::interface:
      return read_interface(block);
    case BlockType::statistics:
      read_statistics(block);
      break;
    case BlockType::secrets:
      return read_secrets(block);
    case BlockType::name_resolution:
    case BlockType::obsolete_packet:
    case BlockType::simple_packet:
    case BlockType::enhanced_packet:
      break;
  }
  return Step::packet;
}

Reader::Step PcapngReader::read_section(const Block& block) {
  if (block.body.size() < 16) return damaged("a section header that is too short");
  const std::uint16_t major = number16(block.body, 4, order_);
  if (major != 1) {
    return damaged("version " + std::to_string(major) + '.' +
                   std::to_string(number16(block.body, 6, order_)) + " of pcapng is not known");
  }
  interfaces_.clear();
  block_octets_max_ = limits_.block_octets;
  Options options(block.body.subspan(16), order_);
  while (const auto option = options.next()) {
    if (option->code == option_comment) note_comment(option->value);
  }
  return Step::packet;
}

Reader::Step PcapngReader::read_interface(const Block& block) {
  if (block.body.size() < 8) return damaged("a description of an interface that is too short");
  if (interfaces_.size() >= limits_.interfaces) {
    return damaged("more than " + std::to_string(limits_.interfaces) + " interfaces");
  }
  Interface interface;
  interface.link = link_type_of_file(number16(block.body, 0, order_));
  interface.snap_length = number32(block.body, 4, order_);
  constexpr std::uint16_t time_resolution = 9, time_offset = 14;
  Options options(block.body.subspan(8), order_);
  while (const auto option = options.next()) {
    if (option->code == option_comment) ++notes_.comments;
    if (option->code == time_resolution && option->value.size() == 1) {
      set_resolution(interface, option->value[0]);
    }
    if (option->code == time_offset && option->value.size() == 8) {
      interface.offset_seconds = static_cast<std::int64_t>(number64(option->value, 0, order_));
    }
  }
  constexpr std::uint32_t around_packet = 64 * 1024;  // the header, and options
  block_octets_max_ =
      std::max(block_octets_max_, captured_octets_max(interface.link) + around_packet);
  interfaces_.push_back(interface);
  return Step::packet;
}

// Counted from the start of the capture: of several, the last one counts.
void PcapngReader::read_statistics(const Block& block) {
  if (block.body.size() < 12) return;
  const std::uint32_t index = number32(block.body, 0, order_);
  if (index >= interfaces_.size()) return;
  Interface& interface = interfaces_[index];
  constexpr std::uint16_t interface_drops = 5, system_drops = 7;
  constexpr auto not_known = static_cast<std::uint64_t>(-1);
  Options options(block.body.subspan(12), order_);
  while (const auto option = options.next()) {
    if (option->value.size() != 8) continue;
    const std::uint64_t count = number64(option->value, 0, order_);
    if (count == not_known) continue;
    change_drops(interface, [&](Interface& it) {
      if (option->code == interface_drops) it.dropped_by_interface = count;
      if (option->code == system_drops) it.dropped_by_system = count;
    });
  }
}

template <typename Change>
void PcapngReader::change_drops(Interface& interface, const Change& change) {
  notes_.dropped_by_interface -= interface.lost_by_interface();
  notes_.dropped_by_system -= interface.lost_by_system();
  change(interface);
  notes_.dropped_by_interface += interface.lost_by_interface();
  notes_.dropped_by_system += interface.lost_by_system();
}

// The one block that is kept whole, in pieces where it is longer than the window.
Reader::Step PcapngReader::read_secrets(const Block& block) {
  constexpr std::uint32_t tls_key_log = 0x544c'534b;
  if (block.body.size() < 8 || number32(block.body, 0, order_) != tls_key_log) return Step::packet;
  std::uint64_t octets = number32(block.body, 4, order_);
  if (octets > block.body_octets - 8) return damaged("secrets longer than their block");
  constexpr std::size_t before_secrets = 16;
  behind_ -= before_secrets;
  (void)window_.skip(before_secrets);
  const std::size_t room = limits_.key_log_octets - notes_.key_log.size();
  if (octets > room) {
    ++notes_.limits_reached;
    octets = 0;  // half of a key is no key
  }
  while (octets > 0) {
    const std::size_t wanted = std::min<std::size_t>(octets, window_.capacity());
    const Bytes piece = window_.ahead(wanted);
    if (piece.size() < wanted) return Step::cut;
    notes_.key_log += as_text(piece);
    (void)window_.skip(wanted);
    octets -= wanted;
    behind_ -= wanted;
  }
  return Step::packet;
}

void PcapngReader::note_comment(Bytes text) {
  ++notes_.comments;
  if (begins_key_log(as_text(text))) {
    const bool has_room = text.size() < limits_.key_log_octets - notes_.key_log.size();
    if (has_room) {
      notes_.key_log += as_text(text);
      notes_.key_log += '\n';
    } else {
      ++notes_.limits_reached;
    }
    return;
  }
  constexpr std::size_t around_comment = 64;  // what an empty one costs
  std::size_t kept = around_comment;
  for (const std::string& comment : notes_.section_comments)
    kept += comment.size() + around_comment;
  if (text.size() + kept > limits_.comment_octets) {
    ++notes_.limits_reached;
    return;
  }
  notes_.section_comments.emplace_back(as_text(text));
}

}  // namespace

std::unique_ptr<Reader> make_pcapng_reader(Window& window, const ReadLimits& limits) {
  return std::make_unique<PcapngReader>(window, limits);
}

}  // namespace smtpscope::capture
