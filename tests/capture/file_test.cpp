#include "analyzer/capture/source.hpp"
#include "tests/capture/reading.hpp"
#include "tests/support/as_nobody.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_folder.hpp"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

const char* const short_session = R"(
  connect
  wait 1234567us
  S: 220 mx.example.com ESMTP
  snap 57
  C: QUIT
  close
)";

// Writes packets of a script to a file and gives its path.
std::string written(const TempFolder& folder, std::string_view content) {
  const auto path = folder.path() / "mail.pcap";
  write_file(path, content);
  return path.string();
}

}  // namespace

TEST_CASE("every form of capture is read as it was written") {
  struct Row {
    const char* name;
    PcapForm form;
    Nanoseconds precision;
  };
  const auto row = GENERATE(values<Row>({
      {"microseconds, little-endian", PcapForm::micro_little, 1us},
      {"microseconds, big-endian", PcapForm::micro_big, 1us},
      {"nanoseconds, little-endian", PcapForm::nano_little, 1ns},
      {"nanoseconds, big-endian", PcapForm::nano_big, 1ns},
      {"pcapng, little-endian", PcapForm::pcapng_little, 1ns},
      {"pcapng, big-endian", PcapForm::pcapng_big, 1ns},
  }));
  DYNAMIC_SECTION(row.name) {
    const TempFolder folder;
    const auto packets = packets_of(short_session, {.start = script_start + 123'456'789ns});
    const Reading reading = read_capture(written(folder, pcap_of(packets, row.form)));
    REQUIRE_FALSE(reading.opening_error);
    CHECK_FALSE(reading.error);
    CHECK_FALSE(reading.cut_short);
    REQUIRE(reading.packets.size() == packets.size());
    for (std::size_t i = 0; i < packets.size(); ++i) {
      CHECK(reading.packets[i].bytes == packets[i].bytes);
      CHECK(reading.packets[i].number == packets[i].number);
      CHECK(reading.packets[i].wire_length == packets[i].wire_length);
      CHECK(reading.packets[i].link == LinkType::ethernet);
      const Nanoseconds late = packets[i].time - reading.packets[i].time;
      CHECK(late == packets[i].time.time_since_epoch() % row.precision);
    }
  }
}

TEST_CASE("link types are those of the file") {
  struct Row {
    const char* name;
    std::uint32_t in;
    LinkType out;
  };
  const auto row = GENERATE(values<Row>({
      {"null", 0, LinkType::null},
      {"Ethernet", 1, LinkType::ethernet},
      {"raw", 101, LinkType::raw},
      {"raw as BSD numbers it", 12, LinkType::raw},
      {"loop", 108, LinkType::loop},
      {"Linux cooked", 113, LinkType::linux_cooked},
      {"Linux cooked v2", 276, LinkType::linux_cooked_2},
      {"IPv4", 228, LinkType::ipv4},
      {"IPv6", 229, LinkType::ipv6},
      {"radiotap: none of ours, and no error", 127, static_cast<LinkType>(127)},
  }));
  DYNAMIC_SECTION(row.name) {
    const TempFolder folder;
    for (const auto form : {PcapForm::micro_little, PcapForm::pcapng_little}) {
      const std::vector<TestPacket> packets{{.bytes = {1, 2, 3, 4},
                                             .number = 1,
                                             .wire_length = 4,
                                             .link = static_cast<LinkType>(row.in)}};
      const Reading reading = read_capture(written(folder, pcap_of(packets, form)));
      REQUIRE(reading.packets.size() == 1);
      CHECK(reading.link == row.out);
      CHECK(reading.packets[0].link == row.out);
    }
  }
}

TEST_CASE("a capture without packets is none that is empty") {
  const TempFolder folder;
  for (const auto form : {PcapForm::micro_little, PcapForm::pcapng_little}) {
    const Reading reading = read_capture(written(folder, pcap_of({}, form)));
    CHECK_FALSE(reading.opening_error);
    CHECK_FALSE(reading.error);
    CHECK(reading.packets.empty());
  }
}

