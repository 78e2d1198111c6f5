#pragma once
// From packets to sessions: decodes, finds the connection, decides whether it is mail, and builds.
//
//     while (const Packet* packet = source.next()) { analyzer.take(*packet); ... analyzer.next_session() ... }
//     analyzer.finish(FileEnd::whole);
//
// IP fragments are put together, and the packet that completes a datagram counts as what is in it.
// A packet that was captured twice is analysed once. Each packet is in exactly one count of
// Accounts.
//
// A flow on a port of mail is taken for mail; on any other port what is said decides: a greeting
// that says SMTP, or EHLO, HELO or LHLO (detect.hpp). Until then its packets are kept
// (beginning.hpp).
#include "analyzer/ip/duplicates.hpp"
#include "analyzer/ip/fragments.hpp"
#include "analyzer/session/beginning.hpp"
#include "analyzer/session/builder.hpp"
#include "analyzer/session/ports.hpp"
#include "analyzer/session/session.hpp"
#include "analyzer/session/session_order.hpp"
#include "analyzer/session/shard.hpp"
#include "analyzer/tcp/connection.hpp"
#include "analyzer/tcp/flow_table.hpp"
#include "analyzer/tcp/time_wait.hpp"
#include "dissectors/base/packet.hpp"
#include "dissectors/net/decode.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace smtpscope::session {

struct AnalyzerLimits {
  tcp::FlowLimits flows;
  tcp::TimeWaitLimits time_wait;
  tcp::ConnectionLimits connection;
  ip::FragmentLimits fragments;
  ip::DuplicateLimits duplicates;
  BuilderLimits session;
  // Held in all connections together: segments behind holes, and what waits for a reply. Beyond,
  // those that hold the most give it up. A flood of broken connections costs no more; whole ones
  // hold nearly nothing.
  std::size_t held_bytes = 256 * 1024 * 1024;
  std::size_t hosts = 4096;  // whose checksums are counted one by one
  BeginningLimits beginning;
  // Kept of all flows that are not decided yet, in octets: beyond, the one that wants more is
  // decided as it is.
  std::size_t beginnings = 16 * 1024 * 1024;
  std::size_t icmp_of_undecided = 4;     // ICMP errors kept of each; further ones are not told
  std::size_t ports = 4096;              // of other traffic that are counted one by one
  std::size_t waiting_exchanges = 8192;  // of finished sessions that wait for an earlier one to end
};

// What to do with a segment whose TCP checksum is wrong.
enum class Checksums : std::uint8_t {
  ignore,  // take the segment: offload makes them wrong in most captures of a sender
  check,   // leave it out, as its receiver did, unless all of that host's are wrong (offload)
};

struct Accounts {
  std::uint64_t packets = 0;    // = mail + late + other_tcp + duplicates + all of not_tcp
  std::uint64_t mail = 0;       // belong to a session: its packets, and ICMP errors about them
  std::uint64_t late = 0;       // of mail, and nothing new: their session was told
  std::uint64_t other_tcp = 0;  // TCP that is no mail
  // TCP, or ICMP about it, of mail or not known yet: captured before, elsewhere.
  std::uint64_t duplicates = 0;
  std::array<std::uint64_t, net::not_tcp_why_count> not_tcp{};
  ip::FragmentCounts fragments;
  std::map<std::uint16_t, std::uint64_t> other_ports;  // packets by the server's port, as it seems
  std::uint64_t icmp_errors = 0;                       // a part of mail
  std::uint64_t icmp_misfits = 0;  // quote what no side of the session ever sent; a part of not_tcp
  std::uint64_t flows = 0;         // finished connections = sessions + other_flows
  std::uint64_t other_flows = 0;
  std::uint64_t sessions = 0;
  std::array<std::uint64_t, tcp::closed_count> ended{};  // sessions, by tcp::Closed
  std::uint64_t octets_told = 0;                         // of all sessions, both directions
  std::uint64_t octets_missing = 0;                      // ... in gaps, which are so many:
  std::uint64_t gaps = 0;
  std::array<std::uint64_t, limit_count> limits{};  // reached in sessions, by Limit
  std::uint64_t guessed_flows = 0;  // a limit ended the waiting for what they would say
  // Among those that were looked at: all, or the first with payload of each side.
  std::uint64_t wrong_checksums = 0;
  std::uint64_t checked_checksums = 0;
  // Left out for a wrong checksum (a part of mail or other_tcp).
  std::uint64_t ignored_segments = 0;
  std::uint64_t offloading_hosts = 0;  // all of their checksums are wrong
  std::uint64_t evicted_flows = 0;     // finished before their end: too many at a time
  std::uint64_t memory_reached = 0;    // how often too much was held in all connections together
};

