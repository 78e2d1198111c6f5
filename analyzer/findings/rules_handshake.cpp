// What the handshake of TLS shows: how it failed, and what it agreed on.
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/handshake.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/tls/suite.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;

// TLS came about, and is no mistake: what it agreed on is of interest.
const session::TlsSeen* agreed(const Session& session) {
  if (!session.tls_seen || !session.tls || session.tls->stayed_clear) return nullptr;
  if (!session.tls_seen->facts.server_hello || handshake_failure(session) ||
      may_have_failed(session))
    return nullptr;
  return &*session.tls_seen;
}

std::vector<Origin> handshake_packets(const Session& session) {
  std::vector<Origin> packets;
  if (session.tls->first) packets.push_back(*session.tls->first);
  if (session.tls_seen->facts.step_at) packets.push_back(*session.tls_seen->facts.step_at);
  return packets;
}

// Between servers nobody is asked for a certificate that can be verified (RFC 7435): what is wrong
// with it does no harm.
std::optional<Severity> severity_on(const Session& session) noexcept {
  return session.service == session::Service::mx ? std::optional(Severity::note) : std::nullopt;
}

std::string certificate_name(const tls::Certificate& certificate) {
  return shortened(certificate.subject, quoted_octets_max);
}

std::string offer_words(const Session& session) {
  const auto& hello = session.tls_seen->facts.client_hello;
  if (!hello) return {};
  return fmt::format("; the client offers {} at best, and {}",
                     tls::version_word(hello->highest_version()),
                     counted(hello->suites.size(), "cipher suite"));
}

std::string failure_text(const Session& session, const HandshakeFailure& failure) {
  const std::string when(tls::name_of(failure.step));
  std::string text;
  switch (failure.how) {
    case HandshakeFailure::How::alert:
      text = fmt::format("{} broke the TLS handshake off {} with the alert {}",
                         side_first(session, *failure.by), when,
                         alert_meaning(failure.alert->description));
      break;
    case HandshakeFailure::How::sealed_alert:
      text = fmt::format(
          "{} broke the TLS handshake off {}, as it looks: where its last word was due it sent a "
          "record as short as an alert, and left. Most likely the certificate did not please it",
          side_first(session, Side::client), when);
      break;
    case HandshakeFailure::How::left:
      text = fmt::format("TLS did not come about: {} {}, without an alert",
                         departure_words(session, departure_of(session)), when);
      if (failure.by == Side::client && failure.step == tls::Step::certificate)
        text += ". It may have refused the certificate";
      break;
  }
  if (failure.on_certificate || failure.step >= tls::Step::certificate) {
    const std::vector<std::string> faults = certificate_faults(session);
    if (!faults.empty()) {
      text += fmt::format("; the certificate {} {}",
                          certificate_name(*session.tls_seen->certificate()), listed(faults));
    } else if (failure.on_certificate && session.tls_seen->certificate() != nullptr) {
      const tls::Certificate& certificate = *session.tls_seen->certificate();
      text += fmt::format("; the certificate {} was issued by {}", certificate_name(certificate),
                          shortened(certificate.issuer, quoted_octets_max));
    }
  }
  if (failure.by == Side::server && failure.step <= tls::Step::client_hello)
    text += offer_words(session);
  return text + '.';
}

// The rules about the server's certificate have this in common.
template <typename IsFault, typename Words>
std::vector<Finding> certificate_finding(const Session& session, RuleId rule,
                                         const IsFault& is_fault, const Words& words) {
  const session::TlsSeen* const seen = agreed(session);
  if (seen == nullptr || seen->certificate() == nullptr || !is_fault(*seen->certificate()))
    return {};
  const tls::Certificate& certificate = *seen->certificate();
  return {found(session, rule,
                fmt::format("The certificate {} of {} {}.", certificate_name(certificate),
                            side_words(session, Side::server), words(certificate)),
                handshake_packets(session))};
}

std::string_view closed_words(tls::Closed closed) noexcept {
  switch (closed) {
    case tls::Closed::no_key:
      return "the key log has nothing for this session";
    case tls::Closed::no_handshake:
      return "the capture lacks the beginning of the handshake, which names the key";
    case tls::Closed::not_supported:
      return "this version or cipher suite cannot be opened here";
    case tls::Closed::do_not_fit:
      return "the key log has keys for this session, and they open nothing";
    case tls::Closed::open:
    case tls::Closed::no_log:
      break;
  }
  return {};
}

}  // namespace

std::vector<Finding> tls_handshake_failed(const Session& session) {
  const auto failure = handshake_failure(session);
  if (!failure) return {};
  std::vector<Origin> evidence = handshake_packets(session);
  evidence.push_back(failure->at);
  return {found(session, RuleId::tls_handshake_failed, failure_text(session, *failure),
                std::move(evidence))};
}

