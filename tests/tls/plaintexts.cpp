#include "tests/tls/plaintexts.hpp"

#include "analyzer/capture/source.hpp"
#include "analyzer/tcp/connection.hpp"
#include "analyzer/tcp/flow_table.hpp"
#include "dissectors/net/decode.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

namespace smtpscope::test {
namespace {

struct Flow {
  explicit Flow(const net::Segment& first, const tls::KeyLog& keys)
      : connection(is_from_client(first) ? first_source(first) : first_destination(first),
                   is_from_client(first) ? first_destination(first) : first_source(first)),
        conversation(&keys) {}
  static bool is_from_client(const net::Segment& s) {
    return s.flags.syn ? !s.flags.ack : s.source.port > s.destination.port;
  }
  static net::Endpoint first_source(const net::Segment& s) { return s.source; }
  static net::Endpoint first_destination(const net::Segment& s) { return s.destination; }

  tcp::Connection connection;
  tls::Conversation conversation;
  std::array<bool, 2> began{};  // a record was seen: what stands before is not TLS
  OpenedConnection opened;

  void pull() {
    while (const auto next = connection.next()) take(next->first, next->second);
    connection.settle();
  }

  void take(Side side, const StreamEvent& event) {
    if (const auto* octets = std::get_if<Octets>(&event)) {
      Octets rest = *octets;
      if (!began[index_of(side)] &&
          (rest.bytes.size() < 3 || rest.bytes[0] < 20 || rest.bytes[0] > 23 || rest.bytes[1] != 3))
        return;
      began[index_of(side)] = true;
      while (!rest.bytes.empty()) {
        const std::size_t used = conversation.take(side, rest);
        rest.bytes = rest.bytes.subspan(used);
        rest.offset += used;
        drain();
      }
    } else if (const auto* gap = std::get_if<Gap>(&event);
               gap != nullptr && began[index_of(side)]) {
      conversation.gap(side, *gap);
      drain();
    }
  }

  void drain() {
    while (const auto plain = conversation.next()) {
      const auto* octets = std::get_if<Octets>(&plain->second);
      opened.gaps = opened.gaps || octets == nullptr;
      if (octets != nullptr)
        (plain->first == Side::client ? opened.client : opened.server) += as_text(octets->bytes);
    }
  }
};

}  // namespace

std::vector<OpenedConnection> opened_connections(const std::filesystem::path& capture,
                                                 const tls::KeyLog& keys) {
  std::vector<std::unique_ptr<Flow>> flows;
  auto source = capture::open_file(capture.string());
  if (!source) return {};
  Origin last;
  std::map<std::pair<net::Endpoint, net::Endpoint>, Flow*> by_key;
  while (const Packet* packet = (*source)->next()) {
    const net::Decoded decoded = net::decode(*packet);
    const auto* const segment = std::get_if<net::Segment>(&decoded);
    if (segment == nullptr) continue;
    last = {packet->number, packet->time};
    const auto key = segment->source < segment->destination
                         ? std::pair(segment->source, segment->destination)
                         : std::pair(segment->destination, segment->source);
    Flow*& flow = by_key[key];
    if (flow != nullptr && segment->flags.syn && !segment->flags.ack &&
        flow->connection.is_reuse(*segment))
      flow = nullptr;
    if (flow == nullptr) {
      flows.push_back(std::make_unique<Flow>(*segment, keys));
      flow = flows.back().get();
    }
    flow->connection.take(*segment, last);
    flow->pull();
  }
  std::vector<OpenedConnection> opened;
  for (const auto& flow : flows) {
    flow->connection.finish(tcp::Closed::capture_end, last);
    flow->pull();
    flow->opened.ports = {flow->connection.endpoint(Side::client).port,
                          flow->connection.endpoint(Side::server).port};
    flow->opened.facts = flow->conversation.facts();
    opened.push_back(std::move(flow->opened));
  }
  return opened;
}

}  // namespace smtpscope::test
