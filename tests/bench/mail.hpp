#pragma once
// What the two sides of a made-up SMTP session say, as a list of turns. The mix is that of a busy
// relay:
//
//     size of a message      70 % 5 kB, 25 % 60 kB, 5 % 2 MB
//     messages a session     1 to 4
//     hidden by STARTTLS     15 %
//     pipelined              40 %
//     a refused recipient    10 % of the messages
#include "dissectors/base/stream.hpp"
#include "tests/bench/random.hpp"

#include <string>
#include <vector>

namespace smtpscope::bench {

struct Turn {
  Side side;
  std::string octets;  // never empty
};

class Author {
 public:
  explicit Author(std::uint64_t seed);
  // From the greeting to the answer to QUIT (or, where STARTTLS hides it, the last record).
  [[nodiscard]] std::vector<Turn> session();

 private:
  void clear_mail(std::vector<Turn>& turns);
  void hidden_mail(std::vector<Turn>& turns);
  [[nodiscard]] std::string message();
  [[nodiscard]] std::string slice(const std::string& pool, std::size_t size);
  [[nodiscard]] std::size_t message_size();

  Random random_;
  std::uint64_t message_number_ = 0;
  std::string base64_lines_, text_lines_, noise_;  // what bodies are cut from
};

}  // namespace smtpscope::bench
