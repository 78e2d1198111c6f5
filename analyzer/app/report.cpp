#include "analyzer/app/report.hpp"

#include "analyzer/findings/finding.hpp"
#include "analyzer/app/say.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/render/deliveries.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/redact.hpp"
#include "analyzer/render/timeline.hpp"

#include <algorithm>

namespace smtpscope::app {

Report::Report(const ReportOptions& options, render::TextOptions::FileName file_name, Output& output,
               const delivery::Classifier* classifier)
    : options_(options), output_(output), classifier_(classifier), classifying_(classifier) {
  text_options_.level = options.level;
  text_options_.color = options.color;
  text_options_.width = options.width;
  text_options_.secrets = options.secrets;
  text_options_.file_name = file_name;
}

Report::Judged Report::judge(session::Session session, std::vector<findings::Finding> alone) {
  session.id = ++sessions_;  // over all files
  std::vector<findings::Finding> findings = findings::judge(std::move(alone), session, history_);
  history_.add(session);
  return {std::move(session), std::move(findings)};
}

Report::Told Report::tell(Judged judged, delivery::Classifying& classifying) const {
  auto& [session, findings] = judged;
  Told told;
  told.verdict = delivery::weigh(session, findings, classifying);  // by all of them
  select(findings);
  told.has_failed = std::ranges::any_of(findings, [this](const auto& each) { return options_.fail_on.has(each); });
  if (options_.subject == Subject::deliveries) {
    told.session = std::move(session);
    return told;
  }
  constexpr std::size_t usual_octets = 16 * 1024;
  told.text.reserve(usual_octets);
  if (options_.format == Format::json) {
    render::write_json(told.text, session, findings, told.verdict, {options_.secrets});
  } else {
    if (session.id == 1 && options_.level == render::Level::summary) {
      render::render_summary_header(told.text, text_options_);
    }
    render::render_session(told.text, session, findings, told.verdict, text_options_);
  }
  return told;
}

void Report::write(Told told) {
  failed_ = failed_ || told.has_failed;
  if (told.session) add_to_deliveries(*told.session, told.verdict);
  output_.write(told.text);
}

void Report::add(session::Session session) {
  auto alone = findings::judge_alone(session);
  write(tell(judge(std::move(session), std::move(alone)), classifying_));
}

// Redactor knows the secrets of this session; nothing of it is kept with them.
void Report::add_to_deliveries(const session::Session& session, const delivery::Verdict& verdict) {
  const render::Redactor redactor(session, options_.secrets);
  deliveries_.add(session, verdict, [&redactor](std::string_view text) {
    std::string scratch;
    return std::string(redactor.clean(text, scratch));
  });
}

void Report::close() {
  if (options_.subject != Subject::deliveries) return;
  std::string text;
  if (options_.format == Format::json) {
    render::write_deliveries_json(text, deliveries_);
  } else if (options_.format == Format::csv) {
    render::write_deliveries_csv(text, deliveries_);
  } else {
    using Steps = render::DeliveriesOptions::Steps;
    const Steps steps = options_.level == render::Level::full ? Steps::each_on_a_line : Steps::in_the_row;
    render::render_deliveries(text, deliveries_, {options_.color, options_.width, steps});
  }
  output_.write(text);
  output_.flush();
  const auto note = [](std::uint64_t count, std::string_view one, std::string_view several, std::string_view what) {
    if (count > 0) say(findings::counted(count, one, several) + std::string(what));
  };
  note(deliveries_.hidden_sessions(), "session", {}, " hidden by TLS: what was sent there is not among the deliveries");
  note(deliveries_.failed_connections(), "connection", {}, " failed before anybody was named, and no mail of the same client followed");
  note(deliveries_.left_out(), "delivery", "deliveries", " beyond the limit left out");
}

void Report::select(std::vector<findings::Finding>& findings) const {
  std::erase_if(findings, [this](const findings::Finding& finding) {
    const bool wanted = options_.only.empty() || options_.only.has(finding);
    return !wanted || options_.hide.has(finding);
  });
}

}  // namespace smtpscope::app
