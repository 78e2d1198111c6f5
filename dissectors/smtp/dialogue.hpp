#pragma once
// The dialogue: both directions of a connection in, exchanges out.
//
//     client: Octets | Gap | End ---> lines, message, chunk --> commands --+
//                                                                          +--> pairing --> Exchange...
//     server: Octets | Gap | End ---> lines -----------------> replies ----+
//
// Events of the two sides must come in causal order (tcp::Connection::next() gives them so). Then
// neither the cuts nor the interleaving of the two sides change the exchanges: tests/property/
// dialogue_property_test.cpp.
//
// Hold rule: what the client sends behind DATA, STARTTLS and AUTH means one thing or another by the
// reply to it, so it is held until that reply is there; the table in dialogue.cpp says which. Where
// the reply is lost in a gap, the usual success is assumed if the octets agree.
// A message in which commands follow an odd end of data (LF.LF) keeps what the client sends next
// waiting as well: only the number of replies tells where the server saw its end.
// Pairing rule: replies answer commands in order. While nothing is lost each reply is paired at
// once. After a gap it is not known how many commands or replies are missing: commands before the
// client's gap are still paired from the left, and all others at the next moment when the client
// had seen all replies, from the right.
//
// dialogue.cpp has the table, and what is held; dialogue_client.cpp, dialogue_server.cpp and
// dialogue_tls.cpp what either says, and dialogue_pairing.cpp what belongs together.
#include "dissectors/base/boxed.hpp"
#include "dissectors/smtp/exchange.hpp"
#include "dissectors/smtp/tls_records.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace smtpscope::smtp {

enum class Start : std::uint8_t {
  connection,  // the capture shows the connection from its first octet: a greeting is due
  midstream,   // it began before
};

struct DialogueLimits {
  // RFC 4954 has 12288 for AUTH; beyond, dropped and counted.
  std::size_t line_octets = 64 * 1024;
  std::size_t held_octets = 1024 * 1024;     // waiting for the reply that says what they are
  std::size_t held_pieces = 8192;            // a one-octet piece costs far more than one octet
  std::size_t waiting_exchanges = 4096;      // commands without reply
  std::size_t waiting_octets = 1024 * 1024;  // of their text
  std::size_t auth_lines = 64;               // kept of one authentication
};

// Octets or a gap where TLS is.
struct TlsPiece {
  Side side = Side::client;
  // Its octets live as long as those that were given to take() last, or are `kept`.
  StreamEvent event;
  std::vector<std::uint8_t> kept{};  // they had waited for a reply
};

struct DialogueCounts {
  std::array<std::uint64_t, 2> skipped_octets{};  // by Side: looked at, and no part of any exchange
  std::uint64_t limits_reached = 0;
};

class Dialogue {
 public:
  explicit Dialogue(Start start, DialogueLimits limits = {});

  void take(Side side, const StreamEvent& event);
  // Memory is short: what is held for a reply is read as if the reply were lost.
  void give_up_held();
  // What is held, and what it costs to hold it. Less than all that a dialogue keeps: lines and
  // commands that wait for their replies have limits of their own.
  [[nodiscard]] std::size_t held_bytes() const noexcept {
    return held_octets_ + held_.size() * sizeof(HeldEvent) +
           (message_ ? message_->held_octets() : 0);
  }
  // Exchanges that are complete, in the order of the commands.
  [[nodiscard]] std::optional<Exchange> next();
  [[nodiscard]] bool has_exchanges() const noexcept { return !told_.empty(); }

  // Each message that comes from here on gets a digest, as far as it is whole.
  void want_digests() noexcept { digests_ = true; }
  // It is LMTP, although LHLO may not be in the capture: the end of data is answered once a
  // recipient.
  void assume_lmtp() noexcept { lmtp_ = true; }
  // A PROXY header stood before the client's first command. A server that knows it does not answer
  // it; one that does not takes it for a command: a 50x that is due to it answers nothing of the
  // dialogue.
  void expect_answer_to_header() noexcept { header_in_front_ = true; }
  // TLS begins here, and what is taken from now on is the text inside it: whoever drives this has
  // decrypted it, or reads what a side wrote down.
  void begin_decrypted(TlsFacts::Mode mode, Origin origin);
  // What was taken of TLS since this was asked last, in causal order; `pieces` is emptied first.
  void take_tls(std::vector<TlsPiece>& pieces) {
    pieces.clear();
    pieces.swap(tls_pieces_);
  }
  // More of TLS, which somebody else reads: begin_decrypted().
  void count_tls(Side side, std::uint64_t octets, Origin origin);
  // What the sides told about their TLS.
  void describe_tls(const TlsFacts& told);
  // Commands that wait for their replies, and replies that wait to be told whose they are.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size() + unpaired_.size(); }
  [[nodiscard]] bool is_lmtp() const noexcept { return lmtp_; }
  [[nodiscard]] const Boxed<TlsFacts>& tls() const noexcept { return tls_; }
  // Is what is taken now text from inside TLS?
  [[nodiscard]] bool is_decrypted() const noexcept { return tls_ && tls_->decrypted; }
  [[nodiscard]] const DialogueCounts& counts() const noexcept { return counts_; }
  // A message whose end never came: what was seen of it.
  [[nodiscard]] const Message* open_message() const noexcept;
  // Lines of the server that are no replies and that no reply followed.
  [[nodiscard]] const Boxed<Reply>& stray_server_text() const noexcept { return stray_text_; }
  // The first octets of each side, up to 64, in case it is not SMTP at all.
  [[nodiscard]] const std::string& first_octets(Side side) const noexcept {
    return first_octets_[static_cast<std::size_t>(side)];
  }

