#include "dissectors/tls/key_log.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace smtpscope::tls {
namespace {

constexpr std::pair<std::string_view, SecretKind> labels[] = {
    {"CLIENT_RANDOM", SecretKind::master},
    {"CLIENT_EARLY_TRAFFIC_SECRET", SecretKind::client_early},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", SecretKind::client_handshake},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", SecretKind::server_handshake},
    {"CLIENT_TRAFFIC_SECRET_0", SecretKind::client_application},
    {"SERVER_TRAFFIC_SECRET_0", SecretKind::server_application},
    {"PMS_CLIENT_RANDOM", SecretKind::premaster},
};
// Of use to others.
constexpr std::string_view passed_over[] = {"EXPORTER_SECRET", "EARLY_EXPORTER_SECRET",
                                            "ECH_SECRET", "ECH_CONFIG"};
constexpr std::size_t secret_octets_min = 32, secret_octets_max = 64;
constexpr std::size_t premaster_octets_max = 1024;  // of Diffie and Hellman's in a large group

int digit_of(char c) noexcept {
  if (ascii::is_digit(c)) return c - '0';
  const char small = ascii::to_lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool read_hex(std::string_view text, std::uint8_t* out) noexcept {
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_of(text[i]), low = digit_of(text[i + 1]);
    if (high < 0 || low < 0) return false;
    *out++ = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

// What names a secret: just so many octets.
template <std::size_t size>
bool read_name(std::string_view text, std::array<std::uint8_t, size>& name) noexcept {
  return text.size() == 2 * size && read_hex(text, name.data());
}

std::optional<Secret> read_secret(std::string_view text, std::size_t octets_max) {
  const std::size_t octets = text.size() / 2;
  if (text.size() % 2 != 0 || octets < secret_octets_min || octets > octets_max)
    return std::nullopt;
  Secret secret(octets);
  if (!read_hex(text, secret.data())) return std::nullopt;
  return secret;
}

}  // namespace

// Lines are put together in a Secret, so that no copy of a key stays behind.
void KeyLog::take(std::string_view text) {
  if (line_.empty()) line_ = Secret(limits_.line_octets);
  for (const char c : text) {
    if (c == '\n') {
      take_line(as_text(line_.octets()).substr(0, std::min(line_octets_, limits_.line_octets)));
      line_octets_ = 0;
    } else if (line_octets_++ < limits_.line_octets) {
      line_.data()[line_octets_ - 1] = static_cast<std::uint8_t>(c);
    }
  }
}

void KeyLog::finish() {
  if (line_octets_ > 0) take("\n");
}

void KeyLog::take_line(std::string_view line) {
  ++lines_;
  line = ascii::trim(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
  if (line.empty() || line.starts_with('#') || read_line(line)) return;
  if (bad_lines_++ == 0) first_bad_line_ = lines_;
}

template <typename Map, typename Key>
auto* KeyLog::place(Map& map, const Key& key) {
  const auto found = map.find(key);
  if (found != map.end()) return &found->second;
  return sessions() >= limits_.sessions ? nullptr : &map[key];
}

bool KeyLog::read_line(std::string_view line) {
  const std::string_view label = ascii::take_word(line);
  if (std::ranges::find(passed_over, label) != std::ranges::end(passed_over)) return true;
  const std::string_view name = ascii::take_word(line), secret_text = ascii::take_word(line);
  if (label == "RSA") {
    EncryptedStart start{};
    auto secret = read_secret(secret_text, secret_octets_max);
    if (!secret || !read_name(name, start)) return false;
    Secret* const kept = place(premasters_, start);
    if (kept == nullptr) return false;
    *kept = std::move(*secret);
    has_premasters_ = true;
    return true;
  }
  const auto* const row =
      std::ranges::find(labels, label, [](const auto& each) { return each.first; });
  if (row == std::ranges::end(labels)) return false;
  const bool is_premaster = row->second == SecretKind::premaster;
  Random random{};
  auto secret = read_secret(secret_text, is_premaster ? premaster_octets_max : secret_octets_max);
  if (!secret || !read_name(name, random)) return false;
  SessionSecrets* const kept = place(sessions_, random);
  if (kept == nullptr) return false;
  kept->of[static_cast<std::size_t>(row->second)] = std::move(*secret);
  has_premasters_ = has_premasters_ || is_premaster;
  return true;
}

const Secret* KeyLog::find_premaster(const EncryptedStart& start) const noexcept {
  const auto found = premasters_.find(start);
  return found == premasters_.end() ? nullptr : &found->second;
}

const SessionSecrets* KeyLog::find(const Random& client_random) const noexcept {
  const auto found = sessions_.find(client_random);
  return found == sessions_.end() ? nullptr : &found->second;
}

}  // namespace smtpscope::tls
