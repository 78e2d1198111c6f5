#include "dissectors/proxy/prelude.hpp"

#include "dissectors/proxy/connect.hpp"
#include "dissectors/proxy/header.hpp"
#include "dissectors/proxy/socks.hpp"

#include <algorithm>

namespace smtpscope::proxy {
namespace {

using State = Reading::State;

Reading none() {
  Reading reading;
  reading.state = State::none;
  return reading;
}

// [begin, begin + length) without what lies below `from`, counted from there.
template <typename Event>
void shift(Event& event, StreamOffset from) noexcept {
  event.offset -= std::min(event.offset, from);
}

}  // namespace

Reading read_prelude(std::string_view client, std::string_view server) {
  if (Reading header = read_header(client); header.state != State::none) return header;
  if (Reading socks = read_socks(client, server); socks.state != State::none) return socks;
  return read_connect(client, server);
}

void Prelude::take(Side side, const StreamEvent& event) {
  const auto* octets = std::get_if<Octets>(&event);
  const bool client_spoke = !heads_[index(Side::client)].empty();
  if (decided_ || (side == Side::server && !client_spoke)) {
    passing_.emplace(side, event);
    server_spoke_ = server_spoke_ || (side == Side::server && !std::holds_alternative<End>(event));
    return;
  }
  if (octets == nullptr) {
    hold(side, event);
    const auto* gap = std::get_if<Gap>(&event);
    server_lost_ = server_lost_ || (side == Side::server && gap != nullptr);
    if (!server_lost_ || side == Side::client)
      give_up(gap != nullptr ? gap->origin : std::get<End>(event).origin);
    return;
  }
  // Most clients: their first octets are no prelude's, and are not copied.
  const std::string_view text = as_text(octets->bytes);
  if (!client_spoke && (!may_begin(text.front()) || read_prelude(text, {}).state == State::none)) {
    decided_ = true;
    passing_.emplace(side, event);
    return;
  }
  hold(side, event);
  look(octets->origin);
}

void Prelude::hold(Side side, const StreamEvent& event) {
  Held held{side, event, {}};
  if (auto* octets = std::get_if<Octets>(&held.event)) {
    if (heads_[0].empty()) begun_ = octets->origin;
    // Behind a loss it may be anything, the greeting of the server of mail too.
    if (side == Side::client || !server_lost_) heads_[index(side)] += as_text(octets->bytes);
    held.octets.assign(octets->bytes.begin(), octets->bytes.end());
    held_octets_ += held.octets.size();
  }
  held_.push_back(std::move(held));
  if (auto* octets = std::get_if<Octets>(&held_.back().event)) octets->bytes = held_.back().octets;
}

void Prelude::look(Origin origin) {
  Reading reading = read_prelude(heads_[0], heads_[1]);
  if (reading.state != State::none && reading.is_known && !is_header(reading.facts.protocol)) {
    if (server_spoke_) reading = none();
    // What the proxy answered is not in the capture: that the client asked has to do.
    if (server_lost_ && reading.facts.asked && reading.state == State::more)
      reading.state = State::whole;
  }
  if (reading.state != State::more) {
    decide(reading, origin);
  } else if (held_octets_ > limits_.held_octets) {
    ++limits_reached_;
    give_up(origin);
  }
}

// Nothing more of it can be read: the proxy that answered is one, and what it was asked is known so
// far.
void Prelude::give_up(Origin origin) {
  Reading reading = read_prelude(heads_[0], heads_[1]);
  if (reading.state == State::more && reading.is_known) {
    if (is_header(reading.facts.protocol)) {
      reading = read_cut_header(heads_[0]);
    } else if (!server_spoke_ && (!heads_[1].empty() || (server_lost_ && reading.facts.asked))) {
      reading.state = State::whole;
      reading.octets = {heads_[0].size(), heads_[1].size()};
    }
  }
  if (reading.state != State::whole) reading = none();
  decide(reading, origin);
}

void Prelude::decide(const Reading& reading, Origin origin) {
  decided_ = true;
  heads_ = {};
  held_octets_ = 0;
  if (reading.state != State::whole) return;
  facts_ = reading.facts;
  ended_ = origin;
  for (const Side side : {Side::client, Side::server})
    octets_[index(side)] = reading.octets[index(side)];
}

std::optional<std::pair<Side, StreamEvent>> Prelude::next() {
  while (decided_ && next_held_ < held_.size()) {
    Held held = std::move(held_[next_held_++]);
    current_ = std::move(held.octets);
    if (auto* octets = std::get_if<Octets>(&held.event)) octets->bytes = current_;
    if (auto event = behind(held.side, held.event)) return std::pair{held.side, *event};
  }
  if (!passing_) return std::nullopt;
  const auto [side, event] = *std::exchange(passing_, std::nullopt);
  if (auto rest = behind(side, event)) return std::pair{side, *rest};
  return std::nullopt;
}

std::optional<StreamEvent> Prelude::behind(Side side, const StreamEvent& event) const noexcept {
  const StreamOffset own = octets_[index(side)];
  const StreamOffset others = octets_[index(opposite(side))];
  if (own == 0 && others == 0) return event;
  StreamEvent rest = event;
  if (auto* octets = std::get_if<Octets>(&rest)) {
    const StreamOffset inside = own - std::min(own, octets->offset);
    if (inside >= octets->bytes.size()) return std::nullopt;
    octets->bytes = octets->bytes.subspan(static_cast<std::size_t>(inside));
    octets->offset += inside;
    shift(*octets, own);
    if (octets->peer_acknowledged)
      *octets->peer_acknowledged -= std::min(*octets->peer_acknowledged, others);
  } else if (auto* gap = std::get_if<Gap>(&rest)) {
    const StreamOffset inside = own - std::min(own, gap->offset);
    if (inside >= gap->length) return std::nullopt;
    gap->offset += inside;
    gap->length -= inside;
    shift(*gap, own);
  } else if (auto* end = std::get_if<End>(&rest)) {
    shift(*end, own);
  }
  return rest;
}

}  // namespace smtpscope::proxy
