// smtpscope explain, given what a mail tool printed.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <filesystem>
#include <string>
#include <vector>

using namespace smtpscope::test;
namespace fs = std::filesystem;

namespace {

const fs::path samples = fs::path(SMTPSCOPE_SOURCE_DIR) / "samples/transcripts";

Outcome explain(std::vector<std::string> arguments, const std::string& input = {}) {
  Launch launch;
  launch.arguments = {"explain"};
  launch.arguments.insert(launch.arguments.end(), arguments.begin(), arguments.end());
  launch.from = Launch::Input::text;
  launch.input = input;
  return run(launch);
}

}  // namespace

TEST_CASE("a transcript is told like a capture") {
  struct Row {
    const char* sample;
    const char* headline;
  };
  const auto row = GENERATE(values<Row>({
      {"swaks-delivered.log", "DELIVERED: 250 2.0.0 Ok: queued as"},
      {"curl-delivered.log", "DELIVERED: 250 2.0.0 Ok: queued as"},
      {"smtplib-refused.log", "REJECTED (userunknown): 550 5.1.1 <nouser@example.com>"},
      {"openssl-refused.log", "REJECTED (userunknown): 550 5.1.1 <nouser@example.com>"},
      {"swaks-unreachable.log", "FAILED-NETWORK (connection-refused)"},
  }));
  DYNAMIC_SECTION(row.sample) {
    const Outcome file = explain({(samples / row.sample).string()});
    INFO(file.out << file.err);
    CHECK(has(file.out, row.headline));
    CHECK(file.err.empty());
    CHECK(file.status == 0);
    const Outcome piped = explain({"-"}, content_of(samples / row.sample));
    CHECK(piped.out == file.out);
  }
}

TEST_CASE("every recorded transcript as JSON keeps the contract") {
  const SessionSchema schema;
  for (const auto& entry : fs::directory_iterator(samples)) {
    if (entry.path().extension() != ".log") continue;
    INFO(entry.path().string());
    const Outcome outcome = explain({"-T", "json", entry.path().string()});
    CHECK(outcome.status == 0);
    const std::vector<Json> sessions = sessions_in(outcome.out);
    REQUIRE(sessions.size() == 1);
    CHECK(schema.broken_rule(sessions.front()).empty());
  }
}

TEST_CASE("the secrets of a login are masked in a transcript, too") {
  const std::string text =
      "=== Connected to mx.example.com.\n<-  220 mx.example.com ESMTP\n -> EHLO client.example.net\n<-  250-mx\n"
      "<-  250 AUTH PLAIN\n -> AUTH PLAIN AGFsaWNlAHNlY3JldA==\n<** 535 5.7.8 no\n -> QUIT\n<-  221 bye\n";
  for (const char* format : {"text", "json"}) {
    const Outcome outcome = explain({"-T", format, "-"}, text);
    INFO(outcome.out);
    CHECK(has(outcome.out, "alice"));
    CHECK_FALSE(has(outcome.out, "AGFsaWNlAHNlY3JldA"));
    CHECK(outcome.status == 0);
  }
}

TEST_CASE("several sessions of one transcript") {
  const std::string once = content_of(samples / "swaks-refused.log");
  const Outcome outcome = explain({"-T", "json", "-"}, once + once);
  CHECK(has(outcome.out, R"("id":1,)"));
  CHECK(has(outcome.out, R"("id":2,)"));
}

TEST_CASE("replies are no transcript") {
  const Outcome outcome =
      explain({"-T", "json", "-"}, "550 5.1.1 User unknown\n=== Trying mx.example.com:25...\n");
  CHECK(has(outcome.out, "userunknown"));
  CHECK_FALSE(has(outcome.out, "smtpscope.session/1"));
}
