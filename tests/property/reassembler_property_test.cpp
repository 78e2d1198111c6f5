// The promise of the reassembler: every offset is told exactly once, in order, and while no octet
// is lost or contradicted, neither order nor cuts change the octets told.
//
// Random streams are cut, lost, repeated, swapped, contradicted, shortened by a snap length and
// closed too early, with sequence numbers that wrap, and acknowledged by a peer that may lie. A
// model that keeps one cell an offset, and does no arithmetic on 32 bits, says what has to be told
// and counted.
#include "analyzer/tcp/reassembler.hpp"

#include "tests/support/catch.hpp"
#include "tests/tcp/segments.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using tcp::Reassembler;
using tcp::ReassemblyCounts;
using tcp::ReassemblyLimits;

namespace {

constexpr std::uint32_t first_seed = 20'260'102;
constexpr std::uint32_t streams = 20'000;

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}
  // 0 to below - 1
  [[nodiscard]] std::uint32_t below(std::size_t limit) {
    return static_cast<std::uint32_t>(random_() % limit);
  }
  [[nodiscard]] std::int64_t between(std::int64_t from, std::int64_t to) {
    return from + below(static_cast<std::size_t>(to - from + 1));
  }
  [[nodiscard]] bool percent(std::uint32_t chance) { return below(100) < chance; }

 private:
  std::mt19937 random_;
};

// One thing that happens to a direction. Positions count from the first octet sent.
struct Step {
  enum class Kind : std::uint8_t { segment, acknowledgement } kind = Kind::segment;
  std::int64_t begin = 0;  // of the payload; what is acknowledged
  std::string payload{};   // captured
  std::uint32_t wire_length = 0;
  bool fin = false;
};

struct Scenario {
  std::uint32_t seed = 0;
  net::Sequence first;  // of position 0
  bool start_known = false;
  ReassemblyLimits limits;
  std::string sent;
  std::vector<Step> steps;
  EndCause end = EndCause::capture_end;
  bool faithful = false;  // nothing lost, contradicted, cut or wrongly acknowledged
};

// What is told of one offset.
struct Cell {
  bool octet = false;
  char value = 0;           // of an octet
  std::uint64_t frame = 0;  // of an octet: the packet that brought it first
  GapCause cause{};         // of a gap
  friend bool operator==(const Cell&, const Cell&) = default;
};

// The model. It only knows what the header promises, and takes its time.
class Model {
 public:
  explicit Model(const Scenario& scenario) : limits_(scenario.limits) {
    if (scenario.start_known) start_ = 0;
  }

  void step(const Step& step, std::uint64_t frame) {
    if (step.kind == Step::Kind::acknowledgement) {
      acknowledge(step.begin);
    } else {
      segment(step, frame);
    }
  }

  void finish(EndCause cause) {
    const std::int64_t end = fin_.value_or(highest_);
    while (!complete_ && decided() < end) {
      decide(decided() < acknowledged_ ? GapCause::acknowledged : GapCause::end_of_stream);
    }
    if (!complete_) complete(cause);
  }

  std::vector<Cell> told;
  std::optional<EndCause> ended;
  ReassemblyCounts counts;

 private:
  [[nodiscard]] std::int64_t decided() const { return static_cast<std::int64_t>(told.size()); }
  [[nodiscard]] bool inside(std::int64_t at) const {
    return at >= 0 && !(fin_ && at >= *fin_) && !(complete_ && at >= decided());
  }

  void acknowledge(std::int64_t position) {
    if (!start_) return;
    const std::int64_t at = position - *start_;
    if (at > highest_ + static_cast<std::int64_t>(limits_.ahead_octets)) return;
    if (complete_ && at > decided()) return;
    if (fin_ && at > *fin_ + 1) return;
    acknowledged_ = std::max(acknowledged_, fin_ ? std::min(at, *fin_) : at);
  }

