#include "analyzer/render/explanation.hpp"

#include "analyzer/delivery/reasons.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/gloss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smtpscope::render {
namespace {

using delivery::Asked;
using delivery::Explanation;
using smtp::Answered;
using smtp::Verb;

constexpr std::size_t label_columns = 14;

std::pair<Answered, Verb> question_of(Asked asked) noexcept {
  switch (asked) {
    case Asked::connection:
      return {Answered::greeting, Verb::unknown};
    case Asked::hello:
      return {Answered::command, Verb::ehlo};
    case Asked::starttls:
      return {Answered::command, Verb::starttls};
    case Asked::login:
      return {Answered::command, Verb::auth};
    case Asked::sender:
      return {Answered::command, Verb::mail};
    case Asked::recipient:
      return {Answered::command, Verb::rcpt};
    case Asked::data:
      return {Answered::command, Verb::data};
    case Asked::message:
      return {Answered::end_of_data, Verb::unknown};
    case Asked::other:
    case Asked::unknown:
      break;
  }
  return {Answered::command, Verb::unknown};
}

// "Permanent failure. Bad destination mailbox address: ..."
std::string meaning_of(smtp::EnhancedCode code) {
  const smtp::EnhancedInfo* const known = smtp::find_enhanced(code.subject, code.detail);
  std::string words(smtp::class_meaning(code.class_digit));
  if (known != nullptr) return fmt::format("{}: {}", words, known->meaning);
  const std::string_view subject = smtp::subject_meaning(code.subject);
  if (!subject.empty()) words += fmt::format(", about {}", subject);
  return words + "; the code is not registered.";
}

std::string_view duration_words(const Explanation& told) noexcept {
  if (!told.permanent) return "the reply does not tell whether another attempt can succeed";
  return *told.permanent ? "permanent: the same mail will be refused again"
                         : "temporary: a later attempt may succeed";
}

std::string reason_words(const Explanation& told) {
  if (told.why.reason.empty()) return "none: nothing was refused";
  const delivery::ReasonInfo* const row = delivery::find_reason(told.why.reason);
  if (told.why.reason == "undefined") return "undefined: reason not recognised";
  return fmt::format("{}: {}", told.why.reason, row == nullptr ? std::string_view() : row->meaning);
}

class Fields {
 public:
  Fields(std::string& out, const ExplanationOptions& options)
      : page_(out, options.color, options.width) {}
  void title(std::string_view text) { page_.line({}, {{escaped(text), Style::bold}}); }
  void add(std::string_view label, std::string_view text) {
    if (text.empty()) return;
    page_.line({{"  " + pad_to_width(label, label_columns), Style::dim}},
               {{escaped(text), Style::plain}});
  }

 private:
  Page page_;
};

void append_text(std::string& out, std::string_view text) {
  if (is_plain_json(text)) {
    out += '"';
    out += text;
    out += '"';
  } else {
    append_json_string(out, text);
  }
}

void append_text_or_null(std::string& out, std::string_view text) {
  text.empty() ? void(out += "null") : append_text(out, text);
}

// A name of our own, of a-z, 0-9 and "-".
void append_name_or_null(std::string& out, std::string_view name) {
  if (name.empty()) {
    out += "null";
    return;
  }
  out += '"';
  out += name;
  out += '"';
}

void append_members(std::string& out, const Explanation& told) {
  out += R"("reason":)";
  append_name_or_null(out, told.why.reason);
  out += R"(,"permanent":)";
  out += !told.permanent ? "null" : *told.permanent ? "true" : "false";
  out += R"(,"fault":)";
  append_name_or_null(out, delivery::to_string(told.fault));
  out += R"(,"provider":)";
  append_name_or_null(out, told.why.provider);
  out += R"(,"text":)";
  append_text(out, told.text);
  out += R"(,"advice":)";
  append_text(out, told.advice);
  out += R"(,"rule":)";
  append_name_or_null(out, told.why.rule);
}

}  // namespace

void render_explanation(std::string& out, std::string_view reply, const Explanation& told,
                        const ExplanationOptions& options) {
  Fields fields(out, options);
  while (!reply.empty()) {
    std::string_view line = reply.substr(0, reply.find('\n'));
    reply.remove_prefix(std::min(line.size() + 1, reply.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    fields.title(line);
  }
  const auto [answered, verb] = question_of(told.asked);
  if (told.asked != Asked::unknown) fields.add("In answer to", delivery::word_of(told.asked));
  if (told.reply.code() != 0) {
    fields.add("Code", fmt::format("{}: {}", told.reply.code(),
                                   smtp::reply_meaning(answered, verb, told.reply.code())));
  }
  if (told.reply.enhanced()) {
    fields.add("Enhanced", fmt::format("{}: {}", to_string(*told.reply.enhanced()),
                                       meaning_of(*told.reply.enhanced())));
  }
  fields.add("Reason", reason_words(told));
  if (!told.why.reason.empty()) {
    fields.add("Lasts", duration_words(told));
    fields.add("Side", delivery::to_string(told.fault));
  }
  fields.add("Provider", told.why.provider);
  fields.add("Rule", told.why.rule);
  fields.add("In short", told.text);
  fields.add("To do", told.advice);
}

void render_place(std::string& out, const ReplyPlace& place, const ExplanationOptions& options) {
  Spans head;
  const auto add = [&head](std::string_view text, Style style) {
    if (!text.empty()) head.push_back({(head.empty() ? "" : "  ") + escaped(text), style});
  };
  if (place.line != 0) add(fmt::format("line {}", place.line), Style::dim);
  add(place.queue_id, Style::dim);
  add(place.recipient, Style::bold);
  add(place.outcome, Style::plain);
  if (!place.sender.empty()) add("from " + std::string(place.sender), Style::dim);
  Page(out, options.color, options.width).line({}, head);
}

void write_explanation_json(std::string& out, const Explanation& told) {
  out += '{';
  append_members(out, told);
  out += "}\n";
}

void write_explanation_json(std::string& out, const Explanation& told, const ReplyPlace& place) {
  out += R"({"outcome":)";
  append_text_or_null(out, place.outcome);
  out += R"(,"recipient":)";
  append_text_or_null(out, place.recipient);
  out += R"(,"sender":)";
  append_text_or_null(out, place.sender);
  out += R"(,"queue_id":)";
  append_text_or_null(out, place.queue_id);
  out += R"(,"line":)";
  out += place.line == 0 ? "null" : fmt::format("{}", place.line);
  out += ',';
  append_members(out, told);
  out += "}\n";
}
}  // namespace smtpscope::render