// What SessionOrder has to know, where several analyzers share a capture: a connection by its first
// packet, or a session.
struct ConnectionOpened {
  FrameId first;
};
struct ConnectionClosed {
  FrameId first;
};
using SessionEvent = std::variant<ConnectionOpened, ConnectionClosed, std::unique_ptr<Session>>;

// Those of two analyzers that share a capture.
Accounts& operator+=(Accounts& accounts, const Accounts& others);

enum class FileEnd : std::uint8_t { whole, cut_short };

class Analyzer {
 public:
  // `files`: the names of the capture's files, by FrameId::file.
  Analyzer(std::vector<std::string> files, Order order, AnalyzerLimits limits = {},
           Ports ports = {}, Checksums checksums = Checksums::ignore);
  // Of a capture that is one file.
  Analyzer(std::string file, Order order, AnalyzerLimits limits = {}, Ports ports = {},
           Checksums checksums = Checksums::ignore)
      : Analyzer(std::vector<std::string>{std::move(file)}, order, limits, std::move(ports),
                 checksums) {}

  // Before the first packet: messages are to have digests (Message::digest), which costs time.
  void want_digests() noexcept { digests_ = true; }

  // Before the first packet: only these connections are analysed and counted; called again, only
  // those of both. All packets are to be taken all the same: they tell the time.
  void take_only(const Shard& shard) { shards_.push_back(shard); }
  // Before the first packet: somebody else puts the sessions in order. next_session() gives nothing
  // then, and take_events() what happened since it was asked last; `events` is emptied first.
  void tell_events() noexcept { tells_events_ = true; }
  [[nodiscard]] bool has_events() const noexcept { return !events_.empty(); }
  void take_events(std::vector<SessionEvent>& events) {
    events.clear();
    events.swap(events_);
  }

  // TLS that begins from here on is opened with these keys, as far as they do. They outlive this,
  // and may grow.
  void use_keys(const tls::KeyLog& keys) noexcept { keys_ = &keys; }

  // A packet without a number only tells the time (live capture while nothing comes).
  void take(const Packet& packet);
  // Nothing more will come: all that is open is finished.
  void finish(FileEnd end);
  // The same, one connection with each call, the earliest first; false: none is left. Told at once,
  // its session is still in the processor's caches, and all others need no memory yet.
  [[nodiscard]] bool finish_one(FileEnd end);
  // The next session that is complete and in its turn; its id is set here.
  [[nodiscard]] std::optional<Session> next_session();
  // False: there is none.
  [[nodiscard]] bool may_have_session() const noexcept { return order_.may_have_next(); }
  [[nodiscard]] const Accounts& accounts() const noexcept { return accounts_; }
  [[nodiscard]] std::size_t open_flows() const noexcept { return flows_.size(); }
  [[nodiscard]] std::size_t held_bytes() const noexcept { return held_bytes_; }

