#pragma once
// The record of one connection: everything that was seen, nothing judged. Values only, owned.
//
//     exchanges  - greeting, commands and replies, in the order of the commands
//     transactions - the same, seen as mail
//     transport, gaps, tls - what TCP says, what the capture lacks, where it is hidden
//
// Strings hold octets as sent, secrets included: only analyzer/render shows them, escaped and
// masked.
#include "analyzer/session/gap.hpp"
#include "analyzer/session/left_out.hpp"
#include "analyzer/session/offer.hpp"
#include "analyzer/session/overlap.hpp"
#include "analyzer/session/ports.hpp"
#include "analyzer/session/proxy.hpp"
#include "analyzer/session/tls.hpp"
#include "analyzer/session/told.hpp"
#include "analyzer/session/transaction.hpp"
#include "analyzer/tcp/connection.hpp"
#include "dissectors/base/boxed.hpp"
#include "dissectors/smtp/exchange.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::session {

// What of ours was too small for a session.
enum class Limit : std::uint8_t {
  flows,          // too many connections at a time: this one was finished before its end
  memory,         // too much was held in all connections together: this one gave up its holes
  held_segments,  // too much waited behind a hole of this one
  held_dialogue,  // too much waited for a reply of the server, or too many commands did
  exchanges,      // the dialogue was too long to be kept whole
  transcript,     // so was a transcript
};
inline constexpr std::size_t limit_count = 6;

// What is gathered while the connection goes on. Apart from the rest, since thousands of them may
// be open at a time.
struct SessionSoFar {
  std::string helo;      // the last name that EHLO, HELO or LHLO gave
  std::string greeting;  // the first line's text of the server's greeting
  // By Side: octets of TCP payload told, and those that are missing. octets + missing = stream
  // length.
  std::array<std::uint64_t, 2> octets{};
  std::array<std::uint64_t, 2> missing{};
  std::vector<GapFact> gaps;  // up to gaps_kept, the rest is counted
  std::uint64_t gap_count = 0;
  Boxed<ProxyFacts> proxy;  // in front of the dialogue
  // Of the last EHLO or LHLO that was accepted: "SIZE 10240000".
  std::vector<std::string> extensions;
  std::vector<smtp::Exchange> exchanges;
  // Beyond the limit: accepted messages that stood between those exchanges, and what came behind
  // them all and found no room.
  std::vector<LeftOut> left_out;
  std::uint64_t exchanges_dropped = 0;
  std::array<std::uint64_t, limit_count> limits{};  // by Limit: how often it was reached
  // Octets that came twice with different values; the first of them.
  std::vector<Overlap> overlaps;
  std::uint64_t conflicting_octets = 0;
};

struct Session : SessionSoFar {
  std::uint64_t id = 0;  // from 1, in order of the first packet
  std::string file;      // the name of the file that the first packet is in
  // Of all files of the capture, by FrameId::file.
  std::shared_ptr<const std::vector<std::string>> files;
  Protocol protocol = Protocol::smtp;
  Service service = Service::other;
  net::Endpoint client, server;
  net::Tunnels via;         // that the first packet came through
  Timestamp start{};        // the first packet
  Nanoseconds duration{0};  // to the last packet, or ICMP error
  FrameId first_frame, last_frame;
  std::uint64_t frames = 0;  // of the connection, and ICMP errors about it
  // Packets that were captured twice, and are no part of `frames`.
  std::uint64_t duplicates = 0;
  std::array<std::uint64_t, 2> skipped{};  // octets told that belong to no exchange (after gaps)
  tcp::TransportFacts transport;
  std::array<tcp::ReassemblyCounts, 2> reassembly{};
  Boxed<smtp::TlsFacts> tls;  // where in the dialogue TLS is
  Boxed<TlsSeen> tls_seen;    // what shows of it; of octets in a capture alone
  Offers offers;              // of each EHLO, LHLO and HELO that was accepted
  std::vector<Transaction> transactions;
  Boxed<smtp::Message> open_message;        // begun and never ended
  Boxed<smtp::Reply> stray_server_text;     // what the server said that is no reply at all
  std::array<std::string, 2> first_octets;  // by Side, up to 64
  std::optional<Side> unseen;   // this side sent octets, and none of them is in the capture
  bool file_cut_short = false;  // the file breaks off inside a packet, and this was open then
  // Read from what a tool wrote, and not from packets: frames are its lines then, there are no
  // times, and of the transport is known only what it says. An address that it does not name is
  // 0.0.0.0, a port 0.
  Boxed<TranscriptFacts> transcript;

  [[nodiscard]] std::uint64_t limits_reached() const noexcept {
    return std::accumulate(limits.begin(), limits.end(), std::uint64_t{0});
  }

  [[nodiscard]] bool has_greeting() const noexcept {
    return !exchanges.empty() && exchanges.front().kind == smtp::ExchangeKind::greeting;
  }
  // The name of the file that `frame` is in if that is not `file`: "" for nearly all frames there
  // are.
  [[nodiscard]] std::string_view other_file(const FrameId& frame) const noexcept {
    if (frame == 0 || frame.file == first_frame.file || !files || frame.file >= files->size())
      return {};
    return (*files)[frame.file];
  }
  // What was told of the dialogue itself: without the prelude of a proxy.
  [[nodiscard]] std::uint64_t dialogue_octets(Side side) const noexcept {
    const auto own = static_cast<std::size_t>(side);
    const std::uint64_t prelude = proxy ? proxy->octets[own] : 0;
    return octets[own] > prelude ? octets[own] - prelude : 0;
  }
  // Seconds from the first packet to `origin`.
  [[nodiscard]] double seconds(const Origin& origin) const noexcept {
    return to_seconds(elapsed(start, origin.time));
  }
};

inline constexpr std::size_t gaps_kept = 256;

[[nodiscard]] inline bool is_known(const net::IpAddress& address) noexcept {
  return address != net::IpAddress{};
}

// Does the clock of the capture go back between these two packets, or is one of them the one that
// stood out? Then the time between them means nothing.
[[nodiscard]] bool clock_jumps_between(const Session& session, const Origin& from,
                                       const Origin& to) noexcept;

// When the question that `index`'s reply answers was asked: the command's packet; of the greeting,
// the end of the handshake, or of what a proxy had to say before it; of lost commands nothing. The
// wait is from there to the reply.
[[nodiscard]] std::optional<Origin> asked_at(const Session& session, std::size_t index) noexcept;
[[nodiscard]] std::optional<Nanoseconds> wait_of(const Session& session,
                                                 std::size_t index) noexcept;

// The stage that the dialogue had reached at its end, in the words of Postfix's logs: "CONNECT",
// "EHLO", "MAIL", "RCPT", "DATA", "END-OF-MESSAGE" ...: the last command that the client sent.
[[nodiscard]] std::string stage(const Session& session);

}  // namespace smtpscope::session
