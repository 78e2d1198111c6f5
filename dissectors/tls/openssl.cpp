#include "dissectors/tls/openssl.hpp"

namespace smtpscope::tls {

Library::Library()
    : context_(OSSL_LIB_CTX_new()),
      normal_(OSSL_PROVIDER_load(context_.get(), "default")),
      legacy_(OSSL_PROVIDER_load(context_.get(), "legacy")),
      hmac_(EVP_MAC_fetch(context_.get(), "HMAC", nullptr)) {}

Owned<EVP_CIPHER> Library::cipher(const char* name) const noexcept {
  return Owned<EVP_CIPHER>(EVP_CIPHER_fetch(context_.get(), name, nullptr));
}

const Library& library() {
  static const Library made;
  return made;
}

}  // namespace smtpscope::tls
