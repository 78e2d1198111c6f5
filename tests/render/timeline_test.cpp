#include "analyzer/render/timeline.hpp"

#include "analyzer/findings/wording.hpp"
#include "analyzer/render/escape.hpp"
#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

namespace smtpscope::test {
namespace {

using render::Color;
using render::Level;
using render::TextOptions;

// The first line that contains `words`; empty if none does.
std::string line_with(const std::string& text, std::string_view words) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(words) != std::string::npos) return line;
  }
  return {};
}

bool shows(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

std::size_t place_of(const std::string& text, std::string_view words) { return text.find(words); }

void require_narrow(const std::string& text, std::size_t width) {
  for (const std::string& line : lines_of(without_colour(text))) {
    if (render::display_width(std::string_view(line)) > width)
      FAIL("wider than " << width << ": " << line);
  }
}

}  // namespace

TEST_CASE("the timeline of a refused mail") {
  CHECK(text_of(refused()) ==
        R"(#1  client.example.net (192.0.2.10:40000) -> mx.example.com (198.51.100.25:25)   smtp/mx
    2026-01-02 03:04:05.000000 UTC   0.140 s   15 frames (1-15)   89 octets ->, 129 <-
    REJECTED (userunknown): 550 5.1.1 No such user (frame 10)

   time/s     wait
    0.020           === connected, round trip 20 ms
    0.030    10 ms  <-  220 mx.example.com ESMTP                        ready
    0.040            -> EHLO client.example.net                         greets, asks for extensions
    0.050    10 ms  <-  250 mx.example.com                              welcome
    0.060            -> MAIL FROM:<alice@example.net>                   opens a mail: the sender
    0.070    10 ms  <-  250 2.1.0 Ok                                    sender accepted
    0.080            -> RCPT TO:<bob@example.com>                       a recipient
    0.090    10 ms  <** 550-5.1.1 No such user
                    <** 550 5.1.1 Ask the postmaster
                        The recipient is refused: no such mailbox, relaying denied, or a policy forbids it. 5.1.1: The domain takes mail, but has no mailbox of this name.
                    *** error: delivery.refused: The server refused bob@example.com.
                        )" +
            std::string(findings::info(findings::RuleId::delivery_refused).meaning) + R"(
    0.100            -> QUIT                                            takes its leave
    0.110    10 ms  <-  221 2.0.0 Bye                                   goodbye
    0.120           === the client closes (FIN)

  mail        from alice@example.net
              to bob@example.com  rejected  550 5.1.1, frame 10, userunknown
  verdict     REJECTED  userunknown; for good; it lies with the recipient; frame 10
              The server refused the only recipient.
  reply       550 5.1.1 No such user
  what to do  Check the address.

)");
}

TEST_CASE("waits of a second and more stand out, those for nobody's reply as well") {
  const std::string text = text_of(delivered());
  CHECK(line_with(text, "<-  250 2.1.5").find(" 2.00 s! <-") != std::string::npos);
  CHECK(line_with(text, "<-  250 2.1.0").find("10 ms  <-") != std::string::npos);
  const std::string idle =
      text_of(told_of("connect\nS: 220 mx\nwait 90s\nC: QUIT\nwait 3s\nS: 221 Bye\nclose"));
  CHECK(shows(line_with(idle, "QUIT"), "90.0 s!"));
  CHECK(shows(line_with(idle, "221 Bye"), "3.00 s!"));
}

TEST_CASE("a proxy in front is told in the head") {
  CHECK(shows(text_of(told_of(
                  "connect\nC: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25\nS: 220 mx\nclose")),
              "    via PROXY v1 for 203.0.113.7:4444 to 198.51.100.25:25\n"));
  CHECK(shows(text_of(told_of("connect\nC: PROXY UNKNOWN\nS: 220 mx\nclose")),
              "    via PROXY v1, which names no client\n"));
  CHECK(shows(
      text_of(told_of(
          "connect port=3128\nC: CONNECT mx.example.com:25 HTTP/1.1\\r\\n\nS: HTTP/1.1 403 No\\r\\n\nclose")),
      "    via HTTP CONNECT to mx.example.com:25, refused\n"));
}

