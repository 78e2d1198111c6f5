// The dialogue: what the client says. Commands, answers to a challenge, the text of messages.
#include "dissectors/base/ascii.hpp"
#include "dissectors/base/check.hpp"
#include "dissectors/smtp/auth.hpp"
#include "dissectors/smtp/dialogue.hpp"
#include "dissectors/smtp/dialogue_step.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::smtp {
namespace {

bool looks_like_base64(std::string_view text) noexcept {
  return text.size() >= 4 && std::ranges::all_of(text, [](char c) {
           return ascii::is_alnum(c) || c == '+' || c == '/' || c == '=';
         });
}

// Who speaks HTTP to a server of mail may show it a password.
bool is_login_of_http(std::string_view name) noexcept {
  return ascii::equal_no_case(name, "Authorization:") ||
         ascii::equal_no_case(name, "Proxy-Authorization:");
}

bool is_auth(Verb verb) noexcept { return verb == Verb::auth || verb == Verb::x_exps; }

}  // namespace

void Dialogue::client_octets(Octets octets) {
  note_first(Side::client, octets);
  while (!octets.bytes.empty()) {
    const bool undecided = awaiting_ == Awaiting::first_octets && !first_octets_tell();
    if (undecided || (is_held() && !try_to_unhold(octets.peer_acknowledged))) {
      hold(HeldOctets{octets.offset,
                      {octets.bytes.begin(), octets.bytes.end()},
                      octets.origin,
                      octets.peer_acknowledged});
      return;
    }
    octets = without_first(octets, client_step(octets));
  }
}

// TLS from the first octet on, or commands: five octets tell, and mostly the first one does.
bool Dialogue::first_octets_tell() {
  const Bytes first = as_bytes(first_octets_[0]);
  if (begins_tls_record(first)) {
    begin_tls(TlsFacts::Mode::implicit);
  } else if (!may_begin_tls_record(first)) {
    go(Awaiting::command);
  }
  return awaiting_ != Awaiting::first_octets;
}

std::size_t Dialogue::client_step(const Octets& octets) {
  switch (awaiting_) {
    case Awaiting::tls_end:
      return client_tls_step(octets);
    case Awaiting::message_end:
      return message_step(octets);
    case Awaiting::chunk_end:
      return chunk_step(octets);
    case Awaiting::octets_end:
      return octets_step(octets);
    case Awaiting::tls_or_text:
      if (begins_tls(octets.bytes.front()) || octets.bytes.front() >= 0x80) {
        begin_tls(TlsFacts::Mode::starttls);
      } else {
        client_stayed_clear_ = true;
        if (tls_) tls_->stayed_clear = true;
        awaiting_ = Awaiting::command;
      }
      return 0;
    case Awaiting::surely_command:
    case Awaiting::command:
      // TLS behind a gap, or behind clear text that was put between STARTTLS and its handshake.
      if (client_lines_.empty() && !is_decrypted() &&
          (tls_ ? begins_tls(octets.bytes.front()) && may_begin_tls_record(octets.bytes)
                : awaiting_ == Awaiting::surely_command && begins_tls_record(octets.bytes))) {
        begin_tls(TlsFacts::Mode::starttls);
        return 0;
      }
      [[fallthrough]];
    case Awaiting::auth_response:
    case Awaiting::data_or_command:
    case Awaiting::auth_or_command: {
      const LineReader::Taken taken = client_lines_.take(octets);
      if (taken.line != nullptr) on_line(*taken.line);
      return taken.octets;
    }
    case Awaiting::first_octets:
    case Awaiting::data_reply:
    case Awaiting::auth_reply:
    case Awaiting::octets_reply:
    case Awaiting::tls_reply:
    case Awaiting::which_end:
      break;
  }
  check(false, "held octets are not read");
  return octets.bytes.size();
}

void Dialogue::on_line(const Line& line) {
  if (is_synchronous(line.peer_acknowledged)) {
    const Awaiting before = awaiting_;
    synchronise();
    if (before != awaiting_ && awaiting_ == Awaiting::message_end) {  // a 354 turned up so
      message_line(line);
      return;
    }
  }
  server_told_at_line_ = server_told_;
  if (awaiting_ == Awaiting::auth_response) {
    on_auth_response(line);
  } else if (awaiting_ == Awaiting::command || is_surely_command(line.text)) {
    on_command(line);
  } else if (awaiting_ == Awaiting::auth_or_command && auth_reply_lost_) {
    auth_reply_lost_ = false;  // it was a challenge, and this answers it
    on_auth_response(line);
  } else if (awaiting_ == Awaiting::data_or_command) {
    begin_message();
    message_line(line);
  } else {
    counts_.skipped_octets[0] += line.extent.size();
  }
}

