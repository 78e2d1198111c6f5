#include "tests/bench/refusals.hpp"

#include "tests/bench/mail.hpp"

namespace smtpscope::bench {
namespace {

void quit(std::vector<Turn>& turns) {
  say(turns, Side::client, {"QUIT"});
  say(turns, Side::server, {"221 2.0.0 Bye"});
}

}  // namespace

Play RefusalAuthor::next() {
  const std::string number = std::to_string(++number_);
  const std::string here = "nobody" + number + "@example.com", elsewhere = "user@example.org";
  Play play{mail_server, {}};
  const std::uint64_t share = random_.below(100);
  if (share < 45) {
    refuse_recipient(play.turns, here,
                     "550 5.1.1 <" + here + ">: User unknown in virtual mailbox table");
  } else if (share < 65) {
    refuse_recipient(play.turns, elsewhere, "554 5.7.1 <" + elsewhere + ">: Relay access denied");
  } else if (share < 80) {
    refuse_host(play.turns);
  } else if (share < 90) {
    hang_up(play);
  } else {
    refuse_recipient(play.turns, here,
                     "451 4.7.1 <" + here + ">: Greylisted, please try again in 300 seconds");
  }
  return play;
}

void RefusalAuthor::refuse_host(std::vector<Turn>& turns) {
  say(turns, Side::server,
      {"554 mx.example.com No SMTP service for you, see https://example.com/blocked"});
  quit(turns);
}

void RefusalAuthor::refuse_recipient(std::vector<Turn>& turns, const std::string& recipient,
                                     const std::string& reply) {
  hello(turns);
  say(turns, Side::server,
      {"250-mx.example.com", "250-PIPELINING", "250-SIZE 52428800", "250 ENHANCEDSTATUSCODES"});
  sender(turns);
  say(turns, Side::server, {"250 2.1.0 Ok"});
  say(turns, Side::client, {"RCPT TO:<" + recipient + ">"});
  say(turns, Side::server, {reply});
  quit(turns);
}

void RefusalAuthor::hang_up(Play& play) {
  const bool at_once = random_.happens(50);
  hello(play.turns);
  if (!at_once) {
    say(play.turns, Side::server, {"250-mx.example.com", "250 ENHANCEDSTATUSCODES"});
    sender(play.turns);
  }
  say(play.turns, Side::server,
      {"421 4.7.0 mx.example.com Too many connections, closing transmission channel"});
  play.closes = Side::server;
}

void RefusalAuthor::hello(std::vector<Turn>& turns) {
  say(turns, Side::server, {"220 mx.example.com ESMTP ready"});
  say(turns, Side::client, {"EHLO out" + std::to_string(random_.below(1000)) + ".example.net"});
}

void RefusalAuthor::sender(std::vector<Turn>& turns) {
  say(turns, Side::client, {"MAIL FROM:<user" + std::to_string(number_) + "@example.net>"});
}

}  // namespace smtpscope::bench
