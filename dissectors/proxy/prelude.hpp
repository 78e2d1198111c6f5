#pragma once
// What stands before the dialogue where a proxy is in front: read, and taken away.
//
//     client: PROXY TCP4 ... CR LF | EHLO ...            client: 05 01 00 | 05 01 00 ... | EHLO ...
//     server:                220 ...                     server: 05 00    | 05 00 ...    | 220 ...
//             ------ prelude ----- + dialogue                    ------- prelude ------- + dialogue
//
// Events go in as they come, and come out without the prelude's octets; offsets, and what each side
// had acknowledged, count from behind it. Without a prelude nothing changes, and nothing is copied,
// but the first octets of a client that begin like one.
#include "dissectors/base/boxed.hpp"
#include "dissectors/base/stream.hpp"
#include "dissectors/proxy/facts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::proxy {

struct PreludeLimits {
  std::size_t held_octets =
      16 * 1024;  // of both sides; no honest one is longer, but an error page of HTTP
};

// Can a prelude begin with this octet? Nearly no other client begins with one of these.
[[nodiscard]] constexpr bool may_begin(char octet) noexcept {
  return octet == 'P' || octet == 'C' || octet == '\r' || octet == '\x04' || octet == '\x05';
}

// Of what both sides have sent so far, from their first octets on. `server` may have begun with its
// greeting: then only a PROXY header can be there.
[[nodiscard]] Reading read_prelude(std::string_view client, std::string_view server);

class Prelude {
 public:
  explicit Prelude(PreludeLimits limits = {}) : limits_(limits) {}

  // The next event, in causal order, as long as it is not over(). Then next() until it gives
  // nothing.
  void take(Side side, const StreamEvent& event);
  // What goes on to the dialogue. Views live until the next call, or as long as those that were
  // taken.
  [[nodiscard]] std::optional<std::pair<Side, StreamEvent>> next();

  // Decided, and everything that was held is told: from here on behind() is enough.
  [[nodiscard]] bool over() const noexcept {
    return decided_ && next_held_ == held_.size() && !passing_;
  }
  // The event without what belongs to the prelude; nothing if all of it does.
  [[nodiscard]] std::optional<StreamEvent> behind(Side side,
                                                  const StreamEvent& event) const noexcept;

  // Nothing if there is none. What was read so far, where it did not come to its end.
  [[nodiscard]] const Boxed<Facts>& facts() const noexcept { return facts_; }
  [[nodiscard]] std::uint64_t octets(Side side) const noexcept { return octets_[index(side)]; }
  [[nodiscard]] const Origin& begun() const noexcept { return begun_; }
  [[nodiscard]] const Origin& ended() const noexcept { return ended_; }
  [[nodiscard]] std::uint64_t limits_reached() const noexcept { return limits_reached_; }

 private:
  struct Held {
    Side side = Side::client;
    StreamEvent event;
    std::vector<std::uint8_t> octets;  // what the event views
  };
  [[nodiscard]] static constexpr std::size_t index(Side side) noexcept {
    return static_cast<std::size_t>(side);
  }

  void look(Origin origin);
  void give_up(Origin origin);
  void decide(const Reading& reading, Origin origin);
  void hold(Side side, const StreamEvent& event);

  PreludeLimits limits_;
  std::array<std::string, 2> heads_;  // what each side sent, as far as it is held
  std::vector<Held> held_;            // the same as events, and others
  std::size_t next_held_ = 0;         // told on from here
  std::size_t held_octets_ = 0;
  std::optional<std::pair<Side, StreamEvent>> passing_;
  std::vector<std::uint8_t> current_;  // what next() gave last
  bool decided_ = false;
  bool server_spoke_ = false;  // before the client: it is no proxy
  bool server_lost_ = false;   // its octets are not in the capture
  std::array<std::uint64_t, 2> octets_{};
  Boxed<Facts> facts_;
  Origin begun_, ended_;
  std::uint64_t limits_reached_ = 0;
};

}  // namespace smtpscope::proxy
