#include "analyzer/app/deliveries_report.hpp"

#include "analyzer/app/say.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/render/redact.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace smtpscope::app {
namespace {

using Steps = render::DeliveriesOptions::Steps;

void say_count(std::uint64_t count, std::string_view one, std::string_view several,
               std::string_view what) {
  if (count > 0) say(findings::counted(count, one, several) + std::string(what));
}

}  // namespace

DeliveriesReport::DeliveriesReport(const ReportOptions& options,
                                   render::TextOptions::FileName file_name, Output& output)
    : options_(options),
      text_options_{
          options.color, options.width,
          options.level == render::Level::full ? Steps::each_on_a_line : Steps::in_the_row,
          file_name},
      output_(output),
      deliveries_(options.deliveries) {}

// Redactor knows the secrets of this session; nothing of it is kept with them.
void DeliveriesReport::add(const session::Session& session, const delivery::Verdict& verdict) {
  const render::Redactor redactor(session, options_.secrets);
  deliveries_.add(session, verdict, [&redactor](std::string_view text) {
    std::string scratch;
    return std::string(redactor.clean(text, scratch));
  });
  write();
}

void DeliveriesReport::begin_capture() {
  deliveries_.finish();
  write();
}

void DeliveriesReport::write_header() {
  if (std::exchange(has_header_, true)) return;
  std::string text;
  if (options_.format == Format::csv) render::write_deliveries_csv_header(text);
  if (options_.format == Format::text) render::render_deliveries_header(text, text_options_);
  output_.write(text);
}

void DeliveriesReport::write() {
  std::string text;
  while (const auto delivery = deliveries_.next()) {
    write_header();
    text.clear();
    if (options_.format == Format::json) {
      render::write_delivery_json(text, *delivery);
    } else if (options_.format == Format::csv) {
      render::write_delivery_csv(text, *delivery);
    } else {
      render::render_delivery(text, *delivery, text_options_);
    }
    output_.write(text);
  }
}

void DeliveriesReport::close() {
  deliveries_.finish();
  write();
  if (options_.format == Format::csv) write_header();  // of a table without rows, too
  output_.flush();
  say_count(deliveries_.hidden_sessions(), "session", {},
            " hidden by TLS: what was sent there is not among the deliveries");
  say_count(deliveries_.failed_connections(), "connection", {},
            " failed before anybody was named, and no mail of the same client followed");
  say_count(deliveries_.told_early(), "delivery", "deliveries",
            " told before a next try could come: no more are followed at a time, and a later try "
            "stands apart (--max-deliveries)");
}

}  // namespace smtpscope::app
