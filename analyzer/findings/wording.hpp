#pragma once
// How findings and verdicts name things: the two hosts, commands, replies, spans of time. What
// stood on the wire is quoted in part only, and never the secrets of an authentication.
#include "analyzer/findings/attempt.hpp"
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

// "2.3 s", "45 ms", "12 s", "4 min 10 s": as many digits as are of use.
[[nodiscard]] std::string span_words(Nanoseconds span);
// "1 octet", "2 octets", "1 reply"; `several` only where adding an "s" will not do.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one,
                                  std::string_view several = {});
// "1st", "2nd", "11th".
[[nodiscard]] std::string ordinal(std::size_t number);
inline constexpr std::size_t quoted_octets_max = 120;

// "frame 12"; "frame 12 of cap_00002.pcap" where that is not the file of the session's first
// packet; "the end of the capture" for the Origin that is no packet.
[[nodiscard]] std::string frame_words(const session::Session& session, const Origin& origin);
// "session 1 (frame 3 to frame 17)", of an earlier one; files as in frame_words().
[[nodiscard]] std::string session_words(const session::Session& session, const SessionRef& other);
// "a", "a and b", "a, b and 3 more".
[[nodiscard]] std::string listed(const std::vector<std::string>& words, std::size_t most = 4);
// At most so many octets of it and then "...", not cut inside a character of UTF-8.
[[nodiscard]] std::string shortened(std::string_view wire, std::size_t octets_max);
[[nodiscard]] std::string_view name_of(Side side) noexcept;  // "client"

// "wire text", in quotation marks.
[[nodiscard]] std::string quoted(std::string_view wire);
// 550 5.1.1 <bob@example.com>: no such user. All lines, joined by a blank.
[[nodiscard]] std::string reply_words(const smtp::Reply& reply,
                                      std::size_t octets_max = quoted_octets_max);
// What the exchange asks, to be read inside a sentence: RCPT TO:<bob@example.com>, AUTH LOGIN as
// alice, the end of the message, an empty line, the connection.
[[nodiscard]] std::string asked_words(const smtp::Exchange& exchange);
// "the server answered 250 Ok", "the server never answered", "the answer is not in the capture".
[[nodiscard]] std::string answer_words(const smtp::Exchange& exchange);

// "the client 192.0.2.10 closed the connection (FIN)", "there was silence", "the capture ended".
[[nodiscard]] std::string departure_words(const session::Session& session,
                                          const Departure& departure);

// Where the session was read from: "capture", "transcript".
[[nodiscard]] std::string_view record_word(const session::Session& session) noexcept;
// "192.0.2.10"; of a transcript, which may not tell the address, the name of the server; else
// empty.
[[nodiscard]] std::string host_words(const session::Session& session, Side side);
// "the client 192.0.2.10", "the server 198.51.100.25".
[[nodiscard]] std::string side_words(const session::Session& session, Side side);
// The same at the start of a sentence.
[[nodiscard]] std::string side_first(const session::Session& session, Side side);
// ", and its hop limit is 47 where the server's other packets have 64: it may come from a box in
// between", for an RST in the name of `by`; empty if there is nothing odd about it.
[[nodiscard]] std::string hop_limit_words(const session::Session& session, std::optional<Side> by,
                                          std::uint8_t hop_limit);
// The name that the server's greeting gives; its address if that is none.
[[nodiscard]] std::string server_name(const session::Session& session);

}  // namespace smtpscope::findings
