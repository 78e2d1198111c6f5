#include "analyzer/capture/input.hpp"

#include "analyzer/capture/stop.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace smtpscope::capture {
namespace {

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

// A file, a pipe, a socket, a terminal.
class DescriptorInput final : public Input {
 public:
  DescriptorInput(std::string name, int descriptor)
      : Input(std::move(name)), descriptor_(descriptor) {}
  ~DescriptorInput() override {
    if (descriptor_ > STDIN_FILENO) close(descriptor_);
  }
  DescriptorInput(const DescriptorInput&) = delete;
  DescriptorInput& operator=(const DescriptorInput&) = delete;

  // For a regular file: there is nothing to wait for.
  void set_octets_total(std::uint64_t octets) noexcept {
    waits_ = false;
    octets_total_ = octets;
  }
  Progress progress() const noexcept override {
    return octets_total_ == 0 ? Progress() : Progress{octets_read_, octets_total_};
  }

 private:
  std::size_t read_some(std::span<std::uint8_t> buffer) override;

  int descriptor_;
  bool waits_ = true;
  std::uint64_t octets_read_ = 0;
  std::uint64_t octets_total_ = 0;
};

std::size_t DescriptorInput::read_some(std::span<std::uint8_t> buffer) {
  for (;;) {
    if (waits_ && wait_for_input(descriptor_) == Waited::stopped) return 0;
    const ssize_t octets = ::read(descriptor_, buffer.data(), buffer.size());
    if (octets >= 0) {
      octets_read_ += static_cast<std::uint64_t>(octets);
      return static_cast<std::size_t>(octets);
    }
    if (errno == EINTR || errno == EAGAIN) continue;
    fail(InputFailure::Kind::unreadable, cause_of(errno));
    return 0;
  }
}

class MemoryInput final : public Input {
 public:
  MemoryInput(std::string name, Bytes octets) : Input(std::move(name)), rest_(octets) {}

 private:
  std::size_t read_some(std::span<std::uint8_t> buffer) override {
    const std::size_t octets = std::min(buffer.size(), rest_.size());
    if (octets != 0) std::memcpy(buffer.data(), rest_.data(), octets);
    rest_ = rest_.subspan(octets);
    return octets;
  }
  Bytes rest_;
};

}  // namespace

Result<std::unique_ptr<Input>> Input::open(const std::string& path) {
  const bool standard_input = path == "-";
  const int descriptor = standard_input ? STDIN_FILENO : open_path(path);
  auto input =
      std::make_unique<DescriptorInput>(standard_input ? "standard input" : path, descriptor);
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    return Error{ErrorKind::open, input->name(), cause_of(errno), {}};
  }
  if (S_ISDIR(status.st_mode)) return Error{ErrorKind::open, input->name(), "is a directory", {}};
  if (S_ISREG(status.st_mode)) input->set_octets_total(static_cast<std::uint64_t>(status.st_size));
  (void)input->head();
  if (input->failure()) return Error{ErrorKind::open, input->name(), input->failure()->cause, {}};
  return std::unique_ptr<Input>(std::move(input));
}

std::unique_ptr<Input> Input::of_memory(std::string name, Bytes octets) {
  return std::make_unique<MemoryInput>(std::move(name), octets);
}

Bytes Input::head() {
  if (head_filled_) return head_;
  head_filled_ = true;
  head_.resize(sniff_octets);
  std::size_t filled = 0;
  while (filled < magic_octets) {
    const std::size_t octets = read_some(std::span(head_).subspan(filled));
    if (octets == 0) break;
    filled += octets;
  }
  head_.resize(filled);
  return head_;
}

// First what was looked at before, then what follows it.
std::size_t Input::read(std::span<std::uint8_t> buffer) {
  if (head_given_ == head_.size()) return failure_ ? 0 : read_some(buffer);
  const std::size_t octets = std::min(buffer.size(), head_.size() - head_given_);
  std::memcpy(buffer.data(), head_.data() + head_given_, octets);
  head_given_ += octets;
  return octets;
}

}  // namespace smtpscope::capture
