// Standard input, pipes and signals; standard output that nobody reads, that is full, or slow.
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

// More than a pipe holds, and than is written at once.
std::string many_sessions() {
  std::string script;
  for (int i = 0; i < 300; ++i) script += delivered;
  return capture_of(script);
}

constexpr int sessions_in_many = 300;

// The writing end of a FIFO that `reader` reads, or will soon.
class Writer {
 public:
  Writer(const std::filesystem::path& fifo, Process& reader) {
    for (int i = 0; i < 3000 && descriptor_ < 0; ++i) {
      descriptor_ = open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      if (descriptor_ < 0) reader.watch(20ms);
    }
    REQUIRE(descriptor_ >= 0);
  }
  ~Writer() { end(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Less than the FIFO holds.
  void write(std::string_view octets) const {
    REQUIRE(::write(descriptor_, octets.data(), octets.size()) ==
            static_cast<ssize_t>(octets.size()));
  }
  [[nodiscard]] bool is_read() const {
    int unread = 0;
    REQUIRE(ioctl(descriptor_, FIONREAD, &unread) == 0);
    return unread == 0;
  }
  void end() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_ = -1;
};

}  // namespace

TEST_CASE("standard input, a FIFO, -r and `read` say the same as the file") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  const Outcome plain = scratch.run({"mail.pcap"});
  REQUIRE(plain.status == 0);
  REQUIRE(plain.err.empty());
  REQUIRE(has(plain.out, "250 2.0.0 Ok: queued as 4F1A2B3C"));

  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"-r", "mail.pcap"},
                                                    {"read", "mail.pcap"},
                                                    {"read", "-r", "mail.pcap"},
                                                    {"-n", "mail.pcap"},
                                                    {"--", "mail.pcap"},
                                                    {"read", "--", "mail.pcap"},
                                                    {"./mail.pcap"}}) {
    INFO(arguments.front());
    const Outcome outcome = scratch.run(arguments);
    CHECK(outcome.out == plain.out);
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
  }

  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"-"}, {"-r", "-"}, {"read", "-"}, {"-r-"}}) {
    INFO(arguments.front());
    Launch launch = scratch.launch(arguments);
    launch.from = Launch::Input::text;
    launch.input = capture_of(delivered);
    const Outcome outcome = run(launch);
    CHECK(outcome.out == plain.out);
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
  }

  REQUIRE(mkfifo((scratch.path() / "fifo").c_str(), 0600) == 0);
  Process process(scratch.launch({"fifo"}));
  Writer writer(scratch.path() / "fifo", process);
  writer.write(capture_of(delivered));
  writer.end();
  const Outcome outcome = process.finish();
  CHECK(outcome.out == plain.out);
  CHECK(outcome.status == 0);
}

TEST_CASE("pieces of a pipe that come late, octet by octet") {
  const Scratch scratch;
  scratch.capture("mail.pcap", refused);
  Launch launch = scratch.launch({"-"});
  launch.from = Launch::Input::open;
  Process process(launch);
  const std::string capture = capture_of(refused);
  for (std::size_t at = 0; at < 60; ++at) {
    process.write(std::string_view(capture).substr(at, 1));
    process.watch(2ms);
  }
  process.write(std::string_view(capture).substr(60));
  process.end_input();
  const Outcome outcome = process.finish();
  CHECK(outcome.out == scratch.run({"mail.pcap"}).out);
  CHECK(outcome.status == 0);
}

TEST_CASE("a pipe is told while it is open") {
  const Scratch scratch;
  Launch launch = scratch.launch({"-T", "json", "-"});
  launch.from = Launch::Input::open;
  Process process(launch);
  // The second connection shows that the first one is over.
  process.write(capture_of(std::string(delivered) + "wait 20min\nconnect\n"));
  process.wait_for_out("4F1A2B3C");
  CHECK(count(process.out(), "\n") == 1);
  process.end_input();
  CHECK(count(process.finish().out, "\n") == 2);
}

TEST_CASE("Ctrl-C ends the reading of a pipe, and all that came is told") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const Scratch scratch;
  REQUIRE(mkfifo((scratch.path() / "fifo").c_str(), 0600) == 0);
  Process process(scratch.launch({"--level", "full", "fifo"}));
  const Writer writer(scratch.path() / "fifo", process);
  writer.write(
      capture_of(std::string(delivered) + "connect\nS: 220 mx.example.com ESMTP\nC: EHLO late\n"));
  for (int i = 0; i < 3000 && !writer.is_read(); ++i) process.watch(20ms);
  process.watch(300ms);  // it takes apart what it has read
  CHECK(process.err().empty());
  process.signal(signal);
  const Outcome outcome = process.finish();
  CHECK(has(outcome.out, "250 2.0.0 Ok: queued as 4F1A2B3C"));
  CHECK(has(outcome.out, "EHLO late"));
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
}

TEST_CASE("Ctrl-C before anything came") {
  const Scratch scratch;
  Launch launch = scratch.launch({"-"});
  launch.from = Launch::Input::open;
  Process process(launch);
  process.wait_for_handler(SIGINT);
  process.signal(SIGINT);
  const Outcome outcome = process.finish();
  CHECK(outcome.out.empty());
  CHECK(outcome.err == "smtpscope: standard input: nothing came before the end was asked for\n");
  CHECK(outcome.status == 2);
}

TEST_CASE("a second Ctrl-C") {
  const Scratch scratch;
  Launch launch = scratch.launch({"-"});
  launch.from = Launch::Input::open;
  Process process(launch);
  process.wait_for_handler(SIGINT);
  process.signal(SIGINT);
  process.signal(SIGINT);
  const Outcome outcome = process.finish();
  INFO(outcome.status);
  // Either it was quick enough to end by itself, or the second one hit.
  CHECK((outcome.status == 2 || outcome.status == 128 + SIGINT));
}

