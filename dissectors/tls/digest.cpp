#include "dissectors/tls/digest.hpp"

#include "dissectors/base/hex.hpp"
#include "dissectors/tls/openssl.hpp"

#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

namespace smtpscope::tls {
namespace {

const char* name_of(Hash hash) noexcept {
  switch (hash) {
    case Hash::md5:
      return "MD5";
    case Hash::sha1:
      return "SHA1";
    case Hash::sha256:
      return "SHA256";
    case Hash::sha384:
      return "SHA384";
    case Hash::none:
    case Hash::other:
      break;
  }
  return nullptr;
}

}  // namespace

Secret hmac(Hash hash, Bytes key, std::initializer_list<Bytes> parts) {
  Secret out(octets_of(hash));
  const char* const name = name_of(hash);
  if (name == nullptr) return {};
  const Owned<EVP_MAC_CTX> context(EVP_MAC_CTX_new(library().hmac()));
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", const_cast<char*>(name), 0),
                         OSSL_PARAM_construct_end()};
  static constexpr std::uint8_t no_key = 0;
  bool ok = context && EVP_MAC_init(context.get(), key.empty() ? &no_key : key.data(), key.size(),
                                    params) == 1;
  for (const Bytes part : parts)
    ok = ok && EVP_MAC_update(context.get(), part.data(), part.size()) == 1;
  std::size_t written = 0;
  ok = ok && EVP_MAC_final(context.get(), out.data(), &written, out.size()) == 1;
  return ok && written == out.size() ? out : Secret();
}

Secret digest(Hash hash, Bytes octets) {
  Secret out(octets_of(hash));
  std::size_t written = 0;
  const char* const name = name_of(hash);
  const bool ok = name != nullptr && EVP_Q_digest(library().context(), name, nullptr, octets.data(),
                                                  octets.size(), out.data(), &written) == 1;
  return ok && written == out.size() ? out : Secret();
}

std::string hex_digest(Hash hash, std::string_view text) {
  return hex(digest(hash, as_bytes(text)).octets());
}

}  // namespace smtpscope::tls
