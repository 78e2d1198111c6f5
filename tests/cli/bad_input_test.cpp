// Whatever is wrong with the input, one line on stderr says where and why, the exit status says how
// bad it is, and what came before is told.
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

constexpr std::string_view gzip = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";

// Capture files in which nothing is ours but the frame.
std::string one_packet(LinkType link, std::vector<std::uint8_t> bytes) {
  constexpr std::uint32_t wire_length = 60;
  const std::vector<TestPacket> packets{{std::move(bytes), 1, script_start, wire_length, link}};
  return pcap_of(packets);
}

std::string udp_packet() {
  const FrameFields fields{.source = endpoint_of("192.0.2.10:40000"),
                           .destination = endpoint_of("198.51.100.53:53"),
                           .ip_protocol = 17,
                           .flags = {},
                           .payload = "a question"};
  const std::vector<TestPacket> packets{packet_of(build(fields), fields.link)};
  return pcap_of(packets);
}

}  // namespace

TEST_CASE("what cannot be opened") {
  struct Row {
    const char* name;
    const char* file;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"no such file", "missing.pcap", "smtpscope: missing.pcap: no such file\n"},
      {"a file as a folder", "empty.pcap/x", "smtpscope: empty.pcap/x: Not a directory\n"},
      {"a directory", "folder", "smtpscope: folder: no file is in this directory\n"},
      {"an empty file", "empty.pcap", "smtpscope: empty.pcap: is empty\n"},
      {"text", "notes.txt", "smtpscope: notes.txt: not a capture file (looks like text)\n"},
      {"a mail", "mail.pcap",
       "smtpscope: mail.pcap: not a capture file (looks like an e-mail message)\n"},
      {"gzip", "mail.pcap.gz",
       "smtpscope: mail.pcap.gz: not a capture file (gzip-compressed data that breaks off before "
       "anything can be read)\n"},
      {"noise", "noise.pcap", "smtpscope: noise.pcap: not a capture file\n"},
      {"an empty name", "", "smtpscope: : no such file\n"},
      {"a hostile name", "a\x1b[2J\n.pcap", "smtpscope: a\\x1b[2J\\n.pcap: no such file\n"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Scratch scratch;
    std::filesystem::create_directory(scratch.path() / "folder");
    scratch.file("empty.pcap", "");
    scratch.file("notes.txt", "buy milk\n");
    scratch.file("mail.pcap", "Received: from client.example.net\r\n");
    scratch.file("mail.pcap.gz", gzip);
    scratch.file("noise.pcap", "\x01\x02\x03\x04\x05\x06\x07\x08");
    const Outcome outcome = scratch.run({row.file});
    CHECK(outcome.out.empty());
    CHECK(outcome.err == row.message);
    CHECK(outcome.status == 2);
  }
}

TEST_CASE("a file that may not be read") {
  const Scratch scratch;
  const auto file = scratch.capture("mail.pcap", delivered);
  REQUIRE(chmod(file.c_str(), 0) == 0);
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0755));
  std::filesystem::copy_file(smtpscope_binary(), scratch.path() / "smtpscope");
  Launch launch = scratch.launch({"mail.pcap"});
  launch.program = scratch.path() / "smtpscope";
  if (geteuid() == 0) launch.user = Launch::User::nobody;
  const Outcome outcome = run(launch);
  CHECK(outcome.err == "smtpscope: mail.pcap: no permission to read it\n");
  CHECK(outcome.status == 2);
}

TEST_CASE("text on standard input by mistake") {
  const Scratch scratch;
  Launch launch = scratch.launch({"-"});
  launch.from = Launch::Input::text;
  launch.input = "220 mx.example.com ESMTP\r\n";
  const Outcome outcome = run(launch);
  CHECK(outcome.err == "smtpscope: standard input: not a capture file (looks like text)\n");
  CHECK(outcome.status == 2);
}

TEST_CASE("standard input that is empty, or is none") {
  const Scratch scratch;
  Launch launch = scratch.launch({"-"});
  const Outcome empty = run(launch);
  CHECK(empty.err == "smtpscope: standard input: is empty\n");
  CHECK(empty.status == 2);
  launch.from = Launch::Input::closed;
  const Outcome closed = run(launch);
  CHECK(closed.err == "smtpscope: standard input: Bad file descriptor\n");
  CHECK(closed.status == 2);
}

TEST_CASE("a capture that breaks off in a packet is told up to there") {
  const Scratch scratch;
  auto packets = packets_of(delivered);
  packets.resize(packets.size() - 4);  // QUIT is the last one, and of it an octet is missing
  const std::string whole = pcap_of(packets);
  scratch.file("cut.pcap", std::string_view(whole).substr(0, whole.size() - 1));
  for (const char* format : {"text", "json"}) {
    const Outcome outcome = scratch.run({"-T", format, "cut.pcap"});
    INFO(outcome.out);
    CHECK(has(outcome.out, "alice@example.net"));
    CHECK(has(outcome.out, "4F1A2B3C"));
    CHECK_FALSE(has(outcome.out, "QUIT"));
    CHECK(has(outcome.out, "capture.truncated-file"));
    CHECK(outcome.err == "smtpscope: cut.pcap: the file ends inside packet " +
                             std::to_string(packets.size()) + ", at octet " +
                             std::to_string(whole.size() - 1) + "\n");
    CHECK(outcome.status == 3);
  }
}