void Dialogue::on_command(const Line& line) {
  // Of a message: the reply to DATA is lost.
  const bool may_be_text = awaiting_ == Awaiting::data_or_command;
  awaiting_ = Awaiting::command;
  go_ahead_lost_ = false;
  close_lost_auth();
  Exchange exchange;
  exchange.around_gap = may_be_text;
  exchange.command = parse_command(line);
  Command& command = *exchange.command;
  command.secret = command.verb == Verb::unknown &&
                   ((auth_seen_ && looks_like_base64(line.text)) || is_login_of_http(command.name));
  if (command.verb == Verb::lhlo) lmtp_ = true;
  if (is_hello(command.verb)) {
    hello_seen_ = true;
    hello_hidden_ = false;
  }
  if (command.verb == Verb::mail || command.verb == Verb::rset) message_.reset();
  if (is_auth(command.verb)) {
    auth_seen_ = true;
    exchange.auth = begin_auth(command.argument);
  }
  const auto chunk = command.verb == Verb::bdat ? parse_chunk(command.argument) : std::nullopt;
  const Step* step = step_of(command.verb);
  add_waiting(std::move(exchange));
  waiting_.back().headless = line.extent.begin == client_gap_end_;
  if (chunk) {
    if (!message_) open_message(MessageReader::Framing::chunks);
    chunk_left_ = chunk->octets;
    waiting_.back().body_open = true;
    awaiting_ = Awaiting::chunk_end;
    if (chunk->last) replies_uncertain_from_last();
    if (chunk_left_ == 0) chunk_ended();
  } else if (step != nullptr) {
    awaiting_ = step->held;
  }
}

void Dialogue::on_auth_response(const Line& line) {
  if (waiting_.empty() || !waiting_.back().exchange.auth) {  // a gap took its end
    counts_.skipped_octets[0] += line.extent.size();
    awaiting_ = Awaiting::auth_or_command;
    return;
  }
  add_auth_response(*waiting_.back().exchange.auth, line.text, limits_.auth_lines);
  awaiting_ = Awaiting::auth_reply;
}

// A line that turns out to be text of the message.
void Dialogue::message_line(const Line& line) {
  std::string text(line.text);
  if (line.end == LineEnd::crlf) text += '\r';
  if (line.end != LineEnd::cut) text += '\n';
  (void)message_step({line.extent.begin, as_bytes(text), line.origin, line.peer_acknowledged});
}

// The text after DATA's 354.
void Dialogue::open_message(MessageReader::Framing framing) {
  message_.emplace(framing);
  if (digests_) message_->want_digest();
}

void Dialogue::begin_message() {
  awaiting_ = Awaiting::message_end;
  open_message(MessageReader::Framing::dot);
}

std::size_t Dialogue::message_step(const Octets& octets) {
  const std::size_t used = message_->take(octets);
  if (message_->ended()) {
    Command dot;
    dot.name = ".";
    dot.extent = {octets.offset + used - std::min<std::size_t>(used, 3), octets.offset + used};
    dot.begun = octets.origin;
    dot.origin = octets.origin;
    dot.peer_acknowledged = octets.peer_acknowledged;
    end_message(std::move(dot));
  }
  return used;
}

// The end of DATA's text; without a dot if it lies in a gap.
void Dialogue::end_message(std::optional<Command> dot) {
  Exchange exchange;
  exchange.kind = ExchangeKind::end_of_data;
  exchange.around_gap = !dot.has_value() && !message_->message().not_shown;
  exchange.command = std::move(dot);
  exchange.message = std::move(message_->message());
  exchange.message->complete = true;
  exchange.early_reply = !early_.empty();
  std::optional<EarlierEnd> earlier;
  const LooseEnd* const loose = message_->ended() && !certain_ ? message_->loose_end() : nullptr;
  if (loose != nullptr && loose->followed == LooseEnd::Followed::by_command) {
    earlier = EarlierEnd{*loose, std::string(message_->behind(*loose))};
  }
  message_.reset();
  awaiting_ = exchange.around_gap ? Awaiting::surely_command
              : earlier           ? Awaiting::which_end
                                  : Awaiting::command;
  server_told_at_line_ = server_told_;
  const bool end_lost = exchange.around_gap;
  add_waiting(std::move(exchange));
  waiting_.back().earlier = std::move(earlier);
  waiting_.back().go_ahead_lost = std::exchange(go_ahead_lost_, false);
  if (end_lost) pairing_uncertain_after(waiting_.size());  // more commands may lie behind it
  replies_uncertain_from_last();
  std::list<Reply> early = std::exchange(early_, {});
  for (Reply& reply : early) {
    reply.peer_acknowledged.reset();  // it answers the message, though sent before its end
    pair(std::move(reply));
  }
}