  void segment(const Step& step, std::uint64_t frame) {
    const std::int64_t length = step.wire_length;
    const bool carries = length > 0 || step.fin;
    if (!start_ && carries) start_ = step.begin;
    if (!start_) return;
    const std::int64_t begin = step.begin - *start_;
    const std::int64_t end = begin + length;
    const bool waiting = !octets_.empty();
    if (length <= 1 && !step.fin && !waiting && begin + 1 == highest_) {
      ++counts.keep_alives;
      return;
    }
    if (!carries) return;
    if (length > 0) ++counts.data_segments;
    if (begin > decided() + static_cast<std::int64_t>(limits_.ahead_octets)) {
      counts.outside_octets += step.wire_length;
      return;
    }
    if (step.fin) close_at(end);
    const bool closes = step.fin && fin_ == end;

    const std::int64_t highest_before = highest_;
    std::optional<std::int64_t> last_inside, first_inside, first_new;
    for (std::int64_t at = begin; at < end; ++at) {
      if (!inside(at)) {
        ++counts.outside_octets;
        continue;
      }
      last_inside = at;
      if (!first_inside) first_inside = at;
      highest_ = std::max(highest_, at + 1);
      const auto i = static_cast<std::size_t>(at - begin);
      if (at < decided()) continue;
      if (i >= step.payload.size()) {
        cut_[at] = true;
      } else if (const auto [known, fresh] = octets_.try_emplace(at, step.payload[i], frame);
                 fresh) {
        if (!first_new) first_new = at;
      } else if (known->second.first != step.payload[i]) {
        ++counts.conflicting_octets;
      }
    }
    if (first_inside) {
      if (!first_new && *last_inside < highest_before) {
        ++counts.retransmitted_segments;
      } else if (*first_inside > highest_before || (first_new && *first_new < highest_before)) {
        ++counts.out_of_order_segments;
      }
    }
    go_on();

    if (first_inside || closes) {
      const std::int64_t reached = closes ? *fin_ + 1 : *last_inside + 1;
      while (!complete_ && reached > acknowledged_ && decided() < acknowledged_) {
        decide(GapCause::acknowledged);
      }
    }
    bool counted = false;
    while (octets_.size() > limits_.held_octets) {
      if (!counted) ++counts.limit_gaps;
      counted = !known(decided() + 1);
      decide(GapCause::limit);
    }
  }

  void close_at(std::int64_t at) {
    if (complete_ || at < decided() || (fin_ && at >= *fin_)) return;
    fin_ = at;
    const auto behind = octets_.lower_bound(at);
    counts.outside_octets += static_cast<std::uint64_t>(std::distance(behind, octets_.end()));
    octets_.erase(behind, octets_.end());
    cut_.erase(cut_.lower_bound(at), cut_.end());
    highest_ = std::min(highest_, at);
    acknowledged_ = std::min(acknowledged_, at);
  }

  [[nodiscard]] bool known(std::int64_t at) const {
    return octets_.contains(at) || cut_.contains(at);
  }

  // Everything that needs no reason.
  void go_on() {
    while (known(decided())) decide(GapCause::cut_packet);
    if (fin_ == decided() && !complete_) complete(EndCause::fin);
  }
  // The next offset is told, as a gap if it has to be.
  void decide(GapCause cause) {
    const std::int64_t at = decided();
    if (const auto octet = octets_.find(at); octet != octets_.end()) {
      told.push_back({true, octet->second.first, octet->second.second, {}});
      octets_.erase(octet);
    } else {
      told.push_back({false, 0, 0, cut_.contains(at) ? GapCause::cut_packet : cause});
    }
    cut_.erase(at);
    highest_ = std::max(highest_, decided());
    go_on();
  }
  void complete(EndCause cause) {
    complete_ = true;
    ended = cause;
  }

  ReassemblyLimits limits_;
  std::optional<std::int64_t> start_;
  std::map<std::int64_t, std::pair<char, std::uint64_t>> octets_;  // seen, not told
  std::map<std::int64_t, bool> cut_;                               // in a packet, not captured
  std::int64_t highest_ = 0;
  std::int64_t acknowledged_ = 0;
  std::optional<std::int64_t> fin_;
  bool complete_ = false;
};

// The reassembler, and what it tells.

enum class Taking : std::uint8_t { at_once, sometimes, at_the_end };

struct Outcome {
  std::vector<Cell> told;
  std::optional<EndCause> end;
  ReassemblyCounts counts;
  std::vector<std::string> events;  // in words
  std::string broken;               // a promise that does not need a model
};

