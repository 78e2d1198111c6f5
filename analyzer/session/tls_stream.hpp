#pragma once
// The TLS of one session: its octets in, and what the keys open of them out.
//
//     smtp::Dialogue --TlsPiece--> TlsStream [tls::Conversation] --Octets | Gap in clear--> smtp::Dialogue
//
// Without keys that fit nothing comes out, and finish() has what shows all the same.
#include "analyzer/session/tls.hpp"
#include "dissectors/base/stream.hpp"
#include "dissectors/tls/conversation.hpp"
#include "dissectors/tls/key_log.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace smtpscope::session {

class TlsStream {
 public:
  // `keys` outlives it, and may grow; nullptr if there are none.
  explicit TlsStream(const tls::KeyLog* keys) : conversation_(keys) {}

  // Octets or a gap; then call next() until there is nothing more.
  void take(Side side, const StreamEvent& event);
  // What it opened; octets live until the next call. Before the first of them, gaps are not told
  // but by lost().
  [[nodiscard]] std::optional<std::pair<Side, StreamEvent>> next();
  // Something was opened.
  [[nodiscard]] bool opens() const noexcept { return opens_; }
  // What could not be opened of `side` before the first octets that could; told once.
  [[nodiscard]] std::optional<Gap> take_lost(Side side) noexcept {
    return std::exchange(lost_[index_of(side)], {});
  }

  // What is held while nothing is opened.
  [[nodiscard]] std::size_t held_bytes() const noexcept {
    return opens_ ? 0 : conversation_.held_bytes();
  }
  // Memory is short: what was seen so far has to do, unless something was opened.
  void give_up();
  [[nodiscard]] TlsSeen finish();

 private:
  void note_lost(Side side, const Gap& gap) noexcept;

  tls::Conversation conversation_;
  Side side_ = Side::client;  // whose octets rest_ are
  Octets rest_;               // not taken yet
  bool opens_ = false;
  std::array<std::optional<Gap>, 2> lost_{};
  std::optional<tls::Facts> given_up_;  // what was seen until then
};

}  // namespace smtpscope::session
