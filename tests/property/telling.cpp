#include "tests/property/telling.hpp"

#include "analyzer/delivery/classifier.hpp"
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/session/analyzer.hpp"
#include "dissectors/base/ascii.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace smtpscope::test {
namespace {

using rapidjson::Value;

constexpr std::array<std::string_view, 11> frames = {
    "frame", "frames",    "command_frame", "accept_frame", "from_frame", "file",
    "files", "last_file", "command_file",  "accept_file",  "via"};
constexpr std::array<std::string_view, 7> times = {"time_s", "latency_ms", "duration_s", "slowest",
                                                   "start",  "rtt_ms",     "seconds"};
constexpr std::array<std::string_view, 5> carriage = {"retransmissions", "out_of_order",
                                                      "duplicates", "syn_tries", "opened"};
// Findings about how TCP carried it.
constexpr std::array<std::string_view, 4> of_carriage = {"net.reordered", "net.loss",
                                                         "net.slow-connect", "capture.clock"};

template <typename Names>
bool has(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_left_out(std::string_view name, Same same) {
  if (has(frames, name)) return true;
  if (same != Same::all_but_frames && has(carriage, name)) return true;
  return same == Same::what_was_said && has(times, name);
}

bool is_of_carriage(const Value& value) {
  if (!value.IsObject() || !value.HasMember("id") || !value["id"].IsString()) return false;
  return has(of_carriage, std::string_view(value["id"].GetString()));
}

bool is_number(char c) { return ascii::is_digit(c) || c == '.'; }

// "(frame 13)" -> "(frame _)"; "after 0.25 s" -> "after _ s" where times do not count.
std::string without_numbers(std::string_view text, Same same) {
  constexpr std::array<std::string_view, 5> units = {" seconds", " min", " ms", " us", " s"};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_number(text[at])) {
      out += text[at++];
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_number(text[end])) ++end;
    const bool is_frame =
        std::string_view(out).ends_with("frame ") || std::string_view(out).ends_with("frames ");
    const auto* const unit = std::ranges::find_if(units, [&](std::string_view each) {
      const std::string_view rest = text.substr(end);
      return rest.starts_with(each) &&
             (rest.size() == each.size() || !ascii::is_alpha(rest[each.size()]));
    });
    const bool is_time = same == Same::what_was_said && unit != units.end();
    out += is_frame || is_time ? "_" : std::string(text.substr(at, end - at));
    at = is_time ? end + unit->size() : end;
    if (is_frame && text.substr(at).starts_with(" of /"))
      at = std::min(text.find_first_of(" ),", at + 4), text.size());
  }
  return out;
}

// Depth is that of our own output.
void reduce(Value& value, Same same, rapidjson::Document& document) {
  if (value.IsArray()) {
    for (auto it = value.Begin(); it != value.End();) {
      if (same != Same::all_but_frames && is_of_carriage(*it)) {
        it = value.Erase(it);
      } else {
        reduce(*it++, same, document);
      }
    }
  } else if (value.IsObject()) {
    for (auto it = value.MemberBegin(); it != value.MemberEnd();) {
      const std::string_view name(it->name.GetString(), it->name.GetStringLength());
      if (is_left_out(name, same)) {
        it = value.EraseMember(it);
        continue;
      }
      if (it->value.IsString() && (name == "text" || name == "advice" || name == "meaning")) {
        const std::string text =
            without_numbers({it->value.GetString(), it->value.GetStringLength()}, same);
        it->value.SetString(text.c_str(), static_cast<rapidjson::SizeType>(text.size()),
                            document.GetAllocator());
      }
      reduce((it++)->value, same, document);
    }
  }
}

}  // namespace

std::vector<std::string> reduced(const std::vector<std::string>& lines, Same same) {
  std::vector<std::string> out;
  for (const std::string& line : lines) {
    rapidjson::Document document;
    document.Parse(line.c_str(), line.size());
    if (document.HasParseError()) throw std::runtime_error("no JSON: " + line);
    reduce(document, same, document);
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    document.Accept(writer);
    out.emplace_back(buffer.GetString(), buffer.GetSize());
  }
  return out;
}

namespace {

std::vector<std::string> end_of(session::Analyzer& analyzer, Same same) {
  analyzer.finish(session::FileEnd::whole);
  std::vector<std::string> lines;
  findings::History history;
  static delivery::Classifying classifying;  // of all variants: they say the same again and again
  while (const auto session = analyzer.next_session()) {
    const auto findings = findings::judge(*session, history);
    history.add(*session);
    const auto verdict = delivery::weigh(*session, findings, classifying);
    render::write_json(lines.emplace_back(), *session, findings, verdict, {});
  }
  return reduced(lines, same);
}

}  // namespace

std::vector<std::string> told(std::span<const TestPacket> packets, Same same) {
  session::Analyzer analyzer("capture", session::Order::first_packet);
  for (const TestPacket& packet : packets) analyzer.take(packet.view());
  return end_of(analyzer, same);
}

std::vector<std::string> told(capture::Source& source, Same same) {
  session::Analyzer analyzer(source.files(), session::Order::first_packet);
  while (const Packet* packet = source.next()) analyzer.take(*packet);
  if (source.error()) throw std::runtime_error(source.name() + ": " + source.error()->what);
  return end_of(analyzer, same);
}

}  // namespace smtpscope::test