void take(Reassembler& reassembler, Outcome& outcome) {
  while (reassembler.peek() != nullptr) {
    const StreamOffset offset = outcome.told.size();
    const StreamEvent event = *reassembler.next();
    if (outcome.end) outcome.broken = "told after the end";
    std::uint64_t frame = 0;
    StreamOffset said = offset;
    if (const auto* const octets = std::get_if<Octets>(&event)) {
      said = octets->offset;
      frame = octets->origin.frame.number;
      if (octets->bytes.empty()) outcome.broken = "no octets";
      for (const std::uint8_t octet : octets->bytes) {
        outcome.told.push_back({true, static_cast<char>(octet), frame, {}});
      }
    } else if (const auto* const gap = std::get_if<Gap>(&event)) {
      said = gap->offset;
      if (gap->length == 0) outcome.broken = "an empty gap";
      outcome.told.resize(outcome.told.size() + gap->length, {false, 0, 0, gap->cause});
    } else {
      said = std::get<End>(event).offset;
      outcome.end = std::get<End>(event).cause;
    }
    if (said != offset)
      outcome.broken = "offset " + std::to_string(said) + " told at " + std::to_string(offset);
    if (reassembler.told() != outcome.told.size()) outcome.broken = "told() is wrong";
    outcome.events.push_back(std::to_string(frame) + ' ' + text_of(event));
  }
}

Outcome run(const Scenario& scenario, Taking taking) {
  Dice dice(scenario.seed + 1);
  Reassembler reassembler(scenario.limits);
  Outcome outcome;
  if (scenario.start_known) reassembler.begin_at(scenario.first);
  std::uint64_t frame = 0;
  for (const Step& step : scenario.steps) {
    ++frame;
    const net::Sequence sequence = scenario.first + static_cast<std::uint32_t>(step.begin);
    if (step.kind == Step::Kind::acknowledgement) {
      reassembler.acknowledged(sequence, packet(frame));
      continue;
    }
    // Memory of exactly this size, gone after the step.
    const auto memory = std::make_unique<char[]>(step.payload.size());
    std::ranges::copy(step.payload, memory.get());
    net::Segment made = segment(sequence, {memory.get(), step.payload.size()}, {.fin = step.fin});
    made.payload_length = step.wire_length;
    reassembler.push(made, packet(frame), std::nullopt);
    if (taking == Taking::sometimes && dice.percent(20)) {
      reassembler.settle();
      take(reassembler, outcome);
    }
    if (taking == Taking::at_once) take(reassembler, outcome);
    reassembler.settle();
    if (reassembler.highest_seen() < reassembler.told()) outcome.broken = "told more than seen";
  }
  reassembler.finish(scenario.end, packet(++frame));
  take(reassembler, outcome);
  if (!reassembler.ended() || reassembler.next()) outcome.broken = "no end";
  if (reassembler.held_octets() != 0) outcome.broken = "holds octets after the end";
  outcome.counts = reassembler.counts();
  return outcome;
}

