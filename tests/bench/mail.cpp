#include "tests/bench/mail.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace smtpscope::bench {
namespace {

constexpr std::size_t pool_size = 3 << 20;  // above the largest body
constexpr std::size_t line_size = 76;

std::string make_base64_lines(Random& random) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string lines;
  while (lines.size() < pool_size) {
    for (std::size_t i = 0; i < line_size; ++i) lines += alphabet[random.below(alphabet.size())];
    lines += "\r\n";
  }
  return lines;
}

std::string make_text_lines(Random& random) {
  constexpr auto words = std::to_array<std::string_view>(
      {"the",      "meeting", "of",    "next", "week",    "report", "please", "find",
       "attached", "a",       "table", "with", "numbers", "from",   "our",    "branch",
       "and",      "let",     "me",    "know", "invoice", "order"});
  std::string lines;
  while (lines.size() < pool_size) {
    const std::size_t end = lines.size() + line_size;
    for (;;) {
      const std::string_view word = words[random.below(words.size())];
      if (lines.size() + word.size() + 1 > end) break;
      lines += word;
      lines += ' ';
    }
    lines.append(end - lines.size(), '.');  // so that every line has the same length
    lines += "\r\n";
  }
  return lines;
}

std::string make_noise(Random& random) {
  std::string noise;
  while (noise.size() < pool_size) {
    const std::uint64_t octets = random.next();
    for (unsigned shift = 0; shift < 64; shift += 8) {
      noise += static_cast<char>((octets >> shift) & 0xff);
    }
  }
  return noise;
}

std::string tls_record(std::uint8_t type, std::string_view content) {
  std::string record{static_cast<char>(type), 3, 3};
  record += static_cast<char>(content.size() >> 8);
  record += static_cast<char>(content.size() & 0xff);
  return record.append(content);
}

// A ClientHello (1) or ServerHello (2) with nothing optional in it.
std::string tls_hello(std::uint8_t type, std::string_view random_octets) {
  std::string body{3, 3};
  body += random_octets;
  body += '\0';                                                       // no session id
  if (type == 1) body += std::string("\0\2", 2);                      // length of the cipher list
  body += std::string("\x13\x01", 2);                                 // TLS_AES_128_GCM_SHA256
  body += type == 1 ? std::string("\1\0", 2) : std::string(1, '\0');  // no compression
  const std::string header{static_cast<char>(type), 0, 0, static_cast<char>(body.size())};
  return tls_record(22, header + body);
}

void say(std::vector<Turn>& turns, Side side, std::initializer_list<std::string_view> lines) {
  std::string octets;
  for (const std::string_view line : lines) {
    octets += line;
    octets += "\r\n";
  }
  turns.push_back({side, std::move(octets)});
}

}  // namespace

Author::Author(std::uint64_t seed)
    : random_(seed),
      base64_lines_(make_base64_lines(random_)),
      text_lines_(make_text_lines(random_)),
      noise_(make_noise(random_)) {}

std::vector<Turn> Author::session() {
  std::vector<Turn> turns;
  say(turns, Side::server, {"220 mx.example.com ESMTP ready"});
  say(turns, Side::client, {"EHLO out" + std::to_string(random_.below(40)) + ".example.net"});
  say(turns, Side::server,
      {"250-mx.example.com", "250-PIPELINING", "250-SIZE 52428800", "250-STARTTLS",
       "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250 SMTPUTF8"});
  if (random_.happens(15)) {
    hidden_mail(turns);
    return turns;
  }
  const std::uint64_t messages = 1 + random_.below(4);
  for (std::uint64_t i = 0; i < messages; ++i) clear_mail(turns);
  say(turns, Side::client, {"QUIT"});
  say(turns, Side::server, {"221 2.0.0 Bye"});
  return turns;
}

void Author::clear_mail(std::vector<Turn>& turns) {
  const std::string number = std::to_string(++message_number_);
  const std::string mail = "MAIL FROM:<user" + number + "@example.net> SIZE=65536";
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
  turns.push_back({Side::client, message()});
  say(turns, Side::server, {"250 2.0.0 Ok: queued as 4X" + number});
}

void Author::hidden_mail(std::vector<Turn>& turns) {
  say(turns, Side::client, {"STARTTLS"});
  say(turns, Side::server, {"220 2.0.0 Ready to start TLS"});
  turns.push_back({Side::client, tls_hello(1, slice(noise_, 32))});
  turns.push_back(
      {Side::server, tls_hello(2, slice(noise_, 32)) + tls_record(23, slice(noise_, 2000))});
  std::string records;
  for (std::size_t left = message_size(); left > 0;) {
    const std::size_t size = std::min<std::size_t>(left, 16'384);
    records += tls_record(23, slice(noise_, size));
    left -= size;
  }
  turns.push_back({Side::client, std::move(records)});
  turns.push_back({Side::server, tls_record(23, slice(noise_, 60))});
}

std::string Author::message() {
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
  const std::size_t lines = message_size() / (line_size + 2);
  out += slice(is_text ? text_lines_ : base64_lines_, lines * (line_size + 2));
  return out += ".\r\n";
}

// `size` octets from somewhere in the pool, from the beginning of a line.
std::string Author::slice(const std::string& pool, std::size_t size) {
  const std::size_t lines = (pool_size - size) / (line_size + 2);
  return pool.substr(random_.below(lines) * (line_size + 2), size);
}

std::size_t Author::message_size() {
  const std::uint64_t share = random_.below(100);
  const std::size_t size = share < 70 ? 5'000 : share < 95 ? 60'000 : 2'000'000;
  return size * 3 / 4 + random_.below(size / 2);
}

}  // namespace smtpscope::bench
