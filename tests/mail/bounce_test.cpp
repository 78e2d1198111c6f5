#include "dissectors/mail/bounce.hpp"

#include "tests/support/catch.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using namespace smtpscope;

namespace {

std::optional<mail::Bounce> read(std::string_view text, const mail::BounceLimits& limits = {}) {
  return mail::read_bounce({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                           limits);
}

constexpr std::string_view postfix = R"(From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: alice@example.net
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
	boundary="4A1B2.1767323045/mx.example.net"

This is a MIME-encapsulated message.

--4A1B2.1767323045/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<nouser@example.com>: host mx.example.com[198.51.100.25] said: 550 5.1.1
    <nouser@example.com>: no such mailbox (in reply to RCPT TO command)

--4A1B2.1767323045/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4A1B2
Arrival-Date: Fri,  2 Jan 2026 03:04:05 +0000 (UTC)

Final-Recipient: rfc822; nouser@example.com
Original-Recipient: rfc822;nobody@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 550 5.1.1 <nouser@example.com>: no such
    mailbox

Final-Recipient: rfc822; carol@example.org
Action: Delayed (so far)
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.example.org[203.0.113.25]:25:
    Connection timed out

--4A1B2.1767323045/mx.example.net
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: Alice <alice@example.net>
To: nouser@example.com
Subject: Report
Message-ID: <report-1@example.net>

Hello
--4A1B2.1767323045/mx.example.net--
)";

constexpr std::string_view qmail = R"(From: MAILER-DAEMON@mx.example.net
To: alice@example.net
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<nouser@example.com>:
198.51.100.25 does not like recipient.
Remote host said: 550-no such mailbox
550 5.1.1 ask elsewhere
Giving up on 198.51.100.25.

<carol@example.invalid>:
Sorry, I couldn't find any host named example.invalid. (#5.1.2)

--- Below this line is a copy of the message.

Return-Path: <alice@example.net>
From: alice@example.net
Subject: Report
Message-Id: <report-2@example.net>

Hello
)";

}  // namespace

TEST_CASE("a delivery status notification, recipient by recipient") {
  const auto bounce = read(postfix);
  REQUIRE(bounce);
  CHECK(bounce->reporting_mta == "mx.example.net");
  CHECK(bounce->message_id == "report-1@example.net");
  CHECK(bounce->subject == "Report");
  CHECK(bounce->sender == "Alice <alice@example.net>");
  REQUIRE(bounce->recipients.size() == 2);
  const mail::BouncedRecipient& first = bounce->recipients[0];
  CHECK(first.recipient == "nouser@example.com");
  CHECK(first.original == "nobody@example.com");
  CHECK(first.action == "failed");
  CHECK(first.status == "5.1.1");
  CHECK(first.remote_mta == "mx.example.com");
  CHECK(first.diagnostic_type == "smtp");
  CHECK(first.diagnostic == "550 5.1.1 <nouser@example.com>: no such mailbox");
  const mail::BouncedRecipient& second = bounce->recipients[1];
  CHECK(second.action == "delayed");
  CHECK(second.diagnostic_type == "x-postfix");
  CHECK(second.diagnostic == "connect to mx.example.org[203.0.113.25]:25: Connection timed out");
}

TEST_CASE("CR LF, as messages have on the wire and in .eml files") {
  std::string crlf;
  for (const char c : postfix) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const auto bounce = read(crlf);
  REQUIRE(bounce);
  REQUIRE(bounce->recipients.size() == 2);
  CHECK(bounce->recipients[0].diagnostic == "550 5.1.1 <nouser@example.com>: no such mailbox");
  CHECK(bounce->message_id == "report-1@example.net");
}

TEST_CASE("the header alone comes back, and the status is in base64") {
  const auto bounce = read(
      "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n"
      "Content-Transfer-Encoding: base64\n\n"
      "UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlLm5ldAoKRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGJvYkBleGFt"
      "cGxlLmNvbQpB\n"
      "Y3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMi4yCg==\n"
      "--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <report-3@example.net>\nSubject: "
      "Report\n--x--\n");
  REQUIRE(bounce);
  REQUIRE(bounce->recipients.size() == 1);
  CHECK(bounce->recipients[0].recipient == "bob@example.com");
  CHECK(bounce->recipients[0].status == "5.2.2");
  CHECK(bounce->message_id == "report-3@example.net");
}

