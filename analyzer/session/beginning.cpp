#include "analyzer/session/beginning.hpp"

#include "analyzer/session/detect.hpp"
#include "analyzer/session/ports.hpp"
#include "dissectors/proxy/prelude.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace smtpscope::session {
namespace {

net::Sequence first_octet(const net::Segment& segment) noexcept {
  return segment.flags.syn ? segment.sequence + 1 : segment.sequence;
}

// Where the stream of `sender` begins, if its SYN says so, or the answer to it.
std::optional<net::Sequence> start_of(const std::vector<HeldSegment>& held,
                                      const net::Endpoint& sender) noexcept {
  for (const HeldSegment& each : held) {
    const net::Segment& segment = each.segment;
    if (!segment.flags.syn) continue;
    if (segment.source == sender) return segment.sequence + 1;
    if (segment.flags.ack) return segment.acknowledgement;
  }
  return std::nullopt;
}

// What a direction said so far, as far as it joins on.
struct Opening {
  std::string joined;  // where it took more than one segment
  std::string_view only;
  From from = From::middle;
  [[nodiscard]] std::string_view text() const noexcept { return joined.empty() ? only : joined; }
};

// Of `sender`; `last` is its next segment, not kept yet.
Opening opening_of(const std::vector<HeldSegment>& held, const net::Endpoint& sender,
                   const net::Segment* last) {
  Opening opening;
  const bool begins = last != nullptr && last->flags.syn;
  const auto start = begins ? std::optional(last->sequence + 1) : start_of(held, sender);
  std::vector<std::pair<net::Sequence, std::string_view>> pieces;
  for (const HeldSegment& each : held) {
    if (each.payload.empty() || each.segment.source != sender) continue;
    pieces.emplace_back(first_octet(each.segment), as_text(each.payload));
  }
  if (last != nullptr && pieces.empty()) {  // mostly
    opening.only = as_text(last->payload);
    if (start && *start == first_octet(*last)) opening.from = From::start;
    return opening;
  }
  if (last != nullptr) pieces.emplace_back(first_octet(*last), as_text(last->payload));
  if (pieces.empty()) return opening;
  const net::Sequence any = pieces.front().first;
  std::ranges::stable_sort(pieces, {}, [any](const auto& piece) { return piece.first - any; });
  net::Sequence next = start.value_or(pieces.front().first);
  const bool hole_at_start = pieces.front().first - next > 0;
  if (hole_at_start) next = pieces.front().first;
  for (const auto& [at, text] : pieces) {
    const std::int32_t ahead = at - next;
    if (ahead > 0) break;
    const auto repeated = static_cast<std::size_t>(-std::int64_t{ahead});
    if (repeated >= text.size()) continue;
    opening.joined += text.substr(repeated);
    next = next + static_cast<std::uint32_t>(text.size() - repeated);
  }
  if (start && !hole_at_start) opening.from = From::start;
  return opening;
}

// A proxy that is asked for a server of mail, or speaks for a client of one.
bool is_for_mail(const proxy::Facts& facts) noexcept {
  if (proxy::is_header(facts.protocol)) return is_mail_port(facts.server.port);
  return facts.asked && is_mail_port(facts.destination.port);
}

}  // namespace

Parties parties_of(const net::Segment& segment, Side sender) noexcept {
  return sender == Side::client ? Parties{segment.source, segment.destination}
                                : Parties{segment.destination, segment.source};
}

Beginning::Decision Beginning::take(const net::Segment& segment, Origin origin) {
  if (segment.flags.syn)
    opened_ = parties_of(segment, segment.flags.ack ? Side::server : Side::client);
  Decision decision = port_ == Port::of_mail ? decide_who(segment) : decide_what(segment);
  if (decision.kind == Kind::other && early_answers_ < limits_.early_answers &&
      answers_the_unseen(segment)) {
    ++early_answers_;
    decision = {};
  }
  if (decision.kind == Kind::undecided) keep(segment, origin);
  return decision;
}

Beginning::Decision Beginning::decide_who(const net::Segment& segment) const noexcept {
  if (opened_) return {Kind::mail, *opened_};
  const auto speaker = speaker_of(as_text(segment.payload));
  return speaker ? Decision{Kind::mail, parties_of(segment, *speaker)} : Decision{};
}

