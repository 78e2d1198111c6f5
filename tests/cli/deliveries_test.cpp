// smtpscope deliveries: recorded mails that took more than one session, each told in one row.
#include "tests/cli/json.hpp"
#include "tests/cli/run_binary.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope::test;

namespace {

std::string path_of(std::string_view sample) {
  return std::string(SMTPSCOPE_SOURCE_DIR) + "/samples/" + std::string(sample);
}

Outcome deliveries_of(std::string_view sample, std::string_view format,
                      const std::vector<std::string>& more = {}) {
  Launch launch;
  launch.arguments = {"deliveries", "-T", std::string(format), path_of(sample)};
  launch.arguments.insert(launch.arguments.end(), more.begin(), more.end());
  return run(launch);
}

std::vector<rapidjson::Document> rows_of(const std::string& lines) {
  std::vector<rapidjson::Document> rows;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    rows.emplace_back().Parse(line.c_str(), line.size());
    REQUIRE_FALSE(rows.back().HasParseError());
  }
  return rows;
}

std::string kinds_of(const rapidjson::Document& row) {
  std::string kinds;
  for (const auto& step : row["steps"].GetArray())
    kinds += std::string(kinds.empty() ? "" : " ") + step["kind"].GetString();
  return kinds;
}

}  // namespace

TEST_CASE("one row a delivery, however many sessions it took") {
  struct Row {
    const char* sample;
    std::string_view outcome, kinds;
  };
  const auto row = GENERATE(values<Row>({
      {"greylisted/postfix.pcap", "delivered", "first retry"},
      {"second-mx/refused.pcap", "delivered", "connection first"},
      {"second-mx/silent.pcap", "delivered", "connection first"},
      {"relay-hop/delivered.pcap", "delivered", "first next-hop"},
      {"user-unknown/postfix.pcap", "refused", "first"},
  }));
  DYNAMIC_SECTION(row.sample) {
    const Outcome outcome = deliveries_of(row.sample, "json");
    CHECK(outcome.status == 0);
    const auto rows = rows_of(outcome.out);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["outcome"].GetString() == row.outcome);
    CHECK(kinds_of(rows[0]) == row.kinds);
    const Outcome text = deliveries_of(row.sample, "text");
    CHECK(std::ranges::count(text.out, '\n') == 2);  // the header and the row
    const Outcome csv = deliveries_of(row.sample, "csv");
    CHECK(std::ranges::count(csv.out, '\n') == 2);
  }
}

TEST_CASE("a bounce is told with the delivery that it is about") {
  const auto rows = rows_of(deliveries_of("relay-hop/bounced.pcap", "json").out);
  REQUIRE(rows.size() == 2);
  CHECK(kinds_of(rows[0]) == "first next-hop bounce");
  CHECK(std::string_view(rows[0]["outcome"].GetString()) == "bounced");
  CHECK(std::string_view(rows[1]["sender"].GetString()).empty());
}

TEST_CASE("with -v each step has a line, and names the packet that decided") {
  const Outcome one = deliveries_of("relay-hop/delivered.pcap", "text", {"-v"});
  CHECK(std::ranges::count(one.out, '\n') == 4);
  CHECK(has(one.out, " (#1, frame 14)\n"));
  CHECK(has(one.out, " (#2, frame 31)\n"));
  const Outcome two =
      deliveries_of("relay-hop/delivered.pcap", "text", {"-v", path_of("greylisted/postfix.pcap")});
  CHECK(has(two.out, " of " + path_of("greylisted/postfix.pcap") + ")\n"));
}

TEST_CASE("of very many tries the first and the last are told, and how many stand between") {
  std::string script;
  for (int tries = 0; tries < 66; ++tries) {
    script += std::string(tries == 0 ? "" : "wait 1min\n") +
              "connect\nS: 220 mx.example.com ESMTP\nC: EHLO client.example.net\n"
              "S: 250 mx.example.com\nC: MAIL FROM:<alice@example.net>\nS: 250 2.1.0 Ok\n"
              "C: RCPT TO:<bob@example.com>\nS: 452 4.2.2 Mailbox full\n"
              "C: QUIT\nS: 221 2.0.0 Bye\nclose\n";
  }
  const Scratch scratch;
  scratch.capture("mail.pcap", script);
  const std::string row = scratch.run({"deliveries", "mail.pcap"}).out;
  CHECK(has(row, " (#63); 2 more in between; 3 min later put off by mx.example.com"));
  const std::string lines = scratch.run({"deliveries", "-v", "mail.pcap"}).out;
  CHECK(count(lines, "\n") == 2 + 64 + 1);
  CHECK(count(lines, "\n      2 more in between\n") == 1);
  CHECK(count(lines, "(#66, frame ") == 1);
}

TEST_CASE("each capture alone: its mails are not taken for those of the one before") {
  for (const char* sample : {"relay-hop/delivered.pcap", "second-mx/refused.pcap"}) {
    INFO(sample);
    const auto alone = rows_of(deliveries_of(sample, "json").out);
    const auto twice = rows_of(deliveries_of(sample, "json", {"--no-merge", path_of(sample)}).out);
    REQUIRE(alone.size() == 1);
    REQUIRE(twice.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(twice[i]["id"].GetUint64() == i + 1);
      CHECK(kinds_of(twice[i]) == kinds_of(alone[0]));
    }
  }
}

TEST_CASE("where too many are followed the first is told, and that it was told early") {
  const Outcome outcome =
      deliveries_of("greylisted/postfix.pcap", "json",
                    {"--max-deliveries", "1", path_of("user-unknown/postfix.pcap")});
  CHECK(rows_of(outcome.out).size() == 2);  // a retry was there before the next mail
  CHECK(outcome.err.empty());
  const Outcome none =
      deliveries_of("greylisted/postfix.pcap", "json", {"--max-deliveries-memory", "1"});
  const auto rows = rows_of(none.out);
  REQUIRE(rows.size() == 2);
  CHECK(kinds_of(rows[0]) == "first");
  CHECK(std::string_view(rows[0]["outcome"].GetString()) == "deferred");
  CHECK(std::string_view(rows[1]["outcome"].GetString()) == "delivered");
  CHECK(none.err.starts_with("smtpscope: 1 delivery told before"));
}
