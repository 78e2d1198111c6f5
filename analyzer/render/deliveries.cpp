#include "analyzer/render/deliveries.hpp"

#include "analyzer/findings/wording.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/json_writer.hpp"
#include "analyzer/render/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::render {
namespace {

using delivery::Delivery;
using delivery::End;
using delivery::Step;
using delivery::StepKind;
using findings::Fate;

// ---- The way of a delivery, in words ------------------------------------------------------------
std::string_view fate_words(const Step& step) noexcept {
  if (step.greylisted) return "greylisted by";
  switch (step.fate) {
    case Fate::accepted:
      return "taken by";
    case Fate::deferred:
      return "put off by";
    case Fate::refused:
      return "refused by";
    case Fate::unheard:
      return "sent to its end and not answered by";
    case Fate::broken_off:
      return "broken off at";
    case Fate::unknown:
      break;
  }
  return "tried at";
}

std::string host_of(const Step& step) { return escaped(step.server_name); }

// "#3"; where each step has a line, "#3, frame 14 of mx.pcap".
std::string place_of(const Step& step, const DeliveriesOptions& options) {
  std::string place = fmt::format("#{}", step.session.id);
  if (options.steps == DeliveriesOptions::Steps::in_the_row || step.decided.frame == 0)
    return place;
  place += fmt::format(", frame {}", step.decided.frame.number);
  if (options.file_name == TextOptions::FileName::show && !step.file.empty())
    place += " of " + escaped(step.file);
  return place;
}

// "greylisted by mx.example.com (450 4.2.0 ...)", "then, 6.1 s later, taken by mx.example.com as
// 4F7"
std::string step_words(const Step& step, const Step* before, const DeliveriesOptions& options) {
  std::string words;
  if (before != nullptr) {
    words = fmt::format("{} later ",
                        findings::span_words(elapsed(before->decided.time, step.begun.time)));
  }
  if (step.kind == StepKind::bounce) {
    const std::string why = step.reason.empty() ? std::string() : fmt::format(", {}", step.reason);
    return words + fmt::format("bounced to its sender by {} ({}{})",
                               escaped(net::to_string(step.client.address)),
                               place_of(step, options), why);
  }
  if (step.kind == StepKind::connection) {
    words += fmt::format("no way to {}", host_of(step));
  } else {
    if (step.kind == StepKind::next_hop) words += "passed on, ";
    if (step.kind == StepKind::duplicate) words += "sent once more, ";
    words += fmt::format("{} {}", fate_words(step), host_of(step));
  }
  if (!step.queued_as.empty()) words += " as " + escaped(step.queued_as);
  const bool is_taken = step.fate == Fate::accepted;
  if (!is_taken && !step.reply.empty()) {
    words += fmt::format(" ({})", escaped(step.reply));
  } else if (!is_taken && !step.reason.empty()) {
    words += fmt::format(" ({})", step.reason);
  }
  return words + fmt::format(" ({})", place_of(step, options));
}

struct Told {
  const Step* step = nullptr;  // nullptr: what is said of steps that are not kept
  std::string words;
};

// Each step; of many the last one stands behind those that are not kept.
std::vector<Told> way_of(const Delivery& delivery, const DeliveriesOptions& options) {
  std::vector<Told> way;
  const Step* before = nullptr;
  for (const Step& step : delivery.steps) {
    if (delivery.further_steps > 0 && &step == &delivery.steps.back())
      way.push_back({nullptr, fmt::format("{} more in between", delivery.further_steps)});
    way.push_back({&step, step_words(step, before, options)});
    before = &step;
  }
  return way;
}

std::string row_of(const std::vector<Told>& way) {
  std::string row;
  for (const Told& told : way) row += (row.empty() ? "" : "; ") + told.words;
  return row;
}

std::string address_of(std::string_view address) {
  return address.empty() ? "<>" : escaped(address);
}

Style style_of(End end) noexcept {
  switch (end) {
    case End::delivered:
      return Style::bold_green;
    case End::refused:
    case End::bounced:
    case End::failed:
      return Style::bold_red;
    case End::deferred:
    case End::unheard:
      return Style::bold_yellow;
    case End::unknown:
      break;
  }
  return Style::bold;
}

// ---- Rows ---------------------------------------------------------------------------------------
constexpr std::size_t number_columns = 4, clock_columns = 19, address_columns = 24, end_columns = 9,
                      span_columns = 9, attempts_columns = 5;

std::string right(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, text.size()), ' ') + text;
}

// ---- CSV ----------------------------------------------------------------------------------------
void append_cell(std::string& out, std::string_view octets, char behind) {
  const std::string text = escaped(octets);
  out += '"';
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos)
    out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
  out += behind;
}

std::string rfc3339(Timestamp time) {
  std::string text;
  append_rfc3339(text, time);
  return text;
}

// ---- JSON ---------------------------------------------------------------------------------------
std::string_view name_of(Fate fate) noexcept {
  switch (fate) {
    case Fate::accepted:
      return "accepted";
    case Fate::deferred:
      return "deferred";
    case Fate::refused:
      return "rejected";
    case Fate::unheard:
      return "unheard";
    case Fate::broken_off:
      return "failed";
    case Fate::unknown:
      break;
  }
  return "unknown";
}

