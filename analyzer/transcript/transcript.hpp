#pragma once
// What a mail tool printed about one session, as values: who said what, in which line, and what the
// tool told beside it.
//
//     text of a file --detect()--> Tool --read()--> Transcript... --play()--> session::Session
//
// A transcript shows what TLS hides from a capture. It has no times, and of the transport only what
// the tool says.
#include "analyzer/session/told.hpp"
#include "dissectors/base/stream.hpp"
#include "dissectors/net/address.hpp"
#include "dissectors/smtp/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::transcript {

enum class Tool : std::uint8_t { swaks, curl, smtplib, openssl };
[[nodiscard]] std::string_view name_of(Tool tool) noexcept;

// Octets that one side sent.
struct Piece {
  Side side = Side::client;
  std::string octets;  // with their line ends; empty: the tool does not show them (of a message)
  std::uint64_t line = 0;  // of the transcript, from 1
  bool under_tls = false;
};

// TLS, as the tool tells of it.
struct Tls {
  smtp::TlsFacts::Mode mode = smtp::TlsFacts::Mode::starttls;
  std::uint64_t line = 0;  // where it stands
  smtp::TlsFacts facts;    // version, cipher, subject, issuer
};

struct Failure {
  session::FailureKind kind = session::FailureKind::other;
  std::string words;
  std::uint64_t line = 0;
};

struct Ending {
  Side by = Side::client;
  std::uint64_t line = 0;
  bool is_shown = true;  // false: before it the tool may have said more than it prints
};

struct Transcript {
  Tool tool = Tool::swaks;
  std::string server_name;  // as it was asked for, or as the tool found it; may be an address
  net::Endpoint server;     // as far as it is told
  std::uint64_t first_line = 0, last_line = 0;
  std::optional<std::uint64_t> connected;  // the line that tells so
  std::vector<Piece> pieces;               // in the order of the lines
  std::optional<Tls> tls;
  std::optional<Failure> failure;  // the first one
  std::optional<Ending> ending;    // nothing: not shown
  bool cut_short = false;          // a limit was reached: there is more in the file
};

}  // namespace smtpscope::transcript
