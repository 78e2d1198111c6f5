// Python's smtplib with set_debuglevel(1); with 2, a time stands in front of each line.
//
//     connect: ('mx.example.com', 25)
//     send: 'ehlo client.example.net\r\n'            the client
//     reply: b'250-mx.example.com\r\n'               the server, a line each
//     reply: retcode (250); Msg: b'...'              the same once more
//     smtplib.SMTPServerDisconnected: Connection unexpectedly closed
#include "analyzer/transcript/failure.hpp"
#include "analyzer/transcript/python_text.hpp"
#include "analyzer/transcript/tool_reader.hpp"
#include "dissectors/base/ascii.hpp"

#include <utility>

namespace smtpscope::transcript {
namespace {

using session::FailureKind;

constexpr std::uint16_t port_of_implicit_tls = 465;

class Reader final : public ToolReader {
 public:
  explicit Reader(Gatherer& out) : out_(out) {}

  void take(std::string_view line) override {
    line = without_clock(line);
    if (line.starts_with("send: ")) {
      in_traceback_ = false;
      send(line.substr(6));
    } else if (line.starts_with("reply: ")) {
      in_traceback_ = false;
      reply(line.substr(7));
    } else if (line.starts_with("connect: ")) {
      connect(line.substr(9));
    } else if (line.starts_with("Traceback ")) {
      in_traceback_ = true;
    } else if (in_traceback_ && is_exception(line)) {
      in_traceback_ = false;
      exception(line);
    }
  }

 private:
  // ('mx.example.com', 25); smtplib writes "to" and a source address in front of it, too, and the
  // greeting's text.
  void connect(std::string_view words) {
    const std::string_view pair = between(words, "('", ")");
    if (pair.empty()) return;
    out_.begin_connection();  // it says so before it tries
    shows_connection_ = true;
    const std::uint16_t port = port_of(between(pair, "', ", ","));
    out_.set_server(pair.substr(0, pair.find('\'')), port);
    if (port == port_of_implicit_tls) out_.begin_tls();
  }

  void said_something() {
    if (shows_connection_) out_.connected();
  }

  void send(std::string_view literal) {
    auto octets = python_octets(literal);
    if (!octets) return;
    if (std::exchange(accepted_, false)) out_.begin_tls();
    said_something();
    asked_for_tls_ = ascii::starts_no_case(*octets, "STARTTLS\r\n");
    out_.say_octets(Side::client, std::move(*octets));
  }

  void reply(std::string_view literal) {
    auto octets = python_octets(literal);
    if (!octets) return;  // the retcode
    if (octets->empty()) {
      out_.fail(FailureKind::closed, "the server closed the connection");
      out_.end(Side::server);
      return;
    }
    said_something();
    accepted_ = asked_for_tls_ && octets->starts_with("220 ");
    out_.say_octets(Side::server, std::move(*octets));
  }

  // "ssl.SSLError: ...": a dotted name, a colon.
  static bool is_exception(std::string_view line) noexcept {
    const std::size_t end =
        line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    return end != 0 && end != std::string_view::npos && line.substr(end).starts_with(": ");
  }

  void exception(std::string_view line) {
    const FailureKind kind = failure_kind(line);
    const Transcript& session = out_.current();
    const bool is_inside = !session.pieces.empty() && session.pieces.back().under_tls;
    const bool of_handshake = kind == FailureKind::tls || (accepted_ && !session.tls);
    if (of_handshake && !is_inside) {
      said_something();
      out_.fail(FailureKind::tls, line);
    } else if (line.find("Disconnected: ") != std::string_view::npos ||
               kind == FailureKind::closed || of_handshake) {
      out_.fail(FailureKind::closed, line);
      out_.end(Side::server);
    } else if (is_of_connecting(kind) &&
               (session.pieces.empty() || kind == FailureKind::timed_out)) {
      out_.fail(kind, line);
    }
  }

  Gatherer& out_;
  bool shows_connection_ = false;
  bool asked_for_tls_ = false;
  bool accepted_ = false;
  bool in_traceback_ = false;
};

}  // namespace

std::unique_ptr<ToolReader> smtplib_reader(Gatherer& out) { return std::make_unique<Reader>(out); }

}  // namespace smtpscope::transcript
