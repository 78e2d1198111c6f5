// Any octets of the two sides, in any pieces, with any gaps, give exchanges: commands in the order of the
// client's stream, every octet of a reply in at most one of them, and the same octets once more give the same.
//
// Input: steps of two octets and content. The first octet says whose turn it is and what happens, the second one
// how long it is.
#include "dissectors/base/check.hpp"
#include "dissectors/smtp/dialogue.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace smtpscope;

namespace {

std::vector<smtp::Exchange> play(Bytes input) {
  smtp::DialogueLimits limits;
  limits.held_octets = 512;
  limits.waiting_exchanges = 16;
  limits.line_octets = 256;
  const bool midstream = !input.empty() && (input[0] & 0x10U) != 0;
  smtp::Dialogue dialogue(midstream ? smtp::Start::midstream : smtp::Start::connection, limits);
  std::vector<smtp::Exchange> exchanges;
  std::array<StreamOffset, 2> told{};
  std::uint64_t frame = 0;
  const auto take = [&](Side side, const StreamEvent& event) {
    dialogue.take(side, event);
    while (auto exchange = dialogue.next()) exchanges.push_back(std::move(*exchange));
  };
  while (input.size() >= 2) {
    const unsigned step = input[0];
    const std::size_t length = std::min<std::size_t>(input[1], input.size() - 2);
    const std::size_t own = step & 1U;
    const Side side = own == 0 ? Side::client : Side::server;
    const Origin origin{++frame, {}};
    const Bytes content = input.subspan(2, length);
    if ((step & 6U) == 6U) {  // a gap of that length; its octets are the next steps
      const std::uint64_t lost = std::uint64_t{input[1]} + 1;
      take(side, Gap{told[own], lost, GapCause::acknowledged, origin});
      told[own] += lost;
      input = input.subspan(2);
      continue;
    }
    if (length > 0) {
      const bool known = (step & 8U) == 0;
      take(side, Octets{told[own], content, origin,
                        known ? std::optional<StreamOffset>(told[1 - own]) : std::nullopt});
      told[own] += length;
    }
    input = input.subspan(2 + length);
  }
  take(Side::server, End{told[1], EndCause::fin, {++frame, {}}});
  take(Side::client, End{told[0], EndCause::fin, {++frame, {}}});
  return exchanges;
}

void check_order(const std::vector<smtp::Exchange>& exchanges) {
  StreamOffset client = 0;
  for (const smtp::Exchange& exchange : exchanges) {
    check(exchange.command || exchange.kind != smtp::ExchangeKind::command, "a command is there");
    check(exchange.kind != smtp::ExchangeKind::unsolicited || !exchange.replies.empty(), "a reply is there");
    check(!exchange.replies.empty() || exchange.unanswered != smtp::Unanswered::no, "it is told why not");
    if (!exchange.command) continue;
    check(exchange.command->extent.begin >= client, "commands come in their order");
    client = exchange.command->extent.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const std::vector<smtp::Exchange> exchanges = play(input);
  check_order(exchanges);
  check(play(input).size() == exchanges.size(), "the same octets give the same");
  return 0;
}
