#include "analyzer/session/builder.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::session {
namespace {

using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

constexpr std::size_t index_of(Side side) noexcept { return static_cast<std::size_t>(side); }

// The first word of EHLO's argument: what follows it is a comment or an error.
std::string name_in(const std::string& argument) {
  const std::string_view name = ascii::trim(argument);
  return std::string(name.substr(0, std::min(name.find_first_of(" \t"), name.size())));
}

}  // namespace

Builder::Builder(std::shared_ptr<const std::vector<std::string>> files, smtp::Start start, smtp::DialogueLimits limits)
    : dialogue_(start, limits) {
  session_.files = std::move(files);
}

void Builder::take(Side side, const StreamEvent& event) {
  if (const auto* octets = std::get_if<Octets>(&event)) {
    session_.octets[index_of(side)] += octets->bytes.size();
  } else if (const auto* gap = std::get_if<Gap>(&event)) {
    session_.missing[index_of(side)] += gap->length;
    note_gap(side, *gap);
  }
  if (!prelude_.over()) {
    take_prelude(side, event);
  } else if (!session_.proxy) {
    dialogue_.take(side, event);
  } else if (const auto rest = prelude_.behind(side, event)) {
    dialogue_.take(side, *rest);
  }
  take_exchanges();
}

void Builder::take_prelude(Side side, const StreamEvent& event) {
  prelude_.take(side, event);
  if (prelude_.facts()) note_prelude();
  while (const auto next = prelude_.next()) dialogue_.take(next->first, next->second);
}

void Builder::note_prelude() {
  if (session_.proxy) return;
  ProxyFacts& proxy = session_.proxy.emplace();
  proxy.said = *prelude_.facts();
  proxy.octets = {prelude_.octets(Side::client), prelude_.octets(Side::server)};
  proxy.begun = prelude_.begun();
  proxy.ended = prelude_.ended();
  if (proxy::is_header(proxy.said.protocol)) dialogue_.expect_answer_to_header();
}

// A server that does not know the header takes it for a command, and refuses that.
bool Builder::answers_header(const Exchange& exchange) const noexcept {
  const bool expected = session_.proxy && proxy::is_header(session_.proxy->said.protocol) &&
                        session_.proxy->answered == no_exchange;
  const auto is_command = [](const Exchange& earlier) { return earlier.kind == ExchangeKind::command; };
  return expected && exchange.kind == ExchangeKind::unsolicited && exchange.reply()->first_digit() == 5 &&
         std::ranges::none_of(session_.exchanges, is_command);
}

void Builder::take_exchanges() {
  while (auto exchange = dialogue_.next()) {
    if (exchange->kind == ExchangeKind::greeting && !exchange->replies.front().text.empty()) {
      session_.greeting = exchange->replies.front().text.front();
    }
    if (exchange->command) read_hello(*exchange);
    if (answers_header(*exchange)) session_.proxy->answered = session_.exchanges.size();
    session_.exchanges.push_back(std::move(*exchange));
  }
}

void Builder::read_hello(const Exchange& exchange) {
  const Verb verb = exchange.command->verb;
  if (verb != Verb::ehlo && verb != Verb::helo && verb != Verb::lhlo) return;
  session_.helo = name_in(exchange.command->argument);
  const smtp::Reply* reply = exchange.reply();
  if (reply == nullptr || reply->first_digit() != 2) return;
  session_.extensions.clear();
  for (std::size_t line = 1; line < reply->text.size(); ++line) {
    session_.extensions.emplace_back(ascii::trim(reply->text[line]));
  }
}

void Builder::note_gap(Side side, const Gap& gap) {
  ++session_.gap_count;
  if (session_.gaps.size() >= gaps_kept) return;
  GapFact fact;
  fact.side = side;
  fact.offset = gap.offset;
  fact.length = gap.length;
  fact.cause = gap.cause;
  fact.origin = gap.origin;
  fact.before = session_.exchanges.size();
  fact.hidden_by_tls = dialogue_.tls() && !dialogue_.tls()->stayed_clear && dialogue_.tls()->first;
  session_.gaps.push_back(fact);
}

Session Builder::finish(const tcp::Connection& connection, bool cut_short) {
  const tcp::TransportFacts& facts = connection.facts();
  session_.transport = facts;
  session_.client = connection.endpoint(Side::client);
  session_.server = connection.endpoint(Side::server);
  session_.protocol = dialogue_.is_lmtp() ? Protocol::lmtp : Protocol::smtp;
  const bool is_tunnel = session_.proxy && session_.proxy->said.asked;
  session_.service = service_of(is_tunnel ? session_.proxy->said.destination.port : session_.server.port);
  session_.start = facts.first.time;
  session_.duration = elapsed(facts.first.time, facts.last.time);
  session_.first_frame = facts.first.frame;
  session_.last_frame = facts.last.frame;
  if (session_.files && session_.first_frame.file < session_.files->size()) {
    session_.file = (*session_.files)[session_.first_frame.file];
  }
  session_.frames = facts.packets;
  for (const Side side : {Side::client, Side::server}) {
    session_.reassembly[index_of(side)] = connection.direction(side).counts();
    session_.limits_reached += connection.direction(side).counts().limit_gaps;
    if (session_.proxy) {  // it may have announced more than came
      std::uint64_t& prelude = session_.proxy->octets[index_of(side)];
      prelude = std::min(prelude, session_.octets[index_of(side)] + session_.missing[index_of(side)]);
    }
    session_.first_octets[index_of(side)] = dialogue_.first_octets(side);
    const bool none_of_it = session_.octets[index_of(side)] == 0 && session_.missing[index_of(side)] > 0;
    const bool no_packet = facts.packets_by_side[index_of(side)] == 0;
    if ((none_of_it || no_packet) && session_.octets[index_of(opposite(side))] > 0) session_.unseen = side;
  }
  session_.skipped = dialogue_.counts().skipped_octets;
  session_.limits_reached += dialogue_.counts().limits_reached + prelude_.limits_reached();
  session_.tls = dialogue_.tls();
  session_.stray_server_text = dialogue_.stray_server_text();
  if (const smtp::Message* open = dialogue_.open_message()) session_.open_message = *open;
  session_.file_cut_short = cut_short && facts.closed == tcp::Closed::capture_end;
  const bool ended = facts.closed == tcp::Closed::fin || facts.closed == tcp::Closed::reset;
  const bool certain = ended && !session_.unseen;
  session_.transactions =
      transactions_of(session_.exchanges, dialogue_.open_message(), certain ? Ending::seen : Ending::not_seen);
  return std::move(session_);
}

}  // namespace smtpscope::session