Beginning::Decision Beginning::decide_what(const net::Segment& segment) const {
  if (segment.payload.empty()) return {};
  const Opening own = opening_of(held_, segment.source, &segment);
  const Opening other = opening_of(held_, segment.destination, nullptr);
  const bool may_be_client = !opened_ || segment.source == opened_->client;
  const bool may_be_server = !opened_ || !may_be_client;
  const auto may_begin = [](std::string_view text) {
    return !text.empty() && proxy::may_begin(text.front());
  };
  if (may_be_client && may_begin(own.text())) {
    const auto proxied =
        decide_behind_proxy(own.text(), other.text(), parties_of(segment, Side::client));
    if (proxied) return *proxied;
  }
  if (may_be_server && may_begin(other.text())) {
    const auto proxied =
        decide_behind_proxy(other.text(), own.text(), parties_of(segment, Side::server));
    if (proxied) return *proxied;
  }
  Voice voice = voice_of(own.text(), own.from);
  if (voice == Voice::silent && own.from == From::middle)
    voice = voice_of(as_text(segment.payload), From::middle);
  switch (voice) {
    case Voice::silent:
      return {};
    case Voice::greeting:
      return may_be_server ? Decision{} : Decision{Kind::other, {}};
    case Voice::client:
      return may_be_client ? Decision{Kind::mail, parties_of(segment, Side::client)}
                           : Decision{Kind::other, {}};
    case Voice::server:
      return may_be_server ? Decision{Kind::mail, parties_of(segment, Side::server)}
                           : Decision{Kind::other, {}};
    case Voice::other:
      break;
  }
  return {Kind::other, {}};
}

// Nothing if the client does not begin as one of a proxy, or a proxy, does.
std::optional<Beginning::Decision> Beginning::decide_behind_proxy(std::string_view client,
                                                                  std::string_view server,
                                                                  const Parties& parties) {
  const proxy::Reading reading = proxy::read_prelude(client, server);
  if (reading.state == proxy::Reading::State::none) return std::nullopt;
  if (is_for_mail(reading.facts)) return Decision{Kind::mail, parties};
  if (reading.state == proxy::Reading::State::more) return Decision{};
  if (!proxy::is_header(reading.facts.protocol) && !reading.facts.granted)
    return Decision{Kind::other, {}};
  const auto behind = [](std::string_view text, std::size_t octets) {
    return text.substr(std::min(octets, text.size()));
  };
  const Voice of_client = voice_of(behind(client, reading.octets[0]), From::start);
  const Voice of_server = voice_of(behind(server, reading.octets[1]), From::start);
  if (of_client == Voice::client || of_server == Voice::server)
    return Decision{Kind::mail, parties};
  const bool odd =
      of_client == Voice::server || of_client == Voice::greeting || of_server == Voice::client;
  if (odd || of_client == Voice::other || of_server == Voice::other)
    return Decision{Kind::other, {}};
  return Decision{};
}

// Does it acknowledge octets of the other direction, of which none was captured?
bool Beginning::answers_the_unseen(const net::Segment& segment) const noexcept {
  const auto start = start_of(held_, segment.destination);
  if (!start || !segment.flags.ack || segment.acknowledgement - *start <= 0) return false;
  return std::ranges::none_of(held_, [&segment](const HeldSegment& each) {
    return each.segment.source == segment.destination && !each.payload.empty();
  });
}

void Beginning::keep(const net::Segment& segment, Origin origin) {
  HeldSegment held{segment, origin, {segment.payload.begin(), segment.payload.end()}};
  held.segment.payload = {};
  octets_ += held.payload.size();
  held_.push_back(std::move(held));
  reset_ = reset_ || segment.flags.rst;
  if (segment.flags.fin) fin_[segment.source == held_.front().segment.source ? 0 : 1] = true;
}

Beginning::Decision Beginning::guess() const noexcept {
  if (port_ == Port::any) return {Kind::other, {}};
  return {Kind::mail, opened_.value_or(by_ports_)};
}

bool Beginning::is_reuse(const net::Segment& segment) const noexcept {
  if (!segment.flags.syn || segment.flags.ack || segment.flags.rst) return false;
  bool anything_but_syn = false;
  for (const HeldSegment& each : held_) {
    const net::Segment& kept = each.segment;
    const bool same_sender = kept.source == segment.source;
    if (same_sender && first_octet(kept) == segment.sequence + 1) return false;
    if (!same_sender && kept.flags.ack && kept.acknowledgement == segment.sequence + 1)
      return false;
    if (!kept.flags.syn || kept.flags.ack) anything_but_syn = true;
  }
  return anything_but_syn;
}

}  // namespace smtpscope::session