TEST_CASE("a capture that breaks off before its first packet") {
  const Scratch scratch;
  scratch.file("cut.pcap", capture_of(delivered).substr(0, 10));
  const Outcome outcome = scratch.run({"cut.pcap"});
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "smtpscope: cut.pcap: the file ends before its first packet, at octet 10\n");
  CHECK(outcome.status == 3);
}

TEST_CASE("a capture with damage in the middle is told up to there") {
  const Scratch scratch;
  std::string content = capture_of(delivered);
  const std::size_t length_at = capture_of("connect\nS: 220 mx.example.com ESMTP").size() + 8;
  content.replace(length_at, 4, "\xff\xff\xff\x7f");
  scratch.file("damaged.pcap", content);
  const Outcome outcome = scratch.run({"damaged.pcap"});
  INFO(outcome.err);
  CHECK(has(outcome.out, "220 mx.example.com ESMTP"));
  CHECK_FALSE(has(outcome.out, "EHLO"));
  CHECK(outcome.err.starts_with("smtpscope: damaged.pcap: packet 5 is damaged: "));
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.status == 3);
}

TEST_CASE("a capture without mail says what it has") {
  struct Row {
    const char* name;
    std::string content;
    const char* message;
  };
  const std::string two_ports =
      capture_of(std::string(web) + "connect server=198.51.100.80:443\nclose\n" +
                 "connect server=198.51.100.80:80\n");
  const auto row = GENERATE_COPY(values<Row>({
      {"no packet", pcap_of({}), "0 packets"},
      {"web", two_ports, "17 packets: 17 TCP (packets by port: 80: 11, 443: 6)"},
      {"names", udp_packet(), "1 packet: 1 UDP"},
      {"no IP", one_packet(LinkType::ethernet, std::vector<std::uint8_t>(60)),
       "1 packet: 1 not IP"},
      {"headers cut off", one_packet(LinkType::ethernet, {0, 1, 2}), "1 packet: 1 cut short"},
      {"unknown link type (USB)", one_packet(static_cast<LinkType>(220), {1, 2, 3}),
       "1 packet: 1 link type unknown"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Scratch scratch;
    scratch.file("other.pcap", row.content);
    for (const char* format : {"text", "json"}) {
      const Outcome outcome = scratch.run({"-T", format, "other.pcap"});
      CHECK(outcome.out.empty());
      CHECK(outcome.err ==
            std::string("smtpscope: other.pcap: no mail in it: ") + row.message + "\n");
      CHECK(outcome.status == 0);
    }
  }
}

TEST_CASE("many ports: the busiest ones") {
  const Scratch scratch;
  std::string script;
  for (int port = 8000; port < 8020; ++port) {
    script += "connect server=198.51.100.80:" + std::to_string(port) + "\n";
  }
  scratch.capture("other.pcap", script + "connect server=198.51.100.80:9999\nclose\n");
  const Outcome outcome = scratch.run({"other.pcap"});
  INFO(outcome.err);
  CHECK(has(outcome.err, "66 packets: 66 TCP (packets by port: 9999: 6, 8000: 3, "));
  CHECK(has(outcome.err, ", and 13 more)"));
}

TEST_CASE("bad filters") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  for (const std::string filter : {"port", "tcp prot 25", "host \x1b[2J"}) {
    const Outcome outcome = scratch.run({"-f", filter, "mail.pcap"});
    INFO(outcome.err);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("smtpscope: "));
    CHECK(has(outcome.err, "bad filter: "));
    CHECK_FALSE(has_escape_sequence(outcome.err));
    CHECK(outcome.status == 2);
  }
}

TEST_CASE("several files, one of them unreadable: the others are told") {
  const Scratch scratch;
  scratch.capture("first.pcap", delivered);
  scratch.file("last.pcap",
               pcap_of(packets_of(refused, {.start = script_start + std::chrono::hours{1}})));
  const Outcome outcome = scratch.run({"first.pcap", "missing.pcap", "last.pcap"});
  CHECK(has(outcome.out, "bob@example.com"));
  CHECK(has(outcome.out, "550 5.1.1 <nobody@example.com>: User unknown"));
  CHECK(outcome.out.find("bob@example.com") < outcome.out.find("nobody@example.com"));
  CHECK(outcome.err == "smtpscope: missing.pcap: no such file\n");
  CHECK(outcome.status == 2);
}

TEST_CASE("of several inputs the gravest decides the exit status") {
  const Scratch scratch;
  scratch.capture("whole.pcap", delivered);
  scratch.file("cut.pcap", capture_of(delivered).substr(0, 500));
  CHECK(scratch.run({"cut.pcap", "whole.pcap"}).status == 3);
  CHECK(scratch.run({"whole.pcap", "cut.pcap"}).status == 3);
  CHECK(scratch.run({"missing.pcap", "cut.pcap"}).status == 2);
  CHECK(scratch.run({"cut.pcap", "missing.pcap", "whole.pcap"}).status == 2);
}
