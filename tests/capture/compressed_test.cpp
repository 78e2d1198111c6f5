// Captures that somebody compressed are read as they were before.
#include "tests/capture/reading.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_folder.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

const char* const forms[] = {"gzip", "zstd", "xz", "bzip2", "lz4", "compress"};

// Packets that do not compress well, so that every form needs several blocks for them.
std::vector<TestPacket> many_packets(std::size_t count) {
  std::vector<TestPacket> packets;
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    TestPacket packet;
    for (int octet = 0; octet < 900; ++octet) {
      state = state * 1'664'525 + 1'013'904'223;
      packet.bytes.push_back(static_cast<std::uint8_t>(state >> 24));
    }
    packet.number = i + 1;
    packet.time = script_start + std::chrono::microseconds(i);
    packet.wire_length = 900;
    packets.push_back(std::move(packet));
  }
  return packets;
}

bool same(const std::vector<TestPacket>& a, const std::vector<TestPacket>& b) {
  return std::ranges::equal(a, b, [](const TestPacket& x, const TestPacket& y) {
    return x.bytes == y.bytes && x.number == y.number && x.time == y.time &&
           x.wire_length == y.wire_length;
  });
}

}  // namespace

TEST_CASE("every form of compression, of every form of capture") {
  const auto packets = many_packets(500);
  for (const auto form : {PcapForm::micro_big, PcapForm::pcapng_little}) {
    const std::string capture = pcap_of(packets, form);
    for (const char* compression : forms) {
      DYNAMIC_SECTION(compression << ' ' << static_cast<int>(form)) {
        const TempFolder folder;
        const auto path = folder.path() / "called.txt";  // the content decides
        write_file(path, compressed(capture, compression));
        const Reading reading = read_capture(path.string());
        REQUIRE_FALSE(reading.opening_error);
        CHECK_FALSE(reading.error);
        CHECK(same(reading.packets, packets));
      }
    }
  }
}

TEST_CASE("compressed twice") {
  const auto packets = packets_of("connect\nS: 220 mx.example.com ESMTP");
  for (const char* outer : forms) {
    for (const char* inner : forms) {
      INFO(outer << " around " << inner);
      const Reading reading = read_octets(compressed(compressed(pcap_of(packets), inner), outer));
      CHECK_FALSE(reading.opening_error);
      CHECK_FALSE(reading.error);
      CHECK(reading.packets.size() == packets.size());
    }
  }
}

TEST_CASE("one gzip behind the other, and what is no gzip behind them") {
  const auto packets = many_packets(300);
  const std::string capture = pcap_of(packets);
  const std::string_view whole = capture;
  for (const std::size_t at : {std::size_t{1}, std::size_t{24}, capture.size() / 2}) {
    const std::string file =
        compressed(whole.substr(0, at), "gzip") + compressed(whole.substr(at), "gzip");
    const Reading reading = read_octets(file);
    CHECK_FALSE(reading.error);
    CHECK(same(reading.packets, packets));
    CHECK(same(read_octets(file + std::string(512, '\0')).packets, packets));
    CHECK_FALSE(read_octets(file + std::string(512, '\0')).error);
  }
}

TEST_CASE("gzip that breaks off: all that is there is told") {
  const auto packets =
      packets_of("connect\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net");
  const std::string file = compressed(pcap_of(packets), "gzip");
  std::size_t most = 0;
  for (std::size_t octets = 3; octets < file.size(); ++octets) {
    INFO(octets << " octets");
    const Reading reading = read_octets(std::string_view(file).substr(0, octets));
    if (reading.opening_error) {
      CHECK(most == 0);
      continue;
    }
    REQUIRE(reading.error);
    CHECK(reading.error->kind == ErrorKind::damaged);
    CHECK(reading.error->what.starts_with("the compressed data (gzip) breaks off b"));
    CHECK(reading.cut_short);
    CHECK(reading.packets.size() >= most);  // a longer beginning never tells less
    most = reading.packets.size();
  }
  CHECK(most == packets.size());  // without its check sum only: all packets, and that it breaks off
}

TEST_CASE("any form that breaks off or is spoilt is told up to there") {
  const auto packets = many_packets(6000);
  const std::string capture = pcap_of(packets);
  for (const char* form : forms) {
    DYNAMIC_SECTION(form) {
      const std::string file = compressed(capture, form);
      const Reading half = read_octets(std::string_view(file).substr(0, file.size() / 2));
      REQUIRE_FALSE(half.opening_error);
      CHECK(half.packets.size() > 1000);
      CHECK(half.packets.size() < packets.size());
      CHECK(same(half.packets, {packets.begin(), packets.begin() + static_cast<std::ptrdiff_t>(
                                                                       half.packets.size())}));
      if (std::string_view(form) != "compress") {  // it has no end of its own
        REQUIRE(half.error);
        CHECK(half.cut_short);
        CHECK(half.error->what == "the compressed data (" + std::string(form) +
                                      ") breaks off behind packet " +
                                      std::to_string(half.packets.size()));
      }
      std::string spoilt = file;
      for (std::size_t i = 0; i < 64; ++i) spoilt[file.size() / 2 + i] ^= '\x55';
      const Reading damaged = read_octets(spoilt);
      REQUIRE_FALSE(damaged.opening_error);
      CHECK(damaged.packets.size() > 1000);
    }
  }
}

TEST_CASE("what is compressed and no capture") {
  struct Row {
    const char* name;
    std::string content;
    const char* what;
  };
  const auto row = GENERATE(values<Row>({
      {"text", compressed("buy milk\n", "gzip"),
       "not a capture file (gzip-compressed data; in it what looks like text)"},
      {"a tar archive",
       compressed(std::string(257, 'x') + "ustar" + std::string(300, '\0'), "zstd"),
       "not a capture file (zstd-compressed data; in it what looks like a tar archive; unpack it "
       "first)"},
      {"nothing", compressed("", "gzip"), "is empty (gzip-compressed data of nothing)"},
      {"nothing in xz", compressed("", "xz"), "is empty (xz-compressed data of nothing)"},
      {"a header alone", "\x1f\x8b\x08",
       "not a capture file (gzip-compressed data that breaks off before anything can be read)"},
      {"a header alone, of zstd", "\x28\xb5\x2f\xfd",
       "not a capture file (zstd-compressed data that breaks off before anything can be read)"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Reading reading = read_octets(row.content);
    REQUIRE(reading.opening_error);
    CHECK(reading.opening_error->kind == ErrorKind::open);
    CHECK(reading.opening_error->what == row.what);
  }
  const Reading noise = read_octets("\x1f\x8b\x08 is only how this begins, and not how it goes on");
  REQUIRE(noise.opening_error);
  CHECK(noise.opening_error->kind == ErrorKind::open);
}

TEST_CASE("what swells needs no more memory than what does not") {
  // 128 MiB of zeros behind one packet, in 128 kB. To pcap, zeros are packets without octets.
  const std::string zeros = compressed(std::string(64 << 20, '\0'), "gzip");
  std::string file = compressed(pcap_of(packets_of("syn")), "gzip");
  for (int i = 0; i < 2; ++i) file += zeros;
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  capture::SourceResult source =
      capture::open_input(capture::Input::of_memory("bomb.pcap.gz", as_bytes(file)));
  REQUIRE(source);
  std::uint64_t packets = 0;
  while ((*source)->next() != nullptr) ++packets;
  getrusage(RUSAGE_SELF, &after);
  CHECK(packets == 1 + (std::uint64_t{2} * (64 << 20)) / 16);
  CHECK(after.ru_maxrss - before.ru_maxrss < 32 * 1024);
}
