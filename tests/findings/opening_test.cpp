#include "tests/findings/judged.hpp"

namespace smtpscope::findings {

TEST_CASE("smtp.no-commands") {
  require_case(GENERATE(values<Case>({
      {"greeted, then gone", greeted + "C:fin\nS:fin\n", "smtp.no-commands",
       "The client 192.0.2.10 connected, was greeted, and left without any command (FIN after"},
      {"greeted, then reset", greeted + "C:rst\n", "smtp.no-commands", "(RST after"},
      {"a scan", "connect\nC:rst\n", "smtp.no-commands", "left before the greeting"},
      {"QUIT is a command", greeted + "C: QUIT\nS: 221 Bye\nclose\n", ""},
      {"the greeting refused it", "connect\nS: 554 no\nC:fin\nS:fin\n", "smtp.greeting-refused"},
      {"the server went", greeted + "wait 300s\nS: 421 timeout\nS:fin\nC:fin\n", "net.idle-close"},
      {"the client waited long enough", "connect\nwait 30s\nC:fin\nS:fin\n", "smtp.no-greeting"},
      {"still there", greeted, "capture.open"},
      {"the client's octets are not in the capture",
       greeted + "drop\nC: NOOP\nS: 250 Ok\nC:fin\nS:fin\n", "net.asymmetric"},
  })));
}

TEST_CASE("smtp.telnet") {
  require_case(GENERATE(values<Case>({
      {"of the client", greeted + "C: \\xff\\xfd\\x06\nS: 500 5.5.2 Error: bad syntax\n" + quit,
       "smtp.telnet",
       "The client 192.0.2.10 negotiates as telnet does (IAC DO 6) in the middle of SMTP; the "
       "server answered 500 5.5.2"},
      {"Ctrl-C", greeted + "C: \\xff\\xf4\\xff\\xfd\\x06\nS: 500 5.5.2 Error: bad syntax\n" + quit,
       "smtp.telnet", "(IAC IP)"},
      {"0xFF in a text is none",
       greeted + "C: \\xff\\x20text\nS: 500 5.5.2 Error: bad syntax\n" + quit,
       "smtp.unknown-command"},
      {"in a message", in_message + "C: \\xff\\xfd\\x06\nC: .\nS: 250 Ok\n" + quit,
       "smtp.8bit-undeclared"},
  })));
}

}  // namespace smtpscope::findings
