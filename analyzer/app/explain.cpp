#include "analyzer/app/explain.hpp"

#include "analyzer/app/beginning.hpp"
#include "analyzer/app/explain_file.hpp"
#include "analyzer/app/explain_transcript.hpp"
#include "analyzer/app/explaining.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/app/rule_files.hpp"
#include "analyzer/app/say.hpp"
#include "analyzer/app/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace smtpscope::app {
namespace {

// ---- What is there to explain -------------------------------------------------------------------
// What a tool printed is told as a session; of standard input all else is replies, one a line.
ExitCode explain_input(const Explain& task, const delivery::Classifier* own,
                       Explaining& explaining) {
  Beginning beginning = look_at_beginning(STDIN_FILENO);
  if (beginning.tool)
    return tell_transcript(STDIN_FILENO, "-", std::move(beginning), task, own, explaining.output());
  return explain_lines(STDIN_FILENO, beginning.text, explaining);
}

// A pipe is read once, from its beginning on; a file is looked at, and read again by whoever knows
// its kind.
ExitCode explain_path(const std::string& path, const Explain& task, const delivery::Classifier* own,
                      Explaining& explaining) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool can_be_read_again = descriptor >= 0 && ::lseek(descriptor, 0, SEEK_CUR) >= 0;
  if (descriptor < 0) return explain_file(path, explaining);  // says why
  Beginning beginning = look_at_beginning(descriptor);
  ExitCode code = ExitCode::analysed;
  if (beginning.tool) {
    code = tell_transcript(descriptor, path, std::move(beginning), task, own, explaining.output());
  } else if (can_be_read_again) {
    code = explain_file(path, explaining);
  } else {
    code = explain_lines(descriptor, beginning.text, explaining);
  }
  ::close(descriptor);
  return code;
}

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

ExitCode explain(const Explain& task, const delivery::Classifier* own, Explaining& explaining) {
  const bool of_input = task.words.empty() || (task.words.size() == 1 && task.words.front() == "-");
  if (of_input) return explain_input(task, own, explaining);
  if (task.words.size() == 1 && is_file(task.words.front()))
    return explain_path(task.words.front(), task, own, explaining);
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
  Explaining explaining(task, rules.classifier(), output);
  return close(output, explain(task, rules.classifier(), explaining));
}

}  // namespace smtpscope::app
