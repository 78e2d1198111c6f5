#pragma once
#include <re2/re2.h>

namespace smtpscope::delivery {

// Octet by octet, so that any octets are a text.
[[nodiscard]] inline RE2::Options re2_options() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return options;
}

}  // namespace smtpscope::delivery