TEST_CASE("tunnels, and packets captured twice, are told in the head") {
  Told told = told_of("connect\nS: 220 mx\nclose");
  CHECK_FALSE(shows(text_of(told), "via"));
  CHECK_FALSE(shows(text_of(told), "captured twice"));
  told.session.via.enter(net::TunnelKind::gre);
  told.session.via.enter(net::TunnelKind::vxlan, 42);
  told.session.duplicates = 3;
  CHECK(line_with(text_of(told), "#1").ends_with("   smtp/mx   via gre, vxlan 42"));
  CHECK(shows(text_of(told), " frames (1-7) and 3 captured twice   "));
}

TEST_CASE("accepted messages that are left out have a row in their place, and are counted") {
  Told told = refused();
  session::LeftOut left_out;
  left_out.before = 2;  // MAIL
  left_out.exchanges = 160;
  left_out.transactions = left_out.recipients = 40;
  left_out.first.time = left_out.last.time = told.session.start + std::chrono::milliseconds(55);
  told.session.left_out.push_back(left_out);
  const std::string text = text_of(told);
  const std::string row =
      "    0.055           --- 40 messages, accepted without a flaw, are not kept (160 exchanges)";
  CHECK(shows(text, row));
  CHECK(place_of(text, "welcome") < place_of(text, row));
  CHECK(place_of(text, row) < place_of(text, "MAIL FROM"));
}

TEST_CASE("levels") {
  const Told told = delivered();
  SECTION("dialogue folds what a friendly server says") {
    const std::string text = text_of(told);
    CHECK(shows(text, "<-  250 mx.example.com: PIPELINING, SIZE 10240000\n"));
    CHECK_FALSE(shows(text, " frame    time"));
  }
  SECTION("full shows each line, frames and packets") {
    const std::string text = text_of(told, {.level = Level::full});
    INFO(text);
    CHECK(shows(text, "<-  250-mx.example.com"));
    CHECK(shows(text, "<-  250-PIPELINING\n"));
    CHECK(shows(text, "<-  250 SIZE 10240000\n"));
    CHECK(shows(line_with(text, "-> EHLO"), "     5     0.040"));
    CHECK(shows(text, " frame    time"));
    CHECK(shows(text, "client: 11 packets, 163 octets\n"));
  }
  SECTION("summary is a row") {
    CHECK(lines_of(text_of(told, {.level = Level::summary})).size() == 1);
  }
}

TEST_CASE("long friendly replies that list nothing are counted, refusals are never shortened") {
  const std::string text = text_of(
      told_of("connect\nS: 220-mx.example.com ESMTP\\r\\n220-No spam\\r\\n220 please\nC: HELP\n"
              "S: 502-5.5.1 no\\r\\n502-5.5.1 help\\r\\n502 5.5.1 here"));
  CHECK(shows(text, "<-  220 mx.example.com ESMTP (and 2 more lines)"));
  CHECK(shows(text, "<** 502-5.5.1 no\n"));
  CHECK(shows(text, "<** 502-5.5.1 help\n"));
  CHECK(shows(text, "<** 502 5.5.1 here\n"));
}

TEST_CASE("a message is one row, with its subject") {
  const std::string text = text_of(delivered());
  INFO(text);
  CHECK(shows(text, " -> (57 octets of message in 2 packets, 10 ms)\n"));
  CHECK(shows(text, "Subject: lunch\n"));
  CHECK(shows(text, "Message-ID: <1@example.net>\n"));
  CHECK(place_of(text, "octets of message") < place_of(text, "-> .  "));
}

