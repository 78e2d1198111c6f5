#pragma once
// check(): an assertion about ourselves, on in all builds. Never used on input: whatever a peer or
// a file does is a value, not a broken promise of ours.
#include <cstdio>
#include <cstdlib>

namespace smtpscope {

// The place is that of the caller. (Clang 14 has these built-ins, but no std::source_location.)
inline void check(bool holds, const char* promise, const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) noexcept {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
  std::abort();
}

}  // namespace smtpscope
