#include "analyzer/render/json_tls.hpp"

#include "analyzer/render/json_part.hpp"
#include "analyzer/render/names.hpp"
#include "analyzer/render/numbers.hpp"
#include "dissectors/tls/suite.hpp"

#include <string>
#include <string_view>

namespace smtpscope::render {
namespace {

using session::Session;
using session::TlsSeen;

class TlsWriter : PartWriter {
 public:
  using PartWriter::PartWriter;

  void write();

 private:
  void write_hidden(const smtp::TlsFacts& tls);
  void write_clear_again(const smtp::TlsFacts& tls);
  void write_told(const smtp::TlsFacts& tls);
  void write_seen(const TlsSeen& seen);
  void write_certificate(const tls::Certificate& certificate);
  void write_alerts(const tls::Facts& facts);
  void write_handshake(const tls::Facts& facts);
  void write_side(const tls::SideFacts& side);

  template <std::size_t size>
  void fact(const char (&key)[size], std::string_view value) {
    if (value.empty()) return;
    json_.key(key);
    wire(value);
  }
  void lines(const std::vector<std::string>& texts) {
    json_.begin_array();
    for (const std::string& text : texts) wire(text);
    json_.end_array();
  }
};

void TlsWriter::write() {
  if (!session_.tls) return json_.null();
  const smtp::TlsFacts& tls = *session_.tls;
  json_.begin_object();
  json_.key("mode").text(name_of(tls.mode));
  frame(tls.command, "command_frame", "command_file");
  frame(tls.accept, "accept_frame", "accept_file");
  json_.key("stayed_clear").truth(tls.stayed_clear);
  json_.key("hidden");
  write_hidden(tls);
  write_clear_again(tls);
  json_.key("decrypted").truth(tls.decrypted);
  if (tls.decrypted) frame(tls.first, "from_frame");
  fact("version", tls.version);
  fact("cipher", tls.cipher);
  session_.tls_seen ? write_seen(*session_.tls_seen) : write_told(tls);
  json_.end_object();
}

void TlsWriter::write_hidden(const smtp::TlsFacts& tls) {
  if (!tls.first || tls.stayed_clear || tls.decrypted) return json_.null();
  json_.begin_object();
  frame(tls.first, "from_frame");
  json_.key("seconds").seconds(elapsed(tls.first->time, tls.last.time));
  json_.key("client_octets").number(tls.client_octets);
  json_.key("server_octets").number(tls.server_octets);
  json_.end_object();
}

// Only where a side went back to clear text.
void TlsWriter::write_clear_again(const smtp::TlsFacts& tls) {
  if (!tls.clear_again[0] && !tls.clear_again[1]) return;
  json_.key("clear_again").begin_array();
  for (const Side side : {Side::client, Side::server}) {
    const auto& again = tls.clear_again[index_of(side)];
    if (!again) continue;
    json_.begin_object();
    json_.key("from").side(side);
    frame(again->at);
    json_.end_object();
  }
  json_.end_array();
}

// By a tool about its own session.
void TlsWriter::write_told(const smtp::TlsFacts& tls) {
  if (tls.subject.empty() && tls.issuer.empty()) return;
  json_.key("certificate").begin_object();
  fact("subject", tls.subject);
  fact("issuer", tls.issuer);
  json_.end_object();
}

void TlsWriter::write_seen(const TlsSeen& seen) {
  const tls::Facts& facts = seen.facts;
  json_.key("keys").text(name_of(facts.closed));
  if (const auto& hello = facts.client_hello) {
    json_.key("sni");
    hello->server_name.empty() ? json_.null() : wire(hello->server_name);
    if (!hello->alpn.empty()) {
      json_.key("alpn");
      lines(hello->alpn);
    }
    json_.key("offered_version").text(tls::version_word(hello->highest_version()));
    if (hello->encrypted_client_hello) json_.key("encrypted_client_hello").truth(true);
  }
  if (const tls::Certificate* certificate = seen.certificate()) {
    json_.key("certificate");
    write_certificate(*certificate);
    json_.key("chain").number(seen.certificates.size());
  }
  if (facts.client_asked) json_.key("client_certificate_asked").truth(true);
  if (!seen.client_certificates.empty()) {
    json_.key("client_certificate");
    write_certificate(seen.client_certificates.front());
  }
  write_alerts(facts);
  write_handshake(facts);
  fact("ja3", seen.ja3);
  fact("ja3s", seen.ja3s);
  fact("ja4", seen.ja4);
  json_.key("records").begin_object();
  json_.key("client");
  write_side(facts.side[index_of(Side::client)]);
  json_.key("server");
  write_side(facts.side[index_of(Side::server)]);
  json_.end_object();
}

void TlsWriter::write_certificate(const tls::Certificate& certificate) {
  json_.begin_object();
  json_.key("subject");
  wire(certificate.subject);
  json_.key("issuer");
  wire(certificate.issuer);
  json_.key("san");
  lines(certificate.names);
  json_.key("not_before").text(date_words(certificate.not_before));
  json_.key("not_after").text(date_words(certificate.not_after));
  fact("key", certificate.key);
  json_.key("self_signed").truth(certificate.is_self_signed);
  json_.key("sha256").text(certificate.sha256);
  json_.end_object();
}

// The one that broke TLS off; one that only says goodbye is none.
void TlsWriter::write_alerts(const tls::Facts& facts) {
  if (const tls::Alert* alert = facts.fatal_alert()) {
    json_.key("alert").begin_object();
    json_.key("from").side(alert->from);
    json_.key("level").text(alert->level == 2 ? "fatal" : "warning");
    const std::string_view name = tls::alert_name(alert->description);
    json_.key("description")
        .text(name.empty() ? std::to_string(alert->description) : std::string(name));
    json_.key("step").text(tls::word_of(alert->step));
    frame(alert->origin);
    json_.end_object();
  }
  if (facts.sealed_alert) {
    json_.key("likely_alert").begin_object();
    json_.key("from").side(Side::client);
    json_.key("step").text(tls::word_of(facts.sealed_alert->step));
    frame(facts.sealed_alert->origin);
    json_.end_object();
  }
}

void TlsWriter::write_handshake(const tls::Facts& facts) {
  json_.key("handshake").begin_object();
  json_.key("step").text(tls::word_of(facts.step));
  frame(facts.step_at);
  json_.key("resumed").truth(facts.resumed);
  if (facts.hello_retry) json_.key("hello_retry").truth(true);
  if (facts.early_data) json_.key("early_data").truth(true);
  if (facts.renegotiated) json_.key("renegotiated").truth(true);
  if (facts.key_updates > 0) json_.key("key_updates").number(facts.key_updates);
  json_.end_object();
}

void TlsWriter::write_side(const tls::SideFacts& side) {
  json_.begin_object();
  json_.key("count").number(side.records);
  json_.key("handshake_octets").number(side.handshake_octets);
  json_.key("data_octets").number(side.application_octets);
  if (side.broken_records > 0) json_.key("broken").number(side.broken_records);
  json_.key("sizes").begin_array();
  for (const std::uint16_t size : side.sizes) json_.number(size);
  json_.end_array();
  json_.end_object();
}

}  // namespace

void write_tls(JsonWriter& json, const Session& session, const Redactor& redactor) {
  TlsWriter(json, session, redactor).write();
}

}  // namespace smtpscope::render
