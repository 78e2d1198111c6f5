#include "analyzer/session/analyzer.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace smtpscope::session {
namespace {

// Fragmented datagrams in the datagrams that fragments make: a tunnel cuts again what came cut,
// once.
constexpr int nested_datagrams_max = 4;

std::uint16_t likely_server_port(const net::Segment& segment) noexcept {
  if (segment.flags.syn) return segment.flags.ack ? segment.source.port : segment.destination.port;
  return std::min(segment.source.port, segment.destination.port);
}

// Who is who by the ports alone: one port of mail is the server's, and else the lower port is.
Parties parties_by_ports(const net::Segment& segment, const Ports& ports) noexcept {
  const bool from_mail = ports.is_mail(segment.source.port);
  const bool to_mail = ports.is_mail(segment.destination.port);
  const bool from_lower = segment.source.port < segment.destination.port;
  const bool by_server = from_mail != to_mail ? from_mail : from_lower;
  return parties_of(segment, by_server ? Side::server : Side::client);
}

}  // namespace

Accounts& operator+=(Accounts& accounts, const Accounts& others) {
  static constexpr std::uint64_t Accounts::*counts[] = {&Accounts::packets,
                                                        &Accounts::mail,
                                                        &Accounts::late,
                                                        &Accounts::other_tcp,
                                                        &Accounts::duplicates,
                                                        &Accounts::icmp_errors,
                                                        &Accounts::icmp_misfits,
                                                        &Accounts::flows,
                                                        &Accounts::other_flows,
                                                        &Accounts::sessions,
                                                        &Accounts::octets_told,
                                                        &Accounts::octets_missing,
                                                        &Accounts::gaps,
                                                        &Accounts::guessed_flows,
                                                        &Accounts::wrong_checksums,
                                                        &Accounts::checked_checksums,
                                                        &Accounts::ignored_segments,
                                                        &Accounts::offloading_hosts,
                                                        &Accounts::evicted_flows,
                                                        &Accounts::memory_reached};
  for (const auto count : counts) accounts.*count += others.*count;
  const auto add = [](auto& to, const auto& from) {
    for (std::size_t at = 0; at < to.size(); ++at) to[at] += from[at];
  };
  add(accounts.not_tcp, others.not_tcp);
  add(accounts.ended, others.ended);
  add(accounts.limits, others.limits);
  accounts.fragments += others.fragments;
  for (const auto& [port, packets] : others.other_ports) accounts.other_ports[port] += packets;
  return accounts;
}

Analyzer::Analyzer(std::vector<std::string> files, Order order, AnalyzerLimits limits, Ports ports,
                   Checksums checksums)
    : files_(std::make_shared<const std::vector<std::string>>(std::move(files))),
      limits_(limits),
      order_(order, limits.waiting_exchanges),
      ports_(std::move(ports)),
      checksums_(checksums),
      fragments_(limits.fragments),
      flows_(limits.flows),
      time_wait_(limits.time_wait) {}

void Analyzer::take(const Packet& packet) {
  if (packet.number != 0) flows_.count_packet();
  advance(packet);
  if (packet.number == 0) return;
  const net::Decoded decoded = net::decode(packet);
  if (const auto* segment = std::get_if<net::Segment>(&decoded)) {
    take_segment(packet, *segment);
  } else if (const auto* other = std::get_if<net::NotTcp>(&decoded)) {
    count(*other);
  } else if (const auto* error = std::get_if<net::IcmpError>(&decoded)) {
    take_icmp(packet, *error);
  } else if (const auto* fragment = std::get_if<net::Fragment>(&decoded)) {
    take_fragment(packet, *fragment);
    if (is_first()) accounts_.fragments = fragments_.counts();
  }
}

// What belongs to no connection is counted once.
void Analyzer::count(const net::NotTcp& not_tcp) noexcept {
  if (!is_first()) return;
  ++accounts_.packets;
  ++accounts_.not_tcp[static_cast<std::size_t>(not_tcp.why)];
}

