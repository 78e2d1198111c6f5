// swaks: a mark of three columns, a blank, and what it is about.
//
//     === Trying mx.example.com:25...        about the connection
//     <-  220 mx.example.com ESMTP           the server;  <~  under TLS;  <** and <~* where it is not what swaks wants
//      -> EHLO client.example.net            swaks;        ~> under TLS;  **> and *~> likewise
//     *** Remote host closed connection unexpectedly.
#include "analyzer/transcript/failure.hpp"
#include "analyzer/transcript/tool_reader.hpp"

#include <array>
#include <optional>

namespace smtpscope::transcript {
namespace {

struct Mark {
  std::string_view mark;
  Side side;
  bool under_tls;
};
constexpr std::array marks = {
    Mark{" ->", Side::client, false}, Mark{"**>", Side::client, false},
    Mark{" ~>", Side::client, true},  Mark{"*~>", Side::client, true},
    Mark{"<- ", Side::server, false}, Mark{"<**", Side::server, false},
    Mark{"<~ ", Side::server, true},  Mark{"<~*", Side::server, true},
};

const Mark* mark_of(std::string_view line) noexcept {
  for (const Mark& each : marks) {
    if (line.starts_with(each.mark) && (line.size() == 3 || line[3] == ' ')) return &each;
  }
  return nullptr;
}

class Reader final : public ToolReader {
 public:
  explicit Reader(Gatherer& out) : out_(out) {}

  void take(std::string_view line) override {
    if (const Mark* const mark = mark_of(line)) {
      if (mark->under_tls) out_.begin_tls();
      out_.say(mark->side, line.size() > 4 ? line.substr(4) : std::string_view());
    } else if (line.starts_with("=== ")) {
      about(line.substr(4));
    } else if (line.starts_with("*** ")) {
      trouble(line.substr(4));
    }
  }

 private:
  void about(std::string_view words) {
    if (words.starts_with("Trying ")) {
      out_.begin_connection();
      trying(words.substr(7));
    } else if (words.starts_with("Connected to ")) {
      out_.connected();
    } else if (words.starts_with("TLS started with cipher ")) {
      tls(words.substr(24));
    } else if (words.starts_with("TLS peer ")) {
      certificate(words.substr(9));
    } else if (words.starts_with("Connection closed with remote host")) {
      out_.end(Side::client);
    }
  }

  // "mx.example.com:25...", "[2001:db8::1]:25..."
  void trying(std::string_view where) {
    while (where.ends_with('.')) where.remove_suffix(1);
    const std::size_t colon = where.rfind(':');
    if (colon == std::string_view::npos) return;
    const std::uint16_t port = port_of(where.substr(colon + 1));
    where = where.substr(0, colon);
    if (where.starts_with('[') && where.ends_with(']')) where = where.substr(1, where.size() - 2);
    out_.set_server(where, port);
  }

  // "TLSv1.3:TLS_AES_256_GCM_SHA384:256"; older ones have the cipher alone.
  void tls(std::string_view words) {
    out_.begin_tls();
    smtp::TlsFacts& facts = out_.current().tls->facts;
    const std::size_t colon = words.find(':');
    if (words.starts_with("TLS") || words.starts_with("SSL")) {
      facts.version = out_.bounded(words.substr(0, colon));
      words = colon == std::string_view::npos ? std::string_view() : words.substr(colon + 1);
    }
    facts.cipher = out_.bounded(words.substr(0, words.find(':')));
  }

  // DN="/CN=mx.example.com"; newer ones: [0] subject=[/CN=mx.example.com]
  void certificate(std::string_view words) {
    auto& tls = out_.current().tls;
    if (!tls) return;
    if (tls->facts.subject.empty()) {
      const std::string_view old = between(words, "DN=\"", "\"");
      tls->facts.subject = out_.bounded(old.empty() ? between(words, "subject=[", "]") : old);
    }
  }

  void trouble(std::string_view words) {
    if (words.starts_with("Error connecting")) return;  // the next line says why
    const session::FailureKind kind = failure_kind(words);
    const bool nothing_said = out_.current().pieces.empty();
    if (kind == session::FailureKind::other && !nothing_said) return;  // what a reply before tells
    out_.fail(kind, words);
    if (kind == session::FailureKind::closed) out_.end(Side::server);
  }

  Gatherer& out_;
};

}  // namespace

std::unique_ptr<ToolReader> swaks_reader(Gatherer& out) { return std::make_unique<Reader>(out); }

}  // namespace smtpscope::transcript
