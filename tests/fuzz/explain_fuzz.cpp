// Any octets as a reply: they are told in one line of UTF-8 without control characters and in
// bounded length, the same with what is remembered as without, and a digit in them that no pattern
// tells from another one changes nothing.
//
// Input: the first octet is what was asked; the rest is the reply.
#include "analyzer/delivery/explanation.hpp"
#include "analyzer/render/explanation.hpp"
#include "dissectors/base/check.hpp"
#include "tests/fuzz/input.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace smtpscope;

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_part_of(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_text(const delivery::ReplyText& text, std::string_view reply) {
  constexpr delivery::ReplyTextLimits limits;
  check(text.text().size() <= limits.octets, "the text keeps its limit");
  check(text.text().size() <= reply.size(), "normalising makes nothing longer");
  check(std::ranges::none_of(text.text(),
                             [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
        "blanks are folded");
  check(text.text().find("  ") == std::string_view::npos, "blanks are folded into one");
  check(std::ranges::none_of(text.text(), [](char c) { return c >= 'A' && c <= 'Z'; }),
        "letters are small");
  for (const std::string_view named : {text.address(), text.ip(), text.page()}) {
    check(is_part_of(named, reply), "what is named stands in the reply");
  }
}

void check_json(std::string_view line) {
  check(line.ends_with('\n'), "JSON ends its line");
  line.remove_suffix(1);
  check(std::ranges::none_of(line, is_control), "JSON is one line");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(
      line.data(), line.size());
  check(!document.HasParseError(), "JSON is JSON, in UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const delivery::Classifier& classifier = delivery::Classifier::built_in();
  static delivery::Classifying classifying;
  static delivery::Explainer explainer(classifying);
  fuzz::Input input({data, size});
  const auto asked = static_cast<delivery::Asked>(input.octet() % delivery::asked_count);
  const std::string reply(as_text(input.octets(size)));

  const delivery::Explanation& told = explainer.explain(reply, asked);
  check_text(told.reply, reply);
  check(told.text.size() + told.advice.size() < 2048, "what is told is bounded");
  delivery::Classifier::Scratch scratch;
  const delivery::Classification again = classifier.classify(told.reply, {asked, {}}, scratch);
  check(again.rule == told.why.rule && again.reason == told.why.reason &&
            again.provider == told.why.provider,
        "what is remembered changes nothing");
  std::string json;
  render::write_explanation_json(json, told);
  check_json(json);
  std::string text;
  render::render_explanation(text, reply, told, {});
  check(std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\n'; }),
        "text moves no cursor");
  return 0;
}
