#include "dissectors/smtp/digest.hpp"

#include "dissectors/base/hex.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>

namespace smtpscope::smtp {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

struct DigestReader::Hash {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
};

DigestReader::DigestReader(Dots dots) : dots_(dots), hash_(std::make_unique<Hash>()) {
  if (!hash_->context || EVP_DigestInit_ex(hash_->context.get(), EVP_sha256(), nullptr) != 1)
    give_up();
}
DigestReader::~DigestReader() = default;
DigestReader::DigestReader(DigestReader&&) noexcept = default;
DigestReader& DigestReader::operator=(DigestReader&&) noexcept = default;

void DigestReader::give_up() noexcept { hash_.reset(); }

void DigestReader::add(Bytes octets) {
  if (!octets.empty() && EVP_DigestUpdate(hash_->context.get(), octets.data(), octets.size()) != 1)
    give_up();
}

// A dot at the start of a line is taken away; what follows tells whether it was the end.
void DigestReader::take(Bytes octets) {
  if (!hash_) return;
  if (dots_ == Dots::as_they_are) {
    add(octets);
    return;
  }
  static constexpr std::uint8_t cr = '\r';
  std::size_t from = 0;  // the first octet that is not hashed yet
  for (std::size_t at = 0; at < octets.size() && hash_; ++at) {
    const std::uint8_t octet = octets[at];
    switch (at_) {
      case At::line_start:
        if (octet != '.') break;
        add(octets.subspan(from, at - from));
        from = at + 1;
        at_ = At::dot;
        continue;
      case At::dot:
        if (octet != '\r') break;
        from = at + 1;  // held: it may belong to the end
        at_ = At::dot_cr;
        continue;
      case At::dot_cr:
        if (octet == '\n') {  // the end; nothing of the message follows
          from = octets.size();
          continue;
        }
        add(Bytes(&cr, 1));
        break;
      case At::cr:
        if (octet == '\n') {
          at_ = At::line_start;
          continue;
        }
        break;
      case At::text:
        break;
    }
    at_ = octet == '\r' ? At::cr : At::text;
  }
  if (hash_) add(octets.subspan(from));
}

std::optional<std::string> DigestReader::finish() {
  if (!hash_) return std::nullopt;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> octets{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(hash_->context.get(), octets.data(), &size) != 1) return std::nullopt;
  hash_.reset();
  return hex(Bytes(octets).first(size));
}

}  // namespace smtpscope::smtp
