#include "tests/cli/run_binary.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace smtpscope::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Long enough for a sanitized build on a busy machine.
constexpr auto patience = 60s;
constexpr unsigned short terminal_columns = 100;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

// A descriptor of ours, closed at the latest when it goes.
class Owned {
 public:
  Owned() noexcept = default;
  explicit Owned(int descriptor) noexcept : descriptor_(descriptor) {}
  Owned(Owned&& other) noexcept : descriptor_(other.release()) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Owned() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  int release() noexcept { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

struct Ends {
  Owned reading;
  Owned writing;
};

Ends make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  return {Owned(ends[0]), Owned(ends[1])};
}

void make_nonblocking(int descriptor) {
  if (fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) != 0) fail("fcntl");
}

Ends make_terminal() {
  Owned master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (master.get() < 0 || grantpt(master.get()) != 0 || unlockpt(master.get()) != 0)
    fail("a terminal");
  Owned slave(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios settings{};
  if (slave.get() < 0 || tcgetattr(slave.get(), &settings) != 0) fail("a terminal");
  cfmakeraw(&settings);  // no CR before each LF
  const winsize size{.ws_row = 40, .ws_col = terminal_columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (tcsetattr(slave.get(), TCSANOW, &settings) != 0) fail("a terminal");
  if (ioctl(slave.get(), TIOCSWINSZ, &size) != 0) fail("a terminal");
  return {std::move(master), std::move(slave)};
}

// `ours` reads or writes what `childs` is for the child; -1: the child has none.
struct Channel {
  Owned ours;
  Owned childs;
};

Channel input_of(const Launch& launch) {
  switch (launch.from) {
    case Launch::Input::nothing:
      return {Owned(), Owned(open("/dev/null", O_RDONLY | O_CLOEXEC))};
    case Launch::Input::closed:
      return {};
    case Launch::Input::text:
    case Launch::Input::open:
      break;
  }
  Ends ends = make_pipe();
  make_nonblocking(ends.writing.get());
  return {std::move(ends.writing), std::move(ends.reading)};
}

Channel output_of(const Launch& launch) {
  switch (launch.to) {
    case Launch::Output::closed:
      return {};
    case Launch::Output::full_disk:
      return {Owned(), Owned(open("/dev/full", O_WRONLY | O_CLOEXEC))};
    case Launch::Output::no_reader:
      return {Owned(), make_pipe().writing};
    case Launch::Output::terminal: {
      Ends ends = make_terminal();
      return {std::move(ends.reading), std::move(ends.writing)};
    }
    case Launch::Output::slow_reader:
    case Launch::Output::collected:
      break;
  }
  Ends ends = make_pipe();
  if (launch.to == Launch::Output::slow_reader) {
    make_nonblocking(ends.writing.get());
    fcntl(ends.writing.get(), F_SETPIPE_SZ, 4096);
  }
  return {std::move(ends.reading), std::move(ends.writing)};
}

Channel errors_of(const Launch& launch) {
  if (launch.errors == Launch::Errors::closed) return {};
  Ends ends = launch.errors == Launch::Errors::terminal ? make_terminal() : make_pipe();
  return {std::move(ends.reading), std::move(ends.writing)};
}

std::vector<std::string> environment_of(const Launch& launch) {
  std::vector<std::string> environment{"TERM=xterm-256color", "LC_ALL=C.UTF-8", "TZ=UTC"};
  for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name))
      environment.push_back(std::string(name) + '=' + value);
  }
  for (const auto& [name, value] : launch.environment) {
    const std::string begin = name + '=';
    std::erase_if(environment, [&begin](const std::string& e) { return e.starts_with(begin); });
    environment.push_back(begin + value);
  }
  return environment;
}

std::vector<char*> pointers_of(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// From here to execve() only what a child of a program with threads may call.

void become_nobody() {
  constexpr uid_t nobody = 65534;
  if (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0) _exit(126);
}

void put(int descriptor, int place) {
  if (descriptor < 0) {
    close(place);
  } else if (dup2(descriptor, place) < 0) {
    _exit(126);
  }
}

[[noreturn]] void become(const Launch& launch, const std::array<int, 3>& descriptors,
                         char* const* arguments, char* const* environment) {
  for (int place = 0; place < 3; ++place) put(descriptors[static_cast<std::size_t>(place)], place);
  std::signal(SIGPIPE, SIG_DFL);
  if (!launch.folder.empty() && chdir(launch.folder.c_str()) != 0) _exit(126);
  if (launch.user == Launch::User::nobody) become_nobody();
  execve(launch.program.c_str(), arguments, environment);
  _exit(127);
}

}  // namespace

std::filesystem::path smtpscope_binary() { return SMTPSCOPE_BINARY; }

std::filesystem::path find_program(std::string_view program) {
  const char* value = std::getenv("PATH");
  std::string_view path = value == nullptr ? "/usr/bin:/bin" : value;
  while (!path.empty()) {
    const std::size_t length = std::min(path.find(':'), path.size());
    const std::filesystem::path candidate = std::filesystem::path(path.substr(0, length)) / program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(std::min(length + 1, path.size()));
  }
  return {};
}