std::vector<Finding> tls_left_after_handshake(const Session& session) {
  if (!left_after_handshake(session)) return {};
  const Departure departure = departure_of(session);
  std::vector<Origin> evidence = handshake_packets(session);
  evidence.push_back(departure.at);
  std::string text = fmt::format(
      "TLS came about ({}), and the client said nothing inside: {}. It may have refused the "
      "certificate",
      tls::version_word(session.tls_seen->facts.version()), departure_words(session, departure));
  const std::vector<std::string> faults = certificate_faults(session);
  if (!faults.empty()) text += ", which " + listed(faults);
  return {found(session, RuleId::tls_left_after_handshake, text + '.', std::move(evidence))};
}

std::vector<Finding> tls_obsolete_version(const Session& session) {
  const session::TlsSeen* const seen = agreed(session);
  if (seen == nullptr || seen->facts.version() >= tls::tls12) return {};
  std::string text = fmt::format("{} chose {}", side_first(session, Side::server),
                                 tls::version_word(seen->facts.version()));
  if (const auto& hello = seen->facts.client_hello)
    text += fmt::format(" where the client offers {} at best",
                        tls::version_word(hello->highest_version()));
  return {found(session, RuleId::tls_obsolete_version, text + '.', handshake_packets(session))};
}

std::vector<Finding> tls_weak_cipher(const Session& session) {
  const session::TlsSeen* const seen = agreed(session);
  if (seen == nullptr) return {};
  const auto suite = tls::find_suite(seen->facts.server_hello->suite);
  if (!suite) return {};
  std::string_view why;
  if (suite->cipher == "NULL") {
    why = "encrypts nothing";
  } else if (suite->is_export()) {
    why = "was made weak on purpose";
  } else if (suite->is_anonymous()) {
    why = "does not prove who the server is";
  } else if (suite->cipher.starts_with("RC4") || suite->cipher.starts_with("RC2") ||
             suite->cipher.starts_with("DES") || suite->cipher.starts_with("3DES")) {
    why = "can be broken";
  }
  if (why.empty()) return {};
  return {found(session, RuleId::tls_weak_cipher,
                fmt::format("{} chose {}, which {}.", side_first(session, Side::server),
                            tls::suite_name(suite->id), why),
                handshake_packets(session))};
}

std::vector<Finding> tls_no_forward_secrecy(const Session& session) {
  const session::TlsSeen* const seen = agreed(session);
  if (seen == nullptr) return {};
  const auto suite = tls::find_suite(seen->facts.server_hello->suite);
  if (!suite || suite->has_forward_secrecy()) return {};
  return {found(session, RuleId::tls_no_forward_secrecy,
                fmt::format("{} chose {}: whoever gets the server's key can read this recording.",
                            side_first(session, Side::server), tls::suite_name(suite->id)),
                handshake_packets(session))};
}

std::vector<Finding> tls_certificate_expired(const Session& session) {
  return certificate_finding(
      session, RuleId::tls_certificate_expired,
      [&](const auto& it) { return is_expired(session, it); },
      [](const auto& it) { return "expired on " + day_words(it.not_after); });
}

std::vector<Finding> tls_certificate_not_yet_valid(const Session& session) {
  return certificate_finding(
      session, RuleId::tls_certificate_not_yet_valid,
      [&](const auto& it) { return is_not_yet_valid(session, it); },
      [](const auto& it) { return "is not valid before " + day_words(it.not_before); });
}

std::vector<Finding> tls_certificate_self_signed(const Session& session) {
  auto findings = certificate_finding(
      session, RuleId::tls_certificate_self_signed,
      [](const auto& it) { return it.is_self_signed; },
      [](const auto&) { return std::string("is signed by itself: nobody vouches for it"); });
  for (Finding& finding : findings) finding.severity = severity_on(session);
  return findings;
}

std::vector<Finding> tls_certificate_wrong_name(const Session& session) {
  auto findings = certificate_finding(
      session, RuleId::tls_certificate_wrong_name,
      [&](const auto& it) { return !is_for_server(session, it); },
      [&](const auto&) { return certificate_faults(session).back(); });
  for (Finding& finding : findings) finding.severity = severity_on(session);
  return findings;
}

std::vector<Finding> tls_no_sni(const Session& session) {
  const session::TlsSeen* const seen = agreed(session);
  if (seen == nullptr || !seen->facts.client_hello) return {};
  const tls::ClientHello& hello = *seen->facts.client_hello;
  if (!hello.server_name.empty() || hello.encrypted_client_hello) return {};
  return {found(session, RuleId::tls_no_sni,
                fmt::format("{} did not say which server it wants to reach (SNI).",
                            side_first(session, Side::client)),
                handshake_packets(session))};
}

std::vector<Finding> tls_key_missing(const Session& session) {
  if (!session.tls_seen || !session.tls || session.tls->stayed_clear || handshake_failure(session))
    return {};
  const tls::Facts& facts = session.tls_seen->facts;
  const std::string_view why = closed_words(facts.closed);
  if (why.empty() || session.tls->decrypted) return {};
  return {found(session, RuleId::tls_key_missing, fmt::format("TLS stays closed: {}.", why),
                handshake_packets(session))};
}

}  // namespace smtpscope::findings