// The datagram that a piece completes may be a piece itself, of one that was in a tunnel.
void Analyzer::take_fragment(const Packet& packet, const net::Fragment& fragment) {
  auto whole = fragments_.take(fragment, packet);
  for (int depth = 1; whole; ++depth) {
    const net::Decoded decoded = net::decode(whole->packet, whole->around);
    if (const auto* segment = std::get_if<net::Segment>(&decoded))
      return take_segment(whole->packet, *segment);
    if (const auto* other = std::get_if<net::NotTcp>(&decoded)) return count(*other);
    if (const auto* error = std::get_if<net::IcmpError>(&decoded))
      return take_icmp(whole->packet, *error);
    if (depth == nested_datagrams_max) return count({.why = net::NotTcpWhy::too_deep});
    const Packet carrier = whole->packet;
    whole = fragments_.take(*std::get_if<net::Fragment>(&decoded), carrier);
  }
  count({.why = net::NotTcpWhy::fragment, .ip_protocol = fragment.ip_protocol});
}

// The capture's clock. One packet whose time is far ahead proves nothing (some captures have a
// frame that is decades off): only a second one like it, or a live source, moves the clock that
// far.
void Analyzer::advance(const Packet& packet) {
  const Nanoseconds far = limits_.flows.idle;
  const bool far_ahead = now_ != Timestamp{} && packet.time > now_ + far && packet.number != 0;
  if (far_ahead &&
      (!doubtful_ || packet.time > *doubtful_ + far || packet.time + far < *doubtful_)) {
    doubtful_ = packet.time;
    doubtful_flow_.reset();
    return;
  }
  now_ = packet.time + far < now_ ? packet.time : std::max(now_, packet.time);
  flows_.tell_time(now_);
  fragments_.tell_time(now_);
  if (far_ahead && doubtful_flow_) (void)flows_.find(*doubtful_flow_);  // it was active then
  doubtful_.reset();
  expire(now_);
}

void Analyzer::take_segment(const Packet& packet, const net::Segment& segment) {
  const Origin origin{frame_of(packet), packet.time};
  const tcp::FlowKey key = tcp::key_of(segment);
  if (!is_ours(key)) return;
  ++accounts_.packets;
  if (doubtful_) doubtful_flow_ = key;
  Flow* flow = flows_.find(key);
  if (flow != nullptr && segment.flags.syn && is_reuse(*flow, segment)) {
    const std::unique_ptr<Flow> old = flows_.take(key);
    finish(*old, tcp::Closed::idle, Origin{0, packet.time}, FileEnd::whole);
    flow = nullptr;
  }
  if (flow == nullptr && time_wait_.has(key, segment, {now_, flows_.packets()})) {
    ++accounts_.late;
    return;
  }
  if (flow == nullptr) flow = &begin(key, segment, origin);
  if (flow->kind != Flow::Kind::other && flow->duplicates.is_duplicate(segment, packet.time)) {
    ++accounts_.duplicates;
    return;
  }
  ++flow->packets;
  const bool broken = checksums_ == Checksums::check && flow->kind != Flow::Kind::other &&
                      is_broken(packet, segment);
  if (broken) {
    ++accounts_.ignored_segments;
    if (flow->kind != Flow::Kind::mail) return;  // its packets are counted when it is decided
    ++accounts_.mail;
    flow->connection->note_bad_checksum(segment, origin);
    return;
  }
  if (flow->kind == Flow::Kind::undecided) {
    decide(*flow, segment, origin);
  } else if (flow->kind == Flow::Kind::other) {
    ++accounts_.other_tcp;
  } else {
    ++accounts_.mail;
    play(*flow, segment, origin);
  }
  if (flow->kind == Flow::Kind::mail && checksums_ == Checksums::ignore)
    look_at_checksum(*flow, packet, segment);
  if (held_bytes_ > limits_.held_bytes) keep_memory(origin);
  if (flow->closing != is_closed(*flow)) {
    flow->closing = !flow->closing;
    flow->closing ? flows_.close_soon(key, packet.time) : flows_.keep_open(key);
  }
}

