// openssl s_client -starttls smtp, or on port 465.
//
//     CONNECTED(00000003)                            certificates and what was negotiated
//     ...
//     ---
//     250 CHUNKING                                   the last line of the answer to openssl's own EHLO, before TLS
//     EHLO client.example.net                        typed: only a terminal's log has it
//     250-mx.example.com                             the server
//
// openssl takes some lines for itself: one that begins with Q ends it, one with R asks for a new
// handshake.
#include "analyzer/transcript/failure.hpp"
#include "analyzer/transcript/tool_reader.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace smtpscope::transcript {
namespace {

using session::FailureKind;

// Lines of openssl in the middle of the dialogue.
constexpr std::array tool_lines = {
    std::string_view("depth="),         std::string_view("verify error:"),
    std::string_view("verify return:"), std::string_view("Script started on"),
    std::string_view("Script done on"), std::string_view("DONE"),
    std::string_view("read:errno="),    std::string_view("write:errno="),
    std::string_view("RENEGOTIATING"),  std::string_view("KEYUPDATE"),
    std::string_view("closed"),
};
// It describes a session anew, whenever the server sends a ticket.
constexpr std::string_view block_begin = "Post-Handshake New Session Ticket arrived:";
constexpr std::string_view block_end = "read R BLOCK";

bool is_tool_line(std::string_view line) noexcept {
  return std::ranges::any_of(tool_lines,
                             [&](std::string_view begin) { return line.starts_with(begin); });
}

// "40B7247B037F0000:error:8000006F:system library:BIO_connect:Connection refused:..."
bool is_error_line(std::string_view line) noexcept {
  const std::size_t at = line.find(":error:");
  return at != std::string_view::npos && at <= 16 &&
         line.substr(0, at).find_first_not_of("0123456789ABCDEFabcdef") == std::string_view::npos;
}

// As it stands on the screen: what was typed and wiped out again is gone.
std::string without_wiped(std::string_view line) {
  std::string shown;
  for (const char c : line) {
    if (c != '\b') {
      shown += c;
    } else if (!shown.empty()) {
      shown.pop_back();
    }
  }
  while (line.find('\b') != std::string_view::npos && shown.ends_with(' ')) shown.pop_back();
  return shown;
}

class Reader final : public ToolReader {
 public:
  explicit Reader(Gatherer& out) : out_(out) {}

  void take(std::string_view line) override {
    if (line.starts_with("CONNECTED(")) {
      begin();
    } else if (is_error_line(line) || line.starts_with("connect:errno=")) {
      error(line);
    } else if (in_dialogue_) {
      in_dialogue(line);
    } else if (!ended_) {
      before_dialogue(line);
    }
  }

 private:
  void begin() {
    out_.begin_connection();
    out_.connected();
    in_dialogue_ = in_block_ = ended_ = secure_ = false;
    facts_ = {};
  }

  // "Protocol  : TLSv1.3", "Cipher    : ...", "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384", "subject=CN = mx"
  void describe(std::string_view line) {
    line = ascii::trim(line);
    const auto value = [&](std::string_view name) {
      return line.starts_with(name) ? ascii::trim(between(line, name, "\n")) : std::string_view();
    };
    if (const std::string_view subject = value("subject="); !subject.empty())
      facts_.subject = out_.bounded(subject);
    if (const std::string_view issuer = value("issuer="); !issuer.empty())
      facts_.issuer = out_.bounded(issuer);
    if (line.starts_with("New, ") || line.starts_with("Reused, ")) {
      const std::string_view cipher = between(line, "Cipher is ", "\n");
      secure_ = !cipher.empty() && cipher != "(NONE)";
      if (!secure_) return;
      facts_.version = out_.bounded(between(line, ", ", ","));
      facts_.cipher = out_.bounded(cipher);
    }
    if (line.starts_with("verify return:")) secure_ = true;  // with -quiet nothing else is said
  }

  void before_dialogue(std::string_view line) {
    describe(line);
    if (!begins_with_code(line) || !secure_) return;
    in_dialogue_ = true;
    // A greeting comes under TLS; what answers openssl's EHLO came before.
    if (!line.starts_with("250")) secure();
    out_.say(Side::server, line);
    secure();
  }

  void secure() {
    out_.begin_tls();
    out_.current().tls->facts = facts_;
  }

  void in_dialogue(std::string_view line) {
    if (in_block_) {
      in_block_ = line != block_end;
    } else if (line == block_begin) {
      in_block_ = true;
    } else if (line == "---" || line == block_end) {
      return;
    } else if (is_tool_line(line)) {
      tool_says(line);
    } else if (begins_with_code(line) && !(typing_message_ && !ended_message_)) {
      reply(line);
    } else {
      typed(without_wiped(line));
    }
  }

  void reply(std::string_view line) {
    if (line.starts_with("354")) {
      typing_message_ = true;
      ended_message_ = false;
    } else {
      typing_message_ = false;
    }
    out_.say(Side::server, line);
  }

  void typed(const std::string& line) {
    if (line == ".") ended_message_ = true;
    out_.say(Side::client, line);
  }

  void tool_says(std::string_view line) {
    const bool taken = line.starts_with("RENEGOTIATING") || line.starts_with("KEYUPDATE");
    if (taken || line == "DONE") out_.take_back_line_of("RQkK");
    if (taken) return;
    if (line == "DONE") end(Side::client);
    if (line == "closed" || line.starts_with("read:errno=") || line.starts_with("write:errno="))
      end(Side::server);
  }

  void end(Side by) {
    out_.end(by);
    in_dialogue_ = false;
    ended_ = true;
  }

  void error(std::string_view line) {
    const FailureKind kind = failure_kind(line);
    if (in_dialogue_) {
      if (line.find("unexpected eof") != std::string_view::npos || kind == FailureKind::closed)
        end(Side::server);
      return;
    }
    if (out_.current().pieces.empty() && !out_.current().connected && kind != FailureKind::other) {
      out_.fail(kind, words_of(line));
    } else if (!ended_ && line.starts_with("connect:errno=")) {
      out_.fail(FailureKind::other, line);
    } else if (!ended_ && kind == FailureKind::tls) {
      out_.fail(kind, words_of(line));
    }
  }

  // "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed":
  // from "error:" on.
  static std::string_view words_of(std::string_view line) noexcept {
    const std::size_t at = line.find("error:");
    return at == std::string_view::npos ? line : line.substr(at);
  }

  Gatherer& out_;
  smtp::TlsFacts facts_;
  bool secure_ = false;
  bool in_dialogue_ = false;
  bool in_block_ = false;
  bool ended_ = false;
  bool typing_message_ = false;
  bool ended_message_ = false;
};

}  // namespace

std::unique_ptr<ToolReader> openssl_reader(Gatherer& out) { return std::make_unique<Reader>(out); }

}  // namespace smtpscope::transcript
