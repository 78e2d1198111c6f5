// pcap in the forms that nobody writes any more.
#include "tests/capture/reading.hpp"
#include "tests/support/block_writer.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

using Order = Blocks::Order;

struct Form {
  Order order = Order::little;
  std::uint32_t magic = 0xa1b2'c3d4;
  std::uint32_t major = 2, minor = 4;
  std::uint32_t snap_length = 65'535;
  std::uint32_t link = 1;
};

std::string head(const Form& form) {
  const Blocks n(form.order);
  return n.number(form.magic, 4) + n.number(form.major, 2) + n.number(form.minor, 2) +
         n.number(0, 8) + n.number(form.snap_length, 4) + n.number(form.link, 4);
}

// `first` and `second`: the lengths as they stand there.
std::string packet(const Form& form, std::uint32_t first, std::uint32_t second,
                   std::string_view octets, std::string_view behind_lengths = {}) {
  const Blocks n(form.order);
  return n.number(7, 4) + n.number(5, 4) + n.number(first, 4) + n.number(second, 4) +
         std::string(behind_lengths) + std::string(octets);
}

std::string octets_of(const TestPacket& packet) {
  return {packet.bytes.begin(), packet.bytes.end()};
}

}  // namespace

TEST_CASE("the form of Kuznetzov has more in each packet's header") {
  for (const Order order : {Order::little, Order::big}) {
    const Form form{.order = order, .magic = 0xa1b2'cd34};
    const std::string file =
        head(form) + packet(form, 3, 60, "one", "ifprotyp") + packet(form, 3, 3, "two", "ifprotyp");
    const Reading reading = read_octets(file);
    REQUIRE_FALSE(reading.error);
    REQUIRE(reading.packets.size() == 2);
    CHECK(octets_of(reading.packets[0]) == "one");
    CHECK(reading.packets[0].wire_length == 60);
    CHECK(reading.packets[0].time.time_since_epoch() == 7s + 5us);
    CHECK(octets_of(reading.packets[1]) == "two");
    for (std::size_t octets = 24; octets < file.size(); ++octets) {
      const Reading broken = read_octets(std::string_view(file).substr(0, octets));
      CHECK(broken.cut_short == (octets != 24 && octets != 24 + 27));
      CHECK(broken.packets.size() == (octets < 24 + 27 ? 0 : 1));
    }
  }
}

TEST_CASE("before version 2.4 the lengths could be exchanged") {
  struct Row {
    const char* name;
    std::uint32_t major, minor, first, second;
  };
  const auto row = GENERATE(values<Row>({
      {"2.4", 2, 4, 3, 60},
      {"2.3, as now", 2, 3, 3, 60},
      {"2.3, exchanged", 2, 3, 60, 3},
      {"2.2, exchanged", 2, 2, 60, 3},
      {"2.0, exchanged", 2, 0, 60, 3},
      {"of DG/UX, exchanged", 543, 0, 60, 3},
  }));
  DYNAMIC_SECTION(row.name) {
    const Form form{.major = row.major, .minor = row.minor};
    const Reading reading = read_octets(head(form) + packet(form, row.first, row.second, "one"));
    REQUIRE_FALSE(reading.error);
    REQUIRE(reading.packets.size() == 1);
    CHECK(octets_of(reading.packets[0]) == "one");
    CHECK(reading.packets[0].wire_length == 60);
  }
}

TEST_CASE("what else a file's header may hold") {
  struct Row {
    const char* name;
    Form form;
    LinkType link;
  };
  const auto row = GENERATE(values<Row>({
      {"no snap length", {.snap_length = 0}, LinkType::ethernet},
      {"a snap length below its packets", {.snap_length = 1}, LinkType::ethernet},
      {"a frame check sequence of 4 octets", {.link = 0x4400'0001}, LinkType::ethernet},
      {"nanoseconds' magic, big-endian",
       {.order = Order::big, .magic = 0xa1b2'3c4d},
       LinkType::ethernet},
      {"raw IP", {.link = 101}, LinkType::raw},
  }));
  DYNAMIC_SECTION(row.name) {
    const Reading reading = read_octets(head(row.form) + packet(row.form, 3, 60, "one"));
    REQUIRE_FALSE(reading.error);
    REQUIRE(reading.packets.size() == 1);
    CHECK(octets_of(reading.packets[0]) == "one");
    CHECK(reading.packets[0].link == row.link);
  }
}

TEST_CASE("packets of link types that have large ones") {
  constexpr std::uint32_t usb = 220, most_told = 262'144, octets = 3'000'000;
  const Form form{.link = usb};
  const Reading reading =
      read_octets(head(form) + packet(form, octets, octets, std::string(octets, 'u')) +
                  packet(form, 3, 3, "end"));
  REQUIRE_FALSE(reading.error);
  REQUIRE(reading.packets.size() == 2);
  CHECK(reading.packets[0].bytes.size() == most_told);
  CHECK(reading.packets[0].wire_length == octets);
  CHECK(octets_of(reading.packets[1]) == "end");
  const Reading too_large = read_octets(head(form) + packet(form, 0x0900'0000, 60, "x"));
  REQUIRE(too_large.error);
  CHECK(too_large.error->what.starts_with("packet 1 is damaged: "));
}
