#pragma once
// The only place that decides which octets of a session must not be shown.
//
//     C: AUTH PLAIN AGFsaWNlAGh1bnRlcjI=          AUTH PLAIN ***
//     S: 535 no such login: alice/hunter2         535 no such login: alice/***
//
// Masked are: what a client logs in with at a proxy in front; the responses of an authentication,
// where they stand; stray answers to one that was over (Command::secret), as whole lines; BURL's
// token (RFC 4467); and wherever they turn up again
// - in replies, unknown commands, findings, verdicts - those responses, what they decode to, and
// the base64 of it however it lies in the base64 of something else. User names are shown.
//
// A text may repeat only the beginning of a secret (servers cut what they quote): of a secret of
// eight octets or more, eight are enough to be masked.
//
// The work grows with the length of the text, hardly with the number of secrets: a session of a
// million failed logins is no way to hang anybody.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::render {

enum class Secrets : std::uint8_t { mask, show };

inline constexpr std::string_view masked = "***";

// Secrets, to be looked up at any place of a text.
class SecretSet {
 public:
  // How much of a secret must be there.
  enum class Match : std::uint8_t {
    whole,      // all of it
    beginning,  // eight octets of it, and as much as follows; all of it if it is shorter
  };
  // Fewer than four octets are no secret: they would be found everywhere.
  void add(std::string secret, Match match);
  // To be called between the last add() and the first match().
  void seal();

  // How many octets at the beginning of `text` belong to a secret; 0 if none do.
  [[nodiscard]] std::size_t match(std::string_view text) const noexcept;
  [[nodiscard]] bool empty() const noexcept { return begins_.empty(); }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  void note_begin(std::string_view secret);
  [[nodiscard]] std::size_t match_whole(std::string_view text) const noexcept;
  [[nodiscard]] std::size_t match_beginning(std::string_view text) const noexcept;

  std::vector<std::string> whole_;  // sorted, each once
  // For each of whole_: the longest other one that it begins with.
  std::vector<std::size_t> shorter_;
  std::vector<std::string> begun_;  // sorted, each once
  // A bit for each hash of four octets that a secret begins with.
  std::vector<std::uint64_t> begins_;
};

class Redactor {
 public:
  Redactor(const session::Session& session, Secrets secrets);

  // `text` without secrets: itself where there are none, else made in `scratch`. Lives as long as
  // both.
  [[nodiscard]] std::string_view clean(std::string_view text, std::string& scratch) const;

  struct CommandLine {
    std::string_view name;      // "AUTH"
    std::string_view argument;  // "PLAIN ***"
  };
  // What may be shown of a command. Lives as long as both.
  [[nodiscard]] CommandLine command(const smtp::Command& command, std::string& scratch) const;
  // The mechanism of a login; masked if it stands in the place of one and is none.
  [[nodiscard]] std::string_view mechanism(const smtp::Exchange& exchange) const noexcept;
  // A line that the client sent in an authentication.
  [[nodiscard]] std::string_view response(std::string_view line) const noexcept {
    return secrets_ == Secrets::show ? line : masked;
  }
  [[nodiscard]] Secrets secrets() const noexcept { return secrets_; }

 private:
  void add_secrets(const smtp::AuthExchange& auth);
  void add_login(const proxy::Facts& said);
  void add_response(std::string_view line);
  void add_decoded(std::string_view secret, std::string_view user);
  [[nodiscard]] Extent secret_at(std::string_view text, std::size_t at,
                                 std::size_t free_from) const noexcept;
  [[nodiscard]] CommandLine auth_command(const smtp::Command& command, std::string& scratch) const;

  Secrets secrets_;
  SecretSet clear_;
  SecretSet encoded_;  // base64
};

}  // namespace smtpscope::render
