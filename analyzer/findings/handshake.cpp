#include "analyzer/findings/handshake.hpp"

#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/tls/suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smtpscope::findings {
namespace {

using session::Session;
using tls::Step;

struct AlertRow {
  std::uint8_t description;
  bool on_certificate;  // of the peer
  std::string_view meaning;
};
// RFC 8446, 6.2; RFC 5246, 7.2.2.
constexpr auto alert_rows = std::to_array<AlertRow>({
    {0, false, "it says goodbye"},
    {10, false, "the other side sent a message that had no place there"},
    {20, false, "a record did not prove to be whole"},
    {40, false, "the two have no version, cipher or parameters in common"},
    {42, true, "the certificate is damaged, or its signature is wrong"},
    {43, true, "the certificate is of a kind that it does not take"},
    {44, true, "the certificate was revoked"},
    {45, true, "the certificate has expired, or is not valid yet"},
    {46, true, "something about the certificate did not please it"},
    {47, false, "a value in the handshake is none that may stand there"},
    {48, true, "it does not know, or not trust, who issued the certificate"},
    {49, true, "the certificate is good, and it does not let its owner in"},
    {50, false, "a message could not be read"},
    {51, false, "a signature or a proof in the handshake is wrong"},
    {70, false, "it does not speak any version of TLS that the other side offers"},
    {71, false, "it wants stronger ciphers than the other side offers"},
    {80, false, "something of its own went wrong"},
    {86, false, "the client came back with a lower version than the server speaks"},
    {90, false, "somebody broke it off"},
    {109, false, "an extension is missing"},
    {110, false, "an extension came that was not asked for"},
    {112, false, "it knows no server of this name"},
    {113, true, "what the server sent about its certificate's status is wrong"},
    {115, false, "it does not know this pre-shared key"},
    {116, false, "it wants a certificate from the client, and got none"},
    {120, false, "the two have no protocol (ALPN) in common"},
});

const AlertRow* row_of(std::uint8_t description) noexcept {
  const auto* const row = std::ranges::find(alert_rows, description, &AlertRow::description);
  return row == alert_rows.end() ? nullptr : row;
}

bool is_whole(const Session& session) noexcept {
  const auto& unseen = session.transport.sent_unseen;
  return !session.unseen && session.missing[0] + session.missing[1] == 0 &&
         session.gap_count == 0 && unseen[0] + unseen[1] == 0;
}

// Where TLS is, and nothing else can be made out to stand in its place.
const session::TlsSeen* tls_of(const Session& session) {
  if (!session.tls_seen || !session.tls || session.tls->stayed_clear || other_protocol(session))
    return nullptr;
  if (!session.tls_seen->facts.client_hello || not_tls(session)) return nullptr;
  return &*session.tls_seen;
}

constexpr std::uint16_t sealed_alert_octets = 2 + 1 + 16;  // in TLS 1.3

// What a side said inside, beyond alerts and what belongs to the handshake.
bool spoke_inside(const Session& session, Side side) noexcept {
  if (session.tls->decrypted) return session.tls_seen->facts.side[index_of(side)].plain_octets > 0;
  const tls::SideFacts& facts = session.tls_seen->facts.side[index_of(side)];
  return std::ranges::any_of(facts.sizes,
                             [](std::uint16_t size) { return size > sealed_alert_octets; });
}

// An alert behind the handshake says goodbye, encrypted or not.
bool said_goodbye(const Session& session, Side side) noexcept {
  const tls::Facts& facts = session.tls_seen->facts;
  const auto& sizes = facts.side[index_of(side)].sizes;
  return std::ranges::any_of(facts.alerts,
                             [side](const tls::Alert& alert) { return alert.from == side; }) ||
         (facts.version() >= tls::tls13 &&
          std::ranges::find(sizes, sealed_alert_octets) != sizes.end());
}

}  // namespace

bool is_complete(const tls::Facts& facts) noexcept {
  const bool is_13 = facts.version() >= tls::tls13;
  return facts.step >= (is_13 ? Step::client_key : Step::finished);
}

