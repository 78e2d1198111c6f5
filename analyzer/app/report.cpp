#include "analyzer/app/report.hpp"

#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"

#include <algorithm>

namespace smtpscope::app {

Report::Report(const ReportOptions& options, render::TextOptions::FileName file_name, Output& output,
               const delivery::Classifier* classifier)
    : options_(options), output_(output), classifier_(classifier) {
  text_options_.level = options.level;
  text_options_.color = options.color;
  text_options_.width = options.width;
  text_options_.secrets = options.secrets;
  text_options_.file_name = file_name;
}

void Report::add(session::Session session) {
  session.id = ++sessions_;  // over all files
  std::vector<findings::Finding> findings = findings::judge(session, history_);
  history_.add(session);
  const delivery::Verdict verdict = delivery::weigh(session, findings, classifier_);  // by all of them
  select(findings);
  failed_ = failed_ || std::ranges::any_of(findings, [this](const auto& each) { return options_.fail_on.has(each); });
  text_.clear();
  if (options_.format == Format::json) {
    render::write_json(text_, session, findings, verdict, {options_.secrets});
  } else {
    if (sessions_ == 1 && options_.level == render::Level::summary) {
      render::render_summary_header(text_, text_options_);
    }
    render::render_session(text_, session, findings, verdict, text_options_);
  }
  output_.write(text_);
}

void Report::select(std::vector<findings::Finding>& findings) const {
  std::erase_if(findings, [this](const findings::Finding& finding) {
    const bool wanted = options_.only.empty() || options_.only.has(finding);
    return !wanted || options_.hide.has(finding);
  });
}

}  // namespace smtpscope::app