void write_endpoint(JsonWriter& json, const net::Endpoint& endpoint) {
  json.key("ip").text(net::to_string(endpoint.address));
  json.key("port").number(endpoint.port);
}

void write_step(JsonWriter& json, const Step& step) {
  json.begin_object();
  json.key("kind").text(to_string(step.kind));
  json.key("session").number(step.session.id);
  json.key("file").text_or_null(step.file);
  json.key("frame").number_or_null(step.decided.frame.number);
  json.key("start").time(step.begun.time);
  json.key("duration_s").seconds(elapsed(step.begun.time, step.decided.time));
  json.key("client").begin_object();
  write_endpoint(json, step.client);
  json.end_object();
  json.key("server").begin_object();
  write_endpoint(json, step.server);
  json.key("name").text(step.server_name);
  json.end_object();
  json.key("outcome").text(name_of(step.fate));
  json.key("greylisted").truth(step.greylisted);
  json.key("reason").text_or_null(step.reason);
  json.key("reply").text_or_null(step.reply);
  json.key("queued_as").text_or_null(step.queued_as);
  json.end_object();
}

}  // namespace

void render_deliveries_header(std::string& out, const DeliveriesOptions& options) {
  Page page(out, options.color, options.width);
  page.line({{right("#", number_columns) + "  ", Style::bold},
             {pad_to_width("first try, UTC", clock_columns) + "  ", Style::bold},
             {pad_to_width("from", address_columns) + "  ", Style::bold},
             {pad_to_width("to", address_columns) + "  ", Style::bold},
             {pad_to_width("end", end_columns) + "  ", Style::bold},
             {right("took", span_columns) + "  ", Style::bold},
             {right("tries", attempts_columns) + "  ", Style::bold},
             {"its way (#: session)", Style::bold}},
            {});
}

void render_delivery(std::string& out, const Delivery& delivery, const DeliveriesOptions& options) {
  Page page(out, options.color, options.width);
  const auto cell = [&](const std::string& text, std::size_t columns) {
    return pad_to_width(options.width == 0 ? text : cut_to_width(text, columns), columns) + "  ";
  };
  Spans lead{
      {right(std::to_string(delivery.id), number_columns) + "  ", Style::plain},
      {cell(date_and_second(delivery.steps.front().begun.time), clock_columns), Style::plain},
      {cell(address_of(delivery.sender), address_columns), Style::plain},
      {cell(address_of(delivery.recipient), address_columns), Style::plain},
      {cell(std::string(to_string(delivery.end())), end_columns), style_of(delivery.end())},
      {right(findings::span_words(delivery.took()), span_columns) + "  ", Style::plain},
      {right(std::to_string(delivery.attempts()), attempts_columns) + "  ", Style::plain}};
  const std::vector<Told> way = way_of(delivery, options);
  if (options.steps == DeliveriesOptions::Steps::in_the_row) {
    page.line(lead, {{row_of(way), Style::plain}});
    return;
  }
  page.line(lead, {});
  const std::string indent(number_columns + 2, ' ');
  for (const Told& told : way) {
    const std::string clock =
        told.step == nullptr ? std::string() : date_and_time(told.step->begun.time) + "  ";
    page.line({{indent + clock, Style::dim}}, {{told.words, Style::plain}});
  }
}

void write_delivery_json(std::string& out, const Delivery& delivery) {
  {
    JsonWriter json(out);
    json.begin_object();
    json.key("schema").text("smtpscope.delivery/1");
    json.key("id").number(delivery.id);
    json.key("sender").text(delivery.sender);
    json.key("recipient").text(delivery.recipient);
    json.key("message_id").text_or_null(delivery.message_id);
    json.key("subject").text_or_null(delivery.subject);
    json.key("outcome").text(to_string(delivery.end()));
    json.key("start").time(delivery.steps.front().begun.time);
    json.key("took_s").seconds(delivery.took());
    json.key("attempts").number(delivery.attempts());
    json.key("steps").begin_array();
    for (const Step& step : delivery.steps) write_step(json, step);
    json.end_array();
    json.end_object();
  }
  out += '\n';
}

void write_deliveries_csv_header(std::string& out) {
  out +=
      "sender,recipient,message_id,outcome,first_try,took_s,attempts,last_server,reason,reply,queued_as,way\r\n";
}

void write_delivery_csv(std::string& out, const Delivery& delivery) {
  const Step& last = delivery.steps.back();
  append_cell(out, delivery.sender, ',');
  append_cell(out, delivery.recipient, ',');
  append_cell(out, delivery.message_id, ',');
  append_cell(out, to_string(delivery.end()), ',');
  append_cell(out, rfc3339(delivery.steps.front().begun.time), ',');
  append_seconds(out, delivery.took());
  out += fmt::format(",{},", delivery.attempts());
  append_cell(out, last.server_name, ',');
  append_cell(out, last.reason, ',');
  append_cell(out, last.reply, ',');
  append_cell(out, last.queued_as, ',');
  append_cell(out, row_of(way_of(delivery, {})), '\r');
  out += '\n';
}

}  // namespace smtpscope::render
