#include "analyzer/render/idn.hpp"

#include "dissectors/base/ascii.hpp"

#include <idn2.h>

#include <algorithm>
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
  std::string domain(at == std::string_view::npos ? address : address.substr(at + 1));
  std::ranges::transform(domain, domain.begin(), ascii::to_lower);
  const bool has_nul = domain.find('\0') != std::string::npos;
  if (has_nul || domain.size() > domain_octets_max || !has_a_label(domain)) return {};
  char* decoded = nullptr;
  if (idn2_to_unicode_8z8z(domain.c_str(), &decoded, 0) != IDN2_OK) return {};
  const std::unique_ptr<char, FreeByIdn> unicode(decoded);
  // What does not come back as it was is no A-label of IDNA 2008.
  char* encoded = nullptr;
  if (idn2_to_ascii_8z(decoded, &encoded, IDN2_NONTRANSITIONAL) != IDN2_OK) return {};
  const std::unique_ptr<char, FreeByIdn> back(encoded);
  return domain == encoded ? std::string(decoded) : std::string();
}

}  // namespace smtpscope::render
