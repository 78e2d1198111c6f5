// smtpscope explain, and --rules wherever it is taken.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

Outcome explain(std::string input, std::vector<std::string> arguments = {}) {
  Launch launch;
  launch.arguments = {"explain"};
  launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
  launch.from = Launch::Input::text;
  launch.input = std::move(input);
  return run(launch);
}

Outcome explain_words(std::vector<std::string> arguments) {
  Launch launch;
  launch.arguments = {"explain"};
  launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
  return run(launch);
}

std::string reason_of(const Json& told) {
  const auto* reason = value_at(told, "/reason");
  REQUIRE(reason != nullptr);
  return reason->IsNull() ? "null" : reason->GetString();
}

}  // namespace

TEST_CASE("a reply in words") {
  const Outcome outcome =
      explain_words({"550 5.1.1 <bob@example.com>: User unknown", "--command", "RCPT"});
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  for (const char* part : {"550 5.1.1 <bob@example.com>: User unknown\n", "RCPT", "550: ",
                           "5.1.1: Permanent failure", "userunknown: The mailbox does not exist.",
                           "permanent", "sender", "Check the spelling of bob@example.com"}) {
    INFO(part);
    CHECK(has(outcome.out, part));
  }
  CHECK(
      explain_words({"550", "5.1.1", "<bob@example.com>:", "User", "unknown", "--command", "rcpt"})
          .out == outcome.out);
}

TEST_CASE("a reply of several lines, with its provider") {
  const Outcome outcome =
      explain_words({"550-5.1.1 The email account does not exist\\n550 5.1.1 - gsmtp"});
  CHECK(has(outcome.out, "550-5.1.1 The email account does not exist\n550 5.1.1 - gsmtp\n"));
  CHECK(has(outcome.out, "google"));
  CHECK(has(outcome.out, "userunknown"));
}

TEST_CASE("a reply that says nothing is told so") {
  const Outcome outcome = explain_words({"599 Wibble", "--command", "NOOP"});
  CHECK(has(outcome.out, "599: "));
  CHECK(has(outcome.out, "wibble"));
  CHECK(outcome.status == 0);
}

TEST_CASE("a reply as JSON") {
  const Outcome outcome =
      explain_words({"452 4.2.2 <bob@example.com> over quota", "--command", "RCPT", "-T", "json"});
  const auto told = sessions_in(outcome.out);
  REQUIRE(told.size() == 1);
  CHECK(text_at(told[0], "/reason") == "mailboxfull");
  CHECK(value_at(told[0], "/permanent")->IsFalse());
  CHECK(text_at(told[0], "/fault") == "recipient");
  CHECK(value_at(told[0], "/provider")->IsNull());
  CHECK(has(text_at(told[0], "/text"), "bob@example.com for now. The mailbox is full."));
  CHECK(has(text_at(told[0], "/advice"), "The owner of bob@example.com has to make room"));
  CHECK_FALSE(text_at(told[0], "/rule").empty());
  CHECK(told[0].MemberCount() == 7);
}

TEST_CASE("one answer for each line of the input, in order") {
  const std::string input =
      "550 5.1.1 User unknown\tRCPT\n"
      "550 no\tmail\n"
      "550 no\tRCPT\r\n"
      "\n"
      "\t\n"
      "what is this\tRCPT\n"
      "550-5.7.1 a\\n550 5.7.1 virus found\tEOM\n"
      "250 2.0.0 Ok\tEOM\n"
      "550 no\tNOSUCH\n"
      "550 \xff\xfe\x01 User unknown\tRCPT\n"
      "554 5.7.1 spam\tbdat\n"
      "452 4.2.2 over quota\tRCPT";  // without an end
  const Outcome outcome = explain(input);
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  std::string reasons;
  for (const Json& told : sessions_in(outcome.out)) reasons += reason_of(told) + '\n';
  CHECK(reasons ==
        "userunknown\nrejected\nuserunknown\nundefined\nundefined\nundefined\nvirusdetected\nnull\n"
        "undefined\nuserunknown\n"
        "spamdetected\nmailboxfull\n");
  CHECK(explain(input, {"-"}).out == outcome.out);
  CHECK(explain(input, {"-T", "json"}).out == outcome.out);
  const Scratch scratch;
  CHECK(explain("", {scratch.file("replies.txt", input).string()}).out == outcome.out);
}

