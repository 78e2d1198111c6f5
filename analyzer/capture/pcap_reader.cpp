// pcap: a header of 24 octets, then for each packet a header of 16 (in Kuznetzov's form 24) and its
// octets.
#include "analyzer/capture/packet_time.hpp"
#include "analyzer/capture/reader.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace smtpscope::capture {
namespace {

constexpr std::size_t file_header_octets = 24;

struct Magic {
  std::uint32_t number;
  std::int64_t nanoseconds_a_unit;
  std::size_t packet_header_octets;
};
constexpr Magic magics[] = {
    {0xa1b2'c3d4, 1000, 16},
    {0xa1b2'3c4d, 1, 16},
    {0xa1b2'cd34, 1000, 24},  // Kuznetzov's: interface, protocol and direction behind the lengths
};

class PcapReader final : public Reader {
 public:
  PcapReader(Window& window, const ReadLimits& limits) : Reader(window, limits) {}

  Step open() override;
  Step next(Packet& packet) override;
  bool is_pcapng() const noexcept override { return false; }

 private:
  // Writers before version 2.4 put the length on the wire first: always, or some of them.
  enum class Lengths : std::uint8_t { captured_first, wire_first, unknown };

  [[nodiscard]] Step read_version(std::uint16_t major, std::uint16_t minor);
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> lengths(Bytes header) const noexcept;

  Magic magic_ = magics[0];
  Lengths lengths_ = Lengths::captured_first;
  std::uint32_t captured_max_ = 0;
  std::uint64_t behind_ = 0;  // the end of the packet last told, from the window's beginning on
};

Reader::Step PcapReader::open() {
  const Bytes header = window_.ahead(file_header_octets);
  if (header.size() < file_header_octets) return Step::cut;
  const std::uint32_t number = number32(header, 0, ByteOrder::ours);
  const std::uint32_t swapped = number32(header, 0, ByteOrder::swapped);
  for (const Magic& magic : magics) {
    if (magic.number != number && magic.number != swapped) continue;
    magic_ = magic;
    order_ = magic.number == number ? ByteOrder::ours : ByteOrder::swapped;
  }
  // The upper bits say how long a frame check sequence there is at the end of packets: the lengths
  // of IP tell that too.
  constexpr std::uint32_t link_type_bits = 0x03ff'ffff;
  link_type_ = link_type_of_file(number32(header, 20, order_) & link_type_bits);
  captured_max_ = captured_octets_max(link_type_);
  behind_ = file_header_octets;
  return read_version(number16(header, 4, order_), number16(header, 6, order_));
}

Reader::Step PcapReader::read_version(std::uint16_t major, std::uint16_t minor) {
  constexpr std::uint16_t of_dg_ux = 543;
  const bool known = (major == 2 && minor <= 4) || (major == of_dg_ux && minor == 0);
  if (!known) {
    return damaged("version " + std::to_string(major) + '.' + std::to_string(minor) +
                   " of pcap is not known");
  }
  if (major == of_dg_ux || minor < 3) {
    lengths_ = Lengths::wire_first;
  } else if (minor == 3) {
    lengths_ = Lengths::unknown;
  }
  return Step::packet;
}

// Captured, and on the wire.
std::pair<std::uint32_t, std::uint32_t> PcapReader::lengths(Bytes header) const noexcept {
  const std::uint32_t first = number32(header, 8, order_);
  const std::uint32_t second = number32(header, 12, order_);
  const bool exchanged =
      lengths_ == Lengths::wire_first || (lengths_ == Lengths::unknown && first > second);
  return exchanged ? std::pair(second, first) : std::pair(first, second);
}

Reader::Step PcapReader::next(Packet& packet) {
  if (window_.skip(behind_) < behind_) return behind_ = 0, Step::cut;
  behind_ = 0;
  const std::size_t header_octets = magic_.packet_header_octets;
  const Bytes header = window_.ahead(header_octets);
  if (header.size() < header_octets) return header.empty() ? Step::end : Step::cut;
  const auto [captured, on_wire] = lengths(header);
  if (captured > captured_max_) {
    return damaged("its header says " + std::to_string(captured) +
                   " octets, where the link type allows " + std::to_string(captured_max_));
  }
  const std::int64_t seconds = number32(header, 0, order_);
  // Signed as in the structure that files were written from: -1 is before the second.
  const auto fraction = static_cast<std::int32_t>(number32(header, 4, order_));
  packet.time = packet_time(seconds, fraction * magic_.nanoseconds_a_unit);
  packet.wire_length = on_wire;
  packet.link = link_type_;
  const std::size_t told = std::min<std::size_t>(captured, limits_.packet_octets);
  const Bytes record = window_.ahead(header_octets + told);
  if (record.size() < header_octets + told) return Step::cut;
  packet.bytes = record.subspan(header_octets);
  behind_ = header_octets + std::uint64_t{captured};
  return Step::packet;
}

}  // namespace

std::unique_ptr<Reader> make_pcap_reader(Window& window, const ReadLimits& limits) {
  return std::make_unique<PcapReader>(window, limits);
}

LinkType link_type_of_file(std::uint32_t number) noexcept {
  constexpr std::uint32_t raw_of_linux = 12;
  return number == raw_of_linux ? LinkType::raw : static_cast<LinkType>(number);
}

std::uint32_t captured_octets_max(LinkType link) noexcept {
  constexpr std::uint32_t usual = 262'144, mib = 1024 * 1024;
  switch (static_cast<std::uint32_t>(link)) {
    case 189:  // USB
    case 220:
    case 231:  // D-Bus
    case 249:  // USBPcap
      return 128 * mib;
    case 279:  // EBHSCR
      return 8 * mib;
    default:
      return usual;
  }
}

}  // namespace smtpscope::capture
