// Any octets, read as a capture file and told in full: each packet is in exactly one count, each
// session's JSON is one line of UTF-8 without control characters, its text has none but line ends,
// and telling it twice gives the same.
//
// Input: a file.
#include "analyzer/capture/file.hpp"
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/analyzer.hpp"
#include "dissectors/base/check.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>

using namespace smtpscope;

namespace {

// Enough of a file of zeros, which is packets without octets for ever.
constexpr std::uint64_t packets_max = 20'000;

struct Told {
  std::string json;
  std::string text;
};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void check_accounts(const session::Accounts& accounts) {
  const std::uint64_t not_tcp =
      std::accumulate(accounts.not_tcp.begin(), accounts.not_tcp.end(), std::uint64_t{0});
  check(accounts.packets == accounts.mail + accounts.other_tcp + accounts.duplicates + not_tcp,
        "each packet is in exactly one count");
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

void check_text(std::string_view text) {
  check(std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\n'; }),
        "text moves no cursor");
}

Told tell(Bytes file) {
  Told told;
  capture::SourceResult source = capture::open_input(capture::Input::of_memory("in memory", file));
  if (!source) return told;
  session::Analyzer analyzer("in memory", session::Order::first_packet);
  std::uint64_t packets = 0;
  while (packets++ < packets_max) {
    const Packet* packet = (*source)->next();
    if (packet == nullptr) break;
    analyzer.take(*packet);
  }
  analyzer.finish((*source)->cut_short() ? session::FileEnd::cut_short : session::FileEnd::whole);
  check_accounts(analyzer.accounts());
  findings::History history;
  while (const auto session = analyzer.next_session()) {
    const auto findings = findings::judge(*session, history);
    history.add(*session);
    const auto verdict = delivery::weigh(*session, findings);
    std::string json;
    render::write_json(json, *session, findings, verdict, {});
    check_json(json);
    std::string text;
    render::render_session(text, *session, findings, verdict, {});
    check_text(text);
    told.json += json;
    told.text += text;
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Told once = tell({data, size});
  const Told again = tell({data, size});
  check(once.json == again.json && once.text == again.text, "the same file tells the same");
  return 0;
}
