// Where a format does not say what is inside, what is inside has to look like it beyond doubt.
#include "dissectors/net/descent.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"

#include <cstdint>
#include <functional>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

// The header of a datagram that carries nothing; without a checksum, as offload leaves it.
Octets ipv4() { return {0x45, 0, 0, 20, 0, 1, 0, 0, 64, 6, 0, 0, 192, 0, 2, 10, 198, 51, 100, 25}; }
Octets ipv6(std::uint8_t next = 6) {
  Octets octets = {0x60, 0, 0, 0, 0, 0, next, 64};
  octets.resize(40, 0x20);
  return octets;
}
Octets ethernet(std::uint16_t type, const Octets& inside, int tags = 0) {
  Octets octets(12, 2);
  for (; tags > 0; --tags) put(octets, Octets{0x81, 0, 0, 7});
  put16(octets, type);
  put(octets, inside);
  return octets;
}

struct Row {
  const char* name;
  std::function<void(Octets&)> change;
  bool looks_so;
};

}  // namespace

TEST_CASE("what looks like IPv4") {
  const auto row = GENERATE(values<Row>({
      {"a header", [](Octets&) {}, true},
      {"with its checksum", [](Octets& o) { set16(o, 10, internet_checksum(o)); }, true},
      {"with another one", [](Octets& o) { set16(o, 10, internet_checksum(o) ^ 1U); }, false},
      {"nothing", [](Octets& o) { o.clear(); }, false},
      {"cut", [](Octets& o) { o.pop_back(); }, false},
      {"a header that is too short", [](Octets& o) { o[0] = 0x44; }, false},
      {"a header longer than all there is", [](Octets& o) { o[0] = 0x46; }, false},
      {"a length below the header's", [](Octets& o) { set16(o, 2, 19); }, false},
      {"a length beyond the end", [](Octets& o) { set16(o, 2, 21); }, false},
      {"another version", [](Octets& o) { o[0] = 0x55; }, false},
  }));
  DYNAMIC_SECTION(row.name) {
    Octets octets = ipv4();
    row.change(octets);
    CHECK(net::looks_like_ip(octets, octets.size()) == row.looks_so);
  }
}

TEST_CASE("what looks like IPv6") {
  const auto row = GENERATE(values<Row>({
      {"a header", [](Octets&) {}, true},
      {"cut", [](Octets& o) { o.pop_back(); }, false},
      {"a length beyond the end", [](Octets& o) { set16(o, 4, 1); }, false},
      {"no hop left", [](Octets& o) { o[7] = 0; }, false},
  }));
  DYNAMIC_SECTION(row.name) {
    Octets octets = ipv6();
    row.change(octets);
    CHECK(net::looks_like_ip(octets, octets.size()) == row.looks_so);
  }
  // Extension headers, tunnels, TCP, UDP and ICMP; not the experiments and the unassigned.
  for (const int next : {0, 4, 6, 17, 41, 43, 44, 47, 51, 58, 60}) {
    INFO(next);
    CHECK(net::looks_like_ip(ipv6(static_cast<std::uint8_t>(next)), 40));
  }
  for (const int next : {1, 59, 89, 132, 253, 255}) {
    INFO(next);
    CHECK_FALSE(net::looks_like_ip(ipv6(static_cast<std::uint8_t>(next)), 40));
  }
}

TEST_CASE("what looks like Ethernet") {
  const Octets arp = {0, 1, 8, 0, 6, 4, 0, 1};
  struct Frame {
    const char* name;
    Octets octets;
    bool looks_so;
  };
  const auto row = GENERATE_COPY(values<Frame>({
      {"with IPv4", ethernet(0x0800, ipv4()), true},
      {"with IPv6", ethernet(0x86dd, ipv6()), true},
      {"with a type that is not what it carries, and no IP", ethernet(0x0800, Octets(40, 0x20)),
       false},
      {"with a tag", ethernet(0x0800, ipv4(), 1), true},
      {"with two", ethernet(0x86dd, ipv6(), 2), true},
      {"with three", ethernet(0x0800, ipv4(), 3), false},
      {"with ARP", ethernet(0x0806, arp), true},
      {"with ARP of another link", ethernet(0x0806, {0, 6, 8, 0}), false},
      {"with ARP for another protocol", ethernet(0x0806, {0, 1, 0x86, 0xdd}), false},
      {"with ARP that is cut", ethernet(0x0806, {0, 1, 8}), false},
      {"with another type", ethernet(0x88cc, ipv4()), false},
      {"addresses alone", Octets(12, 2), false},
      {"a tag and no more", ethernet(0x8100, {0, 7}), false},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(net::looks_like_ethernet(row.octets, row.octets.size()) == row.looks_so);
  }
  // Captured, but beyond the end of what the datagram says that it has.
  CHECK_FALSE(net::looks_like_ethernet(ethernet(0x0800, ipv4()), 13));
}
