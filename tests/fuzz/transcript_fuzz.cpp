// Any octets, read as what each tool prints and told in full: pieces stand in the order of the
// lines, each session's JSON is one line of UTF-8 without control characters, its text has none but
// line ends, and a message of which nothing is shown has no size.
//
// Input: a text.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/transcript/detect.hpp"
#include "analyzer/transcript/play.hpp"
#include "analyzer/transcript/read.hpp"
#include "dissectors/base/check.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace smtpscope;
using transcript::Tool;
using transcript::Transcript;

namespace {

constexpr std::size_t sessions_told_max = 16;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void check_pieces(const Transcript& transcript) {
  check(std::ranges::is_sorted(transcript.pieces, {}, &transcript::Piece::line),
        "pieces in the order of the lines");
  const auto lies_inside = [&](const transcript::Piece& piece) {
    return piece.line >= transcript.first_line && piece.line <= transcript.last_line;
  };
  check(std::ranges::all_of(transcript.pieces, lies_inside), "pieces lie in their session's lines");
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

void tell(const Transcript& transcript) {
  const session::Session session = transcript::play(transcript);
  const auto findings = findings::judge(session);
  const auto verdict = delivery::weigh(session, findings);
  std::string out;
  render::write_json(out, session, findings, verdict, {});
  check_json(out);
  render::TextOptions options;
  options.level = render::Level::full;
  out.clear();
  render::render_session(out, session, findings, verdict, options);
  check(std::ranges::none_of(out, [](char c) { return is_control(c) && c != '\n'; }),
        "text moves no cursor");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(as_text(Bytes(data, size)));
  (void)transcript::detect(text);
  for (const Tool tool : {Tool::swaks, Tool::curl, Tool::smtplib, Tool::openssl}) {
    const auto sessions = transcript::read(tool, text);
    for (const Transcript& each : sessions) check_pieces(each);
    for (std::size_t i = 0; i < std::min(sessions.size(), sessions_told_max); ++i)
      tell(sessions[i]);
  }
  return 0;
}
