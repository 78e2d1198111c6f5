#include "analyzer/session/builder.hpp"

#include "analyzer/session/report.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::session {
namespace {

using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

// Greeting, EHLO, MAIL, RCPT, DATA, the message, QUIT, and one to spare: room for them from the
// beginning, as moving them to larger ones again and again touches more memory than they have.
constexpr std::size_t exchanges_of_one_mail = 8;

// The first word of EHLO's argument: what follows it is a comment or an error.
std::string name_in(const std::string& argument) {
  const std::string_view name = ascii::trim(argument);
  return std::string(ascii::until_blank(name));
}

}  // namespace

Builder::Builder(std::shared_ptr<const std::vector<std::string>> files, smtp::Start start,
                 BuilderLimits limits)
    : limits_(limits),
      dialogue_(start, limits.dialogue),
      repeats_(limits.repeats),
      files_(std::move(files)) {}

void Builder::take(Side side, const StreamEvent& event) {
  if (const auto* octets = std::get_if<Octets>(&event)) {
    so_far_.octets[index_of(side)] += octets->bytes.size();
  } else if (const auto* gap = std::get_if<Gap>(&event)) {
    if (gap->cause != GapCause::not_shown) note_gap(side, *gap);
  }
  if (!prelude_.over()) {
    take_prelude(side, event);
  } else if (!so_far_.proxy) {
    hand_on(side, event);
  } else if (const auto rest = prelude_.behind(side, event)) {
    hand_on(side, *rest);
  }
  take_exchanges();
}

// Once TLS is opened, the dialogue sees only what was inside.
void Builder::hand_on(Side side, const StreamEvent& event) {
  if (tls_ && tls_->opens() && !std::holds_alternative<End>(event)) {
    if (const auto* octets = std::get_if<Octets>(&event)) {
      dialogue_.count_tls(side, octets->bytes.size(), octets->origin);
    } else if (const auto* gap = std::get_if<Gap>(&event)) {
      dialogue_.count_tls(side, gap->length, gap->origin);
    }
    return follow_tls(side, event);
  }
  dialogue_.take(side, event);
  take_tls();
}

void Builder::take_tls() {
  dialogue_.take_tls(pieces_);
  for (const smtp::TlsPiece& piece : pieces_) follow_tls(piece.side, piece.event);
}

void Builder::follow_tls(Side side, const StreamEvent& event) {
  if (!tls_) tls_ = std::make_unique<TlsStream>(keys_);
  tls_->take(side, event);
  while (const auto plain = tls_->next()) {
    if (!dialogue_.is_decrypted()) {
      dialogue_.begin_decrypted(dialogue_.tls()->mode, dialogue_.tls()->first.value_or(Origin()));
      for (const Side lost : {Side::client, Side::server}) {
        if (const auto gap = tls_->take_lost(lost)) dialogue_.take(lost, *gap);
      }
    }
    dialogue_.take(plain->first, plain->second);
  }
}

// What both sides show, in the words in which one of them tells it.
void Builder::describe_tls(Session& session) {
  if (!tls_ || !dialogue_.tls() || dialogue_.tls()->stayed_clear) return;
  session.tls_seen = tls_->finish();
  const TlsSeen& seen = *session.tls_seen;
  smtp::TlsFacts told;
  if (seen.facts.server_hello) {
    told.version = tls::version_word(seen.facts.version());
    told.cipher = tls::suite_name(seen.facts.server_hello->suite);
  }
  if (const tls::Certificate* certificate = seen.certificate()) {
    told.subject = certificate->subject;
    told.issuer = certificate->issuer;
  }
  dialogue_.describe_tls(told);
}

void Builder::take_prelude(Side side, const StreamEvent& event) {
  prelude_.take(side, event);
  if (prelude_.facts()) note_prelude();
  while (const auto next = prelude_.next()) hand_on(next->first, next->second);
}

void Builder::note_prelude() {
  if (so_far_.proxy) return;
  ProxyFacts& proxy = so_far_.proxy.emplace();
  proxy.said = *prelude_.facts();
  proxy.octets = {prelude_.octets(Side::client), prelude_.octets(Side::server)};
  proxy.begun = prelude_.begun();
  proxy.ended = prelude_.ended();
  if (proxy::is_header(proxy.said.protocol)) dialogue_.expect_answer_to_header();
}

