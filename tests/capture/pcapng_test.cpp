// pcapng, all of it: what libpcap reads too is compared with it in libpcap_test.cpp; this is the
// rest.
#include "analyzer/capture/file.hpp"
#include "analyzer/capture/reader.hpp"
#include "tests/capture/reading.hpp"
#include "tests/support/block_writer.hpp"
#include "tests/support/catch.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr std::uint32_t ethernet = 1, raw = 101, radiotap = 127, usb = 220;

std::string octets_of(const TestPacket& packet) {
  return {packet.bytes.begin(), packet.bytes.end()};
}

}  // namespace

TEST_CASE("interfaces of several link types, in sections of both byte orders") {
  Blocks file;
  file.section(Blocks::Order::little).interface(ethernet).packet(0, 5, "ether");
  file.interface(raw).packet(1, 6, "raw").packet(0, 7, "ether again");
  file.section(Blocks::Order::big).interface(radiotap).packet(0, 8, "radio");
  file.section(Blocks::Order::little).interface(raw).packet(0, 9, "raw again");
  const Reading reading = read_octets(file.file());
  REQUIRE_FALSE(reading.error);
  REQUIRE(reading.packets.size() == 5);
  const std::vector<std::pair<std::uint32_t, std::string>> expected{{ethernet, "ether"},
                                                                    {raw, "raw"},
                                                                    {ethernet, "ether again"},
                                                                    {radiotap, "radio"},
                                                                    {raw, "raw again"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("packet " << i + 1);
    CHECK(reading.packets[i].number == i + 1);
    CHECK(reading.packets[i].link == static_cast<LinkType>(expected[i].first));
    CHECK(octets_of(reading.packets[i]) == expected[i].second);
    CHECK(reading.packets[i].time.time_since_epoch() == std::chrono::microseconds(5 + i));
  }
  CHECK(reading.link == LinkType::ethernet);
}

TEST_CASE("times of every resolution and offset") {
  struct Row {
    const char* name;
    int resolution;  // -1: none is told
    std::int64_t offset;
    std::uint64_t units;
    std::int64_t nanoseconds;
  };
  constexpr std::int64_t second = 1'000'000'000;
  const auto row = GENERATE(values<Row>({
      {"not told: microseconds", -1, 0, 1'767'323'045'123'456, 1'767'323'045'123'456'000},
      {"seconds", 0, 0, 7, 7 * second},
      {"milliseconds", 3, 0, 7'001, 7'001'000'000},
      {"nanoseconds", 9, 0, 1'767'323'045'123'456'789, 1'767'323'045'123'456'789},
      {"picoseconds", 12, 0, 7'000'000'001'999, 7 * second + 1},
      {"10^-19", 19, 0, 15'000'000'000'000'000'000U, 1'500'000'000},
      {"10^-20: less than a second is all there is", 20, 0, 15'000'000'000'000'000'000U,
       150'000'000},
      {"10^-29: nothing is left", 29, 0, 15'000'000'000'000'000'000U, 0},
      {"10^-127", 127, 0, ~std::uint64_t{0}, 0},
      {"2^-0", 0x80, 0, 3, 3 * second},
      {"2^-1", 0x81, 0, 3, 1'500'000'000},
      {"2^-10", 0x8a, 0, 1024 * 5 + 512, 5'500'000'000},
      {"2^-32", 0xa0, 0, (std::uint64_t{5} << 32) + (std::uint64_t{1} << 30), 5'250'000'000},
      {"2^-40", 0xa8, 0, (std::uint64_t{5} << 40) + (std::uint64_t{3} << 38), 5'750'000'000},
      {"2^-63", 0xbf, 0, (std::uint64_t{1} << 63) + (std::uint64_t{1} << 62), 1'500'000'000},
      {"2^-64", 0xc0, 0, std::uint64_t{1} << 63, 500'000'000},
      {"2^-97", 0xe1, 0, ~std::uint64_t{0}, 0},
      {"2^-127", 0xff, 0, ~std::uint64_t{0}, 0},
      {"an offset", 6, 1'700'000'000, 5, 1'700'000'000 * second + 5'000},
      {"an offset back", 6, -5, 7'000'000, 2 * second},
      {"too far ahead: the nearest", 0, std::numeric_limits<std::int64_t>::max(), 7,
       9'160'300'036 * second},
      {"too far back: the nearest", 0, std::numeric_limits<std::int64_t>::min(), 7,
       -31'536'000 * second},
      {"units beyond 63 bits", 0, 0, ~std::uint64_t{0}, 9'160'300'036 * second},
  }));
  DYNAMIC_SECTION(row.name) {
    for (const auto order : {Blocks::Order::little, Blocks::Order::big}) {
      Blocks file(order);
      Blocks::Options options;
      if (row.resolution >= 0)
        options.push_back({9, std::string(1, static_cast<char>(row.resolution))});
      if (row.offset != 0)
        options.push_back({14, file.number(static_cast<std::uint64_t>(row.offset), 8)});
      file.section().interface(ethernet, 0, options).packet(0, row.units, "x");
      const Reading reading = read_octets(file.file());
      REQUIRE(reading.packets.size() == 1);
      CHECK(reading.packets[0].time.time_since_epoch().count() == row.nanoseconds);
    }
  }
}

TEST_CASE("packets of all three kinds") {
  Blocks file;
  file.section().interface(ethernet, 4).interface(raw);
  file.simple_packet(10, "abcd").simple_packet(3, "xyz").packet(1, 1, "enhanced");
  file.obsolete_packet(1, 3, 2, "obsolete");
  const Reading reading = read_octets(file.file());
  REQUIRE_FALSE(reading.error);
  REQUIRE(reading.packets.size() == 4);
  CHECK(octets_of(reading.packets[0]) == "abcd");  // as long as the snap length says
  CHECK(reading.packets[0].wire_length == 10);
  CHECK(octets_of(reading.packets[1]) == "xyz");
  CHECK(reading.packets[0].link == LinkType::ethernet);
  CHECK(octets_of(reading.packets[2]) == "enhanced");
  CHECK(octets_of(reading.packets[3]) == "obsolete");
  CHECK(reading.packets[3].link == LinkType::raw);
  CHECK(reading.packets[3].time.time_since_epoch() == 2us);
  CHECK(reading.notes.dropped() == 3);
}

TEST_CASE(
    "losses: of statistics the last ones of each interface, of packets where there are none") {
  Blocks file;
  file.section().interface(ethernet).interface(ethernet).interface(ethernet);
  file.packet(0, 1, "x", {{4, file.number(7, 8)}}).packet(2, 2, "x", {{4, file.number(11, 8)}});
  file.statistics(0, {{5, file.number(1, 8)}, {7, file.number(2, 8)}});
  file.statistics(0, {{4, file.number(1000, 8)}, {5, file.number(3, 8)}, {7, file.number(4, 8)}});
  file.statistics(1, {{5, file.number(~std::uint64_t{0}, 8)}, {7, file.number(5, 8)}});
  file.statistics(9, {{5, file.number(100, 8)}});
  file.section().interface(ethernet).statistics(0, {{7, file.number(20, 8)}});
  const Reading reading = read_octets(file.file());
  REQUIRE_FALSE(reading.error);
  CHECK(reading.notes.dropped_by_interface == 3);
  CHECK(reading.notes.dropped_by_system == 4 + 5 + 11 + 20);
}

TEST_CASE("secrets, comments, and blocks that say nothing about packets") {
  Blocks file;
  file.section({{1, "taken at the mirror port"}}).secrets("CLIENT_RANDOM 00 11\n");
  file.interface(ethernet, 0, {{1, "the inner side"}, {2, "eth0"}});
  file.block(4, "names that are skipped").block(0x0bad, "of somebody's own").block(0x4000'0bad, "");
  file.packet(0, 1, "x", {{1, "look here"}}).secrets("CLIENT_RANDOM 22 33\n");
  file.block(10, file.number(0x5747'4b4c, 4) + file.number(4, 4) + "WireGuard's");
  file.packet(0, 2, "y");
  const Reading reading = read_octets(file.file());
  REQUIRE_FALSE(reading.error);
  CHECK(reading.packets.size() == 2);
  CHECK(reading.notes.key_log == "CLIENT_RANDOM 00 11\nCLIENT_RANDOM 22 33\n");
  CHECK(reading.notes.comments == 3);
  CHECK(reading.notes.section_comments == std::vector<std::string>{"taken at the mirror port"});
  CHECK(reading.notes.limits_reached == 0);
}

TEST_CASE("secrets that are longer than what is looked at in one piece, and more than are kept") {
  const std::string log(3 * capture::window_octets + 5, 'k');
  Blocks file;
  file.section().interface(ethernet).secrets(log).packet(0, 1, "x");
  for (int i = 0; i < 10; ++i) file.secrets(log).packet(0, 1, "x");
  const Reading reading = read_octets(file.file());
  REQUIRE_FALSE(reading.error);
  CHECK(reading.packets.size() == 11);
  const std::size_t kept = capture::ReadLimits().key_log_octets / log.size();
  CHECK(reading.notes.key_log.size() == kept * log.size());
  CHECK(reading.notes.limits_reached == 11 - kept);
}

TEST_CASE("comments are kept up to a limit, empty ones too") {
  Blocks::Options comments;
  for (int i = 0; i < 5000; ++i) comments.push_back({1, ""});
  Blocks file;
  file.section(comments).interface(ethernet);
  const Reading reading = read_octets(file.file());
  CHECK(reading.notes.comments == 5000);
  CHECK(reading.notes.section_comments.size() < 1100);
  CHECK(reading.notes.limits_reached == 5000 - reading.notes.section_comments.size());
}

TEST_CASE("a packet larger than what is looked at: its beginning is told") {
  Blocks file;
  const std::string large(3 * capture::window_octets, 'u');
  file.section().interface(usb).packet(0, 1, large).packet(0, 2, "after it");
  const Reading reading = read_octets(file.file());
  REQUIRE_FALSE(reading.error);
  REQUIRE(reading.packets.size() == 2);
  CHECK(reading.packets[0].bytes.size() == capture::ReadLimits().packet_octets);
  CHECK(reading.packets[0].wire_length == large.size());
  CHECK(octets_of(reading.packets[1]) == "after it");
  const Reading broken = read_octets(file.file().substr(0, large.size()));
  CHECK(broken.cut_short);
}

TEST_CASE("damage in pcapng: what came before is told, and where it is") {
  struct Row {
    const char* name;
    std::string damage;  // follows two packets
    const char* cause;
  };
  const Blocks b;
  const auto n4 = [&](std::uint32_t value) { return b.number(value, 4); };
  const auto row = GENERATE_COPY(values<Row>({
      {"a length of nothing", std::string(64, '\0'), "a block of 0 octets"},
      {"an odd length", n4(6) + n4(33) + std::string(64, 'x'),
       "a block of 33 octets, no multiple of four"},
      {"a huge length", n4(6) + n4(0xffff'fff0) + std::string(64, 'x'),
       "a block of 4294967280 octets, more than the 16777216 that one may have"},
      {"an unknown block of huge length", n4(77) + n4(0x0200'0000) + std::string(64, 'x'),
       "a block of 33554432 octets, more than the 16777216 that one may have"},
      {"lengths that differ", n4(77) + n4(16) + n4(0) + n4(20),
       "a block of 16 octets that ends saying it has 20"},
      {"an interface that is not there", Blocks().packet(9, 1, "x").file(),
       "it is from interface 9, which the file does not describe"},
      {"an enhanced packet that is too short", Blocks().block(6, "short").file(),
       "a block too short for a packet"},
      {"a simple packet that is too short", Blocks().block(3, "").file(),
       "a block too short for a packet"},
      {"an interface that is too short", Blocks().block(1, "abcd").file(),
       "a description of an interface that is too short"},
      {"a section without byte order", n4(0x0a0d0d0a) + n4(28) + std::string(20, 'x') + n4(28),
       "a section without a byte order"},
      {"a section that is too short", n4(0x0a0d0d0a) + n4(16) + n4(0x1a2b3c4d) + n4(16),
       "a section header that is too short"},
      {"a version to come",
       Blocks()
           .block(0x0a0d0d0a, n4(0x1a2b3c4d) + b.number(2, 2) + b.number(7, 2) + n4(0) + n4(0))
           .file(),
       "version 2.7 of pcapng is not known"},
      {"secrets longer than their block",
       Blocks().block(10, n4(0x544c'534b) + n4(9) + "12345678").file(),
       "secrets longer than their block"},
      {"a packet before any interface", Blocks().section().packet(0, 1, "x").file(),
       "it is from interface 0, which the file does not describe"},
      {"a simple packet before any interface", Blocks().section().simple_packet(1, "x").file(),
       "it is from interface 0, which the file does not describe"},
  }));
  DYNAMIC_SECTION(row.name) {
    Blocks file;
    file.section().interface(ethernet).packet(0, 1, "one").packet(0, 2, "two");
    std::size_t at = file.size();
    if (std::string_view(row.name).find("before any") != std::string_view::npos) at += 28;
    file.octets(row.damage).packet(0, 3, "three");
    const Reading reading = read_octets(file.file());
    CHECK(reading.packets.size() == 2);
    CHECK_FALSE(reading.cut_short);
    REQUIRE(reading.error);
    CHECK(reading.error->kind == ErrorKind::damaged);
    CHECK(reading.error->subject == "test.pcap");
    CHECK(reading.error->what ==
          std::string("packet 3 is damaged: ") + row.cause + ", at octet " + std::to_string(at));
  }
}

TEST_CASE("more interfaces than any capture has") {
  Blocks file;
  file.section();
  for (std::size_t i = 0; i <= capture::ReadLimits().interfaces; ++i) file.interface(ethernet);
  file.packet(0, 1, "x");
  const Reading reading = read_octets(file.file());
  CHECK(reading.packets.empty());
  REQUIRE(reading.error);
  CHECK(reading.error->what.starts_with("packet 1 is damaged: more than 65536 interfaces"));
}

TEST_CASE("options that lie about their length are left alone") {
  Blocks file;
  file.section();
  file.block(1, file.number(ethernet, 2) + file.number(0, 6) + file.number(9, 2) +
                    file.number(500, 2) + "\x09");
  file.packet(0, 7, "x");
  const Reading reading = read_octets(file.file());
  REQUIRE_FALSE(reading.error);
  REQUIRE(reading.packets.size() == 1);
  CHECK(reading.packets[0].time.time_since_epoch() == 7us);
}

TEST_CASE("a filter is compiled for each link type that comes") {
  const std::string ipv4_tcp =
      "\x45\0\0\x28\0\0\0\0\x40\x06\0\0\xc0\0\x02\x0a\xc6\x33\x64\x19"s
      "\x9c\x40\0\x19\0\0\0\0\0\0\0\0\x50\x02\0\0\0\0\0\0"s;
  const std::string header = std::string(12, '\0') + "\x08\0"s;
  Blocks file;
  file.section().interface(ethernet).interface(raw);
  file.packet(0, 1, header + ipv4_tcp).packet(1, 2, ipv4_tcp).packet(1, 3, header + ipv4_tcp);
  file.section(Blocks::Order::big).interface(raw).packet(0, 4, ipv4_tcp);
  const Reading reading = read_octets(file.file(), "tcp dst port 25");
  REQUIRE_FALSE(reading.error);
  REQUIRE(reading.packets.size() == 3);
  CHECK(reading.packets[0].number == 1);
  CHECK(reading.packets[1].number == 2);
  CHECK(reading.packets[2].number == 4);

  // One that a later link type cannot have: what came before is told.
  const Reading partly = read_octets(file.file(), "ether dst 00:00:00:00:00:00");
  CHECK(partly.packets.size() == 1);
  REQUIRE(partly.error);
  CHECK(partly.error->kind == ErrorKind::usage);
  CHECK(partly.error->what.starts_with("bad filter: "));
}
