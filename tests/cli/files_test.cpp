// Several files, folders of them, compressed ones: as one capture.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/block_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/compress.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

// Packets [begin, end) of the script in a file of their own.
void write_part(const Scratch& scratch, std::string_view name, std::string_view script,
                std::size_t begin, std::size_t end) {
  const auto packets = packets_of(script);
  scratch.file(name, pcap_of(std::span(packets).subspan(begin, end - begin)));
}

std::size_t packets_in(std::string_view script) { return packets_of(script).size(); }

std::string capture_at(std::string_view script, Nanoseconds later) {
  return pcap_of(packets_of(script, {.start = script_start + later}));
}

// Without what says where a packet stands.
std::string without_frames(std::string json) {
  for (const char* key :
       {"\"frame\":", "\"first\":", "\"last\":", "\"file\":", "\"last_file\":", "\"frames\":["}) {
    for (std::size_t at = json.find(key); at != json.npos; at = json.find(key, at)) {
      const std::size_t end = json.find_first_of(std::string_view(key).ends_with('[') ? "]" : ",}",
                                                 at + std::string_view(key).size());
      json.erase(at, end - at);
    }
  }
  return json;
}

}  // namespace

TEST_CASE("a connection over the border of two files is told as if there were none") {
  const Scratch scratch;
  scratch.capture("whole.pcap", delivered);
  const std::string whole = scratch.run({"-T", "json", "whole.pcap"}).out;
  const Json whole_session = std::move(sessions_in(whole).front());
  const std::size_t packets = packets_in(delivered);
  const SessionSchema schema;
  for (const std::size_t border : {std::size_t{1}, std::size_t{5}, packets / 2, packets - 1}) {
    INFO("border behind packet " << border);
    write_part(scratch, "cap_00001.pcap", delivered, 0, border);
    write_part(scratch, "cap_00002.pcap", delivered, border, packets);
    // Their order is that of their packets, not of the command line.
    const Outcome outcome = scratch.run({"-T", "json", "cap_00002.pcap", "cap_00001.pcap"});
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
    const std::vector<Json> sessions = sessions_in(outcome.out);
    REQUIRE(sessions.size() == 1);
    CHECK(schema.broken_rule(sessions[0]) == "");
    CHECK(text_at(sessions[0], "/file") == "cap_00001.pcap");
    CHECK(number_at(sessions[0], "/frames/first") == 1);
    CHECK(number_at(sessions[0], "/frames/last") == packets - border);
    CHECK(text_at(sessions[0], "/frames/last_file") == "cap_00002.pcap");
    std::string said = without_frames(outcome.out), expected = without_frames(whole);
    CHECK(count(said, "\"verb\"") == count(expected, "\"verb\""));
    CHECK(text_at(sessions[0], "/verdict/outcome") == "delivered");
    for (std::size_t i = 0; i < 7; ++i) {
      const std::string reply = "/exchanges/" + std::to_string(i) + "/reply";
      const std::uint64_t in_whole = number_at(whole_session, reply + "/frame");
      const bool is_later = in_whole > border;
      CHECK(number_at(sessions[0], reply + "/frame") == (is_later ? in_whole - border : in_whole));
      CHECK((value_at(sessions[0], reply + "/file") != nullptr) == is_later);
      if (is_later) CHECK(text_at(sessions[0], reply + "/file") == "cap_00002.pcap");
    }
  }
}

