#include "dissectors/smtp/parameter.hpp"
#include "dissectors/smtp/reference.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace smtpscope::smtp {
namespace {

struct Row {
  Verb verb;
  const char* keyword;
  std::string value;
  bool valid;
  std::string words;
};

}  // namespace

TEST_CASE("values of parameters: their form, and what they say") {
  const auto row = GENERATE(values<Row>({
      {Verb::mail, "SIZE", "2048", true, "2048 octets"},
      {Verb::mail, "SIZE", "1", true, "1 octet"},
      {Verb::mail, "SIZE", "", false, ""},
      {Verb::mail, "SIZE", "-1", false, ""},
      {Verb::mail, "SIZE", "123456789012345678901", false, ""},
      {Verb::mail, "BODY", "8bitmime", true, "text with octets above 127"},
      {Verb::mail, "BODY", "7BIT", true, "text of ASCII only"},
      {Verb::mail, "BODY", "BINARYMIME", true, "any octets, without lines"},
      {Verb::mail, "BODY", "9BIT", false, ""},
      {Verb::mail, "SMTPUTF8", "", true, "addresses and header may be in UTF-8"},
      {Verb::mail, "SMTPUTF8", "yes", false, ""},
      {Verb::mail, "AUTH", "<>", true, "who submitted it is not known, or not vouched for"},
      {Verb::mail, "AUTH", "e+3Dmc2@example.com", true, "submitted by e=mc2@example.com"},
      {Verb::mail, "AUTH", "", false, ""},
      {Verb::mail, "RET", "HDRS", true, "a report of failure brings back the header only"},
      {Verb::mail, "RET", "full", true, "a report of failure brings back the whole message"},
      {Verb::mail, "RET", "HDR", false, ""},
      {Verb::mail, "ENVID", "QQ314159", true, "reports name it QQ314159"},
      {Verb::mail, "ENVID", "a=b", false, ""},
      {Verb::mail, "ENVID", "a+4", false, ""},
      {Verb::mail, "ENVID", "a+4g", false, ""},
      {Verb::mail, "BY", "120;R", true, "to be delivered within 120 s, else to be returned"},
      {Verb::mail, "BY", "-5;nt", true,
       "to be delivered within -5 s, else the sender is told; each relay is reported"},
      {Verb::mail, "BY", "120", false, ""},
      {Verb::mail, "BY", "x;R", false, ""},
      {Verb::mail, "HOLDFOR", "3600", true, "to be held for 3600 s"},
      {Verb::mail, "HOLDFOR", "1h", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00Z", true,
       "to be held until 2026-11-23T09:00:00Z"},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00.5+01:00", true,
       "to be held until 2026-11-23T09:00:00.5+01:00"},
      {Verb::mail, "HOLDUNTIL", "2026-11-23t09:00:00-05:00", true,
       "to be held until 2026-11-23t09:00:00-05:00"},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00.", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00*05:00", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00+x5:00", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00+05-00", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00+05:x0", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026/11/23T09:00:00Z", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-2xT09:00:00Z", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00", false, ""},
      {Verb::mail, "HOLDUNTIL", "2026-11-23T09:00:00+0100", false, ""},
      {Verb::mail, "MT-PRIORITY", "-3", true, "priority -3 (-9 to 9, 0 is normal)"},
      {Verb::mail, "MT-PRIORITY", "10", false, ""},
      {Verb::mail, "REQUIRETLS", "", true, "TLS is demanded on the whole way"},
      {Verb::mail, "CONPERM", "", true, "the content may be converted"},
      {Verb::mail, "PRDR", "", true, "an answer for each recipient is wanted after the message"},
      {Verb::mail, "XVERP", "", true, "a bounce address of its own for each recipient"},
      {Verb::mail, "XVERP", "+=", true, "a bounce address of its own for each recipient"},
      {Verb::mail, "XVERP", "+", false, ""},
      {Verb::mail, "TRANSID", "<12345@example.net>", true, "a transfer that may be taken up again"},
      {Verb::mail, "TRANSID", "12345", false, ""},
      {Verb::rcpt, "NOTIFY", "NEVER", true, "no reports, whatever happens"},
      {Verb::rcpt, "NOTIFY", "SUCCESS,failure,DELAY", true, "report on success, failure, delay"},
      {Verb::rcpt, "NOTIFY", "NEVER,DELAY", false, ""},
      {Verb::rcpt, "NOTIFY", "DELAY,", false, ""},
      {Verb::rcpt, "NOTIFY", "", false, ""},
      {Verb::rcpt, "ORCPT", "rfc822;bob+2Btag@example.com", true,
       "first addressed to bob+tag@example.com"},
      {Verb::rcpt, "ORCPT", "utf-8;b\xc3\xb6rje@example.com", true,
       "first addressed to b\xc3\xb6rje@example.com"},
      {Verb::rcpt, "ORCPT", "bob@example.com", false, ""},
      {Verb::rcpt, "ORCPT", "rfc822;", false, ""},
      {Verb::rcpt, "RRVS", "2026-04-03T23:01:00Z", true,
       "only if the mailbox has had the same owner since 2026-04-03T23:01:00Z"},
      {Verb::rcpt, "RRVS", "2026-04-03T23:01:00Z;C", true,
       "only if the mailbox has had the same owner since 2026-04-03T23:01:00Z; else the mail goes "
       "on without that check"},
      {Verb::rcpt, "RRVS", "2026-04-03T23:01:00Z;R", true,
       "only if the mailbox has had the same owner since 2026-04-03T23:01:00Z"},
      {Verb::rcpt, "RRVS", "2026-04-03T23:01:00Z;X", false, ""},
      {Verb::rcpt, "RRVS", "yesterday", false, ""},
      {Verb::rcpt, "SIZE", "whatever", true, ""},
      {Verb::mail, "XUNHEARD", "of", true, ""},
  }));
  DYNAMIC_SECTION(row.keyword << '=' << row.value) {
    const Parameter parameter{row.keyword, row.value};
    CHECK(is_valid_value(row.verb, parameter) == row.valid);
    CHECK(parameter_words(row.verb, parameter) == row.words);
  }
}

