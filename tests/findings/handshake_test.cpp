// What the handshake of TLS shows, and how it failed. Certificates are of
// tests/support/tls_words.hpp.
#include "dissectors/tls/key_log.hpp"
#include "tests/findings/judged.hpp"
#include "tests/support/script.hpp"

namespace smtpscope::findings {
namespace {

std::string begun(const std::string& offer) {
  return offer + "C: STARTTLS\nS: 220 2.0.0 go ahead\n";
}
std::string on_25() { return begun(hello_tls); }
// Where certificates are verified.
std::string on_587() {
  std::string script = on_25();
  return script.replace(script.find("connect"), 7, "connect port=587");
}
std::string client_hello(const std::string& words = "1.2 name=mx.example.com") {
  return "tls C hello " + words + "\n";
}
std::string server_hello(const std::string& words = "1.2") { return "tls S hello " + words + "\n"; }
std::string certificate(const std::string& words = "") {
  return "tls S certificate " + words + "\n";
}
const std::string finished = "tls C key\ntls S done\n";
const std::string dialogue = "tls C data 60\ntls S data 90\ntls C data 70\ntls S data 40\n";
const std::string flight_13 =
    client_hello("1.3 name=mx.example.com") + server_hello("1.3") + "tls S data 900\n";
const std::string finished_13 = "tls C data 53\n";
const std::string tickets = "tls S data 250\ntls S data 250\n";

std::string whole(const std::string& port_and_offer, const std::string& certificate_words) {
  return port_and_offer + client_hello() + server_hello() + certificate(certificate_words) +
         finished + dialogue + "close\n";
}
std::string with_suite(const std::string& suite) {
  return on_25() + client_hello("1.2 name=mx.example.com suites=" + suite) +
         server_hello("1.2 suite=" + suite) + certificate() + finished + dialogue + "close\n";
}

}  // namespace

TEST_CASE("tls.handshake-failed: alerts, and sides that leave") {
  require_case(GENERATE(values<Case>({
      {"the client does not know the authority",
       on_25() + client_hello() + server_hello() + certificate("by=itself") +
           "tls C alert 48\nclose\n",
       "tls.handshake-failed",
       "The client 192.0.2.10 broke the TLS handshake off after the server's certificate with the alert unknown_ca "
       "(it does not know, or not trust, who issued the certificate); the certificate CN=mx.example.com is signed by "
       "itself."},
      {"expired",
       on_25() + client_hello() + server_hello() + certificate("until=2025-12-31") +
           "tls C alert 45\nclose\n",
       "tls.handshake-failed", "the certificate CN=mx.example.com expired on 2025-12-31."},
      {"a wrong name",
       on_25() + client_hello() + server_hello() + certificate("name=www.example.com") +
           "tls C alert 42\nclose\n",
       "tls.handshake-failed", "is for www.example.com, and not for mx.example.com."},
      {"no common version",
       on_25() + client_hello("1.0 name=mx.example.com") + "tls S alert 70\nS:fin\nC:fin\n",
       "tls.handshake-failed",
       "protocol_version (it does not speak any version of TLS that the other side offers); "
       "the client offers TLSv1 at best, and 2 cipher suites."},
      {"no common suite", on_25() + client_hello() + "tls S alert 40\nS:fin\nC:fin\n",
       "tls.handshake-failed",
       "The server 198.51.100.25 broke the TLS handshake off after the ClientHello with the alert handshake_failure"},
      {"TLS 1.3, an alert that cannot be read", on_25() + flight_13 + "tls C data 19\nclose\n",
       "tls.handshake-failed",
       "sent a record as short as an alert, and left. Most likely the certificate did not please it."},
      {"reset", on_25() + client_hello() + server_hello() + certificate() + "C:rst\n",
       "tls.handshake-failed",
       "TLS did not come about: the client 192.0.2.10 reset the connection (RST) after the server's certificate, without "
       "an alert. It may have refused the certificate."},
      {"the server leaves", on_25() + client_hello() + "S:fin\nC:fin\n", "tls.handshake-failed",
       "without an alert; the client offers TLSv1.2 at best"},
      {"on port 465", "connect port=465\n" + client_hello() + "tls S alert 40\nS:fin\nC:fin\n",
       "tls.handshake-failed"},
      {"it comes about", whole(on_25(), ""), "tls.hidden"},
      {"a goodbye behind the dialogue",
       on_25() + client_hello() + server_hello() + certificate() + finished + dialogue +
           "tls C alert 0\nclose\n",
       "tls.hidden"},
      {"TLS 1.3 comes about",
       on_25() + flight_13 + finished_13 + tickets + dialogue + "tls C data 19\nclose\n",
       "tls.hidden"},
      {"the capture ends", on_25() + client_hello() + server_hello(), "tls.hidden capture.open"},
      {"a hole",
       on_25() + client_hello() + server_hello() + "drop\n" + certificate() + "ack C\nC:rst\n",
       "tls.hidden"},
  })));
}

TEST_CASE("tls.left-after-handshake") {
  require_case(GENERATE(values<Case>({
      {"a goodbye alone", on_25() + flight_13 + finished_13 + tickets + "tls C data 19\nclose\n",
       "tls.hidden tls.left-after-handshake",
       "TLS came about (TLSv1.3), and the client said nothing inside: the client 192.0.2.10 closed the connection "
       "(FIN). It may have refused the certificate."},
      {"not even that", on_25() + flight_13 + finished_13 + "C:rst\n",
       "tls.hidden tls.left-after-handshake"},
      {"TLS 1.2, a certificate that shows",
       on_25() + client_hello() + server_hello() + certificate("by=itself") + finished + "close\n",
       "tls.hidden tls.left-after-handshake tls.certificate-self-signed",
       "which is signed by itself."},
      {"a dialogue follows",
       on_25() + flight_13 + finished_13 + dialogue + "tls C data 19\nclose\n", "tls.hidden"},
      {"the server leaves", on_25() + flight_13 + finished_13 + tickets + "S:fin\nC:fin\n",
       "tls.hidden"},
      {"the capture ends", on_25() + flight_13 + finished_13 + tickets, "tls.hidden capture.open"},
  })));
}

TEST_CASE("tls.obsolete-version") {
  const auto of = [](const std::string& version) {
    return on_25() + client_hello(version + " name=mx.example.com suites=c014") +
           server_hello(version + " suite=c014") + certificate() + finished + dialogue + "close\n";
  };
  require_case(GENERATE_COPY(values<Case>({
      {"SSL 3.0", of("3.0"), "tls.hidden tls.obsolete-version"},
      {"TLS 1.0", of("1.0"), "tls.hidden tls.obsolete-version",
       "The server 198.51.100.25 chose TLSv1 where the client offers TLSv1 at best."},
      {"TLS 1.1", of("1.1"), "tls.hidden tls.obsolete-version"},
      {"TLS 1.2", of("1.2"), "tls.hidden"},
  })));
}

TEST_CASE("tls.weak-cipher") {
  require_case(GENERATE(values<Case>({
      {"RC4", with_suite("c011"), "tls.hidden tls.weak-cipher", "which can be broken."},
      {"3DES", with_suite("c012"), "tls.hidden tls.weak-cipher"},
      {"nothing at all", with_suite("c010"), "tls.hidden tls.weak-cipher",
       "which encrypts nothing."},
      {"anonymous", with_suite("c018"), "tls.hidden tls.weak-cipher",
       "does not prove who the server is."},
      {"export", with_suite("0003"), "tls.hidden tls.weak-cipher tls.no-forward-secrecy",
       "weak on purpose."},
      {"AES", with_suite("c013"), "tls.hidden"},
      {"ChaCha20", with_suite("cca8"), "tls.hidden"},
  })));
}

TEST_CASE("tls.no-forward-secrecy") {
  require_case(GENERATE(values<Case>({
      {"RSA", with_suite("009c"), "tls.hidden tls.no-forward-secrecy",
       "chose TLS_RSA_WITH_AES_128_GCM_SHA256: whoever gets the server's key can read this recording."},
      {"ECDHE", with_suite("c02f"), "tls.hidden"},
      {"DHE", with_suite("009e"), "tls.hidden"},
      {"TLS 1.3", on_25() + flight_13 + finished_13 + dialogue + "close\n", "tls.hidden"},
  })));
}

TEST_CASE("tls.certificate-expired, tls.certificate-not-yet-valid") {
  require_case(GENERATE(values<Case>({
      {"expired", whole(on_25(), "until=2025-12-31"), "tls.hidden tls.certificate-expired",
       "The certificate CN=mx.example.com of the server 198.51.100.25 expired on 2025-12-31."},
      {"the last day", whole(on_25(), "until=2026-01-03"), "tls.hidden"},
      {"not yet", whole(on_25(), "from=2026-06-01"), "tls.hidden tls.certificate-not-yet-valid",
       "is not valid before 2026-06-01."},
      {"the first day", whole(on_25(), "from=2026-01-02"), "tls.hidden"},
  })));
}

TEST_CASE("tls.certificate-self-signed, tls.certificate-wrong-name") {
  require_case(GENERATE(values<Case>({
      {"by itself", whole(on_587(), "by=itself"), "tls.hidden tls.certificate-self-signed",
       "nobody vouches for it."},
      {"by another one", whole(on_587(), "by=Example-CA"), "tls.hidden"},
      {"another name", whole(on_587(), "name=www.example.com"),
       "tls.hidden tls.certificate-wrong-name",
       "is for www.example.com, and not for mx.example.com."},
      {"a wildcard", whole(on_587(), "name=*.example.com"), "tls.hidden"},
      {"a wildcard of another level", whole(on_587(), "name=*.com"),
       "tls.hidden tls.certificate-wrong-name"},
      {"in other letters", whole(on_587(), "name=MX.Example.COM"), "tls.hidden"},
  })));
}

TEST_CASE("tls.certificate-self-signed, tls.certificate-wrong-name: on port 25 notes") {
  for (const char* words : {"by=itself", "name=www.example.com"}) {
    for (const Finding& finding : judge(test::session_of(whole(on_25(), words))))
      CHECK(severity_of(finding) == Severity::note);
  }
}

TEST_CASE("tls.no-sni") {
  require_case(GENERATE(values<Case>({
      {"no name",
       on_25() + client_hello("1.2") + server_hello() + certificate() + finished + dialogue +
           "close\n",
       "tls.hidden tls.no-sni",
       "The client 192.0.2.10 did not say which server it wants to reach (SNI)."},
      {"a name", whole(on_25(), ""), "tls.hidden"},
  })));
}

TEST_CASE("tls.key-missing") {
  const auto ids_with = [](const std::string& script, const tls::KeyLog& keys) {
    session::Analyzer analyzer("script", session::Order::first_packet);
    analyzer.use_keys(keys);
    for (const test::TestPacket& packet : test::packets_of(script)) analyzer.take(packet.view());
    analyzer.finish(session::FileEnd::whole);
    const auto session = analyzer.next_session();
    REQUIRE(session);
    return ids_of(judge(*session)) + "; " + texts_of(judge(*session));
  };
  tls::KeyLog others, wrong;
  const std::string secret(96, 'a');
  others.take("CLIENT_RANDOM " + std::string(64, '0') + ' ' + secret + '\n');
  std::string random;
  for (int i = 0; i < 32; ++i) random += "43";  // tls_words' random is all C
  wrong.take("CLIENT_RANDOM " + random + ' ' + secret + '\n');
  CHECK(ids_with(whole(on_25(), ""), others).find("tls.key-missing; ") != std::string::npos);
  CHECK(ids_with(whole(on_25(), ""), others).find("the key log has nothing for this session") !=
        std::string::npos);
  CHECK(ids_with(whole(on_25(), ""), wrong).find("they open nothing") != std::string::npos);
  CHECK(ids_with("midstream\n" + dialogue + "close\n", others)
            .find("lacks the beginning of the handshake") != std::string::npos);
  // Nobody gave any keys; there is no TLS; it failed.
  CHECK(ids_of(judge(test::session_of(whole(on_25(), "")))) == "tls.hidden");
  CHECK(ids_with(delivered + quit, others).find("tls.key-missing") == std::string::npos);
  CHECK(ids_with(on_25() + client_hello() + "tls S alert 40\nS:fin\nC:fin\n", others)
            .find("tls.key-missing") == std::string::npos);
}

}  // namespace smtpscope::findings
