#include "tests/findings/judged.hpp"

namespace smtpscope::findings {
namespace {

std::string hello_as(const std::string& line, const std::string& reply = "250 mx.example.com") {
  return greeted + "C: " + line + "\nS: " + reply + "\n" + quit;
}

}  // namespace

TEST_CASE("smtp.helo-invalid: a name that others cannot use") {
  require_case(GENERATE(values<Case>({
      {"localhost", hello_as("EHLO localhost"), "smtp.helo-invalid",
       "The client named itself \"localhost\" in EHLO, which names no host that others could know; "
       "the server took it."},
      {"localhost.localdomain", hello_as("HELO localhost.localdomain"), "smtp.helo-invalid"},
      {"bare IPv4", hello_as("EHLO 192.0.2.10"), "smtp.helo-invalid",
       "is an IP address without its brackets"},
      {"bare IPv6", hello_as("EHLO 2001:db8::1"), "smtp.helo-invalid",
       "is an IP address without its brackets"},
      {"no dot", hello_as("EHLO laptop"), "smtp.helo-invalid", "has no dot"},
      {"the server's own name", hello_as("EHLO MX.example.com"), "smtp.helo-invalid",
       "is the server's own name"},
      {"a blank label", hello_as("EHLO client..example.net"), "smtp.helo-invalid",
       "is no domain name"},
      {"an underscore", hello_as("EHLO my_pc.example.net"), "smtp.helo-invalid",
       "is no domain name"},
      {"a broken literal", hello_as("EHLO [192.0.2]"), "smtp.helo-invalid",
       "is no address literal"},
      {"an IPv6 literal without its tag", hello_as("EHLO [2001:db8::1]"), "smtp.helo-invalid"},
      {"each name once", greeted + "C: EHLO laptop\nS: 250 mx\nC: HELO laptop\nS: 250 mx\n" + quit,
       "smtp.helo-invalid"},
  })));
}

TEST_CASE("smtp.helo-invalid: near misses") {
  require_case(GENERATE(values<Case>({
      {"a domain", hello_as("EHLO client.example.net"), ""},
      {"digits and hyphens", hello_as("EHLO ip-192-0-2-10.dyn.example.net"), ""},
      {"an IPv4 literal", hello_as("EHLO [192.0.2.10]"), ""},
      {"an IPv6 literal", hello_as("EHLO [IPv6:2001:db8::1]"), ""},
      {"a general literal", hello_as("EHLO [tag:content]"), ""},
      {"the name of the server's domain only", hello_as("EHLO example.com"), ""},
      {"no name is bad syntax", hello_as("EHLO", "501 5.5.4 Syntax: EHLO hostname"),
       "smtp.bad-syntax"},
      {"the same host",
       "connect client=192.0.2.9:40000 server=192.0.2.9:25\nS: 220 mx.example.com\nC: EHLO "
       "mx.example.com\nS: 250 mx\n" +
           quit,
       ""},
  })));
}

TEST_CASE("smtp.helo-invalid is a note where nobody minds") {
  const auto script =
      "connect port=587\nS: 220 mx.example.com ESMTP\nC: EHLO laptop\nS: 250 mx.example.com\n" +
      quit;
  const auto findings = judge(test::session_of(script));
  REQUIRE(ids_of(findings) == "smtp.helo-invalid");
  CHECK(severity_of(findings.front()) == Severity::note);
  const auto refused = judge(test::session_of(
      "connect port=587\nS: 220 mx.example.com\nC: EHLO laptop\nS: 550 no\n" + quit));
  REQUIRE(ids_of(refused) == "smtp.helo-invalid");
  CHECK(severity_of(refused.front()) == Severity::warning);
}

TEST_CASE("smtp.downgrade-to-helo") {
  require_case(GENERATE(values<Case>({
      {"EHLO refused, then HELO",
       greeted +
           "C: EHLO client.example.net\nS: 502 5.5.1 no\nC: HELO client.example.net\nS: 250 mx\n" +
           quit,
       "smtp.downgrade-to-helo",
       "The server refused EHLO (502 5.5.1 no), and the client went back to HELO"},
      {"HELO alone is no downgrade", hello_as("HELO client.example.net"), ""},
      {"EHLO taken, then HELO",
       greeted + "C: EHLO client.example.net\nS: 250 mx\nC: HELO client.example.net\nS: 250 mx\n" +
           quit,
       ""},
      {"EHLO refused, then taken",
       greeted +
           "C: EHLO client.example.net\nS: 421 later\nC: EHLO client.example.net\nS: 250 mx\n" +
           quit,
       "smtp.legacy-code"},
  })));
}

TEST_CASE("smtp.no-ehlo-after-tls: seen where a tap decrypts") {
  const std::string tls =
      greeted + "C: EHLO client.example.net\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n";
  require_case(GENERATE_COPY(values<Case>({
      {"MAIL at once", tls + "C: MAIL FROM:<alice@example.org>\nS: 503 5.5.1 EHLO first\n" + quit,
       "smtp.no-ehlo-after-tls delivery.refused",
       "The first command after STARTTLS is MAIL FROM:<alice@example.org>, and not EHLO"},
      {"EHLO again", tls + "C: EHLO client.example.net\nS: 250 mx\n" + quit,
       "security.plaintext-after-tls"},
      {"HELO", tls + "C: HELO client.example.net\nS: 250 mx\n" + quit,
       "security.plaintext-after-tls"},
      {"nothing but QUIT", tls + quit, ""},
      {"STARTTLS refused",
       greeted +
           "C: EHLO client.example.net\nS: 250-mx\nS: 250 STARTTLS\nC: STARTTLS\nS: 454 no\nC: "
           "MAIL "
           "FROM:<alice@example.org>\nS: 250 Ok\n" +
           quit,
       "security.starttls-refused"},
  })));
}

TEST_CASE("smtp.client-override") {
  const std::string offered = greeted +
                              "C: EHLO client.example.net\nS: 250-mx\nS: 250-XFORWARD NAME "
                              "ADDR\nS: 250 XCLIENT NAME ADDR\n";
  require_case(GENERATE_COPY(values<Case>({
      {"XCLIENT",
       offered + "C: XCLIENT NAME=host.example.org ADDR=203.0.113.9\nS: 220 mx.example.com\n" +
           quit,
       "smtp.client-override",
       "The client 192.0.2.10 speaks for another client by XCLIENT: NAME \"host.example.org\" and "
       "ADDR "
       "\"203.0.113.9\"; the server answered 220 mx.example.com."},
      {"XFORWARD, in xtext", offered + "C: XFORWARD NAME=a+20b\nS: 250 2.0.0 Ok\n" + quit,
       "smtp.client-override", "NAME \"a b\""},
      {"offered, not used", offered + quit, ""},
  })));
}

}  // namespace smtpscope::findings
