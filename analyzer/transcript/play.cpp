#include "analyzer/transcript/play.hpp"

#include "analyzer/transcript/failure.hpp"
#include "analyzer/transcript/tool_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace smtpscope::transcript {
namespace {

using session::FailureKind;

Origin at_line(std::uint64_t line) noexcept { return {FrameId(line), {}}; }

// Is the dialogue there from its beginning? Most tools print the connection, or the 220 of the
// greeting. openssl reads the greeting itself, and what it prints first is the end of the answer to
// its own EHLO; unless all of it is inside TLS.
bool shows_beginning(const Transcript& transcript) noexcept {
  if (transcript.pieces.empty()) return true;
  const Piece& first = transcript.pieces.front();
  if (transcript.tool == Tool::openssl) return first.side == Side::server && first.under_tls;
  return transcript.connected || (first.side == Side::server && first.octets.starts_with("220"));
}

// openssl prints no commands where they came through a pipe; and somebody may have kept the replies
// alone.
bool shows_commands(const Transcript& transcript) noexcept {
  const auto of_client = [](const Piece& piece) { return piece.side == Side::client; };
  if (std::ranges::any_of(transcript.pieces, of_client)) return true;
  return transcript.tool == Tool::openssl ? transcript.pieces.size() < 2
                                          : shows_beginning(transcript);
}

bool failed_to_connect(const Transcript& transcript) noexcept {
  return transcript.failure && transcript.pieces.empty() && !transcript.connected &&
         is_of_connecting(transcript.failure->kind);
}

tcp::Opened opening(const Transcript& transcript) noexcept {
  if (failed_to_connect(transcript)) {
    return transcript.failure->kind == FailureKind::refused ? tcp::Opened::refused
                                                            : tcp::Opened::timeout;
  }
  return shows_beginning(transcript) ? tcp::Opened::handshake : tcp::Opened::midstream;
}

// The client gives up where TLS does not come about, or nothing comes at all.
std::optional<Ending> ending_of(const Transcript& transcript) noexcept {
  if (transcript.ending || !transcript.failure || failed_to_connect(transcript))
    return transcript.ending;
  const bool gives_up = transcript.failure->kind != FailureKind::closed;
  return gives_up ? std::optional(Ending{Side::client, transcript.failure->line}) : std::nullopt;
}

tcp::TransportFacts facts_of(const Transcript& transcript) {
  tcp::TransportFacts facts;
  facts.opened = opening(transcript);
  facts.first = at_line(transcript.first_line);
  facts.last = at_line(transcript.last_line);
  if (transcript.connected) facts.handshake_done = at_line(*transcript.connected);
  for (const Piece& piece : transcript.pieces) ++facts.packets_by_side[index_of(piece.side)];
  if (shows_commands(transcript))
    ++facts.packets_by_side[index_of(Side::client)];  // it is there, though it may say nothing
  facts.packets = transcript.last_line - transcript.first_line + 1;
  if (const auto ending = ending_of(transcript)) {
    facts.closed = tcp::Closed::fin;
    facts.closed_by = ending->by;
    facts.fin[index_of(ending->by)] = at_line(ending->line);
  } else if (facts.opened == tcp::Opened::refused) {
    facts.closed = tcp::Closed::reset;
    facts.closed_by = Side::server;
    facts.reset = at_line(transcript.failure->line);
  }
  return facts;
}

session::TranscriptFacts told_by(const Transcript& transcript) {
  session::TranscriptFacts told;
  told.tool = name_of(transcript.tool);
  told.server = transcript.server_name;
  if (const auto& failure = transcript.failure) {
    told.failure = session::Failure{failure->kind, failure->words, at_line(failure->line)};
  }
  told.shows_end = !transcript.ending || transcript.ending->is_shown;
  told.has_commands = shows_commands(transcript);
  told.lines = transcript.last_line - transcript.first_line + 1;
  return told;
}

// Gives the pieces to the builder in their order: what the client sent, it sent knowing all that
// had been printed.
class Player {
 public:
  Player(const Transcript& transcript, session::Builder& builder)
      : transcript_(transcript), builder_(builder) {}

  void play() {
    const bool has_commands = shows_commands(transcript_);
    bool reply_begins = !shows_beginning(transcript_);  // the greeting answers no command
    for (const Piece& piece : transcript_.pieces) {
      if (piece.under_tls) begin_tls();
      if (!has_commands && reply_begins) skip(Side::client, piece.line);
      reply_begins = piece.octets.size() < 4 || piece.octets[3] != '-';
      give(piece);
    }
    const bool has_failed = transcript_.failure && transcript_.failure->kind == FailureKind::tls;
    if (!has_failed) begin_tls();
    end();
  }

 private:
  void begin_tls() {
    if (!transcript_.tls || std::exchange(in_tls_, true)) return;
    builder_.begin_decrypted(transcript_.tls->mode, at_line(transcript_.tls->line));
    builder_.describe_tls(transcript_.tls->facts);
  }

  void give(const Piece& piece) {
    StreamOffset& offset = offsets_[index_of(piece.side)];
    if (piece.octets.empty()) return skip(piece.side, piece.line);
    Octets octets{offset, as_bytes(piece.octets), at_line(piece.line), std::nullopt};
    if (piece.side == Side::client) octets.peer_acknowledged = offsets_[index_of(Side::server)];
    builder_.take(piece.side, octets);
    offset += piece.octets.size();
  }

  // Something was sent here that the tool does not show.
  void skip(Side side, std::uint64_t line) {
    StreamOffset& offset = offsets_[index_of(side)];
    builder_.take(side, Gap{offset, 1, GapCause::not_shown, at_line(line)});
    ++offset;
  }

  void end() {
    const auto ending = ending_of(transcript_);
    const Origin at = ending ? at_line(ending->line) : Origin{};
    const EndCause cause = ending ? EndCause::fin : EndCause::capture_end;
    const Side first = ending ? ending->by : Side::client;
    for (const Side side : {first, opposite(first)})
      builder_.take(side, End{offsets_[index_of(side)], cause, at});
  }

  const Transcript& transcript_;
  session::Builder& builder_;
  std::array<StreamOffset, 2> offsets_{};
  bool in_tls_ = false;
};

}  // namespace

session::Session play(const Transcript& transcript,
                      std::shared_ptr<const std::vector<std::string>> files,
                      session::BuilderLimits limits) {
  const smtp::Start start =
      shows_beginning(transcript) ? smtp::Start::connection : smtp::Start::midstream;
  session::Builder builder(std::move(files), start, limits);
  Player(transcript, builder).play();
  session::Transport transport;
  transport.server = transcript.server;
  transport.facts = facts_of(transcript);
  if (transcript.cut_short) builder.note_limit(session::Limit::transcript);
  session::Session session = builder.finish(std::move(transport), false);
  session.transcript = told_by(transcript);
  return session;
}

}  // namespace smtpscope::transcript
