// Sources that wait for input end when they are asked to, whatever they wait for; pipes are read as
// they fill.
#include "analyzer/capture/stop.hpp"
#include "analyzer/capture/source.hpp"
#include "tests/capture/reading.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

// A request to stop holds for the whole process: this test's must not reach the next one.
struct StopForgotten {
  ~StopForgotten() { capture::forget_stop(); }
};

// Standard input from a pipe, as long as this lives.
class PipedInput {
 public:
  PipedInput() : saved_(dup(STDIN_FILENO)) {
    REQUIRE(pipe(ends_.data()) == 0);
    REQUIRE(dup2(ends_[0], STDIN_FILENO) == STDIN_FILENO);
    close(ends_[0]);
  }
  ~PipedInput() {
    close_writer();
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;

  void write(std::string_view octets) const {
    REQUIRE(::write(ends_[1], octets.data(), octets.size()) == static_cast<ssize_t>(octets.size()));
  }
  void close_writer() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int saved_;
  std::array<int, 2> ends_{-1, -1};
};

void stop_on_signal(int) { capture::request_stop(); }

void raise_alarm_after(std::chrono::microseconds delay) {
  const itimerval timer{{0, 0}, {0, static_cast<suseconds_t>(delay.count())}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

TEST_CASE("standard input gives each packet as it comes") {
  const auto packets = packets_of("connect\nC: QUIT");
  const std::string file = pcap_of(packets);
  PipedInput input;
  input.write(file.substr(0, 24 + 16 + 62));
  capture::SourceResult source = capture::open_file("-");
  REQUIRE(source.has_value());
  CHECK((*source)->name() == "standard input");
  CHECK((*source)->progress().total == 0);
  // Would wait for ever if it wanted more than the packet.
  const Packet* packet = (*source)->next();
  REQUIRE(packet != nullptr);
  CHECK(copy_of(*packet).bytes == packets[0].bytes);

  input.write(file.substr(24 + 16 + 62));
  input.close_writer();
  for (int i = 1; i < 4; ++i) REQUIRE((*source)->next() != nullptr);
  CHECK((*source)->next() == nullptr);
  CHECK_FALSE((*source)->error());
}

TEST_CASE("gzip on standard input gives each packet as it comes, if it was flushed behind it") {
  const auto packets = packets_of("connect\nC: QUIT");
  std::string file = pcap_of(packets);
  z_stream stream{};
  constexpr int window = 15, with_gzip_header = 16, memory = 8;
  REQUIRE(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window + with_gzip_header,
                       memory, Z_DEFAULT_STRATEGY) == Z_OK);
  const auto compressed = [&](std::size_t begin, std::size_t end, int flush) {
    std::string out(4096, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(file.data() + begin);
    stream.avail_in = static_cast<uInt>(end - begin);
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, flush);
    out.resize(out.size() - stream.avail_out);
    return out;
  };
  constexpr std::size_t first = 24 + 16 + 62;
  PipedInput input;
  input.write(compressed(0, first, Z_SYNC_FLUSH));
  capture::SourceResult source = capture::open_file("-");
  REQUIRE(source.has_value());
  const Packet* packet = (*source)->next();  // would wait for ever if it wanted more
  REQUIRE(packet != nullptr);
  CHECK(copy_of(*packet).bytes == packets[0].bytes);
  input.write(compressed(first, file.size(), Z_FINISH));
  input.close_writer();
  deflateEnd(&stream);
  for (int i = 1; i < 4; ++i) REQUIRE((*source)->next() != nullptr);
  CHECK((*source)->next() == nullptr);
  CHECK_FALSE((*source)->error());
}

TEST_CASE("standard input in pieces of one octet") {
  // A year that only pcapng can tell: the form is seen though its magic number comes in pieces.
  const Timestamp year_2150{5'680'281'600s};
  const auto packets = packets_of("connect\nC: QUIT", {.start = year_2150});
  const std::string file = pcap_of(packets, PcapForm::pcapng_little);
  PipedInput input;
  std::thread writer([&] {
    for (std::size_t i = 0; i < file.size(); ++i) {
      input.write(file.substr(i, 1));
      if (i < 8) std::this_thread::sleep_for(2ms);  // so that the reader gets it alone
    }
    input.close_writer();
  });
  const Reading reading = read_capture("-");
  writer.join();
  CHECK_FALSE(reading.error);
  REQUIRE(reading.packets.size() == packets.size());
  CHECK(reading.packets[0].time == year_2150);
}

TEST_CASE("standard input that is nothing, or text") {
  PipedInput input;
  SECTION("nothing") {
    input.close_writer();
    CHECK(read_capture("-").opening_error->what == "is empty");
  }
  SECTION("text") {
    input.write("220 mx.example.com ESMTP\r\n");
    input.close_writer();
    CHECK(read_capture("-").opening_error->what == "not a capture file (looks like text)");
    CHECK(read_capture("-").opening_error->subject == "standard input");
  }
}

TEST_CASE("a source that waits for a pipe ends when it is asked to") {
  const StopForgotten forgotten;
  const std::string file = pcap_of(packets_of("connect\nC: QUIT"));
  PipedInput input;
  // Between packets, or inside one: that the rest never came is no damage then.
  const std::size_t octets = GENERATE(24U + 16U + 62U, 24U + 16U + 62U + 3U, 24U + 16U + 62U + 20U);
  input.write(file.substr(0, octets));
  capture::SourceResult source = capture::open_file("-");
  REQUIRE(source.has_value());
  REQUIRE((*source)->next() != nullptr);

  SECTION("by a signal") {
    std::signal(SIGALRM, stop_on_signal);
    raise_alarm_after(50ms);
    CHECK((*source)->next() == nullptr);
    std::signal(SIGALRM, SIG_DFL);
  }
  SECTION("by another thread") {
    std::thread other([] {
      std::this_thread::sleep_for(50ms);
      capture::request_stop();
    });
    CHECK((*source)->next() == nullptr);
    other.join();
  }
  SECTION("before it began to wait") {
    capture::request_stop();
    CHECK((*source)->next() == nullptr);
  }
  CHECK_FALSE((*source)->error());
  CHECK_FALSE((*source)->cut_short());
  CHECK(capture::stop_requested());
}

TEST_CASE("opening a FIFO that nobody writes to ends when it is asked to") {
  const StopForgotten forgotten;
  const TempFolder folder;
  const std::string path = (folder.path() / "fifo").string();
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::thread other([] {
    std::this_thread::sleep_for(50ms);
    capture::request_stop();
  });
  const Reading reading = read_capture(path);
  other.join();
  REQUIRE(reading.opening_error);
  CHECK(reading.opening_error->what == "nothing came before the end was asked for");
}

TEST_CASE("a FIFO is read as a file is") {
  const TempFolder folder;
  const std::string path = (folder.path() / "fifo").string();
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const auto packets = packets_of("connect\nC*: 300000 x");
  std::thread writer([&] { write_file(path, pcap_of(packets)); });
  const Reading reading = read_capture(path);
  writer.join();
  CHECK_FALSE(reading.error);
  CHECK(reading.packets.size() == packets.size());
}

TEST_CASE("a request to stop ends files, too, and can be forgotten") {
  const StopForgotten forgotten;
  const TempFolder folder;
  const std::string path = (folder.path() / "mail.pcap").string();
  write_file(path, pcap_of(packets_of("connect")));
  capture::request_stop();
  CHECK(read_capture(path).packets.empty());
  capture::forget_stop();
  CHECK_FALSE(capture::stop_requested());
  CHECK(read_capture(path).packets.size() == 3);
  const PipedInput nothing_comes;
  CHECK(capture::wait_for_input(STDIN_FILENO, 20ms) == capture::Waited::timed_out);
}
