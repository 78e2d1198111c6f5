#include "dissectors/smtp/dialogue.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/base/check.hpp"
#include "dissectors/smtp/auth.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t first_octets_kept = 64;
constexpr std::size_t early_replies_max = 64;

// A line that nobody takes for anything but text: no octet of it is a control character, or above
// 127.
bool is_plain(std::string_view line) noexcept {
  return std::ranges::all_of(line, [](char c) { return ascii::is_printable(c) || c == '\t'; });
}

Octets drop_front(Octets octets, std::size_t count) noexcept {
  octets.offset += count;
  octets.bytes = octets.bytes.subspan(count);
  return octets;
}

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

// Postfix ("521 5.5.2 ... bare <LF> received"), Sendmail ("421 4.5.0 Bare carriage return"), qmail
// ("451 See .../smtplf.html"): the server leaves, and took no end.
bool refuses_line_ends(const Reply& reply) noexcept {
  if (reply.code == 421 || reply.code == 521) return true;
  return reply.first_digit() >= 4 && std::ranges::any_of(reply.text, [](const std::string& line) {
           return ascii::contains_no_case(line, "bare ") || ascii::contains_no_case(line, "smtplf");
         });
}

std::size_t text_octets(const Exchange& exchange) noexcept {
  return exchange.command ? exchange.command->argument.size() : 0;
}

bool is_auth(Verb verb) noexcept { return verb == Verb::auth || verb == Verb::x_exps; }

// A lone dot before CR CRLF: who takes a CR alone for the end of a line reads an empty line behind
// it, and refuses that as no command. The command that follows is one that every server knows, so
// 500 cannot be its answer.
bool left_an_empty_line(const LooseEnd& loose, const Reply& next) noexcept {
  return loose.behind == Break::cr_crlf && next.code == 500;
}

void give_line_back(LooseEnd& loose, std::string& behind) {
  constexpr std::string_view line_end = "\r\n";
  loose.behind = Break::cr;
  loose.offset -= line_end.size();
  behind.insert(0, line_end);
}

}  // namespace

// ---- The table ----------------------------------------------------------------------------------
// After these commands the meaning of the client's next octets hangs on the reply. All others leave
// the client in `command`; BDAT's chunk follows it whatever the reply is (RFC 3030, 2).
struct Dialogue::Step {
  Verb verb;
  Awaiting held;   // until the reply is there
  Awaiting yes;    // 2xx
  Awaiting go_on;  // 3xx
  Awaiting no;     // 4xx, 5xx, and codes that are none
  Awaiting lost;   // there will be no reply, or the capture lost it
};

const Dialogue::Step Dialogue::steps[] = {
    {Verb::data, Awaiting::data_reply, Awaiting::data_or_command, Awaiting::message_end,
     Awaiting::command, Awaiting::data_or_command},
    {Verb::starttls, Awaiting::tls_reply, Awaiting::tls_or_text, Awaiting::command,
     Awaiting::command, Awaiting::tls_or_text},
    {Verb::x_anonymoustls, Awaiting::tls_reply, Awaiting::tls_or_text, Awaiting::command,
     Awaiting::command, Awaiting::tls_or_text},
    {Verb::auth, Awaiting::auth_reply, Awaiting::command, Awaiting::auth_response,
     Awaiting::command, Awaiting::auth_or_command},
    {Verb::xexch50, Awaiting::octets_reply, Awaiting::command, Awaiting::octets_end,
     Awaiting::command, Awaiting::surely_command},
    {Verb::x_exps, Awaiting::auth_reply, Awaiting::command, Awaiting::auth_response,
     Awaiting::command, Awaiting::auth_or_command},
};

const Dialogue::Step* Dialogue::step_of(Verb verb) noexcept {
  const auto* found = std::ranges::find(steps, verb, &Step::verb);
  return found == std::end(steps) ? nullptr : found;
}

Dialogue::Awaiting Dialogue::without_reply(Awaiting held) noexcept {
  const auto* found = std::ranges::find(steps, held, &Step::held);
  return found == std::end(steps) ? Awaiting::command : found->lost;
}

bool Dialogue::is_held() const noexcept {
  return awaiting_ == Awaiting::data_reply || awaiting_ == Awaiting::auth_reply ||
         awaiting_ == Awaiting::octets_reply || awaiting_ == Awaiting::tls_reply ||
         awaiting_ == Awaiting::which_end;
}

void Dialogue::go(Awaiting next) {
  if (awaiting_ == Awaiting::which_end) drop_earlier_end();
  awaiting_ = next;
  if (next == Awaiting::message_end) begin_message();
  if (!is_held()) release();
}