TEST_CASE("of a message of several chunks, each tells what it brought") {
  const std::string begin =
      "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: MAIL FROM:<a@example.net>\nS: 250 Ok\n"
      "C: RCPT TO:<b@example.com>\nS: 250 Ok\nC: BDAT 16\\r\\nSubject: x\\r\\n\\r\\nte\\\nS: 250 Ok\n";
  const std::string two = text_of(told_of(begin + "C: BDAT 2 LAST\\r\\nxt\\\nS: 250 Ok\n"));
  INFO(two);
  CHECK(shows(two, " -> (16 octets of message in 1 packet; not complete)\n"));
  CHECK(shows(two, " -> (2 octets more of the message; 18 in all)\n"));
  CHECK(two.find("Subject: x") == two.rfind("Subject: x"));
  const std::string empty = text_of(told_of(begin + "C: BDAT 0 LAST\nS: 250 Ok\n"));
  INFO(empty);
  CHECK(empty.find("octets of message") == empty.rfind("octets of message"));
  CHECK_FALSE(shows(empty, "more of the message"));
  const std::string again =
      text_of(told_of(begin + "C: RSET\nS: 250 Ok\nC: MAIL FROM:<a@example.net>\nS: 250 Ok\n"
                              "C: BDAT 4 LAST\\r\\nnext\\\nS: 503 no\n"));
  INFO(again);
  CHECK(shows(again, " -> (4 octets of message in 1 packet)\n"));
}

TEST_CASE("a message that never ended is told, too") {
  const std::string text = text_of(
      told_of("connect\nS: 220 mx\nC: HELO c\nS: 250 mx\nC: MAIL FROM:<a@example.net>\nS: 250 Ok\n"
              "C: RCPT TO:<b@example.com>\nS: 250 Ok\nC: DATA\nS: 354 Go\nC: Subject: x\nS:rst"));
  CHECK(shows(text, "; not complete)"));
  CHECK(shows(text, "=== the server breaks the connection off (RST)"));
}

TEST_CASE("what is not there is told") {
  struct Row {
    const char* name;
    const char* script;
    const char* shows;
  };
  const auto row = GENERATE(values<Row>({
      {"refused", "refuse", "*** connection refused: SYN is answered by RST"},
      {"one SYN", "syn", "*** no answer to 1 SYN\n"},
      {"three SYNs", "syn\nwait 1s\nsyn\nwait 2s\nsyn",
       "*** no answer to 3 SYNs, the last one after 3.0 s"},
      {"the middle", "midstream\nC: NOOP\nS: 250 Ok",
       "=== the connection began before the capture"},
      {"no reply", "connect\nS: 220 mx\nC: NOOP\nC:rst",
       "<** (no reply: the connection ended first)"},
      {"no reply yet", "connect\nS: 220 mx\nC: NOOP", "--- no reply before the capture ends"},
      {"still open", "connect\nS: 220 mx", "=== the capture ends, the connection is open"},
      {"no reply line", "connect\nS: HTTP/1.1 400\nS: 220 mx", "<** HTTP/1.1 400"},
      {"a gap",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: NOOP\ndrop\nS: 250 Ok\nC: QUIT\nS: 221 "
       "Bye\nclose",
       "--- 8 octets of the server are not in the capture"},
      {"pipelined",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: NOOP\nC: QUIT\nS: 250 Ok\nS: 221 Bye\nclose",
       "takes its leave, pipelined"},
      {"a login",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\n"
       "S: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 Ok",
       "asks: Username:"},
      {"a login given up",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: *\n"
       "S: 501 Ok",
       "gives the login up"},
  }));
  DYNAMIC_SECTION(row.name) {
    const std::string text = text_of(told_of(row.script));
    INFO(text);
    CHECK(shows(text, row.shows));
  }
}

TEST_CASE("a rule across the page where TLS hides the rest, and its finding under it") {
  Told told = told_of(
      "connect\nS: 220 mx\nC: EHLO c\nS: 250-mx\\r\\n250 STARTTLS\nC: STARTTLS\nS: 220 Go\n"
      "C: \\x16\\x03\\x01\\x00\\x02ab\\\nwait 3s\nS: \\x16\\x03\\x03\\x00\\x03abc\\\nclose");
  told.findings.push_back(
      {findings::RuleId::tls_hidden, "All is hidden.", {told.session.tls->first.value()}, 2});
  const std::string text = text_of(told, {.width = 100});
  const std::string rule = line_with(text, "~~~~");
  CHECK(
      rule.starts_with("~~~~ TLS hides the rest: from frame 9 on, 3.0 s, 7 octets ->, 8 <- ~~~~"));
  CHECK(rule.ends_with("~~~~"));
  CHECK(place_of(text, "220 Go") < place_of(text, "~~~~"));
  CHECK(place_of(text, "~~~~") < place_of(text, "All is hidden."));
  CHECK(place_of(text, "All is hidden.") < place_of(text, "closes (FIN)"));
}

