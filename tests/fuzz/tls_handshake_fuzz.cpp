// Whatever octets come as handshake messages, cut into records anyhow: messages come out in order,
// and every reader of one (hellos, certificates, key logs, fingerprints) tells something bounded or
// nothing.
//
// Input: an octet that says how large the pieces are, then the octets of the messages.
#include "dissectors/base/check.hpp"
#include "dissectors/tls/certificate.hpp"
#include "dissectors/tls/fingerprint.hpp"
#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/key_log.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

using namespace smtpscope;

namespace {

void read_certificates_of(Bytes body, std::uint16_t version) {
  for (const Bytes der : tls::read_certificates(body, version)) {
    check(der.size() <= body.size(), "a certificate lies in its message");
    const auto certificate = tls::read_certificate(der);
    if (!certificate) continue;
    check(certificate->names.size() <= tls::certificate_names_kept, "names have a limit");
    (void)tls::is_for(*certificate, "mx.example.com");
  }
}

std::string play(Bytes input, std::size_t cut) {
  tls::HandshakeReader reader;
  std::string told;
  for (std::size_t at = 0; at < input.size(); at += cut) {
    reader.take(input.subspan(at, std::min(cut, input.size() - at)));
    check(reader.held_octets() <= 2 * tls::handshake_octets_max, "what is held has a limit");
    while (const auto message = reader.next()) {
      told += static_cast<char>(message->type);
      told += as_text(message->whole);
      if (const auto hello = tls::read_client_hello(message->body)) {
        check(tls::ja3(*hello).size() == 32 && tls::ja4(*hello).size() == 36,
              "fingerprints have their length");
      }
      if (const auto hello = tls::read_server_hello(message->body)) {
        check(tls::ja3s(*hello).size() == 32, "fingerprints have their length");
      }
      read_certificates_of(message->body, 0x0303);
      read_certificates_of(message->body, 0x0304);
    }
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input({data, size});
  const std::size_t cut = std::size_t{input.octet()} + 1;
  const Bytes octets = input.octets(size);
  check(play(octets, cut) == play(octets, 1 << 14), "cuts change nothing");
  (void)tls::read_certificate(octets);
  tls::KeyLog log;
  log.take(as_text(octets));
  log.finish();
  check(log.bad_lines() <= octets.size() + 1, "lines are counted");
  return 0;
}
