#include "tests/tls/pair.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace smtpscope::test {
namespace {

void need(bool holds, const char* what) {
  if (holds) return;
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  throw std::runtime_error(std::string(what) + ": " + text.data());
}

void keep_key(const SSL* ssl, const char* line) {
  auto* const log = static_cast<std::string*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  *log += std::string(line) + '\n';
}

Own<SSL_CTX> context_of(const SSL_METHOD* method, const PairSettings& settings) {
  Own<SSL_CTX> context(SSL_CTX_new(method));
  need(context != nullptr, "SSL_CTX_new");
  SSL_CTX_set_security_level(context.get(), 0);  // what old captures hold, too
  need(SSL_CTX_set_min_proto_version(context.get(), settings.version) == 1 &&
           SSL_CTX_set_max_proto_version(context.get(), settings.version) == 1,
       "version");
  const std::string ciphers =
      settings.ciphers.empty() ? "DEFAULT:@SECLEVEL=0" : settings.ciphers + ":@SECLEVEL=0";
  need(SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()) == 1, ciphers.c_str());
  if (!settings.suites.empty())
    need(SSL_CTX_set_ciphersuites(context.get(), settings.suites.c_str()) == 1,
         settings.suites.c_str());
  SSL_CTX_set_options(context.get(), settings.options);
  return context;
}

const Identity& identity_of_server() {
  static const Identity made = make_identity("RSA", "DNS:mx.example.com");
  return made;
}

std::size_t record_octets(std::string_view rest) {
  return tls::record_header_octets + be16(as_bytes(rest), 3);
}

}  // namespace

