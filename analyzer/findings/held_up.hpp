#pragma once
// What a side sent did not get through until the end, as TCP and ICMP show it. net.stalled,
// net.mtu-black-hole and net.icmp-unreachable say so; what the other side did then is no fault of
// its own.
#include "analyzer/session/session.hpp"

namespace smtpscope::findings {

// The segment of this side that was sent again and again and never acknowledged; nullptr if there
// is none.
[[nodiscard]] const tcp::Stall* stall_of(const session::Session& session, Side side) noexcept;
// The window of the sender's peer was closed: then it is no wonder.
[[nodiscard]] bool is_window_closed(const session::Session& session, Side sender) noexcept;
// The segment is large, while smaller ones passed.
[[nodiscard]] bool is_black_hole(const session::Session& session, Side side) noexcept;
// The same seen from the receiver: the sender counts octets as sent that never came, and keeps
// saying so.
[[nodiscard]] bool is_black_hole_afar(const session::Session& session, Side side) noexcept;
// What an ICMP error says about packets of this side that never arrived; nullptr if there is none.
[[nodiscard]] const tcp::IcmpReport* icmp_in_the_way(const session::Session& session,
                                                     Side side) noexcept;

// Any of these, of either side.
[[nodiscard]] bool is_held_up(const session::Session& session) noexcept;

}  // namespace smtpscope::findings