// ---- In and out ---------------------------------------------------------------------------------
Dialogue::Dialogue(Start start, DialogueLimits limits)
    : limits_(limits), client_lines_(limits.line_octets), server_lines_(limits.line_octets) {
  if (start == Start::connection) {
    Exchange greeting;
    greeting.kind = ExchangeKind::greeting;
    waiting_.push_back({std::move(greeting)});
  } else {
    awaiting_ = Awaiting::surely_command;
    server_after_gap_ = true;
    hello_hidden_ = true;
    pairing_uncertain_after(0);
  }
}

void Dialogue::take(Side side, const StreamEvent& event) {
  const bool client = side == Side::client;
  given_ = {};
  if (const auto* octets = std::get_if<Octets>(&event)) {
    given_ = octets->bytes;
    client ? client_octets(*octets) : server_octets(*octets);
  } else if (const auto* gap = std::get_if<Gap>(&event)) {
    client ? client_gap(*gap) : server_gap(*gap);
  } else if (const auto* end = std::get_if<End>(&event)) {
    client ? client_end(*end) : server_end(*end);
  }
}

std::optional<Exchange> Dialogue::next() {
  if (told_.empty()) return std::nullopt;
  std::optional<Exchange> exchange(std::move(told_.front()));
  told_.pop_front();
  return exchange;
}

const Message* Dialogue::open_message() const noexcept {
  return message_ ? &message_->message() : nullptr;
}

// Octets that were held come twice, and what stands behind a gap is not the beginning: only what
// joins on counts.
void Dialogue::note_first(Side side, const Octets& octets) {
  std::string& first = first_octets_[static_cast<std::size_t>(side)];
  if (first.size() >= first_octets_kept || octets.offset != first.size()) return;
  first.append(as_text(octets.bytes).substr(0, first_octets_kept - first.size()));
}

// ---- The client's side --------------------------------------------------------------------------
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
    octets = drop_front(octets, client_step(octets));
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
  dot.name = ".";
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

// ---- Holding ------------------------------------------------------------------------------------
void Dialogue::hold(HeldEvent event) {
  if (const auto* octets = std::get_if<HeldOctets>(&event)) held_octets_ += octets->bytes.size();
  if (releasing_) {
    held_.push_front(std::move(event));
    return;
  }
  held_.push_back(std::move(event));
  if (held_octets_ > limits_.held_octets || held_.size() > limits_.held_pieces) {
    ++counts_.limits_reached;
    go(without_reply(awaiting_));
  }
}

void Dialogue::give_up_held() {
  if (message_) message_->give_up_held();
  if (held_.empty() || !is_held()) return;
  ++counts_.limits_reached;
  go(without_reply(awaiting_));
}

// The reply that is waited for lies in a gap, or will never come: what the client sends next tells.
bool Dialogue::try_to_unhold(std::optional<StreamOffset> client_saw) {
  if (is_synchronous(client_saw)) synchronise();
  if (awaiting_ == Awaiting::which_end) {
    if (!ended_[1]) return false;
    drop_earlier_end();
  }
  if (is_held()) {
    const bool lost = waiting_.empty() || waiting_.back().answered || ended_[1].has_value();
    if (!lost) return false;
    awaiting_ = without_reply(awaiting_);
  }
  release();  // what was held comes first, and may have to wait again
  return !is_held();
}

void Dialogue::release() {
  if (releasing_) return;
  releasing_ = true;
  while (!held_.empty() && !is_held()) {
    auto event = std::move(held_.front());
    held_.pop_front();
    if (auto* octets = std::get_if<HeldOctets>(&event)) {
      held_octets_ -= octets->bytes.size();
      client_octets({octets->offset, octets->bytes, octets->origin, octets->peer_acknowledged});
    } else if (auto* gap = std::get_if<Gap>(&event)) {
      client_gap(*gap);
    } else if (auto* end = std::get_if<End>(&event)) {
      client_end(*end);
    }
  }
  releasing_ = false;
}

// ---- The server's side --------------------------------------------------------------------------
void Dialogue::server_octets(Octets octets) {
  note_first(Side::server, octets);
  server_told_ = octets.offset + octets.bytes.size();
  if (octets.offset == 0 && begins_tls(octets.bytes.front()) && !tls_) server_begins_with_tls();
  while (!octets.bytes.empty()) {
    if (!server_in_tls_ && !is_decrypted() && server_lines_.empty())
      look_for_tls_of_server(octets.bytes);
    if (server_in_tls_) {
      octets = drop_front(octets, server_tls_step(octets));
      continue;
    }
    const LineReader::Taken taken = server_lines_.take(octets);
    octets = drop_front(octets, taken.octets);
    if (taken.line != nullptr) server_line(*taken.line);
  }
}

