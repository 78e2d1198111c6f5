#pragma once
// Plays of mail that nobody takes, short as a flood of it has them:
//
//     45 %  the recipient is unknown        550 to RCPT
//     20 %  the server does not relay       554 to RCPT
//     15 %  it does not talk to this host   554 for a greeting
//     10 %  it has too much to do           421 to EHLO or MAIL, and it hangs up
//     10 %  it wants to be asked again      451 to RCPT
#include "tests/bench/play.hpp"
#include "tests/bench/random.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace smtpscope::bench {

class RefusalAuthor {
 public:
  explicit RefusalAuthor(const Random& random) : random_(random) {}
  [[nodiscard]] Play next();

 private:
  void refuse_host(std::vector<Turn>& turns);
  void refuse_recipient(std::vector<Turn>& turns, const std::string& recipient,
                        const std::string& reply);
  void hang_up(Play& play);
  void hello(std::vector<Turn>& turns);
  void sender(std::vector<Turn>& turns);

  Random random_;
  std::uint64_t number_ = 0;
};

}  // namespace smtpscope::bench
