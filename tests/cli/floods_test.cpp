// Floods, through the release build in a bounded address space: a million of something costs no
// more than the limits say. Skips, visibly, where there is no release build beside this one.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/frame_builder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

using namespace smtpscope;
using namespace smtpscope::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t packets = 1'000'000;

void set32(std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i)
    bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// A capture of so many packets, each the frame as `change` leaves it.
std::string capture_of(const FrameFields& fields,
                       const std::function<void(Frame&, std::size_t)>& change) {
  Frame frame = build(fields);
  TestPacket packet = packet_of(frame, fields.link);
  packet.time = script_start;
  std::string capture = pcap_of(std::span(&packet, 1));
  constexpr std::size_t file_header = 24;
  const std::string header = capture.substr(file_header, 16);
  capture.resize(file_header);
  capture.reserve(file_header + packets * (header.size() + frame.bytes.size()));
  for (std::size_t i = 0; i < packets; ++i) {
    change(frame, i);
    capture += header;
    capture.append(frame.bytes.begin(), frame.bytes.end());
  }
  return capture;
}

// How it ended, with so many MiB to use. (Each further thread has a stack of its own.)
Outcome run_within(const Scratch& scratch, int mebibytes, const std::string& capture) {
  scratch.file("flood.pcap", capture);
  Launch launch = scratch.launch(
      {"-c",
       "ulimit -v " + std::to_string(mebibytes * 1024) +
           "; exec \"$0\" -j 1 --level summary --stats flood.pcap >/dev/null",
       (fs::path(SMTPSCOPE_SOURCE_DIR) / "build/release/analyzer/app/smtpscope").string()});
  launch.program = "/bin/sh";
  return run(launch);
}

bool have_release() {
  if (fs::exists(fs::path(SMTPSCOPE_SOURCE_DIR) / "build/release/analyzer/app/smtpscope"))
    return true;
  WARN("skipped: there is no release build beside this one");
  return false;
}

const FrameFields segment{.source = endpoint_of("192.0.2.10:40000"),
                          .destination = endpoint_of("198.51.100.25:25"),
                          .flags = {}};

}  // namespace

TEST_CASE("a million SYNs, each from somebody else") {
  if (!have_release()) return;
  const Scratch scratch;
  FrameFields fields = segment;
  fields.flags = {.syn = true};
  const Outcome outcome =
      run_within(scratch, 640, capture_of(fields, [](Frame& frame, std::size_t i) {
                   set32(frame.bytes, frame.ip_at + 12, 0x0a000000 + i);
                 }));
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(has(outcome.err, "     1000000  mail\n"));
  CHECK(has(outcome.err, "     1000000  sessions\n"));
}

TEST_CASE("a million octets in segments of one, the last one first") {
  if (!have_release()) return;
  const Scratch scratch;
  FrameFields fields = segment;
  fields.flags = {.ack = true};
  fields.payload = "x";
  const Outcome outcome =
      run_within(scratch, 128, capture_of(fields, [](Frame& frame, std::size_t i) {
                   set32(frame.bytes, frame.tcp_at + 4, 2 * packets - i);
                 }));
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(has(outcome.err, "     1000000  packets counted, of 1000000 read\n"));
}

TEST_CASE("a million pieces that overlap and contradict each other") {
  if (!have_release()) return;
  const Scratch scratch;
  FrameFields fields = segment;
  fields.flags = {.ack = true};
  fields.payload = "01234567";
  const Outcome outcome =
      run_within(scratch, 128, capture_of(fields, [](Frame& frame, std::size_t i) {
                   set32(frame.bytes, frame.tcp_at + 4, 1000 + i * 7919 % 60000);
                   frame.bytes[frame.payload_at + i % 8] = static_cast<std::uint8_t>(i);
                 }));
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(has(outcome.err, "     1000000  packets counted, of 1000000 read\n"));
}
