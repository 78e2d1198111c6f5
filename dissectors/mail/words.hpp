#pragma once
// Header fields as a person reads them: "=?UTF-8?Q?caf=C3=A9?=" is "café" (RFC 2047), in any
// character set.
//
// GMime decodes. What is given is bounded by whoever reads messages; what comes back is as hostile
// as what came in.
#include <string>
#include <string_view>

namespace smtpscope::mail {

// Does it hold what may be an encoded word? Then decoding is worth its time.
[[nodiscard]] bool has_encoded_words(std::string_view field) noexcept;
// In UTF-8. A NUL ends it; what is no encoded word stays as it is.
[[nodiscard]] std::string decode_words(std::string_view field);

}  // namespace smtpscope::mail