// It is no packet of the connection that it quotes, but it belongs to its session.
void Analyzer::take_icmp(const Packet& packet, const net::IcmpError& error) {
  const tcp::FlowKey key = tcp::key_of(error.source, error.destination);
  if (!is_ours(key)) return;
  ++accounts_.packets;
  Flow* flow = flows_.look_at(key);
  const Origin origin{frame_of(packet), packet.time};
  if (flow != nullptr && flow->kind != Flow::Kind::other &&
      flow->duplicates.is_duplicate(error, packet.time)) {
    ++accounts_.duplicates;
    return;
  }
  if (flow != nullptr && flow->kind == Flow::Kind::mail) return count_icmp(*flow, error, origin);
  const bool is_kept =
      flow != nullptr && flow->beginning && flow->icmp.size() < limits_.icmp_of_undecided;
  is_kept ? flow->icmp.emplace_back(error, origin), void() : count_misfit();
}

void Analyzer::count_icmp(Flow& flow, const net::IcmpError& error, Origin origin) {
  if (flow.connection->take_icmp(error, origin)) {
    ++accounts_.mail;
    ++accounts_.icmp_errors;
    return;
  }
  ++accounts_.icmp_misfits;
  count_misfit();
}

// An ICMP error about a connection that is no mail, or that says what is not true. It is counted as
// a packet already.
void Analyzer::count_misfit() noexcept {
  ++accounts_.not_tcp[static_cast<std::size_t>(net::NotTcpWhy::icmp)];
}

// Now that it is known what it is.
void Analyzer::take_kept_icmp(Flow& flow) {
  for (const auto& [error, origin] : std::exchange(flow.icmp, {})) {
    flow.kind == Flow::Kind::mail ? count_icmp(flow, error, origin) : count_misfit();
  }
}

bool Analyzer::is_reuse(const Flow& flow, const net::Segment& segment) noexcept {
  if (flow.beginning) return flow.beginning->is_reuse(segment);
  // What was told of the one before says nothing of the next one.
  if (flow.kind == Flow::Kind::other)
    return segment.flags.syn && !segment.flags.ack && !segment.flags.rst;
  return flow.connection && flow.connection->is_reuse(segment);
}

bool Analyzer::is_closed(const Flow& flow) noexcept {
  if (flow.beginning) return flow.beginning->closed();
  return flow.connection && flow.connection->closed();
}

Analyzer::Flow& Analyzer::begin(const tcp::FlowKey& key, const net::Segment& segment,
                                Origin origin) {
  auto flow = std::make_unique<Flow>();
  flow->first_frame = origin.frame;
  flow->server_port = likely_server_port(segment);
  if (!ports_.looks_at(segment)) {
    flow->kind = Flow::Kind::other;
    return flows_.insert(key, std::move(flow));
  }
  flow->duplicates = ip::DuplicateFinder(limits_.duplicates);
  flow->via = segment.tunnels;
  note_opened(flow->first_frame);
  const bool on_mail_port =
      ports_.is_mail(segment.source.port) || ports_.is_mail(segment.destination.port);
  flow->beginning =
      std::make_unique<Beginning>(on_mail_port ? Beginning::Port::of_mail : Beginning::Port::any,
                                  parties_by_ports(segment, ports_), limits_.beginning);
  return flows_.insert(key, std::move(flow));
}

void Analyzer::decide(Flow& flow, const net::Segment& segment, Origin origin) {
  const std::size_t cost = flow.beginning->cost();
  const Beginning::Decision decision = flow.beginning->take(segment, origin);
  if (decision.kind != Beginning::Kind::undecided) {
    settle(flow, decision);
    if (flow.kind == Flow::Kind::mail) play(flow, segment, origin);
    take_kept_icmp(flow);
    return;
  }
  beginnings_ += flow.beginning->cost() - cost;
  if (!flow.beginning->is_full() && beginnings_ <= limits_.beginnings) return;
  ++accounts_.guessed_flows;
  settle(flow, flow.beginning->guess());
  take_kept_icmp(flow);
}

// Its packets so far are counted, and what was kept of them goes its way.
void Analyzer::settle(Flow& flow, const Beginning::Decision& decision) {
  const std::unique_ptr<Beginning> beginning = std::move(flow.beginning);
  beginnings_ -= beginning->cost();
  if (decision.kind != Beginning::Kind::mail) {
    flow.kind = Flow::Kind::other;
    flow.duplicates = ip::DuplicateFinder();
    accounts_.other_tcp += flow.packets;
    note_closed(flow.first_frame);
    return;
  }
  flow.kind = Flow::Kind::mail;
  accounts_.mail += flow.packets;
  make_mail(flow, decision.parties,
            beginning->saw_syn() ? smtp::Start::connection : smtp::Start::midstream);
  for (const HeldSegment& held : beginning->held()) play(flow, held.view(), held.origin);
}

