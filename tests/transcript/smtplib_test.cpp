#include "tests/support/catch.hpp"
#include "tests/transcript/pieces_row.hpp"

using namespace smtpscope;
using session::FailureKind;
using test::PiecesRow;
using test::read;
using test::require_pieces;

TEST_CASE("smtplib: what was sent and read, as Python writes it") {
  const auto row = GENERATE(values<PiecesRow>({
      {"the reply is there once", R"(send: 'quit\r\n'
reply: b'221 2.0.0 Bye\r\n'
reply: retcode (221); Msg: b'2.0.0 Bye'
)",
       "C: quit|S: 221 2.0.0 Bye|"},
      {"TLS begins behind the 220", R"(send: 'STARTTLS\r\n'
reply: b'220 go\r\n'
send: 'ehlo x\r\n'
reply: b'250 mx\r\n'
)",
       "C: STARTTLS|S: 220 go|C~ ehlo x|S~ 250 mx|"},
      {"STARTTLS refused", R"(send: 'STARTTLS\r\n'
reply: b'454 no\r\n'
send: 'quit\r\n'
)",
       "C: STARTTLS|S: 454 no|C: quit|"},
      {"a message, and what follows its answer", R"(send: 'data\r\n'
reply: b'354 go\r\n'
data: (354, b'go')
send: b'Subject: x\r\n\r\nhello\r\n.\r\n'
reply: b'250 ok\r\n'
data: (250, b'ok')
)",
       "C: data|S: 354 go|C: Subject: x\r\n\r\nhello\r\n.|S: 250 ok|"},
      {"with times",
       "20:41:08.123456 send: 'ehlo x\\r\\n'\n20:41:08.123457 reply: b'250 mx\\r\\n'\n",
       "C: ehlo x|S: 250 mx|"},
      {"port 465", "connect: ('mx.example.com', 465)\nreply: b'220 mx\\r\\n'\n", "S~ 220 mx|"},
  }));
  require_pieces(row, read(row.text));
}

TEST_CASE("smtplib: where it connects to") {
  const auto sessions =
      read("connect: to ('mx.example.com', 25) None\nreply: b'220 mx\\r\\n'\nconnect: b'mx'\n");
  REQUIRE(sessions.size() == 1);
  CHECK(sessions.front().server_name == "mx.example.com");
  CHECK(sessions.front().server.port == 25);
  CHECK(sessions.front().connected == 2);
}

TEST_CASE("smtplib: without the connection, nothing of it is known") {
  const auto sessions = read("send: 'ehlo x\\r\\n'\nreply: b'250 mx\\r\\n'\n");
  REQUIRE(sessions.size() == 1);
  CHECK_FALSE(sessions.front().connected);
  const auto told = test::explained(sessions.front());
  CHECK(told.session.transport.opened == tcp::Opened::midstream);
  CHECK(test::finding_names(told) == "capture.midstream capture.open");
}

TEST_CASE("smtplib: its failures are the exceptions that end it") {
  struct Row {
    const char* name;
    std::string text;
    std::optional<FailureKind> kind;
  };
  const std::string connect = "connect: ('mx.example.com', 25)\n",
                    trace = "Traceback (most recent call last):\n  File \"x.py\", line 1\n";
  const std::string asked =
      "reply: b'220 mx\\r\\n'\nsend: 'STARTTLS\\r\\n'\nreply: b'220 go\\r\\n'\n";
  const auto row = GENERATE_COPY(values<Row>({
      {"refused", connect + trace + "ConnectionRefusedError: [Errno 111] Connection refused\n",
       FailureKind::refused},
      {"no such host", connect + trace + "socket.gaierror: [Errno -2] Name or service not known\n",
       FailureKind::host_unknown},
      {"timeout", connect + trace + "TimeoutError: timed out\n", FailureKind::timed_out},
      {"certificate",
       connect + asked + trace +
           "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
           "failed (_ssl.c:992)\n",
       FailureKind::tls},
      {"in the handshake",
       connect + asked + trace + "ConnectionResetError: [Errno 104] Connection reset by peer\n",
       FailureKind::tls},
      {"TLS breaks off later",
       connect + asked + "send: 'ehlo x\\r\\n'\n" + trace +
           "ssl.SSLEOFError: EOF occurred in violation of protocol (SSL: x)\n",
       FailureKind::closed},
      {"the server left", connect + "reply: b'220 mx\\r\\n'\nsend: 'ehlo x\\r\\n'\nreply: b''\n",
       FailureKind::closed},
      {"... as the exception says",
       connect + "reply: b'220 mx\\r\\n'\n" + trace +
           "smtplib.SMTPServerDisconnected: Connection unexpectedly closed\n",
       FailureKind::closed},
      {"a refusal is none",
       connect + "reply: b'220 mx\\r\\n'\n" + trace +
           "smtplib.SMTPRecipientsRefused: {'bob@example.com': (550, b'no')}\n",
       std::nullopt},
      {"no traceback, no exception", connect + "reply: b'220 mx\\r\\n'\nTimeoutError: timed out\n",
       std::nullopt},
  }));
  DYNAMIC_SECTION(row.name) {
    const auto sessions = read(row.text);
    REQUIRE(sessions.size() == 1);
    const auto& failure = sessions.front().failure;
    CHECK(failure.has_value() == row.kind.has_value());
    if (failure && row.kind) CHECK(failure->kind == *row.kind);
  }
}
