#pragma once
// What is for people to know besides the data: on stderr, a line each.
#include "analyzer/app/exit_code.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/render/escape.hpp"
#include "dissectors/base/result.hpp"

#include <cstdio>
#include <string>

namespace smtpscope::app {

inline void say(const std::string& line) {
  std::fputs(("smtpscope: " + line + "\n").c_str(), stderr);
}

inline void say(const Error& error) {
  say(render::escaped(error.subject) + ": " + render::escaped(error.what));
  if (!error.advice.empty()) std::fputs((error.advice + "\n").c_str(), stderr);
}

// The last word of a run: `code`, unless the output could not be written.
[[nodiscard]] inline ExitCode close(Output& output, ExitCode code) {
  output.flush();
  if (!output.error()) return code;
  say(*output.error());
  return ExitCode::unusable;
}

}  // namespace smtpscope::app
