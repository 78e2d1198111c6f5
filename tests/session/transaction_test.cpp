// What became of each recipient and of each message.
#include "analyzer/session/transaction.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/talk.hpp"

#include <functional>

using namespace smtpscope;
using test::Talk;

namespace {

const char* name_of(session::RecipientOutcome outcome) {
  switch (outcome) {
    case session::RecipientOutcome::accepted:
      return "accepted";
    case session::RecipientOutcome::rejected:
      return "rejected";
    case session::RecipientOutcome::deferred:
      return "deferred";
    case session::RecipientOutcome::unknown:
      return "unknown";
  }
  return "";
}
const char* name_of(session::TransactionOutcome outcome) {
  switch (outcome) {
    case session::TransactionOutcome::delivered:
      return "delivered";
    case session::TransactionOutcome::partially_delivered:
      return "partially";
    case session::TransactionOutcome::rejected:
      return "rejected";
    case session::TransactionOutcome::deferred:
      return "deferred";
    case session::TransactionOutcome::aborted:
      return "aborted";
    case session::TransactionOutcome::unknown:
      return "unknown";
  }
  return "";
}

// "<sender> b@example.com=accepted => delivered", one a line.
std::string told(const Talk& talk) {
  std::string out;
  for (const auto& transaction : session::transactions_of(
           talk.exchanges(), talk.dialogue().open_message(), session::Ending::seen)) {
    if (!out.empty()) out += "; ";
    out += '<' + transaction.sender + '>';
    for (const auto& recipient : transaction.recipients) {
      out += ' ' + recipient.address.substr(0, recipient.address.find('@')) + '=' +
             name_of(recipient.outcome);
    }
    out += std::string(" => ") + name_of(transaction.outcome);
  }
  return out;
}

void hello(Talk& t) { t.server("220 x\r\n").client("EHLO c\r\n").server("250 x\r\n"); }
void mail(Talk& t) { t.client("MAIL FROM:<a@example.net>\r\n").server("250 ok\r\n"); }
void rcpt(Talk& t, const char* name, const char* answer) {
  t.client(std::string("RCPT TO:<") + name + "@example.com>\r\n")
      .server(std::string(answer) + "\r\n");
}
void data(Talk& t, const char* answer) {
  t.client("DATA\r\n")
      .server("354 go\r\n")
      .client("x\r\n.\r\n")
      .server(std::string(answer) + "\r\n");
}

struct Row {
  const char* name;
  std::function<void(Talk&)> talk;
  const char* told;
};

}  // namespace

