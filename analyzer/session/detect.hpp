#pragma once
// Is this flow mail, and who is the client? From SYN, ports and the first octets.
#include "dissectors/base/stream.hpp"
#include "dissectors/net/segment.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace smtpscope::session {

// Who sent this first segment of a flow. Nothing if neither SYN, nor ports, nor content tell.
[[nodiscard]] std::optional<Side> sender_of(const net::Segment& segment) noexcept;

enum class Likeness : std::uint8_t { mail, maybe, other };
// What the first octets of a side look like, on a port that is not known for mail.
[[nodiscard]] Likeness likeness_of(Side side, std::string_view first_octets) noexcept;

}  // namespace smtpscope::session
