#include "analyzer/transcript/detect.hpp"

#include "analyzer/transcript/tool_reader.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::transcript {
namespace {

struct Mark {
  Tool tool;
  std::string_view begin;
};
// A line that begins so is enough. Of curl "* " alone is not: many lists are written so.
constexpr std::array marks = {
    Mark{Tool::swaks, "=== Trying "},
    Mark{Tool::swaks, "=== Connected to "},
    Mark{Tool::swaks, "=== TLS started "},
    Mark{Tool::swaks, "*** Error connecting "},
    Mark{Tool::curl, "*   Trying "},
    Mark{Tool::curl, "* Connected to "},
    Mark{Tool::curl, "* Could not resolve host: "},
    Mark{Tool::curl, "curl: ("},
    Mark{Tool::smtplib, "send: '"},
    Mark{Tool::smtplib, "send: b'"},
    Mark{Tool::smtplib, "send: \""},
    Mark{Tool::smtplib, "reply: b'"},
    Mark{Tool::smtplib, "connect: ('"},
    Mark{Tool::smtplib, "connect: to ('"},
    Mark{Tool::openssl, "CONNECTED("},
    Mark{Tool::openssl, "connect:errno="},
    Mark{Tool::openssl, "SSL handshake has read "},
    Mark{Tool::openssl, "verify return:"},
};

// swaks and curl, where somebody kept the dialogue alone.
bool is_line_of_swaks(std::string_view line) noexcept {
  for (const std::string_view mark : {"<-  ", "<~  ", "<** ", "<~* "}) {
    if (line.starts_with(mark)) return begins_with_code(line.substr(mark.size()));
  }
  return false;
}

bool is_line_of_curl(std::string_view line) noexcept {
  return line.starts_with("< ") && begins_with_code(line.substr(2));
}

std::optional<Tool> tool_of(std::string_view line) noexcept {
  line = without_clock(line);
  const auto* const mark =
      std::ranges::find_if(marks, [&](const Mark& m) { return line.starts_with(m.begin); });
  if (mark != marks.end()) return mark->tool;
  if (is_line_of_swaks(line)) return Tool::swaks;
  if (is_line_of_curl(line)) return Tool::curl;
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Tool tool) noexcept {
  switch (tool) {
    case Tool::swaks:
      return "swaks";
    case Tool::curl:
      return "curl";
    case Tool::smtplib:
      return "smtplib";
    case Tool::openssl:
      return "openssl s_client";
  }
  return {};
}

std::optional<Tool> detect(std::string_view text) noexcept {
  text = text.substr(0, detect_octets_max);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto tool = tool_of(shown_part(text.substr(0, end)))) return tool;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace smtpscope::transcript