Identity make_identity(const char* key_type, const std::string& names) {
  Identity made;
  const std::string_view type = key_type;
  made.key.reset(type == "EC"    ? EVP_EC_gen("P-256")
                 : type == "RSA" ? EVP_RSA_gen(2048)
                                 : EVP_PKEY_Q_keygen(nullptr, nullptr, key_type));
  made.certificate.reset(X509_new());
  X509* const certificate = made.certificate.get();
  need(made.key != nullptr && certificate != nullptr, "a key");
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24L * 60 * 60);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("mx.example.com"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  if (!names.empty()) {
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    need(extension != nullptr, names.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  need(X509_sign(certificate, made.key.get(), type == "ED25519" ? nullptr : EVP_sha256()) > 0,
       "X509_sign");
  return made;
}

Pair::Pair(const PairSettings& settings)
    : client_(context_of(TLS_client_method(), settings)),
      server_(context_of(TLS_server_method(), settings)) {
  SSL_CTX_set_app_data(server_.get(), &key_log_);
  SSL_CTX_set_app_data(client_.get(), &key_log_);
  SSL_CTX_set_keylog_callback(client_.get(), keep_key);
  need(SSL_CTX_use_certificate(server_.get(), identity_of_server().certificate.get()) == 1 &&
           SSL_CTX_use_PrivateKey(server_.get(), identity_of_server().key.get()) == 1,
       "certificate");
  SSL_CTX_set_dh_auto(server_.get(), 1);
  if (settings.client) settings.client(client_.get());
  if (settings.server) settings.server(server_.get());
  connect(nullptr);
}

void Pair::connect(SSL_SESSION* session) {
  flights_.clear();
  for (std::string& said : said_) said.clear();
  for (const Side side : {Side::client, Side::server}) {
    Own<SSL>& end = ends_[index_of(side)];
    end.reset(SSL_new(side == Side::client ? client_.get() : server_.get()));
    need(end != nullptr, "SSL_new");
    SSL_set_bio(end.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }
  if (session != nullptr) SSL_set_session(end(Side::client), session);
  SSL_set_tlsext_host_name(end(Side::client), "mx.example.com");
  SSL_set_connect_state(end(Side::client));
  SSL_set_accept_state(end(Side::server));
}

void Pair::reconnect() {
  const Own<SSL_SESSION> session(SSL_get1_session(end(Side::client)));
  // Else it is no session to go on with.
  for (const Side side : {Side::client, Side::server}) SSL_shutdown(end(side));
  connect(session.get());
}

void Pair::carry(Side side) {
  char* octets = nullptr;
  BIO* const written = SSL_get_wbio(end(side));
  const long count = BIO_get_mem_data(written, &octets);
  if (count <= 0) return;
  flights_.push_back({side, std::string(octets, static_cast<std::size_t>(count))});
  BIO_write(SSL_get_rbio(end(side == Side::client ? Side::server : Side::client)), octets,
            static_cast<int>(count));
  (void)BIO_reset(written);
}

void Pair::do_as(Side side, const std::function<void(SSL*)>& call) {
  call(end(side));
  carry(side);
  ERR_clear_error();
}

void Pair::shake_hands() {
  const auto go_on = [](SSL* ssl) { SSL_do_handshake(ssl); };
  for (int turn = 0; turn < 6; ++turn) {
    do_as(Side::client, go_on);
    do_as(Side::server, go_on);
  }
  // What came behind the handshake: tickets.
  for (const Side side : {Side::client, Side::server}) {
    do_as(side, [](SSL* ssl) {
      char octet = 0;
      SSL_read(ssl, &octet, 1);
    });
  }
}

void Pair::say(Side side, std::string_view text) {
  do_as(side, [&](SSL* ssl) {
    need(
        SSL_write(ssl, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()),
        "SSL_write");
  });
  std::string read(text.size(), '\0');
  do_as(side == Side::client ? Side::server : Side::client, [&](SSL* ssl) {
    for (std::size_t at = 0; at < read.size();) {
      const int got = SSL_read(ssl, read.data() + at, static_cast<int>(read.size() - at));
      need(got > 0, "SSL_read");
      at += static_cast<std::size_t>(got);
    }
  });
  need(read == text, "what was read");
  said_[index_of(side)] += text;
}

std::size_t count_records(const Pair& pair, Side side) {
  std::size_t count = 0;
  for (const Pair::Flight& flight : pair.flights()) {
    if (flight.side != side) continue;
    for (std::string_view rest = flight.octets; !rest.empty();
         rest.remove_prefix(record_octets(rest)))
      ++count;
  }
  return count;
}

Heard hear(const Pair& pair, const tls::KeyLog* keys, std::size_t cut,
           std::optional<LostRecord> lost) {
  tls::Conversation conversation(keys);
  Heard heard;
  std::array<StreamOffset, 2> offset{};
  std::array<std::size_t, 2> records{};
  std::uint64_t frame = 0;
  const auto hear_told = [&] {
    while (const auto told = conversation.next()) {
      const auto& [side, event] = *told;
      if (const auto* octets = std::get_if<Octets>(&event)) {
        heard.text[index_of(side)] += as_text(octets->bytes);
      } else {
        ++heard.gaps[index_of(side)];
      }
    }
  };
  const auto take = [&](Side side, std::string_view octets) {
    StreamOffset& at = offset[index_of(side)];
    for (std::size_t begin = 0; begin < octets.size(); begin += cut) {
      Octets rest{at, as_bytes(octets.substr(begin, cut)), {++frame, {}}, std::nullopt};
      while (!rest.bytes.empty()) {
        const std::size_t used = conversation.take(side, rest);
        hear_told();
        rest.bytes = rest.bytes.subspan(used);
        rest.offset += used;
        at += used;
      }
    }
  };
  for (const Pair::Flight& flight : pair.flights()) {
    for (std::string_view rest = flight.octets; !rest.empty();) {
      const std::string_view record = rest.substr(0, record_octets(rest));
      rest.remove_prefix(record.size());
      const std::size_t number = records[index_of(flight.side)]++;
      if (!lost || lost->side != flight.side || lost->number != number) {
        take(flight.side, record);
        continue;
      }
      StreamOffset& at = offset[index_of(flight.side)];
      conversation.gap(flight.side, {at, record.size(), GapCause::acknowledged, {++frame, {}}});
      at += record.size();
      hear_told();
    }
  }
  heard.facts = conversation.take_facts();
  return heard;
}

}  // namespace smtpscope::test
