#pragma once
// Sessions in the order of their first packets, though they end in another: a finished one waits as long as an earlier one
// is open, within a limit.
//
//     opened(1)  opened(2)  finished(2)           next(): nothing, 1 is open
//                           finished(1)           next(): 1, then 2
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace smtpscope::session {

enum class Order : std::uint8_t {
  first_packet,  // of a file: sessions come in the order of their first packets, as the limits allow
  ending,        // live: as they end
};

class SessionOrder {
 public:
  // `waiting_exchanges`: of finished sessions that wait for an earlier one to end; beyond, the first of them goes ahead.
  SessionOrder(Order order, std::size_t waiting_exchanges) noexcept : order_(order), waiting_max_(waiting_exchanges) {}

  // A connection that is mail, or may be, by its first packet; and that it is over, or no mail.
  void opened(const FrameId& first) { open_.insert(first); }
  void closed(const FrameId& first) { open_.erase(first); }
  // What came of it.
  void finished(Session session);
  // The next session in its turn; its id is set here.
  [[nodiscard]] std::optional<Session> next();

 private:
  Order order_;
  std::size_t waiting_max_;
  std::set<FrameId> open_;
  std::map<FrameId, Session> finished_;  // by first frame
  std::size_t waiting_ = 0;              // exchanges in them
  std::uint64_t next_id_ = 1;
};

}  // namespace smtpscope::session
