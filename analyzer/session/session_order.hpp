#pragma once
// Sessions in the order of their first packets, though they end in another: a finished one waits as long as an earlier one
// is open, within a limit.
//
//     opened(1)  opened(2)  finished(2)           next(): nothing, 1 is open
//                           finished(1)           next(): 1, then 2
#include "dissectors/base/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace smtpscope::session {

enum class Order : std::uint8_t {
  first_packet,  // of a file: sessions come in the order of their first packets, as the limits allow
  ending,        // live: as they end
};

// `Item` is what stands for a session: a Session, or whatever was made of it.
template <typename Item>
class SessionOrder {
 public:
  // `waiting_exchanges`: of finished sessions that wait for an earlier one to end; beyond, the first of them goes ahead.
  SessionOrder(Order order, std::size_t waiting_exchanges) noexcept : order_(order), waiting_max_(waiting_exchanges) {}

  // A connection that is mail, or may be, by its first packet; and that it is over, or no mail.
  void opened(const FrameId& first) { open_.insert(first); }
  void closed(const FrameId& first) { open_.erase(first); }
  // What came of it: a session of so many exchanges.
  void finished(const FrameId& first, std::size_t exchanges, Item item) {
    waiting_ += exchanges + 1;
    finished_.emplace(first, Finished{exchanges, std::move(item)});
  }
  // The next session in its turn.
  [[nodiscard]] std::optional<Item> next() {
    if (finished_.empty()) return std::nullopt;
    const auto first = finished_.begin();
    const bool full = waiting_ > waiting_max_;
    const bool in_turn = open_.empty() || first->first < *open_.begin();
    if (order_ == Order::first_packet && !in_turn && !full) return std::nullopt;
    waiting_ -= first->second.exchanges + 1;
    std::optional<Item> item(std::move(first->second.item));
    finished_.erase(first);
    return item;
  }

 private:
  struct Finished {
    std::size_t exchanges;
    Item item;
  };
  Order order_;
  std::size_t waiting_max_;
  std::set<FrameId> open_;
  std::map<FrameId, Finished> finished_;  // by first frame
  std::size_t waiting_ = 0;               // exchanges in them
};

}  // namespace smtpscope::session