TEST_CASE("lines without a command take that of --command") {
  const Outcome outcome = explain("550 no\n550 no\tMAIL\n", {"--command", "RCPT"});
  const auto told = sessions_in(outcome.out);
  REQUIRE(told.size() == 2);
  CHECK(reason_of(told[0]) == "userunknown");
  CHECK(reason_of(told[1]) == "rejected");
}

TEST_CASE("lines in words") {
  const Outcome outcome = explain("550 5.1.1 User unknown\n452 4.2.2 full\n", {"-T", "text"});
  CHECK(has(outcome.out, "550 5.1.1 User unknown\n"));
  CHECK(has(outcome.out, "\n\n452 4.2.2 full\n"));
}

TEST_CASE("nothing in, nothing out") {
  const Outcome outcome = explain("");
  CHECK(outcome.out.empty());
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
}

TEST_CASE("an answer comes before the next question") {
  Launch launch;
  launch.arguments = {"explain"};
  launch.from = Launch::Input::open;
  Process process(launch);
  process.write("550 5.1.1 User unknown\n452 4.2.2 half a li");
  process.wait_for_out("userunknown");
  process.write("ne, over quota\n");
  process.wait_for_out("mailboxfull");
  process.end_input();
  const Outcome outcome = process.finish();
  CHECK(count(outcome.out, "\n") == 2);
  CHECK(outcome.status == 0);
}

TEST_CASE("lines of any length have one bounded answer each") {
  std::string input;
  for (const std::size_t octets :
       {65'535U, 65'536U, 65'537U, 262'143U, 262'144U, 262'145U, 1'000'000U}) {
    input += "550 5.1.1 " + std::string(octets - 10, 'x') + "\n550 5.1.1 User unknown\tRCPT\n";
  }
  input += std::string(3'000'000, 'y');
  const Outcome outcome = explain(input);
  CHECK(outcome.status == 0);
  const auto told = sessions_in(outcome.out);
  REQUIRE(told.size() == 15);
  for (std::size_t i = 1; i < 14; i += 2) CHECK(reason_of(told[i]) == "userunknown");
  CHECK(outcome.out.size() < 15 * 2000);
}

TEST_CASE("nothing of a reply reaches the terminal or the JSON unescaped") {
  const std::string hostile =
      "550 5.1.1 <a\x1b[31m\xc2\x9b\xe2\x80\xae@example.com>: \"\\ \x07 wibble \x1b]0;x\x07 "
      "http://example.com/\x1b[2J";
  for (const char* format : {"text", "json"}) {
    for (const char* command : {"RCPT", "MAIL", "EOM", "NOOP"}) {
      const Outcome outcome = explain(hostile + "\n", {"-T", format, "--command", command});
      INFO(outcome.out);
      CHECK_FALSE(has_escape_sequence(outcome.out));
      CHECK_FALSE(has(outcome.out, "\x07"));
      CHECK_FALSE(has(outcome.out, "\xe2\x80\xae"));
      CHECK(outcome.status == 0);
    }
  }
}

