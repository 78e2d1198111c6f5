#pragma once
// What the terminal is like, and whether colour is wanted: NO_COLOR, CLICOLOR_FORCE, TERM.
#include <cstddef>
#include <string_view>

namespace smtpscope::app {

[[nodiscard]] bool is_terminal(int descriptor) noexcept;
// Columns of standard output if it is a terminal, else 0.
[[nodiscard]] std::size_t terminal_width() noexcept;
// `when` is auto, always or never (also yes, no, tty).
[[nodiscard]] bool wants_color(std::string_view when) noexcept;

}  // namespace smtpscope::app
