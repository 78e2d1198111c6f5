#pragma once
// Plays of mail that is delivered, as at a busy relay:
//
//     size of a message      as MailMix says
//     messages a session     likewise
//     hidden by STARTTLS     15 %
//     pipelined              40 %
//     a refused recipient    10 % of the messages
#include "tests/bench/play.hpp"
#include "tests/bench/pools.hpp"
#include "tests/bench/random.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::bench {

inline constexpr Peer mail_server{{198, 51, 100, 25}, 25};

struct MailMix {
  struct Size {
    unsigned percent;    // of the messages; all sizes together are 100
    std::size_t octets;  // give or take a quarter
  };
  std::array<Size, 3> sizes;
  unsigned messages_max;  // a session; from 1 on, each number as often as the others
};
// Most of the octets are in a few large messages.
inline constexpr MailMix bulk_mix{{{{70, 5'000}, {25, 60'000}, {5, 2'000'000}}}, 4};
// Most of them are not: a capture of a few hundred megabytes has tens of thousands of sessions.
inline constexpr MailMix even_mix{{{{70, 5'000}, {29, 20'000}, {1, 200'000}}}, 2};

// Adds a turn: these lines, each with CRLF.
void say(std::vector<Turn>& turns, Side side, std::initializer_list<std::string_view> lines);

class MailAuthor {
 public:
  // The pools outlive it.
  MailAuthor(const MailMix& mix, const Pools& pools, const Random& random)
      : mix_(mix), pools_(pools), random_(random) {}
  // From the greeting to the answer to QUIT (or, where STARTTLS hides it, the last record).
  [[nodiscard]] Play next();

 private:
  void clear_mail(std::vector<Turn>& turns);
  void hidden_mail(std::vector<Turn>& turns);
  [[nodiscard]] std::string message();
  [[nodiscard]] std::size_t message_octets();

  MailMix mix_;
  const Pools& pools_;
  Random random_;
  std::uint64_t message_number_ = 0;
};

}  // namespace smtpscope::bench
