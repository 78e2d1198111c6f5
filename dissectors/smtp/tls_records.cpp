#include "dissectors/smtp/tls_records.hpp"

#include <algorithm>
#include <span>

namespace smtpscope::smtp {
namespace {

constexpr std::uint8_t application_data = 0x17;

}  // namespace

bool may_begin_tls_record(Bytes bytes) noexcept {
  if (bytes.empty() || !begins_tls(bytes[0])) return bytes.empty();
  if (bytes.size() > 1 && bytes[1] != 3) return false;
  if (bytes.size() > 2 && bytes[2] > 4) return false;
  return bytes.size() < tls_header_octets || be16(bytes, 3) <= (1U << 14) + 2048U;
}

bool begins_tls_record(Bytes bytes) noexcept {
  return bytes.size() >= tls_header_octets && may_begin_tls_record(bytes);
}

std::size_t TlsRecords::take(Bytes octets) noexcept {
  std::size_t used = 0;
  while (!lost_ && used < octets.size()) {
    if (body_left_ > 0) {
      const std::size_t part =
          static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, octets.size() - used));
      body_left_ -= part;
      used += part;
    } else if (at_boundary() && !begins_tls(octets[used])) {
      return used;
    } else {
      take_header(octets[used++]);
    }
  }
  return octets.size();
}

void TlsRecords::take_header(std::uint8_t octet) noexcept {
  header_[header_octets_++] = octet;
  const Bytes header = Bytes(header_).first(header_octets_);
  if (!may_begin_tls_record(header)) return lose();
  if (header_octets_ < tls_header_octets) return;
  body_left_ = be16(header, 3);
  last_type_ = header[0];
  if (last_type_ == application_data) ++data_records_;
  header_octets_ = 0;
}

// Inside a record it takes away from its body; anything more, and nobody knows where the next one
// begins.
void TlsRecords::gap(std::uint64_t length) noexcept {
  if (length > body_left_) return lose();
  body_left_ -= length;
}

}  // namespace smtpscope::smtp
