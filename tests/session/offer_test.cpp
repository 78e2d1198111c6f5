#include "analyzer/session/offer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <string>

namespace smtpscope::session {
namespace {

const std::string greeted = "connect\nS: 220 mx.example.com ESMTP\n";
const std::string hello =
    "C: EHLO client.example.net\nS: 250-mx.example.com\nS: 250-PIPELINING\nS: 250 SIZE 1000\n";

// What is known to be offered to the last command, PIPELINING as "p", SIZE as "s": "-" where
// nothing is known.
std::string known_at_last(const std::string& script) {
  const Session session = test::session_of(script);
  const Offer* const offer = session.offers.at(session.exchanges.size() - 1);
  if (offer == nullptr) return "-";
  std::string known = offer->extended ? "e" : "h";
  if (offer->find("PIPELINING") != nullptr) known += 'p';
  if (offer->find("SIZE") != nullptr) known += 's';
  return known + (offer->under_tls ? "t" : "");
}

}  // namespace

TEST_CASE("the last accepted EHLO tells what is offered") {
  struct Row {
    const char* name;
    std::string script;
    const char* known;
  };
  const std::string noop = "C: NOOP\nS: 250 Ok\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"EHLO, the last line too", greeted + hello + noop, "eps"},
      {"nothing was asked", greeted + noop, "-"},
      {"the EHLO itself", greeted + hello, "-"},
      {"HELO offers nothing", greeted + "C: HELO c\nS: 250 mx\n" + noop, "h"},
      {"a refused EHLO changes nothing", greeted + hello + "C: EHLO x\nS: 501 no\n" + noop, "eps"},
      {"a new EHLO changes all", greeted + hello + "C: EHLO x\nS: 250-mx\nS: 250 SIZE\n" + noop,
       "es"},
      {"under TLS, behind a tap",
       greeted + hello + "C: STARTTLS\nS: 220 go\nC: EHLO x\nS: 250-mx\nS: 250 SIZE\n" + noop,
       "est"},
      {"TLS forgets", greeted + hello + "C: STARTTLS\nS: 220 go\n" + noop, "-"},
      {"XCLIENT forgets", greeted + hello + "C: XCLIENT ADDR=192.0.2.7\nS: 220 mx\n" + noop, "-"},
      {"the answer has a hole",
       greeted + "C: EHLO c\nS: 250-mx\ndrop\nS: 250-PIPELINING\nS: 250 SIZE 1\n" + noop, "-"},
      {"the capture began later", "midstream\n" + noop, "-"},
      {"the answer to EHLO never came", greeted + "C: EHLO c\n" + "C: NOOP\nclose\n", "-"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(known_at_last(row.script) == row.known); }
}

}  // namespace smtpscope::session
