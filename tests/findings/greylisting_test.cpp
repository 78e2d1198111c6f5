// Come again later: by greylisting, or for a trouble of the server.
#include "tests/findings/judged.hpp"

namespace smtpscope::findings {
namespace {

struct Deferral {
  const char* name;
  std::string_view reply;  // to RCPT
  std::string_view id;
};

std::string refused(std::string_view reply) {
  return with_sender + "C: RCPT TO:<bob@example.com>\nS: " + std::string(reply) + "\n" + quit;
}

}  // namespace

TEST_CASE("delivery.greylisted: what a reply to RCPT must say") {
  const auto row = GENERATE(values<Deferral>({
      {"postgrey",
       "450 4.2.0 <bob@example.com>: Recipient address rejected: Greylisted, see "
       "http://postgrey.example.org/",
       "delivery.greylisted"},
      {"for a time",
       "451 4.7.1 <bob@example.com>: Recipient address rejected: Greylisted for 5 minutes",
       "delivery.greylisted"},
      {"milter-greylist", "451 4.7.1 Greylisting in action, please come back in 00:05:00",
       "delivery.greylisted"},
      {"without an enhanced code", "451 Gray-listed", "delivery.greylisted"},
      {"in its second line", "451-4.7.1 Sorry\\r\\n451 4.7.1 you are greylisted",
       "delivery.greylisted"},
      {"greylistd",
       "451 192.0.2.10 is not yet authorized to deliver mail from <alice@example.org> to "
       "<bob@example.com>. Please try later.",
       "delivery.greylisted"},
      {"a time and no cause", "451 4.7.1 Please try again in 5 minutes", "delivery.greylisted"},
      {"a time and no cause, no enhanced code", "450 please come back after 300 seconds.",
       "delivery.greylisted"},
      {"rspamd", "451 4.7.1 Try again later", "delivery.greylisted"},
      {"behind Postfix's words",
       "450 4.7.1 <bob@example.com>: Recipient address rejected: Please try again later.",
       "delivery.greylisted"},

      {"later, without a cause and a policy", "450 4.2.0 Please try again later",
       "delivery.deferred"},
      {"later, and no enhanced code", "451 Try again later", "delivery.deferred"},
      {"a service that is not there", "451 4.7.1 Service unavailable - try again later",
       "delivery.deferred"},
      {"a busy server", "451 4.7.1 Server busy. Please try again in 5 minutes",
       "delivery.deferred"},
      {"a limit", "450 4.7.1 Rate limit exceeded, retry in 60 seconds", "delivery.deferred"},
      {"a mailbox", "450 4.2.0 mailbox locked, try again in 5 minutes", "delivery.deferred"},
      {"a time and a system's code", "451 4.3.0 Please try again in 5 minutes",
       "delivery.deferred"},
      {"the greylister is broken", "451 4.7.1 greylisting server not available",
       "delivery.deferred"},
      {"not greylisted", "450 4.2.0 you are not greylisted, but the disk is gone",
       "delivery.deferred"},
      {"an address of that name", "452 4.2.2 <greylisted@example.com>: over quota",
       "delivery.deferred"},
      {"such an address without brackets", "450 4.2.0 greylist@example.com is locked",
       "delivery.deferred"},
      {"for good", "550 5.7.1 Greylisted for ever", "delivery.refused"},
  }));
  DYNAMIC_SECTION(row.name) {
    const session::Session session = test::session_of(refused(row.reply));
    const std::vector<Finding> findings = judge(session);
    INFO(texts_of(findings));
    CHECK(ids_of(findings) == row.id);
    require_promises(session, findings);
  }
}

TEST_CASE("delivery.greylisted: in its words, once a recipient, and for the message as a whole") {
  require_case(GENERATE_COPY(values<Case>({
      {"said", refused("450 4.2.0 Greylisted"), "delivery.greylisted",
       "mx.example.com greylisted the recipient bob@example.com: 450 4.2.0 Greylisted. It asks "
       "everybody it does not know "
       "to come again."},
      {"likely", refused("451 4.7.1 Please try again in 5 minutes"), "delivery.greylisted",
       "mx.example.com refused the recipient bob@example.com for now, which looks like "
       "greylisting: 451 4.7.1 Please try "
       "again in 5 minutes. No other cause is given."},
      {"the message", sent + "S: 451 4.7.1 Greylisted\n" + quit, "delivery.greylisted",
       "greylisted the message: 451"},
      {"the message, and no word of it", sent + "S: 451 4.7.1 Try again later\n" + quit,
       "delivery.deferred"},
      {"one of two, the other one full",
       with_sender +
           "C: RCPT TO:<bob@example.com>\nS: 450 4.2.0 Greylisted\nC: RCPT "
           "TO:<carol@example.com>\nS: 452 4.2.2 "
           "full\n" +
           quit,
       "delivery.greylisted delivery.deferred"},
      {"the greeting is no part of it", "connect\nS: 421 4.7.1 Greylisted\nclose\n",
       "smtp.greeting-refused"},
  })));
}

}  // namespace smtpscope::findings
