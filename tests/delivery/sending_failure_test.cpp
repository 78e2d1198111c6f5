#include "analyzer/delivery/sending_failure.hpp"
#include "analyzer/delivery/explanation.hpp"
#include "tests/support/catch.hpp"

#include <string>

namespace smtpscope::delivery {

TEST_CASE("why a delivery failed without a reply") {
  struct Row {
    std::string_view text;
    std::string_view reason;
  };
  const auto row = GENERATE(values<Row>({
      {"connect to mx.example.com[198.51.100.25]:25: Connection refused", "connection-refused"},
      {"connect to mx.example.com[198.51.100.25]:25: Connection timed out", "connection-timeout"},
      {"connect to mx.example.com[2001:db8::25]:25: Network is unreachable", "unreachable"},
      {"No route to host", "unreachable"},
      {"conversation with mx.example.com[198.51.100.25] timed out while receiving the initial "
       "server greeting",
       "no-greeting"},
      {"conversation with mx.example.com[198.51.100.25] timed out while sending end of data -- "
       "message may be sent more than once",
       "no-final-reply"},
      {"lost connection with mx.example.com[198.51.100.25] while sending end of data -- message "
       "may be sent more than once",
       "no-final-reply"},
      {"SMTP timeout after end of data (300 octets written)", "no-final-reply"},
      {"lost connection with mx.example.com[198.51.100.25] while performing the EHLO handshake",
       "server-closed"},
      {"conversation with mx.example.com[198.51.100.25] timed out while sending message body",
       "stalled"},
      {"conversation with mx.example.com[198.51.100.25] timed out while sending RCPT TO",
       "networkerror"},
      {"Connection reset by peer", "reset"},
      {"TLS is required, but was not offered by host mx.example.com[198.51.100.25]",
       "failedstarttls"},
      {"Cannot start TLS: handshake failure", "tls-handshake"},
      {"Server certificate not trusted", "tls-certificate"},
      {"(SSL_connect): error: certificate verify failed: TLS session failed", "tls-certificate"},
      {"retry timeout exceeded", "expired"},
      {"CONNECTION REFUSED", "connection-refused"},
  }));
  DYNAMIC_SECTION(row.text) {
    const ReasonInfo* const reason = reason_of_sending_failure(row.text);
    REQUIRE(reason != nullptr);
    CHECK(reason->name == row.reason);
  }
}

TEST_CASE("what says nothing of an attempt") {
  for (const char* text : {"", "unknown user: \"bob\"", "550 5.1.1 no such user",
                           "Host or domain name not found", "timed out"}) {
    INFO(text);
    CHECK(reason_of_sending_failure(text) == nullptr);
  }
}

TEST_CASE("an attempt that failed, in words") {
  Classifying classifying;
  Explainer explainer(classifying);
  const ReasonInfo* const refused = reason_of_sending_failure("Connection refused");
  REQUIRE(refused != nullptr);
  const Explanation& told = explainer.explain_attempt(
      *refused, "connect to mx.example.com[198.51.100.25]:25: Connection refused", false,
      {.recipient = "bob@example.com"});
  CHECK(told.why.reason == "connection-refused");
  CHECK(told.why.rule.empty());
  CHECK(told.fault == Fault::server);
  CHECK(told.permanent == false);
  CHECK(told.text ==
        "The delivery to bob@example.com failed for now. Nothing listens there, or a firewall says "
        "no.");
  CHECK(told.advice ==
        "The client will try again by itself. Check that the mail service on 198.51.100.25 runs, "
        "and the firewalls on the way.");
}

TEST_CASE("what is known around a reply is in its words") {
  Classifying classifying;
  Explainer explainer(classifying);
  const Explanation& told =
      explainer.explain("550 5.1.1 no such user", Asked::recipient,
                        {.recipient = "bob@example.com", .server = "mx.example.com"});
  CHECK(told.text ==
        "The server refused the recipient bob@example.com for good. The mailbox does not exist.");
  CHECK(told.advice.find("bob@example.com") != std::string::npos);
  // Nothing of it stays.
  CHECK(explainer.explain("550 5.1.1 no such user", Asked::recipient).text ==
        "The server refused the recipient for good. The mailbox does not exist.");
}

}  // namespace smtpscope::delivery
