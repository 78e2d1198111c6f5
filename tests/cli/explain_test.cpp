// smtpscope explain, and --rules wherever it is taken.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <filesystem>
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

namespace {

constexpr std::string_view mail_log =
    "Jan  2 03:04:05 mx postfix/smtp[7]: 4A1B2C3D: to=<nouser@example.com>, "
    "relay=mx.example.com[198.51.100.25]:25, "
    "delay=0.3, delays=0.1/0/0.1/0.1, dsn=5.1.1, status=bounced (host "
    "mx.example.com[198.51.100.25] said: 550-5.1.1 "
    "<nouser@example.com>: no such 550 5.1.1 mailbox (in reply to RCPT TO command))\n"
    "Jan  2 03:04:05 mx postfix/qmgr[7]: 4A1B2C3D: removed\n"
    "Jan  2 03:04:06 mx postfix/smtp[7]: 5A1B2C: to=<bob@example.com>, relay=none, delay=30, "
    "delays=0/0/30/0, dsn=4.4.1, "
    "status=deferred (connect to mx.example.com[198.51.100.25]:25: Connection timed out)\n"
    "Jan  2 03:04:07 mx postfix/smtp[7]: 6A1B2C: to=<carol@example.com>, "
    "relay=mx.example.com[198.51.100.25]:25, delay=1, "
    "delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 5B)\n"
    "2026-01-02 03:04:08 H=client.example.net [192.0.2.10] F=<alice@example.net> temporarily "
    "rejected RCPT "
    "<bob@example.org>: greylisted\n"
    "2026-01-02 03:04:09 1vbXyZ-000001-Ab ** bob@example.com R=mx T=remote_smtp H=mx.example.com "
    "[198.51.100.25]: SMTP "
    "error from remote mail server after end of data: 554 5.7.1 spam\n";

constexpr std::string_view bounce =
    "From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
    "--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
    "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example.net\r\n\r\n"
    "Final-Recipient: rfc822; nouser@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: "
    "dns; mx.example.com\r\n"
    "Diagnostic-Code: smtp; 550-5.1.1 no such\r\n 550 5.1.1 mailbox\r\n\r\n"
    "Final-Recipient: rfc822; bob@example.org\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
    "Diagnostic-Code: x-postfix; connect to mx.example.org[203.0.113.25]:25: Connection timed "
    "out\r\n\r\n"
    "Final-Recipient: rfc822; dave@example.org\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
    "--x\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: alice@example.net\r\n\r\n--x--\r\n";

// "bounced nouser@example.com userunknown for-good 1", a line each.
std::string summary_of(std::string_view lines) {
  std::string all;
  for (const Json& told : sessions_in(lines)) {
    const auto* permanent = value_at(told, "/permanent");
    all += text_at(told, "/outcome") + ' ' + text_at(told, "/recipient") + ' ' + reason_of(told);
    all += permanent->IsNull() ? "" : permanent->GetBool() ? " for-good" : " for-now";
    const auto* line = value_at(told, "/line");
    all += line->IsNull() ? "\n" : ' ' + std::to_string(line->GetUint64()) + '\n';
  }
  return all;
}

}  // namespace

TEST_CASE("a mail log: what was not delivered") {
  const Scratch scratch;
  scratch.file("mail.log", mail_log);
  const Outcome outcome = scratch.run({"explain", "mail.log", "-T", "json"});
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  CHECK(summary_of(outcome.out) ==
        "bounced nouser@example.com userunknown for-good 1\n"
        "deferred bob@example.com connection-timeout for-now 3\n"
        "refused bob@example.org greylisted for-now 5\n"
        "bounced bob@example.com spamdetected for-good 6\n");
  const auto told = sessions_in(outcome.out);
  CHECK(text_at(told[0], "/queue_id") == "4A1B2C3D");
  CHECK(text_at(told[2], "/sender") == "alice@example.net");
  CHECK(value_at(told[0], "/sender")->IsNull());
  CHECK(has(text_at(told[1], "/advice"), "198.51.100.25"));

  const Outcome words = scratch.run({"explain", "mail.log"});
  for (const char* part :
       {"line 1  4A1B2C3D  nouser@example.com  bounced\n550-5.1.1 <nouser@example.com>: no "
        "such\n550 5.1.1 mailbox\n",
        "\n\nline 3  5A1B2C  bob@example.com  deferred\n", "connection-timeout: "}) {
    INFO(part);
    CHECK(has(words.out, part));
  }
}

TEST_CASE("a mail log in which all is well") {
  const Scratch scratch;
  scratch.file("mail.log",
               mail_log.substr(mail_log.find("Jan  2 03:04:07"),
                               mail_log.find("2026") - mail_log.find("Jan  2 03:04:07")));
  const Outcome outcome = scratch.run({"explain", "mail.log", "-T", "json"});
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "smtpscope: mail.log: 1 line of a mail log, and no delivery that failed\n");
  CHECK(outcome.status == 0);
}

TEST_CASE("a bounce: what became of each recipient") {
  const Scratch scratch;
  scratch.file("bounce.eml", bounce);
  const Outcome outcome = scratch.run({"explain", "bounce.eml", "-T", "json"});
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  CHECK(summary_of(outcome.out) ==
        "failed nouser@example.com userunknown for-good\n"
        "delayed bob@example.org connection-timeout for-now\n"
        "failed dave@example.org mailboxfull for-good\n");
  const auto told = sessions_in(outcome.out);
  CHECK(text_at(told[0], "/sender") == "alice@example.net");
  CHECK(has(scratch.run({"explain", "bounce.eml"}).out,
            "nouser@example.com  failed  from alice@example.net\n"));
}

TEST_CASE("a message that is no bounce") {
  const Scratch scratch;
  scratch.file("mail.eml",
               "From: alice@example.net\nTo: bob@example.com\nSubject: Report\n\nHello\n");
  const Outcome outcome = scratch.run({"explain", "mail.eml"});
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "smtpscope: mail.eml: a message, but no bounce: it tells of no delivery\n");
  CHECK(outcome.status == 2);
}

TEST_CASE("hostile logs and bounces reach nobody's terminal") {
  const Scratch scratch;
  std::string log(mail_log);
  std::string report(bounce);
  for (std::string* text : {&log, &report}) {
    for (std::size_t at = text->find("nouser"); at != std::string::npos;
         at = text->find("nouser", at + 6)) {
      text->replace(at, 6, "\x1b[31m\xff");
    }
  }
  scratch.file("mail.log", log);
  scratch.file("bounce.eml", report);
  for (const char* file : {"mail.log", "bounce.eml"}) {
    for (const char* format : {"text", "json"}) {
      const Outcome outcome = scratch.run({"explain", file, "-T", format});
      INFO(outcome.out);
      CHECK(outcome.status == 0);
      CHECK(count(outcome.out, "\n") >= 3);
      CHECK_FALSE(has_escape_sequence(outcome.out));
    }
  }
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
  const std::string text = content_of(SMTPSCOPE_SOURCE_DIR "/docs/RULES.md");
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