// At the beginning of a line: is it one, or a record of TLS?
void Dialogue::look_for_tls_of_server(Bytes octets) {
  const bool is_due = std::exchange(server_tls_or_text_, false);
  const bool begins = (tls_ && begins_tls(octets.front())) || (is_due && octets.front() >= 0x80);
  const bool behind_gap = !begins && server_after_gap_ && begins_tls_record(octets);
  if (!begins && !behind_gap) return;
  server_in_tls_ = true;
  records_[1] = {};
  if (behind_gap) records_[1].lose();
  if (!tls_) tls_.emplace().stayed_clear = behind_gap && client_stayed_clear_;
  tls_->clear_again[1].reset();
}

void Dialogue::server_line(const Line& line) {
  if (server_after_gap_ && !looks_like_reply(line.text)) {
    counts_.skipped_octets[1] += line.extent.size();
    return;
  }
  // Where the client asked for something since, the line is the first of its answer.
  if (server_after_gap_ && !cut_reply_ && commands_ == commands_at_gap_)
    headless_at_ = line.extent.begin;
  server_after_gap_ = false;
  auto reply = replies_.take(line, more_than_one_due(line) ? ReplyReader::OtherCode::another_reply
                                                           : ReplyReader::OtherCode::same_reply);
  if (auto unfinished = replies_.take_unfinished()) on_reply(std::move(*unfinished));
  if (reply) on_reply(std::move(*reply));
}

// Does a second command wait for its reply that the server had when it sent this line? Beside a gap
// it may.
bool Dialogue::more_than_one_due(const Line& line) const noexcept {
  if (certain_) return true;
  std::size_t due = 0;
  for (const Waiting& waiting : waiting_) {
    if (waiting.answered) continue;
    const bool had = !waiting.exchange.command || !line.peer_acknowledged ||
                     waiting.exchange.command->extent.end <= *line.peer_acknowledged;
    if (!had || ++due == 2) break;
  }
  return due == 2;
}

void Dialogue::on_reply(Reply reply) {
  if (cut_reply_) {
    // The lines of one reply carry one code: with the same code, these are its other lines.
    if (cut_reply_->code == reply.code) {
      Reply whole = std::move(*std::exchange(cut_reply_, {}));
      whole.text.insert(whole.text.end(), reply.text.begin(), reply.text.end());
      whole.extent.end = reply.extent.end;
      whole.origin = reply.origin;
      whole.peer_acknowledged = reply.peer_acknowledged;
      pair(std::move(whole));
      return;
    }
    flush_cut_reply();
  }
  pair(std::move(reply));
}

void Dialogue::flush_cut_reply() {
  if (auto reply = std::exchange(cut_reply_, {})) pair(std::move(*reply));
}

void Dialogue::server_gap(const Gap& gap) {
  server_told_ = gap.offset + gap.length;
  if (server_tls_or_text_) server_in_tls_ = awaiting_ == Awaiting::tls_end;
  if (server_in_tls_) {
    gap_in_tls(Side::server, gap);
    return;
  }
  server_lost_some_ = true;
  commands_at_gap_ = commands_;
  flush_cut_reply();
  // The replies cannot be counted any more.
  if (awaiting_ == Awaiting::which_end) go(Awaiting::command);
  std::optional<Reply> open;
  if (const Line* line = server_lines_.cut(); line != nullptr && looks_like_reply(line->text)) {
    open = replies_.take(*line);
    if (open) open->flaws.push_back(ReplyFlaw::cut_short);
  }
  if (!open) open = replies_.cut();
  // The reply that was cut answers the first command in the queue; of all others nothing is known.
  const bool has_code = open && !open->text.empty();
  pairing_uncertain_after(has_code && !certain_ ? 1 : 0);
  if (has_code) cut_reply_ = std::move(*open);
  server_after_gap_ = true;
}

void Dialogue::server_end(const End& end) {
  if (const Line* line = server_lines_.cut(); line != nullptr) {
    if (server_in_tls_) {
      count_tls(Side::server, line->extent.size(), line->origin);
    } else if (looks_like_reply(line->text)) {
      if (auto reply = replies_.take(*line)) {
        reply->flaws.push_back(ReplyFlaw::cut_short);
        on_reply(std::move(*reply));
      }
    } else {
      counts_.skipped_octets[1] += line->extent.size();
    }
  }
  if (auto reply = replies_.cut()) {
    if (reply->text.empty()) {
      stray_text_ = std::move(*reply);
    } else {
      on_reply(std::move(*reply));
    }
  }
  flush_cut_reply();
  ended_[1] = end.cause;
  if (certain_) synchronise();
  if (is_held() && try_to_unhold(std::nullopt)) release();
  if (ended_[0]) finish();
}

