#include "analyzer/render/idn.hpp"

#include "dissectors/base/ascii.hpp"

#include <idn2.h>

#include <memory>

namespace smtpscope::render {
namespace {

constexpr std::size_t domain_octets_max = 255;  // RFC 5321, 4.5.3.1.2

struct FreeByIdn {
  void operator()(char* text) const noexcept { idn2_free(text); }
};

bool has_a_label(std::string_view domain) noexcept {
  return ascii::starts_no_case(domain, "xn--") || ascii::contains_no_case(domain, ".xn--");
}

}  // namespace

std::string unicode_domain(std::string_view address) {
  const std::size_t at = address.rfind('@');
  const std::string domain(at == std::string_view::npos ? address : address.substr(at + 1));
  const bool has_nul = domain.find('\0') != std::string::npos;
  if (has_nul || domain.size() > domain_octets_max || !has_a_label(domain)) return {};
  char* decoded = nullptr;
  const int result = idn2_to_unicode_8z8z(domain.c_str(), &decoded, 0);
  const std::unique_ptr<char, FreeByIdn> owned(decoded);
  if (result != IDN2_OK || decoded == nullptr) return {};
  std::string text(decoded);
  return has_a_label(text) ? std::string() : text;
}

}  // namespace smtpscope::render
