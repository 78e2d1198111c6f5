#include "analyzer/transcript/failure.hpp"
#include "tests/support/catch.hpp"

using smtpscope::session::FailureKind;
using smtpscope::transcript::failure_kind;

TEST_CASE("the words of tools and libraries tell what failed") {
  struct Row {
    const char* words;
    FailureKind kind;
  };
  const auto row = GENERATE(values<Row>({
      {"IO::Socket::INET: connect: Connection refused", FailureKind::refused},
      {"ConnectionRefusedError: [Errno 111] Connection refused", FailureKind::refused},
      {"connect to 198.51.100.25 port 25 failed: Connection timed out", FailureKind::timed_out},
      {"OSError: [Errno 113] No route to host", FailureKind::unreachable},
      {"connect: Network is unreachable", FailureKind::unreachable},
      {"socket.gaierror: [Errno -2] Name or service not known", FailureKind::host_unknown},
      {"Could not resolve host: mx.example.com", FailureKind::host_unknown},
      {"ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
       FailureKind::tls},
      {"TLS startup failed (connect(): error:0A000102:SSL routines::unsupported protocol)",
       FailureKind::tls},
      {"Remote host closed connection unexpectedly.", FailureKind::closed},
      {"ConnectionResetError: [Errno 104] Connection reset by peer", FailureKind::closed},
      {"Broken pipe", FailureKind::closed},
      {"something else", FailureKind::other},
      {"", FailureKind::other},
  }));
  INFO(row.words);
  CHECK(failure_kind(row.words) == row.kind);
}