// ---- Pairing ------------------------------------------------------------------------------------
void Dialogue::add_waiting(Exchange exchange) {
  ++commands_;
  exchange.encrypted = is_decrypted();
  const std::size_t octets = text_octets(exchange);
  while (!waiting_.empty() && (waiting_.size() >= limits_.waiting_exchanges ||
                               waiting_octets_ + octets > limits_.waiting_octets)) {
    ++counts_.limits_reached;
    waiting_.front().exchange.unanswered = Unanswered::never;
    waiting_.front().answered = true;
    waiting_.front().body_open = false;
    waiting_.front().final = true;
    waiting_.front().earlier.reset();
    tell_answered();
  }
  waiting_octets_ += octets;
  waiting_.push_back({std::move(exchange)});
  tell_answered();  // what could have got more replies does not any more
}

Dialogue::Waiting* Dialogue::next_to_answer() noexcept {
  const auto found = std::ranges::find_if(waiting_, [](const Waiting& w) { return !w.answered; });
  return found == waiting_.end() ? nullptr : &*found;
}

void Dialogue::pair(Reply reply) {
  if (certain_ && *certain_ == 0) {
    // A greeting of a connection that began before the capture, as it looks.
    if (reply.extent.begin == 0 && reply.code == 220 && waiting_.empty() &&
        first_octets_[0].empty()) {
      tell_unpaired(std::move(reply), ExchangeKind::greeting);
      return;
    }
    if (unpaired_.size() < limits_.waiting_exchanges) unpaired_.push_back(std::move(reply));
    return;
  }
  if (awaiting_ == Awaiting::which_end && waiting_.back().answered) {
    if (shows_earlier_end(reply)) {
      EarlierEnd& earlier = *waiting_.back().earlier;
      if (left_an_empty_line(earlier.loose, reply)) give_line_back(earlier.loose, earlier.behind);
      take_earlier_end();
    } else {
      go(Awaiting::command);
    }
  }
  Waiting* waiting = next_to_answer();
  if (answers_header(waiting, reply)) waiting = nullptr;
  const bool too_early = waiting != nullptr && waiting->exchange.command &&
                         reply.peer_acknowledged &&
                         *reply.peer_acknowledged < waiting->exchange.command->extent.end;
  if (waiting == nullptr || too_early) {
    if (reply_ends_message(reply)) {
      if (certain_ && *certain_ == 0) {  // and nobody knows how many replies it gets
        unpaired_.push_back(std::move(reply));
        return;
      }
      waiting = next_to_answer();  // nullptr again if an early reply answered it
    } else if (awaiting_ == Awaiting::message_end && early_.size() < early_replies_max) {
      early_.push_back(std::move(reply));
      return;
    } else {
      waiting = nullptr;
    }
  }
  const bool goodbye = reply.code == 421 || reply.code == 221;
  if (waiting == nullptr && !waiting_.empty() && may_get_more_replies(waiting_.back())) {
    if (!goodbye) {
      lmtp_ = true;  // only there a message has more than one
      waiting_.back().exchange.replies.push_back(std::move(reply));
      return;
    }
    waiting_.back().final = true;
    tell_answered();
    pair(std::move(reply));
    return;
  }
  if (waiting == nullptr) {
    tell_unpaired(std::move(reply), ExchangeKind::unsolicited);
    return;
  }
  answer(*waiting, std::move(reply));
}

bool Dialogue::answers_header(const Waiting* waiting, const Reply& reply) noexcept {
  if (!header_in_front_ || waiting == nullptr || waiting->exchange.kind != ExchangeKind::command)
    return false;
  header_in_front_ = false;
  return reply.code >= 500 && reply.code <= 503;
}

// Inside a message with a gap, or behind something that some servers take for the end: a reply says
// that the message had ended. Unless it complains about just that.
bool Dialogue::reply_ends_message(const Reply& reply) {
  if (awaiting_ != Awaiting::message_end || !message_) return false;
  if (message_->message().missing > 0 || message_->message().not_shown) {
    end_message(std::nullopt);
    return true;
  }
  if (message_->loose_end() == nullptr || refuses_line_ends(reply)) return false;
  const LooseEnd loose = *message_->loose_end();
  const std::string behind(message_->behind(loose));
  end_at(loose, message_->message());
  end_message(dot_of(loose));
  // What was read as text behind it are commands.
  client_octets({loose.offset, as_bytes(behind), loose.origin, loose.peer_acknowledged});
  return true;
}

std::size_t Dialogue::replies_due(const Exchange& exchange) const noexcept {
  if (!ends_message(exchange)) return 1;
  // Where the number of recipients is not known, synchronise() gives it all that it can have.
  const std::size_t recipients = recipients_uncertain_ ? 0 : accepted_recipients_;
  if (exchange.replies.front().code == 353) return recipients + 2;  // PRDR: and a last one for all
  return lmtp_ ? std::max<std::size_t>(1, recipients) : 1;
}