// A server that does not know the header takes it for a command, and refuses that.
bool Builder::answers_header(const Exchange& exchange) const noexcept {
  const bool expected = so_far_.proxy && proxy::is_header(so_far_.proxy->said.protocol) &&
                        so_far_.proxy->answered == no_exchange;
  const auto is_command = [](const Exchange& earlier) {
    return earlier.kind == ExchangeKind::command;
  };
  return expected && exchange.kind == ExchangeKind::unsolicited &&
         exchange.reply()->first_digit() == 5 &&
         std::ranges::none_of(so_far_.exchanges, is_command);
}

void Builder::take_repeat(Side side, const tcp::Repeat& repeat, Origin origin) {
  if (dialogue_.tls() && !dialogue_.tls()->stayed_clear) return;
  // The dialogue's offsets begin behind the prelude, whose own octets are no text of exchanges.
  const bool in_prelude = !prelude_.over() && prelude_.begun() != Origin{};
  const StreamOffset prelude = prelude_.octets(side);
  if (in_prelude || repeat.offset < prelude) return;
  repeats_.add(side, repeat.offset - prelude, repeat.bytes, origin, so_far_.exchanges);
}

void Builder::give_up_held() {
  dialogue_.give_up_held();
  take_tls();
  if (tls_) tls_->give_up();
  take_exchanges();
}

bool Builder::has_room_for(const Exchange& exchange) {
  const std::size_t octets = octets_of(exchange);
  const auto is_full = [&] {
    return so_far_.exchanges.size() >= limits_.exchanges ||
           exchange_octets_ + octets > limits_.exchange_octets;
  };
  if (so_far_.exchanges_dropped > 0) return false;  // what comes behind a hole is no use
  if (is_full() && may_leave_out_) leave_out_accepted();
  if (is_full()) return false;
  exchange_octets_ += octets;
  return true;
}

// Not of the first quarter, which shows how the dialogue began, nor of the last one.
void Builder::leave_out_accepted() {
  if (so_far_.left_out.empty()) note_limit(Limit::exchanges);
  const std::size_t before = so_far_.exchanges.size();
  const std::size_t quarter = before / 4;
  exchange_octets_ -= session::leave_out_accepted(so_far_.exchanges, quarter, before - quarter,
                                                  so_far_.gaps, so_far_.left_out);
  may_leave_out_ = before - so_far_.exchanges.size() > before / 16;
}

void Builder::take_exchanges() {
  if (!dialogue_.has_exchanges()) return;  // as with nearly every packet
  while (auto exchange = dialogue_.next()) {
    if (exchange->kind == ExchangeKind::greeting && !exchange->replies.front().text.empty()) {
      so_far_.greeting = exchange->replies.front().text.front();
    }
    if (exchange->command) read_hello(*exchange);
    if (exchange->message) read_report(*exchange->message);
    if (repeats_.waiting()) repeats_.look_at(*exchange);
    if (!has_room_for(*exchange)) {
      ++so_far_.exchanges_dropped;
      continue;
    }
    if (answers_header(*exchange)) so_far_.proxy->answered = so_far_.exchanges.size();
    if (so_far_.exchanges.empty()) so_far_.exchanges.reserve(exchanges_of_one_mail);
    so_far_.exchanges.push_back(std::move(*exchange));
  }
}

void Builder::read_hello(const Exchange& exchange) {
  const Verb verb = exchange.command->verb;
  if (verb != Verb::ehlo && verb != Verb::helo && verb != Verb::lhlo) return;
  so_far_.helo = name_in(exchange.command->argument);
  const smtp::Reply* reply = exchange.reply();
  if (reply == nullptr || reply->first_digit() != 2) return;
  so_far_.extensions.clear();
  so_far_.extensions.reserve(reply->text.size());
  for (std::size_t line = 1; line < reply->text.size(); ++line) {
    so_far_.extensions.emplace_back(ascii::trim(reply->text[line]));
  }
}

void Builder::note_gap(Side side, const Gap& gap) {
  so_far_.missing[index_of(side)] += gap.length;
  ++so_far_.gap_count;
  if (so_far_.gaps.size() >= gaps_kept) return;
  GapFact fact;
  fact.side = side;
  fact.offset = gap.offset;
  fact.length = gap.length;
  fact.cause = gap.cause;
  fact.origin = gap.origin;
  fact.before = so_far_.exchanges.size();
  fact.up_to = fact.before + dialogue_.waiting();
  const auto& tls = dialogue_.tls();
  fact.hidden_by_tls = tls && !tls->stayed_clear && tls->first && !dialogue_.is_decrypted() &&
                       !tls->clear_again[index_of(side)];
  so_far_.gaps.push_back(fact);
}

