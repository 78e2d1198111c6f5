#pragma once
// Which packet something was seen in: as people count, and as the capture goes on.
//
//     cap_00001.pcap   1 2 3 ... 98     number 3,  order 3,   file 0
//     cap_00002.pcap   1 2 3 ... 71     number 3,  order 101, file 1
//
// Numbers are for showing, and only together with the file. What came before what is asked of
// FrameIds themselves: they compare by order, over all files of a capture.
#include <compare>
#include <cstdint>

namespace smtpscope {

struct FrameId {
  std::uint64_t number = 0;  // in its file, from 1, as Wireshark counts; 0: no packet
  std::uint64_t order = 0;   // in the capture: rises from packet to packet; 0 with number 0 only
  std::uint32_t file = 0;    // which of the capture's files, from 0

  constexpr FrameId() noexcept = default;
  // Of a capture that is one file. 0 is no packet.
  constexpr FrameId(std::uint64_t only_number) noexcept : number(only_number), order(only_number) {}
  constexpr FrameId(std::uint64_t number_in_file, std::uint64_t order_in_capture,
                    std::uint32_t file_index) noexcept
      : number(number_in_file), order(order_in_capture), file(file_index) {}

  friend constexpr bool operator==(const FrameId& a, const FrameId& b) noexcept {
    return a.order == b.order;
  }
  friend constexpr std::strong_ordering operator<=>(const FrameId& a, const FrameId& b) noexcept {
    return a.order <=> b.order;
  }
};

}  // namespace smtpscope
