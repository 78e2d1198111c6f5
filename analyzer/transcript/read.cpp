#include "analyzer/transcript/read.hpp"

#include <algorithm>
#include <memory>

namespace smtpscope::transcript {
namespace {

std::unique_ptr<ToolReader> reader_of(Tool tool, Gatherer& out) {
  switch (tool) {
    case Tool::swaks:
      return swaks_reader(out);
    case Tool::curl:
      return curl_reader(out);
    case Tool::smtplib:
      return smtplib_reader(out);
    case Tool::openssl:
      return openssl_reader(out);
  }
  return nullptr;
}

}  // namespace

std::vector<Transcript> read(Tool tool, std::string_view text, ReadLimits limits) {
  Gatherer gathered(tool, limits);
  const auto reader = reader_of(tool, gathered);
  const bool is_cut = text.size() > text_octets_max;
  text = text.substr(0, text_octets_max);
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    gathered.at_line(number);
    reader->take(shown_part(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  reader->finish();
  auto sessions = gathered.take();
  if (is_cut && !sessions.empty()) sessions.back().cut_short = true;
  return sessions;
}

}  // namespace smtpscope::transcript
