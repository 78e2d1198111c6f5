#pragma once
// A folder with captures in it, and the program run there.
//
//     const Scratch scratch;
//     scratch.capture("mail.pcap", delivered);
//     CHECK(scratch.run({"mail.pcap"}).status == 0);
#include "tests/cli/run_binary.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_folder.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::test {

// One message, accepted.
inline constexpr std::string_view delivered = R"(
  connect
  S: 220 mx.example.com ESMTP
  C: EHLO client.example.net
  S: 250 mx.example.com
  C: MAIL FROM:<alice@example.net>
  S: 250 2.1.0 Ok
  C: RCPT TO:<bob@example.com>
  S: 250 2.1.5 Ok
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
  C: Subject: Report
  C:
  C: Hello
  C: .
  S: 250 2.0.0 Ok: queued as 4F1A2B3C
  C: QUIT
  S: 221 2.0.0 Bye
  close
)";

// One recipient, refused.
inline constexpr std::string_view refused = R"(
  connect
  S: 220 mx.example.com ESMTP
  C: EHLO client.example.net
  S: 250 mx.example.com
  C: MAIL FROM:<alice@example.net>
  S: 250 2.1.0 Ok
  C: RCPT TO:<nobody@example.com>
  S: 550 5.1.1 <nobody@example.com>: User unknown
  C: QUIT
  S: 221 2.0.0 Bye
  close
)";

// Web, not mail.
inline constexpr std::string_view web = R"(
  connect server=198.51.100.80:80
  C: GET / HTTP/1.1
  S: HTTP/1.1 200 OK
  close
)";

[[nodiscard]] inline std::string capture_of(std::string_view script) {
  return pcap_of(packets_of(script));
}

class Scratch {
 public:
  // Writes it and gives its path.
  std::filesystem::path file(std::string_view name, std::string_view content) const {
    std::filesystem::path path = folder_.path() / name;
    write_file(path, content);
    return path;
  }
  std::filesystem::path capture(std::string_view name, std::string_view script) const {
    return file(name, capture_of(script));
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_.path(); }

  [[nodiscard]] Launch launch(std::vector<std::string> arguments) const {
    Launch launch;
    launch.arguments = std::move(arguments);
    launch.folder = path();
    return launch;
  }
  [[nodiscard]] Outcome run(std::vector<std::string> arguments) const {
    return test::run(launch(std::move(arguments)));
  }

 private:
  TempFolder folder_;
};

// One line with its end, and nothing more.
[[nodiscard]] inline bool is_one_line(std::string_view text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

[[nodiscard]] inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

[[nodiscard]] inline bool has_escape_sequence(std::string_view text) {
  // ESC, and the C1 control that stands for ESC [ in UTF-8.
  return has(text, "\x1b") || has(text, "\xc2\x9b");
}

// `mark`, as often as it stands there.
[[nodiscard]] inline std::size_t count(std::string_view text, std::string_view mark) {
  std::size_t times = 0;
  for (std::size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + mark.size()))
    ++times;
  return times;
}

}  // namespace smtpscope::test
