#include "dissectors/smtp/dialogue.hpp"

#include "dissectors/smtp/dialogue_step.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t first_octets_kept = 64;

}  // namespace

// ---- The table ----------------------------------------------------------------------------------
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

}  // namespace smtpscope::smtp
