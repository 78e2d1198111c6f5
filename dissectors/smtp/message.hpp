#pragma once
// The text of a message on its way from DATA's 354 (or BDAT's chunks) to its end. Scanned, not
// stored: a body of 1 GB costs no more memory than one of 1 kB.
//
//     Subject: ...  CRLF  header fields needed are kept, up to a limit
//     CRLF
//     ..dot-stuffed CRLF  octets are counted as the receiver stores them: one dot less
//     LF . LF             no end by the RFC, and some servers take it for one: what follows is kept for a while
//     . CRLF              the end, if it was sent with DATA (RFC 5321, 4.1.1.4)
#include "dissectors/base/boxed.hpp"
#include "dissectors/base/stream.hpp"
#include "dissectors/smtp/digest.hpp"
#include "dissectors/smtp/fields.hpp"
#include "dissectors/smtp/text_scan.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

// An octet of a message: its place as sent, counted from 0 and gaps included, and the packet it
// came in.
struct MessageSpot {
  std::uint64_t offset = 0;
  Origin origin;
};

// How the text keeps to the rules for lines and octets. Of each fault the first place is kept.
struct TextFacts {
  std::uint64_t longest_line = 0;  // octets, its line end included and its stuffed dot not
  MessageSpot longest_at;          // where it begins; the packet that completes it
  std::uint64_t long_lines = 0;    // above text_line_octets_max
  std::uint64_t bare_cr = 0;       // CR that no LF follows
  std::uint64_t bare_lf = 0;       // LF that no CR precedes
  std::uint64_t nul = 0;
  // Lines that begin with one dot and go on: the receiver takes the dot away.
  std::uint64_t undoubled_dots = 0;
  Boxed<MessageSpot> first_bare_cr, first_bare_lf, first_nul, first_undoubled_dot;
  Boxed<MessageSpot> first_8bit;  // an octet above 127
};

// What stands before and behind a lone dot.
enum class Break : std::uint8_t { crlf, lf, cr, cr_crlf, crlf_nul };
[[nodiscard]] std::string_view name_of(Break how) noexcept;  // "CRLF"

// What a bounce says about one recipient (RFC 3464, 2.3).
struct DeliveryStatus {
  std::string recipient;   // Final-Recipient, without its address type
  std::string action;      // "failed", "delayed", "delivered" ...
  std::string status;      // "5.1.1"
  std::string diagnostic;  // Diagnostic-Code, without its type: the reply that refused it
  std::string remote_mta;  // the server that refused it, where one did
  std::string message_id;  // of the message that the bounce is about, without its angle brackets
};

// A lone dot that is no end by the RFC (LF.LF, CR.CRLF ...), and what followed it looks like
// commands; or the server took it for the end.
struct OddEnd {
  Break before = Break::lf, behind = Break::lf;
  MessageSpot dot;
  std::string command;  // the first line behind it, if it is surely a command; bounded
  bool taken = false;   // the replies prove that the server took it for the end
};

struct Message {
  // As the receiver stores them: no stuffed dots, no final dot line, no gaps.
  std::uint64_t octets = 0;
  std::uint64_t missing = 0;  // octets of gaps in it
  // Some of it was left out (GapCause::not_shown): `octets` is not its size.
  bool not_shown = false;
  // Packets that brought octets of it (pieces, where packets were merged).
  std::uint64_t segments = 0;
  bool complete = false;  // its end was seen, or the reply shows that it lay in a gap
  HeaderFields header;    // as far as it is in the capture
  // Of what may be a bounce: its text; to be read into `reports`, and emptied.
  std::string report;
  std::vector<DeliveryStatus> reports;  // what the bounce says; a dialogue alone does not read it
  TextFacts text;
  std::vector<OddEnd> odd_ends;  // the first of them
  // SHA-256 of it as stored; empty: not asked for, or octets are missing.
  std::string digest;
  std::optional<Origin> first;  // packet with its first octet
  // How much of the server's stream the client had then.
  std::optional<StreamOffset> peer_acknowledged;
  Origin last;  // packet with the last octet seen
};

// A lone dot that is no end by the RFC, while what followed it is still kept: should the server
// prove to have taken it for the end, the message ended there, and what follows are commands.
struct LooseEnd {
  Break before = Break::lf, behind = Break::lf;
  std::uint64_t dot = 0;     // its place in the message
  std::uint64_t octets = 0;  // of the message before it, as stored
  StreamOffset offset = 0;   // in the client's stream, of what follows
  Origin origin;             // the packet with it
  std::optional<StreamOffset> peer_acknowledged;
  TextFacts text;  // of the message before it
  enum class Followed : std::uint8_t {
    not_known,
    by_command,
    by_text
  } followed = Followed::not_known;
};

