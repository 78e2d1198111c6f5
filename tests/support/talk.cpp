#include "tests/support/talk.hpp"

namespace smtpscope::test {
namespace {

std::string name_of(const smtp::Exchange& exchange) {
  switch (exchange.kind) {
    case smtp::ExchangeKind::greeting:
      return "greeting";
    case smtp::ExchangeKind::unsolicited:
      return exchange.in_data ? "!data" : "!";
    case smtp::ExchangeKind::lost_command:
      return "?";
    case smtp::ExchangeKind::end_of_data:
      if (!exchange.command) return "(.)";
      break;
    case smtp::ExchangeKind::command:
      break;
  }
  std::string name = exchange.command->name;
  if (exchange.auth) {
    name += '(' + exchange.auth->mechanism + ',' + exchange.auth->user + ',' +
            std::to_string(exchange.auth->steps) + ')';
  }
  return name;
}

std::string answer_of(const smtp::Exchange& exchange) {
  if (exchange.replies.empty()) {
    switch (exchange.unanswered) {
      case smtp::Unanswered::never:
        return "-";
      case smtp::Unanswered::lost_in_gap:
        return "lost";
      case smtp::Unanswered::capture_end:
        return "open";
      case smtp::Unanswered::no:
        return "??";
    }
  }
  std::string answer;
  for (const smtp::Reply& reply : exchange.replies) {
    if (!answer.empty()) answer += '+';
    answer += std::to_string(reply.code);
  }
  return answer;
}

}  // namespace

std::string summary_of(const std::vector<smtp::Exchange>& exchanges) {
  std::string out;
  for (const smtp::Exchange& exchange : exchanges) {
    if (!out.empty()) out += ' ';
    out += name_of(exchange) + '=' + answer_of(exchange);
  }
  return out;
}

Talk::Talk(smtp::Start start, smtp::DialogueLimits limits) : dialogue_(start, limits) {}

Talk& Talk::take(Side side, const StreamEvent& event) {
  dialogue_.take(side, event);
  while (auto exchange = dialogue_.next()) exchanges_.push_back(std::move(*exchange));
  return *this;
}

Talk& Talk::say(Side side, std::string_view octets, StreamOffset unseen) {
  const auto own = static_cast<std::size_t>(side);
  ++frame_;
  const Octets event{offsets_[own], as_bytes(octets),
                     Origin{frame_, Timestamp{Nanoseconds{frame_ * 1000}}},
                     offsets_[1 - own] - unseen};
  offsets_[own] += octets.size();
  return take(side, event);
}

Talk& Talk::gap(Side side, std::uint64_t length) {
  const auto own = static_cast<std::size_t>(side);
  ++frame_;
  const Gap event{offsets_[own], length, GapCause::acknowledged,
                  Origin{frame_, Timestamp{Nanoseconds{frame_ * 1000}}}};
  offsets_[own] += length;
  return take(side, event);
}

Talk& Talk::end(Side side, EndCause cause) {
  ++frame_;
  return take(side, End{offsets_[static_cast<std::size_t>(side)], cause,
                        Origin{frame_, Timestamp{Nanoseconds{frame_ * 1000}}}});
}

}  // namespace smtpscope::test
