#include "analyzer/app/report.hpp"

#include "analyzer/app/say.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/redact.hpp"
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
      deliveries_(options.deliveries) {
  text_options_.level = options.level;
  text_options_.color = options.color;
  text_options_.width = options.width;
  text_options_.secrets = options.secrets;
  text_options_.file_name = file_name;
}

void Report::begin_capture() {
  history_ = findings::History();
  deliveries_.finish();
  write_deliveries();
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
  if (options_.subject == Subject::deliveries) {
    add_to_deliveries(*session, told.verdict);
    write_deliveries();
  }
  output_.write(text);
}

// As the next one's text takes the place of this one's, neither is copied.
void Report::add(session::Session&& session) {
  auto alone = findings::judge_alone(session);
  Judged judged = judge(std::move(session), std::move(alone));
  const Told told = render(judged.session, std::move(judged.findings), scratch_);
  write(told, &judged.session, scratch_.text);
}

// Redactor knows the secrets of this session; nothing of it is kept with them.
void Report::add_to_deliveries(const session::Session& session, const delivery::Verdict& verdict) {
  const render::Redactor redactor(session, options_.secrets);
  deliveries_.add(session, verdict, [&redactor](std::string_view text) {
    std::string scratch;
    return std::string(redactor.clean(text, scratch));
  });
}

render::DeliveriesOptions Report::deliveries_options() const noexcept {
  using Steps = render::DeliveriesOptions::Steps;
  const bool is_full = options_.level == render::Level::full;
  return {options_.color, options_.width, is_full ? Steps::each_on_a_line : Steps::in_the_row,
          text_options_.file_name};
}

void Report::write_deliveries_header() {
  if (std::exchange(has_deliveries_header_, true)) return;
  std::string text;
  if (options_.format == Format::csv) render::write_deliveries_csv_header(text);
  if (options_.format == Format::text) render::render_deliveries_header(text, deliveries_options());
  output_.write(text);
}

void Report::write_deliveries() {
  std::string text;
  while (const auto delivery = deliveries_.next()) {
    write_deliveries_header();
    text.clear();
    if (options_.format == Format::json) {
      render::write_delivery_json(text, *delivery);
    } else if (options_.format == Format::csv) {
      render::write_delivery_csv(text, *delivery);
    } else {
      render::render_delivery(text, *delivery, deliveries_options());
    }
    output_.write(text);
  }
}

void Report::close() {
  if (options_.subject != Subject::deliveries) return;
  deliveries_.finish();
  write_deliveries();
  if (options_.format == Format::csv) write_deliveries_header();  // of a table without rows, too
  output_.flush();
  const auto note = [](std::uint64_t count, std::string_view one, std::string_view several,
                       std::string_view what) {
    if (count > 0) say(findings::counted(count, one, several) + std::string(what));
  };
  note(deliveries_.hidden_sessions(), "session", {},
       " hidden by TLS: what was sent there is not among the deliveries");
  note(deliveries_.failed_connections(), "connection", {},
       " failed before anybody was named, and no mail of the same client followed");
  note(deliveries_.told_early(), "delivery", "deliveries",
       " told before a next try could come: no more are followed at a time, and a later try stands "
       "apart (--max-deliveries)");
}

void Report::select(std::vector<findings::Finding>& findings) const {
  std::erase_if(findings, [this](const findings::Finding& finding) {
    const bool wanted = options_.only.empty() || options_.only.has(finding);
    return !wanted || options_.hide.has(finding);
  });
}

}  // namespace smtpscope::app
