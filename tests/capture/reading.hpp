#pragma once
// Reads a capture file to its end, for tests.
#include "analyzer/capture/file.hpp"
#include "analyzer/capture/source.hpp"
#include "tests/support/test_packet.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::test {

struct Reading {
  std::vector<TestPacket> packets;
  std::optional<Error> opening_error;  // then nothing else is set
  std::optional<Error> error;
  bool cut_short = false;
  LinkType link = LinkType::ethernet;
  capture::FileNotes notes;
};

inline TestPacket copy_of(const Packet& packet) {
  return {{packet.bytes.begin(), packet.bytes.end()},
          packet.number,
          packet.time,
          packet.wire_length,
          packet.link};
}

inline Reading read_all(capture::SourceResult source) {
  Reading reading;
  if (!source) {
    reading.opening_error = source.error();
    return reading;
  }
  while (const Packet* packet = (*source)->next()) reading.packets.push_back(copy_of(*packet));
  reading.error = (*source)->error();
  reading.cut_short = (*source)->cut_short();
  reading.link = (*source)->link_type();
  reading.notes = (*source)->notes();
  return reading;
}

inline Reading read_capture(const std::string& path, const std::string& bpf = {}) {
  return read_all(capture::open_file(path, bpf));
}

// A file called test.pcap, in memory.
inline Reading read_octets(std::string_view octets, const std::string& bpf = {}) {
  return read_all(
      capture::open_input(capture::Input::of_memory("test.pcap", as_bytes(octets)), bpf));
}

}  // namespace smtpscope::test