Process::Process(const Launch& launch)
    : name_(launch.name.empty() ? launch.program.string() : launch.name),
      rest_of_input_(launch.input),
      ends_input_(launch.from == Launch::Input::text),
      slow_(launch.to == Launch::Output::slow_reader) {
  std::signal(SIGPIPE, SIG_IGN);  // a child that does not read all is not our end
  Channel input = input_of(launch);
  Channel output = output_of(launch);
  Channel errors = errors_of(launch);
  std::vector<std::string> argument_texts{name_};
  argument_texts.insert(argument_texts.end(), launch.arguments.begin(), launch.arguments.end());
  std::vector<std::string> environment_texts = environment_of(launch);
  const std::vector<char*> arguments = pointers_of(argument_texts);
  const std::vector<char*> environment = pointers_of(environment_texts);
  // Until it has become the program it has our handlers of signals: one that came sooner would end
  // this test.
  Ends held_until_exec = make_pipe();
  child_ = fork();
  if (child_ < 0) fail("fork");
  if (child_ == 0) {
    become(launch, {input.childs.get(), output.childs.get(), errors.childs.get()}, arguments.data(),
           environment.data());
  }
  held_until_exec.writing = Owned();
  for (char octet = 0; read(held_until_exec.reading.get(), &octet, 1) < 0 && errno == EINTR;) {
  }
  input_ = input.ours.release();
  said_[0].descriptor = output.ours.release();
  said_[1].descriptor = errors.ours.release();
}

Process::~Process() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  for (const int descriptor : {input_, said_[0].descriptor, said_[1].descriptor}) {
    if (descriptor >= 0) close(descriptor);
  }
}

void Process::write(std::string_view octets) { rest_of_input_ += octets; }

void Process::end_input() { ends_input_ = true; }

void Process::signal(int number) const { kill(child_, number); }

void Process::wait_for_out(std::string_view text) {
  wait_until([&] { return out().find(text) != std::string::npos; },
             "on stdout: " + std::string(text));
}

void Process::wait_for_err(std::string_view text) {
  wait_until([&] { return err().find(text) != std::string::npos; },
             "on stderr: " + std::string(text));
}

void Process::wait_for_handler(int number) {
  const std::string path = "/proc/" + std::to_string(child_) + "/status";
  const auto handles = [&] {
    std::ifstream status(path);
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("SigCgt:"))
        return (std::stoull(line.substr(7), nullptr, 16) >> (number - 1) & 1U) != 0;
    }
    return false;
  };
  const auto deadline = Clock::now() + patience;
  while (!handles() && Clock::now() < deadline) watch(5ms);
  if (!handles()) throw std::runtime_error(name_ + ": waited in vain for it to handle signals");
}

void Process::watch(std::chrono::milliseconds time) {
  collect([] { return false; }, time);
}

Outcome Process::finish() {
  wait_until([this] { return !open(); }, "to end");
  int status = 0;
  const auto deadline = Clock::now() + patience;
  pid_t ended = 0;
  while ((ended = waitpid(child_, &status, WNOHANG)) == 0 && Clock::now() < deadline) {
    std::this_thread::sleep_for(2ms);
  }
  if (ended == 0) throw std::runtime_error(name_ + " does not end");
  child_ = -1;
  return {out(), err(), WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
}

bool Process::open() const noexcept { return said_[0].descriptor >= 0 || said_[1].descriptor >= 0; }

void Process::wait_until(const std::function<bool()>& done, std::string_view what) {
  collect(done, patience);
  if (done()) return;
  throw std::runtime_error(name_ + ": waited in vain for it " + std::string(what) +
                           "\nstdout: " + out() + "\nstderr: " + err());
}

void Process::collect(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  while (!done()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left <= 0ms || (!open() && input_ < 0)) return;
    take_ready(static_cast<int>(std::min<std::chrono::milliseconds>(left, 50ms).count()));
    if (slow_) std::this_thread::sleep_for(1ms);
  }
}

void Process::take_ready(int milliseconds) {
  if (input_ >= 0 && rest_of_input_.empty() && ends_input_) {
    close(input_);
    input_ = -1;
  }
  const int writing = rest_of_input_.empty() ? -1 : input_;  // poll() leaves out what is negative
  std::array<pollfd, 3> waits{
      {{said_[0].descriptor, POLLIN, 0}, {said_[1].descriptor, POLLIN, 0}, {writing, POLLOUT, 0}}};
  if (poll(waits.data(), waits.size(), milliseconds) <= 0) return;
  if (waits[0].revents != 0) take(said_[0]);
  if (waits[1].revents != 0) take(said_[1]);
  if (waits[2].revents == 0) return;
  const ssize_t written = ::write(input_, rest_of_input_.data(), rest_of_input_.size());
  if (written > 0) rest_of_input_.erase(0, static_cast<std::size_t>(written));
  if (written < 0 && errno != EAGAIN && errno != EINTR) {
    rest_of_input_.clear();  // nobody reads it
    ends_input_ = true;
  }
}

void Process::take(Said& said) {
  std::array<char, 64 * 1024> buffer;
  const std::size_t wanted = slow_ ? 1024 : buffer.size();
  const ssize_t octets = read(said.descriptor, buffer.data(), wanted);
  if (octets > 0) {
    said.text.append(buffer.data(), static_cast<std::size_t>(octets));
  } else if (octets == 0 || errno != EINTR) {  // EIO: nobody has the terminal any more
    close(said.descriptor);
    said.descriptor = -1;
  }
}

Outcome run(const Launch& launch) { return Process(launch).finish(); }

}  // namespace smtpscope::test