Command Dialogue::dot_of(const LooseEnd& loose) {
  Command dot;
  dot.name.assign(1, '.');
  dot.line_end = loose.behind == Break::crlf ? LineEnd::crlf : LineEnd::lf;
  const StreamOffset mark = loose.behind == Break::cr_crlf ? 4
                            : loose.behind == Break::crlf  ? 3
                                                           : 2;
  dot.extent = {loose.offset - std::min(loose.offset, mark), loose.offset};
  dot.begun = dot.origin = loose.origin;
  dot.peer_acknowledged = loose.peer_acknowledged;
  return dot;
}

// The message as it is if it ended there.
void Dialogue::end_at(const LooseEnd& loose, Message& message) const {
  message.octets = loose.octets;
  message.digest.clear();
  message.text = loose.text;
  message.last = loose.origin;
  const auto same = [&](const OddEnd& end) { return end.dot.offset == loose.dot; };
  const auto odd = std::ranges::find_if(message.odd_ends, same);
  const std::string command = odd == message.odd_ends.end() ? std::string() : odd->command;
  message.odd_ends = {OddEnd{loose.before, loose.behind, {loose.dot, loose.origin}, command, true}};
}

bool Dialogue::is_held_quit() const noexcept {
  const auto* octets = std::get_if<HeldOctets>(&held_.front());
  return octets != nullptr && ascii::starts_no_case(as_text(octets->bytes), "QUIT");
}

// The end of the message has its reply, and here is one more. Does it answer what stands behind the
// odd end in the message, or what the client sent behind the message?
bool Dialogue::shows_earlier_end(const Reply& reply) const noexcept {
  if (reply.code == 421) return false;  // may come at any time
  const auto* const behind = held_.empty() ? nullptr : std::get_if<HeldOctets>(&held_.front());
  if (behind == nullptr) return held_.empty();
  if (reply.peer_acknowledged && *reply.peer_acknowledged <= behind->offset) return true;
  return is_held_quit() && reply.first_digit() < 4 && reply.code != 221;
}

// The message ended at its odd end: what was read as its text behind that are commands.
void Dialogue::take_earlier_end() {
  Waiting& end = waiting_.back();
  const EarlierEnd earlier = *std::exchange(end.earlier, std::nullopt);
  Command dot = dot_of(earlier.loose);
  end_at(earlier.loose, *end.exchange.message);
  const Origin origin = end.exchange.command->origin;
  const auto peer_acknowledged = end.exchange.command->peer_acknowledged;
  end.exchange.command = std::move(dot);
  awaiting_ = Awaiting::command;
  tell_answered();
  // What the client sent behind the message is held, and has to wait until all of this is read.
  const bool was_releasing = std::exchange(releasing_, true);
  client_octets({earlier.loose.offset, as_bytes(earlier.behind), origin, peer_acknowledged});
  releasing_ = was_releasing;
  if (!is_held()) release();
}

void Dialogue::drop_earlier_end() {
  awaiting_ = Awaiting::command;
  if (!waiting_.empty()) waiting_.back().earlier.reset();
  tell_answered();
}

std::size_t Dialogue::chunk_step(const Octets& octets) {
  const auto used =
      static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, octets.bytes.size()));
  Octets part = octets;
  part.bytes = part.bytes.first(used);
  if (used > 0) (void)message_->take(part);
  chunk_left_ -= used;
  if (chunk_left_ == 0) chunk_ended();
  return used;
}

void Dialogue::chunk_ended() {
  awaiting_ = Awaiting::command;
  Waiting& bdat = waiting_.back();
  bdat.body_open = false;
  const auto chunk = parse_chunk(bdat.exchange.command->argument);
  if (chunk && chunk->last) message_->finish();
  bdat.exchange.message = message_->message();
  if (chunk && chunk->last) {
    bdat.exchange.message->complete = true;
    message_.reset();
  }
  tell_answered();
}