void Analyzer::make_mail(Flow& flow, const Parties& parties, smtp::Start start) {
  flow.connection =
      std::make_unique<tcp::Connection>(parties.client, parties.server, limits_.connection);
  flow.start = start;
}

Builder& Analyzer::builder_of(Flow& flow) {
  if (flow.builder) return *flow.builder;
  flow.builder = std::make_unique<Builder>(files_, flow.start, limits_.session);
  auto forced = ports_.forced_on(flow.connection->endpoint(Side::server).port);
  if (!forced) forced = ports_.forced_on(flow.connection->endpoint(Side::client).port);
  if (forced == Protocol::lmtp) flow.builder->assume_lmtp();
  flow.builder->use_keys(keys_);
  if (digests_) flow.builder->want_digests();
  return *flow.builder;
}

void Analyzer::play(Flow& flow, const net::Segment& segment, Origin origin) {
  tcp::Connection& connection = *flow.connection;
  if (const auto octets = connection.pass_on(segment, origin)) {
    if (octets->bytes.empty()) return;
    Builder& builder = builder_of(flow);
    const std::size_t by_connection = flow.held_bytes - builder.held_bytes();  // and stays so
    builder.take(connection.side_of(segment), *octets);
    return count_held(flow, by_connection + builder.held_bytes());
  }
  drain(flow);
  const Side side = connection.side_of(segment);
  if (const auto& repeat = connection.direction(side).repeat(); repeat && !segment.flags.rst) {
    builder_of(flow).take_repeat(side, *repeat, origin);
  }
  connection.settle();
  count_held(flow);
}

void Analyzer::count_held(Flow& flow) {
  count_held(flow, flow.connection->held_bytes() + (flow.builder ? flow.builder->held_bytes() : 0));
}

void Analyzer::count_held(Flow& flow, std::size_t held) noexcept {
  if (held == flow.held_bytes) return;
  held_bytes_ += held;
  held_bytes_ -= std::exchange(flow.held_bytes, held);
}

// The flows that hold the most give up their holes, until a quarter is free: so the next packets do
// not bring us here again.
void Analyzer::keep_memory(Origin origin) {
  ++accounts_.memory_reached;
  std::vector<Flow*> holders;
  flows_.for_each([&](Flow& flow) {
    if (flow.held_bytes > 0) holders.push_back(&flow);
  });
  std::ranges::stable_sort(holders, std::greater{}, &Flow::held_bytes);
  for (Flow* flow : holders) {
    if (held_bytes_ <= limits_.held_bytes / 4 * 3) break;
    flow->connection->give_up_holes(origin);
    drain(*flow);
    builder_of(*flow).give_up_held();
    builder_of(*flow).note_limit(Limit::memory);
    count_held(*flow);
  }
}

void Analyzer::drain(Flow& flow) {
  while (auto event = flow.connection->next()) builder_of(flow).take(event->first, event->second);
}

void Analyzer::finish(Flow& flow, tcp::Closed why, Origin origin, FileEnd end) {
  if (flow.beginning) settle(flow, flow.beginning->guess());
  take_kept_icmp(flow);
  held_bytes_ -= std::exchange(flow.held_bytes, 0);
  note_closed(flow.first_frame);
  ++accounts_.flows;
  if (flow.kind != Flow::Kind::mail) {
    ++accounts_.other_flows;
    auto& ports = accounts_.other_ports;
    if (ports.size() < limits_.ports || ports.contains(flow.server_port)) {
      ports[flow.server_port] += flow.packets;
    }
    return;
  }
  // Quiet flows end when a packet of any other comes, which may be days later: nobody knows of what
  // was between.
  if (why == tcp::Closed::idle)
    origin.time = std::min(origin.time, flow.connection->facts().last.time + limits_.flows.idle);
  flow.connection->finish(why, origin);
  drain(flow);
  if (why == tcp::Closed::idle && crowded_) builder_of(flow).note_limit(Limit::flows);
  ++accounts_.sessions;
  Session session = builder_of(flow).finish(*flow.connection, end == FileEnd::cut_short);
  session.via = flow.via;
  session.duplicates = flow.duplicates.found();
  count(session);
  note_finished(std::move(session));
}

