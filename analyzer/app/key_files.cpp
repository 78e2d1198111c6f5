#include "analyzer/app/key_files.hpp"

#include "analyzer/app/say.hpp"
#include "analyzer/render/escape.hpp"
#include "dissectors/tls/secret.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace smtpscope::app {
namespace {

constexpr std::size_t buffer_octets = 256 * 1024;

std::string_view text_in(const tls::Secret& buffer, std::size_t octets) {
  return as_text(buffer.octets()).substr(0, octets);
}

}  // namespace

KeyFiles::KeyFiles(const KeyOptions& options, While when)
    : when_(when), given_(!options.files.empty()) {
  for (const std::string& path : options.files) files_.push_back({path});
  const bool of_environment = files_.empty() && !options.of_environment.empty();
  if (of_environment) {
    files_.push_back({options.of_environment});
    given_ = when_ == While::capturing;
  }
  for (File& file : files_) {
    if (!open(file)) {
      const bool may_come = errno == ENOENT && (when_ == While::capturing || of_environment);
      if (may_come) continue;
      say(Error{
          ErrorKind::open, file.path, std::string("cannot be read: ") + std::strerror(errno), {}});
      usable_ = usable_ && of_environment;
      continue;
    }
    given_ = true;
    const std::uint64_t bad_before = log_.bad_lines();
    const std::size_t sessions_before = log_.sessions();
    read(file);
    if (when_ == While::reading) log_.finish();
    say_what_is_wrong(file, log_.bad_lines() - bad_before, log_.sessions() - sessions_before);
  }
}

KeyFiles::~KeyFiles() {
  for (const File& file : files_) {
    if (file.descriptor >= 0) ::close(file.descriptor);
  }
}

bool KeyFiles::open(File& file) const {
  // A pipe without a writer would hold the capture up.
  const int waits = when_ == While::capturing ? O_NONBLOCK : 0;
  file.descriptor = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | waits);
  if (file.descriptor < 0) return false;
  struct stat about {};
  if (::fstat(file.descriptor, &about) == 0 && !S_ISDIR(about.st_mode)) return true;
  ::close(std::exchange(file.descriptor, -1));
  errno = EISDIR;
  return false;
}

// Whole lines, as another file's keys may come next: who writes the log may be in the middle of
// one.
void KeyFiles::read(File& file) {
  struct stat about {};
  if (::fstat(file.descriptor, &about) != 0) return;
  if (!S_ISREG(about.st_mode)) return read_pipe(file);
  if (static_cast<std::uint64_t>(about.st_size) < file.offset) file.offset = 0;  // begun anew
  tls::Secret buffer(buffer_octets);
  for (;;) {
    const ssize_t got =
        ::pread(file.descriptor, buffer.data(), buffer.size(), static_cast<off_t>(file.offset));
    if (got <= 0) return;
    const std::string_view text = text_in(buffer, static_cast<std::size_t>(got));
    const std::size_t line_end = text.rfind('\n');
    const bool is_last = text.size() < buffer.size();
    const bool waits = is_last && when_ == While::capturing;
    const std::size_t whole = line_end == text.npos ? 0 : line_end + 1;
    const std::size_t used = waits || (!is_last && whole > 0) ? whole : text.size();
    log_.take(text.substr(0, used));
    file.offset += used;
    if (is_last) return;
  }
}

void KeyFiles::read_pipe(const File& file) {
  tls::Secret buffer(buffer_octets);
  for (;;) {
    const ssize_t got = ::read(file.descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    log_.take(text_in(buffer, static_cast<std::size_t>(got)));
  }
}

void KeyFiles::read_more() {
  for (File& file : files_) {
    if (file.descriptor < 0 && !open(file)) continue;
    struct stat about {};
    const bool is_same = ::fstat(file.descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
                         static_cast<std::uint64_t>(about.st_size) == file.offset;
    if (!is_same) read(file);
  }
}

void KeyFiles::add(std::string_view text) {
  given_ = true;
  log_.take(text);
  log_.finish();
}

void KeyFiles::say_what_is_wrong(const File& file, std::uint64_t bad_lines,
                                 std::size_t sessions) const {
  const std::string name = render::escaped(file.path);
  if (bad_lines > 0) {
    say(fmt::format("{}: {} line{} of it {} no keys", name, bad_lines, bad_lines == 1 ? "" : "s",
                    bad_lines == 1 ? "is" : "are"));
  } else if (sessions == 0 && when_ == While::reading && log_.empty()) {
    say(name + ": no TLS keys in it");
  }
}

}  // namespace smtpscope::app
