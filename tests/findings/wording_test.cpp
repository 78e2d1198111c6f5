#include "analyzer/findings/wording.hpp"
#include "tests/support/catch.hpp"

namespace smtpscope::findings {

TEST_CASE("spans of time have as many digits as are of use") {
  struct Row {
    Nanoseconds span;
    const char* words;
  };
  using namespace std::chrono_literals;
  const auto row = GENERATE(values<Row>({
      {0ns, "0 us"},
      {250us, "250 us"},
      {45ms, "45 ms"},
      {250ms, "0.2 s"},
      {2345ms, "2.3 s"},
      {9990ms, "10.0 s"},
      {12s, "12 s"},
      {119s, "119 s"},
      {120s, "2 min"},
      {250s, "4 min 10 s"},
      {7199s, "119 min 59 s"},
      {2h, "2 h"},
      {2h + 5min + 40s, "2 h 5 min"},
      {47h, "47 h"},
      {48h, "2 days"},
      {17623h, "734 days"},
  }));
  CHECK(span_words(row.span) == row.words);
}

TEST_CASE("numbers in words") {
  CHECK(counted(1, "octet") == "1 octet");
  CHECK(counted(0, "octet") == "0 octets");
  CHECK(counted(2, "try", "tries") == "2 tries");
  CHECK(ordinal(1) == "1st");
  CHECK(ordinal(2) == "2nd");
  CHECK(ordinal(3) == "3rd");
  CHECK(ordinal(11) == "11th");
  CHECK(ordinal(113) == "113th");
  CHECK(ordinal(22) == "22nd");
  session::Session session;
  CHECK(frame_words(session, {.frame = 12, .time = {}}) == "frame 12");
  CHECK(frame_words(session, {}) == "the end of the capture");
  session.files = std::make_shared<const std::vector<std::string>>(
      std::vector<std::string>{"a.pcap", "b.pcap", "c.pcap"});
  session.first_frame = FrameId(7, 107, 1);
  CHECK(frame_words(session, {.frame = FrameId(12, 112, 1), .time = {}}) == "frame 12");
  CHECK(frame_words(session, {.frame = FrameId(3, 203, 2), .time = {}}) == "frame 3 of c.pcap");
  CHECK(frame_words(session, {}) == "the end of the capture");
}

TEST_CASE("lists end with and") {
  CHECK(listed({}) == "");
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b"}) == "a and b");
  CHECK(listed({"a", "b", "c"}) == "a, b and c");
  CHECK(listed({"a", "b", "c", "d"}, 2) == "a, b and 2 more");
}

TEST_CASE("text of the wire is shortened between characters") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "abc...");
  CHECK(shortened("ab\xc3\xa4z", 3) == "ab...");
  CHECK(shortened("a\xe2\x82\xacz", 3) == "a...");
  CHECK(shortened("\x80\x80\x80\x80\x80\x80", 5) == "\x80\x80...");  // no UTF-8 at all
}

TEST_CASE("replies are one line, without the repeated code") {
  smtp::Reply reply;
  reply.code = 550;
  reply.enhanced = smtp::EnhancedCode{5, 7, 26};
  reply.text = {"5.7.26 not", "5.7.26 accepted", "5.7.1 here"};
  CHECK(reply_words(reply) == "550 5.7.26 not accepted 5.7.1 here");
  CHECK(reply_words(reply, 12) == "550 5.7.26 n...");
  reply.text = {""};
  CHECK(reply_words(reply) == "550");
}

TEST_CASE("commands of an authentication are named without their arguments") {
  smtp::Exchange exchange;
  exchange.command.emplace();
  exchange.command->verb = smtp::Verb::auth;
  exchange.command->name = "AUTH";
  exchange.command->argument = "PLAIN AGFsaWNlAGh1bnRlcjI=";
  CHECK(asked_words(exchange) == "AUTH");
  exchange.auth.emplace();
  exchange.auth->mechanism = "PLAIN";
  exchange.auth->user = "alice";
  CHECK(asked_words(exchange) == "AUTH PLAIN as alice");
}

}  // namespace smtpscope::findings
