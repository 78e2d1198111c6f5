#pragma once
// Just enough of TLS to know where its records end in one direction, and so where a side might
// speak in clear again.
//
//     15 03 03 00 02 | 02 28 | 34 35 34 20 ...      an alert of two octets, and "454 " behind it
//     type, version, length    no record begins so
//
// Only the order of the octets counts, not how they are cut. Once the place of the records is not
// known any more (a gap over a header, a header that is none), it never is again: all that follows
// is taken for TLS.
#include "dissectors/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace smtpscope::smtp {

// Content types of a TLS record (RFC 8446, 5.1); none of them can begin a line of SMTP.
[[nodiscard]] constexpr bool begins_tls(std::uint8_t octet) noexcept {
  return octet >= 0x14 && octet <= 0x17;
}

inline constexpr std::size_t tls_header_octets = 5;

// What there is of a record's header (type, version 3.x, a length that TLS allows); the rest may
// follow.
[[nodiscard]] bool may_begin_tls_record(Bytes bytes) noexcept;
[[nodiscard]] bool begins_tls_record(Bytes bytes) noexcept;

class TlsRecords {
 public:
  // Takes what belongs to records. It stops before all are used only at an octet behind a whole
  // record that begins no other one.
  [[nodiscard]] std::size_t take(Bytes octets) noexcept;
  void gap(std::uint64_t length) noexcept;
  // What stopped take() was no clear text either, or nobody knows where it begins.
  void lose() noexcept { lost_ = true; }
  // The content type of the last whole header, and how many were of application data.
  [[nodiscard]] std::uint8_t last_type() const noexcept { return last_type_; }
  [[nodiscard]] std::uint64_t data_records() const noexcept { return data_records_; }

 private:
  [[nodiscard]] bool at_boundary() const noexcept { return header_octets_ == 0 && body_left_ == 0; }
  void take_header(std::uint8_t octet) noexcept;

  std::array<std::uint8_t, tls_header_octets> header_{};
  std::size_t header_octets_ = 0;  // of the header that is not whole yet
  std::uint64_t body_left_ = 0;    // of the record that is
  std::uint64_t data_records_ = 0;
  std::uint8_t last_type_ = 0;
  bool lost_ = false;
};

}  // namespace smtpscope::smtp
