#pragma once
// Domains of other scripts, as people read them: xn--bcher-kva.example is bücher.example (RFC
// 5890).
#include <string>
#include <string_view>

namespace smtpscope::render {

// The domain of `address` with its A-labels as U-labels, through libidn2; UTF-8, not escaped. Empty
// where no label is an A-label, or where one is none that IDNA 2008 knows.
[[nodiscard]] std::string unicode_domain(std::string_view address);

}  // namespace smtpscope::render
