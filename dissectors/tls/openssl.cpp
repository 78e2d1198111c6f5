#include "dissectors/tls/openssl.hpp"

namespace smtpscope::tls {

Library::Library()
    : context_(OSSL_LIB_CTX_new()),
      normal_(OSSL_PROVIDER_load(context_.get(), "default")),
      hmac_(EVP_MAC_fetch(context_.get(), "HMAC", nullptr)) {}

// The legacy ones are in a file of their own, which nobody needs who has no keys. It is let go
// before the library.
Owned<EVP_CIPHER> Library::cipher(const char* name) const noexcept {
  static const Owned<OSSL_PROVIDER> legacy(OSSL_PROVIDER_load(context_.get(), "legacy"));
  return Owned<EVP_CIPHER>(EVP_CIPHER_fetch(context_.get(), name, nullptr));
}

const Library& library() {
  static const Library made;
  return made;
}

}  // namespace smtpscope::tls
