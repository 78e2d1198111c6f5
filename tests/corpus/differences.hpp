#pragma once
// Where another tool sees a session differently, and is not right: the one list of it.
//
// A comparison fails where the tool differs and the list does not say so, and also where the list
// says so and the tool does not differ any more: the list can only be true. docs/SMTP_NOTES.md
// explains its rows.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

enum class Peer : std::uint8_t { tshark, zeek, arkime };
enum class Field : std::uint8_t { commands, replies, transactions, senders, recipients, hello };

struct Difference {
  Peer peer;
  std::string_view capture;
  std::uint16_t client_port;
  Field field;
  std::string_view peer_lacks;  // what smtpscope has more, in order, words separated by blanks
  std::string_view peer_has;    // what the other tool has more
  std::string_view reason;
};

// Compares both lists of words for one field of a session; what differs must be as listed.
class Comparison {
 public:
  explicit Comparison(Peer peer) : peer_(peer) {}

  void compare(const std::string& capture, std::uint16_t client_port, Field field,
               const std::vector<std::string>& ours, const std::vector<std::string>& theirs);
  // All was compared: a listed difference that was not met is a failure too.
  void finish() const;
  [[nodiscard]] std::size_t compared() const noexcept { return compared_; }

 private:
  Peer peer_;
  std::size_t compared_ = 0;
  std::vector<const Difference*> met_;
};

}  // namespace smtpscope::test
