#include "analyzer/app/explain.hpp"

#include "analyzer/app/line_input.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/app/rule_files.hpp"
#include "analyzer/app/say.hpp"
#include "analyzer/app/terminal.hpp"
#include "analyzer/capture/source.hpp"
#include "analyzer/delivery/explanation.hpp"
#include "analyzer/render/explanation.hpp"
#include "dissectors/base/ascii.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace smtpscope::app {
namespace {

// "\n" between the lines of a reply becomes a line feed; "\\" stands for itself. `reply` itself where there is none.
std::string_view unfolded(std::string_view reply, std::string& scratch) {
  if (reply.find("\\n") == std::string_view::npos) return reply;
  scratch.clear();
  for (std::size_t at = 0; at < reply.size(); ++at) {
    const bool escapes = reply[at] == '\\' && at + 1 < reply.size();
    if (escapes && reply[at + 1] == 'n') {
      scratch += '\n';
      ++at;
      continue;
    }
    scratch += reply[at];
    if (escapes && reply[at + 1] == '\\') scratch += reply[++at];
  }
  return scratch;
}

class Explaining {
 public:
  Explaining(const Explain& task, const delivery::Classifier& classifier, Output& output)
      : task_(task), explainer_(classifier), output_(output) {}

  void tell(std::string_view reply, delivery::Asked asked, Format format) {
    reply = unfolded(reply, scratch_);
    const delivery::Explanation& told = explainer_.explain(reply, asked);
    text_.clear();
    if (format == Format::json) {
      render::write_explanation_json(text_, told);
    } else {
      render::render_explanation(text_, reply, told, {task_.color, task_.width});
    }
    output_.write(text_);
  }

  // One reply a line, with the command behind a tab; one answer for each line, whatever stands there.
  void tell_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::size_t tab = line.find('\t');
    if (tab != std::string_view::npos) tab = line.rfind('\t');
    delivery::Asked asked = task_.asked;
    if (tab != std::string_view::npos) {
      const std::string_view word = ascii::trim(line.substr(tab + 1));
      if (const delivery::Asked of_line = delivery::asked_of(word);
          of_line != delivery::Asked::unknown)
        asked = of_line;
      line = line.substr(0, tab);
    }
    const Format format = task_.format.value_or(Format::json);
    if (format == Format::text && !std::exchange(first_, false)) output_.write("\n");
    tell(line, asked, format);
  }

 private:
  const Explain& task_;
  delivery::Explainer explainer_;
  Output& output_;
  std::string scratch_;
  std::string text_;
  bool first_ = true;
};

// What is known is told before more is waited for.
ExitCode tell_lines(int descriptor, Explaining& explaining, Output& output) {
  LineInput input(descriptor);
  while (!output.broken() && !capture::stop_requested()) {
    while (const auto line = input.next()) explaining.tell_line(*line);
    output.flush();
    if (input.ended()) break;
    input.read();
  }
  if (!input.error()) return ExitCode::analysed;
  say(*input.error());
  return exit_code_of(input.error()->kind);
}

// ---- What is there to explain. Other kinds of files have their place in explain_file(). ------------------
ExitCode explain_file(const std::string& path, Explaining& explaining, Output& output) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    say(Error{ErrorKind::open, path, std::string("cannot be opened: ") + std::strerror(errno), {}});
    return ExitCode::unusable;
  }
  const ExitCode code = tell_lines(descriptor, explaining, output);
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

ExitCode explain(const Explain& task, Explaining& explaining, Output& output) {
  const bool of_input = task.words.empty() || (task.words.size() == 1 && task.words.front() == "-");
  if (of_input) return tell_lines(STDIN_FILENO, explaining, output);
  if (task.words.size() == 1 && is_file(task.words.front()))
    return explain_file(task.words.front(), explaining, output);
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
  return close(output, explain(task, explaining, output));
}

}  // namespace smtpscope::app
