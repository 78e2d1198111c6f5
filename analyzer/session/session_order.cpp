#include "analyzer/session/session_order.hpp"

#include <utility>

namespace smtpscope::session {

void SessionOrder::finished(Session session) {
  waiting_ += session.exchanges.size() + 1;
  finished_.emplace(session.first_frame, std::move(session));
}

std::optional<Session> SessionOrder::next() {
  if (finished_.empty()) return std::nullopt;
  const bool full = waiting_ > waiting_max_;
  const bool in_turn = open_.empty() || finished_.begin()->first < *open_.begin();
  if (order_ == Order::first_packet && !in_turn && !full) return std::nullopt;
  std::optional<Session> session(std::move(finished_.begin()->second));
  finished_.erase(finished_.begin());
  waiting_ -= session->exchanges.size() + 1;
  session->id = next_id_++;
  return session;
}

}  // namespace smtpscope::session
