#pragma once
// Tests of what happens without rights, run by root too.
#include <unistd.h>

#include <stdexcept>

namespace smtpscope::test {

// Calls `action` without the rights of root, and gives its result.
template <typename Action>
auto as_nobody(Action action) {
  const uid_t self = geteuid();
  constexpr uid_t nobody = 65534;
  if (self != 0) return action();
  if (seteuid(nobody) != 0) throw std::runtime_error("cannot become nobody");
  auto result = action();
  if (seteuid(self) != 0) throw std::runtime_error("cannot become root again");
  return result;
}

}  // namespace smtpscope::test
