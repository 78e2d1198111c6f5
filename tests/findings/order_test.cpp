// Packets that came within a few milliseconds may stand in the capture one way or the other: the
// findings, and their order, are the same.
#include "tests/findings/judged.hpp"
#include "tests/support/catch.hpp"

#include <string>

using namespace smtpscope;
using namespace smtpscope::findings;

namespace {

// Without the marks that change the order of packets.
std::string in_order(std::string script) {
  constexpr std::string_view mark = "swap\n";
  for (auto at = script.find(mark); at != std::string::npos; at = script.find(mark))
    script.erase(at, mark.size());
  return script;
}

struct Swapped {
  const char* name;
  std::string script;
  std::string ids;
};

const std::string opening =
    "connect\nS: 220 mx.example.com\nC: EHLO client.example.net\nS: 250-mx.example.com\nS: 250 "
    "SIZE 100\n";
const std::string envelope =
    "C: MAIL FROM:<alice@example.net>\nS: 250 ok\nC: RCPT TO:<bob@example.com>\nS: 250 ok\nC: "
    "DATA\nS: 354 go\n";
const std::string farewell = "C: QUIT\nS: 221 bye\nclose\n";

void require_same_findings(const Swapped& row) {
  DYNAMIC_SECTION(row.name) {
    const auto expected = judge(test::session_of(in_order(row.script)));
    const auto found = judge(test::session_of(row.script));
    INFO(texts_of(expected));
    INFO(texts_of(found));
    CHECK(ids_of(expected) == row.ids);
    CHECK(ids_of(found) == row.ids);
  }
}

}  // namespace

TEST_CASE("findings stand in the same order when packets do not") {
  const auto row = GENERATE(values<Swapped>({
      {"the reply before the end of the message that it refuses",
       opening + envelope + "C: one\\nline\nwait 1ms\nswap\nC: .\nwait 1ms\nS: 554 no\n" + farewell,
       "smtp.bare-lf delivery.refused"},
      {"the reply before a message of one packet",
       opening + envelope + "wait 1ms\nswap\nC: one\\nline\\r\\n.\nwait 1ms\nS: 554 no\n" +
           farewell,
       "smtp.bare-lf delivery.refused"},
      {"a reply among commands sent ahead",
       opening +
           "wait 1ms\nC: MAIL FROM:<alice@example.net>\nwait 1ms\nC: MAIL "
           "FROM:<alice@example.org>\n" +
           "wait 1ms\nswap\nC: DATA\nwait 1ms\nS: 250 ok\nS: 503 nested\nS: 503 no\n" + farewell,
       "smtp.bad-sequence smtp.pipelining-not-offered smtp.bad-sequence"},
  }));
  require_same_findings(row);
}

TEST_CASE("who closed, and what it had, is told when packets stand in another order") {
  const auto row = GENERATE(values<Swapped>({
      {"the client's FIN before the reply that it acknowledges",
       opening + envelope +
           "C: text\\r\\n.\nwait 1ms\nswap\nS: 250 ok\nwait 1ms\nC:fin\nS: 221 bye\nC:rst\n",
       "smtp.no-quit smtp.reply-without-command"},
      {"the server's RST before its FIN",
       opening + envelope + "C: text\nwait 1ms\nswap\nS:fin\nwait 1ms\nS:rst\n",
       "net.closed-early"},
      {"the 220 to STARTTLS before it, with a command sent behind it",
       "connect\nS: 220 mx.example.com\nC: EHLO client.example.net\nS: 250-mx.example.com\\r\\n250 "
       "STARTTLS\nwait 1ms\n"
       "swap\nC: STARTTLS\\r\\nRSET\nwait 1ms\nS: 220 go\nC: "
       "\\x16\\x03\\x01\\x00\\x05hello\\\nC:fin\nS:fin\n",
       "security.starttls-injection tls.hidden"},
  }));
  require_same_findings(row);
}
