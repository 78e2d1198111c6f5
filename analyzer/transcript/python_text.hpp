#pragma once
// Text as Python's repr() writes it: 'it\'s\r\n', b'caf\xe9', "it's".
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::transcript {

// The octets of the literal that `text` begins with; nothing if it begins with none, or with one
// that does not end.
[[nodiscard]] std::optional<std::string> python_octets(std::string_view text);

}  // namespace smtpscope::transcript