TEST_CASE("gaps of a side are one row where they lie; gaps inside TLS hide nothing more") {
  Told told = refused();
  const Origin origin{7, told.session.start};
  const auto gap = [&](Side side, std::uint64_t octets, std::size_t before) {
    return session::GapFact{side, 0, octets, GapCause::acknowledged, origin, before, false};
  };
  told.session.gaps = {gap(Side::client, 10, 2), gap(Side::client, 5, 2), gap(Side::server, 7, 2)};
  const std::string text = text_of(told);
  CHECK(shows(text, "--- 15 octets of the client are not in the capture (2 gaps)"));
  CHECK(shows(text, "--- 7 octets of the server are not in the capture\n"));
  CHECK(place_of(text, "-> EHLO") < place_of(text, "--- 15 octets"));
  CHECK(place_of(text, "--- 15 octets") < place_of(text, "-> MAIL"));
  for (session::GapFact& each : told.session.gaps) each.hidden_by_tls = true;
  CHECK_FALSE(shows(text_of(told), "not in the capture"));
}

TEST_CASE("the deciding reply stands once in the verdict") {
  Told told = refused();
  CHECK(shows(text_of(told), "  reply       550 5.1.1 No such user\n"));
  told.verdict.text = "bob@example.com was refused: 550 5.1.1 No such user.";
  CHECK_FALSE(shows(text_of(told), "  reply  "));
}

TEST_CASE("findings stand under the row that they are about") {
  Told told = refused();
  const auto& exchanges = told.session.exchanges;
  told.findings.push_back(
      {findings::RuleId::smtp_bad_syntax, "MAIL is odd.", {exchanges.at(2).command->origin}, 2});
  told.findings.push_back(
      {findings::RuleId::capture_midstream, "About the start.", {Origin{1, told.session.start}}});
  told.findings.push_back(
      {findings::RuleId::smtp_no_quit, "About the end.", {*told.session.transport.fin[0]}});
  told.findings.push_back(
      {findings::RuleId::net_asymmetric, "About frame 7.", {Origin{7, told.session.start}}});
  const std::string text = text_of(told);
  INFO(text);
  CHECK(place_of(text, "-> EHLO") < place_of(text, "About frame 7."));
  CHECK(place_of(text, "About frame 7.") < place_of(text, "RCPT"));
  CHECK(place_of(text, "connected") < place_of(text, "About the start."));
  CHECK(place_of(text, "About the start.") < place_of(text, "220 mx"));
  CHECK(place_of(text, "250 2.1.0 Ok") < place_of(text, "MAIL is odd."));
  CHECK(place_of(text, "MAIL is odd.") < place_of(text, "RCPT"));
  CHECK(place_of(text, "the client closes") < place_of(text, "About the end."));
  CHECK(shows(text, "**> MAIL FROM"));  // the finding is about the client's line
  CHECK(shows(text, "=== note: smtp.no-quit: About the end."));
}

TEST_CASE(
    "a finding does not repeat the reply that stands above it, nor is the reply explained twice") {
  Told told = refused();
  const smtp::Reply& reply = told.session.exchanges.at(3).replies.at(0);
  told.findings.at(0).text = "Refused: " + findings::reply_words(reply) + ". There is none.";
  const std::string text = text_of(told);
  INFO(text);
  CHECK(shows(text, "delivery.refused: Refused. There is none.\n"));
  CHECK_FALSE(shows(text, "The recipient is refused:"));
  CHECK(shows(json_of(told), told.findings.at(0).text));
  told.findings.at(0).exchange = session::no_exchange;  // then it stands somewhere else
  CHECK(shows(text_of(told), told.findings.at(0).text));
}

