#pragma once
// Runs programs as a shell would, without one, and collects what they say.
//
//     Launch launch;
//     launch.arguments = {"-T", "json", "mail.pcap"};
//     CHECK(run(launch).status == 0);
//
// Nothing waits for ever: what does not end, or does not say what is waited for, within `patience`
// throws std::runtime_error with what it said until then. The environment is nearly empty, so that
// no test depends on whose machine it is; TERM is that of a terminal with colours.
#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::test {

// The program under test.
[[nodiscard]] std::filesystem::path smtpscope_binary();
// Where `program` lies in PATH; empty if nowhere.
[[nodiscard]] std::filesystem::path find_program(std::string_view program);

struct Outcome {
  std::string out;
  std::string err;
  int status = 0;  // the exit status; 128 and the signal if one ended it, as a shell says it
};

struct Launch {
  std::vector<std::string> arguments{};  // without the program's name
  std::filesystem::path program = smtpscope_binary();
  std::string name{};  // argv[0]; empty: the program's path
  std::filesystem::path folder{};
  std::vector<std::pair<std::string, std::string>> environment{};

  enum class Input : std::uint8_t {
    nothing,  // /dev/null
    text,     // `input`, then the end
    open,     // a pipe, written by Process::write(), that ends with Process::end_input()
    closed,   // no descriptor 0 at all
  } from = Input::nothing;
  std::string input{};

  enum class Output : std::uint8_t {
    collected,
    slow_reader,  // collected from a small pipe that does not wait for us, read only now and then
    terminal,     // collected from a terminal of 100 columns
    no_reader,    // a pipe whose other end is closed
    full_disk,
    closed,  // no descriptor 1 at all
  } to = Output::collected;
  enum class Errors : std::uint8_t { collected, terminal, closed } errors = Errors::collected;

  enum class User : std::uint8_t { self, nobody } user = User::self;  // nobody: only from root
};

class Process {
 public:
  explicit Process(const Launch& launch);
  ~Process();  // kills what still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void write(std::string_view octets);
  void end_input();
  void signal(int number) const;
  // Until it has said `text`.
  void wait_for_out(std::string_view text);
  void wait_for_err(std::string_view text);
  // Until it has said what is to happen at this signal.
  void wait_for_handler(int number);
  // Until it has ended.
  Outcome finish();
  // Lets it go on and collects what it says meanwhile.
  void watch(std::chrono::milliseconds time);

  [[nodiscard]] const std::string& out() const noexcept { return said_[0].text; }
  [[nodiscard]] const std::string& err() const noexcept { return said_[1].text; }

 private:
  struct Said {
    int descriptor = -1;
    std::string text{};
  };
  void collect(const std::function<bool()>& done, std::chrono::milliseconds limit);
  void wait_until(const std::function<bool()>& done, std::string_view what);
  void take_ready(int milliseconds);
  void take(Said& said);
  [[nodiscard]] bool open() const noexcept;

  std::string name_;
  pid_t child_ = -1;
  int input_ = -1;
  std::string rest_of_input_;
  bool ends_input_ = true;
  bool slow_ = false;
  std::array<Said, 2> said_;  // stdout, stderr
};

[[nodiscard]] Outcome run(const Launch& launch);

}  // namespace smtpscope::test
