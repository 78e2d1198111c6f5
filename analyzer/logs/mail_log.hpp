#pragma once
// What a mail server's own log says of its deliveries, line by line.
//
//     Postfix   ... postfix/smtp[7]: 4A1B2: to=<bob@example.com>, relay=mx..., dsn=5.1.1, status=bounced (host mx... said:
//               550 5.1.1 no such user (in reply to RCPT TO command))
//     Postfix   ... postfix/smtpd[7]: NOQUEUE: reject: RCPT from client[192.0.2.10]: 554 5.7.1 ...; from=<> to=<> ...
//     Exim      ... 1abcde-000001-AB ** bob@example.com R=mx T=remote_smtp H=mx... [198.51.100.25]: SMTP error from remote
//               mail server after RCPT TO:<bob@example.com>: 550 no such user
//               (==: will be tried again; =>, ->: delivered; "rejected RCPT" where Exim itself refuses)
//
// Pure: text in, values out. Everything in a line was said by somebody: as hostile as the wire.
#include <cstdint>
#include <optional>
#include <string_view>

namespace smtpscope::logs {

enum class Software : std::uint8_t { postfix, exim };

enum class Fate : std::uint8_t {
  delivered,
  deferred,  // will be tried again
  bounced,   // given up
  refused,   // by the server whose log it is: what it answered to somebody
};

// Views live as long as the line.
struct LogLine {
  Software software = Software::postfix;
  Fate fate = Fate::delivered;
  std::string_view queue_id;   // empty where nothing was queued
  std::string_view sender;     // empty: not said
  std::string_view recipient;  // without its angle brackets; empty: not said
  std::string_view host;       // of the other side; empty: not said
  std::string_view address;    // ... its IP address
  std::string_view reply;      // what the refusing server said, codes first; empty if none did
  // The command that it answers, as the log has it: "RCPT TO", "end of data".
  std::string_view answers;
  std::string_view text;    // all that the log says of the cause
  std::string_view status;  // the enhanced code of the delivery, "5.1.1", if the log has one
};

// Nothing for lines that are about something else.
[[nodiscard]] std::optional<LogLine> read_log_line(std::string_view line) noexcept;

// Is it a line of such a log, whatever it is about? To tell what kind of file something is.
[[nodiscard]] bool is_log_line(std::string_view line) noexcept;

}  // namespace smtpscope::logs
