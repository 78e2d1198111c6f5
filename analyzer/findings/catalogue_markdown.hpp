#pragma once
// The catalogue as docs/FINDINGS.md shows it. The page is generated; a test compares the two.
#include <string>

namespace smtpscope::findings {

[[nodiscard]] std::string catalogue_as_markdown();

}  // namespace smtpscope::findings
