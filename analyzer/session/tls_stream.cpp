#include "analyzer/session/tls_stream.hpp"

#include "dissectors/tls/fingerprint.hpp"

#include <algorithm>

namespace smtpscope::session {
namespace {

std::vector<tls::Certificate> read_all(const std::vector<std::vector<std::uint8_t>>& chain) {
  std::vector<tls::Certificate> certificates;
  for (const auto& der : chain) {
    if (auto certificate = tls::read_certificate(der))
      certificates.push_back(std::move(*certificate));
  }
  return certificates;
}

}  // namespace

void TlsStream::take(Side side, const StreamEvent& event) {
  if (given_up_) return;
  if (const auto* octets = std::get_if<Octets>(&event)) {
    side_ = side;
    rest_ = *octets;
  } else if (const auto* gap = std::get_if<Gap>(&event)) {
    rest_.bytes = {};
    conversation_.gap(side, *gap);
  }
}

std::optional<std::pair<Side, StreamEvent>> TlsStream::next() {
  for (;;) {
    while (auto plain = conversation_.next()) {
      const auto* gap = std::get_if<Gap>(&plain->second);
      if (gap != nullptr && !opens_) {
        note_lost(plain->first, *gap);
        continue;
      }
      opens_ = true;
      return plain;
    }
    if (rest_.bytes.empty()) return std::nullopt;
    const std::size_t used = conversation_.take(side_, rest_);
    rest_.bytes = rest_.bytes.subspan(used);
    rest_.offset += used;
  }
}

void TlsStream::note_lost(Side side, const Gap& gap) noexcept {
  auto& lost = lost_[index_of(side)];
  if (!lost) {
    lost = gap;
  } else {
    lost->length = gap.offset + gap.length - lost->offset;
    lost->origin = gap.origin;
  }
}

void TlsStream::give_up() {
  if (opens_ || given_up_) return;
  given_up_ = conversation_.take_facts();
  given_up_->certificates.clear();
  given_up_->client_certificates.clear();
  rest_.bytes = {};
  conversation_ = tls::Conversation(nullptr);
}

TlsSeen TlsStream::finish() {
  TlsSeen seen;
  seen.facts = given_up_ ? std::move(*given_up_) : conversation_.take_facts();
  seen.certificates = read_all(seen.facts.certificates);
  seen.client_certificates = read_all(seen.facts.client_certificates);
  seen.facts.certificates.clear();
  seen.facts.client_certificates.clear();
  if (auto& hello = seen.facts.client_hello) {
    seen.ja3 = tls::ja3(*hello);
    seen.ja4 = tls::ja4(*hello);
    hello->extensions.clear();
  }
  if (auto& hello = seen.facts.server_hello) {
    seen.ja3s = tls::ja3s(*hello);
    hello->extensions.clear();
  }
  return seen;
}

}  // namespace smtpscope::session
