#include "analyzer/transcript/detect.hpp"
#include "tests/support/catch.hpp"

#include <string>

using namespace smtpscope::transcript;

TEST_CASE("a transcript is known by lines that only its tool writes") {
  struct Row {
    const char* name;
    std::string text;
    std::optional<Tool> tool;
  };
  const auto row = GENERATE(values<Row>({
      {"swaks", "=== Trying mx.example.com:25...\n", Tool::swaks},
      {"swaks, the dialogue alone", "text\n<-  220 mx.example.com ESMTP\n -> EHLO x\n",
       Tool::swaks},
      {"swaks, a refusal under TLS alone", "<~* 550 5.1.1 no\n", Tool::swaks},
      {"curl", "* Connected to mx.example.com (198.51.100.25) port 25 (#0)\n", Tool::curl},
      {"curl behind its meter",
       "  % Total\n\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     "
       "0*   Trying 198.51.100.25:25...\n",
       Tool::curl},
      {"curl, its last word", "curl: (7) Failed to connect\r\n", Tool::curl},
      {"curl, the dialogue alone", "< 220 mx.example.com\r\n> EHLO x\r\n", Tool::curl},
      {"smtplib", "send: 'ehlo x\\r\\n'\n", Tool::smtplib},
      {"smtplib with times", "20:41:08.123456 reply: b'250 ok\\r\\n'\n", Tool::smtplib},
      {"openssl", "CONNECTED(00000003)\n", Tool::openssl},
      {"openssl in script(1)", "Script started on 2026-01-02\nCONNECTED(00000003)\r\n",
       Tool::openssl},
      {"openssl that got no connection", "40B7:error:8000006F:system library\nconnect:errno=111\n",
       Tool::openssl},
      {"nothing", "", std::nullopt},
      {"replies, one a line", "550 5.1.1 User unknown\n250 ok\tRCPT\n", std::nullopt},
      {"a list", "* one\n* two\n> quoted\n", std::nullopt},
      {"a pcap", std::string("\xd4\xc3\xb2\xa1\x02\0\x04\0", 8), std::nullopt},
      {"HTTP by hand", "GET / HTTP/1.1\r\n< HTTP/1.1 200 OK\n", std::nullopt},
      {"four digits are no code", "< 2205 mx\n", std::nullopt},
      {"too far down", std::string(detect_octets_max, '\n') + "CONNECTED(00000003)\n",
       std::nullopt},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(detect(row.text) == row.tool); }
}
