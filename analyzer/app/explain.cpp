#include "analyzer/app/explain.hpp"

#include "analyzer/app/explain_file.hpp"
#include "analyzer/app/explaining.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/app/rule_files.hpp"
#include "analyzer/app/say.hpp"
#include "analyzer/app/terminal.hpp"

#include <unistd.h>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace smtpscope::app {
namespace {

// ---- What is there to explain ------------------------------------------------------------------------
bool is_file(const std::string& word) {
  std::error_code ignored;
  const auto status = std::filesystem::status(word, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_directory(status);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

ExitCode explain(const Explain& task, Explaining& explaining) {
  const bool of_input = task.words.empty() || (task.words.size() == 1 && task.words.front() == "-");
  if (of_input) return explain_lines(STDIN_FILENO, explaining);
  if (task.words.size() == 1 && is_file(task.words.front()))
    return explain_file(task.words.front(), explaining);
  explaining.tell(joined(task.words), task.asked, task.format.value_or(Format::text));
  return ExitCode::analysed;
}

}  // namespace

ExitCode run_explain(const Explain& task) {
  if (task.words.empty() && is_terminal(STDIN_FILENO)) {
    say("nothing to explain: give a reply, a file, or - for standard input\nRun 'smtpscope explain "
        "--help' for more.");
    return ExitCode::unusable;
  }
  const OwnRules rules(task.rules);
  if (!rules.usable()) return ExitCode::unusable;
  Output output(STDOUT_FILENO);
  Explaining explaining(
      task, rules.classifier() != nullptr ? *rules.classifier() : delivery::Classifier::built_in(),
      output);
  return close(output, explain(task, explaining));
}

}  // namespace smtpscope::app