TEST_CASE("outcomes of transactions") {
  const auto row = GENERATE(values<Row>({
      {"delivered",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         data(t, "250 ok");
       },
       "<a@example.net> b=accepted => delivered"},
      {"one refused",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "550 no");
         rcpt(t, "c", "250 ok");
         data(t, "250 ok");
       },
       "<a@example.net> b=rejected c=accepted => partially"},
      {"one deferred",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         rcpt(t, "c", "452 many");
         data(t, "250 ok");
       },
       "<a@example.net> b=accepted c=deferred => partially"},
      {"the message refused: what RCPT accepted is rejected with it",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         data(t, "554 spam");
       },
       "<a@example.net> b=rejected => rejected"},
      {"the message deferred",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         data(t, "451 later");
       },
       "<a@example.net> b=deferred => deferred"},
      {"MAIL refused, RCPT answered 503: the 503 is not the cause",
       [](Talk& t) {
         t.client("MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n")
             .server("452 full\r\n503 no MAIL\r\n");
       },
       "<a@example.net> b=deferred => deferred"},
      {"DATA refused with no recipient left",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "450 greylisted");
         t.client("DATA\r\n").server("554 no valid recipients\r\n");
       },
       "<a@example.net> b=deferred => deferred"},
      {"DATA refused",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("DATA\r\n").server("451 tired\r\n");
       },
       "<a@example.net> b=deferred => deferred"},
      {"DATA refused once, then accepted",
       [](Talk& t) {
         mail(t);
         t.client("DATA\r\n").server("503 RCPT first\r\n");
         rcpt(t, "b", "250 ok");
         data(t, "250 ok");
       },
       "<a@example.net> b=accepted => delivered"},
      {"RSET gives up",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("RSET\r\n").server("250 ok\r\n");
       },
       "<a@example.net> b=unknown => aborted"},
      {"a refused EHLO keeps the envelope",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("EHLO\r\n").server("501 name?\r\n");
         data(t, "250 ok");
       },
       "<a@example.net> b=accepted => delivered"},
      {"an accepted EHLO clears it",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("EHLO c\r\n").server("250 x\r\n");
         mail(t);
         rcpt(t, "c", "250 ok");
         data(t, "250 ok");
       },
       "<a@example.net> b=unknown => aborted; <a@example.net> c=accepted => delivered"},
      {"a nested MAIL that is refused changes nothing",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("MAIL FROM:<x@example.net>\r\n").server("503 nested\r\n");
         data(t, "250 ok");
       },
       "<a@example.net> b=accepted => delivered"},
      {"refused in the middle of the message",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("DATA\r\n").server("354 go\r\n").client("x\r\n").server("552 too big\r\n");
       },
       "<a@example.net> b=rejected => rejected"},
      {"a 421 in the middle of the envelope",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.server("421 4.4.2 timeout\r\n");
       },
       "<a@example.net> b=deferred => deferred"},
      {"the end of the message unanswered",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("DATA\r\n").server("354 go\r\n").client("x\r\n.\r\n");
       },
       "<a@example.net> b=unknown => unknown"},
      {"chunks",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("BDAT 2\r\nxx")
             .server("250 ok\r\n")
             .client("BDAT 1 LAST\r\nx")
             .server("250 ok\r\n");
       },
       "<a@example.net> b=accepted => delivered"},
      {"a chunk refused",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("BDAT 2\r\nxx").server("552 too big\r\n");
       },
       "<a@example.net> b=rejected => rejected"},
      {"two messages",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         data(t, "250 ok");
         mail(t);
         rcpt(t, "c", "550 no");
       },
       "<a@example.net> b=accepted => delivered; <a@example.net> c=rejected => rejected"},
      {"RCPT without MAIL is no transaction", [](Talk& t) { rcpt(t, "b", "503 MAIL first"); }, ""},
  }));
  DYNAMIC_SECTION(row.name) {
    Talk talk;
    hello(talk);
    row.talk(talk);
    talk.close();
    CHECK(told(talk) == row.told);
  }
}

// What the server says of its state counts for more than what the capture has of the commands
// before.
TEST_CASE("transactions around commands and replies that the capture lacks") {
  const auto row = GENERATE(values<Row>({
      {"RCPT is out of sequence: what ended the transaction is lost",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.gap(Side::client, 6).server("250 reset\r\n");
         rcpt(t, "c", "503 no MAIL");
         mail(t);
         rcpt(t, "d", "250 ok");
         data(t, "250 ok");
       },
       "<a@example.net> b=unknown => unknown; <a@example.net> d=accepted => delivered"},
      {"... or the reply to it is",
       [](Talk& t) {
         mail(t);
         rcpt(t, "b", "250 ok");
         t.client("RSET\r\n").gap(Side::server, 8);
         rcpt(t, "c", "503 no MAIL");
         mail(t);
         rcpt(t, "d", "250 ok");
         data(t, "250 ok");
       },
       "<a@example.net> b=unknown => aborted; <a@example.net> d=accepted => delivered"},
      {"MAIL is out of sequence: that of the transaction is lost",
       [](Talk& t) {
         t.client("MAIL FROM:<x@\r\n")
             .server("501 syntax\r\n")
             .gap(Side::client, 20)
             .server("250 ok\r\n");
         t.client("MAIL FROM:<a@example.net>\r\n").server("503 nested\r\n");
         rcpt(t, "b", "250 ok");
         data(t, "250 ok");
       },
       "<x@> => rejected; <> b=accepted => delivered"},
      {"a recipient is refused, and the RCPT of another, which was not, is lost",
       [](Talk& t) {
         mail(t);
         t.gap(Side::client, 27).server("250 ok\r\n");
         rcpt(t, "b", "550 unknown");
         data(t, "250 ok");
       },
       "<a@example.net> b=rejected => partially"},
      {"DATA is refused, and that which was not is lost",
       [](Talk& t) {
         mail(t);
         t.client("DATA\r\n").server("503 RCPT first\r\n");
         rcpt(t, "b", "250 ok");
         t.gap(Side::client, 6).server("354 go\r\n").client("x\r\n.\r\n").server("250 ok\r\n");
       },
       "<a@example.net> b=accepted => delivered"},
  }));
  DYNAMIC_SECTION(row.name) {
    Talk talk;
    hello(talk);
    row.talk(talk);
    talk.close();
    CHECK(told(talk) == row.told);
  }
}

