#include "tests/findings/judged.hpp"

namespace smtpscope::findings {
namespace {

// The answer to EHLO with these keywords.
std::string offers(const std::string& keywords) {
  std::string script = greeted + "C: EHLO client.example.net\nS: 250-mx.example.com\n";
  std::string rest = keywords + ' ';
  for (std::size_t at = 0, end = 0; (end = rest.find(',', at)) != std::string::npos; at = end + 1) {
    script += "S: 250-" + rest.substr(at, end - at) + '\n';
  }
  return script + "S: 250 " + keywords.substr(keywords.rfind(',') + 1) + '\n';
}

const std::string mail = "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\n";
const std::string rcpt = "C: RCPT TO:<bob@example.com>\nS: 250 2.1.5 Ok\n";

}  // namespace

TEST_CASE("smtp.extension-not-offered: commands and parameters") {
  require_case(GENERATE(values<Case>({
      {"SIZE", bare + "C: MAIL FROM:<alice@example.org> SIZE=100\nS: 250 Ok\n" + quit,
       "smtp.extension-not-offered",
       "\"MAIL FROM:<alice@example.org> SIZE=100\" uses SIZE, which the answer to EHLO did not "
       "offer; the server "
       "answered 250 Ok."},
      {"BODY is 8BITMIME's",
       offers("SIZE") + "C: MAIL FROM:<alice@example.org> SIZE=1 BODY=8BITMIME\nS: 250 Ok\n" + quit,
       "smtp.extension-not-offered", "uses BODY (of 8BITMIME), which"},
      {"BINARYMIME is not 8BITMIME",
       offers("8BITMIME,CHUNKING") +
           "C: MAIL FROM:<alice@example.org> BODY=BINARYMIME\nS: 250 Ok\n" + quit,
       "smtp.extension-not-offered", "uses BODY (of BINARYMIME), which"},
      {"DSN at RCPT, once for all",
       bare + mail +
           "C: RCPT TO:<bob@example.com> NOTIFY=NEVER\nS: 250 Ok\nC: RCPT TO:<carol@example.com> "
           "NOTIFY=NEVER\nS: 250 "
           "Ok\n" +
           quit,
       "smtp.extension-not-offered", "NOTIFY (of DSN)"},
      {"BDAT", bare + mail + rcpt + "C: BDAT 4 LAST\nC: hi\nS: 250 Ok\n" + quit,
       "smtp.extension-not-offered",
       "The client sent BDAT 4 LAST, and the answer to EHLO did not offer CHUNKING"},
      {"STARTTLS", bare + "C: STARTTLS\nS: 502 no\n" + quit, "smtp.extension-not-offered"},
      {"an unknown parameter that was refused",
       bare + "C: MAIL FROM:<alice@example.org> XFOO=1\nS: 555 5.5.4 Unsupported option\n" + quit,
       "smtp.extension-not-offered delivery.refused", "uses XFOO"},
      {"HELO asks for nothing",
       greeted +
           "C: HELO client.example.net\nS: 250 mx\nC: MAIL FROM:<alice@example.org> SIZE=100\nS: "
           "250 Ok\n" +
           quit,
       "smtp.extension-not-offered", "HELO asks for no extensions"},
      {"a new EHLO that offers less",
       offers("SIZE") +
           "C: EHLO client.example.net\nS: 250 mx\nC: MAIL FROM:<alice@example.org> SIZE=100\nS: "
           "250 Ok\n" +
           quit,
       "smtp.extension-not-offered"},
  })));
}

TEST_CASE("smtp.extension-not-offered: near misses") {
  require_case(GENERATE(values<Case>({
      {"on the last line of EHLO's answer",
       offers("PIPELINING,SIZE 1000") + "C: MAIL FROM:<alice@example.org> SIZE=100\nS: 250 Ok\n" +
           quit,
       ""},
      {"all offered",
       offers("DSN,8BITMIME,SMTPUTF8,AUTH PLAIN,CHUNKING") +
           "C: MAIL FROM:<alice@example.org> RET=HDRS ENVID=x BODY=8BITMIME SMTPUTF8 AUTH=<>\nS: "
           "250 Ok\nC: RCPT "
           "TO:<bob@example.com> NOTIFY=DELAY ORCPT=rfc822;bob@example.com\nS: 250 Ok\nC: BDAT 4 "
           "LAST\nC: hi\nS: 250 Ok\n" +
           quit,
       ""},
      {"an unknown parameter that was taken",
       hello + "C: MAIL FROM:<alice@example.org> XFOO=1\nS: 250 Ok\n" + quit, ""},
      {"VRFY, EXPN and HELP need no offer",
       hello + "C: VRFY bob\nS: 252 try\nC: EXPN list\nS: 250 x\nC: HELP\nS: 214 x\n" + quit, ""},
      {"the answer to EHLO has a hole",
       greeted +
           "C: EHLO client.example.net\nS: 250-mx\ndrop\nS: 250-SIZE\nS: 250 DSN\nC: MAIL "
           "FROM:<alice@example.org> SIZE=100\nS: 250 Ok\n" +
           quit,
       "capture.gap"},
      {"the capture began later",
       "midstream\nC: MAIL FROM:<alice@example.org> SIZE=100\nS: 250 Ok\n" + quit,
       "capture.midstream"},
  })));
}

TEST_CASE("smtp.pipelining-not-offered") {
  const std::string group =
      "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\nS: 250 Ok\\r\\n250 Ok\n";
  require_case(GENERATE_COPY(values<Case>({
      {"MAIL and RCPT at once", bare + group + quit, "smtp.pipelining-not-offered",
       "The client sent RCPT TO:<bob@example.com> without waiting for the reply to MAIL "
       "FROM:<alice@example.org>, and "
       "the answer to EHLO did not offer PIPELINING."},
      {"behind HELO", greeted + "C: HELO client.example.net\nS: 250 mx\n" + group + quit,
       "smtp.pipelining-not-offered"},
      {"QUIT behind the dot",
       bare + mail + rcpt +
           "C: DATA\nS: 354 go\nC: Subject: x\nC: \nC: .\\r\\nQUIT\nS: 250 "
           "Ok\\r\\n221 Bye\nclose\n",
       "smtp.pipelining-not-offered",
       "sent QUIT without waiting for the reply to the end of the message"},
      {"offered", offers("PIPELINING") + group + quit, ""},
      {"each reply waited for", hello + mail + rcpt + quit, ""},
      {"the server's replies come late, one by one",
       hello +
           "C: MAIL FROM:<alice@example.org>\nwait 3s\nS: 250 Ok\nC: RCPT "
           "TO:<bob@example.com>\nwait 3s\nS: 250 Ok\n" +
           quit,
       ""},
  })));
}

TEST_CASE("smtp.pipelining-past-sync") {
  require_case(GENERATE(values<Case>({
      {"behind EHLO",
       greeted +
           "C: EHLO client.example.net\\r\\nMAIL FROM:<alice@example.org>\nS: 250-mx\\r\\n250 "
           "PIPELINING\\r\\n250 "
           "Ok\n" +
           quit,
       "smtp.pipelining-past-sync",
       "The client sent MAIL FROM:<alice@example.org> behind EHLO client.example.net without "
       "waiting for its reply; EHLO "
       "must be the last command of a group."},
      {"behind NOOP", offers("PIPELINING") + "C: NOOP\\r\\nNOOP\nS: 250 Ok\\r\\n250 Ok\n" + quit,
       "smtp.pipelining-past-sync"},
      {"one fault, one finding", bare + "C: NOOP\\r\\nNOOP\nS: 250 Ok\\r\\n250 Ok\n" + quit,
       "smtp.pipelining-past-sync"},
      {"RSET and QUIT may stand in a group",
       offers("PIPELINING") + "C: RSET\\r\\nQUIT\nS: 250 Ok\\r\\n221 Bye\nclose\n", ""},
      {"DATA at the end of its group",
       offers("PIPELINING") +
           "C: MAIL FROM:<alice@example.org>\\r\\nRCPT TO:<bob@example.com>\\r\\nDATA\nS: 250 "
           "Ok\\r\\n250 Ok\\r\\n354 go\nC: Subject: x\nC: \nC: .\nS: 250 Ok\n" +
           quit,
       ""},
      {"Exim's pipelined connect",
       "connect\nC: EHLO client.example.net\\r\\nMAIL FROM:<alice@example.org>\nS: 220 "
       "mx.example.com\\r\\n250-mx\\r\\n250-"
       "PIPELINING\\r\\n250 PIPECONNECT\\r\\n250 Ok\n" +
           quit,
       ""},
  })));
}

TEST_CASE("smtp.too-many-recipients") {
  const std::string more = "C: RCPT TO:<carol@example.com>\nS: ";
  require_case(GENERATE_COPY(values<Case>({
      {"452 4.5.3", hello + mail + rcpt + more + "452 4.5.3 Too many recipients\n" + quit,
       "smtp.too-many-recipients delivery.deferred",
       "mx.example.com took 1 recipient of one message and refused 1 more as too many: 452 4.5.3 "
       "Too many recipients."},
      {"552 in words", hello + mail + rcpt + more + "552 Too many recipients\n" + quit,
       "smtp.too-many-recipients delivery.refused smtp.legacy-code"},
      {"beyond LIMITS", offers("LIMITS RCPTMAX=1") + mail + rcpt + more + "250 Ok\n" + quit,
       "smtp.too-many-recipients",
       "The client named 2 recipients, and the server's LIMITS allow 1."},
      {"as many as LIMITS allows",
       offers("LIMITS RCPTMAX=2") + mail + rcpt + more + "250 Ok\n" + quit, ""},
      {"452 for a full disk",
       hello + mail + rcpt + more + "452 4.3.1 Insufficient system storage\n" + quit,
       "delivery.deferred"},
      {"452 without enhanced code for a full disk",
       hello + mail + rcpt + more + "452 Insufficient storage\n" + quit, "delivery.deferred"},
      {"552 for a full mailbox", hello + mail + rcpt + more + "552 5.2.2 Mailbox full\n" + quit,
       "delivery.refused"},
  })));
}

TEST_CASE("smtp.8bit-command") {
  require_case(GENERATE(values<Case>({
      {"RCPT", hello + mail + "C: RCPT TO:<j\\xc3\\xb6rg@example.com>\nS: 250 Ok\n" + quit,
       "smtp.8bit-command", "SMTPUTF8 was not asked for; the server answered 250 Ok."},
      {"MAIL", hello + "C: MAIL FROM:<j\\xf6rg@example.org>\nS: 250 Ok\n" + quit,
       "smtp.8bit-command"},
      {"VRFY", hello + "C: VRFY j\\xc3\\xb6rg\nS: 252 try\n" + quit, "smtp.8bit-command"},
      {"SMTPUTF8 asked for",
       offers("SMTPUTF8") +
           "C: MAIL FROM:<j\\xc3\\xb6rg@example.org> SMTPUTF8\nS: 250 Ok\nC: RCPT "
           "TO:<\\xc3\\xa5sa@example.com>\nS: 250 Ok\n" +
           quit,
       ""},
      {"MAIL lies in a gap",
       hello +
           "drop\nC: MAIL FROM:<j\\xc3\\xb6rg@example.org> SMTPUTF8\nS: 250 Ok\nC: RCPT "
           "TO:<\\xc3\\xa5sa@example.com>\nS: 250 Ok\n" +
           quit,
       "capture.gap"},
      {"in the message", in_message + "C: J\\xc3\\xb6rg\nC: .\nS: 250 Ok\n" + quit,
       "smtp.8bit-undeclared"},
  })));
}

}  // namespace smtpscope::findings
