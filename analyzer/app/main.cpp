#include "analyzer/app/options.hpp"
#include "analyzer/app/run.hpp"

#include <cstdio>
#include <new>

// Everything that a capture can hold is a value; what is left to catch is the lack of memory.
int main(int argc, char** argv) {
  try {
    return static_cast<int>(smtpscope::app::run(smtpscope::app::parse(argc, argv), argv[0]));
  } catch (const std::bad_alloc&) {
    std::fputs("smtpscope: out of memory\n", stderr);
  }
  return static_cast<int>(smtpscope::app::ExitCode::unusable);
}
