#pragma once
// Header fields of a message (RFC 5322, 2.2), from octets in any cuts. Bounded: of a field only so
// much is kept.
//
//     Subject: two         CRLF
//      lines               CRLF    one field, unfolded: "Subject: two lines"
//                          CRLF    the end of the header
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

class FieldReader {
 public:
  enum class Found : std::uint8_t {
    nothing,  // all octets were used, and a field may still be open
    field,    // field() is complete
    end,      // an empty line: the header is over
  };
  struct Taken {
    std::size_t octets = 0;  // how many of the octets were used
    Found found = Found::nothing;
  };
  // Takes octets up to the first field or end that they complete.
  [[nodiscard]] Taken take(std::string_view octets);
  // Without its line ends; lives until the next call of take().
  [[nodiscard]] std::string_view field() const noexcept { return field_; }

 private:
  std::string field_;
  bool at_line_end_ = false;  // the next octet tells whether the field goes on
  bool told_ = false;         // field_ was handed out
};

// What a finding, a verdict or a reader may need of a header. As sent: unfolded, not decoded.
struct HeaderFields {
  std::optional<std::string> from, to, subject, date, content_type, content_transfer_encoding;
  std::optional<std::string> message_id;  // without its angle brackets
  std::uint32_t received = 0;             // how many Received fields: one a server on the way
  // Of a field that stands more than once the first is kept.
  void add(std::string_view field);
};

}  // namespace smtpscope::smtp
