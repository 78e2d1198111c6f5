// Whatever two sides send as TLS, in whatever pieces and with whatever gaps, with a key log that
// fits or not: the conversation ends, what it opens is told in the order of the stream and never
// more than came, and the facts have limits. Where nothing is missing, cuts change nothing.
//
// Input: two octets with the length of a key log, the key log, then steps of three octets and
// content: whose turn it is (bit 0), whether it is a gap (bits 1 and 2), and the length (two
// octets).
#include "dissectors/base/check.hpp"
#include "dissectors/tls/conversation.hpp"
#include "tests/fuzz/input.hpp"

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

std::vector<Step> steps_of(fuzz::Input& input) {
  std::vector<Step> steps;
  while (!input.empty()) {
    const std::uint8_t what = input.octet();
    const std::size_t length = input.two();
    const Side side = (what & 1U) == 0 ? Side::client : Side::server;
    const bool is_gap = (what & 6U) == 6U;
    steps.push_back(is_gap ? Step{side, length + 1, {}} : Step{side, 0, input.octets(length)});
  }
  return steps;
}

struct Told {
  std::array<std::string, 2> plain;
  tls::Step step = tls::Step::nothing;
  std::array<std::uint64_t, 2> records{};
  friend bool operator==(const Told&, const Told&) = default;
};

Told play(const std::vector<Step>& steps, std::size_t cut, const tls::KeyLog* keys) {
  tls::Conversation conversation(keys);
  Told told;
  std::array<StreamOffset, 2> sent{}, end{};
  std::uint64_t frame = 0;
  const auto drain = [&] {
    while (const auto plain = conversation.next()) {
      const auto own = index_of(plain->first);
      const auto* octets = std::get_if<Octets>(&plain->second);
      const auto* gap = std::get_if<Gap>(&plain->second);
      check(octets != nullptr || gap != nullptr, "octets or a gap");
      const StreamOffset begin = octets != nullptr ? octets->offset : gap->offset;
      const std::uint64_t length = octets != nullptr ? octets->bytes.size() : gap->length;
      check(begin >= end[own] && begin + length <= sent[own],
            "in the order of the stream, and no more than came");
      end[own] = begin + length;
      if (octets != nullptr) told.plain[own] += as_text(octets->bytes);
    }
  };
  for (const Step& step : steps) {
    const auto own = index_of(step.side);
    if (step.gap > 0) {
      const StreamOffset begin = sent[own];
      sent[own] += step.gap;
      conversation.gap(step.side, Gap{begin, step.gap, GapCause::acknowledged, {++frame, {}}});
      drain();
    }
    for (std::size_t at = 0; at < step.octets.size(); at += cut) {
      const std::vector<std::uint8_t> exact(
          step.octets.begin() + static_cast<std::ptrdiff_t>(at),
          step.octets.begin() +
              static_cast<std::ptrdiff_t>(std::min(at + cut, step.octets.size())));
      Octets rest{sent[own], exact, {++frame, {}}, sent[1 - own]};
      sent[own] += exact.size();
      // Behind a hole a record that is complete may take none.
      for (int idle = 0; !rest.bytes.empty();) {
        const std::size_t used = conversation.take(step.side, rest);
        check(used <= rest.bytes.size(), "it takes what there is");
        idle = used == 0 ? idle + 1 : 0;
        check(idle < 2, "it gets on");
        rest.bytes = rest.bytes.subspan(used);
        rest.offset += used;
        drain();
      }
    }
  }
  const tls::Facts& facts = conversation.facts();
  check(facts.certificates.size() <= tls::ConversationLimits{}.certificates,
        "certificates have a limit");
  check(facts.alerts.size() <= tls::ConversationLimits{}.alerts, "alerts have a limit");
  for (const tls::SideFacts& side : facts.side)
    check(side.sizes.size() <= tls::sizes_kept, "sizes have a limit");
  told.step = facts.step;
  told.records = {facts.side[0].records, facts.side[1].records};
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input({data, size});
  tls::KeyLog keys;
  keys.take(as_text(input.octets(input.two())));
  keys.finish();
  const std::vector<Step> steps = steps_of(input);
  const Told whole = play(steps, 1 << 16, &keys);
  const Told cut = play(steps, 7, &keys);
  const Told closed = play(steps, 1 << 16, nullptr);
  check(closed.plain[0].empty() && closed.plain[1].empty(), "without keys nothing is opened");
  if (std::ranges::any_of(steps, [](const Step& step) { return step.gap > 0; })) return 0;
  check(whole == cut, "cuts change nothing");
  return 0;
}
