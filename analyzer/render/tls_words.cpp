#include "analyzer/render/tls_words.hpp"

#include "analyzer/findings/handshake.hpp"
#include "analyzer/render/names.hpp"
#include "analyzer/render/numbers.hpp"
#include "dissectors/tls/suite.hpp"

#include <fmt/format.h>

namespace smtpscope::render {

std::string agreed_words(const session::TlsSeen& seen) {
  const tls::Facts& facts = seen.facts;
  std::string words;
  if (facts.server_hello) {
    words = fmt::format("{}, {}", tls::version_word(facts.version()),
                        tls::suite_name(facts.server_hello->suite));
  } else if (facts.client_hello) {
    words = fmt::format("{} at best", tls::version_word(facts.client_hello->highest_version()));
  }
  if (!seen.server_name().empty()) words += fmt::format(", for {}", seen.server_name());
  if (facts.resumed) words += ", resumed";
  if (facts.hello_retry) words += ", asked for twice";
  return words;
}

std::string handshake_words(const session::TlsSeen& seen) {
  const tls::Facts& facts = seen.facts;
  const std::string words = agreed_words(seen);
  if (findings::is_complete(facts)) return "handshake: " + words;
  return fmt::format("handshake breaks off {}{}{}", tls::name_of(facts.step),
                     words.empty() ? "" : ": ", words);
}

std::string certificate_words(const tls::Certificate& certificate) {
  constexpr std::size_t day = 10;
  return fmt::format(
      "certificate {}, {}, good from {} to {}", certificate.subject,
      certificate.is_self_signed ? "signed by itself" : "issued by " + certificate.issuer,
      date_words(certificate.not_before).substr(0, day),
      date_words(certificate.not_after).substr(0, day));
}

std::string alert_words(const tls::Alert& alert) {
  const std::string_view name = tls::alert_name(alert.description);
  return fmt::format("the {}'s alert: {}, {}", name_of(alert.from),
                     name.empty() ? fmt::format("number {}", alert.description) : std::string(name),
                     tls::name_of(alert.step));
}

}  // namespace smtpscope::render
