#include "analyzer/session/analyzer.hpp"

#include "analyzer/session/detect.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::session {
namespace {

constexpr std::uint64_t checksums_looked_at = 64;

std::uint16_t likely_server_port(const net::Segment& segment) noexcept {
  if (segment.flags.syn) return segment.flags.ack ? segment.source.port : segment.destination.port;
  return std::min(segment.source.port, segment.destination.port);
}

bool touches_mail_port(const net::Segment& segment) noexcept {
  return is_mail_port(segment.source.port) || is_mail_port(segment.destination.port);
}

}  // namespace

Analyzer::Analyzer(std::vector<std::string> files, Order order, AnalyzerLimits limits)
    : files_(std::make_shared<const std::vector<std::string>>(std::move(files))), order_(order), limits_(limits), flows_(limits.flows) {}

void Analyzer::take(const Packet& packet) {
  advance(packet);
  if (packet.number == 0) return;
  ++accounts_.packets;
  const net::Decoded decoded = net::decode(packet);
  if (const auto* segment = std::get_if<net::Segment>(&decoded)) {
    take_segment(packet, *segment);
  } else if (const auto* other = std::get_if<net::NotTcp>(&decoded)) {
    ++accounts_.not_tcp[static_cast<std::size_t>(other->why)];
  } else {
    ++accounts_.not_tcp[static_cast<std::size_t>(net::NotTcpWhy::fragment)];
  }
}

// The capture's clock. One packet whose time is far ahead proves nothing (some captures have a frame that is
// decades off): only a second one like it, or a live source, moves the clock that far.
void Analyzer::advance(const Packet& packet) {
  const Nanoseconds far = limits_.flows.idle;
  const bool far_ahead = now_ != Timestamp{} && packet.time > now_ + far && packet.number != 0;
  if (far_ahead && (!doubtful_ || packet.time > *doubtful_ + far || packet.time + far < *doubtful_)) {
    doubtful_ = packet.time;
    doubtful_flow_.reset();
    return;
  }
  now_ = packet.time + far < now_ ? packet.time : std::max(now_, packet.time);
  flows_.tell_time(now_);
  if (far_ahead && doubtful_flow_) (void)flows_.find(*doubtful_flow_);  // it was active then
  doubtful_.reset();
  expire(now_);
}

void Analyzer::take_segment(const Packet& packet, const net::Segment& segment) {
  const Origin origin{frame_of(packet), packet.time};
  const tcp::FlowKey key = tcp::key_of(segment);
  if (doubtful_) doubtful_flow_ = key;
  Flow* flow = flows_.find(key);
  if (flow != nullptr && segment.flags.syn && flow->connection && flow->connection->is_reuse(segment)) {
    const std::unique_ptr<Flow> old = flows_.take(key);
    finish(*old, tcp::Closed::idle, Origin{0, packet.time}, FileEnd::whole);
    flow = nullptr;
  }
  if (flow == nullptr) flow = &begin(key, segment, origin);
  ++flow->packets;
  if (flow->kind == Flow::Kind::undecided) decide(*flow, segment);
  if (flow->kind == Flow::Kind::other) {
    ++accounts_.other_tcp;
    return;
  }
  if (flow->kind == Flow::Kind::mail) {
    ++accounts_.mail;
    look_at_checksum(packet, segment);
  }
  if (flow->connection) {
    flow->connection->take(segment, origin);
    if (flow->builder) drain(*flow);
    flow->connection->settle();
    if (!flow->closing && flow->connection->closed()) {
      flow->closing = true;
      flows_.close_soon(key, packet.time);
    }
  }
}

Analyzer::Flow& Analyzer::begin(const tcp::FlowKey& key, const net::Segment& segment, Origin origin) {
  auto flow = std::make_unique<Flow>();
  flow->first_frame = origin.frame;
  flow->server_port = likely_server_port(segment);
  open_frames_.insert(flow->first_frame);
  if (touches_mail_port(segment)) make_mail(*flow, segment);
  return flows_.insert(key, std::move(flow));
}

