// Whatever the two sides send, in whatever pieces, each octet either belongs to the prelude or
// comes out behind it, once and in its place; and where nothing is missing, how it was cut changes
// neither.
//
// Input: steps of two octets and content. The first octet says whose turn it is (bit 0), and
// whether it is a gap (bits 1 and 2); the second one how long it is.
#include "dissectors/base/check.hpp"
#include "dissectors/proxy/prelude.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace smtpscope;

namespace {

struct Step {
  Side side = Side::client;
  std::uint64_t gap = 0;
  Bytes octets;
};

std::vector<Step> steps_of(Bytes input) {
  std::vector<Step> steps;
  while (input.size() >= 2) {
    Step step;
    step.side = (input[0] & 1U) == 0 ? Side::client : Side::server;
    if ((input[0] & 6U) == 6U) {
      step.gap = std::uint64_t{input[1]} + 1;
      input = input.subspan(2);
    } else {
      step.octets = input.subspan(2, std::min<std::size_t>(input[1], input.size() - 2));
      input = input.subspan(2 + step.octets.size());
    }
    steps.push_back(step);
  }
  return steps;
}

struct Told {
  std::array<std::string, 2> octets;
  std::array<std::uint64_t, 2> length{};  // gaps included
  std::array<std::uint64_t, 2> prelude{};
  bool found = false;
  std::uint64_t limits_reached = 0;
};

Told play(const std::vector<Step>& steps, std::size_t cut) {
  proxy::PreludeLimits limits;
  limits.held_octets = 512;
  proxy::Prelude prelude(limits);
  Told told;
  std::array<StreamOffset, 2> sent{};
  std::uint64_t frame = 0;
  const auto note = [&](Side side, const StreamEvent& event) {
    const auto own = static_cast<std::size_t>(side);
    if (const auto* octets = std::get_if<Octets>(&event)) {
      check(octets->offset == told.length[own], "octets join on");
      check(!octets->bytes.empty(), "octets are there");
      told.octets[own] += as_text(octets->bytes);
      told.length[own] += octets->bytes.size();
    } else if (const auto* gap = std::get_if<Gap>(&event)) {
      check(gap->offset == told.length[own] && gap->length > 0, "a gap joins on");
      told.length[own] += gap->length;
    } else {
      check(std::get<End>(event).offset == told.length[own], "the end joins on");
    }
  };
  const auto take = [&](Side side, const StreamEvent& event) {
    if (prelude.over()) {
      if (const auto rest = prelude.behind(side, event)) note(side, *rest);
      return;
    }
    prelude.take(side, event);
    while (const auto next = prelude.next()) note(next->first, next->second);
  };
  for (const Step& step : steps) {
    const auto own = static_cast<std::size_t>(step.side);
    if (step.gap > 0) {
      take(step.side, Gap{sent[own], step.gap, GapCause::acknowledged, {++frame, {}}});
      sent[own] += step.gap;
    }
    for (std::size_t at = 0; at < step.octets.size(); at += cut) {
      const Bytes piece = step.octets.subspan(at, std::min(cut, step.octets.size() - at));
      take(step.side, Octets{sent[own], piece, {++frame, {}}, sent[1 - own]});
      sent[own] += piece.size();
    }
  }
  for (const Side side : {Side::server, Side::client}) {
    take(side, End{sent[static_cast<std::size_t>(side)], EndCause::fin, {++frame, {}}});
  }
  check(prelude.over(), "at the end everything is decided");
  for (std::size_t own = 0; own < 2; ++own) {
    told.prelude[own] = prelude.octets(own == 0 ? Side::client : Side::server);
    const std::uint64_t inside = std::min(told.prelude[own], sent[own]);
    check(told.length[own] + inside == sent[own], "prelude and dialogue make the stream");
    check(prelude.facts() || told.prelude[own] == 0, "what is taken away is told");
  }
  told.found = prelude.facts().has_value();
  told.limits_reached = prelude.limits_reached();
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Step> steps = steps_of({data, size});
  const Told whole = play(steps, 256);
  const Told cut = play(steps, 1);
  const bool any_gap = std::ranges::any_of(steps, [](const Step& step) { return step.gap > 0; });
  if (any_gap || whole.limits_reached + cut.limits_reached > 0) return 0;
  check(whole.octets == cut.octets && whole.found == cut.found, "cuts change nothing");
  return 0;
}