TEST_CASE("times of every kind") {
  const TempFolder folder;
  const auto time_read = [&](std::uint32_t seconds, std::uint32_t fraction) {
    std::string file = pcap_of(packets_of("syn"));
    for (std::size_t i = 0; i < 4; ++i) {
      file[24 + i] = static_cast<char>(seconds >> (8 * i));
      file[28 + i] = static_cast<char>(fraction >> (8 * i));
    }
    const Reading reading = read_capture(written(folder, file));
    REQUIRE(reading.packets.size() == 1);
    return reading.packets[0].time.time_since_epoch();
  };
  CHECK(time_read(0, 0) == 0s);
  CHECK(time_read(2'147'483'647, 999'999) == 2'147'483'647'999'999us);
  CHECK(time_read(2'209'000'000, 5) == 2'209'000'000'000'005us);  // the year 2040
  CHECK(time_read(0xffff'ffff, 0) == 4'294'967'295s);
  CHECK(time_read(10, 0xffff'ffff) == 10s);  // -1 microsecond
}

TEST_CASE("a filter leaves the numbers of the packets alone") {
  const TempFolder folder;
  const std::string path = written(folder, pcap_of(packets_of(short_session)));
  const Reading reading = read_capture(path, "tcp src port 25 and tcp[tcpflags] & tcp-syn == 0");
  REQUIRE(reading.packets.size() == 2);
  CHECK(reading.packets[0].number == 4);
  CHECK(reading.packets[1].number == 7);
  CHECK(read_capture(path, "udp").packets.empty());
}

TEST_CASE("a bad filter is the user's error") {
  const TempFolder folder;
  const std::string path = written(folder, pcap_of(packets_of(short_session)));
  const Reading reading = read_capture(path, "tcp prot 25");
  REQUIRE(reading.opening_error);
  CHECK(reading.opening_error->kind == ErrorKind::usage);
  CHECK(reading.opening_error->subject == "tcp prot 25");
  CHECK(reading.opening_error->what.starts_with("bad filter: "));
  CHECK(reading.opening_error->what.size() > std::string("bad filter: ").size());
}

TEST_CASE("the default filter works on every link layer, and takes the ports of mail") {
  const TempFolder folder;
  const auto link = GENERATE(LinkType::ethernet, LinkType::linux_cooked, LinkType::linux_cooked_2,
                             LinkType::null, LinkType::loop, LinkType::raw);
  for (const auto form : {PcapForm::micro_little, PcapForm::pcapng_little}) {
    std::string script;
    for (const char* port : {"24", "25", "465", "587", "2525", "10024", "10025", "10026"}) {
      script += "syn port=" + std::string(port) + "\n";
    }
    script += "syn server=[2001:db8::25]:25 client=[2001:db8::1]:50000\n";
    for (const char* port : {"26", "23", "80", "2524", "10023", "10027"}) {
      script += "syn port=" + std::string(port) + "\n";
    }
    const std::string path = written(folder, pcap_of(packets_of(script, {.link = link}), form));
    const Reading reading = read_capture(path, capture::default_filter());
    INFO("link type " << static_cast<int>(link));
    REQUIRE_FALSE(reading.opening_error);
    CHECK(reading.packets.size() == 9);
    CHECK(reading.packets.back().number == 9);
  }
}

TEST_CASE("what cannot be opened says why") {
  const TempFolder folder;
  const auto error_of = [&](const std::filesystem::path& path) {
    const Reading reading = read_capture(path.string());
    REQUIRE(reading.opening_error);
    CHECK(reading.opening_error->kind == ErrorKind::open);
    CHECK(reading.opening_error->subject == path.string());
    return reading.opening_error->what;
  };
  CHECK(error_of(folder.path() / "none.pcap") == "no such file");
  CHECK(error_of(folder.path()) == "is a directory");
  CHECK(error_of(written(folder, "")) == "is empty");
  CHECK(error_of(written(folder, "\x1f\x8b\x08\x08")) ==
        "not a capture file (gzip-compressed data that breaks off before anything can be read)");
  CHECK(error_of(written(folder, "From: alice@example.net\n")) ==
        "not a capture file (looks like an e-mail message)");
  CHECK(error_of(written(folder, "\x01\x02\x03")) == "not a capture file");
  CHECK(error_of(written(folder, std::string(2000, '\x01'))) == "not a capture file");

  const std::string path = written(folder, pcap_of(packets_of("syn")));
  chmod(path.c_str(), 0);
  CHECK(as_nobody([&] { return error_of(path); }) == "no permission to read it");
}

TEST_CASE("a source tells its name and how far it is") {
  const TempFolder folder;
  const std::string content = pcap_of(packets_of("connect\nC*: 3000000 x"));
  const std::string path = written(folder, content);
  capture::SourceResult source = capture::open_file(path);
  REQUIRE(source.has_value());
  CHECK((*source)->name() == path);
  CHECK_FALSE((*source)->live_counts());
  CHECK((*source)->progress().total == content.size());
  CHECK((*source)->progress().done < content.size());
  while ((*source)->next() != nullptr) {
  }
  CHECK((*source)->progress().done == content.size());
}