TEST_CASE("in text, a frame of another file is called by its file") {
  const Scratch scratch;
  const std::size_t packets = packets_in(refused);
  write_part(scratch, "cap_00001.pcap", refused, 0, 6);
  write_part(scratch, "cap_00002.pcap", refused, 6, packets);
  const Outcome full = scratch.run({"-v", "cap_00001.pcap", "cap_00002.pcap"});
  CHECK(full.status == 0);
  CHECK(count(full.out, "frames of cap_00002.pcap:\n") == 1);
  CHECK(has(full.out, "file cap_00001.pcap\n"));
  CHECK(
      has(full.out, " of cap_00002.pcap)"));  // "(1-11 of cap_00002.pcap)", and the verdict's frame
  const Outcome text = scratch.run({"cap_00001.pcap", "cap_00002.pcap"});
  const std::string frame = "frame " + std::to_string(10 - 6) + " of cap_00002.pcap";
  INFO(text.out);
  CHECK(has(text.out, frame));
  CHECK_FALSE(has(scratch.run({"-v", "cap_00001.pcap"}).out, "frames of"));
}

TEST_CASE("in JSON, a finding's frames of another file have its name beside them") {
  const Scratch scratch;
  write_part(scratch, "cap_00001.pcap", refused, 0, 8);
  write_part(scratch, "cap_00002.pcap", refused, 8, packets_in(refused));
  const auto sessions =
      sessions_in(scratch.run({"-T", "json", "cap_00001.pcap", "cap_00002.pcap"}).out);
  REQUIRE(sessions.size() == 1);
  CHECK(SessionSchema().broken_rule(sessions[0]) == "");
  CHECK(text_at(sessions[0], "/findings/0/id") == "delivery.refused");
  CHECK(number_at(sessions[0], "/findings/0/frames/0") ==
        number_at(sessions[0], "/findings/0/frame"));
  CHECK(text_at(sessions[0], "/findings/0/files/0") == "cap_00002.pcap");
  CHECK(text_at(sessions[0], "/findings/0/file") == "cap_00002.pcap");
  CHECK(text_at(sessions[0], "/verdict/file") == "cap_00002.pcap");
  CHECK(text_at(sessions[0], "/transactions/0/recipients/0/file") == "cap_00002.pcap");
  CHECK(value_at(sessions[0], "/exchanges/0/reply/file") == nullptr);
}

TEST_CASE("a delivery names the file of the frame that decided") {
  const Scratch scratch;
  write_part(scratch, "cap_00001.pcap", refused, 0, 8);
  write_part(scratch, "cap_00002.pcap", refused, 8, packets_in(refused));
  const std::vector<std::string> both = {"cap_00001.pcap", "cap_00002.pcap"};
  std::vector<std::string> arguments = {"deliveries", "-T", "json"};
  arguments.insert(arguments.end(), both.begin(), both.end());
  const auto rows = sessions_in(scratch.run(arguments).out);
  REQUIRE(rows.size() == 1);
  CHECK(number_at(rows[0], "/steps/0/frame") == 10 - 8);
  CHECK(text_at(rows[0], "/steps/0/file") == "cap_00002.pcap");
}

TEST_CASE("captures of two places, merged by time, are told in the order of their sessions") {
  const Scratch scratch;
  const std::string other = "connect client=192.0.2.77:50000\n" +
                            std::string(refused).substr(std::string(refused).find("S:"));
  scratch.file("b.pcap", capture_at(other, 5ms));
  scratch.file("a.pcap", capture_at(delivered, 0ms));
  const Outcome outcome = scratch.run({"-T", "json", "b.pcap", "a.pcap"});
  const std::vector<Json> sessions = sessions_in(outcome.out);
  REQUIRE(sessions.size() == 2);
  CHECK(text_at(sessions[0], "/file") == "a.pcap");
  CHECK(number_at(sessions[0], "/id") == 1);
  CHECK(number_at(sessions[0], "/frames/last") == packets_in(delivered));
  CHECK(text_at(sessions[1], "/file") == "b.pcap");
  CHECK(number_at(sessions[1], "/frames/last") == packets_in(other));
  for (const Json& session : sessions) CHECK(value_at(session, "/frames/last_file") == nullptr);
  CHECK(has(scratch.run({"--stats", "a.pcap", "b.pcap"}).err,
            std::to_string(packets_in(delivered) + packets_in(other)) + " read\n"));
}

