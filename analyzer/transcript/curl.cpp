// curl -v: a sign, a blank, and what it is about.
//
//     *   Trying 198.51.100.25:25...         about the connection
//     < 220 mx.example.com ESMTP             the server
//     > EHLO client.example.net              curl
//     } [5 bytes data]                       TLS, or the message: its text is not shown
//     curl: (55) RCPT failed: 550            how it ended
#include "analyzer/transcript/failure.hpp"
#include "analyzer/transcript/tool_reader.hpp"
#include "dissectors/base/ascii.hpp"

#include <utility>

namespace smtpscope::transcript {
namespace {

using session::FailureKind;

// "[0-0] ", from --trace-ids.
std::string_view without_ids(std::string_view line) noexcept {
  const std::size_t end = line.find("] ");
  const bool has_ids =
      line.starts_with('[') && end != std::string_view::npos && end < 24 &&
      line.substr(1, end - 1).find_first_not_of("0123456789-") == std::string_view::npos;
  return has_ids ? line.substr(end + 2) : line;
}

class Reader final : public ToolReader {
 public:
  explicit Reader(Gatherer& out) : out_(out) {}

  void take(std::string_view line) override {
    line = without_ids(without_clock(line));
    if (line.starts_with("> ")) {
      out_.say(Side::client, line.substr(2));
    } else if (line.starts_with("< ")) {
      reply(line.substr(2));
    } else if (line.starts_with("* ")) {
      about(ascii::trim(line.substr(2)));
    } else if (line.starts_with("curl: (")) {
      result(line);
    }
  }

 private:
  void reply(std::string_view text) {
    out_.say(Side::server, text);
    in_message_ = text.starts_with("354");
    if (in_message_) out_.hide_message();
  }

  void message_sent() {
    if (std::exchange(in_message_, false))
      out_.say_octets(Side::client, "\r\n.\r\n");  // the end is always this
  }

  void about(std::string_view words) {
    if (words.starts_with("Trying ")) {
      out_.begin_connection();
      trying(words.substr(7));
    } else if (words.starts_with("Connected to ")) {
      connected(words);
    } else if (words.starts_with("SSL connection using ")) {
      tls(words.substr(21));
    } else if (words.starts_with("subject: ")) {
      if (out_.current().tls) out_.current().tls->facts.subject = out_.bounded(words.substr(9));
    } else if (words.starts_with("issuer: ")) {
      if (out_.current().tls) out_.current().tls->facts.issuer = out_.bounded(words.substr(8));
    } else if (ascii::contains_no_case(words, "completely uploaded") ||
               words.starts_with("upload completely sent")) {
      message_sent();
    } else if (words.starts_with("Connection #")) {
      out_.end(Side::client, false);  // "left intact": it says QUIT later, and does not print it
    } else if (words.starts_with("Closing connection") ||
               words.starts_with("shutting down connection")) {
      out_.end(Side::client);
    } else {
      trouble(words);
    }
  }

  // "198.51.100.25:25...", "[2001:db8::1]:25..."
  void trying(std::string_view where) {
    while (where.ends_with('.')) where.remove_suffix(1);
    const std::size_t colon = where.rfind(':');
    if (colon == std::string_view::npos) return;
    const std::uint16_t port = port_of(where.substr(colon + 1));
    where = where.substr(0, colon);
    if (where.starts_with('[') && where.ends_with(']')) where = where.substr(1, where.size() - 2);
    out_.set_server(where, port);
  }

  // "Connected to mx.example.com (198.51.100.25) port 25 (#0)"
  void connected(std::string_view words) {
    out_.connected();
    const std::string_view address = between(words, "(", ")");
    const std::uint16_t port = port_of(between(words, " port ", " "));
    out_.set_server(address, port);
    out_.set_server(between(words, "Connected to ", " "), port);
  }

  // "TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519 / RSASSA-PSS"
  void tls(std::string_view words) {
    out_.begin_tls();
    smtp::TlsFacts& facts = out_.current().tls->facts;
    facts.version = out_.bounded(words.substr(0, words.find(" / ")));
    facts.cipher = out_.bounded(between(words, " / ", " / "));
  }

  // What libcurl says on the way, in other words than at the end, and mostly better ones.
  void trouble(std::string_view words) {
    const bool failed_to_connect = words.starts_with("connect to ") ||
                                   words.starts_with("Could not resolve") ||
                                   words.starts_with("Connection timed out");
    const bool failed_tls = words.starts_with("SSL certificate problem") ||
                            words.starts_with("error:") ||
                            words.find("alert,") != std::string_view::npos;
    if (failed_to_connect && out_.current().pieces.empty()) {
      out_.fail(failure_kind(words), words);
    } else if (failed_tls && !out_.current().tls &&
               words.find("close notify") == std::string_view::npos) {
      out_.fail(FailureKind::tls, words);
    } else if (words.starts_with("response reading failed") || words.starts_with("Recv failure")) {
      out_.fail(FailureKind::closed, words);
      out_.end(Side::server);
    }
  }

  // "curl: (55) RCPT failed: 550". The numbers are those of libcurl-errors(3).
  void result(std::string_view line) {
    const std::uint16_t number = port_of(between(line, "curl: (", ")"));
    const std::string_view words = ascii::trim(between(line, ") ", "\n"));
    switch (number) {
      case 5:
      case 6:
        return out_.fail(FailureKind::host_unknown, words);
      case 7:
        return out_.fail(out_.current().pieces.empty() ? failure_kind(words) : FailureKind::other,
                         words);
      case 28:
        return out_.fail(out_.current().connected ? FailureKind::other : FailureKind::timed_out,
                         words);
      case 35:
      case 51:
      case 58:
      case 59:
      case 60:
      case 77:
      case 80:
      case 83:
      case 90:
      case 91:
        return out_.fail(FailureKind::tls, words);
      case 52:
      case 56:
        return gone(words);
      case 55:
        return is_of_reply(words) ? void() : gone(words);
      default:
        return;  // what a reply tells
    }
  }

  // "RCPT failed: 550": the number is that of a reply.
  [[nodiscard]] static bool is_of_reply(std::string_view words) noexcept {
    const std::size_t colon = words.rfind(": ");
    return colon != std::string_view::npos && begins_with_code(words.substr(colon + 2));
  }

  void gone(std::string_view words) {
    out_.fail(FailureKind::closed, words);
    out_.current().ending = Ending{Side::server, out_.current().last_line};
  }

  Gatherer& out_;
  bool in_message_ = false;
};

}  // namespace

std::unique_ptr<ToolReader> curl_reader(Gatherer& out) { return std::make_unique<Reader>(out); }

}  // namespace smtpscope::transcript