TEST_CASE("output that nobody reads: a quiet end") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  scratch.file("many.pcap", many_sessions());
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"mail.pcap"},
                                                    {"many.pcap"},
                                                    {"-T", "json", "many.pcap"},
                                                    {"-q", "mail.pcap", "many.pcap"},
                                                    {"--help"},
                                                    {"--version"},
                                                    {"-D"},
                                                    {"reference"},
                                                    {"findings"}}) {
    INFO(arguments.front());
    Launch launch = scratch.launch(arguments);
    launch.to = Launch::Output::no_reader;
    const Outcome outcome = run(launch);
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
  }
}

TEST_CASE("an endless pipe whose output nobody reads any more: an end too") {
  const Scratch scratch;
  Launch launch = scratch.launch({"-T", "json", "-"});
  launch.from = Launch::Input::open;
  launch.to = Launch::Output::no_reader;
  Process process(launch);
  process.write(many_sessions());
  const Outcome outcome = process.finish();  // though the input goes on
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
}

TEST_CASE("a full disk") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  scratch.file("many.pcap", many_sessions());
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"mail.pcap"},
                                                    {"-T", "json", "mail.pcap"},
                                                    {"-T", "json", "many.pcap"},
                                                    {"--help"},
                                                    {"--version"},
                                                    {"-D"},
                                                    {"reference"},
                                                    {"reference", "STARTTLS"},
                                                    {"findings"}}) {
    INFO(arguments.front());
    Launch launch = scratch.launch(arguments);
    launch.to = Launch::Output::full_disk;
    const Outcome outcome = run(launch);
    CHECK(outcome.err ==
          "smtpscope: standard output: cannot be written: No space left on device\n");
    CHECK(outcome.status == 2);
  }
}

TEST_CASE("a full disk does not hide what else was wrong") {
  const Scratch scratch;
  scratch.file("cut.pcap", capture_of(delivered).substr(0, 500));
  Launch launch = scratch.launch({"cut.pcap"});
  launch.to = Launch::Output::full_disk;
  const Outcome outcome = run(launch);
  CHECK(has(outcome.err, "cut.pcap: the file ends inside packet "));
  CHECK(has(outcome.err, "cannot be written"));
  CHECK(outcome.status == 2);
}

TEST_CASE("no standard output at all") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  Launch launch = scratch.launch({"mail.pcap"});
  launch.to = Launch::Output::closed;
  const Outcome outcome = run(launch);
  CHECK(has(outcome.err, "smtpscope: standard output: cannot be written: "));
  CHECK(outcome.status == 2);

  launch.from = Launch::Input::closed;
  const Outcome neither = run(launch);
  CHECK(has(neither.err, "smtpscope: standard output: cannot be written: "));
  CHECK(neither.status == 2);
}

TEST_CASE("no standard error at all") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  scratch.file("cut.pcap", capture_of(delivered).substr(0, 500));
  const Outcome plain = scratch.run({"mail.pcap"});
  Launch launch = scratch.launch({"--stats", "missing.pcap", "mail.pcap", "cut.pcap"});
  launch.errors = Launch::Errors::closed;
  const Outcome outcome = run(launch);
  CHECK(has(outcome.out, "4F1A2B3C"));
  CHECK_FALSE(has(outcome.out, "missing.pcap"));
  CHECK_FALSE(has(outcome.out, "packets counted"));
  CHECK(outcome.status == 2);
}

TEST_CASE("the progress line: on a terminal, after a second, erased at the end") {
  using Errors = Launch::Errors;
  struct Row {
    const char* name;
    Errors errors;
    const char* option;
    std::string said;
  };
  const std::string no_mail =
      "smtpscope: standard input: no mail in it: 70000 packets: 70000 not IP\n";
  const std::string progress = "\r\x1b[K65536 packets, 0 sessions\r\x1b[K";
  const auto row = GENERATE_COPY(values<Row>({
      {"on a terminal", Errors::terminal, "-v", progress + no_mail},
      {"not with -q", Errors::terminal, "-q", no_mail},
      {"not in a pipe", Errors::collected, "-v", no_mail},
  }));
  DYNAMIC_SECTION(row.name) {
    const std::vector<TestPacket> packets(70'000,
                                          {std::vector<std::uint8_t>(14), 1, script_start, 14});
    const std::string capture = pcap_of(packets);
    const std::size_t half = capture.size() / 2;
    const Scratch scratch;
    Launch launch = scratch.launch({row.option, "-"});
    launch.from = Launch::Input::open;
    launch.errors = row.errors;
    Process process(launch);
    process.write(std::string_view(capture).substr(0, half));
    process.wait_for_handler(SIGINT);
    process.watch(1500ms);
    CHECK(process.err().empty());
    process.write(std::string_view(capture).substr(half));
    process.end_input();
    const Outcome outcome = process.finish();
    CHECK(outcome.err == row.said);
    CHECK(outcome.out.empty());
    CHECK(outcome.status == 0);
  }
}

TEST_CASE("a reader that is slow, at a pipe that does not wait") {
  const Scratch scratch;
  scratch.file("many.pcap", many_sessions());
  const Outcome plain = scratch.run({"-q", "many.pcap"});
  REQUIRE(plain.status == 0);
  REQUIRE(count(plain.out, "\n") > sessions_in_many);
  Launch launch = scratch.launch({"-q", "many.pcap"});
  launch.to = Launch::Output::slow_reader;
  const Outcome outcome = run(launch);
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  CHECK(outcome.out.size() == plain.out.size());
  CHECK(outcome.out == plain.out);
}