// A recipient may lie in a gap, and each is answered for: nobody knows how many replies this
// command gets.
void Dialogue::replies_uncertain_from_last() {
  if (lmtp_ && recipients_uncertain_) pairing_uncertain_after(waiting_.size() - 1);
}

// The end of a message that has its reply, in what may be LMTP.
bool Dialogue::may_get_more_replies(const Waiting& waiting) const noexcept {
  const bool ended = ended_[0] && ended_[1];
  return hello_hidden_ && !ended && !waiting.final && waiting_.size() == 1 && waiting.answered &&
         !waiting.exchange.replies.empty() && waiting.exchange.replies.back().first_digit() != 3 &&
         ends_message(waiting.exchange);
}

void Dialogue::answer(Waiting& waiting, Reply reply) {
  if (waiting.exchange.auth && reply.first_digit() == 3) {
    answer_auth(waiting, std::move(reply));
    return;
  }
  if (awaiting_ == Awaiting::octets_reply && &waiting == &waiting_.back() && reply.code == 354) {
    const Command command = *waiting.exchange.command;
    waiting.exchange.replies.push_back(std::move(reply));  // and one more when it has the octets
    return begin_octets(command);
  }
  note_acceptance(waiting, reply);
  if (waiting.body_open) waiting.exchange.early_reply = true;
  const Origin origin = reply.origin;
  const StreamOffset end = reply.extent.end;
  const unsigned digit = reply.first_digit();
  const bool goodbye = reply.code == 421;
  const bool last_in_line = &waiting == &waiting_.back();
  const Verb verb = waiting.exchange.command ? waiting.exchange.command->verb : Verb::unknown;
  const bool of_several_lines = reply.text.size() > 1 || is_hello(verb);
  if (reply.extent.begin == headless_at_ && of_several_lines && !reply.has(ReplyFlaw::cut_short)) {
    reply.flaws.push_back(ReplyFlaw::cut_short);
  }
  // Not understood, and its beginning may lie in the gap: then it is no such command.
  if (waiting.headless && reply.code >= 500 && reply.code <= 502)
    waiting.exchange.around_gap = true;
  waiting.exchange.replies.push_back(std::move(reply));
  if (!goodbye && waiting.exchange.replies.size() < replies_due(waiting.exchange)) {
    if (recipients_uncertain_) pairing_uncertain_after(0);
    return;
  }
  waiting.answered = true;
  if (waiting.exchange.kind == ExchangeKind::end_of_data) {
    accepted_recipients_ = 0;
    recipients_uncertain_ = false;
  }

  const Step* step = step_of(verb);
  if (step != nullptr && last_in_line && awaiting_ == step->held) {
    Awaiting next = digit == 2 ? step->yes : digit == 3 ? step->go_on : step->no;
    // No TLS inside TLS.
    if (next == Awaiting::tls_or_text && is_decrypted()) next = Awaiting::command;
    if (next == Awaiting::tls_or_text) {
      tls_.emplace();
      tls_->command = waiting.exchange.command->origin;
      tls_->accept = origin;
      tls_->accept_end = end;
      server_tls_or_text_ = true;
    }
    tell_answered();
    go(next);
    return;
  }
  tell_answered();
}

void Dialogue::answer_auth(Waiting& waiting, Reply reply) {
  AuthExchange& auth = *waiting.exchange.auth;
  if (auth.challenges.size() < limits_.auth_lines) auth.challenges.push_back(std::move(reply));
  if (awaiting_ == Awaiting::auth_reply) go(Awaiting::auth_response);
}

void Dialogue::note_acceptance(const Waiting& waiting, const Reply& reply) {
  if (!waiting.exchange.command || reply.first_digit() != 2) return;
  const Verb verb = waiting.exchange.command->verb;
  if (verb == Verb::rcpt) ++accepted_recipients_;
  if (verb == Verb::mail || verb == Verb::rset || verb == Verb::ehlo || verb == Verb::helo ||
      verb == Verb::lhlo) {
    accepted_recipients_ = 0;
    if (!waiting.exchange.around_gap) recipients_uncertain_ = false;
  }
}

