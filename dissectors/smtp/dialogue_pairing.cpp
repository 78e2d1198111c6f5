// The dialogue: which reply answers which command, and what can be said of it beside a gap.
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/auth.hpp"
#include "dissectors/smtp/dialogue.hpp"
#include "dissectors/smtp/dialogue_step.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t early_replies_max = 64;

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

}  // namespace smtpscope::smtp
