// Whatever octets and gaps one side sends, in whatever pieces, the reader of TLS records tells
// records in the order of the stream that do not overlap, and where nothing is missing, how it was
// cut changes none of them. Passing over data tells the same places.
//
// Input: steps of two octets and content. The first octet says whether it is a gap (bits 0 to 2
// set), the second one how long it is.
#include "dissectors/base/check.hpp"
#include "dissectors/tls/record.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace smtpscope;

namespace {

struct Step {
  std::uint64_t gap = 0;
  Bytes octets;
};

std::vector<Step> steps_of(fuzz::Input input) {
  std::vector<Step> steps;
  while (!input.empty()) {
    const bool is_gap = (input.octet() & 7U) == 7U;
    const std::size_t length = input.octet();
    steps.push_back(is_gap ? Step{length + 1, {}} : Step{0, input.octets(length)});
  }
  return steps;
}

struct Told {
  Extent extent;
  std::uint8_t type = 0;
  std::string fragment;
  friend bool operator==(const Told&, const Told&) = default;
};

std::vector<Told> play(const std::vector<Step>& steps, std::size_t cut, bool pass_over) {
  tls::RecordReader reader;
  if (pass_over) reader.pass_over_data();
  std::vector<Told> told;
  StreamOffset sent = 0, end = 0;
  for (const Step& step : steps) {
    if (step.gap > 0) {
      reader.gap(Gap{sent, step.gap, GapCause::acknowledged, {1, {}}});
      sent += step.gap;
    }
    for (std::size_t at = 0; at < step.octets.size(); at += cut) {
      std::vector<std::uint8_t> exact(step.octets.begin() + static_cast<std::ptrdiff_t>(at),
                                      step.octets.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                at + cut, step.octets.size())));
      Octets rest{sent, exact, {1, {}}, std::nullopt};
      sent += exact.size();
      while (!rest.bytes.empty()) {
        const std::size_t used = reader.take(rest);
        check(used <= rest.bytes.size() && (used > 0 || reader.record()), "it gets on");
        rest.bytes = rest.bytes.subspan(used);
        rest.offset += used;
        check(reader.pending_octets() <= 2 * tls::record_fragment_octets_max,
              "what is held has a limit");
        if (!reader.record()) continue;
        const tls::Record& record = *reader.record();
        check(record.extent.begin >= end && record.extent.end <= rest.offset,
              "records come in order");
        check(record.fragment.empty() || record.fragment.size() == record.fragment_octets(),
              "sizes agree");
        end = record.extent.end;
        told.push_back({record.extent, static_cast<std::uint8_t>(record.type),
                        pass_over ? std::string() : std::string(as_text(record.fragment))});
      }
    }
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Step> steps = steps_of(fuzz::Input({data, size}));
  const std::vector<Told> whole = play(steps, 256, false);
  const std::vector<Told> cut = play(steps, 1, false);
  const std::vector<Told> passed = play(steps, 3, true);
  if (std::ranges::any_of(steps, [](const Step& step) { return step.gap > 0; })) return 0;
  check(whole == cut, "cuts change nothing");
  check(passed.size() == whole.size(), "passing over loses none");
  for (std::size_t i = 0; i < whole.size(); ++i)
    check(passed[i].extent == whole[i].extent, "nor moves any");
  return 0;
}
