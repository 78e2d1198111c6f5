// Colour on a terminal and nowhere else, and nothing from the wire that a terminal would obey.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace smtpscope::test;

namespace {

// All that a peer can choose holds something that a terminal obeys, or that lies about the text.
constexpr std::string_view hostile = R"(
  connect
  S: 220 mx.example.com \x1b[2J\x1b]0;owned\x07 \xe2\x80\xae ESMTP \x9b31m \xc2\x9b31m
  C: EHLO \x1b[31mclient.example.net
  S: 250-mx.example.com \x1b[2J
  S: 250 \x1bPEXTENSION\x1b\\
  C: MAIL FROM:<al\x1b[2Jice@example.net>
  S: 250 \xff\xfe\x00 Ok
  C: RCPT TO:<bob\x08\x08\x08@example.com>
  S: 550 5.1.1 <bob@example.com>: \x1b[8m unknown \x7f
  C: \x1b[2JNOSUCH\x1b[0m verb
  S: 500 \x1b[2J what?
  C: RCPT TO:<eve@example.com>
  S: 250 Ok
  C: DATA
  S: 354 \x1b[2J
  C: Subject: \x1b[2J\xe2\x80\xae
  C: Message-ID: <\x1b[2J@example.net>
  C:
  C: \x1b[2J
  C: .
  S: 250 queued as \x1b[2JAB12
  C: QUIT
  S: 221 \x1b[2J
  close
)";

bool is_safe(std::string_view text) {
  const auto is_control = [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && c != '\n') || octet == 0x7f;
  };
  return std::ranges::none_of(text, is_control) && !has(text, "\xc2\x9b") &&
         !has(text, "\xe2\x80\xae");
}

// Characters, where each takes one column.
std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  std::size_t columns = 0;
  for (const char c : text) {
    if (c == '\n') {
      longest = std::max(longest, std::exchange(columns, 0));
    } else if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80) {
      ++columns;
    }
  }
  return std::max(longest, columns);
}

// Without ESC [ ... m.
std::string without_colours(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("\x1b[")) {
      at = text.find('m', at);
      REQUIRE(at != text.npos);
    } else {
      plain += text[at];
    }
  }
  return plain;
}

}  // namespace

TEST_CASE("when there is colour") {
  using Output = Launch::Output;
  using Environment = std::vector<std::pair<std::string, std::string>>;
  struct Row {
    const char* name;
    Output to;
    const char* option;
    Environment environment;
    bool coloured;
  };
  const auto row = GENERATE(values<Row>({
      {"a pipe", Output::collected, "auto", {}, false},
      {"a terminal", Output::terminal, "auto", {}, true},
      {"a pipe, always", Output::collected, "always", {}, true},
      {"a pipe, yes", Output::collected, "yes", {}, true},
      {"a pipe, tty", Output::collected, "tty", {}, false},
      {"a terminal, tty", Output::terminal, "tty", {}, true},
      {"a terminal, never", Output::terminal, "never", {}, false},
      {"a terminal, no", Output::terminal, "no", {}, false},
      {"NO_COLOR", Output::terminal, "auto", {{"NO_COLOR", "1"}}, false},
      {"NO_COLOR, whatever it says", Output::terminal, "auto", {{"NO_COLOR", "0"}}, false},
      {"NO_COLOR empty", Output::terminal, "auto", {{"NO_COLOR", ""}}, true},
      {"NO_COLOR, but asked for", Output::terminal, "always", {{"NO_COLOR", "1"}}, true},
      {"CLICOLOR_FORCE", Output::collected, "auto", {{"CLICOLOR_FORCE", "1"}}, true},
      {"CLICOLOR_FORCE is 0", Output::collected, "auto", {{"CLICOLOR_FORCE", "0"}}, false},
      {"CLICOLOR_FORCE empty", Output::collected, "auto", {{"CLICOLOR_FORCE", ""}}, false},
      {"CLICOLOR_FORCE, but never", Output::collected, "never", {{"CLICOLOR_FORCE", "1"}}, false},
      {"both", Output::collected, "auto", {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}, false},
      {"a dumb terminal", Output::terminal, "auto", {{"TERM", "dumb"}}, false},
      {"a terminal of no kind", Output::terminal, "auto", {{"TERM", ""}}, false},
  }));
  DYNAMIC_SECTION(row.name) {
    const Scratch scratch;
    scratch.capture("mail.pcap", refused);
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"mail.pcap"},
                                                      {"-q", "mail.pcap"},
                                                      {"-v", "mail.pcap"},
                                                      {"reference"},
                                                      {"reference", "STARTTLS"},
                                                      {"findings"},
                                                      {"findings", "net.refused"}}) {
      Launch launch = scratch.launch(arguments);
      launch.arguments.insert(launch.arguments.end(), {"--color", row.option});
      launch.to = row.to;
      launch.environment = row.environment;
      const Outcome outcome = run(launch);
      INFO(arguments.front() << '\n' << outcome.out << outcome.err);
      CHECK(has_escape_sequence(outcome.out) == row.coloured);
      CHECK_FALSE(outcome.out.empty());
      CHECK(outcome.status == 0);
    }
    const Outcome json = [&] {
      Launch launch = scratch.launch({"-T", "json", "--color", row.option, "mail.pcap"});
      launch.to = row.to;
      launch.environment = row.environment;
      return run(launch);
    }();
    CHECK_FALSE(has_escape_sequence(json.out));
  }
}

TEST_CASE("colour adds nothing but colour") {
  const Scratch scratch;
  scratch.capture("mail.pcap", std::string(delivered) + std::string(refused));
  for (const char* level : {"summary", "dialogue", "full"}) {
    const std::string plain = scratch.run({"--level", level, "--color", "never", "mail.pcap"}).out;
    const std::string coloured =
        scratch.run({"--level", level, "--color", "always", "mail.pcap"}).out;
    CHECK(coloured != plain);
    CHECK(without_colours(coloured) == plain);
    CHECK(coloured.ends_with("\n"));
    CHECK_FALSE(has(coloured, "\x1b[38;"));  // the 16 colours that every terminal has
  }
}

TEST_CASE("on a terminal no line is wider than it, in a pipe nothing is cut") {
  const Scratch scratch;
  const std::string long_name(150, 'x');
  scratch.capture("mail.pcap", "connect\nS: 220 " + long_name +
                                   ".example.com ESMTP\nC: QUIT\nS: 221 Bye\nclose\n");
  for (const char* level : {"summary", "dialogue", "full"}) {
    Launch launch = scratch.launch({"--level", level, "--color", "never", "mail.pcap"});
    const std::string piped = run(launch).out;
    launch.to = Launch::Output::terminal;
    const Outcome shown = run(launch);
    INFO(shown.out);
    CHECK(longest_line(shown.out) <= 100);
    CHECK(shown.status == 0);
    if (std::string_view(level) != "summary") CHECK(has(piped, long_name));
  }
  for (const char* words : {"reference", "findings"}) {
    Launch launch = scratch.launch({words});
    launch.arguments.insert(launch.arguments.end(), {"--color", "never"});
    launch.to = Launch::Output::terminal;
    CHECK(longest_line(run(launch).out) <= 100);
  }
}

TEST_CASE("nothing from the wire reaches anybody as it was sent") {
  const Scratch scratch;
  scratch.capture("mail\x1b[2J.pcap", hostile);
  scratch.file("cut\x1b[2J.pcap", capture_of(hostile).substr(0, 1500));
  const std::vector<std::string> files{"mail\x1b[2J.pcap", "cut\x1b[2J.pcap"};
  for (const std::vector<std::string>& options : {std::vector<std::string>{},
                                                  {"-q"},
                                                  {"-v"},
                                                  {"-T", "json"},
                                                  {"-v", "--show-secrets", "--stats"}}) {
    Launch launch = scratch.launch(options);
    launch.arguments.insert(launch.arguments.end(), files.begin(), files.end());
    const Outcome outcome = run(launch);
    INFO(outcome.out << outcome.err);
    CHECK(is_safe(outcome.out));
    CHECK(is_safe(outcome.err));
    CHECK(outcome.status == 3);
    launch.to = Launch::Output::terminal;
    launch.arguments.insert(launch.arguments.end(), {"--color", "never"});
    CHECK(is_safe(run(launch).out));
  }
  // It is there, but to be read only.
  CHECK(has(scratch.run({"-v", files[0]}).out,
            R"(220 mx.example.com \x1b[2J\x1b]0;owned\x07 \u{202e} ESMTP)"));
  const Outcome json = scratch.run({"-T", "json", files[0]});
  const auto sessions = sessions_in(json.out);
  REQUIRE(sessions.size() == 1);
  CHECK(text_at(sessions[0], "/client/helo") == "\x1b[31mclient.example.net");
}

TEST_CASE("words of the command line reach a terminal escaped, too") {
  const Scratch scratch;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"reference", "\x1b[2J"},
        {"findings", "\x1b[2J"},
        {"--level", "\x1b[2J", "x"},
        {"-f", "\x1b[2J", "x"},
        {"reference", "--lang", "\x1b[2J"},
        {"-\x1b"},
        {"--color", "\x1b[2J"}}) {
    const Outcome outcome = scratch.run(arguments);
    INFO(arguments[0] << ' ' << arguments.back());
    CHECK(is_safe(outcome.err));
    CHECK(outcome.out.empty());
    CHECK(outcome.status == 2);
  }
}
