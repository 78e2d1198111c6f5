#pragma once
// A dialogue told by hand, without TCP: what each side sends, in causal order, straight into
// smtp::Dialogue.
//
//     Talk talk;
//     talk.server("220 mx.example.com ESMTP\r\n").client("QUIT\r\n").server("221 Bye\r\n").close();
//     REQUIRE(talk.summary() == "greeting=220 QUIT=221");
#include "dissectors/smtp/dialogue.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

// "QUIT=221", "greeting=220", ".=250", "?=250" (lost command), "!=421" (unsolicited), "RCPT=-"
// (never answered), "RCPT=lost" (in a gap), "RCPT=open" (the capture ended); AUTH with mechanism,
// user and steps.
[[nodiscard]] std::string summary_of(const std::vector<smtp::Exchange>& exchanges);

class Talk {
 public:
  explicit Talk(smtp::Start start = smtp::Start::connection, smtp::DialogueLimits limits = {});

  Talk& client(std::string_view octets) { return say(Side::client, octets); }
  Talk& server(std::string_view octets) { return say(Side::server, octets); }
  // Sent before the sender had seen the other's last `unseen` octets.
  Talk& say(Side side, std::string_view octets, StreamOffset unseen = 0);
  Talk& gap(Side side, std::uint64_t length);
  Talk& end(Side side, EndCause cause);
  Talk& close(EndCause cause = EndCause::fin) {
    return end(Side::server, cause).end(Side::client, cause);
  }

  [[nodiscard]] const std::vector<smtp::Exchange>& exchanges() const noexcept { return exchanges_; }
  [[nodiscard]] std::string summary() const { return summary_of(exchanges_); }
  [[nodiscard]] const smtp::Dialogue& dialogue() const noexcept { return dialogue_; }

 private:
  Talk& take(Side side, const StreamEvent& event);

  smtp::Dialogue dialogue_;
  std::vector<smtp::Exchange> exchanges_;
  std::array<StreamOffset, 2> offsets_{};
  std::uint64_t frame_ = 0;
};

}  // namespace smtpscope::test
