#include "tests/support/pcap_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace smtpscope::test {
namespace {

enum class ByteOrder : std::uint8_t { little, big };

constexpr std::uint32_t snap_length = 262'144;

// A file in the making: numbers in its byte order.
class Writer {
 public:
  explicit Writer(ByteOrder order) : order_(order) {}

  void put(std::uint32_t value, int octets) {
    for (int i = 0; i < octets; ++i) {
      const int shift = 8 * (order_ == ByteOrder::little ? i : octets - 1 - i);
      out_ += static_cast<char>(value >> shift);
    }
  }
  void put16(std::uint32_t value) { put(value, 2); }
  void put32(std::uint32_t value) { put(value, 4); }
  void put(std::string_view text) { out_ += text; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  ByteOrder order_;
  std::string out_;
};

std::uint32_t captured_octets(const TestPacket& packet) {
  return static_cast<std::uint32_t>(packet.bytes.size());
}

std::string classic(std::span<const TestPacket> packets, ByteOrder order, std::uint32_t magic,
                    std::int64_t nanoseconds_a_unit) {
  Writer out(order);
  out.put32(magic);
  out.put16(2);
  out.put16(4);
  out.put32(0);
  out.put32(0);
  out.put32(snap_length);
  out.put32(
      static_cast<std::uint32_t>(packets.empty() ? LinkType::ethernet : packets.front().link));
  for (const TestPacket& packet : packets) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t time = packet.time.time_since_epoch().count();
    out.put32(static_cast<std::uint32_t>(time / second));
    out.put32(static_cast<std::uint32_t>(time % second / nanoseconds_a_unit));
    out.put32(captured_octets(packet));
    out.put32(packet.wire_length);
    out.put(as_text(packet.bytes));
  }
  return out.take();
}

// A pcapng block: type and total length around a body that is filled up to 32 bits.
std::string block(ByteOrder order, std::uint32_t type, std::string body) {
  body.resize((body.size() + 3) / 4 * 4);
  const auto octets = static_cast<std::uint32_t>(12 + body.size());
  Writer out(order);
  out.put32(type);
  out.put32(octets);
  out.put(body);
  out.put32(octets);
  return out.take();
}

std::string section_header(ByteOrder order) {
  Writer body(order);
  body.put32(0x1a2b3c4d);
  body.put16(1);
  body.put16(0);
  body.put32(0xffffffff);  // length of the section: not told
  body.put32(0xffffffff);
  return block(order, 0x0a0d0d0a, body.take());
}

std::string interface_description(ByteOrder order, LinkType link) {
  Writer body(order);
  body.put16(static_cast<std::uint32_t>(link));
  body.put16(0);
  body.put32(snap_length);
  body.put16(9);  // if_tsresol: 10^-9
  body.put16(1);
  body.put({"\x09\0\0\0", 4});
  body.put32(0);  // end of options
  return block(order, 1, body.take());
}

std::string enhanced_packet(ByteOrder order, std::uint32_t interface, const TestPacket& packet) {
  const auto time = static_cast<std::uint64_t>(packet.time.time_since_epoch().count());
  Writer body(order);
  body.put32(interface);
  body.put32(static_cast<std::uint32_t>(time >> 32));
  body.put32(static_cast<std::uint32_t>(time));
  body.put32(captured_octets(packet));
  body.put32(packet.wire_length);
  body.put(as_text(packet.bytes));
  return block(order, 6, body.take());
}

std::string pcapng(std::span<const TestPacket> packets, ByteOrder order) {
  std::vector<LinkType> interfaces{packets.empty() ? LinkType::ethernet : packets.front().link};
  std::string out = section_header(order) + interface_description(order, interfaces.front());
  for (const TestPacket& packet : packets) {
    const auto known = std::ranges::find(interfaces, packet.link);
    const auto interface = static_cast<std::uint32_t>(known - interfaces.begin());
    if (known == interfaces.end()) {
      interfaces.push_back(packet.link);
      out += interface_description(order, packet.link);
    }
    out += enhanced_packet(order, interface, packet);
  }
  return out;
}

}  // namespace

std::string pcap_of(std::span<const TestPacket> packets, PcapForm form) {
  constexpr std::uint32_t micro = 0xa1b2c3d4, nano = 0xa1b23c4d;
  switch (form) {
    case PcapForm::micro_little:
      return classic(packets, ByteOrder::little, micro, 1000);
    case PcapForm::micro_big:
      return classic(packets, ByteOrder::big, micro, 1000);
    case PcapForm::nano_little:
      return classic(packets, ByteOrder::little, nano, 1);
    case PcapForm::nano_big:
      return classic(packets, ByteOrder::big, nano, 1);
    case PcapForm::pcapng_little:
      return pcapng(packets, ByteOrder::little);
    case PcapForm::pcapng_big:
      return pcapng(packets, ByteOrder::big);
  }
  throw std::invalid_argument("no such form of capture");
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace smtpscope::test
