#include "analyzer/app/explaining.hpp"

#include "analyzer/delivery/sending_failure.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/reply.hpp"

#include <utility>

namespace smtpscope::app {
namespace {

// "\n" between the lines of a reply becomes a line feed; "\\" stands for itself. `reply` itself
// where there is none.
std::string_view unfolded(std::string_view reply, std::string& scratch) {
  if (reply.find("\\n") == std::string_view::npos) return reply;
  scratch.clear();
  for (std::size_t at = 0; at < reply.size(); ++at) {
    const bool escapes = reply[at] == '\\' && at + 1 < reply.size();
    if (escapes && reply[at + 1] == 'n') {
      scratch += '\n';
      ++at;
      continue;
    }
    scratch += reply[at];
    if (escapes && reply[at + 1] == '\\') scratch += reply[++at];
  }
  return scratch;
}

}  // namespace

void Explaining::tell(std::string_view reply, delivery::Asked asked, Format format) {
  reply = unfolded(reply, scratch_);
  const delivery::Explanation& told = explainer_.explain(reply, asked);
  text_.clear();
  if (format == Format::json) {
    render::write_explanation_json(text_, told);
  } else {
    render::render_explanation(text_, reply, told, {task_.color, task_.width});
  }
  output_.write(text_);
}

void Explaining::put_gap(Format format) {
  if (format == Format::text && !std::exchange(first_, false)) output_.write("\n");
}

void Explaining::tell_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::size_t tab = line.find('\t');
  if (tab != std::string_view::npos) tab = line.rfind('\t');
  delivery::Asked asked = task_.asked;
  if (tab != std::string_view::npos) {
    const std::string_view word = ascii::trim(line.substr(tab + 1));
    if (const auto of_line = delivery::asked_of(word); of_line != delivery::Asked::unknown)
      asked = of_line;
    line = line.substr(0, tab);
  }
  const Format format = format_or(Format::json);
  put_gap(format);
  tell(line, asked, format);
}

void Explaining::tell(const Delivery& delivery, Format format) {
  const delivery::Explanation& told = explainer_.explain(delivery.told);
  text_.clear();
  if (format == Format::json) {
    render::write_explanation_json(text_, told, delivery.place);
  } else {
    put_gap(format);
    const render::ExplanationOptions options{task_.color, task_.width};
    render::render_place(text_, delivery.place, options);
    render::render_explanation(text_, explainer_.explained(), told, options);
  }
  output_.write(text_);
}

}  // namespace smtpscope::app
