// --only, --hide and --fail-on: which findings are told, and what they make of the exit status.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <rapidjson/pointer.h>

#include <string>
#include <vector>

using namespace smtpscope::test;

namespace {

// An error, a warning and a note, of three groups: delivery.refused, net.slow-greeting,
// smtp.no-quit.
constexpr std::string_view three = R"(
  connect
  wait 6s
  S: 220 mx.example.com ESMTP
  C: EHLO client.example.net
  S: 250 mx.example.com
  C: MAIL FROM:<alice@example.net>
  S: 250 2.1.0 Ok
  C: RCPT TO:<nobody@example.com>
  S: 550 5.1.1 <nobody@example.com>: User unknown
  C: RSET
  S: 250 2.0.0 Ok
  close
)";

std::string ids_in(const std::string& json) {
  std::string ids;
  for (const Json& session : sessions_in(json)) {
    const auto* const findings = rapidjson::Pointer("/findings").Get(session);
    REQUIRE(findings != nullptr);
    for (const auto& finding : findings->GetArray())
      ids += (ids.empty() ? "" : " ") + std::string(finding["id"].GetString());
  }
  return ids;
}

}  // namespace

TEST_CASE("--only and --hide choose the findings that are told, in text and in JSON") {
  struct Row {
    std::vector<std::string> arguments;
    std::string_view ids;
  };
  const auto row = GENERATE(values<Row>({
      {{}, "net.slow-greeting delivery.refused smtp.no-quit"},
      {{"--only", "smtp.no-quit"}, "smtp.no-quit"},
      {{"--only", "net"}, "net.slow-greeting"},
      {{"--only", "warning"}, "net.slow-greeting"},
      {{"--only", "error,note"}, "delivery.refused smtp.no-quit"},
      {{"--only", "error", "--only", "note,net"},
       "net.slow-greeting delivery.refused smtp.no-quit"},
      {{"--only", "security"}, ""},
      {{"--hide", "note"}, "net.slow-greeting delivery.refused"},
      {{"--hide", "delivery,net.slow-greeting"}, "smtp.no-quit"},
      {{"--hide", "security"}, "net.slow-greeting delivery.refused smtp.no-quit"},
      {{"--only", "net,smtp", "--hide", "warning"}, "smtp.no-quit"},
      {{"--only", "smtp", "--hide", "smtp"}, ""},
  }));
  const Scratch scratch;
  scratch.capture("mail.pcap", three);
  std::vector<std::string> arguments = row.arguments;
  arguments.push_back("mail.pcap");
  const Outcome text = scratch.run(arguments);
  INFO(text.out);
  for (const char* id : {"net.slow-greeting", "delivery.refused", "smtp.no-quit"}) {
    INFO(id);
    CHECK(has(text.out, std::string(": ") + id + ": ") == has(row.ids, id));
  }
  // The verdict rests on all that was found.
  CHECK(has(text.out, "REJECTED"));
  CHECK(text.err.empty());
  CHECK(text.status == 0);

  arguments.insert(arguments.end(), {"-T", "json"});
  const Outcome json = scratch.run(arguments);
  CHECK(ids_in(json.out) == row.ids);
  CHECK(has(json.out, "\"outcome\":\"rejected\""));
  CHECK(json.status == 0);
}

TEST_CASE("--fail-on: exit status 1 where such a finding is told") {
  struct Row {
    std::vector<std::string> arguments;
    int status;
  };
  const auto row = GENERATE(values<Row>({
      {{"--fail-on", "delivery.refused"}, 1},
      {{"--fail-on", "security,tls"}, 0},
      {{"--fail-on", "smtp"}, 1},
      {{"--fail-on", "security", "--fail-on", "note"}, 1},
      {{"--fail-on", "error", "--level", "summary"}, 1},
      {{"--fail-on", "error", "-T", "json"}, 1},
      // A severity is a threshold.
      {{"--only", "smtp.no-quit", "--fail-on", "note"}, 1},
      {{"--only", "smtp.no-quit", "--fail-on", "warning"}, 0},
      {{"--only", "net", "--fail-on", "warning"}, 1},
      {{"--only", "net", "--fail-on", "error"}, 0},
      {{"--only", "delivery", "--fail-on", "note"}, 1},
      {{"--only", "delivery", "--fail-on", "warning"}, 1},
      // What is hidden fails nobody.
      {{"--hide", "delivery.refused", "--fail-on", "error"}, 0},
      {{"--only", "note", "--fail-on", "delivery"}, 0},
  }));
  const Scratch scratch;
  scratch.capture("mail.pcap", three);
  std::vector<std::string> arguments = row.arguments;
  arguments.push_back("mail.pcap");
  const Outcome outcome = scratch.run(arguments);
  CHECK_FALSE(outcome.out.empty());
  CHECK(outcome.err.empty());
  CHECK(outcome.status == row.status);
}

TEST_CASE("--fail-on: one session of many is enough, and damaged input is graver") {
  const Scratch scratch;
  scratch.capture("good.pcap", delivered);
  scratch.capture("bad.pcap", refused);
  CHECK(scratch.run({"--fail-on", "error", "good.pcap"}).status == 0);
  CHECK(scratch.run({"--fail-on", "error", "bad.pcap", "good.pcap"}).status == 1);
  CHECK(scratch.run({"--fail-on", "error", "--no-merge", "bad.pcap", "good.pcap"}).status == 1);
  CHECK(scratch.run({"--fail-on", "error", "bad.pcap", "nosuch.pcap"}).status == 2);
  const std::string whole = capture_of(refused);
  scratch.file("cut.pcap", whole.substr(0, whole.size() - 10));
  const Outcome cut = scratch.run({"--fail-on", "error", "cut.pcap"});
  CHECK(has(cut.out, "delivery.refused"));
  CHECK(cut.status == 3);
}

TEST_CASE("words that name no finding") {
  struct Row {
    const char* option;
    const char* words;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"--only", "smtp.bad-replay",
       "--only wants ids, groups or severities of findings, not \"smtp.bad-replay\"; did you mean smtp.bad-reply?"},
      {"--only", "bad-reply", "did you mean smtp.bad-reply?"},
      {"--hide", "warnings", "did you mean warning?"},
      {"--hide", "net,secrity", "did you mean security?"},
      {"--fail-on", "nosuch", "not \"nosuch\"; smtpscope findings lists them"},
      {"--fail-on", "", "--fail-on"},
      {"--only", "net,", "not \"\""},
      {"--only", "NET", "did you mean net"},
      {"--hide", "net\x1b[2J", "--hide wants"},
  }));
  DYNAMIC_SECTION(row.option << ' ' << row.words) {
    const Scratch scratch;
    scratch.capture("mail.pcap", three);
    const Outcome outcome = scratch.run({row.option, row.words, "mail.pcap"});
    INFO(outcome.err);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("smtpscope: "));
    CHECK(has(outcome.err, row.message));
    CHECK_FALSE(has_escape_sequence(outcome.err));
    CHECK(outcome.status == 2);
  }
}
