#pragma once
// A map of bounded size that forgets what was put first.
//
//     Recent<std::string, Fact> facts({.entries = 2, .octets = 1000});
//     facts.put("a", ...); facts.put("b", ...); facts.put("c", ...);   "a" is forgotten
//
// No clock, no hash of what a peer chose: the same calls, the same contents, at the same cost.
#include <cstddef>
#include <iterator>
#include <list>
#include <set>
#include <utility>

namespace smtpscope::findings {

struct RecentLimits {
  std::size_t entries = 4096;
  std::size_t octets = 4 * 1024 * 1024;  // as put() was told of each
};

template <typename Key, typename Value>
class Recent {
 public:
  explicit Recent(RecentLimits limits) noexcept : limits_(limits) {}

  // In place of what the key had, and now the latest. `octets`: what the entry holds.
  void put(const Key& key, Value value, std::size_t octets) {
    erase(key);
    order_.push_back({key, std::move(value), octets});
    by_key_.insert(std::prev(order_.end()));
    octets_ += octets;
    while (!order_.empty() && (order_.size() > limits_.entries || octets_ > limits_.octets))
      erase(by_key_.find(order_.front().key));
  }
  void erase(const Key& key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) erase(found);
  }
  void clear() noexcept {
    by_key_.clear();
    order_.clear();
    octets_ = 0;
  }
  // Out of the map; a new one if there is none.
  [[nodiscard]] Value take(const Key& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return {};
    Value value = std::move((*found)->value);
    erase(found);
    return value;
  }
  // nullptr if there is none. Lives until the next call that changes anything.
  template <typename LikeKey>
  [[nodiscard]] const Value* find(const LikeKey& key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &(*found)->value;
  }
  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }

 private:
  struct Entry {
    Key key;
    Value value;
    std::size_t octets = 0;
  };

  using Place = typename std::list<Entry>::iterator;
  struct ByKey {
    // The library asks for this name.
    using is_transparent = void;  // NOLINT(readability-identifier-naming)
    bool operator()(const auto& a, const auto& b) const { return key_of(a) < key_of(b); }
    static const Key& key_of(Place place) noexcept { return place->key; }
    static const auto& key_of(const auto& key) noexcept { return key; }
  };
  using Index = std::set<Place, ByKey>;
  void erase(typename Index::iterator found) {
    const Place place = *found;
    octets_ -= place->octets;
    by_key_.erase(found);
    order_.erase(place);
  }

  RecentLimits limits_;
  std::list<Entry> order_;  // the oldest first
  Index by_key_;
  std::size_t octets_ = 0;  // of all
};

}  // namespace smtpscope::findings
