#include "analyzer/app/explain_transcript.hpp"

#include "analyzer/app/report.hpp"
#include "analyzer/app/say.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/transcript/play.hpp"
#include "analyzer/transcript/read.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace smtpscope::app {

ExitCode tell_transcript(int descriptor, const std::string& name, Beginning beginning,
                         const Explain& task, const delivery::Classifier* own, Output& output) {
  // One more shows that there is more.
  read_rest(descriptor, beginning, transcript::text_octets_max + 1);
  const auto sessions = transcript::read(*beginning.tool, beginning.text);
  ReportOptions options;
  options.format = task.format.value_or(Format::text);
  options.level = render::Level::dialogue;
  options.color = task.color;
  options.width = task.width;
  Report report(options, render::TextOptions::FileName::hide, output, own);
  const auto files = std::make_shared<const std::vector<std::string>>(1, name);
  for (const transcript::Transcript& each : sessions) {
    if (output.broken()) break;
    report.add(transcript::play(each, files));
  }
  if (!beginning.error) return ExitCode::analysed;
  say(*beginning.error);
  return exit_code_of(beginning.error->kind);
}

}  // namespace smtpscope::app