 private:
  struct Flow {
    enum class Kind : std::uint8_t { undecided, mail, other } kind = Kind::undecided;
    bool closing = false;
    std::array<bool, 2> checksum_seen{};          // by Side
    std::uint16_t server_port = 0;                // as it seems
    smtp::Start start = smtp::Start::connection;  // of mail, for the builder
    std::uint64_t packets = 0;
    std::unique_ptr<Beginning> beginning;         // of undecided ones
    std::unique_ptr<tcp::Connection> connection;  // of mail
    // Of mail on which something was said; see builder_of().
    std::unique_ptr<Builder> builder;
    std::size_t held_bytes = 0;  // as counted in held_bytes_
    ip::DuplicateFinder duplicates;
    FrameId first_frame;
    net::Tunnels via;                                     // of the first packet
    std::vector<std::pair<net::IcmpError, Origin>> icmp;  // about it, while it is undecided
  };
  struct HostChecksums {
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;
  };

  void advance(const Packet& packet);
  void take_fragment(const Packet& packet, const net::Fragment& fragment);
  void count(const net::NotTcp& not_tcp) noexcept;
  void take_segment(const Packet& packet, const net::Segment& segment);
  void take_icmp(const Packet& packet, const net::IcmpError& error);
  void take_kept_icmp(Flow& flow);
  void count_icmp(Flow& flow, const net::IcmpError& error, Origin origin);
  void count_misfit() noexcept;
  Flow& begin(const tcp::FlowKey& key, const net::Segment& segment, Origin origin);
  void decide(Flow& flow, const net::Segment& segment, Origin origin);
  void settle(Flow& flow, const Beginning::Decision& decision);
  // Made when it is needed: of a flood of SYNs no dialogue has to be kept.
  [[nodiscard]] Builder& builder_of(Flow& flow);
  void make_mail(Flow& flow, const Parties& parties, smtp::Start start);
  void play(Flow& flow, const net::Segment& segment, Origin origin);
  [[nodiscard]] static bool is_reuse(const Flow& flow, const net::Segment& segment) noexcept;
  [[nodiscard]] static bool is_closed(const Flow& flow) noexcept;
  void drain(Flow& flow);
  void count_held(Flow& flow);
  void count_held(Flow& flow, std::size_t held) noexcept;
  void keep_memory(Origin origin);
  void finish(Flow& flow, tcp::Closed why, Origin origin, FileEnd end);
  void count(const Session& session);
  [[nodiscard]] bool is_ours(const tcp::FlowKey& key) const noexcept {
    return std::ranges::all_of(shards_, [&key](const Shard& shard) { return shard.has(key); });
  }
  // ... and so is what belongs to no connection.
  [[nodiscard]] bool is_first() const noexcept {
    return std::ranges::all_of(shards_, &Shard::is_first);
  }
  void note_opened(const FrameId& first);
  void note_closed(const FrameId& first);
  void note_finished(Session&& session);
  void expire(Timestamp now);
  void look_at_checksum(Flow& flow, const Packet& packet, const net::Segment& segment);
  [[nodiscard]] bool is_broken(const Packet& packet, const net::Segment& segment);

  std::shared_ptr<const std::vector<std::string>> files_;
  AnalyzerLimits limits_;
  SessionOrder<Session> order_;
  std::uint64_t told_ = 0;     // sessions
  std::vector<Shard> shards_;  // to take only what is in all of them
  bool tells_events_ = false;
  std::vector<SessionEvent> events_;
  Ports ports_;
  Checksums checksums_;
  bool digests_ = false;
  const tls::KeyLog* keys_ = nullptr;
  Accounts accounts_;
  std::size_t held_bytes_ = 0;  // of all flows
  std::map<net::IpAddress, HostChecksums> host_checksums_;
  bool crowded_ = false;  // the flow that is finished is one too many
  ip::FragmentTable fragments_;
  tcp::FlowTable<Flow> flows_;
  tcp::TimeWait time_wait_;
  Timestamp now_{};
  std::optional<Timestamp> doubtful_;          // the last packet's time was far ahead of all others
  std::optional<tcp::FlowKey> doubtful_flow_;  // ... and it belonged to this flow
  std::size_t beginnings_ = 0;                 // what is kept of flows that are not decided yet
};

}  // namespace smtpscope::session
