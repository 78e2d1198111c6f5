#pragma once
// The traces of a box between the two that writes over what it does not know: PIX and ASA put stars
// over the banner and Xes over keywords and verbs ("XXXXXXXA": the last letter counts those that it
// masked).
#include "analyzer/session/offer.hpp"
#include "analyzer/session/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

// "XXXXXXXA", "XXXXXXXX", "XXXB", "****".
[[nodiscard]] bool is_masked(std::string_view word) noexcept;
// "220 ****2***0*0*": hardly anything but stars.
[[nodiscard]] bool is_banner_of_stars(std::string_view greeting) noexcept;

struct Masking {
  bool banner = false;
  std::vector<std::string> keywords;     // of EHLO's answer, each once
  std::vector<std::string> no_keywords;  // lines of it that are none
  std::vector<std::string> verbs;        // commands that reached the server as Xes, each once
  std::vector<Origin> evidence;
  std::size_t exchange = session::no_exchange;  // the first of them
  // One has the length of STARTTLS; or the box lets no keywords through at all.
  bool could_hide_starttls = false;

  [[nodiscard]] bool any() const noexcept {
    return banner || !keywords.empty() || !no_keywords.empty() || !verbs.empty();
  }
};
[[nodiscard]] Masking masking_of(const session::Session& session);
// STARTTLS was taken away by such a box, and the dialogue went on without TLS.
[[nodiscard]] bool is_starttls_stripped(const session::Session& session, const Masking& masking);

}  // namespace smtpscope::findings
