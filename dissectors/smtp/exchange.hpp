#pragma once
// What the dialogue tells: exchanges, one command with the reply that answers it each.
#include "dissectors/base/boxed.hpp"
#include "dissectors/smtp/command.hpp"
#include "dissectors/smtp/message.hpp"
#include "dissectors/smtp/reply.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::smtp {

enum class ExchangeKind : std::uint8_t {
  greeting,      // the server's first reply answers the connection itself; no command
  command,       // a command line, BDAT's chunk included
  end_of_data,   // the end of the message after DATA; `command` is "." unless a gap has it
  unsolicited,   // a reply that answers nothing
  lost_command,  // a reply whose command lies in a gap, or before the capture
};

// Why there is no reply, where there is none; or not all of those that LMTP owes.
enum class Unanswered : std::uint8_t {
  no,           // all replies are there
  never,        // the connection ended first
  lost_in_gap,  // the capture does not have it
  capture_end,  // the capture ended first
};

struct AuthExchange {
  std::string mechanism;               // in capitals
  std::string user;                    // as far as the mechanism shows it
  std::string acting_as;               // on whose behalf, where the mechanism says so
  std::string domain;                  // NTLM; DIGEST-MD5's realm
  std::string workstation;             // NTLM
  std::uint32_t steps = 0;             // lines that the client sent after AUTH
  bool initial_response = false;       // it stood on the AUTH line itself
  bool cancelled = false;              // by "*"
  bool lines_lost = false;             // some of the client's lines lie in a gap
  std::vector<std::string> responses;  // secret: the lines as sent; bounded
  std::vector<Reply> challenges;       // the 334 replies; bounded
};

struct Exchange {
  ExchangeKind kind = ExchangeKind::command;
  std::optional<Command> command;
  std::vector<Reply> replies;  // one, but for LMTP's and PRDR's end of data
  Unanswered unanswered = Unanswered::no;
  bool around_gap = false;  // pairing was made across a gap: likely, not certain
  // ... where both sides lack octets: the pairing proves nothing.
  bool doubtful = false;
  bool early_reply = false;  // the reply came before what it answers was sent in full
  bool in_data = false;      // unsolicited: came while the client was sending a message
  // Said inside TLS, and read with its keys or as a side wrote it down.
  bool encrypted = false;
  Boxed<AuthExchange> auth;
  // Of end_of_data, and of the last BDAT; of BDATs so far else.
  Boxed<Message> message;
  [[nodiscard]] const Reply* reply() const noexcept {
    return replies.empty() ? nullptr : &replies.back();
  }
};

[[nodiscard]] bool is_command(const Exchange& exchange) noexcept;
[[nodiscard]] bool has_verb(const Exchange& exchange, Verb verb) noexcept;
[[nodiscard]] bool is_hello(const Exchange& exchange) noexcept;
// Is it the reply to this exchange that answers for the whole message: the dot's, or that of BDAT
// LAST?
[[nodiscard]] bool ends_message(const Exchange& exchange) noexcept;

// A side that spoke SMTP in clear behind a whole record of TLS.
struct ClearAgain {
  Origin at;                // the packet with the first octet of it
  std::uint8_t behind = 0;  // the content type of the last record: 0x15 is an alert
};

// What hides: from where, and how much.
struct TlsFacts {
  enum class Mode : std::uint8_t { starttls, implicit } mode = Mode::starttls;
  std::optional<Origin> command;    // STARTTLS
  std::optional<Origin> accept;     // its 220
  std::uint64_t accept_end = 0;     // ... and where that ends in the server's stream
  std::optional<Origin> first;      // the first packet with TLS octets, of either side
  Origin last;                      // the last one
  std::uint64_t client_octets = 0;  // gaps included
  std::uint64_t server_octets = 0;
  bool stayed_clear = false;  // accepted, and the dialogue went on in clear
  bool decrypted = false;     // what was said inside is known
  // As a side told them; empty where nobody did.
  std::string version, cipher;                           // "TLSv1.3", "TLS_AES_256_GCM_SHA384"
  std::string subject, issuer;                           // of the server's certificate
  std::array<std::optional<ClearAgain>, 2> clear_again;  // by Side
  // Of application data: where there are several, a dialogue is hidden.
  std::uint64_t client_data_records = 0;
};

}  // namespace smtpscope::smtp