// Random streams.

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : dice_(seed) { made_.seed = seed; }

  Scenario make() {
    made_.faithful = dice_.percent(30);
    made_.start_known = made_.faithful || dice_.percent(70);
    made_.first = {dice_.percent(50) ? 0 - dice_.below(500)
                                     : static_cast<std::uint32_t>(dice_.between(0, 0xffff'ffff))};
    made_.end = static_cast<EndCause>(dice_.below(4));
    if (!made_.faithful && dice_.percent(20)) made_.limits.held_octets = dice_.below(100);
    if (!made_.faithful && dice_.percent(10)) made_.limits.ahead_octets = dice_.below(200);
    made_.sent.resize(dice_.percent(5) ? 0 : dice_.below(400));
    for (char& octet : made_.sent) octet = static_cast<char>('!' + dice_.below(90));
    send();
    disturb();
    acknowledge();
    return std::move(made_);
  }

 private:
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(made_.sent.size()); }

  // Octets that were not sent are '~'.
  [[nodiscard]] Step piece(std::int64_t begin, std::int64_t end) const {
    Step step{.begin = begin, .wire_length = static_cast<std::uint32_t>(end - begin)};
    for (std::int64_t at = begin; at < end; ++at) {
      step.payload += at >= 0 && at < size() ? made_.sent[static_cast<std::size_t>(at)] : '~';
    }
    return step;
  }

  void send() {
    const std::int64_t longest = dice_.percent(50) ? 8 : 60;
    for (std::int64_t at = 0; at < size();) {
      const std::int64_t end = std::min(size(), at + dice_.between(1, longest));
      if (made_.faithful || !dice_.percent(6)) made_.steps.push_back(piece(at, end));
      at = end;
    }
    if (!made_.faithful && !dice_.percent(80)) return;
    if (!made_.steps.empty() &&
        made_.steps.back().begin + made_.steps.back().wire_length == size() && dice_.percent(50)) {
      made_.steps.back().fin = true;
    } else {
      made_.steps.push_back({.begin = size(), .fin = true});
    }
  }

  void disturb() {
    auto& steps = made_.steps;
    const std::size_t plain = steps.size();
    for (std::size_t i = 0; i < plain; ++i) {
      if (dice_.percent(15)) insert(again());
      if (!made_.faithful && dice_.percent(8)) insert(oddity());
    }
    if (!made_.faithful && dice_.percent(30)) {
      for (Step& step : steps) {
        if (dice_.percent(15)) step.payload.resize(dice_.below(step.payload.size() + 1));
      }
    }
    if (!made_.faithful && dice_.percent(40)) {  // contradictions
      for (Step& step : steps) {
        for (char& octet : step.payload) octet = dice_.percent(5) ? '#' : octet;
      }
    }
    const std::size_t reach = dice_.percent(20) ? steps.size() + 1 : 1 + dice_.below(6);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (dice_.percent(40))
        std::swap(steps[i], steps[std::min(steps.size() - 1, i + dice_.below(reach))]);
    }
  }
  void insert(Step step) {
    auto& steps = made_.steps;
    steps.insert(steps.begin() + dice_.between(0, static_cast<std::int64_t>(steps.size())),
                 std::move(step));
  }
  // Octets once more, cut anywhere.
  [[nodiscard]] Step again() {
    const std::int64_t begin = dice_.between(0, size());
    Step step = piece(begin, std::min(size(), begin + dice_.between(0, 50)));
    step.fin = begin + step.wire_length == size() && dice_.percent(50) && has_fin();
    return step;
  }
  [[nodiscard]] bool has_fin() const { return std::ranges::any_of(made_.steps, &Step::fin); }
  [[nodiscard]] Step oddity() {
    const std::int64_t at = dice_.between(0, size());
    switch (dice_.below(6)) {
      case 0:  // before the start, perhaps reaching into the stream
        return piece(-at - 1, -at - 1 + dice_.between(0, 80));
      case 1:  // behind the end
        return piece(at, at + dice_.between(0, 80));
      case 2: {  // ahead of everything, or of all windows
        const std::int64_t far =
            at + (dice_.percent(50) ? dice_.between(100, 1000) : (1LL << 30) + 5000);
        return piece(far, far + dice_.between(0, 80));
      }
      case 3:  // a keep-alive, or what looks like one
        return piece(at - 1, at - 1 + dice_.between(0, 1));
      case 4:  // FIN too early
        return {.begin = at, .fin = true};
      default: {  // FIN too early, with octets
        Step step = piece(at, std::min(size(), at + dice_.between(0, 20)));
        step.fin = true;
        return step;
      }
    }
  }

  void acknowledge() {
    auto& steps = made_.steps;
    if (made_.faithful) return acknowledge_truly();
    for (std::size_t n = dice_.below(steps.size() + 2); n > 0; --n) {
      std::int64_t at = dice_.between(0, size() + 1);
      if (dice_.percent(3)) at = dice_.between(-(1LL << 31) + 2000, (1LL << 31) - 2000);
      insert({.kind = Step::Kind::acknowledgement, .begin = at});
    }
  }
  // Only what the capture had in full by then; the last one may be that of the FIN.
  void acknowledge_truly() {
    std::vector<bool> seen(made_.sent.size() + 1);
    std::vector<Step> with;
    for (Step& step : made_.steps) {
      for (std::uint32_t i = 0; i < step.wire_length + (step.fin ? 1 : 0); ++i) {
        seen[static_cast<std::size_t>(step.begin) + i] = true;
      }
      with.push_back(std::move(step));
      const auto reached = std::distance(seen.begin(), std::ranges::find(seen, false));
      if (dice_.percent(50))
        with.push_back({.kind = Step::Kind::acknowledgement, .begin = reached});
    }
    made_.steps = std::move(with);
  }

  Dice dice_;
  Scenario made_;
};