TEST_CASE("qmail's own form") {
  const auto bounce = read(qmail);
  REQUIRE(bounce);
  CHECK(bounce->reporting_mta == "mx.example.net");
  CHECK(bounce->message_id == "report-2@example.net");
  REQUIRE(bounce->recipients.size() == 2);
  CHECK(bounce->recipients[0].recipient == "nouser@example.com");
  CHECK(bounce->recipients[0].diagnostic == "550-no such mailbox\n550 5.1.1 ask elsewhere");
  CHECK(bounce->recipients[0].diagnostic_type == "smtp");
  CHECK(bounce->recipients[1].diagnostic ==
        "Sorry, I couldn't find any host named example.invalid. (#5.1.2)");
  CHECK(bounce->recipients[1].diagnostic_type == "");
}

TEST_CASE("what is no bounce") {
  const std::string_view none[] = {
      "",
      "\r\n",
      "Subject: Hello\n\nHi. This is me.\n",
      "From: alice@example.net\nSubject: Report\n\nHello\n",
      "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: "
      "text/plain\n\nnothing\n--x--\n",
      "Content-Type: multipart/report\n\nno boundary\n",
      "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n--x--\n",
      std::string_view("\0\xff\xfe\0", 4)};
  for (const std::string_view text : none) {
    INFO(text);
    CHECK_FALSE(read(text));
  }
}

TEST_CASE("limits of a bounce: recipients, octets of a field") {
  std::string many =
      "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
      "Reporting-MTA: dns; mx.example.net\n";
  for (int i = 0; i < 20; ++i)
    many += "\nFinal-Recipient: rfc822; bob" + std::to_string(i) + "@example.com\nAction: failed\n";
  many += "--x--\n";
  CHECK(read(many, {.recipients = 3})->recipients.size() == 3);
  const auto cut = read(postfix, {.field_octets = 10});
  REQUIRE(cut);
  for (const mail::BouncedRecipient& recipient : cut->recipients)
    CHECK(recipient.diagnostic.size() <= 10);
  CHECK(read(qmail, {.field_octets = 10})->recipients.front().diagnostic.size() <= 11);
}