TEST_CASE("--no-merge: each file alone") {
  const Scratch scratch;
  write_part(scratch, "1.pcap", delivered, 0, 8);
  write_part(scratch, "2.pcap", delivered, 8, packets_in(delivered));
  CHECK(sessions_in(scratch.run({"-T", "json", "1.pcap", "2.pcap"}).out).size() == 1);
  const std::vector<Json> apart =
      sessions_in(scratch.run({"--no-merge", "-T", "json", "2.pcap", "1.pcap"}).out);
  REQUIRE(apart.size() == 2);
  CHECK(text_at(apart[0], "/file") == "2.pcap");
  CHECK(number_at(apart[0], "/frames/first") == 1);
  CHECK(text_at(apart[1], "/file") == "1.pcap");
  CHECK(number_at(apart[1], "/id") == 2);
}

TEST_CASE("a folder: its captures as one, and a line for what is none") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path() / "ring");
  write_part(scratch, "ring/cap_2.pcap", delivered, 9, packets_in(delivered));
  write_part(scratch, "ring/cap_1.pcap", delivered, 0, 9);
  scratch.file("ring/notes.txt", "buy milk\n");
  const Outcome outcome = scratch.run({"-T", "json", "ring"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err ==
        "smtpscope: ring/notes.txt: left out: not a capture file (looks like text)\n");
  const std::vector<Json> sessions = sessions_in(outcome.out);
  REQUIRE(sessions.size() == 1);
  CHECK(text_at(sessions[0], "/file") == "ring/cap_1.pcap");
  const Outcome apart = scratch.run({"--no-merge", "-T", "json", "ring"});
  CHECK(sessions_in(apart.out).size() == 2);
  CHECK(apart.err == outcome.err);
  CHECK(apart.status == 0);
}

TEST_CASE("compressed captures, from a file and from standard input") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  const std::string plain = scratch.run({"mail.pcap"}).out;
  for (const char* form : {"gzip", "zstd", "xz", "bzip2", "lz4"}) {
    INFO(form);
    const std::string content = compressed(capture_of(delivered), form);
    scratch.file("mail", content);
    const Outcome file = scratch.run({"mail"});
    CHECK(file.out == plain);
    CHECK(file.err.empty());
    CHECK(file.status == 0);
    Launch launch = scratch.launch({"-"});
    launch.from = Launch::Input::text;
    launch.input = content;
    const Outcome piped = run(launch);
    CHECK(piped.out == plain);
    CHECK(piped.status == 0);
  }
}

TEST_CASE("a compressed capture that breaks off is told up to there") {
  const Scratch scratch;
  const std::string content = compressed(capture_of(delivered), "gzip");
  scratch.file("cut.pcap.gz", std::string_view(content).substr(0, content.size() - 20));
  const Outcome outcome = scratch.run({"cut.pcap.gz"});
  CHECK(has(outcome.out, "EHLO client.example.net"));
  CHECK(outcome.err.starts_with(
      "smtpscope: cut.pcap.gz: the compressed data (gzip) breaks off behind packet "));
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.status == 3);
}

TEST_CASE("what the capture says it has lost is told") {
  const Scratch scratch;
  Blocks file;
  file.section().interface(1, 0, {{9, "\x09"}});
  for (const TestPacket& packet : packets_of(delivered)) {
    file.packet(0, static_cast<std::uint64_t>(packet.time.time_since_epoch().count()),
                as_text(packet.bytes));
  }
  file.statistics(0, {{5, file.number(3, 8)}, {7, file.number(4, 8)}});
  scratch.file("lossy.pcapng", file.file());
  const Outcome outcome = scratch.run({"lossy.pcapng"});
  CHECK(outcome.err ==
        "smtpscope: lossy.pcapng: 7 packets were lost while capturing (3 by the interface, 4 by "
        "the system)\n");
  CHECK(outcome.status == 0);
  CHECK(has(scratch.run({"--stats", "lossy.pcapng"}).err,
            "4  packets lost by the system while capturing\n"));
}