TEST_CASE("each parameter stands once for its command and belongs to a keyword of EHLO") {
  const auto all = parameters();
  for (std::size_t at = 0; at < all.size(); ++at) {
    INFO(all[at].keyword);
    CHECK(find_parameter(all[at].verb, all[at].keyword) == &all[at]);
    CHECK(find_keyword(all[at].extension) != nullptr);
    CHECK_FALSE(all[at].rfc.empty());
    if (at > 0 && all[at - 1].verb == all[at].verb) CHECK(all[at - 1].keyword < all[at].keyword);
  }
  CHECK(find_parameter(Verb::rcpt, "SIZE") == nullptr);
}

TEST_CASE("the extension depends on the value of BODY") {
  CHECK(extension_of(Verb::mail, {"BODY", "8BITMIME"}) == "8BITMIME");
  CHECK(extension_of(Verb::mail, {"BODY", "binarymime"}) == "BINARYMIME");
  CHECK(extension_of(Verb::rcpt, {"NOTIFY", "NEVER"}) == "DSN");
  CHECK(extension_of(Verb::mail, {"XUNHEARD", ""}) == "XUNHEARD");
}

TEST_CASE("xtext") {
  CHECK(decode_xtext("a+2Bb") == "a+b");
  CHECK(decode_xtext("").value_or("x").empty());
  CHECK_FALSE(decode_xtext("a+2b"));
  CHECK_FALSE(decode_xtext("a b"));
  CHECK_FALSE(decode_xtext("+4"));
}

TEST_CASE("attributes of XCLIENT and XFORWARD") {
  const auto attributes = parse_attributes(
      "NAME=spike.example.org addr=192.0.2.7  HELO=[UNAVAILABLE] LOGIN=a+20b X +x=1");
  REQUIRE(attributes.size() == 6);
  CHECK(attributes[0].keyword == "NAME");
  CHECK(attributes[0].value == "spike.example.org");
  CHECK(attributes[1].keyword == "ADDR");
  CHECK(attributes[2].value == "[UNAVAILABLE]");
  CHECK(attributes[3].value == "a b");
  CHECK(attributes[4].keyword == "X");
  CHECK(attributes[4].value.empty());
  CHECK(parse_attributes(" \t ").empty());
}

}  // namespace smtpscope::smtp