TEST_CASE("reports that leave things out, or say them oddly") {
  const auto report = [](std::string_view status, std::string_view more = "") {
    return "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n" +
           std::string(status) + "\n--x\n" + std::string(more) + "--x--\n";
  };
  const auto only = [&](std::string_view status) {
    const auto bounce = read(report(status));
    REQUIRE(bounce);
    REQUIRE(bounce->recipients.size() == 1);
    return bounce->recipients.front();
  };
  SECTION("fields without a type") {
    const auto recipient = only("Final-Recipient: bob@example.com\nDiagnostic-Code: 550 no\n");
    CHECK(recipient.recipient == "bob@example.com");
    CHECK(recipient.diagnostic == "550 no");
    CHECK(recipient.diagnostic_type.empty());
    CHECK(recipient.action.empty());
    CHECK(recipient.status.empty());
    CHECK(recipient.original.empty());
  }
  SECTION("empty fields, and blanks where a value is due") {
    const auto recipient =
        only("Final-Recipient: rfc822;\nAction:\nStatus:   \nDiagnostic-Code: smtp;   \n");
    CHECK(recipient.recipient.empty());
    CHECK(recipient.diagnostic.empty());
    CHECK(recipient.diagnostic_type == "smtp");
  }
  SECTION("folded with tabs, several blanks and bare CRs") {
    CHECK(
        only(
            "Final-Recipient: rfc822; bob@example.com\nDiagnostic-Code: smtp; 550\n\t \t5.1.1   no\n  such user\n")
            .diagnostic == "550 5.1.1 no such user");
  }
  SECTION("no group about the message") {
    const auto bounce = read(report("Final-Recipient: rfc822; bob@example.com\n"));
    REQUIRE(bounce);
    CHECK(bounce->reporting_mta.empty());
  }
  SECTION("empty lines between the groups, of both kinds") {
    const auto bounce = read(report(
        "Reporting-MTA: dns; mx.example.net\r\n\r\n\r\n\r\nFinal-Recipient: rfc822; bob@example.com\n\n\n\n"
        "Final-Recipient: rfc822; carol@example.com\r\n\r\nReporting-MTA: dns; other.example.net\n"));
    REQUIRE(bounce);
    CHECK(bounce->recipients.size() == 2);
    CHECK(bounce->reporting_mta == "mx.example.net");  // the first
  }
  SECTION("of SMTPUTF8, with the message as a part of another type") {
    const auto bounce = read(
        "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/global-delivery-status\n\n"
        "Final-Recipient: utf-8; \xc3\xbc@example.com\n--x\nContent-Type: application/octet-stream\n\nnothing\n--x\n"
        "Content-Type: message/rfc822\n\nSubject: no Message-ID, no From\n\nHello\n--x--\n");
    REQUIRE(bounce);
    CHECK(bounce->recipients.front().recipient == "\xc3\xbc@example.com");
    CHECK(bounce->subject == "no Message-ID, no From");
    CHECK(bounce->message_id.empty());
    CHECK(bounce->sender.empty());
  }
  SECTION("an original of nothing") {
    for (const std::string_view original :
         {"Content-Type: message/rfc822\n\n", "Content-Type: text/rfc822-headers\n\n",
          "Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n!\n"}) {
      INFO(original);
      const auto bounce = read(report("Final-Recipient: rfc822; bob@example.com\n", original));
      REQUIRE(bounce);
      CHECK(bounce->message_id.empty());
    }
  }
}

TEST_CASE("qmail's form, with what may be missing from it") {
  const std::string head = "Subject: failure notice\n\n";
  SECTION("a host is not named, lines end in CR LF, no copy follows") {
    const auto bounce = read(
        head +
        "\r\n\r\nHi. This is the qmail-send program.\r\n\r\n<bob@example.com>:\r\nSorry.\r\n\r\nno part of it\r\n");
    REQUIRE(bounce);
    CHECK(bounce->reporting_mta.empty());
    REQUIRE(bounce->recipients.size() == 1);
    CHECK(bounce->recipients.front().diagnostic == "Sorry.");
    CHECK(bounce->message_id.empty());
  }
  SECTION("nobody is named") {
    CHECK_FALSE(read(head + "Hi. This is the qmail-send program at mx.example.net.\n"));
  }
  SECTION("lines that only look like a recipient") {
    const auto bounce = read(
        head +
        "Hi. This is the qmail-send program at mx.example.net.\n\n<bob@example.com>\n<bob:\nbob>:\n"
        "<carol@example.com>:\n");
    REQUIRE(bounce);
    REQUIRE(bounce->recipients.size() == 1);
    CHECK(bounce->recipients.front().recipient == "carol@example.com");
    CHECK(bounce->recipients.front().diagnostic.empty());
  }
  SECTION("words behind the reply are not the reply's") {
    const auto bounce =
        read(head +
             "Hi. This is the qmail-send program at mx.example.net.\n\n<bob@example.com>:\n"
             "Remote host said: 550 no\nI said so\nGiving up on 192.0.2.1.\n");
    REQUIRE(bounce);
    CHECK(bounce->recipients.front().diagnostic == "550 no");
  }
  SECTION("more recipients than are kept") {
    std::string many = head + "Hi. This is the qmail-send program at mx.example.net.\n\n";
    for (int i = 0; i < 9; ++i) many += "<bob" + std::to_string(i) + "@example.com>:\nSorry.\n\n";
    const auto bounce = read(many, {.recipients = 4});
    REQUIRE(bounce);
    CHECK(bounce->recipients.size() == 4);
  }
  SECTION("of another type than text") {
    CHECK_FALSE(read(
        "Content-Type: application/octet-stream\n\nHi. This is the qmail-send program at mx.example.net.\n\n"
        "<bob@example.com>:\nSorry.\n"));
  }
}
