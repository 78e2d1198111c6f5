#include "analyzer/app/report.hpp"

#include "analyzer/findings/finding.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "dissectors/base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace smtpscope::app {

Report::Report(const ReportOptions& options, render::TextOptions::FileName file_name,
               Output& output, const delivery::Classifier* classifier)
    : options_(options),
      output_(output),
      classifier_(classifier),
      scratch_(classifier),
      deliveries_(options, file_name, output) {
  text_options_.level = options.level;
  text_options_.color = options.color;
  text_options_.width = options.width;
  text_options_.secrets = options.secrets;
  text_options_.file_name = file_name;
}

void Report::begin_capture() {
  history_ = findings::History();
  deliveries_.begin_capture();
}

Report::Judged Report::judge(session::Session&& session, std::vector<findings::Finding> alone) {
  session.id = ++sessions_;  // over all files
  std::vector<findings::Finding> findings = findings::judge(std::move(alone), session, history_);
  history_.add(session);
  return {std::move(session), std::move(findings)};
}

Report::Told Report::tell(Judged judged, Scratch& scratch) const {
  Told told = render(judged.session, std::move(judged.findings), scratch);
  told.text = scratch.text;
  if (options_.subject == Subject::deliveries) told.session = std::move(judged.session);
  return told;
}

Report::Told Report::render(const session::Session& session,
                            std::vector<findings::Finding> findings, Scratch& scratch) const {
  Told told;
  told.verdict = delivery::weigh(session, findings, scratch.classifying);  // by all of them
  select(findings);
  told.has_failed = std::ranges::any_of(
      findings, [this](const auto& each) { return options_.fail_on.has(each); });
  scratch.text.clear();
  if (options_.subject == Subject::deliveries) return told;
  if (options_.format == Format::json) {
    render::write_json(scratch.text, session, findings, told.verdict, {options_.secrets});
  } else {
    if (session.id == 1 && options_.level == render::Level::summary) {
      render::render_summary_header(scratch.text, text_options_);
    }
    render::render_session(scratch.text, session, findings, told.verdict, text_options_);
  }
  return told;
}

bool Report::may_tell_ahead() const noexcept {
  return options_.subject == Subject::sessions && options_.format == Format::json;
}

Report::Told Report::tell_ahead(const session::Session& session,
                                const std::vector<findings::Finding>& alone,
                                Scratch& scratch) const {
  Told told = render(session, findings::judge(alone, session, findings::History()), scratch);
  told.text = scratch.text;
  return told;
}

bool Report::take_ahead(Told& told, findings::Trace& trace) {
  if (history_.concerns(trace)) return false;
  constexpr std::string_view number = "\"id\":0,";
  const std::size_t at = told.text.find(number);
  check(at < 64, "a session that was told ahead has the number 0, at the beginning");
  trace.set_id(++sessions_);
  told.text.replace(at, number.size(), fmt::format("\"id\":{},", sessions_));
  history_.add(std::move(trace));
  return true;
}

void Report::write(const Told& told) {
  write(told, told.session ? &*told.session : nullptr, told.text);
}

void Report::write(const Told& told, const session::Session* session, std::string_view text) {
  failed_ = failed_ || told.has_failed;
  if (options_.subject == Subject::deliveries) deliveries_.add(*session, told.verdict);
  output_.write(text);
}

// As the next one's text takes the place of this one's, neither is copied.
void Report::add(session::Session&& session) {
  auto alone = findings::judge_alone(session);
  Judged judged = judge(std::move(session), std::move(alone));
  const Told told = render(judged.session, std::move(judged.findings), scratch_);
  write(told, &judged.session, scratch_.text);
}

void Report::close() {
  if (options_.subject == Subject::deliveries) deliveries_.close();
}

void Report::select(std::vector<findings::Finding>& findings) const {
  std::erase_if(findings, [this](const findings::Finding& finding) {
    const bool wanted = options_.only.empty() || options_.only.has(finding);
    return !wanted || options_.hide.has(finding);
  });
}

}  // namespace smtpscope::app
