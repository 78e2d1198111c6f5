// smtpscope reference and smtpscope findings: what is known, for the shell.
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

using namespace smtpscope::test;

namespace {

Outcome look_up(std::vector<std::string> arguments,
                std::vector<std::pair<std::string, std::string>> environment = {}) {
  Launch launch;
  launch.arguments = std::move(arguments);
  launch.environment = std::move(environment);
  return run(launch);
}

}  // namespace

TEST_CASE("entries of the reference") {
  struct Row {
    const char* term;
    std::vector<std::string> parts;
  };
  const auto row = GENERATE(values<Row>({
      {"STARTTLS", {"STARTTLS", "RFC 3207", "220", "454"}},
      {"starttls", {"STARTTLS", "RFC 3207"}},
      {"550", {"550", "RFC 5321"}},
      {"5.7.1", {"5.7.1"}},
      {"X.7.1", {".7.1"}},
      {"CHUNKING", {"CHUNKING", "BDAT", "RFC 3030"}},
      {"MAIL", {"MAIL FROM:", "RFC 5321"}},
      {"SIZE", {"SIZE", "RFC 1870"}},
  }));
  DYNAMIC_SECTION(row.term) {
    const Outcome outcome = look_up({"reference", row.term});
    INFO(outcome.out << outcome.err);
    for (const std::string& part : row.parts) {
      INFO(part);
      CHECK(has(outcome.out, part));
    }
    CHECK(outcome.out.ends_with("\n"));
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
  }
}

TEST_CASE("the table of the reference") {
  const Outcome outcome = look_up({"reference"});
  for (const char* command : {"EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA",    "BDAT",
                              "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP",    "STARTTLS",
                              "AUTH", "ETRN", "ATRN", "TURN", "BURL", "XCLIENT", "XFORWARD"}) {
    INFO(command);
    CHECK(has(outcome.out, command));
  }
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
}

TEST_CASE("terms that are unknown") {
  struct Row {
    const char* command;
    const char* term;
    const char* near;  // empty: nothing is near
  };
  const auto row = GENERATE(values<Row>({
      {"reference", "STARTLS", "STARTTLS"},
      {"reference", "EHLOO", "EHLO"},
      {"reference", "CHUNKIN", "CHUNKING"},
      {"reference", "nosuch", ""},
      {"reference", "999", ""},
      {"reference", "9.9.9", ""},
      {"findings", "smtp.early-taker", "smtp.early-talker"},
      {"findings", "net.refuse", "net.refused"},
      {"findings", "nosuch", ""},
  }));
  DYNAMIC_SECTION(row.command << ' ' << row.term) {
    const Outcome outcome = look_up({row.command, row.term});
    INFO(outcome.err);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("smtpscope: "));
    CHECK(has(outcome.err, row.term));
    CHECK(has(outcome.err, row.near));
    CHECK(outcome.status == 2);
  }
}

TEST_CASE("the reference in other languages") {
  struct Row {
    const char* language;
    const char* locale;
  };
  const auto row = GENERATE(values<Row>({
      {"ko", "ko_KR.UTF-8"},
      {"ja", "ja_JP.UTF-8"},
      {"zh", "zh_CN.UTF-8"},
      {"tr", "tr_TR.UTF-8"},
      {"id", "id_ID.UTF-8"},
  }));
  DYNAMIC_SECTION(row.language) {
    const std::string english = look_up({"reference", "--lang", "en", "RCPT"}).out;
    const Outcome asked = look_up({"reference", "--lang", row.language, "RCPT"});
    CHECK(asked.out != english);
    CHECK(has(asked.out, "RCPT TO:"));
    CHECK(asked.err.empty());
    CHECK(asked.status == 0);
    CHECK(look_up({"reference", "RCPT", "--lang", row.language}).out == asked.out);
    CHECK(look_up({"reference", "RCPT"}, {{"LC_ALL", row.locale}}).out == asked.out);
    CHECK(look_up({"reference", "RCPT"}, {{"LC_ALL", ""}, {"LC_MESSAGES", row.locale}}).out ==
          asked.out);
    CHECK(look_up({"reference", "RCPT"}, {{"LC_ALL", ""}, {"LANG", row.locale}}).out == asked.out);
    CHECK(look_up({"reference", "RCPT"}, {{"LC_ALL", "C"}, {"LANG", row.locale}}).out == english);
    CHECK(look_up({"reference", "--lang", "en", "RCPT"}, {{"LC_ALL", row.locale}}).out == english);

    const std::string table = look_up({"reference", "--lang", row.language}).out;
    CHECK(table != look_up({"reference", "--lang", "en"}).out);
    CHECK(has(table, "STARTTLS"));
  }
}

TEST_CASE("a locale that is none of ours gives English") {
  const std::string english = look_up({"reference", "--lang", "en"}).out;
  for (const char* locale : {"C", "POSIX", "de_DE.UTF-8", "en_GB", "kok_IN", "x"}) {
    INFO(locale);
    CHECK(look_up({"reference"}, {{"LC_ALL", locale}}).out == english);
  }
}

TEST_CASE("the catalogue of findings") {
  const Outcome all = look_up({"findings"});
  CHECK(all.err.empty());
  CHECK(all.status == 0);
  for (const char* id :
       {"capture.gap", "net.refused", "smtp.early-talker", "security.credentials-in-clear",
        "tls.hidden", "delivery.lost-after-data"}) {
    INFO(id);
    CHECK(has(all.out, id));
    const Outcome one = look_up({"findings", id});
    CHECK(has(one.out, id));
    CHECK(one.out.size() < all.out.size());
    CHECK(one.err.empty());
    CHECK(one.status == 0);
  }
  const Outcome group = look_up({"findings", "tls"});
  CHECK(has(group.out, "tls.hidden"));
  CHECK_FALSE(has(group.out, "smtp.early-talker"));
  CHECK(group.status == 0);
  const Outcome severity = look_up({"findings", "error"});
  CHECK(has(severity.out, "net.refused"));
  CHECK_FALSE(has(severity.out, "tls.hidden"));
  CHECK(severity.status == 0);
}