TEST_CASE("a transaction begun before a greeting that refuses") {
  Talk talk;
  talk.client("EHLO c\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.com>\r\n");
  talk.server("554 too early\r\n").close();
  CHECK(told(talk) == "<a@example.net> b=rejected => rejected");
}

TEST_CASE("LMTP: each recipient has its own answer") {
  Talk talk;
  talk.server("220 x\r\n").client("LHLO c\r\n").server("250 x\r\n");
  mail(talk);
  rcpt(talk, "b", "250 ok");
  rcpt(talk, "x", "550 no");
  rcpt(talk, "c", "250 ok");
  data(talk, "452 full\r\n250 ok");
  talk.close();
  CHECK(told(talk) == "<a@example.net> b=deferred x=rejected c=accepted => partially");
}

TEST_CASE("LMTP: the last chunk has an answer for each recipient, too") {
  Talk talk;
  talk.server("220 x\r\n").client("LHLO c\r\n").server("250 x\r\n");
  mail(talk);
  rcpt(talk, "b", "250 ok");
  rcpt(talk, "c", "250 ok");
  talk.client("BDAT 1\r\nx")
      .server("250 ok\r\n")
      .client("BDAT 1 LAST\r\nx")
      .server("250 ok\r\n550 no\r\n")
      .close();
  CHECK(told(talk) == "<a@example.net> b=accepted c=rejected => partially");
}

TEST_CASE("LMTP: a server that goes after the first answer has answered for one recipient only") {
  Talk talk;
  talk.server("220 x\r\n").client("LHLO c\r\n").server("250 x\r\n");
  mail(talk);
  rcpt(talk, "b", "250 ok");
  rcpt(talk, "c", "250 ok");
  data(talk, "250 ok");
  talk.close();
  CHECK(told(talk) == "<a@example.net> b=accepted c=unknown => partially");
}

TEST_CASE("queue ids") {
  struct Id {
    const char* text;
    const char* id;
  };
  const auto row = GENERATE(values<Id>({
      {"2.0.0 Ok: queued as 4F7AB12", "4F7AB12"},
      {"OK id=1xVEFZ-00000f-39", "1xVEFZ-00000f-39"},
      {"2.0.0 c3269c0d Message accepted for delivery", "c3269c0d"},
      {"2.6.0 <a@example.net> [InternalId=3835405795330, Hostname=mx.example.com] Queued mail for delivery",
       "3835405795330"},
      {"Message Queued (FF521E75-A484.1)", "FF521E75-A484.1"},
      {"id=1xVEHW-00000f-0k message accepted for some recipients", "1xVEHW-00000f-0k"},
      {"Ok", ""},
  }));
  smtp::Reply reply;
  reply.text.emplace_back(row.text);
  CHECK(session::queue_id(reply) == row.id);
}