// Finds the end of DATA's text in any cuts, and counts on the way.
class MessageReader {
 public:
  // How the message comes decides what ends it.
  enum class Framing : std::uint8_t { dot, chunks };
  explicit MessageReader(Framing framing) noexcept : framing_(framing) {}

  // Before the first octet: the message is to have a digest.
  void want_digest();
  // The message is over, at its end or at the last of its chunks: what is known of the whole goes
  // into message().
  void finish();

  // Takes octets of the message; returns how many belong to it. Fewer than given only behind the
  // end.
  [[nodiscard]] std::size_t take(const Octets& octets);
  // Octets that the capture does not have. What follows may begin anywhere in a line.
  void gap(const Gap& gap);
  [[nodiscard]] bool ended() const noexcept { return state_ == State::ended; }
  [[nodiscard]] const Message& message() const noexcept { return message_; }
  [[nodiscard]] Message& message() noexcept { return message_; }

  // Kept behind a lone dot, and of what may be a bounce; and to do without.
  [[nodiscard]] std::size_t held_octets() const noexcept {
    return kept_.size() + (report_ ? report_->size() : 0);
  }
  void give_up_held();

  // The lone dot that a server may have taken for the end: the first that commands follow, or else
  // the first. nullptr if there is none, or if more followed than is kept.
  [[nodiscard]] const LooseEnd* loose_end() const noexcept;
  // What followed it, up to now; lives until the next call of take().
  [[nodiscard]] std::string_view behind(const LooseEnd& loose) const noexcept;

 private:
  // What the last octets were, as far as the end mark CRLF "." CRLF goes; before_ says what stands
  // before the line.
  enum class State : std::uint8_t { text, cr, line_start, nul, dot, dot_cr, dot_cr_cr, ended };

  [[nodiscard]] std::size_t scan(Bytes rest);
  [[nodiscard]] std::size_t take_stretch(Bytes rest, std::size_t at);
  void take_lines(const TextStretch& stretch, Bytes rest, std::size_t at);
  [[nodiscard]] std::size_t take_octet(Bytes rest, std::size_t at);
  [[nodiscard]] std::size_t step(Bytes rest, std::size_t at);
  [[nodiscard]] std::size_t step_in_text(std::uint8_t octet, std::size_t at);
  [[nodiscard]] std::size_t step_behind_dot(Bytes rest, std::size_t at);
  [[nodiscard]] std::size_t step_behind_dot_cr(Bytes rest, std::size_t at);
  void behind_bare_cr(std::uint8_t octet, std::size_t at);
  void line_ended(std::size_t end, Break how);
  void note_line(std::uint64_t length);
  void note_bare_lf(std::uint64_t place);
  void take_dot_away(std::uint64_t dot, std::uint8_t next);
  void note_loose_end(std::uint64_t dot, std::size_t end, Break behind);
  void grow_loose_end(std::size_t end, Break behind) noexcept;
  void keep_behind_loose_ends(std::size_t used);
  // What follows may still be too little to tell, unless nothing more is kept.
  enum class More : std::uint8_t { may_follow, none };
  void look_behind_loose_ends(More more);
  void read_fields(std::string_view text);
  void begin_report(std::string_view body);
  void keep_report(std::string_view body);
  void finish_digest();
  [[nodiscard]] MessageSpot spot(std::uint64_t offset) const noexcept;
  [[nodiscard]] bool is_strict() const noexcept {
    return before_ == Break::crlf || before_ == Break::cr_crlf;
  }

  Framing framing_;
  State state_ = State::line_start;
  Break before_ = Break::crlf;
  bool doubled_cr_ = false;                // in State::cr: a CR stands before it
  bool unknown_before_ = false;            // behind a gap: nobody knows what the next octet follows
  bool noted_ = false;                     // a lone dot was noted in this scan: it stops there
  std::uint64_t place_ = 0;                // in the message: how much of it is accounted
  std::uint64_t stuffed_ = 0;              // dots that the receiver takes away, so far
  std::optional<std::uint64_t> line_ = 0;  // where the line begins; unknown behind a gap
  std::uint64_t line_stuffed_ = 0;         // its stuffed dot
  bool long_counted_ = false;              // it is one of long_lines
  Octets now_;                             // what take() was given
  std::uint64_t now_place_ = 0;            // in the message: of its first octet
  Message message_;
  FieldReader fields_;
  bool in_header_ = true;
  std::size_t header_octets_ = 0;
  // What is kept of what may be a bounce: two fields of its header, and its body.
  std::optional<std::string> report_;
  std::size_t report_body_ = 0;  // where in it the body begins
  std::optional<DigestReader> digest_;
  std::vector<LooseEnd> loose_ends_;
  StreamOffset kept_offset_ = 0;  // in the client's stream, of kept_
  std::string kept_;              // what followed the first of loose_ends_
};

}  // namespace smtpscope::smtp
