// What the first octets of a direction tell, and what they do not.
#include "analyzer/session/detect.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;
using session::From;
using session::Voice;
using namespace std::string_view_literals;

namespace Catch {
template <>
struct StringMaker<Voice> {
  static std::string convert(Voice voice) {
    switch (voice) {
      case Voice::silent:
        return "silent";
      case Voice::client:
        return "client";
      case Voice::server:
        return "server";
      case Voice::greeting:
        return "greeting";
      case Voice::other:
        return "other";
    }
    return "?";
  }
};
}  // namespace Catch

namespace {

struct Row {
  const char* name;
  std::string_view text;
  Voice voice;
};

}  // namespace

TEST_CASE("from the first octet on") {
  const auto row = GENERATE(values<Row>({
      {"nothing", ""sv, Voice::silent},
      {"a greeting of SMTP", "220 mx.example.com ESMTP\r\n"sv, Voice::server},
      {"of LMTP", "220 mx.example.com LMTP ready\r\n"sv, Voice::server},
      {"in small letters", "220 smtp.example.com\r\n"sv, Voice::server},
      {"of several lines, the word in the last",
       "220-mx.example.com\r\n220-hello\r\n220 ESMTP\r\n"sv, Voice::server},
      {"a refusal that says SMTP", "554 mx.example.com ESMTP not accepting connections\r\n"sv,
       Voice::server},
      {"too busy, says SMTP", "421 mx.example.com SMTP too many connections\r\n"sv, Voice::server},
      {"too busy, by its enhanced code", "421 4.3.2 come back later\r\n"sv, Voice::server},
      {"too busy, whatever it is", "421 too many connections\r\n"sv, Voice::greeting},
      {"a greeting that names nothing", "220 ready\r\n"sv, Voice::greeting},
      {"and is not complete", "220 mx.exam"sv, Voice::silent},
      {"cut in its code", "22"sv, Voice::silent},
      {"FTP", "220 (vsFTPd 3.0.3)\r\n"sv, Voice::greeting},
      {"FTP on a host for SMTP", "220 smtp.example.com FTP server ready\r\n"sv, Voice::greeting},
      {"FTP goes on", "220 ready\r\n331 password?\r\n"sv, Voice::other},
      {"the reply to EHLO, without the client's side",
       "220 ready\r\n250-mx\r\n250 PIPELINING\r\n"sv, Voice::server},
      {"a reply that only mail has", "220 ready\r\n250 mx\r\n354 go on\r\n"sv, Voice::server},
      {"an enhanced code of another class", "220 ready\r\n250 4.2.1 odd\r\n"sv, Voice::greeting},
      {"news", "200 news.example.com ready\r\n"sv, Voice::other},
      {"news, no posting", "201 news.example.com ready\r\n"sv, Voice::other},
      {"POP", "+OK ready\r\n"sv, Voice::other},
      {"IMAP", "* OK ready\r\n"sv, Voice::other},
      {"SSH", "SSH-2.0-OpenSSH_9.2\r\n"sv, Voice::other},
      {"HTTP", "GET / HTTP/1.1\r\n"sv, Voice::other},
      {"MySQL",
       "\x4a\0\0\0\x0a"
       "8.0.30\0"sv,
       Voice::other},
      {"TLS", "\x16\x03\x01\x02\x00\x01"sv, Voice::other},
      {"a milter", "\0\0\0\x0dO\0\0\0\x06"sv, Voice::other},
      {"Dovecot's auth", "VERSION\t1\t2\n"sv, Voice::other},
      {"ManageSieve", "\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n"sv, Voice::other},
      {"IRC", "NICK alice\r\n"sv, Voice::other},
      {"FTP's client", "USER anonymous\r\n"sv, Voice::other},
      {"FTP's client with TLS", "AUTH TLS\r\n"sv, Voice::other},
      {"EHLO", "EHLO client.example.net\r\n"sv, Voice::client},
      {"ehlo", "ehlo client.example.net\r\n"sv, Voice::client},
      {"EHLO without a name", "EHLO\r\n"sv, Voice::client},
      {"HELO, not complete", "HELO clie"sv, Voice::client},
      {"LHLO", "LHLO client.example.net\r\n"sv, Voice::client},
      {"MAIL at once", "MAIL FROM:<alice@example.net>\r\n"sv, Voice::client},
      {"a word of its own", "EHLOS there\r\n"sv, Voice::other},
      {"cut in the word", "EH"sv, Voice::silent},
      {"what others say too", "QUIT\r\n"sv, Voice::silent},
      {"that, and EHLO", "NOOP\r\nEHLO client.example.net\r\n"sv, Voice::client},
      {"that, and something else", "NOOP\r\nUSER alice\r\n"sv, Voice::other},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(session::voice_of(row.text, From::start) == row.voice); }
}

TEST_CASE("from the middle on") {
  const auto row = GENERATE(values<Row>({
      {"a command", "RCPT TO:<bob@example.com>\r\n"sv, Voice::client},
      {"a chunk", "BDAT 86 LAST\r\n"sv, Voice::client},
      {"text of a message", "Dear Bob,\r\n"sv, Voice::silent},
      {"a command in the text of a message", "Dear Bob,\r\nMAIL FROM:<x>\r\n"sv, Voice::silent},
      {"a reply of mail", "250 2.1.5 Ok\r\n"sv, Voice::server},
      {"a reply", "250 Ok\r\n"sv, Voice::greeting},
      {"a reply of FTP", "226 Transfer complete\r\n"sv, Voice::other},
      {"no text", "\x01\x02\x03"sv, Voice::other},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(session::voice_of(row.text, From::middle) == row.voice); }
}

TEST_CASE("no cut makes something else of what is told in the end") {
  for (const std::string_view text :
       {"220-mx.example.com\r\n220 ESMTP\r\n"sv, "EHLO client.example.net\r\n"sv,
        "NOOP\r\nHELO x\r\n"sv, "421 4.3.2 later\r\n"sv, "554 mx SMTP no\r\n"sv}) {
    INFO(text);
    const Voice whole = session::voice_of(text, From::start);
    for (std::size_t size = 0; size < text.size(); ++size) {
      INFO(size);
      const Voice part = session::voice_of(text.substr(0, size), From::start);
      CHECK((part == whole || part == Voice::silent || part == Voice::greeting));
    }
  }
}

TEST_CASE("who sends this, where it is mail for sure") {
  struct Speaker {
    const char* name;
    std::string_view content;
    std::optional<Side> side;
  };
  const auto row = GENERATE(values<Speaker>({
      {"a command", "QUIT\r\n"sv, Side::client},
      {"a reply", "250 Ok\r\n"sv, Side::server},
      {"several lines", "250-mx.example.com\r\n250 SIZE\r\n"sv, Side::server},
      {"ClientHello", "\x16\x03\x01\x02\x00\x01\x00"sv, Side::client},
      {"ServerHello", "\x16\x03\x03\x00\x7a\x02\x00"sv, Side::server},
      {"encrypted", "\x17\x03\x03\x00\x7a\x02\x00"sv, std::nullopt},
      {"half a reply", "250 O"sv, std::nullopt},
      {"half a command", "QUI"sv, std::nullopt},
      {"text", "Dear Bob,\r\n"sv, std::nullopt},
      {"text that begins like a reply", "250 people came\r\nto us.\r\n"sv, std::nullopt},
      {"nothing", ""sv, std::nullopt},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(session::speaker_of(row.content) == row.side); }
}