std::optional<HandshakeFailure> handshake_failure(const Session& session) {
  const session::TlsSeen* const seen = tls_of(session);
  if (seen == nullptr) return std::nullopt;
  const tls::Facts& facts = seen->facts;
  const Departure departure = departure_of(session);
  HandshakeFailure failure;
  failure.step = facts.step;
  failure.at = departure.at;
  const tls::Alert* const alert = facts.fatal_alert();
  // An alert behind the handshake ends it as well: the other side's Finished, or its certificate,
  // was refused.
  if (alert != nullptr && !spoke_inside(session, Side::client)) {
    failure.how = HandshakeFailure::How::alert;
    failure.by = alert->from;
    failure.alert = alert;
    failure.step = alert->step;
    failure.at = alert->origin;
    const AlertRow* const row = row_of(alert->description);
    failure.on_certificate = row != nullptr && row->on_certificate && alert->from == Side::client;
    return failure;
  }
  if (is_complete(facts) || !is_whole(session) || !departure.by) return std::nullopt;
  failure.by = departure.by;
  if (facts.sealed_alert && !spoke_inside(session, Side::client)) {
    failure.how = HandshakeFailure::How::sealed_alert;
    failure.by = Side::client;
    failure.step = facts.sealed_alert->step;
    failure.at = facts.sealed_alert->origin;
    failure.on_certificate = true;
    return failure;
  }
  failure.on_certificate = departure.by == Side::client && facts.step == Step::certificate &&
                           !certificate_faults(session).empty();
  return failure;
}

bool left_after_handshake(const Session& session) {
  const session::TlsSeen* const seen = tls_of(session);
  if (seen == nullptr || !is_complete(seen->facts) || !is_whole(session) || seen->facts.early_data)
    return false;
  if (session.tls->clear_again[0] || session.tls->clear_again[1]) return false;
  if (spoke_inside(session, Side::client) || handshake_failure(session)) return false;
  const Departure departure = departure_of(session);
  if (departure.by == Side::client) return true;
  // A server that has heard the goodbye closes first.
  const auto& had = session.transport.fin_had[index_of(Side::server)];
  return departure.by && said_goodbye(session, Side::client) && had &&
         *had >= session.octets[index_of(Side::client)];
}

bool may_have_failed(const Session& session) {
  if (!session.tls || !session.tls_seen) return false;
  const tls::Facts& facts = session.tls_seen->facts;
  if (!is_complete(facts)) return facts.client_hello.has_value() || !is_whole(session);
  return !is_whole(session) && !spoke_inside(session, Side::client);
}

bool surely_hides_dialogue(const Session& session) {
  if (!session.tls || !session.tls_seen) return true;
  return !may_have_failed(session) && spoke_inside(session, Side::client);
}

std::string alert_meaning(std::uint8_t description) {
  const AlertRow* const row = row_of(description);
  const std::string_view name = tls::alert_name(description);
  std::string words = name.empty() ? fmt::format("number {}", description) : std::string(name);
  if (row != nullptr) words += fmt::format(" ({})", row->meaning);
  return words;
}

bool is_expired(const Session& session, const tls::Certificate& certificate) noexcept {
  return std::chrono::floor<std::chrono::seconds>(session.start) > certificate.not_after;
}

bool is_not_yet_valid(const Session& session, const tls::Certificate& certificate) noexcept {
  return std::chrono::floor<std::chrono::seconds>(session.start) < certificate.not_before;
}

bool is_for_server(const Session& session, const tls::Certificate& certificate) noexcept {
  const std::string_view name = session.tls_seen->server_name();
  return name.empty() || tls::is_for(certificate, name);
}

std::string day_words(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::vector<std::string> certificate_faults(const Session& session) {
  std::vector<std::string> faults;
  const tls::Certificate* const certificate =
      session.tls_seen ? session.tls_seen->certificate() : nullptr;
  if (certificate == nullptr) return faults;
  if (is_expired(session, *certificate))
    faults.push_back("expired on " + day_words(certificate->not_after));
  if (is_not_yet_valid(session, *certificate))
    faults.push_back("is not valid before " + day_words(certificate->not_before));
  if (certificate->is_self_signed) faults.emplace_back("is signed by itself");
  if (!is_for_server(session, *certificate)) {
    std::vector<std::string> names = certificate->names;
    if (names.empty()) names = {certificate->common_name};
    faults.push_back(fmt::format("is for {}, and not for {}",
                                 shortened(listed(names), quoted_octets_max),
                                 shortened(session.tls_seen->server_name(), quoted_octets_max)));
  }
  return faults;
}

}  // namespace smtpscope::findings
