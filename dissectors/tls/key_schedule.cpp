#include "dissectors/tls/key_schedule.hpp"

#include "dissectors/base/check.hpp"
#include "dissectors/tls/digest.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace smtpscope::tls {
namespace {

// P_hash: HMAC after HMAC until there is enough (RFC 5246, 5); added to what `out` has by exclusive
// or.
void expand(Hash hash, Bytes secret, Bytes seed, Secret& out) {
  Secret a(seed);
  for (std::size_t at = 0; at < out.size();) {
    a = hmac(hash, secret, {a.octets()});
    const Secret block = hmac(hash, secret, {a.octets(), seed});
    for (const std::uint8_t octet : block.octets()) {
      if (at == out.size()) break;
      out.data()[at++] ^= octet;
    }
  }
}

Secret prf(const Suite& suite, std::uint16_t version, const Secret& secret, std::string_view label,
           Bytes seed, std::size_t octets) {
  std::vector<std::uint8_t> all(label.begin(), label.end());
  all.insert(all.end(), seed.begin(), seed.end());
  Secret out(octets);
  if (version >= tls12) {
    expand(suite.prf, secret.octets(), all, out);
    return out;
  }
  // Each half of the secret in a function of its own; an odd octet in the middle belongs to both.
  const std::size_t half = (secret.size() + 1) / 2;
  expand(Hash::md5, secret.octets().first(half), all, out);
  expand(Hash::sha1, secret.octets().last(half), all, out);
  return out;
}

// HKDF-Expand-Label with an empty context.
Secret expand_label(Hash hash, const Secret& secret, std::string_view label, std::size_t octets) {
  std::vector<std::uint8_t> info{static_cast<std::uint8_t>(octets >> 8),
                                 static_cast<std::uint8_t>(octets),
                                 static_cast<std::uint8_t>(6 + label.size())};
  for (const char c : std::string("tls13 ") + std::string(label))
    info.push_back(static_cast<std::uint8_t>(c));
  info.push_back(0);
  info.push_back(1);  // HKDF's counter: one block is enough for all that TLS derives
  check(octets <= octets_of(hash), "a key of TLS 1.3 is no longer than its hash");
  const Secret block = hmac(hash, secret.octets(), {Bytes(info)});
  return Secret(block.octets().first(std::min(octets, block.size())));
}

constexpr std::size_t master_octets = 48;

std::array<std::uint8_t, 64> both(const Random& first, const Random& second) noexcept {
  std::array<std::uint8_t, 64> octets{};
  std::ranges::copy(second, std::ranges::copy(first, octets.begin()).out);
  return octets;
}

// Suites of the export age: the keys out of their few secret octets and of what everybody has seen,
// the first IVs of that alone (RFC 2246, 6.3.1).
void derive_once_more(const Suite& suite, std::uint16_t version, const Random& client_random,
                      const Random& server_random, KeysOfBoth& keys) {
  const auto seed = both(client_random, server_random);
  keys.client.key =
      prf(suite, version, keys.client.key, "client write key", seed, suite.key_octets);
  keys.server.key =
      prf(suite, version, keys.server.key, "server write key", seed, suite.key_octets);
  const std::size_t iv = keys.client.iv.size();
  if (iv == 0) return;
  const Secret block = prf(suite, version, Secret(), "IV block", seed, 2 * iv);
  keys.client.iv = Secret(block.octets().first(iv));
  keys.server.iv = Secret(block.octets().last(iv));
}

}  // namespace

std::size_t iv_octets(const Suite& suite, std::uint16_t version) noexcept {
  if (version >= tls13 || suite.mode == Mode::poly1305) return 12;
  if (suite.is_aead()) return 4;  // the rest of the nonce stands in each record
  return suite.mode == Mode::cbc && version <= tls10 ? suite.block_octets : 0;
}

Secret master_of_premaster(const Suite& suite, std::uint16_t version, const Secret& premaster,
                           const Random& client_random, const Random& server_random) {
  return prf(suite, version, premaster, "master secret", both(client_random, server_random),
             master_octets);
}

Secret extended_master_of_premaster(const Suite& suite, std::uint16_t version,
                                    const Secret& premaster, Bytes transcript) {
  std::vector<std::uint8_t> hash;
  const auto append = [&](Hash each) {
    const Secret part = digest(each, transcript);
    hash.insert(hash.end(), part.octets().begin(), part.octets().end());
  };
  if (version >= tls12) {
    append(suite.prf);
  } else {
    append(Hash::md5);
    append(Hash::sha1);
  }
  return prf(suite, version, premaster, "extended master secret", hash, master_octets);
}

KeysOfBoth keys_of_master(const Suite& suite, std::uint16_t version, const Secret& master,
                          const Random& client_random, const Random& server_random) {
  const auto seed = both(server_random, client_random);
  const std::size_t mac = octets_of(suite.mac), key = suite.key_material_octets,
                    iv = iv_octets(suite, version);
  const Secret block = prf(suite, version, master, "key expansion", seed, 2 * (mac + key + iv));
  Bytes rest = block.octets();
  const auto take = [&rest](std::size_t octets) {
    Secret part(rest.first(octets));
    rest = rest.subspan(octets);
    return part;
  };
  KeysOfBoth keys;
  keys.client.mac = take(mac);
  keys.server.mac = take(mac);
  keys.client.key = take(key);
  keys.server.key = take(key);
  keys.client.iv = take(iv);
  keys.server.iv = take(iv);
  if (suite.is_export()) derive_once_more(suite, version, client_random, server_random, keys);
  return keys;
}

RecordKeys keys_of_traffic(const Suite& suite, const Secret& traffic) {
  return {{},
          expand_label(suite.prf, traffic, "key", suite.key_octets),
          expand_label(suite.prf, traffic, "iv", 12)};
}

Secret next_traffic_secret(const Suite& suite, const Secret& traffic) {
  return expand_label(suite.prf, traffic, "traffic upd", octets_of(suite.prf));
}

}  // namespace smtpscope::tls
