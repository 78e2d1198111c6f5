#pragma once
// OpenSSL, owned. For this folder's sources alone.
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/types.h>

#include <memory>

namespace smtpscope::tls {

struct Free {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  void operator()(OSSL_LIB_CTX* library) const noexcept { OSSL_LIB_CTX_free(library); }
  void operator()(OSSL_PROVIDER* provider) const noexcept { OSSL_PROVIDER_unload(provider); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// A library context of our own, so that this machine's configuration of OpenSSL (which may forbid
// what old captures hold) changes nothing; with the algorithms that OpenSSL keeps apart as legacy,
// where they are installed.
class Library {
 public:
  Library();
  [[nodiscard]] OSSL_LIB_CTX* context() const noexcept { return context_.get(); }
  [[nodiscard]] EVP_MAC* hmac() const noexcept { return hmac_.get(); }
  // Null if there is none of this name.
  [[nodiscard]] Owned<EVP_CIPHER> cipher(const char* name) const noexcept;

 private:
  Owned<OSSL_LIB_CTX> context_;
  Owned<OSSL_PROVIDER> normal_;
  Owned<EVP_MAC> hmac_;
};
// Made when it is first asked for; does not change.
[[nodiscard]] const Library& library();

}  // namespace smtpscope::tls
