#pragma once
// The record layer: what TLS cuts a stream into, whatever TCP cut it into before (RFC 8446, 5.1;
// RFC 5246, 6.2).
//
//     octet 0     1        3        5
//       | type  | version | length | fragment ... |     the next record follows at once
//
// Lengths are in clear, so a hole inside a record does not lose the next one. Where a header lies
// in a hole, the next place counts at which two headers follow each other, or the hole's end if a
// record begins there.
#include "dissectors/base/stream.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace smtpscope::tls {

enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
  heartbeat = 24,
};

inline constexpr std::size_t record_header_octets = 5;
// 2^14, and what encryption may add (RFC 5246, 6.2.3; TLS 1.3 adds at most 256).
inline constexpr std::size_t record_fragment_octets_max = (1U << 14) + 2048;

// Could a record begin here? As far as there are octets; none say nothing against it.
[[nodiscard]] bool may_begin_record(Bytes octets) noexcept;

struct Record {
  ContentType type = ContentType::application_data;
  std::uint16_t version = 0;  // as written: 0x0301 to 0x0303, mostly not the version spoken
  Bytes header;               // the five octets; both views live until the reader is fed again
  Bytes fragment;             // empty where it was passed over: pass_over_data()
  Extent extent;              // in the stream, header included
  Origin first, last;         // packets with its first and last octet
  [[nodiscard]] std::size_t fragment_octets() const noexcept {
    return static_cast<std::size_t>(extent.size()) - record_header_octets;
  }
};

class RecordReader {
 public:
  // Takes octets up to the end of the record that they complete, or all; returns how many.
  [[nodiscard]] std::size_t take(const Octets& octets);
  // The record that the last take() completed.
  [[nodiscard]] const std::optional<Record>& record() const noexcept { return record_; }
  void gap(const Gap& gap);
  // Nobody can open application data: from now on its records are told by their headers, and none
  // is put together.
  void pass_over_data() noexcept { passes_over_ = true; }

  enum class State : std::uint8_t {
    in_step,    // the next octet is that of a header, or it is known where the next header is
    searching,  // behind a hole with a header in it
    no_tls,     // what stands where a header is due is none
  };
  [[nodiscard]] State state() const noexcept { return state_; }
  // Records that a hole lies in, and the octets of holes and of what was searched through.
  [[nodiscard]] std::uint64_t broken_records() const noexcept { return broken_; }
  // Since the last whole record a hole was met: how many records lie in it is not known if a header
  // does.
  [[nodiscard]] bool lost_some() const noexcept { return lost_some_; }
  void note_lost_seen() noexcept { lost_some_ = false; }
  // Of a record that is not complete yet: what there is of it, header included.
  [[nodiscard]] std::size_t pending_octets() const noexcept { return held_.size(); }

 private:
  [[nodiscard]] std::size_t fill(const Octets& octets, std::size_t wanted);
  [[nodiscard]] std::size_t search(const Octets& octets);
  [[nodiscard]] std::size_t pass_over(const Octets& octets, std::size_t used);
  [[nodiscard]] bool finds_header() noexcept;
  void complete(Bytes whole, const Octets& octets, std::size_t used);

  State state_ = State::in_step;
  std::vector<std::uint8_t> held_;  // a record that came in part
  std::optional<Record> record_;
  StreamOffset begin_ = 0;  // of the record that is read
  Origin first_;
  // Octets left of a record with a hole in it, or of one that is passed over.
  std::uint64_t skip_ = 0;
  std::array<std::uint8_t, record_header_octets> header_{};  // of that one
  bool behind_hole_ = false;  // searching, and what is held begins where the hole ends
  bool passes_over_ = false;  // records of application data
  bool passing_ = false;      // one of them now
  std::uint64_t broken_ = 0;
  bool lost_some_ = false;
  bool told_ = false;  // held_ is what record_ views
};

}  // namespace smtpscope::tls