// What the two versions were of octets that had waited behind a hole, and of those that had been
// told.
void Builder::take_conflicts(Side side, const tcp::Reassembler& direction) {
  so_far_.conflicting_octets += direction.counts().conflicting_octets;
  for (const tcp::Conflict& conflict : direction.conflicts()) {
    if (so_far_.overlaps.size() >= limits_.repeats.overlaps) break;
    so_far_.overlaps.push_back({side, conflict.extent, std::string(as_text(conflict.kept)),
                                std::string(as_text(conflict.other)), conflict.kept_origin,
                                conflict.other_origin});
  }
  if (side == Side::client) return;
  for (Overlap& overlap : repeats_.take()) {
    so_far_.conflicting_octets += overlap.extent.size();
    if (so_far_.overlaps.size() < limits_.repeats.overlaps)
      so_far_.overlaps.push_back(std::move(overlap));
  }
}

Session Builder::finish(const tcp::Connection& connection, bool cut_short) {
  Transport transport;
  transport.client = connection.endpoint(Side::client);
  transport.server = connection.endpoint(Side::server);
  transport.facts = connection.facts();
  for (const Side side : {Side::client, Side::server}) {
    transport.reassembly[index_of(side)] = connection.direction(side).counts();
    take_conflicts(side, connection.direction(side));
  }
  return finish(std::move(transport), cut_short);
}

void Builder::set_transport(Session& session, Transport transport) {
  session.transport = std::move(transport.facts);
  const tcp::TransportFacts& facts = session.transport;
  session.client = transport.client;
  session.server = transport.server;
  session.reassembly = transport.reassembly;
  for (const tcp::ReassemblyCounts& counts : transport.reassembly) {
    session.limits[static_cast<std::size_t>(Limit::held_segments)] += counts.limit_gaps;
  }
  session.start = facts.first.time;
  const Origin& last = std::max(facts.last, facts.last_icmp,
                                [](const Origin& a, const Origin& b) { return a.frame < b.frame; });
  session.duration = elapsed(facts.first.time, last.time);
  session.first_frame = facts.first.frame;
  session.last_frame = last.frame;
  if (session.files && session.first_frame.file < session.files->size()) {
    session.file = (*session.files)[session.first_frame.file];
  }
  session.frames = facts.packets + facts.icmp_packets;
}

void Builder::look_for_unseen_side(Session& session, Side side) {
  const bool none_of_it =
      session.octets[index_of(side)] == 0 && session.missing[index_of(side)] > 0;
  const bool no_packet = session.transport.packets_by_side[index_of(side)] == 0;
  if ((none_of_it || no_packet) && session.octets[index_of(opposite(side))] > 0)
    session.unseen = side;
}

Session Builder::finish(Transport transport, bool cut_short) {
  Session session;
  static_cast<SessionSoFar&>(session) = std::move(so_far_);
  session.files = std::move(files_);
  set_transport(session, std::move(transport));
  const tcp::TransportFacts& facts = session.transport;
  session.protocol = dialogue_.is_lmtp() ? Protocol::lmtp : Protocol::smtp;
  const bool is_tunnel = session.proxy && session.proxy->said.asked;
  session.service =
      service_of(is_tunnel ? session.proxy->said.destination.port : session.server.port);
  for (const Side side : {Side::client, Side::server}) {
    if (session.proxy) {  // it may have announced more than came
      std::uint64_t& prelude = session.proxy->octets[index_of(side)];
      prelude = std::min(prelude, session.octets[index_of(side)] + session.missing[index_of(side)]);
    }
    session.first_octets[index_of(side)] = dialogue_.first_octets(side);
    look_for_unseen_side(session, side);
  }
  session.skipped = dialogue_.counts().skipped_octets;
  session.limits[static_cast<std::size_t>(Limit::held_dialogue)] +=
      dialogue_.counts().limits_reached + prelude_.limits_reached();
  describe_tls(session);
  session.tls = dialogue_.tls();
  session.stray_server_text = dialogue_.stray_server_text();
  if (const smtp::Message* open = dialogue_.open_message()) session.open_message = *open;
  session.file_cut_short = cut_short && facts.closed == tcp::Closed::capture_end;
  const bool ended = facts.closed == tcp::Closed::fin || facts.closed == tcp::Closed::reset;
  const bool all_told =
      session.exchanges_dropped == 0 && facts.sent_unseen[0] == 0 && facts.sent_unseen[1] == 0;
  const bool certain = ended && !session.unseen && all_told;
  session.offers = Offers(session.exchanges, session.gaps, session.tls);
  session.transactions = transactions_of(session.exchanges, dialogue_.open_message(),
                                         certain ? Ending::seen : Ending::not_seen, session.gaps);
  return session;
}

}  // namespace smtpscope::session
