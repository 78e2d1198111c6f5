// smtpscope_bench_micro: what each step of the way from a packet to the page costs by itself, with
// Google Benchmark. `./dev bench --micro`; its options go behind that, as
// --benchmark_filter=decode.
//
//     frame -> decode -> reassemble -> scan_text, lines -> dialogue -> judge, weigh -> JSON
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/session/analyzer.hpp"
#include "analyzer/tcp/reassembler.hpp"
#include "dissectors/net/decode.hpp"
#include "dissectors/smtp/dialogue.hpp"
#include "dissectors/smtp/line.hpp"
#include "dissectors/smtp/text_scan.hpp"
#include "tests/bench/mail.hpp"
#include "tests/bench/pools.hpp"
#include "tests/bench/wire.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace smtpscope::bench {
namespace {

using benchmark::State;

constexpr std::uint64_t seed = 25;
constexpr std::size_t small_mail = 5'000, large_mail = 2'000'000;

const Pools& pools() {
  static const Pools made = [] {
    Random random(seed);
    return Pools(random);
  }();
  return made;
}

// One mail of about so many octets, in clear.
Play mail_of(std::size_t octets) {
  MailAuthor author({{{{100, octets}, {0, 0}, {0, 0}}}, 1}, pools(), Random(seed));
  for (;;) {
    Play play = author.next();
    if (play.turns.back().octets.starts_with("221")) return play;
  }
}

std::vector<Frame> frames_of(Play play) {
  Connection connection({{192, 0, 2, 1}, 10'000}, std::move(play), 1000, 2000);
  std::vector<Frame> frames;
  while (auto frame = connection.next()) frames.push_back(std::move(*frame));
  return frames;
}

Packet packet_of(const Frame& frame, std::uint64_t number) {
  const Timestamp time{std::chrono::seconds{1'767'323'045} + std::chrono::milliseconds{number}};
  return {frame, number, time, static_cast<std::uint32_t>(frame.size())};
}

session::Session session_of(const std::vector<Frame>& frames) {
  session::Analyzer analyzer("micro", session::Order::first_packet);
  std::uint64_t number = 0;
  for (const Frame& frame : frames) analyzer.take(packet_of(frame, ++number));
  analyzer.finish(session::FileEnd::whole);
  auto session = analyzer.next_session();
  if (!session) std::abort();
  return std::move(*session);
}

void count_octets(State& state, std::size_t octets_a_round) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(octets_a_round));
}

void decode(State& state, const Frame& frame) {
  const Packet packet = packet_of(frame, 1);
  for (auto _ : state) benchmark::DoNotOptimize(net::decode(packet));
  state.SetItemsProcessed(state.iterations());
}

void decode_data(State& state) {
  const std::vector<Frame> frames = frames_of(mail_of(small_mail));
  decode(state, *std::ranges::max_element(frames, {}, &Frame::size));
}
BENCHMARK(decode_data);

void decode_acknowledgement(State& state) { decode(state, frames_of(mail_of(small_mail)).at(2)); }
BENCHMARK(decode_acknowledgement);

// What the client sends of a large mail, as the segments of their frames.
struct Sent {
  std::vector<Frame> frames;
  std::vector<net::Segment> segments;  // view the frames
  std::size_t octets = 0;
};
Sent sent_by_client() {
  Sent sent{frames_of(mail_of(large_mail)), {}};
  for (const Frame& frame : sent.frames) {
    const net::Decoded decoded = net::decode(packet_of(frame, 1));
    const auto* segment = std::get_if<net::Segment>(&decoded);
    if (segment == nullptr || segment->destination.port != mail_server.port) continue;
    if (segment->payload.empty()) continue;
    sent.segments.push_back(*segment);
    sent.octets += segment->payload.size();
  }
  return sent;
}

std::size_t reassemble(const std::vector<net::Segment>& segments, net::Sequence start) {
  tcp::Reassembler reassembler;
  reassembler.begin_at(start);
  std::uint64_t number = 0;
  std::size_t told = 0;
  for (const net::Segment& segment : segments) {
    reassembler.push(segment, {++number, {}}, std::nullopt);
    while (const auto event = reassembler.next()) {
      if (const auto* octets = std::get_if<Octets>(&*event)) told += octets->bytes.size();
    }
    reassembler.settle();
  }
  return told;
}

void reassemble_in_order(State& state) {
  const Sent sent = sent_by_client();
  const net::Sequence start = sent.segments.front().sequence;
  for (auto _ : state) benchmark::DoNotOptimize(reassemble(sent.segments, start));
  count_octets(state, sent.octets);
}
BENCHMARK(reassemble_in_order);

// Each second segment is overtaken by the next one.
void reassemble_overtaken(State& state) {
  Sent sent = sent_by_client();
  const net::Sequence start = sent.segments.front().sequence;
  for (std::size_t i = 0; i + 1 < sent.segments.size(); i += 2) {
    std::swap(sent.segments[i], sent.segments[i + 1]);
  }
  for (auto _ : state) benchmark::DoNotOptimize(reassemble(sent.segments, start));
  count_octets(state, sent.octets);
}
BENCHMARK(reassemble_overtaken);

void scan(State& state, std::string_view text) {
  for (auto _ : state) benchmark::DoNotOptimize(smtp::scan_text(as_bytes(text)));
  count_octets(state, text.size());
}

void scan_text_of_segment(State& state) {
  Random random(seed);
  scan(state, pools().slice(Matter::base64, 1448, random));
}
BENCHMARK(scan_text_of_segment);

// A megabyte, and the end of data at its end.
void scan_text_to_end_of_data(State& state) {
  Random random(seed);
  scan(state, pools().slice(Matter::text, (1 << 20) / line_octets * line_octets, random) + ".\r\n");
}
BENCHMARK(scan_text_to_end_of_data);

// Replies as they come: each in a segment, some of several lines.
void read_lines(State& state) {
  std::vector<std::string> replies;
  std::size_t octets = 0;
  for (Turn& turn : mail_of(small_mail).turns) {
    if (turn.side != Side::server) continue;
    octets += turn.octets.size();
    replies.push_back(std::move(turn.octets));
  }
  for (auto _ : state) {
    smtp::LineReader reader(64 * 1024);
    StreamOffset offset = 0;
    for (const std::string& reply : replies) {
      for (Bytes left = as_bytes(reply); !left.empty();) {
        const auto taken = reader.take({offset, left, {1, {}}, std::nullopt});
        benchmark::DoNotOptimize(taken.line);
        offset += taken.octets;
        left = left.subspan(taken.octets);
      }
    }
  }
  count_octets(state, octets);
}
BENCHMARK(read_lines);

void dialogue(State& state, const Play& play) {
  std::size_t octets = 0;
  for (const Turn& turn : play.turns) octets += turn.octets.size();
  for (auto _ : state) {
    smtp::Dialogue dialogue(smtp::Start::connection);
    std::array<StreamOffset, 2> told{};
    std::uint64_t number = 0;
    for (const Turn& turn : play.turns) {
      StreamOffset& offset = told[index_of(turn.side)];
      const StreamOffset seen = told[index_of(opposite(turn.side))];
      dialogue.take(turn.side, Octets{offset, as_bytes(turn.octets), {++number, {}}, seen});
      offset += turn.octets.size();
      while (auto exchange = dialogue.next()) benchmark::DoNotOptimize(*exchange);
    }
    for (const Side side : {Side::client, Side::server}) {
      dialogue.take(side, End{told[index_of(side)], EndCause::fin, {++number, {}}});
    }
    while (auto exchange = dialogue.next()) benchmark::DoNotOptimize(*exchange);
  }
  state.SetItemsProcessed(state.iterations());
  count_octets(state, octets);
}

void dialogue_of_small_mail(State& state) { dialogue(state, mail_of(small_mail)); }
BENCHMARK(dialogue_of_small_mail);

void dialogue_of_large_mail(State& state) { dialogue(state, mail_of(large_mail)); }
BENCHMARK(dialogue_of_large_mail);

void packets_to_session(State& state) {
  const std::vector<Frame> frames = frames_of(mail_of(small_mail));
  for (auto _ : state) benchmark::DoNotOptimize(session_of(frames));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(packets_to_session);

void judge_and_weigh_session(State& state) {
  const session::Session session = session_of(frames_of(mail_of(small_mail)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(delivery::weigh(session, findings::judge(session)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judge_and_weigh_session);

void json_of_session(State& state) {
  const session::Session session = session_of(frames_of(mail_of(small_mail)));
  const std::vector<findings::Finding> findings = findings::judge(session);
  const delivery::Verdict verdict = delivery::weigh(session, findings);
  std::string line;
  for (auto _ : state) {
    line.clear();
    render::write_json(line, session, findings, verdict);
    benchmark::DoNotOptimize(line.data());
  }
  state.SetItemsProcessed(state.iterations());
  count_octets(state, line.size());
}
BENCHMARK(json_of_session);

}  // namespace
}  // namespace smtpscope::bench

BENCHMARK_MAIN();
