// Bounces on their way: what they say of each recipient, however they are written and sent.
#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;

namespace {

std::vector<smtp::Message> messages_of(const std::string& script) {
  std::vector<smtp::Message> messages;
  for (const session::Session& session : test::sessions_of(script)) {
    for (const session::Transaction& transaction : session.transactions) {
      if (transaction.message) messages.push_back(*transaction.message);
    }
    for (const smtp::Exchange& exchange : session.exchanges)
      CHECK((!exchange.message || exchange.message->report.empty()));
  }
  return messages;
}

// "bob@example.com failed 5.1.1 550 no [1@example.org];" for each.
std::string reports_of(const std::string& script) {
  std::string words;
  for (const smtp::Message& message : messages_of(script)) {
    for (const smtp::DeliveryStatus& report : message.reports) {
      words += report.recipient + ' ' + report.action + ' ' + report.status + ' ' +
               report.diagnostic + " [" + report.message_id + "];";
    }
  }
  return words;
}

const std::string opening = R"(
  connect
  S: 220 mx.example.com ESMTP
  C: EHLO mx.example.net
  S: 250-mx.example.com
  S: 250 CHUNKING
  C: MAIL FROM:<>
  S: 250 ok
  C: RCPT TO:<alice@example.net>
  S: 250 ok
)";

std::string with_data(const std::vector<std::string>& lines, const std::string& between = "") {
  std::string script = opening + "C: DATA\nS: 354 go\n";
  for (const std::string& line : lines) script += "C: " + line + "\n" + between;
  return script + "C: .\nS: 250 ok\nclose\n";
}

const std::vector<std::string> report{"Content-Type: multipart/report; boundary=b",
                                      "",
                                      "--b",
                                      "Content-Type: message/delivery-status",
                                      "",
                                      "Reporting-MTA: dns; mx.example.net",
                                      "",
                                      "Final-Recipient: rfc822; bob@example.com",
                                      "Action: failed",
                                      "Status: 5.1.1",
                                      "Diagnostic-Code: smtp; 550 5.1.1 no",
                                      " such user",
                                      "",
                                      "Final-Recipient: rfc822;carol@example.com",
                                      "Action: delayed",
                                      "Status: 4.2.2",
                                      "",
                                      "--b",
                                      "Content-Type: message/rfc822",
                                      "",
                                      "Message-ID: <1@example.org>",
                                      "",
                                      "--b--"};
constexpr auto reported =
    "bob@example.com failed 5.1.1 550 5.1.1 no such user [1@example.org];carol@example.com delayed 4.2.2  [1@example.org];";

}  // namespace

TEST_CASE("a delivery status notification") { CHECK(reports_of(with_data(report)) == reported); }

TEST_CASE("one whose status is in base64") {
  CHECK(reports_of(with_data(
            {"Content-Type: multipart/report; boundary=b", "", "--b",
             "Content-Type: message/delivery-status", "Content-Transfer-Encoding: base64", "",
             "UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlLm5ldAoKRmluYWwtUmVjaXBpZW50OiByZm",
             "M4MjI7IGJvYkBleGFtcGxlLmNvbQpBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMi4yCg==", "--b--"})) ==
        "bob@example.com failed 5.2.2  [];");
}

TEST_CASE("qmail's") {
  CHECK(reports_of(with_data(
            {"Subject: failure notice", "", "Hi. This is the qmail-send program at mx.example.net.",
             "", "<bob@example.com>:", "198.51.100.25 does not like recipient.",
             "Remote host said: 550 no such user", "Giving up on 198.51.100.25.", "",
             "--- Below this line is a copy of the message.", "", "Message-ID: <2@example.org>", "",
             "Hello"})) == "bob@example.com failed  550 no such user [2@example.org];");
}

TEST_CASE("one in chunks is read when it is whole") {
  std::string text;
  for (const std::string& line : report) text += line + "\\r\\n";
  // Each \r and \n are two characters of the script.
  const std::size_t octets = text.size() - 2 * report.size();
  const std::size_t half = text.find("Final-Recipient");
  const std::size_t first = half - 2 * 7;
  CHECK(reports_of(opening + "C: BDAT " + std::to_string(first) + "\nC: " + text.substr(0, half) +
                   "\\\nS: 250 ok\nC: BDAT " + std::to_string(octets - first) +
                   " LAST\nC: " + text.substr(half) + "\\\nS: 250 ok\nclose\n") == reported);
}

TEST_CASE("behind a hole nothing more of a bounce is read") {
  std::vector<std::string> lines = report;
  lines.insert(lines.begin() + 17, "--b\ndrop\nC: Subject: lost");
  const std::string told = reports_of(with_data(lines));
  CHECK(told.starts_with("bob@example.com failed 5.1.1 550 5.1.1 no such user [];"));
}

TEST_CASE("an ordinary message, and one that was never ended, tell of nobody") {
  CHECK(reports_of(with_data({"Subject: x", "", "Final-Recipient: rfc822; bob@example.com"}))
            .empty());
  std::string cut = with_data(report);
  cut.erase(cut.find("C: .\n"));
  CHECK(reports_of(cut + "C:rst\n").empty());
}

TEST_CASE("recipients of a bounce have a limit") {
  std::vector<std::string> many(report.begin(), report.begin() + 7);
  for (int i = 0; i < 300; ++i) {
    many.push_back("Final-Recipient: rfc822; bob" + std::to_string(i) + "@example.com");
    many.emplace_back("");
  }
  CHECK(messages_of(with_data(many)).at(0).reports.size() == 100);
}