 private:
  // What the client's next octets are, or what must come first.
  enum class Awaiting : std::uint8_t {
    first_octets,  // held while they may become the header of a TLS record
    command,
    message_end,    // in the text after DATA's 354
    chunk_end,      // in the octets of BDAT
    octets_end,     // in the octets of XEXCH50, behind its 354
    auth_response,  // one line that answers a 334
    data_reply,     // held: 354 or not
    auth_reply,     // held: 334 or the end of the authentication
    octets_reply,   // held: 354 or not
    tls_reply,      // held: 220 or not
    // held: whether the server took an earlier, odd end of the message for its end.
    which_end,
    tls_or_text,      // 220 was said (or is lost): the next octet tells
    data_or_command,  // the reply to DATA is lost or odd: the next line tells
    auth_or_command,  // the reply to AUTH is lost: the next line tells
    surely_command,   // after a gap: skip to a line that is surely a command
    tls_end,          // TLS: nothing is read, unless a line in clear follows a whole record
  };
  struct Step;
  static const Step steps[];
  [[nodiscard]] static const Step* step_of(Verb verb) noexcept;

  [[nodiscard]] static Awaiting without_reply(Awaiting held) noexcept;

  // A lone dot that is no end by the RFC and that commands follow, in a message that ended later:
  // whether the server took it for the end is shown by the number of its replies.
  struct EarlierEnd {
    LooseEnd loose;
    std::string behind;  // all that followed it, the real end included
  };
  struct Waiting {
    Exchange exchange;
    bool answered = false;       // all replies are there
    bool body_open = false;      // BDAT: its chunk is not complete yet
    bool final = false;          // gets no further reply, even if this is LMTP
    bool headless = false;       // it begins where a gap ends: more of it may lie in the gap
    bool go_ahead_lost = false;  // the end of a message, if it is one: DATA's reply is lost
    // Of an end of data: another place where the message may have ended.
    std::optional<EarlierEnd> earlier = std::nullopt;
  };
  struct HeldOctets {
    StreamOffset offset = 0;
    std::vector<std::uint8_t> bytes;
    Origin origin;
    std::optional<StreamOffset> peer_acknowledged;
  };

  using HeldEvent = std::variant<HeldOctets, Gap, End>;

  // The client's side.
  void client_octets(Octets octets);
  [[nodiscard]] bool first_octets_tell();
  [[nodiscard]] std::size_t client_step(const Octets& octets);
  [[nodiscard]] std::size_t message_step(const Octets& octets);
  [[nodiscard]] std::size_t chunk_step(const Octets& octets);
  [[nodiscard]] std::size_t octets_step(const Octets& octets);
  void on_line(const Line& line);
  void on_command(const Line& line);
  void on_auth_response(const Line& line);
  void message_line(const Line& line);
  void client_gap(const Gap& gap);
  void client_gap_in_commands(const Gap& gap);
  void client_end(const End& end);
  void open_message(MessageReader::Framing framing);
  void begin_message();
  void end_message(std::optional<Command> dot);
  void end_at(const LooseEnd& loose, Message& message) const;
  [[nodiscard]] static Command dot_of(const LooseEnd& loose);
  [[nodiscard]] bool is_held_quit() const noexcept;
  [[nodiscard]] bool shows_earlier_end(const Reply& reply) const noexcept;
  void take_earlier_end();
  void drop_earlier_end();
  void chunk_ended();
  void begin_octets(const Command& command);
  [[nodiscard]] bool is_held() const noexcept;
  [[nodiscard]] bool try_to_unhold(std::optional<StreamOffset> client_saw);
  void hold(HeldEvent event);
  void release();

  // The server's side.
  void server_octets(Octets octets);
  void server_line(const Line& line);
  void server_gap(const Gap& gap);
  void server_end(const End& end);
  [[nodiscard]] bool more_than_one_due(const Line& line) const noexcept;
  void on_reply(Reply reply);
  void flush_cut_reply();

