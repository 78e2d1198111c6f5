#pragma once
// Header fields of a message (RFC 5322, 2.2), and the status fields of a delivery report inside one
// (RFC 3464), from octets in any cuts. Bounded: of a field only so much is kept.
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

// What a report says about one recipient (RFC 3464, 2.3).
struct DeliveryStatus {
  std::string recipient;  // Final-Recipient, without its address type
  std::string action;     // "failed", "delayed", "delivered" ...
  std::string status;     // "5.1.1"
  std::string diagnostic; // Diagnostic-Code, without its type: the reply that refused it
  std::string message_id; // of the message that the report is about, without its angle brackets
};

// Finds them in the body of a multipart/report, within a limit of octets and of recipients.
class ReportReader {
 public:
  void take(std::string_view octets, std::vector<DeliveryStatus>& found);
  [[nodiscard]] bool over() const noexcept { return over_; }

 private:
  void add(std::string_view field, std::vector<DeliveryStatus>& found);
  void add_status(std::string_view field, std::vector<DeliveryStatus>& found);
  void add_original(std::string_view field, std::vector<DeliveryStatus>& found);

  FieldReader fields_;
  std::size_t octets_ = 0;
  enum class Part : std::uint8_t { other, status, original } part_ = Part::other;
  unsigned ends_ = 0;  // of headers, in the part of the original message
  bool over_ = false;
};

}  // namespace smtpscope::smtp
