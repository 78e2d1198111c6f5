#include "analyzer/app/report.hpp"

#include "analyzer/delivery/verdict.hpp"
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
  if (options_.subject == Subject::deliveries) {
    add_to_deliveries(session, verdict);
    return;
  }
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
  text_.clear();
  if (options_.format == Format::json) {
    render::write_deliveries_json(text_, deliveries_);
  } else if (options_.format == Format::csv) {
    render::write_deliveries_csv(text_, deliveries_);
  } else {
    using Steps = render::DeliveriesOptions::Steps;
    const Steps steps = options_.level == render::Level::full ? Steps::each_on_a_line : Steps::in_the_row;
    render::render_deliveries(text_, deliveries_, {options_.color, options_.width, steps});
  }
  output_.write(text_);
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
