#include "analyzer/delivery/reply_text.hpp"
#include "tests/support/catch.hpp"

#include <string>

namespace smtpscope::delivery {
namespace {

std::string codes_of(const ReplyText& reply) {
  std::string codes = reply.code() == 0 ? std::string("-") : std::to_string(reply.code());
  if (const auto& code = reply.enhanced()) {
    codes += ' ' + std::to_string(code->class_digit) + '.' + std::to_string(code->subject) + '.' +
             std::to_string(code->detail);
  }
  return codes;
}

}  // namespace

TEST_CASE("codes of a reply, and its text without what differs from mail to mail") {
  struct Row {
    const char* name;
    std::string_view reply;
    std::string_view codes;
    std::string_view text;
  };
  const auto row = GENERATE(values<Row>({
      {"small letters", "550 5.1.1 User UNKNOWN", "550 5.1.1", "user unknown"},
      {"no enhanced code", "550 User unknown", "550", "user unknown"},
      {"only an enhanced code", "5.4.1 Access denied", "- 5.4.1", "access denied"},
      {"no code at all", "User unknown", "-", "user unknown"},
      {"nothing", "", "-", ""},
      {"a code alone", "550", "550", ""},
      {"a code that is none", "999 no", "-", "999 no"},
      {"a number of four digits", "5501 no", "-", "5501 no"},
      {"several lines", "550-5.1.1 no\n550-5.1.1 such\n550 5.1.1 user", "550 5.1.1",
       "no such user"},
      {"CR LF", "550-no\r\n550 user\r\n", "550", "no user"},
      {"lines with another code are text", "550-no\n250 user", "550", "no 250 user"},
      {"lines without a code", "550 no\nsuch\nuser", "550", "no such user"},
      {"an empty line in between", "550-5.7.26 no\n550-5.7.26\n550 5.7.26 user", "550 5.7.26",
       "no user"},
      {"white space", "550  5.1.1 \t no \t user ", "550 5.1.1", "no user"},
      {"control characters", std::string_view("550 no\0\x07\x1b user", 14), "550", "no user"},
      {"a colon behind the enhanced code", "550 5.7.1: no", "550 5.7.1", ": no"},
      {"an enhanced code and nothing else", "550 5.7.1", "550 5.7.1", ""},
      {"of the second line", "550-no\n550 5.7.1 user", "550 5.7.1", "no user"},
      {"a longer version is no enhanced code", "550 5.7.1.2.3 no", "550", "5.7.1.2.3 no"},
      {"in brackets", "550 no (#5.1.1)", "550 5.1.1", "no (#5.1.1)"},
      {"behind a sign", "550 #5.1.0 Address rejected.", "550 5.1.0", "#5.1.0 address rejected."},
      {"with the code", "550 no [550 5.7.1]", "550 5.7.1", "no [550 5.7.1]"},
      {"at the end of a sentence", "550 this is 5.1.1.", "550 5.1.1", "this is 5.1.1."},
      {"inside, of another class", "450 no (#5.1.1)", "450", "no (#5.1.1)"},
      {"inside, the first of that class", "550 4.2.0 5.2.1 no (5.1.1)", "550 4.2.0",
       "5.2.1 no (5.1.1)"},
      {"a version inside is none", "550 postfix 5.1.1a and v5.1.2", "550",
       "postfix 5.1.1a and v5.1.2"},
      {"a host inside is none", "550 from 5.1.1.example.com", "550", "from 5.1.1.example.com"},
  }));
  DYNAMIC_SECTION(row.name) {
    ReplyText reply;
    reply.read(row.reply);
    CHECK(codes_of(reply) == row.codes);
    CHECK(reply.text() == row.text);
  }
}

TEST_CASE("addresses in a reply") {
  struct Row {
    const char* name;
    std::string_view reply;
    std::string_view text;
    std::string_view address;
    std::string_view ip;
  };
  const auto row = GENERATE(values<Row>({
      {"in brackets", "<virus@Example.com>: User unknown", "@: user unknown", "virus@Example.com",
       ""},
      {"without", "no bob@example.com here", "no @ here", "bob@example.com", ""},
      {"the first one is kept", "a@example.com b@example.net", "@ @", "a@example.com", ""},
      {"behind a colon", "user:bob@example.com", "user:@", "bob@example.com", ""},
      {"before three points", "<bob@example.com>... no", "@... no", "bob@example.com", ""},
      {"without brackets before them", "bob@example.com... no", "@... no", "bob@example.com", ""},
      {"and no blank", "bob@example.com...no", "@...no", "bob@example.com", ""},
      {"at the end of a sentence", "to bob@example.com.", "to @.", "bob@example.com", ""},
      {"a comma", "bob@example.com, no", "@, no", "bob@example.com", ""},
      {"in parentheses", "(bob@example.com)", "(@)", "bob@example.com", ""},
      {"odd letters", "<a+b=c/d!e@x.example.com>", "@", "a+b=c/d!e@x.example.com", ""},
      {"quoted", "<\"bob b\"@example.com> no", "@ no", "\"bob b\"@example.com", ""},
      {"a literal", "<bob@[192.0.2.1]> no", "@ no", "bob@[192.0.2.1]", ""},
      {"UTF-8",
       "<b\xc3\xb6"
       "b@ex\xc3\xa4mple.com> no",
       "@ no",
       "b\xc3\xb6"
       "b@ex\xc3\xa4mple.com",
       ""},
      {"no local part", "@example.com", "@example.com", "", ""},
      {"no domain", "bob@ no", "bob@ no", "", ""},
      {"two signs", "a@b@c.example", "@@c.example", "a@b", ""},
      {"v4", "client [192.0.2.1] blocked", "client % blocked", "", "192.0.2.1"},
      {"v4 without brackets", "ip=192.0.2.1, blocked", "ip=%, blocked", "", "192.0.2.1"},
      {"v4 at the end of a sentence", "from 192.0.2.1.", "from %.", "", "192.0.2.1"},
      {"v4 with a port", "from [192.0.2.1]:25 and 192.0.2.2:25", "from %:25 and %:25", "",
       "192.0.2.1"},
      {"v4 with more in the brackets", "[192.0.2.1     12] no", "% 12] no", "", "192.0.2.1"},
      {"a name with numbers", "192.0.2.1.example.com", "192.0.2.1.example.com", "", ""},
      {"a longer number", "1192.0.2.1 and 192.0.2.1000 and 192.0.2.256",
       "1192.0.2.1 and 192.0.2.1000 and 192.0.2.256", "", ""},
      {"five numbers", "1.192.0.2.1", "1.192.0.2.1", "", ""},
      {"v6", "client [2001:DB8::1] blocked", "client % blocked", "", "2001:DB8::1"},
      {"v6 with its tag", "client [IPv6:2001:db8::1] blocked", "client % blocked", "",
       "2001:db8::1"},
      {"v6 of eight groups", "2001:db8:0:1:2:3:4:5 no", "% no", "", "2001:db8:0:1:2:3:4:5"},
      {"v6 that begins with ::", "from ::1", "from %", "", "::1"},
      {"v6 that ends with ::", "from 2001:db8::", "from %", "", "2001:db8::"},
      {"v6 with a v4 in it", "::ffff:192.0.2.1 no", "% no", "", "::ffff:192.0.2.1"},
      {"a time is none", "at 12:34:56 no", "at 12:34:56 no", "", ""},
      {"nine groups are none", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9", "", ""},
      {"two :: are none", "1::2::3", "1::2::3", "", ""},
      {"a scope of C++ is none", "std::string", "std::string", "", ""},
  }));
  DYNAMIC_SECTION(row.name) {
    ReplyText reply;
    reply.read(row.reply);
    CHECK(reply.text() == row.text);
    CHECK(reply.address() == row.address);
    CHECK(reply.ip() == row.ip);
  }
}

TEST_CASE("the page that a reply names") {
  const auto [text, page] = GENERATE(table<std::string_view, std::string_view>({
      {"550 see http://example.com/a?b=192.0.2.1.", "http://example.com/a?b=192.0.2.1"},
      {"550 <HTTPS://Example.com/> no", "HTTPS://Example.com/"},
      {"550 (https://example.com/a), (https://example.net)", "https://example.com/a"},
      {"550 https://", ""},
      {"550 ftp://example.com", ""},
      {"550 no://", ""},
  }));
  ReplyText reply;
  reply.read(text);
  CHECK(reply.page() == page);
}

TEST_CASE("a reply that was read before leaves nothing behind") {
  ReplyText reply;
  reply.read("550 5.1.1 <bob@example.com> [192.0.2.1] http://example.com/ no");
  reply.read("no");
  CHECK(reply.code() == 0);
  CHECK_FALSE(reply.enhanced());
  CHECK(reply.first_digit() == 0);
  CHECK(reply.text() == "no");
  CHECK(reply.address().empty());
  CHECK(reply.ip().empty());
  CHECK(reply.page().empty());
}

TEST_CASE("the text of a reply is bounded") {
  ReplyText reply({16});
  reply.read("550 " + std::string(100, 'a'));
  CHECK(reply.text() == std::string(16, 'a'));
  reply.read("550 0123456789 bob@example.com and more");
  CHECK(reply.text() == "0123456789 @ and");
  reply.read("550 " + std::string(100'000, '@'));
  CHECK(reply.text().size() == 16);
}

TEST_CASE("the reply of a session is read as its text is") {
  smtp::Reply from_wire;
  from_wire.code = 550;
  from_wire.text = {"5.1.1 <bob@example.com>: no", "5.1.1 such user"};
  ReplyText reply;
  reply.read(from_wire);
  ReplyText again;
  again.read("550-5.1.1 <bob@example.com>: no\n550 5.1.1 such user");
  CHECK(reply.text() == again.text());
  CHECK(reply.code() == again.code());
  CHECK(reply.enhanced() == again.enhanced());
}

}  // namespace smtpscope::delivery
