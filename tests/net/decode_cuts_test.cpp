// Frames cut at each length and spoilt at each octet. All lie in memory of exactly their size, so
// that AddressSanitizer sees a look beyond.
#include "dissectors/net/decode.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using net::NotTcpWhy;

namespace {

struct Sample {
  std::string name;
  LinkType link;
  Frame frame;
};

std::vector<Sample> samples() {
  FrameFields v4{.source = endpoint_of("192.0.2.10:40000"),
                 .destination = endpoint_of("198.51.100.25:25"),
                 .sequence = 1000,
                 .flags = {.syn = true, .ack = true},
                 .tcp_options = {2, 4, 0x05, 0xb4, 1, 3, 3, 7},
                 .payload = "QUIT\r\n"};
  FrameFields v6 = v4;
  v6.source = endpoint_of("[2001:db8::10]:40000");
  v6.destination = endpoint_of("[2001:db8::25]:25");
  v4.ip_options = {148, 4, 0, 0};
  v6.extensions = {{0, {0, 1, 4, 0, 0, 0, 0}},
                   {43, {0, 4, 0, 0, 0, 0, 0}},
                   {44, {0, 0, 0, 0, 0, 0, 1}},
                   {51, {2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}},
                   {60, {0, 1, 4, 0, 0, 0, 0}}};

  std::vector<Sample> out;
  for (const LinkType link :
       {LinkType::ethernet, LinkType::linux_cooked, LinkType::linux_cooked_2, LinkType::null,
        LinkType::loop, LinkType::raw, LinkType::raw_bsd, LinkType::raw_openbsd}) {
    for (FrameFields fields : {v4, v6}) {
      fields.link = link;
      const std::string name =
          std::to_string(static_cast<int>(link)) + " from " + to_string(fields.source);
      out.push_back({name, link, build(fields)});
      if (link > LinkType::ethernet && link != LinkType::linux_cooked) continue;
      fields.vlan_tags = {0x88a8, 0x8100};
      out.push_back({name + ", tagged", link, build(fields)});
    }
  }
  return out;
}

// A packet of the first `octets` of `bytes`, and the memory that it lies in.
struct Cut {
  Cut(const std::vector<std::uint8_t>& bytes, std::size_t octets, std::size_t wire_octets,
      LinkType link)
      : memory(std::make_unique<std::uint8_t[]>(octets)) {
    std::copy_n(bytes.begin(), octets, memory.get());
    packet = {.bytes = {memory.get(), octets},
              .number = 1,
              .wire_length = static_cast<std::uint32_t>(wire_octets),
              .link = link};
  }
  std::unique_ptr<std::uint8_t[]> memory;
  Packet packet;
};

bool lies_in(Bytes inner, Bytes outer) {
  return inner.empty() || (inner.data() >= outer.data() &&
                           inner.data() + inner.size() <= outer.data() + outer.size());
}

}  // namespace

TEST_CASE("a frame cut anywhere gives a reason, or the segment as far as it goes") {
  for (const Sample& sample : samples()) {
    const auto& bytes = sample.frame.bytes;
    const std::size_t tcp_end = sample.frame.tcp_at + 20;
    for (std::size_t octets = 0; octets <= bytes.size(); ++octets) {
      for (const std::size_t wire_octets : {octets, octets + 1, bytes.size()}) {
        INFO(sample.name << ", " << octets << " octets of " << wire_octets);
        const Cut cut(bytes, octets, wire_octets, sample.link);
        const net::Decoded decoded = net::decode(cut.packet);
        (void)net::tcp_checksum(cut.packet);
        if (octets < tcp_end) {
          const auto* not_tcp = std::get_if<net::NotTcp>(&decoded);
          REQUIRE(not_tcp != nullptr);
          // The snap length cut it, or else the sender did.
          REQUIRE(not_tcp->why ==
                  (wire_octets > octets ? NotTcpWhy::cut_short : NotTcpWhy::malformed));
          continue;
        }
        const auto* segment = std::get_if<net::Segment>(&decoded);
        REQUIRE(segment != nullptr);
        REQUIRE(segment->source.port == 40000);
        REQUIRE(segment->sequence.value == 1000);
        REQUIRE(segment->payload_length == 6);
        REQUIRE(segment->payload.size() == octets - std::min(octets, sample.frame.payload_at));
        REQUIRE(lies_in(segment->payload, cut.packet.bytes));
      }
    }
  }
}

TEST_CASE("a frame spoilt anywhere gives something that holds together") {
  for (const Sample& sample : samples()) {
    std::vector<std::uint8_t> bytes = sample.frame.bytes;
    for (std::size_t at = 0; at < sample.frame.payload_at; ++at) {
      const std::uint8_t good = bytes[at];
      for (int value = 0; value < 256; ++value) {
        bytes[at] = static_cast<std::uint8_t>(value);
        const Cut cut(bytes, bytes.size(), bytes.size(), sample.link);
        const net::Decoded decoded = net::decode(cut.packet);
        (void)net::tcp_checksum(cut.packet);
        if (const auto* segment = std::get_if<net::Segment>(&decoded)) {
          if (lies_in(segment->payload, cut.packet.bytes) &&
              segment->payload.size() <= segment->payload_length) {
            continue;
          }
          FAIL(sample.name << ", octet " << at << " = " << value);
        }
      }
      bytes[at] = good;
    }
  }
}