  // Pairing.
  [[nodiscard]] Waiting* next_to_answer() noexcept;
  void add_waiting(Exchange exchange);
  void pair(Reply reply);
  [[nodiscard]] bool reply_ends_message(const Reply& reply);
  [[nodiscard]] bool answers_header(const Waiting* waiting, const Reply& reply) noexcept;
  void answer(Waiting& waiting, Reply reply);
  void answer_auth(Waiting& waiting, Reply reply);
  void note_acceptance(const Waiting& waiting, const Reply& reply);
  [[nodiscard]] std::size_t replies_due(const Exchange& exchange) const noexcept;
  void replies_uncertain_from_last();
  [[nodiscard]] bool may_get_more_replies(const Waiting& waiting) const noexcept;
  void tell_answered();
  void tell_unpaired(Reply reply, ExchangeKind kind);
  void pairing_uncertain_after(std::size_t certain);
  void synchronise();
  [[nodiscard]] std::list<Reply> take_behind_go_ahead(std::list<Reply>& replies) const;
  void mark_lost(std::size_t lost);
  void tell_extra(Reply reply);
  void close_short_answers();
  void close_lost_auth();
  [[nodiscard]] bool is_synchronous(std::optional<StreamOffset> client_saw) const noexcept;
  void go(Awaiting next);
  void finish();
  [[nodiscard]] Unanswered why_unanswered() const noexcept;

  // TLS.
  void begin_tls(TlsFacts::Mode mode);
  void server_begins_with_tls();
  void look_for_tls_of_server(Bytes octets);
  [[nodiscard]] std::size_t client_tls_step(const Octets& octets);
  [[nodiscard]] std::size_t server_tls_step(const Octets& octets);
  void clear_again(Side side, const Line& line);
  void gap_in_tls(Side side, const Gap& gap);
  void tell_tls(Side side, const Octets& octets, std::size_t used);
  void note_first(Side side, const Octets& octets);

  DialogueLimits limits_;
  DialogueCounts counts_;
  std::list<Exchange> told_;

  Awaiting awaiting_ = Awaiting::first_octets;
  LineReader client_lines_;
  LineReader server_lines_;
  ReplyReader replies_;
  Boxed<MessageReader> message_;  // open: from DATA's 354 or the first BDAT to its end
  std::uint64_t chunk_left_ = 0;  // octets of the current BDAT still to come
  std::list<Waiting> waiting_;    // commands whose reply is due, oldest first
  // Set after a gap: so many of waiting_ are paired from the left.
  std::optional<std::size_t> certain_;
  std::list<Reply> unpaired_;       // replies after a gap, until synchronise()
  std::list<Reply> early_;          // replies that came inside a message
  Boxed<Reply> cut_reply_;          // cut by a gap: its other lines may follow
  std::size_t waiting_octets_ = 0;  // of the text of waiting_
  std::list<HeldEvent> held_;
  std::size_t held_octets_ = 0;
  bool releasing_ = false;

  bool lmtp_ = false;
  bool digests_ = false;
  bool header_in_front_ = false;  // and nothing answered a command so far
  bool auth_seen_ = false;
  bool hello_seen_ = false;  // EHLO, HELO or LHLO
  // An LHLO may lie in a gap: it is not known whether this is LMTP.
  bool hello_hidden_ = false;
  std::size_t accepted_recipients_ = 0;
  bool recipients_uncertain_ = false;  // of accepted_recipients_: some may lie in a gap
  bool client_lost_some_ = false;
  bool server_lost_some_ = false;     // since the last moment when both sides were in step
  bool client_stayed_clear_ = false;  // behind a STARTTLS
  // Of the open message: nobody knows that DATA was accepted.
  bool go_ahead_lost_ = false;
  std::optional<StreamOffset> client_gap_end_;
  // One of the newest AUTH: the next line tells whether the last one.
  bool auth_reply_lost_ = false;
  bool server_in_tls_ = false;
  bool server_tls_or_text_ = false;      // the server's next octet tells
  std::array<TlsRecords, 2> records_{};  // by Side, while it is in TLS
  std::vector<TlsPiece> tls_pieces_;     // for take_tls()
  Bytes given_;                          // to take(), now
  bool server_after_gap_ = false;
  std::uint64_t commands_ = 0;         // read so far
  std::uint64_t commands_at_gap_ = 0;  // when the server's last gap came
  // The reply that begins here may have begun in that gap.
  std::optional<StreamOffset> headless_at_;
  std::array<std::optional<EndCause>, 2> ended_{};
  StreamOffset server_told_ = 0;          // end of what was taken of the server
  StreamOffset server_told_at_line_ = 0;  // ... when the client's last line was read
  Boxed<TlsFacts> tls_;
  Boxed<Reply> stray_text_;
  std::array<std::string, 2> first_octets_;
};

}  // namespace smtpscope::smtp
