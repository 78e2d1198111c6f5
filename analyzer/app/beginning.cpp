#include "analyzer/app/beginning.hpp"

#include "analyzer/transcript/detect.hpp"
#include "analyzer/transcript/tool_reader.hpp"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace smtpscope::app {
namespace {

constexpr std::size_t read_octets = 64 * 1024;

// Adds what there is; waits if there is nothing.
void read_some(int descriptor, Beginning& beginning, std::size_t octets_max) {
  const std::size_t had = beginning.text.size();
  beginning.text.resize(std::min(had + read_octets, octets_max));
  const ssize_t got = ::read(descriptor, beginning.text.data() + had, beginning.text.size() - had);
  const int why = errno;
  beginning.text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got > 0) return;
  if (got == 0) {
    beginning.ended = true;
  } else if (why == EAGAIN) {  // somebody else made it non-blocking
    pollfd readable{descriptor, POLLIN, 0};
    ::poll(&readable, 1, -1);
  } else {
    if (why != EINTR)
      beginning.error = Error{
          ErrorKind::open, "the input", std::string("cannot be read: ") + std::strerror(why), {}};
    beginning.ended = true;
  }
}

// Where the first whole line of a reply begins, which is no line of a tool; npos if there is none.
std::size_t first_reply(std::string_view text) noexcept {
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos;
       end = text.find('\n', begin)) {
    if (transcript::begins_with_code(text.substr(begin, end - begin))) return begin;
    begin = end + 1;
  }
  return std::string_view::npos;
}

}  // namespace

Beginning look_at_beginning(int descriptor) {
  Beginning beginning;
  while (!beginning.ended && beginning.text.size() < transcript::detect_octets_max) {
    read_some(descriptor, beginning, transcript::detect_octets_max);
    const std::string_view text = beginning.text;
    const std::size_t reply = first_reply(text);
    beginning.tool = transcript::detect(text.substr(0, reply));
    if (beginning.tool || reply != std::string_view::npos) break;
  }
  return beginning;
}

void read_rest(int descriptor, Beginning& beginning, std::size_t octets_max) {
  while (!beginning.ended && beginning.text.size() < octets_max)
    read_some(descriptor, beginning, octets_max);
}

}  // namespace smtpscope::app
