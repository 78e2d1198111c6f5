// Any octets of the two sides, in any pieces, with any gaps, give exchanges: commands in the order
// of the client's stream, every octet of a reply in at most one of them, and the same octets once
// more give the same. Input: dialogue_play.hpp.
#include "dissectors/base/check.hpp"
#include "tests/fuzz/dialogue_play.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

using namespace smtpscope;

namespace {

void check_order(const std::vector<smtp::Exchange>& exchanges) {
  StreamOffset client = 0;
  for (const smtp::Exchange& exchange : exchanges) {
    check(exchange.command || exchange.kind != smtp::ExchangeKind::command, "a command is there");
    check(exchange.kind != smtp::ExchangeKind::unsolicited || !exchange.replies.empty(),
          "a reply is there");
    check(!exchange.replies.empty() || exchange.unanswered != smtp::Unanswered::no,
          "it is told why not");
    if (!exchange.command) continue;
    check(exchange.command->extent.begin >= client, "commands come in their order");
    client = exchange.command->extent.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const std::vector<smtp::Exchange> exchanges = fuzz::play(input);
  check_order(exchanges);
  check(fuzz::play(input).size() == exchanges.size(), "the same octets give the same");
  return 0;
}
