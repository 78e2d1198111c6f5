#include "analyzer/logs/mail_log.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;
using logs::Fate;
using logs::read_log_line;
using logs::Software;

TEST_CASE("Postfix: a delivery that the other server refused") {
  const auto told = read_log_line(
      "Jan  2 03:04:05 mx postfix/smtp[7]: 4A1B2C3D: to=<nouser@example.com>, "
      "relay=mx.example.com[198.51.100.25]:25, "
      "delay=0.3, delays=0.1/0/0.1/0.1, dsn=5.1.1, status=bounced (host "
      "mx.example.com[198.51.100.25] said: 550 5.1.1 "
      "<nouser@example.com>: no such (mailbox) (in reply to RCPT TO command))");
  REQUIRE(told);
  CHECK(told->software == Software::postfix);
  CHECK(told->fate == Fate::bounced);
  CHECK(told->queue_id == "4A1B2C3D");
  CHECK(told->recipient == "nouser@example.com");
  CHECK(told->host == "mx.example.com");
  CHECK(told->address == "198.51.100.25");
  CHECK(told->status == "5.1.1");
  CHECK(told->reply == "550 5.1.1 <nouser@example.com>: no such (mailbox)");
  CHECK(told->answers == "RCPT TO");
}

TEST_CASE("what became of it, in Postfix's words") {
  struct Row {
    const char* name;
    std::string_view line;
    Fate fate;
    std::string_view recipient, host, reply, answers, text;
  };
  const auto row = GENERATE(values<Row>({
      {"sent",
       "2026-01-02T03:04:05.000000+00:00 mx postfix/smtp[7]: 4XyZ2b3Mqkz1vF9: "
       "to=<bob@example.com>, "
       "relay=mx.example.com[198.51.100.25]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent "
       "(250 2.0.0 Ok: queued as 5B)",
       Fate::delivered, "bob@example.com", "mx.example.com", "", "", "250 2.0.0 Ok: queued as 5B"},
      {"no connection",
       "Jan  2 03:04:05 mx postfix/smtp[7]: 4A1B2C: to=<bob@example.com>, relay=none, delay=30, "
       "delays=0/0/30/0, dsn=4.4.1, "
       "status=deferred (connect to mx.example.com[198.51.100.25]:25: Connection timed out)",
       Fate::deferred, "bob@example.com", "", "", "",
       "connect to mx.example.com[198.51.100.25]:25: Connection timed out"},
      {"refused at the greeting",
       "Jan  2 03:04:05 mx postfix/smtp[7]: 4A1B2C: to=<bob@example.com>, "
       "relay=mx.example.com[198.51.100.25]:25, delay=3, "
       "delays=0/0/3/0, dsn=4.0.0, status=deferred (host mx.example.com[198.51.100.25] refused to "
       "talk to me: 421 too busy)",
       Fate::deferred, "bob@example.com", "mx.example.com", "421 too busy", "CONN",
       "host mx.example.com[198.51.100.25] refused to talk to me: 421 too busy"},
      {"end of data, several lines",
       "Jan  2 03:04:05 mx postfix/smtp[7]: 4A1B2C: to=<bob@example.com>, orig_to=<b@example.com>, "
       "relay=mx.example.com[198.51.100.25]:25, delay=3, delays=0/0/3/0, dsn=5.7.1, status=bounced "
       "(host "
       "mx.example.com[198.51.100.25] said: 554-5.7.1 spam 554 5.7.1 go (in reply to end of DATA "
       "command))",
       Fate::bounced, "bob@example.com", "mx.example.com", "554-5.7.1 spam 554 5.7.1 go",
       "end of DATA",
       "host mx.example.com[198.51.100.25] said: 554-5.7.1 spam 554 5.7.1 go (in reply to end of "
       "DATA command)"},
      {"on this very host",
       "Jan  2 03:04:05 mx postfix/local[7]: 4A1B2C: to=<bob@example.com>, relay=local, delay=0, "
       "delays=0/0/0/0, dsn=5.1.1, "
       "status=bounced (unknown user: \"bob\")",
       Fate::bounced, "bob@example.com", "", "", "", "unknown user: \"bob\""},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto told = read_log_line(row.line);
    REQUIRE(told);
    CHECK(told->fate == row.fate);
    CHECK(told->recipient == row.recipient);
    CHECK(told->host == row.host);
    CHECK(told->reply == row.reply);
    CHECK(told->answers == row.answers);
    CHECK(told->text == row.text);
  }
}

TEST_CASE("Postfix itself refuses") {
  const auto told = read_log_line(
      "Jan  2 03:04:05 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from "
      "client.example.net[192.0.2.10]: 554 5.7.1 "
      "<bob@example.org>: Relay access denied; from=<alice@example.net> to=<bob@example.org> "
      "proto=ESMTP "
      "helo=<client.example.net>");
  REQUIRE(told);
  CHECK(told->fate == Fate::refused);
  CHECK(told->queue_id == "");
  CHECK(told->host == "client.example.net");
  CHECK(told->address == "192.0.2.10");
  CHECK(told->sender == "alice@example.net");
  CHECK(told->recipient == "bob@example.org");
  CHECK(told->reply == "554 5.7.1 <bob@example.org>: Relay access denied");
  CHECK(told->answers == "RCPT");
}

TEST_CASE("Exim's lines") {
  struct Row {
    const char* name;
    std::string_view line;
    Fate fate;
    std::string_view queue_id, recipient, host, address, reply, answers, text;
  };
  const auto row = GENERATE(values<Row>({
      {"bounced",
       "2026-01-02 03:04:05 1vbXyZ-000001-Ab ** nouser@example.com R=dnslookup T=remote_smtp "
       "H=mx.example.com "
       "[198.51.100.25]: SMTP error from remote mail server after RCPT TO:<nouser@example.com>: "
       "550 5.1.1 no such user",
       Fate::bounced, "1vbXyZ-000001-Ab", "nouser@example.com", "mx.example.com", "198.51.100.25",
       "550 5.1.1 no such user", "RCPT TO:<nouser@example.com>",
       "SMTP error from remote mail server after RCPT TO:<nouser@example.com>: 550 5.1.1 no such "
       "user"},
      {"deferred by a reply, with an ID of 4.97",
       "2026-01-02 03:04:05.123 [99] 1vbXyZ-00000000001-Ab12 == bob@example.com R=dnslookup "
       "T=remote_smtp defer (-44) "
       "H=mx.example.com [198.51.100.25]: SMTP error from remote mail server after end of data: "
       "450 4.2.0 come again",
       Fate::deferred, "1vbXyZ-00000000001-Ab12", "bob@example.com", "mx.example.com",
       "198.51.100.25", "450 4.2.0 come again", "end of data",
       "SMTP error from remote mail server after end of data: 450 4.2.0 come again"},
      {"no connection",
       "2026-01-02 03:04:05 1vbXyZ-000001-Ab == bob@example.com R=dnslookup T=remote_smtp defer "
       "(111): Connection refused",
       Fate::deferred, "1vbXyZ-000001-Ab", "bob@example.com", "", "", "", "", "Connection refused"},
      {"delivered",
       "2026-01-02 03:04:05 +0100 1vbXyZ-000001-Ab => bob <Bob@example.com> R=dnslookup "
       "T=remote_smtp H=mx.example.com "
       "[198.51.100.25] X=TLS1.3:AES C=\"250 2.0.0 Ok: queued as 5B\"",
       Fate::delivered, "1vbXyZ-000001-Ab", "Bob@example.com", "mx.example.com", "198.51.100.25",
       "", "", "250 2.0.0 Ok: queued as 5B"},
      {"refused by Exim itself",
       "2026-01-02 03:04:05 H=client.example.net [192.0.2.10] F=<alice@example.net> rejected RCPT "
       "<bob@example.org>: relay "
       "not permitted",
       Fate::refused, "", "bob@example.org", "client.example.net", "192.0.2.10", "", "RCPT",
       "relay not permitted"},
      {"refused for now",
       "2026-01-02 03:04:05 H=(client) [192.0.2.10] F=<alice@example.net> temporarily rejected "
       "RCPT <bob@example.com>: "
       "greylisted",
       Fate::refused, "", "bob@example.com", "(client)", "192.0.2.10", "", "RCPT", "greylisted"},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto told = read_log_line(row.line);
    REQUIRE(told);
    CHECK(told->software == Software::exim);
    CHECK(told->fate == row.fate);
    CHECK(told->queue_id == row.queue_id);
    CHECK(told->recipient == row.recipient);
    CHECK(told->host == row.host);
    CHECK(told->address == row.address);
    CHECK(told->reply == row.reply);
    CHECK(told->answers == row.answers);
    CHECK(told->text == row.text);
  }
}

TEST_CASE("lines about other things, and lines that break off") {
  const std::string_view none[] = {
      "",
      " ",
      "postfix",
      "postfix/smtp[7]: ",
      "postfix/smtp[7]: 4A1B2C: to=<",
      "postfix/smtp[7]: 4A1B2C: to=<a>, status=",
      "Jan  2 03:04:05 mx postfix/qmgr[7]: 4A1B2C: from=<alice@example.net>, size=300, nrcpt=1 "
      "(queue active)",
      "Jan  2 03:04:05 mx postfix/smtpd[7]: connect from client[192.0.2.10]",
      "postfix/smtpd[7]: NOQUEUE: reject: RCPT from x: 5",
      "postfix/smtpd[7]: NOQUEUE: reject: RCPT from x[]: no code",
      "2026-01-02 03:04:05 Start queue run: pid=7",
      "2026-01-02 03:04:05 1vbXyZ-000001-Ab Completed",
      "2026-01-02 ** bob",
      "2026-01-02 03:04:05 1vbXyZ-000001-Ab **",
      "\xff\xfe\0\x1b[31m"};
  for (const std::string_view line : none) {
    INFO(line);
    const auto told = read_log_line(line);
    if (told) CHECK(told->recipient.empty());
  }
  // Each beginning of a line is a line, too.
  const std::string_view whole =
      "2026-01-02 03:04:05 1vbXyZ-000001-Ab ** a <b@example.com> H=mx [198.51.100.25]: SMTP error "
      "from remote mail server "
      "after RCPT TO:<b>: 550 no";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string exact(whole.substr(0, length));
    (void)read_log_line(exact);
    (void)logs::is_log_line(exact);
  }
}

TEST_CASE("log lines are known as such, whatever they are about") {
  CHECK(logs::is_log_line("Jan  2 03:04:05 mx postfix/qmgr[7]: 4A1B2C: removed"));
  CHECK(logs::is_log_line("2026-01-02 03:04:05 1vbXyZ-000001-Ab Completed"));
  CHECK_FALSE(logs::is_log_line("550 5.1.1 no such user"));
  CHECK_FALSE(logs::is_log_line("2026-01-02 03:04:05 something else"));
  CHECK_FALSE(logs::is_log_line(""));
}