void Analyzer::note_opened(const FrameId& first) {
  tells_events_ ? events_.emplace_back(ConnectionOpened{first}), void() : order_.opened(first);
}

void Analyzer::note_closed(const FrameId& first) {
  tells_events_ ? events_.emplace_back(ConnectionClosed{first}), void() : order_.closed(first);
}

void Analyzer::note_finished(Session&& session) {
  if (tells_events_) {
    events_.emplace_back(std::make_unique<Session>(std::move(session)));
    return;
  }
  const FrameId first = session.first_frame;
  const std::size_t exchanges = session.exchanges.size();
  order_.finished(first, exchanges, std::move(session));
}

std::optional<Session> Analyzer::next_session() {
  std::optional<Session> session = order_.next();
  if (session) session->id = ++told_;
  return session;
}

void Analyzer::count(const Session& session) {
  ++accounts_.ended[static_cast<std::size_t>(session.transport.closed)];
  accounts_.octets_told += session.octets[0] + session.octets[1];
  accounts_.octets_missing += session.missing[0] + session.missing[1];
  accounts_.gaps += session.gap_count;
  for (std::size_t i = 0; i < limit_count; ++i) accounts_.limits[i] += session.limits[i];
}

void Analyzer::expire(Timestamp now) {
  while (flows_.has_expired(now)) {
    crowded_ = flows_.size() > limits_.flows.flows;
    const std::unique_ptr<Flow> flow = flows_.take_expired(now);
    crowded_ = crowded_ && !flow->closing;
    if (crowded_) ++accounts_.evicted_flows;
    finish(*flow, tcp::Closed::idle, Origin{0, now}, FileEnd::whole);
    if (flow->closing && flow->kind == Flow::Kind::mail)
      time_wait_.remember(*flow->connection, {now, flows_.packets()});
    crowded_ = false;
  }
}

void Analyzer::finish(FileEnd end) {
  while (finish_one(end)) continue;
}

bool Analyzer::finish_one(FileEnd end) {
  crowded_ = false;
  if (const std::unique_ptr<Flow> flow = flows_.take_any()) {
    finish(*flow, tcp::Closed::capture_end, Origin{0, now_}, end);
    return true;
  }
  fragments_.finish();
  if (is_first()) accounts_.fragments = fragments_.counts();
  return false;
}

// Would its receiver have thrown it away? Of a host whose checksums are all wrong nobody can tell.
bool Analyzer::is_broken(const Packet& packet, const net::Segment& segment) {
  const net::ChecksumState state = net::tcp_checksum(packet);
  if (state == net::ChecksumState::unknown) return false;
  ++accounts_.checked_checksums;
  const bool wrong = state == net::ChecksumState::wrong;
  if (wrong) ++accounts_.wrong_checksums;
  const auto found = host_checksums_.find(segment.source.address);
  if (found == host_checksums_.end() && host_checksums_.size() >= limits_.hosts) return false;
  HostChecksums& host = host_checksums_[segment.source.address];
  if (!wrong && host.right == 0 && host.wrong > 0) --accounts_.offloading_hosts;
  if (wrong && host.right == 0 && host.wrong == 0) ++accounts_.offloading_hosts;
  ++(wrong ? host.wrong : host.right);
  return wrong && host.right > 0;
}

// The first octets of each side are enough to see offload.
void Analyzer::look_at_checksum(Flow& flow, const Packet& packet, const net::Segment& segment) {
  if (segment.payload.empty()) return;
  bool& is_done = flow.checksum_seen[index_of(flow.connection->side_of(segment))];
  if (std::exchange(is_done, true)) return;
  const net::ChecksumState state = net::tcp_checksum(packet);
  if (state == net::ChecksumState::unknown) return;
  ++accounts_.checked_checksums;
  if (state == net::ChecksumState::wrong) ++accounts_.wrong_checksums;
}

}  // namespace smtpscope::session
