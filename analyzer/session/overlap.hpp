#pragma once
// Octets of a dialogue that were sent twice, with different values.
//
// The reassembler compares what waits behind a hole. What is in order is told and not kept, so a
// later copy of it is compared with what the dialogue made of it: the text of commands and replies.
// Message text is compared in neither way once it was told.
#include "analyzer/session/gap.hpp"
#include "dissectors/base/bytes.hpp"
#include "dissectors/smtp/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace smtpscope::session {

struct Overlap {
  Side side = Side::client;  // who sent them, as it seems
  Extent extent;             // from the first octet that differs to the last one
  std::string told;          // the version that the session tells; both may be cut at a limit
  std::string other;
  Origin told_origin, other_origin;
};

struct RepeatLimits {
  // Of copies that wait for the exchange they belong to; a group of commands.
  std::size_t octets = 4096;
  std::size_t pieces = 16;
  std::size_t overlaps = 8;          // told; further ones are only counted
  std::size_t overlap_octets = 256;  // of each version
};

// Compares copies of octets that were told before with the commands and replies that they are a
// part of.
class Repeats {
 public:
  explicit Repeats(RepeatLimits limits = {}) : limits_(limits) {}

  // A copy came. The exchanges told so far are looked at once; then it waits for the ones that
  // follow.
  void add(Side side, StreamOffset offset, Bytes bytes, Origin origin,
           const std::vector<smtp::Exchange>& told);
  // A new exchange: was any part of it repeated otherwise?
  void look_at(const smtp::Exchange& exchange);

  [[nodiscard]] bool waiting() const noexcept { return !pieces_.empty(); }
  [[nodiscard]] std::vector<Overlap> take() noexcept { return std::move(overlaps_); }
  [[nodiscard]] const RepeatLimits& limits() const noexcept { return limits_; }

 private:
  struct Piece {
    Side side;
    StreamOffset offset;
    std::string octets;
    Origin origin;
  };
  void compare(const Piece& piece, const smtp::Exchange& exchange);
  void compare(const Piece& piece, Extent place, const std::string& text, Origin origin);

  RepeatLimits limits_;
  std::vector<Piece> pieces_;
  std::size_t octets_ = 0;
  std::vector<Overlap> overlaps_;
};

}  // namespace smtpscope::session
