// Captures that break off or are spoilt: what came before is told, and why it ended.
#include "tests/capture/reading.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

const char* const four_packets = "connect\nS: 220 mx.example.com ESMTP";

std::string put32(std::string file, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<char>(value >> (8 * i));
  return file;
}

// Reads `content` from a file, always the same one in `folder`.
Reading reading_of(const TempFolder& folder, std::string_view content) {
  write_file(folder.path() / "mail.pcap", content);
  return read_capture((folder.path() / "mail.pcap").string());
}

}  // namespace

TEST_CASE("a file that breaks off anywhere") {
  const TempFolder folder;
  const auto packets = packets_of(four_packets);
  struct Row {
    const char* name;
    PcapForm form;
    std::size_t head;
    std::size_t around_packet;
  };
  const auto row = GENERATE(values<Row>({
      {"classic", PcapForm::micro_little, 24, 16},
      {"classic, big-endian", PcapForm::nano_big, 24, 16},
      {"pcapng", PcapForm::pcapng_little, 28 + 32, 32},
      {"pcapng, big-endian", PcapForm::pcapng_big, 28 + 32, 32},
  }));
  DYNAMIC_SECTION(row.name) {
    const std::string file = pcap_of(packets, row.form);
    std::vector<std::size_t> ends{row.head};  // after the file's head, and after each packet
    for (const TestPacket& packet : packets) {
      const bool is_pcapng = row.around_packet == 32;
      const std::size_t octets =
          is_pcapng ? (packet.bytes.size() + 3) / 4 * 4 : packet.bytes.size();
      ends.push_back(ends.back() + row.around_packet + octets);
    }
    REQUIRE(ends.back() == file.size());
    const auto path = folder.path() / "mail.pcap";
    write_file(path, file);
    for (std::size_t octets = file.size() + 1; octets-- > 0;) {
      INFO(octets << " octets");
      std::filesystem::resize_file(path, octets);
      const Reading reading = read_capture(path.string());
      if (octets < row.head) {
        REQUIRE(reading.opening_error);
        REQUIRE(reading.opening_error->kind ==
                (octets == 0 ? ErrorKind::open : ErrorKind::damaged));
        continue;
      }
      const auto whole = static_cast<std::size_t>(
          std::upper_bound(ends.begin(), ends.end(), octets) - ends.begin() - 1);
      const bool between_packets = std::ranges::find(ends, octets) != ends.end();
      REQUIRE_FALSE(reading.opening_error);
      REQUIRE(reading.packets.size() == whole);
      REQUIRE(reading.cut_short == !between_packets);
      REQUIRE(reading.error.has_value() == !between_packets);
      if (reading.error) REQUIRE(reading.error->kind == ErrorKind::damaged);
    }
  }
}

TEST_CASE("where it breaks off is told") {
  const TempFolder folder;
  const std::string classic = pcap_of(packets_of(four_packets));
  CHECK(reading_of(folder, classic.substr(0, classic.size() - 1)).error->what ==
        "the file ends inside packet 4, at octet " + std::to_string(classic.size() - 1));
  const std::string pcapng = pcap_of(packets_of(four_packets), PcapForm::pcapng_little);
  CHECK(reading_of(folder, pcapng.substr(0, pcapng.size() - 1)).error->what ==
        "the file ends inside a block behind packet 3, at octet " +
            std::to_string(pcapng.size() - 1));
  CHECK(reading_of(folder, classic.substr(0, 10)).opening_error->what ==
        "the file ends before its first packet, at octet 10");
}

TEST_CASE("the end stays the end") {
  const TempFolder folder;
  const std::string classic = pcap_of(packets_of(four_packets));
  const auto path = folder.path() / "mail.pcap";
  write_file(path, put32(classic, 24 + 16 + 62 + 8, 0x7fff'ffff));  // the second packet's length
  capture::SourceResult source = capture::open_file(path.string());
  REQUIRE(source.has_value());
  REQUIRE((*source)->next() != nullptr);
  REQUIRE((*source)->next() == nullptr);
  const std::string what = (*source)->error()->what;
  for (int i = 0; i < 4; ++i) CHECK((*source)->next() == nullptr);
  CHECK((*source)->error()->what == what);
}

TEST_CASE("damage other than a break") {
  const TempFolder folder;
  const std::string classic = pcap_of(packets_of(four_packets));
  const std::string pcapng = pcap_of(packets_of(four_packets), PcapForm::pcapng_little);
  const std::size_t second = 24 + 16 + 62;  // the second packet's header: a SYN of 62 octets before
  const std::size_t second_block = 28 + 32 + 32 + 64;
  struct Row {
    const char* name;
    std::string content;
    std::size_t packets;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"a length that no packet has", put32(classic, second + 8, 0x7fff'ffff), 1},
      {"a negative length", put32(classic, second + 8, 0xffff'fff0), 1},
      {"a block of 8 octets", put32(pcapng, second_block + 4, 8), 1},
      {"a block whose lengths differ", put32(pcapng, second_block - 4, 4096), 0},
      {"a packet longer than its block", put32(pcapng, second_block + 20, 4096), 1},
      {"a packet of an interface that is not there", put32(pcapng, second_block + 8, 7), 1},
  }));
  DYNAMIC_SECTION(row.name) {
    const Reading reading = reading_of(folder, row.content);
    REQUIRE_FALSE(reading.opening_error);
    CHECK(reading.packets.size() == row.packets);
    REQUIRE(reading.error);
    CHECK(reading.error->kind == ErrorKind::damaged);
    CHECK(reading.error->what.starts_with("packet " + std::to_string(row.packets + 1) +
                                          " is damaged: "));
    CHECK_FALSE(reading.cut_short);
  }
}

TEST_CASE("damage is told with its place") {
  const TempFolder folder;
  const std::string classic = pcap_of(packets_of(four_packets));
  const std::size_t second = 24 + 16 + 62;
  CHECK(
      reading_of(folder, put32(classic, second + 8, 0x7fff'ffff)).error->what ==
      "packet 2 is damaged: its header says 2147483647 octets, where the link type allows 262144, "
      "at octet " +
          std::to_string(second));
}

TEST_CASE("a version that does not exist") {
  const TempFolder folder;
  const Reading reading =
      reading_of(folder, put32(pcap_of(packets_of(four_packets)), 4, 0x0009'0009));
  REQUIRE(reading.opening_error);
  CHECK(reading.opening_error->kind == ErrorKind::damaged);
  CHECK(reading.opening_error->what ==
        "cannot be read: version 9.9 of pcap is not known, at octet 0");
}
