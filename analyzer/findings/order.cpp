#include "analyzer/findings/order.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::Reply;

// By how much two clocks, or two queues of one, may differ.
constexpr Nanoseconds swapped_within = std::chrono::milliseconds{5};

// A place in the dialogue as the client saw it: what it sent stands behind all of the server's
// words that it had.
struct Place {
  StreamOffset server = 0;  // the end of a reply; of the client's words, of all that it had
  std::uint8_t rank = 0;    // at one offset: the reply, what the client said then, the server's end
  StreamOffset client = 0;
  friend auto operator<=>(const Place& a, const Place& b) = default;
};
constexpr std::uint8_t of_reply = 0, of_client = 1, of_server_end = 2;

// A packet that has its place, and the time at which its side had said all before it as well.
struct Word {
  FrameId frame;
  Timestamp time{};
  Place place;
};

struct Placed {
  Timestamp time{};
  Place place;
  std::size_t turn = 0;  // the n-th that was given
  Finding finding;
};

// In its command, or in its message: not every packet of one is kept.
bool was_seen_in(const Exchange& exchange, const Origin& origin) noexcept {
  const auto& command = exchange.command;
  if (command && (origin == command->begun || origin == command->origin)) return true;
  return exchange.message && !std::ranges::any_of(exchange.replies, [&](const Reply& reply) {
           return origin == reply.begun || origin == reply.origin;
         });
}

class Places {
 public:
  explicit Places(const Session& session);
  [[nodiscard]] Placed of(Finding finding) const;

 private:
  void add(Side side, const Origin& origin, const Place& place);
  void add_exchange(const Exchange& exchange);
  void add_ends();
  [[nodiscard]] Word of(const Origin& origin) const;

  const Session& session_;
  std::vector<Word> words_;         // by frame; each once, with its first place
  std::vector<Place> of_exchange_;  // of their commands
  StreamOffset had_ = 0;            // by the client, of the server's words
  std::array<Timestamp, 2> latest_{};
};

Places::Places(const Session& session) : session_(session) {
  of_exchange_.reserve(session.exchanges.size());
  words_.reserve(session.exchanges.size() * 4 + 3);  // as most have one reply
  for (const Exchange& exchange : session.exchanges) add_exchange(exchange);
  add_ends();
  std::ranges::sort(words_, [](const Word& a, const Word& b) {
    return a.frame != b.frame ? a.frame < b.frame : a.place < b.place;
  });
  const auto same_frame = [](const Word& a, const Word& b) { return a.frame == b.frame; };
  words_.erase(std::unique(words_.begin(), words_.end(), same_frame), words_.end());
}

void Places::add(Side side, const Origin& origin, const Place& place) {
  if (origin.frame == 0) return;
  Timestamp& latest = latest_[index_of(side)];
  latest = std::max(latest, origin.time);
  words_.push_back({origin.frame, latest, place});
}

void Places::add_exchange(const Exchange& exchange) {
  if (exchange.command) {
    had_ = std::max(had_, exchange.command->peer_acknowledged.value_or(0));
    of_exchange_.push_back({had_, of_client, exchange.command->extent.begin});
    add(Side::client, exchange.command->begun, of_exchange_.back());
    add(Side::client, exchange.command->origin, of_exchange_.back());
  } else {
    of_exchange_.push_back({had_, of_client, 0});
  }
  for (const Reply& reply : exchange.replies) {
    const Place place{reply.extent.end, of_reply, 0};
    add(Side::server, reply.begun, place);
    add(Side::server, reply.origin, place);
  }
}

void Places::add_ends() {
  const tcp::TransportFacts& transport = session_.transport;
  const StreamOffset of_server =
      session_.octets[index_of(Side::server)] + session_.missing[index_of(Side::server)];
  constexpr StreamOffset last = std::numeric_limits<StreamOffset>::max();
  if (const auto& fin = transport.fin[index_of(Side::server)])
    add(Side::server, *fin, {of_server, of_server_end, 0});
  if (const auto& fin = transport.fin[index_of(Side::client)])
    add(Side::client, *fin, {had_, of_client, last});
  if (transport.reset) add(Side::client, *transport.reset, {last, of_client, last});
}

// What has no place of its own stands behind the last word before it.
Word Places::of(const Origin& origin) const {
  const auto behind = std::ranges::upper_bound(words_, origin.frame, {}, &Word::frame);
  if (behind == words_.begin()) return {origin.frame, origin.time, {}};
  Word word = *std::prev(behind);
  if (word.frame != origin.frame) word.time = origin.time;
  return word;
}

// Of the evidence that comes first.
Placed Places::of(Finding finding) const {
  std::optional<Word> first;
  for (const Origin& origin : finding.evidence) {
    Word word = of(origin);
    const bool has_exchange = finding.exchange < session_.exchanges.size();
    if (has_exchange && was_seen_in(session_.exchanges[finding.exchange], origin)) {
      word.place = of_exchange_[finding.exchange];
    }
    if (!first || word.place < first->place) {
      first = Word{word.frame, first ? std::min(first->time, word.time) : word.time, word.place};
    } else {
      first->time = std::min(first->time, word.time);
    }
  }
  return {first->time, first->place, 0, std::move(finding)};
}

}  // namespace

void sort_by_time(std::vector<Finding>& findings, const Session& session) {
  if (findings.size() < 2) return;
  const Places places(session);
  std::vector<Placed> placed;
  placed.reserve(findings.size());
  for (Finding& finding : findings) {
    placed.push_back(places.of(std::move(finding)));
    placed.back().turn = placed.size();
  }
  std::ranges::stable_sort(placed, {}, &Placed::time);
  for (auto begin = placed.begin(); begin != placed.end();) {
    auto end = std::next(begin);
    while (end != placed.end() && end->time - std::prev(end)->time <= swapped_within) ++end;
    std::sort(begin, end, [](const Placed& a, const Placed& b) {
      return std::tie(a.place, a.turn) < std::tie(b.place, b.turn);
    });
    begin = end;
  }
  std::ranges::transform(placed, findings.begin(),
                         [](Placed& each) { return std::move(each.finding); });
}

}  // namespace smtpscope::findings
