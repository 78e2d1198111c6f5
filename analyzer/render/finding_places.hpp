#pragma once
// Where in the timeline each finding is told. Private to this folder.
#include "analyzer/render/story.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace smtpscope::render {

// Which findings stand behind which exchange. Places: 0 is before all of them, i + 1 behind
// exchange i, one more behind the end; and under_tls. Points to the story.
class FindingPlaces {
 public:
  static constexpr std::size_t under_tls = static_cast<std::size_t>(-1);

  explicit FindingPlaces(const Story& story);

  // Those of a place, in their order.
  template <typename Show>
  void each_at(std::size_t place, const Show& show) const {
    auto placed = std::ranges::lower_bound(placed_, place, {}, &Placed::place);
    for (; placed != placed_.end() && placed->place == place; ++placed)
      show(story_.findings[placed->finding]);
  }

 private:
  struct Placed {
    std::size_t place = 0;
    std::size_t finding = 0;
    friend auto operator<=>(const Placed&, const Placed&) = default;
  };
  [[nodiscard]] std::size_t place_of(const findings::Finding& finding, FrameId end_frame) const;

  const Story& story_;
  std::vector<FrameId> frames_;  // by exchange: the latest packet so far
  std::vector<Placed> placed_;   // sorted
};

}  // namespace smtpscope::render
