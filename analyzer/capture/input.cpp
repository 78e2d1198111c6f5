#include "analyzer/capture/input.hpp"

#include "analyzer/capture/stop.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace smtpscope::capture {
namespace {

// Large pieces: a system call for each 4 KiB costs more than all the rest of reading.
constexpr std::size_t stream_buffer_octets = 1024 * 1024;
// The shortest head that says what a file is: a magic number.
constexpr std::size_t magic_octets = 4;

std::string cause_of(int error_number) {
  if (error_number == ENOENT) return "no such file";
  if (error_number == EACCES) return "no permission to read it";
  return std::generic_category().message(error_number);
}

// Not blocking, so that a FIFO that nobody writes to yet does not keep us from being stopped.
int open_path(const std::string& path) {
  return above_standard_streams(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

}  // namespace

Result<std::unique_ptr<Input>> Input::open(const std::string& path) {
  const bool standard_input = path == "-";
  const int descriptor = standard_input ? STDIN_FILENO : open_path(path);
  std::unique_ptr<Input> input(new Input(standard_input ? "standard input" : path, descriptor));
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    return Error{ErrorKind::open, input->name_, cause_of(errno), {}};
  }
  if (S_ISDIR(status.st_mode)) return Error{ErrorKind::open, input->name_, "is a directory", {}};
  if (S_ISREG(status.st_mode)) {
    input->waits_ = false;
    input->octets_total_ = static_cast<std::uint64_t>(status.st_size);
  }
  input->fill_head();
  if (input->failure_ != 0) {
    return Error{ErrorKind::open, input->name_, cause_of(input->failure_), {}};
  }
  return input;
}

Input::~Input() {
  if (descriptor_ > STDIN_FILENO) close(descriptor_);
}

void Input::fill_head() {
  head_.resize(sniff_octets);
  std::size_t filled = 0;
  while (filled < magic_octets) {
    const ssize_t octets = read_some(std::span(head_).subspan(filled));
    if (octets <= 0) break;
    filled += static_cast<std::size_t>(octets);
  }
  head_.resize(filled);
}

std::FILE* Input::stream() {
  std::FILE* stream = fopencookie(this, "r", {&read_cookie, nullptr, nullptr, nullptr});
  if (stream == nullptr) return nullptr;
  buffer_ = std::make_unique_for_overwrite<char[]>(stream_buffer_octets);
  std::setvbuf(stream, buffer_.get(), _IOFBF, stream_buffer_octets);
  return stream;
}

ssize_t Input::read_cookie(void* cookie, char* buffer, std::size_t octets) {
  return static_cast<Input*>(cookie)->read_stream(
      {reinterpret_cast<std::uint8_t*>(buffer), octets});
}

// First what was looked at before, then what follows it.
ssize_t Input::read_stream(std::span<std::uint8_t> buffer) {
  if (head_given_ == head_.size()) {
    const ssize_t octets = read_some(buffer);
    if (octets == 0) at_end_ = true;
    octets_read_ += static_cast<std::uint64_t>(std::max<ssize_t>(octets, 0));
    return octets;
  }
  const std::size_t octets = std::min(buffer.size(), head_.size() - head_given_);
  std::memcpy(buffer.data(), head_.data() + head_given_, octets);
  head_given_ += octets;
  octets_read_ += octets;
  return static_cast<ssize_t>(octets);
}

// What read() gives; 0 after request_stop() too.
ssize_t Input::read_some(std::span<std::uint8_t> buffer) {
  for (;;) {
    if (waits_ && wait_for_input(descriptor_) == Waited::stopped) return 0;
    const ssize_t octets = read(descriptor_, buffer.data(), buffer.size());
    if (octets >= 0) return octets;
    if (errno == EINTR || errno == EAGAIN) continue;
    failure_ = errno;
    return -1;
  }
}

}  // namespace smtpscope::capture