TEST_CASE("each finding is shown, wherever its evidence lies, and its meaning once") {
  Told told = delivered();
  told.findings.clear();
  std::size_t number = 0;
  for (const findings::RuleInfo& rule : findings::catalogue()) {
    for (const std::size_t exchange :
         {std::size_t{0}, std::size_t{3}, session::no_exchange, std::size_t{999}}) {
      for (const std::uint64_t frame : {0U, 1U, 9U, 999U}) {
        told.findings.push_back({rule.id,
                                 "Number " + std::to_string(++number) + ".",
                                 {Origin{frame, told.session.start}},
                                 exchange});
      }
    }
  }
  for (const bool is_hidden : {false, true}) {
    if (is_hidden) {
      told.session.tls.emplace();
      told.session.tls->first = told.session.exchanges.at(2).command->origin;
    }
    const std::string text = text_of(told);
    for (std::size_t i = 1; i <= number; ++i) {
      if (!shows(text, ": Number " + std::to_string(i) + ".\n"))
        FAIL_CHECK("finding " << i << " is not shown");
    }
    const auto lines = lines_of(text);
    for (const findings::RuleInfo& rule : findings::catalogue()) {
      CHECK(std::ranges::count(lines, std::string(24, ' ') + std::string(rule.meaning)) == 1);
    }
  }
}

TEST_CASE("an alert behind what TLS said stands behind it") {
  Told told = delivered();
  auto& exchanges = told.session.exchanges;
  for (std::size_t i = 2; i < exchanges.size(); ++i) exchanges[i].encrypted = true;
  told.session.tls.emplace();
  told.session.tls->first = exchanges.at(1).command->origin;
  told.session.tls->decrypted = true;
  told.session.tls_seen.emplace();
  constexpr std::uint8_t fatal = 2, unexpected_message = 10;
  told.session.tls_seen->facts.alerts.push_back({Side::client, fatal, unexpected_message,
                                                 tls::Step::finished,
                                                 exchanges.back().command->origin});
  const std::string text = text_of(told);
  REQUIRE(shows(text, "the client's alert: unexpected_message"));
  CHECK(place_of(text, "TLS begins") < place_of(text, "MAIL FROM"));
  CHECK(place_of(text, "-> QUIT") < place_of(text, "the client's alert"));
  CHECK(place_of(text, "the client's alert") < place_of(text, "closes (FIN)"));
}

TEST_CASE("the words of a reply are explained once") {
  const std::string text = text_of(
      told_of("connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: MAIL FROM:<a@example.net>\nS: 250 Ok\n"
              "C: RCPT TO:<b@example.com>\nS: 550 no\nC: RCPT TO:<c@example.com>\nS: 550 no\nC: "
              "QUIT\nS: 221 Bye\nclose"));
  const std::string meaning = "The recipient is refused";
  CHECK(place_of(text, meaning) != std::string::npos);
  CHECK(text.find(meaning, place_of(text, meaning) + 1) == std::string::npos);
}

TEST_CASE("on a terminal no line is too wide, and no word of a refusal is lost") {
  Told told = refused();
  smtp::Reply& reply = told.session.exchanges.at(3).replies.at(0);
  reply.text = {"5.1.1 " + std::string(200, 'x'),
                "5.1.1 日本語の説明は長いので折り返さなければならない。 " + std::string(50, 'y')};
  told.session.helo = "長い名前の例え.example.net";
  told.findings.at(0).text =
      "The server refused 日本語@example.com, " + std::string(150, 'z') + ", for good.";
  told.verdict.advice = "見てください " + std::string(90, 'w');
  for (const Level level : {Level::dialogue, Level::full, Level::summary}) {
    for (std::size_t width = 1; width <= 200; ++width) {
      const std::string text =
          text_of(told, {.level = level, .color = Color::always, .width = width});
      require_narrow(text, std::max(width, render::Page::width_min));
      if (level == Level::summary) continue;
      std::string squeezed = without_colour(text);
      std::erase_if(squeezed, [](char c) { return c == '\n' || c == ' '; });
      CHECK(shows(squeezed, std::string(200, 'x')));
      CHECK(shows(squeezed,
                  "日本語の説明は長いので折り返さなければならない。" + std::string(50, 'y')));
    }
  }
}

