#pragma once
// Writes captures as files have them, without libpcap: so that the reader is tested against the
// format and not against itself.
#include "tests/support/test_packet.hpp"

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace smtpscope::test {

enum class PcapForm : unsigned char {
  micro_little,  // byte order of the file, precision of its times
  micro_big,
  nano_little,
  nano_big,
  pcapng_little,  // one section, one interface with nanoseconds, enhanced packet blocks
  pcapng_big,
};

// A whole file. The link type is that of the first packet (Ethernet if there is none); a pcapng
// gets a further interface for each other link type that follows.
[[nodiscard]] std::string pcap_of(std::span<const TestPacket> packets,
                                  PcapForm form = PcapForm::micro_little);

// Writes `content` to a file, replacing what was there. Throws std::runtime_error if it cannot.
void write_file(const std::filesystem::path& path, std::string_view content);

}  // namespace smtpscope::test
