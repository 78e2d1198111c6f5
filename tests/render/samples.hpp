#pragma once
// Sessions to render, made from scripts; findings and verdicts made by hand, so that the tests of
// rendering do not depend on what the rules say today.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/session.hpp"
#include "tests/support/base64.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

// What there is to tell about one session.
struct Told {
  session::Session session;
  std::vector<findings::Finding> findings;
  delivery::Verdict verdict;
};

// The one session of a script (tests/support/script.hpp), with a verdict that says nothing, and a
// transaction verdict for each transaction.
[[nodiscard]] Told told_of(std::string_view script);

// One mail that is delivered, and one whose recipient is refused.
[[nodiscard]] Told delivered();
[[nodiscard]] Told refused();

[[nodiscard]] std::string json_of(const Told& told,
                                  render::Secrets secrets = render::Secrets::mask);
[[nodiscard]] std::string text_of(const Told& told, const render::TextOptions& options = {});

// Octets as a script needs them behind "C: ", each as \xHH.
[[nodiscard]] std::string in_script(std::string_view octets);

// Without what colours a terminal.
[[nodiscard]] std::string without_colour(std::string_view text);
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

// The whole of it is UTF-8, and holds nothing that a terminal obeys but line feeds.
[[nodiscard]] bool is_safe(std::string_view text);

}  // namespace smtpscope::test
