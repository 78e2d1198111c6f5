#pragma once
// The text of a message on its way from DATA's 354 (or BDAT's chunks) to its end. Scanned, not stored: a
// body of 1 GB costs no more memory than one of 1 kB.
//
//     Subject: ...  CRLF  header fields needed are kept, up to a limit
//     CRLF
//     ..dot-stuffed CRLF  octets are counted as the receiver stores them: one dot less
//     . CRLF              the end, if it was sent with DATA (RFC 5321, 4.1.1.4)
#include "dissectors/base/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace smtpscope::smtp {

struct Message {
  std::uint64_t octets = 0;    // as the receiver stores them: no stuffed dots, no final dot line, no gaps
  std::uint64_t missing = 0;   // octets of gaps in it
  std::uint64_t segments = 0;  // packets that brought octets of it (pieces, where packets were merged)
  bool complete = false;       // its end was seen, or the reply shows that it lay in a gap
  std::optional<std::string> subject;     // as sent, unfolded; not decoded
  std::optional<std::string> message_id;  // without its angle brackets
  std::optional<Origin> first;  // packet with its first octet
  Origin last;                  // packet with the last octet seen
};

// A line of a lone dot that is no end by the RFC (LF.LF, CRLF.LF, LF.CRLF), and what followed it. Some
// receivers take it for the end; a reply then proves it. Nothing if there is none, or if more followed
// than is kept.
struct LooseEnd {
  std::uint64_t octets = 0;    // of the message before it
  StreamOffset offset = 0;     // of what follows the dot line
  Origin origin;               // the packet with the dot line
  std::string after;           // what followed it, up to now
  std::optional<StreamOffset> peer_acknowledged;
};

// Finds the end of DATA's text in any cuts, and counts on the way.
class MessageReader {
 public:
  // How the message comes decides what ends it.
  enum class Framing : std::uint8_t { dot, chunks };
  explicit MessageReader(Framing framing) noexcept : framing_(framing) {}

  // Takes octets of the message; returns how many belong to it. Fewer than given only behind the end.
  [[nodiscard]] std::size_t take(const Octets& octets);
  // Octets that the capture does not have. What follows may begin anywhere in a line.
  void gap(const Gap& gap);
  [[nodiscard]] bool ended() const noexcept { return state_ == State::ended; }
  [[nodiscard]] const Message& message() const noexcept { return message_; }
  [[nodiscard]] Message& message() noexcept { return message_; }

  // The first lone dot that is no end by the RFC, if what followed it is still kept.
  [[nodiscard]] const std::optional<LooseEnd>& loose_end() const noexcept { return loose_end_; }

 private:
  // What the last octets were, as far as the end mark CRLF "." CRLF goes.
  enum class State : std::uint8_t { text, cr, line_start, dot, dot_cr, ended };
  void count(const Octets& octets, std::size_t used);
  [[nodiscard]] std::size_t find_end(Bytes bytes);
  void note_loose_end(std::size_t place);
  void keep_after_loose_end(const Octets& octets, std::size_t used);
  void read_header(Bytes bytes);
  void header_line();

  Framing framing_;
  State state_ = State::line_start;
  std::uint64_t stuffed_ = 0;  // dots that the receiver takes away, so far
  Message message_;
  bool in_header_ = true;
  std::size_t header_octets_ = 0;
  std::string field_;      // the header field being read, unfolded
  bool strict_start_ = true;  // the line began behind CR LF (or is the first), not behind LF alone
  std::optional<std::size_t> loose_place_;  // in the octets of this call: what follows the dot line
  std::optional<LooseEnd> loose_end_;
};

}  // namespace smtpscope::smtp
