#include "analyzer/tcp/time_wait.hpp"

#include <algorithm>
#include <cstdint>

namespace smtpscope::tcp {
namespace {

// What is sent again lies no further back than the largest window that is in use.
constexpr std::int32_t back_octets_max = 1 << 24;

}  // namespace

void TimeWait::remember(const Connection& connection, Moment now) {
  const net::Endpoint& client = connection.endpoint(Side::client);
  const net::Endpoint& server = connection.endpoint(Side::server);
  const End of_client = end_of(connection.direction(Side::client));
  const End of_server = end_of(connection.direction(Side::server));
  const bool client_is_low = client < server;
  const Name name = FlowKeyHash()(key_of(client, server));
  by_name_.insert_or_assign(name, Remains{now, client_is_low ? of_client : of_server,
                                          client_is_low ? of_server : of_client});
  turns_.push_back({name, now});
  drop_old(now);
}

bool TimeWait::has(const FlowKey& key, const net::Segment& segment, Moment now) const {
  if (by_name_.empty() || segment.flags.syn) return false;
  const auto found = by_name_.find(FlowKeyHash()(key));
  if (found == by_name_.end() || is_over(found->second.since, now)) return false;
  const End& end = segment.source == key.low ? found->second.low : found->second.high;
  if (!end) return segment.payload_length == 0;  // nothing of this side was in the capture
  const std::uint32_t brings = segment.payload_length + (segment.flags.fin ? 1U : 0U);
  const std::int32_t ahead = segment.sequence + brings - *end;
  const std::int32_t unseen_fin = segment.payload_length == 0 ? 1 : 0;
  return ahead <= unseen_fin && ahead > -back_octets_max;
}

TimeWait::End TimeWait::end_of(const Reassembler& direction) noexcept {
  if (!direction.start()) return std::nullopt;
  const StreamOffset octets = std::max(direction.highest_seen(), direction.acknowledged_to());
  const std::uint32_t fin = direction.fin_offset() ? 1 : 0;
  return *direction.start() + (static_cast<std::uint32_t>(octets) + fin);
}

void TimeWait::drop_old(const Moment& now) {
  while (!turns_.empty() &&
         (turns_.size() > limits_.connections || is_over(turns_.front().since, now))) {
    const auto oldest = by_name_.find(turns_.front().name);
    const bool is_latest = oldest != by_name_.end() && oldest->second.since == turns_.front().since;
    if (is_latest) by_name_.erase(oldest);
    turns_.pop_front();
  }
}

}  // namespace smtpscope::tcp