// A flow on a port that is not known for mail: kept, without being read, until its first octets tell.
void Analyzer::decide(Flow& flow, const net::Segment& segment) {
  if (!flow.connection) {
    if (const auto sender = sender_of(segment)) connect(flow, segment, *sender);
  }
  if (segment.payload.empty()) return;
  const Likeness likeness = flow.connection
                                ? likeness_of(flow.connection->side_of(segment), as_text(segment.payload))
                                : Likeness::other;
  if (likeness == Likeness::mail) {
    make_mail(flow, segment);
    accounts_.mail += flow.packets - 1;
  } else if (likeness == Likeness::other) {
    make_other(flow);
    accounts_.other_tcp += flow.packets - 1;
  }
}

void Analyzer::connect(Flow& flow, const net::Segment& segment, Side sender) {
  const bool from_client = sender == Side::client;
  flow.connection = std::make_unique<tcp::Connection>(from_client ? segment.source : segment.destination,
                                                      from_client ? segment.destination : segment.source,
                                                      limits_.connection);
}

void Analyzer::make_mail(Flow& flow, const net::Segment& segment) {
  flow.kind = Flow::Kind::mail;
  if (!flow.connection) connect(flow, segment, sender_of(segment).value_or(Side::client));
  const bool from_start = segment.flags.syn || flow.connection->facts().syn || flow.connection->facts().syn_ack;
  flow.builder = std::make_unique<Builder>(files_, from_start ? smtp::Start::connection : smtp::Start::midstream,
                                           limits_.dialogue);
}

void Analyzer::make_other(Flow& flow) {
  flow.kind = Flow::Kind::other;
  flow.connection.reset();
  open_frames_.erase(flow.first_frame);
}

void Analyzer::drain(Flow& flow) {
  while (auto event = flow.connection->next()) flow.builder->take(event->first, event->second);
}

void Analyzer::finish(Flow& flow, tcp::Closed why, Origin origin, FileEnd end) {
  open_frames_.erase(flow.first_frame);
  if (flow.kind != Flow::Kind::mail) {
    if (flow.kind == Flow::Kind::undecided) accounts_.other_tcp += flow.packets;
    auto& ports = accounts_.other_ports;
    if (ports.size() < limits_.ports || ports.contains(flow.server_port)) {
      ports[flow.server_port] += flow.packets;
    }
    return;
  }
  flow.connection->finish(why, origin);
  drain(flow);
  ++accounts_.sessions;
  Session session = flow.builder->finish(*flow.connection, end == FileEnd::cut_short);
  waiting_exchanges_ += session.exchanges.size() + 1;
  finished_.emplace(session.first_frame, std::move(session));
}

void Analyzer::expire(Timestamp now) {
  while (const std::unique_ptr<Flow> flow = flows_.take_expired(now)) {
    finish(*flow, tcp::Closed::idle, Origin{0, now}, FileEnd::whole);
  }
}

void Analyzer::finish(FileEnd end) {
  while (const std::unique_ptr<Flow> flow = flows_.take_any()) {
    finish(*flow, tcp::Closed::capture_end, Origin{0, now_}, end);
  }
}

std::optional<Session> Analyzer::next_session() {
  if (finished_.empty()) return std::nullopt;
  const bool full = waiting_exchanges_ > limits_.waiting_exchanges;
  const bool in_turn = open_frames_.empty() || finished_.begin()->first < *open_frames_.begin();
  if (order_ == Order::first_packet && !in_turn && !full) return std::nullopt;
  std::optional<Session> session(std::move(finished_.begin()->second));
  finished_.erase(finished_.begin());
  waiting_exchanges_ -= session->exchanges.size() + 1;
  session->id = next_id_++;
  return session;
}

void Analyzer::look_at_checksum(const Packet& packet, const net::Segment& segment) {
  if (accounts_.checked_checksums >= checksums_looked_at || segment.payload.empty()) return;
  const net::ChecksumState state = net::tcp_checksum(packet);
  if (state == net::ChecksumState::unknown) return;
  ++accounts_.checked_checksums;
  if (state == net::ChecksumState::wrong) ++accounts_.wrong_checksums;
}

}  // namespace smtpscope::session
