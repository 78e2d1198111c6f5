// -T json: one object a line, as docs/session.schema.json says.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <rapidjson/pointer.h>

#include <stdexcept>
#include <string>
#include <vector>

using namespace smtpscope::test;

namespace {

const SessionSchema& schema() {
  static const SessionSchema schema;
  return schema;
}

Json session_of(std::string_view script) {
  const Scratch scratch;
  scratch.capture("mail.pcap", script);
  const Outcome outcome = scratch.run({"-T", "json", "mail.pcap"});
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  std::vector<Json> sessions = sessions_in(outcome.out);
  REQUIRE(sessions.size() == 1);
  return std::move(sessions.front());
}

}  // namespace

TEST_CASE("whatever happened, the line follows the schema") {
  struct Row {
    const char* name;
    const char* script;
  };
  const auto row = GENERATE(values<Row>({
      {"delivered", delivered.data()},
      {"refused", refused.data()},
      {"connection refused", "refuse"},
      {"no answer", "syn\nwait 1s\nsyn"},
      {"no octets", "connect\nclose"},
      {"from the middle", "midstream\nC: RCPT TO:<bob@example.com>\nS: 250 Ok"},
      {"not SMTP", "connect\nC: GET / HTTP/1.1\nS: HTTP/1.1 400 Bad Request\nS:fin"},
      {"one-sided", "midstream\nC: EHLO client.example.net\nC: MAIL FROM:<a@example.net>"},
      {"a lost reply",
       "connect\nS: 220 mx.example.com\nC: EHLO x\ndrop\nS: 250 mx\nC: QUIT\nS: 221 Bye\nclose"},
      {"a reset", "connect\nS: 220 mx.example.com ESMTP\nC: EHLO x\nS:rst"},
      {"TLS",
       "connect\nS: 220 mx.example.com ESMTP\nC: EHLO x\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\n"
       "S: 220 Go\nC: \\x16\\x03\\x01\\x00\\x05hello\\\nS: "
       "\\x16\\x03\\x03\\x00\\x05hello\\\nclose"},
      {"implicit TLS", "connect port=465\nC: \\x16\\x03\\x01\\x00\\x05hello\\\nclose"},
      {"LMTP",
       "connect port=24\nS: 220 mx LMTP\nC: LHLO x\nS: 250 mx\nC: MAIL FROM:<>\nS: 250 Ok\n"
       "C: RCPT TO:<a@example.com>\nS: 250 Ok\nC: RCPT TO:<b@example.com>\nS: 250 Ok\nC: DATA\n"
       "S: 354 Go\nC: .\nS: 250 a\nS: 550 b\nC: QUIT\nS: 221 Bye\nclose"},
      {"AUTH",
       "connect port=587\nS: 220 mx ESMTP\nC: EHLO x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN "
       "AGFsaWNlAHNlY3JldA==\n"
       "S: 535 5.7.8 No\nC: QUIT\nS: 221 Bye\nclose"},
      {"IPv6",
       "connect client=[2001:db8::1]:40000 server=[2001:db8::25]:25\nS: 220 mx\nC: QUIT\nS: 221 "
       "Bye\nclose"},
      {"octets that are no UTF-8",
       "connect\nS: 220 \\xff\\xfe mx\nC: EHLO \\xc3\nS: 250 \\xed\\xa0\\x80\nclose"},
      {"a PROXY header",
       "connect\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\nS: 220 mx\nS: 502 what?\nC: QUIT\nS: 221 Bye\nclose"},
      {"a PROXY header of version 2, with additions",
       "connect\nC: \\r\\n\\r\\n\\0\\r\\nQUIT\\n\\x21\\x11\\0\\x1f\\xc0\\0\\x02\\x01\\xc6\\x33\\x64\\x01\\xdc\\x04\\0\\x19"
       "\\x02\\0\\x03a.b\\xe0\\0\\x02xy\\x20\\0\\x05\\x03\\0\\0\\0\\0\\\nS: 220 mx\nC: QUIT\nS: 221 Bye\nclose"},
      {"SOCKS",
       "connect port=1080\nC: \\x05\\x01\\x02\\\nS: \\x05\\x02\\\nC: \\x01\\x05alice\\x06secret\\\nS: \\x01\\0\\\n"
       "C: \\x05\\x01\\0\\x03\\x0emx.example.com\\0\\x19\\\nS: \\x05\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\\nS: 220 mx\nC: "
       "QUIT\nS: 221 Bye\nclose"},
      {"CONNECT that was refused",
       "connect port=3128\nC: CONNECT mx.example.com:25 HTTP/1.1\\r\\n\nS: HTTP/1.1 403 No\\r\\n\nclose"},
      {"odd replies",
       "connect\nS: 220 mx\nS: 999 what\nS: 250\nS: no code\nS: 25x y\nC:\nC: EHLO x\nS: 250-a\nS: "
       "251 b"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Json session = session_of(row.script);
    CHECK(schema().broken_rule(session).empty());
    CHECK(text_at(session, "/schema") == "smtpscope.session/1");
  }
}

TEST_CASE("the schema notices what is wrong") {
  struct Row {
    const char* name;
    const char* place;
    const char* value;  // JSON; nullptr: the member is not there
  };
  const auto row = GENERATE(values<Row>({
      {"another version", "/schema", R"("smtpscope.session/2")"},
      {"no schema", "/schema", nullptr},
      {"no verdict", "/verdict", nullptr},
      {"an outcome that there is not", "/verdict/outcome", R"("fine")"},
      {"a port above all", "/client/port", "65536"},
      {"a negative frame", "/frames/first", "-1"},
      {"a number as text", "/octets/client", R"("12")"},
      {"exchanges that are no array", "/exchanges", "{}"},
      {"a phase that there is not", "/exchanges/1/phase", R"("lunch")"},
      {"a time that is none", "/start", R"("yesterday")"},
  }));
  DYNAMIC_SECTION(row.name) {
    Json session = session_of(delivered);
    REQUIRE(schema().broken_rule(session).empty());
    const rapidjson::Pointer place(row.place);
    REQUIRE(place.Get(session) != nullptr);
    if (row.value == nullptr) {
      place.Erase(session);
    } else {
      Json value(&session.GetAllocator());
      value.Parse(row.value);
      place.Set(session, value);
    }
    CHECK_FALSE(schema().broken_rule(session).empty());
  }
}

TEST_CASE("what a delivered message looks like") {
  const Json session = session_of(delivered);
  CHECK(number_at(session, "/id") == 1);
  CHECK(text_at(session, "/file") == "mail.pcap");
  CHECK(text_at(session, "/client/ip") == "192.0.2.10");
  CHECK(number_at(session, "/client/port") == 40000);
  CHECK(text_at(session, "/client/helo") == "client.example.net");
  CHECK(text_at(session, "/server/greeting") == "mx.example.com ESMTP");
  CHECK(text_at(session, "/start") == "2026-01-02T03:04:05.000000Z");
  CHECK(text_at(session, "/exchanges/0/phase") == "connect");
  CHECK(value_at(session, "/exchanges/0/command")->IsNull());
  CHECK(text_at(session, "/exchanges/1/command/verb") == "EHLO");
  CHECK(number_at(session, "/exchanges/5/reply/code") == 250);
  CHECK(text_at(session, "/exchanges/5/command/verb") == ".");
  CHECK(text_at(session, "/transactions/0/sender") == "alice@example.net");
  CHECK(text_at(session, "/transactions/0/recipients/0/address") == "bob@example.com");
  CHECK(text_at(session, "/transactions/0/message/subject") == "Report");
  CHECK(text_at(session, "/transactions/0/queued_as") == "4F1A2B3C");
  CHECK(text_at(session, "/transactions/0/outcome") == "delivered");
  CHECK(text_at(session, "/verdict/outcome") == "delivered");
}

TEST_CASE("what a refused recipient looks like") {
  const Json session = session_of(refused);
  CHECK(text_at(session, "/transactions/0/recipients/0/outcome") == "rejected");
  CHECK(number_at(session, "/transactions/0/recipients/0/code") == 550);
  CHECK(text_at(session, "/transactions/0/recipients/0/enhanced") == "5.1.1");
  CHECK(text_at(session, "/verdict/outcome") == "rejected");
  CHECK(text_at(session, "/verdict/reason") == "userunknown");
  CHECK(number_at(session, "/verdict/frame") ==
        number_at(session, "/transactions/0/recipients/0/frame"));
}

TEST_CASE("the reader of these tests takes no broken JSON") {
  CHECK_THROWS_AS(sessions_in("{}"), std::runtime_error);
  CHECK_THROWS_AS(sessions_in("{\n}\n"), std::runtime_error);
  CHECK_THROWS_AS(sessions_in("[]\n"), std::runtime_error);
  CHECK_THROWS_AS(sessions_in("{\"a\":\"\xff\"}\n"), std::runtime_error);
  CHECK_THROWS_AS(sessions_in("{\"a\":{\"b\":1,\"b\":2}}\n"), std::runtime_error);
  CHECK(sessions_in("{}\n{}\n").size() == 2);
}