// Exchange's properties of a message: so many octets, of no lines and no commands.
void Dialogue::begin_octets(const Command& command) {
  std::string_view argument = command.argument;
  const auto announced = parse_chunk(ascii::take_word(argument));
  chunk_left_ = announced ? announced->octets : 0;
  go(chunk_left_ > 0 ? Awaiting::octets_end : Awaiting::command);
}

std::size_t Dialogue::octets_step(const Octets& octets) {
  const auto used =
      static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, octets.bytes.size()));
  chunk_left_ -= used;
  if (chunk_left_ == 0) awaiting_ = Awaiting::command;
  return used;
}

void Dialogue::client_gap(const Gap& gap) {
  if (awaiting_ == Awaiting::first_octets) go(Awaiting::command);
  if (awaiting_ != Awaiting::tls_end && awaiting_ != Awaiting::tls_or_text)
    client_lost_some_ = true;
  if (is_held() && !try_to_unhold(std::nullopt)) {
    hold(gap);
    return;
  }
  switch (awaiting_) {
    case Awaiting::tls_or_text:
      // Nobody knows that STARTTLS was accepted.
      if (!tls_ || (!tls_->accept && tls_->mode == TlsFacts::Mode::starttls)) {
        client_lost_some_ = true;
        client_gap_in_commands(gap);
        return;
      }
      begin_tls(TlsFacts::Mode::starttls);
      [[fallthrough]];
    case Awaiting::tls_end:
      gap_in_tls(Side::client, gap);
      return;
    case Awaiting::data_or_command:
      begin_message();
      if (const Line* line = client_lines_.cut()) message_line(*line);
      [[fallthrough]];
    case Awaiting::message_end:
      message_->gap(gap);
      return;
    case Awaiting::chunk_end: {
      Gap inside = gap;
      inside.length = std::min(gap.length, chunk_left_);
      message_->gap(inside);
      chunk_left_ -= inside.length;
      if (chunk_left_ == 0) chunk_ended();
      if (gap.length > inside.length) {
        Gap behind = gap;
        behind.length = gap.length - inside.length;
        client_gap_in_commands(behind);
      }
      return;
    }
    case Awaiting::octets_end: {
      Gap behind = gap;
      behind.length -= std::min(gap.length, chunk_left_);
      chunk_left_ -= gap.length - behind.length;
      if (chunk_left_ == 0) awaiting_ = Awaiting::command;
      if (behind.length > 0) client_gap_in_commands(behind);
      return;
    }
    case Awaiting::auth_response:
      (void)client_lines_.cut();
      if (!waiting_.empty() && waiting_.back().exchange.auth)
        waiting_.back().exchange.auth->lines_lost = true;
      awaiting_ = Awaiting::auth_reply;
      return;
    case Awaiting::command:
    case Awaiting::auth_or_command:
    case Awaiting::surely_command:
      client_gap_in_commands(gap);
      return;
    case Awaiting::first_octets:
    case Awaiting::data_reply:
    case Awaiting::auth_reply:
    case Awaiting::octets_reply:
    case Awaiting::tls_reply:
    case Awaiting::which_end:
      break;
  }
  check(false, "a gap in held octets is held");
}

void Dialogue::client_gap_in_commands(const Gap& gap) {
  if (const Line* line = client_lines_.cut()) counts_.skipped_octets[0] += line->extent.size();
  if (is_synchronous(std::nullopt)) synchronise();
  server_told_at_line_ = server_told_;
  if (awaiting_ == Awaiting::message_end) {  // synchronising showed that a message was asked for
    message_->gap(gap);
    return;
  }
  hello_hidden_ = !hello_seen_;
  pairing_uncertain_after(waiting_.size());
  awaiting_ = Awaiting::surely_command;
  client_gap_end_ = gap.offset + gap.length;
}

void Dialogue::client_end(const End& end) {
  if (awaiting_ == Awaiting::first_octets) go(Awaiting::command);
  if (is_held() && !try_to_unhold(std::nullopt)) {
    hold(end);
    return;
  }
  if (const Line* line = client_lines_.cut(); line != nullptr && !line->text.empty()) {
    if (awaiting_ == Awaiting::command) {
      on_command(*line);
    } else if (awaiting_ == Awaiting::tls_end) {
      count_tls(Side::client, line->extent.size(), line->origin);
    } else {
      counts_.skipped_octets[0] += line->extent.size();
    }
  }
  ended_[0] = end.cause;
  if (ended_[1]) finish();
}

}  // namespace smtpscope::smtp