TEST_CASE("whoever stops reading stops it") {
  std::string input;
  for (int i = 0; i < 20'000; ++i) input += "550 5.1.1 User unknown\n";
  Launch launch;
  launch.arguments = {"explain"};
  launch.from = Launch::Input::text;
  launch.input = std::move(input);
  launch.to = Launch::Output::no_reader;
  CHECK(run(launch).status == 0);
  launch.to = Launch::Output::full_disk;
  const Outcome full = run(launch);
  CHECK(full.status == 2);
  CHECK(has(full.err, "cannot be written"));
}

TEST_CASE("what explain cannot use") {
  struct Row {
    std::vector<std::string> arguments;
    const char* says;
  };
  const auto row = GENERATE(values<Row>({
      {{"550 no", "--command", "FOO"}, "--command wants"},
      {{"550 no", "-T", "xml"}, "xml"},
      {{"550 no", "--rules", "/nowhere/at/all"}, "/nowhere/at/all: cannot be read"},
      {{"550 no", "--rules", "/"}, "/: cannot be read"},
  }));
  const Outcome outcome = explain_words(row.arguments);
  INFO(outcome.err);
  CHECK(has(outcome.err, row.says));
  CHECK(outcome.out.empty());
  CHECK(outcome.status == 2);
}

TEST_CASE("rules of the user's own") {
  const Scratch scratch;
  const auto rules = scratch
                         .file("my.rules",
                               "provider us /wibble/ //\n"
                               "ours contenterror 5xx * RCPT us /user unknown/\n")
                         .string();
  const Outcome outcome = explain(
      "550 5.1.1 User unknown, wibble\tRCPT\n550 5.1.1 User unknown\tRCPT\n", {"--rules", rules});
  const auto told = sessions_in(outcome.out);
  REQUIRE(told.size() == 2);
  CHECK(reason_of(told[0]) == "contenterror");
  CHECK(text_at(told[0], "/rule") == "ours");
  CHECK(text_at(told[0], "/provider") == "us");
  CHECK(reason_of(told[1]) == "userunknown");
  CHECK(outcome.err.empty());

  scratch.capture("refused.pcap", refused);
  const auto other = scratch.file("other.rules", "other suspend 550 5.1.1 RCPT * //\n").string();
  const auto session =
      sessions_in(scratch.run({"-T", "json", "--rules", other, "refused.pcap"}).out);
  REQUIRE(session.size() == 1);
  CHECK(text_at(session[0], "/verdict/reason") == "suspend");
  CHECK(text_at(session[0], "/verdict/rule") == "other");
  CHECK(text_at(session[0], "/transactions/0/reason") == "suspend");
  CHECK(text_at(session[0], "/transactions/0/rule") == "other");
  CHECK(text_at(session[0], "/transactions/0/recipients/0/reason") == "suspend");
  CHECK(SessionSchema().broken_rule(session[0]).empty());
}

TEST_CASE("the example of docs/RULES.md is a file of rules") {
  std::ifstream page(std::filesystem::path(SMTPSCOPE_SOURCE_DIR) / "docs" / "RULES.md");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  const std::size_t begin = text.find("```\n") + 4;
  const std::string example = text.substr(begin, text.find("```", begin) - begin);
  REQUIRE(has(example, "our-quota"));
  const Scratch scratch;
  const auto rules = scratch.file("example.rules", example).string();
  const Outcome outcome = explain(
      "552 bob has no room\tRCPT\n450 later, says partner\tMAIL\n550 Refused by Clam\tEOM\n",
      {"--rules", rules});
  CHECK(outcome.err.empty());
  std::string told;
  for (const Json& each : sessions_in(outcome.out))
    told += text_at(each, "/rule") + ' ' + reason_of(each) + '\n';
  CHECK(told == "our-quota mailboxfull\npartner-slow ratelimited\nour-scanner virusdetected\n");
}

TEST_CASE("all that is wrong with the user's rules is told, with its place") {
  const Scratch scratch;
  scratch.capture("refused.pcap", refused);
  scratch.file("one.rules", "a usrunknown * * * * //\nb userunknown * * * * /(/\n");
  scratch.file("two.rules", "c userunknown 1xx * * * //\n");
  for (const char* command : {"explain", "read", "live"}) {
    std::vector<std::string> arguments{command, "--rules", "one.rules", "--rules", "two.rules"};
    if (std::string_view(command) == "live") arguments.insert(arguments.end(), {"-i", "nosuch0"});
    if (std::string_view(command) == "read") arguments.emplace_back("refused.pcap");
    if (std::string_view(command) == "explain") arguments.emplace_back("550 no");
    const Outcome outcome = scratch.run(arguments);
    INFO(outcome.err);
    CHECK(outcome.out.empty());
    CHECK(outcome.err ==
          "smtpscope: one.rules:1:3: \"usrunknown\" is no reason\n"
          "smtpscope: one.rules:2:23: the pattern cannot be read: missing ): (\n"
          "smtpscope: two.rules:1:15: \"1xx\" is no reply code (550), range (421-452) or class "
          "(5xx, 55x)\n");
    CHECK(outcome.status == 2);
  }
}