void Dialogue::tell_answered() {
  while (!waiting_.empty() && waiting_.front().answered && !waiting_.front().body_open &&
         !waiting_.front().earlier && !may_get_more_replies(waiting_.front())) {
    waiting_octets_ -= text_octets(waiting_.front().exchange);
    // A greeting that never came is a fact about the connection, not an exchange.
    Exchange& exchange = waiting_.front().exchange;
    if (exchange.kind != ExchangeKind::greeting || !exchange.replies.empty()) {
      told_.push_back(std::move(exchange));
    }
    waiting_.pop_front();
    if (certain_ && *certain_ > 0) --*certain_;
  }
  // Both are in step.
  if (waiting_.empty() && !certain_) client_lost_some_ = server_lost_some_ = false;
}

void Dialogue::tell_unpaired(Reply reply, ExchangeKind kind) {
  Exchange exchange;
  exchange.kind = kind;
  exchange.in_data = awaiting_ == Awaiting::message_end;
  // It may have waited since before.
  exchange.encrypted = is_decrypted() && reply.origin.frame > tls_->first->frame;
  exchange.replies.push_back(std::move(reply));
  told_.push_back(std::move(exchange));
}

void Dialogue::pairing_uncertain_after(std::size_t certain) {
  certain_ = certain_ ? std::min(*certain_, certain) : certain;
  // Where nothing but a message waits, its recipients are known.
  const bool only_messages = std::ranges::all_of(waiting_, [](const Waiting& waiting) {
    return waiting.answered || ends_message(waiting.exchange);
  });
  if (waiting_.empty() || !only_messages) recipients_uncertain_ = true;
}

// Has the client, when it sent this, seen all that the server said, and has the server said
// something since the client's last line? Then every command so far has been answered, or never
// will be.
bool Dialogue::is_synchronous(std::optional<StreamOffset> client_saw) const noexcept {
  if (!certain_ || server_told_ == server_told_at_line_) return false;
  return !client_saw || *client_saw >= server_told_;
}

// Pairs what a gap left open: from the right, since the last reply answers the last command.
void Dialogue::synchronise() {
  flush_cut_reply();
  certain_.reset();
  std::list<Reply> replies = std::exchange(unpaired_, {});
  // A 421 may come unasked: where replies are lost, nobody knows that it answers something.
  std::optional<Reply> farewell;
  if (server_lost_some_ && !replies.empty() && replies.back().code == 421) {
    farewell = std::move(replies.back());
    replies.pop_back();
  }
  const bool server_lost = server_lost_some_;
  std::list<Reply> behind = take_behind_go_ahead(replies);
  const auto open =
      static_cast<std::size_t>(std::ranges::count(waiting_, false, &Waiting::answered));
  // More replies than commands, and none of those is lost: commands were read as something else.
  const bool misread =
      !client_lost_some_ && server_lost_some_ && replies.size() > open && !recipients_uncertain_;
  const bool both_lost = client_lost_some_ && server_lost_some_;
  client_lost_some_ = server_lost_some_ = false;
  for (Waiting& waiting : waiting_) {
    if (waiting.answered) continue;
    waiting.exchange.around_gap = true;
    waiting.exchange.doubtful = both_lost || misread;
  }
  mark_lost(open - std::min(open, replies.size()));
  tell_answered();
  bool go_ahead = false;  // DATA itself is lost, its 354 is not: the client is sending a message
  for (std::size_t extra = replies.size() - std::min(open, replies.size()); extra > 0; --extra) {
    // A reply behind it answers the whole message.
    go_ahead = replies.front().code == 354 && replies.size() == 1;
    tell_extra(std::move(replies.front()));
    replies.pop_front();
  }
  if (go_ahead && awaiting_ == Awaiting::surely_command) {
    (void)client_lines_.cut();
    begin_message();
  }
  for (Reply& reply : replies) {
    reply.peer_acknowledged.reset();  // the alignment is by order
    pair(std::move(reply));
  }
  if (server_lost) close_short_answers();
  for (Reply& reply : behind) pair(std::move(reply));
  if (!farewell) return;
  tell_unpaired(std::move(*farewell), ExchangeKind::unsolicited);
  told_.back().around_gap = true;
}

// A 354 answers DATA, and DATA is the last command that was read, since what follows is held for
// its reply: the replies behind the 354 answer that.
std::list<Reply> Dialogue::take_behind_go_ahead(std::list<Reply>& replies) const {
  if (awaiting_ != Awaiting::data_reply || waiting_.empty() || waiting_.back().answered) return {};
  auto go_ahead = std::ranges::find(replies, 354, &Reply::code);
  if (go_ahead == replies.end()) return {};
  // Another message may lie in the client's gap: the newest one counts.
  for (auto later = go_ahead; client_lost_some_ && later != replies.end(); ++later) {
    if (later->code == 354) go_ahead = later;
  }
  std::list<Reply> behind;
  behind.splice(behind.end(), replies, std::next(go_ahead), replies.end());
  return behind;
}

