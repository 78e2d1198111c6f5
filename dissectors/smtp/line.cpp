#include "dissectors/smtp/line.hpp"

#include <algorithm>
#include <cstring>

namespace smtpscope::smtp {

void LineReader::begin(const Octets& octets) {
  if (begun_) return;
  begun_ = true;
  buffer_.clear();
  line_ = Line{};
  line_.extent = {octets.offset, octets.offset};
  line_.begun = octets.origin;
}

void LineReader::keep(std::string_view text) {
  const std::size_t room = max_ - std::min(max_, buffer_.size());
  const std::size_t kept = std::min(room, text.size());
  buffer_.append(text.substr(0, kept));
  line_.dropped += text.size() - kept;
}

LineReader::Taken LineReader::take(const Octets& octets) {
  const std::string_view text = as_text(octets.bytes);
  begin(octets);
  line_.origin = octets.origin;
  line_.peer_acknowledged = octets.peer_acknowledged;
  const void* found = std::memchr(text.data(), '\n', text.size());
  const std::size_t used =
      found == nullptr
          ? text.size()
          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1;
  line_.extent.end = octets.offset + used;
  if (found == nullptr) {
    keep(text);
    return {used, nullptr};
  }
  if (buffer_.empty() && used <= max_) {
    line_.text = text.substr(0, used);  // the whole line lies in these octets: no copy
  } else {
    keep(text.substr(0, used));
    line_.text = buffer_;
  }
  line_.end = LineEnd::lf;
  if (line_.text.ends_with('\n')) line_.text.remove_suffix(1);
  if (line_.text.ends_with('\r')) {
    line_.text.remove_suffix(1);
    line_.end = LineEnd::crlf;
  }
  begun_ = false;
  return {used, &line_};
}

const Line* LineReader::cut() {
  if (!begun_) return nullptr;
  begun_ = false;
  line_.text = buffer_;
  line_.end = LineEnd::cut;
  return &line_;
}

}  // namespace smtpscope::smtp
