#include "analyzer/app/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdlib>

namespace smtpscope::app {
namespace {

std::string_view environment(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(int descriptor) noexcept { return ::isatty(descriptor) == 1; }

std::size_t terminal_width() noexcept {
  if (!is_terminal(STDOUT_FILENO)) return 0;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool wants_color(std::string_view when) noexcept {
  if (when == "always" || when == "yes") return true;
  if (when == "never" || when == "no") return false;
  if (!environment("NO_COLOR").empty()) return false;
  const std::string_view force = environment("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  const std::string_view term = environment("TERM");
  return is_terminal(STDOUT_FILENO) && !term.empty() && term != "dumb";
}

}  // namespace smtpscope::app