std::string in_words(const Scenario& scenario) {
  std::string out = "seed " + std::to_string(scenario.seed) + ", sent '" + scenario.sent +
                    "', first " + std::to_string(scenario.first.value) +
                    (scenario.start_known ? " known" : "") + ", held at most " +
                    std::to_string(scenario.limits.held_octets) + ", ahead " +
                    std::to_string(scenario.limits.ahead_octets) + '\n';
  std::uint64_t frame = 0;
  for (const Step& step : scenario.steps) {
    out += "  " + std::to_string(++frame) + (step.kind == Step::Kind::segment ? " at " : " ack ") +
           std::to_string(step.begin) + " '" + step.payload + "' of " +
           std::to_string(step.wire_length) + (step.fin ? " FIN" : "") + '\n';
  }
  return out;
}

// "a1 b1 <3 limit> c2 fin": octets with their packets.
std::string in_words(const std::vector<Cell>& told, std::optional<EndCause> end) {
  std::string out;
  for (auto cell = told.begin(); cell != told.end();) {
    if (cell->octet) {
      out += cell->value + std::to_string(cell->frame) + ' ';
      ++cell;
      continue;
    }
    const auto behind =
        std::find_if(cell, told.end(), [&](const Cell& other) { return other != *cell; });
    out += '<' + std::to_string(behind - cell) + ' ' + name_of(cell->cause) + "> ";
    cell = behind;
  }
  return out + (end ? name_of(*end) : "no end");
}

std::string in_words(const ReassemblyCounts& counts) {
  return "data " + std::to_string(counts.data_segments) + ", retransmitted " +
         std::to_string(counts.retransmitted_segments) + ", out of order " +
         std::to_string(counts.out_of_order_segments) + ", keep-alives " +
         std::to_string(counts.keep_alives) + ", conflicting " +
         std::to_string(counts.conflicting_octets) + ", outside " +
         std::to_string(counts.outside_octets) + ", limit gaps " +
         std::to_string(counts.limit_gaps);
}

// How mixed the streams were.
struct Tally {
  std::size_t faithful = 0, with_gaps = 0, with_conflicts = 0;
};

// What is wrong with this stream; empty if nothing is.
std::string judge(const Scenario& scenario, Tally& tally) {
  Model model(scenario);
  std::uint64_t frame = 0;
  for (const Step& step : scenario.steps) model.step(step, ++frame);
  model.finish(scenario.end);

  const Outcome outcome = run(scenario, Taking::at_once);
  if (!outcome.broken.empty()) return outcome.broken;
  const std::string expected = in_words(model.told, model.ended);
  const std::string told = in_words(outcome.told, outcome.end);
  if (told != expected) return "told      " + told + "\nexpected  " + expected;
  if (in_words(outcome.counts) != in_words(model.counts)) {
    return "counts    " + in_words(outcome.counts) + "\nexpected  " + in_words(model.counts);
  }
  if (scenario.faithful) {
    std::string octets;
    for (const Cell& cell : outcome.told) octets += cell.octet ? cell.value : '?';
    if (octets != scenario.sent || outcome.end != EndCause::fin)
      return "not what was sent: " + told;
  }
  tally.faithful += scenario.faithful ? 1U : 0U;
  tally.with_gaps += std::ranges::all_of(outcome.told, &Cell::octet) ? 0U : 1U;
  tally.with_conflicts += outcome.counts.conflicting_octets > 0 ? 1U : 0U;

  if (scenario.limits.held_octets < 1000) return {};  // then what is not taken is lost
  const Outcome later =
      run(scenario, scenario.seed % 2 == 0 ? Taking::sometimes : Taking::at_the_end);
  if (!later.broken.empty()) return "taken later: " + later.broken;
  if (later.events != outcome.events) return "taken later, other events";
  if (in_words(later.counts) != in_words(outcome.counts)) return "taken later, other counts";
  return {};
}

}  // namespace

TEST_CASE("every offset is told exactly once, as the model says") {
  const auto begin = std::chrono::steady_clock::now();
  Tally tally;
  for (std::uint32_t seed = first_seed; seed < first_seed + streams; ++seed) {
    const Scenario scenario = Maker(seed).make();
    const std::string wrong = judge(scenario, tally);
    if (!wrong.empty()) FAIL(in_words(scenario) << wrong);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cout << streams << " streams in " << took.count() << " s: " << tally.faithful
            << " faithful, " << tally.with_gaps << " with gaps, " << tally.with_conflicts
            << " with conflicts\n";
  CHECK(tally.faithful > streams / 5);  // as mixed as they are meant to be
  CHECK(tally.with_gaps > streams / 5);
  CHECK(tally.with_conflicts > streams / 20);
}
