#pragma once
// All connections that are open at a time, found by addresses and ports in either direction.
//
// `Flow` is what the caller keeps per connection (see session::Flow). The table bounds itself:
// beyond `flows` entries the one that was quiet the longest is handed back for finishing, and so is
// every one that was quiet for `idle`; closed ones stay for `linger`. Time is that of the packets:
//
//     for each packet:
//       while (auto flow = table.take_expired(packet.time)) finish(*flow);
//       Flow* flow = table.find(key_of(segment));         // or insert()
//       if (flow's connection is closed()) table.close_soon(key, packet.time);
//     while (auto flow = table.take_any()) finish(*flow);
//
// An entry stands in three orders at once, each with constant work per packet and no allocation:
//
//     by key        a flat hash map
//     by creation   the list that owns the entries
//     by quietness  one chain of the open ones, one of those that linger after their close
#include "dissectors/base/check.hpp"
#include "dissectors/base/time.hpp"
#include "dissectors/net/segment.hpp"

#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace smtpscope::tcp {

// Addresses and ports, the lower endpoint first: both directions have the same key.
struct FlowKey {
  net::Endpoint low, high;
  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
[[nodiscard]] inline FlowKey key_of(const net::Endpoint& source,
                                    const net::Endpoint& destination) noexcept {
  return source < destination ? FlowKey{source, destination} : FlowKey{destination, source};
}
[[nodiscard]] inline FlowKey key_of(const net::Segment& segment) noexcept {
  return key_of(segment.source, segment.destination);
}

// All 36 octets count, each changes about half of the result's bits.
struct FlowKeyHash {
  [[nodiscard]] std::size_t operator()(const FlowKey& key) const noexcept;
};

struct FlowLimits {
  std::size_t flows = 100'000;
  Nanoseconds idle = std::chrono::minutes{15};   // longer than any time limit of RFC 5321, 4.5.3.2
  Nanoseconds linger = std::chrono::seconds{1};  // of a closed one, for packets out of order
  // ... and for no more packets of the capture than these: where connections come and go by the
  // thousand, the closed ones would soon be most of them. At three million packets a second, more
  // than 10 Gbit/s bring, it is as long as two packets may be out of order (ReassemblyLimits).
  // Counted in packets, as all who share a capture see the same ones. What comes later is known by
  // TimeWait.
  std::uint64_t linger_packets = 16'384;
};

template <typename Flow>
class FlowTable {
 public:
  explicit FlowTable(FlowLimits limits = {}) : limits_(limits) {}
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  // The flow, if there is one. It counts as active now: at the time that take_expired() was told
  // last.
  [[nodiscard]] Flow* find(const FlowKey& key);
  // The same, and it does not count as active: others speak about it.
  [[nodiscard]] Flow* look_at(const FlowKey& key) const;
  // Adds a flow. There must be none with this key: where ports are used anew, take() the old one
  // first.
  Flow& insert(const FlowKey& key, std::unique_ptr<Flow> flow);
  // Removes a flow and gives it back; nullptr if there is none.
  [[nodiscard]] std::unique_ptr<Flow> take(const FlowKey& key);
  // The connection is over: the flow is handed back after limits.linger, active or not. Once is
  // enough; calling it again does not prolong that.
  void close_soon(const FlowKey& key, Timestamp now);

  // It was not over after all: it lingers no more.
  void keep_open(const FlowKey& key);

  // A packet of the capture, whichever flow it belongs to.
  void count_packet() noexcept { ++packets_; }
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }
  // Tells the table the time, for find() and insert(). Expires nothing.
  void tell_time(Timestamp now);
  // Is there a flow that lingered, was quiet for too long, or is one too many?
  [[nodiscard]] bool has_expired(Timestamp now) const noexcept {
    return size() > limits_.flows ||
           (lingering_.first != nullptr && has_lingered(*lingering_.first, now)) ||
           (quiet_.first != nullptr && elapsed(quiet_.first->since, now) >= limits_.idle);
  }
  // Removes and gives it back; nullptr if there is none (left). Also tells the table the time.
  [[nodiscard]] std::unique_ptr<Flow> take_expired(Timestamp now);
  // Removes and gives back the flow that was created first; nullptr if the table is empty.
  [[nodiscard]] std::unique_ptr<Flow> take_any();

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  // Calls visit(Flow&) for each flow, in order of creation. The table must not change meanwhile.
  void for_each(auto&& visit) {
    for (Entry& entry : entries_) visit(*entry.flow);
  }

 private:
  struct Entry;
  // Doubly linked through the entries themselves, the quietest first.
  struct Chain {
    Entry* first = nullptr;
    Entry* last = nullptr;
    void append(Entry& entry) noexcept;
    void remove(Entry& entry) noexcept;
  };
  using Entries = std::list<Entry>;
  struct Entry {
    FlowKey key;
    std::unique_ptr<Flow> flow;
    Timestamp since{};            // active last; closed, if it lingers
    std::uint64_t closed_at = 0;  // in packets, if it lingers
    Chain* chain = nullptr;       // quiet_ or lingering_
    Entry* before = nullptr;
    Entry* after = nullptr;
    typename Entries::iterator self{};  // its place in entries_
  };
  std::unique_ptr<Flow> remove(Entry& entry);
  [[nodiscard]] bool has_lingered(const Entry& entry, Timestamp now) const noexcept {
    return elapsed(entry.since, now) >= limits_.linger ||
           packets_ - entry.closed_at >= limits_.linger_packets;
  }