// Messages that did not get as many replies as there are recipients: the others are in the gap.
void Dialogue::close_short_answers() {
  for (Waiting& waiting : waiting_) {
    if (waiting.answered || waiting.exchange.replies.empty() || !ends_message(waiting.exchange))
      continue;
    waiting.exchange.unanswered = Unanswered::lost_in_gap;
    waiting.answered = true;
  }
  tell_answered();
}

// The replies to the first `lost` of the commands that wait are lost.
void Dialogue::mark_lost(std::size_t lost) {
  for (Waiting& waiting : waiting_) {
    if (lost == 0) return;
    if (waiting.answered) continue;
    --lost;
    if (waiting.exchange.auth && awaiting_ == Awaiting::auth_reply &&
        &waiting == &waiting_.back()) {
      auth_reply_lost_ = true;  // a challenge, or the last one
      awaiting_ = Awaiting::auth_or_command;
      return;
    }
    if (awaiting_ == Awaiting::data_reply && &waiting == &waiting_.back()) go_ahead_lost_ = true;
    waiting.exchange.unanswered = Unanswered::lost_in_gap;
    waiting.answered = true;
  }
}

// A reply beyond those that the commands in the capture can have: one more for the recipients of a
// message, or that of a lost command.
void Dialogue::tell_extra(Reply reply) {
  Waiting* waiting = next_to_answer();
  const bool for_recipient = waiting != nullptr && recipients_uncertain_ &&
                             ends_message(waiting->exchange) &&
                             (lmtp_ || !waiting->exchange.replies.empty());
  if (for_recipient) {
    waiting->exchange.replies.push_back(std::move(reply));
  } else {
    tell_unpaired(std::move(reply), ExchangeKind::lost_command);
  }
}

// A new command behind a lost reply to AUTH: that was its last one.
void Dialogue::close_lost_auth() {
  if (!std::exchange(auth_reply_lost_, false) || waiting_.empty() || waiting_.back().answered)
    return;
  waiting_.back().exchange.unanswered = Unanswered::lost_in_gap;
  waiting_.back().answered = true;
  tell_answered();
}

Unanswered Dialogue::why_unanswered() const noexcept {
  return ended_[1] == EndCause::capture_end || ended_[1] == EndCause::idle ? Unanswered::capture_end
                                                                           : Unanswered::never;
}

void Dialogue::finish() {
  if (certain_) synchronise();
  close_lost_auth();
  for (Waiting& waiting : waiting_) {
    if (!waiting.answered) {
      waiting.exchange.unanswered = why_unanswered();
      if (waiting.go_ahead_lost) waiting.exchange.around_gap = true;
    }
    waiting.answered = true;
    if (waiting.body_open && message_) waiting.exchange.message = message_->message();
    waiting.body_open = false;
    waiting.earlier.reset();
  }
  tell_answered();
  for (Reply& reply : std::exchange(early_, {}))
    tell_unpaired(std::move(reply), ExchangeKind::unsolicited);
}

// ---- TLS ----------------------------------------------------------------------------------------
void Dialogue::begin_tls(TlsFacts::Mode mode) {
  if (!tls_) {
    tls_.emplace();
    tls_->mode = mode;
  }
  tls_->stayed_clear = false;  // what was said in clear only stood in front of it
  if (const Line* line = client_lines_.cut()) counts_.skipped_octets[0] += line->extent.size();
  tls_->clear_again[0].reset();
  records_[0] = {};
  if (awaiting_ == Awaiting::surely_command) records_[0].lose();  // it may have begun before
  awaiting_ = Awaiting::tls_end;
  if (!server_in_tls_) server_tls_or_text_ = true;
  release();
}

// The client may have begun in clear all the same: then this is an alert that says so.
void Dialogue::server_begins_with_tls() {
  const Bytes first = as_bytes(first_octets_[0]);
  const bool is_text = !first.empty() && first.front() < 0x80 && !may_begin_tls_record(first);
  const bool client_is_clear = is_text && awaiting_ != Awaiting::surely_command;
  if (!client_is_clear && awaiting_ != Awaiting::first_octets)
    return begin_tls(TlsFacts::Mode::implicit);
  tls_.emplace();
  tls_->mode = TlsFacts::Mode::implicit;
  tls_->stayed_clear = client_is_clear;
  server_tls_or_text_ = true;
  if (!client_is_clear) go(Awaiting::tls_or_text);
}

