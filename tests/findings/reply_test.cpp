#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("smtp.enhanced-mismatch") {
  require_case(GENERATE(values<Case>({
      {"5.x.x to 450", with_sender + "C: RCPT TO:<bob@example.com>\nS: 450 5.7.1 later\n" + quit,
       "delivery.deferred smtp.enhanced-mismatch",
       "The reply to RCPT TO:<bob@example.com> says 450 and 5.7.1 at once: 450 5.7.1 later."},
      {"5.x.x to 250", hello + "C: NOOP\nS: 250 5.0.0 Ok\n" + quit, "smtp.enhanced-mismatch"},
      {"the same class", with_sender + "C: RCPT TO:<bob@example.com>\nS: 450 4.7.1 later\n" + quit,
       "delivery.deferred"},
      {"no enhanced code", hello + "C: NOOP\nS: 250 Ok\n" + quit, ""},
      {"a version in the greeting",
       "connect\nS: 220 5.7.1 is my version\nC: EHLO client.example.net\nS: 250 mx\n" + quit, ""},
      {"354 has no class of its own",
       with_recipient + "C: DATA\nS: 354 2.0.0 go\nC: Subject: x\nC: \nC: .\nS: 250 Ok\n" + quit,
       ""},
  })));
}

TEST_CASE("smtp.legacy-code") {
  require_case(GENERATE(values<Case>({
      {"552 to one too many",
       with_recipient + "C: RCPT TO:<carol@example.com>\nS: 552 Too many recipients\n" + quit,
       "smtp.too-many-recipients delivery.refused smtp.legacy-code", "452 is the code for that"},
      {"421 and on", hello + "C: NOOP\nS: 421 busy\nC: NOOP\nS: 250 Ok\n" + quit,
       "smtp.legacy-code",
       "The server answered NOOP with 421 busy, which announces that it closes, and went on."},
      {"421 and closed", hello + "C: NOOP\nS: 421 busy\nS:fin\nC:fin\n", ""},
      {"552 for a message too large", sent + "S: 552 5.3.4 too large\n" + quit, "delivery.refused"},
  })));
}

TEST_CASE("smtp.out-of-step") {
  const std::string pipelining =
      greeted + "C: EHLO client.example.net\nS: 250-mx.example.com\nS: 250 PIPELINING\n";
  const std::string group =
      "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\\r\\nDATA\n";
  require_case(GENERATE_COPY(values<Case>({
      {"a reply is missing", pipelining + group + "S: 250 2.1.0 Ok\\r\\n354 go\nclose\n",
       "smtp.out-of-step", "Since RCPT TO:<bob@example.com> the replies are out of step"},
      {"a reply too many",
       pipelining + group + "S: 250 Ok\\r\\n250 Ok\\r\\n250 Ok\\r\\n354 go\nclose\n",
       "smtp.out-of-step smtp.no-quit", "one reply too many came before"},
      {"in step",
       pipelining + group +
           "S: 250 Ok\\r\\n250 Ok\\r\\n354 go\nC: Subject: x\nC: \nC: .\nS: 250 Ok\n" + quit,
       ""},
      {"only one odd code", hello + "C: NOOP\nS: 354 what\n" + quit, "smtp.unexpected-reply"},
      {"refusals fit everywhere",
       pipelining + group + "S: 250 Ok\\r\\n550 5.1.1 no\\r\\n554 5.5.1 no\n" + quit,
       "delivery.refused"},
  })));
}

TEST_CASE("smtp.reply-held-back") {
  require_case(GENERATE(values<Case>({
      {"let go by the next command",
       hello + "C: NOOP\nwait 30s\nC: RSET\nS: 250 Ok\\r\\n250 Ok\n" + quit,
       "net.slow-reply smtp.reply-held-back smtp.pipelining-past-sync",
       "The reply to NOOP came 30 s after it, and only when the client had sent RSET."},
      {"a slow reply, waited for",
       hello + "C: NOOP\nwait 3s\nS: 250 Ok\nC: RSET\nS: 250 Ok\n" + quit, ""},
  })));
}

TEST_CASE("smtp.reply-during-data") {
  require_case(GENERATE(values<Case>({
      {"250 in the middle", in_message + "S: 250 Ok\nC: text\nC: .\n" + quit,
       "smtp.reply-during-data",
       "The server said 250 Ok while the client was still sending the message."},
      {"at the end", delivered + quit, ""},
      {"421 is a farewell", in_message + "S: 421 4.4.2 timeout\nS:fin\nC:fin\n",
       "delivery.deferred"},
      {"a refusal is told by delivery.refused",
       in_message + "S: 552 5.3.4 too large\nS:fin\nC:fin\n", "delivery.refused"},
  })));
}

TEST_CASE("smtp.many-errors") {
  const std::string bad = "C: FOO\nS: 502 5.5.2 no\n";
  require_case(GENERATE_COPY(values<Case>({
      {"five", hello + bad + bad + bad + bad + bad + quit,
       "smtp.unknown-command smtp.many-errors smtp.unknown-command smtp.unknown-command smtp.unknown-command",
       "The server refused 5 commands of the client (5 times 502)."},
      {"four", hello + bad + bad + bad + bad + quit,
       "smtp.unknown-command smtp.unknown-command smtp.unknown-command smtp.unknown-command"},
      {"refused recipients are counted by others",
       with_sender +
           [] {
             std::string script;
             for (int i = 0; i < 6; ++i)
               script +=
                   "C: RCPT TO:<u" + std::to_string(i) + "@example.com>\nS: 450 4.2.1 later\n";
             return script;
           }() +
           quit,
       "delivery.deferred delivery.deferred delivery.deferred delivery.deferred delivery.deferred "
       "delivery.deferred"},
  })));
}

}  // namespace smtpscope::findings