  FlowLimits limits_;
  std::optional<Timestamp> now_;
  std::uint64_t packets_ = 0;
  Entries entries_;                                      // in order of creation
  tsl::robin_map<FlowKey, Entry*, FlowKeyHash> by_key_;  // the same entries
  Chain quiet_;      // open ones, by the time of the last packet
  Chain lingering_;  // by the time of the close
};

inline std::size_t FlowKeyHash::operator()(const FlowKey& key) const noexcept {
  const auto word = [](const net::Endpoint& endpoint, std::size_t at) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, endpoint.address.octets.data() + at, sizeof value);
    return value;
  };
  const auto tail = [](const net::Endpoint& endpoint) noexcept {
    return static_cast<std::uint64_t>(endpoint.port) << 8 |
           static_cast<std::uint64_t>(endpoint.address.version);
  };
  const std::array<std::uint64_t, 5> words{word(key.low, 0), word(key.low, 8), word(key.high, 0),
                                           word(key.high, 8), tail(key.low) << 32 | tail(key.high)};
  // Multiply and fold, as in Fibonacci hashing; the second shift brings the high bits, where the
  // multiplications gathered everything, down to where the table looks.
  std::uint64_t hash = 0;
  for (const std::uint64_t value : words) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32;
  }
  hash *= 0xd6e8feb86659fd93U;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

template <typename Flow>
void FlowTable<Flow>::Chain::append(Entry& entry) noexcept {
  entry.chain = this;
  entry.before = last;
  entry.after = nullptr;
  (last == nullptr ? first : last->after) = &entry;
  last = &entry;
}

template <typename Flow>
void FlowTable<Flow>::Chain::remove(Entry& entry) noexcept {
  (entry.before == nullptr ? first : entry.before->after) = entry.after;
  (entry.after == nullptr ? last : entry.after->before) = entry.before;
}

template <typename Flow>
Flow* FlowTable<Flow>::find(const FlowKey& key) {
  // Packets of a connection follow each other.
  Entry* const latest = quiet_.last;
  if (latest != nullptr && latest->key == key) {
    latest->since = now_.value_or(Timestamp{});
    return latest->flow.get();
  }
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  Entry& entry = *found->second;
  if (entry.chain == &quiet_) {
    entry.since = now_.value_or(Timestamp{});
    if (quiet_.last != &entry) {
      quiet_.remove(entry);
      quiet_.append(entry);
    }
  }
  return entry.flow.get();
}

template <typename Flow>
Flow* FlowTable<Flow>::look_at(const FlowKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second->flow.get();
}

template <typename Flow>
Flow& FlowTable<Flow>::insert(const FlowKey& key, std::unique_ptr<Flow> flow) {
  check(flow != nullptr && !by_key_.contains(key), "a flow is inserted once");
  entries_.push_back({.key = key, .flow = std::move(flow), .since = now_.value_or(Timestamp{})});
  Entry& entry = entries_.back();
  entry.self = std::prev(entries_.end());
  by_key_.emplace(key, &entry);
  quiet_.append(entry);
  return *entry.flow;
}

template <typename Flow>
std::unique_ptr<Flow> FlowTable<Flow>::take(const FlowKey& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : remove(*found->second);
}

template <typename Flow>
void FlowTable<Flow>::close_soon(const FlowKey& key, Timestamp now) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second->chain == &lingering_) return;
  Entry& entry = *found->second;
  quiet_.remove(entry);
  entry.since = now;
  entry.closed_at = packets_;
  lingering_.append(entry);
}

template <typename Flow>
void FlowTable<Flow>::keep_open(const FlowKey& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || found->second->chain == &quiet_) return;
  Entry& entry = *found->second;
  lingering_.remove(entry);
  entry.since = now_.value_or(Timestamp{});
  quiet_.append(entry);
}

template <typename Flow>
void FlowTable<Flow>::tell_time(Timestamp now) {
  if (!now_) {  // flows that came before the time was told are of now
    for (Entry& entry : entries_) entry.since = std::max(entry.since, now);
  }
  now_ = now;
}

template <typename Flow>
std::unique_ptr<Flow> FlowTable<Flow>::take_expired(Timestamp now) {
  tell_time(now);
  if (!has_expired(now)) return nullptr;
  const bool too_many = size() > limits_.flows;
  const bool is_lingering =
      lingering_.first != nullptr && (too_many || has_lingered(*lingering_.first, now));
  return remove(is_lingering ? *lingering_.first : *quiet_.first);
}

template <typename Flow>
std::unique_ptr<Flow> FlowTable<Flow>::take_any() {
  return entries_.empty() ? nullptr : remove(entries_.front());
}

template <typename Flow>
std::unique_ptr<Flow> FlowTable<Flow>::remove(Entry& entry) {
  std::unique_ptr<Flow> flow = std::move(entry.flow);
  entry.chain->remove(entry);
  by_key_.erase(entry.key);
  entries_.erase(entry.self);
  return flow;
}

}  // namespace smtpscope::tcp
