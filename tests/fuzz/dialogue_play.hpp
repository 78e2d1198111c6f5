#pragma once
// The dialogue that an input of dialogue_fuzz makes: steps of two octets, and content behind most
// of them.
//
//     0x00 n ...   the client sends the n octets that follow; 0x01: the server
//     0x06 n       n + 1 octets of the client are lost; 0x07: of the server
//     0x20 n       the client sends the nth command of the table, as its example has it; 0x21: the server takes it,
//                  0x61: the server refuses it
//     0x08         added to the first octet: nobody knows what the sender had acknowledged
//     0x10         in the very first octet: the connection began before the capture
#include "dissectors/smtp/dialogue.hpp"
#include "dissectors/smtp/verb.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::fuzz {

// What step 0x20 or 0x21 says.
inline std::string line_of_table(unsigned step, std::uint8_t number) {
  const smtp::VerbInfo& row = smtp::verbs()[number % smtp::verbs().size()];
  if ((step & 1U) == 0) return std::string(row.example) + "\r\n";
  return ((step & 0x40U) != 0 ? std::string("550") : std::to_string(row.success.front())) +
         " x\r\n";
}

inline std::vector<smtp::Exchange> play(Bytes input) {
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
    const bool of_table = (step & 0x26U) == 0x20U;
    const std::string line = of_table ? line_of_table(step, input[1]) : std::string();
    const Bytes content = of_table ? as_bytes(line) : input.subspan(2, length);
    if ((step & 6U) == 6U) {  // a gap of that length; its octets are the next steps
      const std::uint64_t lost = std::uint64_t{input[1]} + 1;
      take(side, Gap{told[own], lost, GapCause::acknowledged, origin});
      told[own] += lost;
      input = input.subspan(2);
      continue;
    }
    if (!content.empty()) {
      const bool known = (step & 8U) == 0;
      take(side, Octets{told[own], content, origin,
                        known ? std::optional<StreamOffset>(told[1 - own]) : std::nullopt});
      told[own] += content.size();
    }
    input = input.subspan(of_table ? 2 : 2 + length);
  }
  take(Side::server, End{told[1], EndCause::fin, {++frame, {}}});
  take(Side::client, End{told[0], EndCause::fin, {++frame, {}}});
  return exchanges;
}

}  // namespace smtpscope::fuzz
