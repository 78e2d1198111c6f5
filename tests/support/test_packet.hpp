#pragma once
// A packet that owns its octets, for tests.
#include "dissectors/base/packet.hpp"

#include <cstdint>
#include <vector>

namespace smtpscope::test {

struct TestPacket {
  std::vector<std::uint8_t> bytes{};  // as captured
  std::uint64_t number = 0;           // from 1
  Timestamp time{};
  std::uint32_t wire_length = 0;  // above bytes.size() when cut
  LinkType link = LinkType::ethernet;

  // Lives as long as `bytes` is not touched.
  [[nodiscard]] Packet view() const noexcept { return {bytes, number, time, wire_length, link}; }
};

}  // namespace smtpscope::test
