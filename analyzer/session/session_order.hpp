#pragma once
// Sessions in the order of their first packets, though they end in another: a finished one waits as
// long as an earlier one is open, within a limit.
//
//     opened(1)  opened(2)  finished(2)           next(): nothing, 1 is open
//                           finished(1)           next(): 1, then 2
#include "dissectors/base/frame.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace smtpscope::session {

enum class Order : std::uint8_t {
  // Of a file: sessions come in the order of their first packets, as the limits allow.
  first_packet,
  ending,  // live: as they end
};

// The connections that are open, by their first packets. They come in that order, so a row of them
// stays sorted by itself.
class OpenConnections {
 public:
  void add(const FrameId& first) {
    const bool is_last = row_.empty() || row_.back().first < first;
    row_.insert(is_last ? row_.end() : place_of(first), {first});
  }
  void remove(const FrameId& first) {
    const auto place = place_of(first);
    if (place == row_.end() || place->first != first || !std::exchange(place->is_open, false))
      return;
    ++over_;
    while (begin_ < row_.size() && !row_[begin_].is_open) ++begin_;
    if (2 * over_ < row_.size()) return;  // what is over is cleared away in one go
    std::erase_if(row_, [](const Connection& connection) { return !connection.is_open; });
    over_ = begin_ = 0;
  }
  // nullptr: none is open.
  [[nodiscard]] const FrameId* earliest() const noexcept {
    return begin_ < row_.size() ? &row_[begin_].first : nullptr;
  }

  // Places in memory: twice as many as are open, at the most.
  [[nodiscard]] std::size_t kept() const noexcept { return row_.size(); }

 private:
  struct Connection {
    FrameId first;
    bool is_open = true;
  };
  [[nodiscard]] std::vector<Connection>::iterator place_of(const FrameId& first) {
    return std::ranges::lower_bound(row_, first, {}, &Connection::first);
  }
  std::vector<Connection> row_;  // ascending
  std::size_t over_ = 0;         // of them
  std::size_t begin_ = 0;        // the first one that is not
};

// `Item` is what stands for a session: a Session, or whatever was made of it.
template <typename Item>
class SessionOrder {
 public:
  // `waiting_exchanges`: of finished sessions that wait for an earlier one to end; beyond, the
  // first of them goes ahead.
  SessionOrder(Order order, std::size_t waiting_exchanges) noexcept
      : order_(order), waiting_max_(waiting_exchanges) {}

  // A connection that is mail, or may be, by its first packet; and that it is over, or no mail.
  void opened(const FrameId& first) { open_.add(first); }
  void closed(const FrameId& first) {
    open_.remove(first);
    asked_in_vain_ = false;
  }
  // What came of it: a session of so many exchanges.
  void finished(const FrameId& first, std::size_t exchanges, Item&& item) {
    waiting_ += exchanges + 1;
    finished_.try_emplace(first, exchanges, std::move(item));
    asked_in_vain_ = false;
  }
  // False: since next() gave nothing, nothing has happened that would change that. It is asked with
  // each packet.
  [[nodiscard]] bool may_have_next() const noexcept { return !asked_in_vain_; }
  // The next session in its turn.
  [[nodiscard]] std::optional<Item> next() {
    if (asked_in_vain_) return std::nullopt;
    const auto first = finished_.begin();
    asked_in_vain_ = first == finished_.end() || !may_go(first->first);
    if (asked_in_vain_) return std::nullopt;
    waiting_ -= first->second.exchanges + 1;
    std::optional<Item> item(std::move(first->second.item));
    finished_.erase(first);
    return item;
  }

 private:
  struct Finished {
    Finished(std::size_t how_many, Item&& finished)
        : exchanges(how_many), item(std::move(finished)) {}
    std::size_t exchanges;
    Item item;
  };
  [[nodiscard]] bool may_go(const FrameId& first) const noexcept {
    const bool is_in_turn = open_.earliest() == nullptr || first < *open_.earliest();
    return order_ == Order::ending || is_in_turn || waiting_ > waiting_max_;
  }
  Order order_;
  std::size_t waiting_max_;
  OpenConnections open_;
  std::map<FrameId, Finished> finished_;  // by first frame
  std::size_t waiting_ = 0;               // exchanges in them
  bool asked_in_vain_ = true;
};

}  // namespace smtpscope::session