TEST_CASE("without a width nothing is wrapped") {
  Told told = refused();
  told.session.exchanges.at(3).replies.at(0).text = {std::string(5000, 'x')};
  CHECK(shows(line_with(text_of(told), "<** 550 xxx"), std::string(5000, 'x')));
}

TEST_CASE("rows keep their columns with wide characters") {
  Told told = refused();
  told.session.exchanges.at(1).command->argument = "日本語";
  const std::string text = text_of(told);
  const std::string wide = line_with(text, "日本語  ");
  const std::string narrow = line_with(text, "RCPT TO");
  const auto column = [](const std::string& line, std::string_view gloss) {
    return render::display_width(std::string_view(line).substr(0, line.find(gloss)));
  };
  CHECK(column(wide, "greets") == column(narrow, "a recipient"));
  // Recipients of a transaction stand in columns as well.
  auto& recipients = told.session.transactions.at(0).recipients;
  recipients.push_back(recipients.front());
  recipients.back().address = "日本@example.com";
  const std::string both = text_of(told);
  CHECK(column(line_with(both, "to bob@"), "rejected") ==
        column(line_with(both, "to 日本@"), "rejected"));
}

TEST_CASE("colour changes nothing but the colour") {
  for (const Level level : {Level::summary, Level::dialogue, Level::full}) {
    for (const std::size_t width : {std::size_t{0}, std::size_t{80}}) {
      const std::string coloured =
          text_of(refused(), {.level = level, .color = Color::always, .width = width});
      CHECK(shows(coloured, "\x1b["));
      CHECK(without_colour(coloured) == text_of(refused(), {.level = level, .width = width}));
    }
  }
}

TEST_CASE("no line ends in blanks, the session in an empty line") {
  for (const Level level : {Level::dialogue, Level::full}) {
    const std::string text = text_of(refused(), {.level = level});
    CHECK(text.ends_with("\n\n"));
    for (const std::string& line : lines_of(text)) CHECK_FALSE(line.ends_with(' '));
  }
}

TEST_CASE("the file is named where there are several") {
  CHECK_FALSE(shows(text_of(refused()), "script"));
  CHECK(shows(text_of(refused(), {.file_name = TextOptions::FileName::show}), "    file script\n"));
}

TEST_CASE("LMTP: a reply that agrees is no odd one because another refuses") {
  Told told = told_of(
      "connect port=24\nS: 220 store\nC: LHLO c\nS: 250 store\nC: MAIL FROM:<>\nS: 250 Ok\n"
      "C: RCPT TO:<a@example.com>\nS: 250 Ok\nC: RCPT TO:<b@example.com>\nS: 250 Ok\nC: DATA\nS: "
      "354 Go\n"
      "C: x\nC: .\nS: 250 saved a\nS: 552 5.2.2 full b\nC: QUIT\nS: 221 Bye\nclose");
  const std::size_t dot = 6;
  told.findings.push_back({findings::RuleId::delivery_refused,
                           "b is refused.",
                           {told.session.exchanges.at(dot).replies.at(1).origin},
                           dot});
  const std::string text = text_of(told);
  CHECK(shows(text, "<-  250 saved a"));
  CHECK(shows(text, "<** 552 5.2.2 full b"));
}

TEST_CASE("a session of very many lines and findings takes its time, and no more") {
  Told told = delivered();
  const smtp::Exchange rcpt = told.session.exchanges.at(3);
  for (int i = 0; i < 20'000; ++i) {
    told.session.exchanges.push_back(rcpt);
    told.findings.push_back({findings::RuleId::smtp_bad_syntax,
                             "odd",
                             {rcpt.command->origin},
                             told.session.exchanges.size() - 1});
  }
  CHECK(lines_of(text_of(told)).size() > 60'000);
}

}  // namespace smtpscope::test