// Both sides went over to TLS together, so nothing is half read; a greeting that is still due comes
// inside.
void Dialogue::begin_decrypted(TlsFacts::Mode mode, Origin origin) {
  if (!tls_) {
    tls_.emplace();
    tls_->mode = mode;
  }
  tls_->stayed_clear = false;
  tls_->decrypted = true;
  if (!tls_->first) tls_->first = origin;
  server_tls_or_text_ = server_in_tls_ = false;
  (void)client_lines_.cut();
  (void)server_lines_.cut();
  for (Waiting& waiting : waiting_) {
    if (waiting.exchange.kind == ExchangeKind::greeting) waiting.exchange.encrypted = true;
  }
  if (awaiting_ == Awaiting::first_octets || awaiting_ == Awaiting::tls_reply ||
      awaiting_ == Awaiting::tls_or_text || awaiting_ == Awaiting::tls_end) {
    go(Awaiting::command);
  }
}

void Dialogue::describe_tls(const TlsFacts& told) {
  if (!tls_) return;
  tls_->version = told.version;
  tls_->cipher = told.cipher;
  tls_->subject = told.subject;
  tls_->issuer = told.issuer;
}

// What is no record behind a whole one is a line of text, if anything (an alert, and then "454 TLS
// not available"): the line reader has it until its end tells. What is no such line is TLS that
// cannot be followed any more.
std::size_t Dialogue::client_tls_step(const Octets& octets) {
  if (client_lines_.empty()) {
    const std::uint64_t data_before = records_[0].data_records();
    if (const std::size_t used = records_[0].take(octets.bytes); used > 0) {
      count_tls(Side::client, used, octets.origin);
      tell_tls(Side::client, octets, used);
      tls_->client_data_records += records_[0].data_records() - data_before;
      return used;
    }
    if (!ascii::is_alpha(as_text(octets.bytes).front())) {
      records_[0].lose();
      return 0;
    }
  }
  const LineReader::Taken taken = client_lines_.take(octets);
  if (taken.line == nullptr) return taken.octets;
  if (is_surely_command(taken.line->text) && is_plain(taken.line->text)) {
    clear_again(Side::client, *taken.line);
    awaiting_ = Awaiting::command;
    on_line(*taken.line);
  } else {
    count_tls(Side::client, taken.line->extent.size(), taken.line->origin);
    records_[0].lose();
  }
  return taken.octets;
}

std::size_t Dialogue::server_tls_step(const Octets& octets) {
  if (server_lines_.empty()) {
    if (const std::size_t used = records_[1].take(octets.bytes); used > 0) {
      count_tls(Side::server, used, octets.origin);
      tell_tls(Side::server, octets, used);
      return used;
    }
    if (!ascii::is_digit(as_text(octets.bytes).front())) {
      records_[1].lose();
      return 0;
    }
  }
  const LineReader::Taken taken = server_lines_.take(octets);
  if (taken.line == nullptr) return taken.octets;
  if (looks_like_reply(taken.line->text) && is_plain(taken.line->text)) {
    clear_again(Side::server, *taken.line);
    server_in_tls_ = false;
    server_line(*taken.line);
  } else {
    count_tls(Side::server, taken.line->extent.size(), taken.line->origin);
    records_[1].lose();
  }
  return taken.octets;
}

void Dialogue::clear_again(Side side, const Line& line) {
  tls_->clear_again[index_of(side)] = ClearAgain{line.begun, records_[index_of(side)].last_type()};
}

void Dialogue::gap_in_tls(Side side, const Gap& gap) {
  TlsRecords& records = records_[index_of(side)];
  if (const Line* line = (side == Side::client ? client_lines_ : server_lines_).cut()) {
    count_tls(side, line->extent.size(), line->origin);
    records.lose();
  }
  count_tls(side, gap.length, gap.origin);
  records.gap(gap.length);
  tls_pieces_.push_back({side, gap});
}

// What had waited for a reply lives in here, and not for long: of that the piece has its own.
void Dialogue::tell_tls(Side side, const Octets& octets, std::size_t used) {
  Octets piece = octets;
  piece.bytes = octets.bytes.first(used);
  const std::less_equal<const std::uint8_t*> before;
  const bool is_given = !given_.empty() && before(given_.data(), piece.bytes.data()) &&
                        before(piece.bytes.data() + used, given_.data() + given_.size());
  if (is_given) {
    tls_pieces_.push_back({side, piece});
    return;
  }
  std::vector<std::uint8_t> kept(piece.bytes.begin(), piece.bytes.end());
  piece.bytes = kept;
  tls_pieces_.push_back({side, piece, std::move(kept)});
}

void Dialogue::count_tls(Side side, std::uint64_t octets, Origin origin) {
  (side == Side::client ? tls_->client_octets : tls_->server_octets) += octets;
  if (origin.frame == 0) return;
  if (!tls_->first || origin.frame < tls_->first->frame) tls_->first = origin;
  if (tls_->last.frame == 0 || origin.frame > tls_->last.frame) tls_->last = origin;
}

}  // namespace smtpscope::smtp
