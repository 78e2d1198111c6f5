#include "tests/bench/mail.hpp"

#include "tests/bench/tls_shape.hpp"

#include <utility>

namespace smtpscope::bench {
namespace {

constexpr std::string_view end_of_data = ".\r\n";

}  // namespace

void say(std::vector<Turn>& turns, Side side, std::initializer_list<std::string_view> lines) {
  std::string octets;
  for (const std::string_view line : lines) {
    octets += line;
    octets += "\r\n";
  }
  turns.push_back({side, std::move(octets)});
}

Play MailAuthor::next() {
  Play play{mail_server, {}};
  std::vector<Turn>& turns = play.turns;
  say(turns, Side::server, {"220 mx.example.com ESMTP ready"});
  say(turns, Side::client, {"EHLO out" + std::to_string(random_.below(40)) + ".example.net"});
  say(turns, Side::server,
      {"250-mx.example.com", "250-PIPELINING", "250-SIZE 52428800", "250-STARTTLS",
       "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250 SMTPUTF8"});
  if (random_.happens(15)) {
    hidden_mail(turns);
    return play;
  }
  const std::uint64_t messages = 1 + random_.below(mix_.messages_max);
  for (std::uint64_t i = 0; i < messages; ++i) clear_mail(turns);
  say(turns, Side::client, {"QUIT"});
  say(turns, Side::server, {"221 2.0.0 Bye"});
  return play;
}

void MailAuthor::clear_mail(std::vector<Turn>& turns) {
  const std::string number = std::to_string(++message_number_);
  std::string text = message();
  // What the message has without the line that ends it, as clients announce it.
  const std::string mail = "MAIL FROM:<user" + number +
                           "@example.net> SIZE=" + std::to_string(text.size() - end_of_data.size());
  const std::string rcpt = "RCPT TO:<alice" + number + "@example.com>";
  const std::string other = "RCPT TO:<nobody" + number + "@example.com>";
  const std::string_view sender_ok = "250 2.1.0 Ok";
  const std::string_view rcpt_ok = "250 2.1.5 Ok";
  const std::string_view unknown = "550 5.1.1 User unknown in local recipient table";
  const std::string_view go_on = "354 End data with <CR><LF>.<CR><LF>";
  const bool refused = random_.happens(10);
  if (random_.happens(40)) {
    if (refused) {
      say(turns, Side::client, {mail, rcpt, other, "DATA"});
      say(turns, Side::server, {sender_ok, rcpt_ok, unknown, go_on});
    } else {
      say(turns, Side::client, {mail, rcpt, "DATA"});
      say(turns, Side::server, {sender_ok, rcpt_ok, go_on});
    }
  } else {
    say(turns, Side::client, {mail});
    say(turns, Side::server, {sender_ok});
    say(turns, Side::client, {rcpt});
    say(turns, Side::server, {rcpt_ok});
    if (refused) {
      say(turns, Side::client, {other});
      say(turns, Side::server, {unknown});
    }
    say(turns, Side::client, {"DATA"});
    say(turns, Side::server, {go_on});
  }
  turns.push_back({Side::client, std::move(text)});
  say(turns, Side::server, {"250 2.0.0 Ok: queued as 4X" + number});
}

void MailAuthor::hidden_mail(std::vector<Turn>& turns) {
  say(turns, Side::client, {"STARTTLS"});
  say(turns, Side::server, {"220 2.0.0 Ready to start TLS"});
  turns.push_back(
      {Side::client, tls_hello(Hello::client, pools_.slice(Matter::noise, 32, random_))});
  std::string answer = tls_hello(Hello::server, pools_.slice(Matter::noise, 32, random_));
  answer += tls_record(23, pools_.slice(Matter::noise, 2000, random_));
  turns.push_back({Side::server, std::move(answer)});
  turns.push_back({Side::client, tls_records(message_octets(), pools_, random_)});
  turns.push_back({Side::server, tls_record(23, pools_.slice(Matter::noise, 60, random_))});
}

std::string MailAuthor::message() {
  const std::string number = std::to_string(message_number_);
  const bool is_text = random_.happens(50);
  std::string out = "Received: from desk" + number +
                    ".example.net (desk.example.net [192.0.2.77])\r\n"
                    "\tby out.example.net with ESMTPS id 4Y" +
                    number + "\r\n\tfor <alice" + number +
                    "@example.com>; Fri, 2 Jan 2026 03:04:05 +0000\r\n"
                    "From: User <user" +
                    number +
                    "@example.net>\r\n"
                    "To: Alice <alice" +
                    number +
                    "@example.com>\r\n"
                    "Subject: Report number " +
                    number +
                    "\r\n"
                    "Date: Fri, 2 Jan 2026 03:04:05 +0000\r\n"
                    "Message-ID: <" +
                    number +
                    ".bulk@example.net>\r\n"
                    "MIME-Version: 1.0\r\n";
  out += is_text ? "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
                 : "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const std::size_t lines = message_octets() / line_octets;
  out += pools_.slice(is_text ? Matter::text : Matter::base64, lines * line_octets, random_);
  return out += end_of_data;
}

std::size_t MailAuthor::message_octets() {
  std::uint64_t share = random_.below(100);
  for (const MailMix::Size& size : mix_.sizes) {
    if (share < size.percent) return size.octets * 3 / 4 + random_.below(size.octets / 2);
    share -= size.percent;
  }
  return mix_.sizes.front().octets;
}

}  // namespace smtpscope::bench
