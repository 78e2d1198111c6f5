// Live capture beside a file of the same traffic: a real server and a real client on the loopback
// interface, watched by smtpscope and recorded by tcpdump. Both must tell the same.
//
//     swaks ---lo--- aiosmtpd
//            |  |
//            |  tcpdump -> file -> smtpscope
//            smtpscope -i lo
//
// Needs the right to capture, aiosmtpd, swaks and tcpdump; without them it is skipped and says so.
#include "tests/cli/json.hpp"
#include "tests/cli/run_binary.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace smtpscope::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto patience = 60s;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// A port that nobody uses at the moment.
std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  REQUIRE(bind(probe, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  REQUIRE(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(probe);
  return ntohs(address.sin_port);
}

// A TCP connection to the loopback interface.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = loopback(port);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool connected() const noexcept { return connected_; }
  void send_line(std::string_view line) const {
    const std::string text = std::string(line) + "\r\n";
    REQUIRE(send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  // At least one octet of an answer.
  void await_answer() const {
    std::array<char, 4096> answer;
    REQUIRE(recv(socket_, answer.data(), answer.size(), 0) > 0);
  }
  // Until the server has closed it.
  void await_end() const {
    std::array<char, 4096> answer;
    while (recv(socket_, answer.data(), answer.size(), 0) > 0) {
    }
  }

 private:
  int socket_;
  bool connected_ = false;
};

Launch launch_of(const char* program, std::vector<std::string> arguments) {
  Launch launch;
  launch.program = find_program(program);
  launch.arguments = std::move(arguments);
  return launch;
}

// The right to capture is what smtpscope says it is.
std::string what_is_missing() {
  for (const char* program : {"aiosmtpd", "swaks", "tcpdump"}) {
    if (find_program(program).empty()) return std::string("no ") + program + " here";
  }
  Launch probe;
  probe.arguments = {"-i", "lo", "-c", "1", "-f", "ether proto 0x88b5"};
  Process process(probe);
  const auto deadline = Clock::now() + patience;
  while (process.err().find('\n') == std::string::npos && Clock::now() < deadline)
    process.watch(20ms);
  process.signal(SIGINT);
  const Outcome outcome = process.finish();
  return outcome.status == 0 ? std::string() : outcome.err;
}

class Server {
 public:
  Server()
      : port_(free_port()),
        process_(launch_of("aiosmtpd", {"-n", "-l", "127.0.0.1:" + std::to_string(port_), "-c",
                                        "aiosmtpd.handlers.Sink"})) {
    const auto deadline = Clock::now() + patience;
    while (!answers()) {
      REQUIRE(Clock::now() < deadline);
      process_.watch(50ms);
    }
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string filter() const { return "tcp port " + std::to_string(port_); }

 private:
  // A whole session: nothing of it comes later, when somebody listens.
  [[nodiscard]] bool answers() const {
    const Connection connection(port_);
    if (!connection.connected()) return false;
    connection.await_answer();
    connection.send_line("QUIT");
    connection.await_end();
    return true;
  }

  std::uint16_t port_;
  Process process_;
};

Outcome swaks(const Server& server, std::vector<std::string> more) {
  std::vector<std::string> arguments{"--server",  "127.0.0.1",
                                     "--port",    std::to_string(server.port()),
                                     "--helo",    "client.example.net",
                                     "--from",    "alice@example.net",
                                     "--timeout", "20"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(launch_of("swaks", arguments));
}

Launch live(const Server& server, std::vector<std::string> more) {
  Launch launch;
  launch.arguments = {"-i", "lo", "-f", server.filter()};
  launch.arguments.insert(launch.arguments.end(), more.begin(), more.end());
  return launch;
}

void wait_for_sessions(Process& process, std::size_t sessions) {
  const auto deadline = Clock::now() + patience;
  while (count(process.out(), "\n") < sessions && Clock::now() < deadline) process.watch(20ms);
  REQUIRE(count(process.out(), "\n") == sessions);
}

Process& started(Process& process) {
  process.wait_for_err("listening on");
  return process;
}

// What the file tells of the sessions in `told`, as soon as tcpdump has written that far.
Outcome wait_for_file(const Scratch& scratch, const std::string& name,
                      const std::vector<Json>& told) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    Outcome outcome = scratch.run({"-T", "json", "--stats", name});
    const std::vector<Json> sessions = sessions_in(outcome.out);
    const bool complete =
        sessions.size() == told.size() &&
        number_at(sessions.back(), "/frames/last") >= number_at(told.back(), "/frames/last");
    if (complete || Clock::now() > deadline) return outcome;
    std::this_thread::sleep_for(100ms);
  }
}

// Times of two sockets of the kernel may differ by what it takes to hand a packet on.
constexpr double most_seconds_apart = 0.05;

bool is_time(std::string_view name) {
  return name.ends_with("_s") || name.ends_with("_ms") || name == "seconds";
}

double seconds_of_minute(std::string_view date) { return std::stod(std::string(date.substr(17))); }

// Where they differ in more than what must differ; empty if they do not.
std::string difference(const rapidjson::Value& a, const rapidjson::Value& b,
                       const std::string& place) {
  const std::string_view name = std::string_view(place).substr(place.rfind('/') + 1);
  if (place == "/file") return {};
  if (a.GetType() != b.GetType()) return place;
  if (a.IsObject()) {
    if (a.MemberCount() != b.MemberCount()) return place;
    for (const auto& member : a.GetObject()) {
      const auto other = b.FindMember(member.name);
      const std::string below = place + '/' + member.name.GetString();
      if (other == b.MemberEnd()) return below;
      if (const std::string found = difference(member.value, other->value, below); !found.empty())
        return found;
    }
    return {};
  }
  if (a.IsArray()) {
    if (a.Size() != b.Size()) return place;
    for (rapidjson::SizeType i = 0; i < a.Size(); ++i) {
      if (const std::string found = difference(a[i], b[i], place + '/' + std::to_string(i));
          !found.empty()) {
        return found;
      }
    }
    return {};
  }
  if (place == "/start") {
    const double apart =
        std::abs(seconds_of_minute(a.GetString()) - seconds_of_minute(b.GetString()));
    return std::min(apart, 60 - apart) <= most_seconds_apart ? std::string() : place;
  }
  if (is_time(name) && a.IsNumber()) {
    const double unit = name.ends_with("_ms") ? 1000 : 1;
    return std::abs(a.GetDouble() - b.GetDouble()) <= most_seconds_apart * unit ? std::string()
                                                                                : place;
  }
  return a == b ? std::string() : place;
}

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789.:") == word.npos;
}

// "03:04:05.123" or "0.020", but not "127.0.0.1:25".
bool is_clock(std::string_view word) { return is_number(word) && count(word, ".") == 1; }

bool is_unit(std::string_view word) {
  if (word.ends_with(',')) word.remove_suffix(1);
  return word == "us" || word == "ms" || word == "s" || word == "min";
}

// The same words, without those that depend on when a packet came: "03:04:05.123", "0.02", "2 ms".
std::string without_times(const std::string& text) {
  std::istringstream words(text);
  std::string rest;
  std::string last;
  for (std::string word; words >> word;) {
    if (is_number(last) && is_unit(word)) {
      last.clear();
      continue;
    }
    rest += is_clock(last) || last.empty() ? std::string() : last + ' ';
    last = word;
  }
  return rest + last;
}

}  // namespace

TEST_CASE("live tells the same as the file of the same traffic") {
  if (const std::string missing = what_is_missing(); !missing.empty()) {
    WARN("skipped: " << missing);
    return;
  }
  const Scratch scratch;
  const Server server;
  const std::filesystem::path file = scratch.path() / "traffic.pcap";
  std::vector<std::string> recording{"-i", "lo",         "-U", "--time-stamp-precision=nano",
                                     "-w", file.string()};
  if (geteuid() == 0)
    recording.insert(recording.end(), {"-Z", "root"});  // else it cannot write there
  recording.push_back(server.filter());

  Process as_json(live(server, {"-T", "json", "--stats"}));
  Process as_text(live(server, {}));
  Process as_table(live(server, {"-q"}));
  Launch of_deliveries = live(server, {});
  of_deliveries.arguments.insert(of_deliveries.arguments.begin(), "deliveries");
  Process as_deliveries(of_deliveries);
  Process recorder(launch_of("tcpdump", recording));
  for (Process* process : {&as_json, &as_text, &as_table, &as_deliveries, &recorder})
    started(*process);

  REQUIRE(swaks(server, {"--to", "bob@example.com"}).status == 0);
  CHECK(swaks(server, {"--to", "bob@"}).status == 24);  // no recipient was accepted
  wait_for_sessions(as_json, 2);
  wait_for_sessions(as_table, 3);
  const auto live_sessions = sessions_in(as_json.out());
  const Outcome file_json = wait_for_file(scratch, "traffic.pcap", live_sessions);
  for (Process* process : {&as_json, &as_text, &as_table, &as_deliveries, &recorder})
    process->signal(SIGINT);
  const Outcome json = as_json.finish();
  const Outcome text = as_text.finish();
  const Outcome table = as_table.finish();
  const Outcome deliveries = as_deliveries.finish();
  REQUIRE(recorder.finish().status == 0);

  REQUIRE(file_json.status == 0);
  const auto file_sessions = sessions_in(file_json.out);
  REQUIRE(live_sessions.size() == 2);
  REQUIRE(file_sessions.size() == 2);
  CHECK(sessions_in(json.out).size() == 2);  // nothing more came with the end
  for (std::size_t i = 0; i < 2; ++i) {
    INFO(json.out << file_json.out);
    CHECK(difference(live_sessions[i], file_sessions[i], "") == "");
  }
  CHECK(text_at(live_sessions[0], "/verdict/outcome") == "delivered");
  CHECK(text_at(live_sessions[0], "/transactions/0/recipients/0/address") == "bob@example.com");
  CHECK(text_at(live_sessions[0], "/transport/closed") == "fin");
  CHECK(text_at(live_sessions[1], "/verdict/outcome") == "rejected");
  CHECK(number_at(live_sessions[1], "/transactions/0/recipients/0/code") == 553);

  CHECK(without_times(text.out) == without_times(scratch.run({"traffic.pcap"}).out));
  CHECK(without_times(table.out) == without_times(scratch.run({"-q", "traffic.pcap"}).out));
  CHECK(count(deliveries.out, "\n") == 3);  // a header, and two rows
  CHECK(without_times(deliveries.out) ==
        without_times(scratch.run({"deliveries", "traffic.pcap"}).out));

  const std::string packets = std::to_string(number_at(file_sessions[1], "/frames/last"));
  for (const Outcome& outcome : {json, text, table, deliveries}) {
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    CHECK(has(outcome.err, "smtpscope: listening on lo, filter: " + server.filter() + "\n"));
    CHECK(has(outcome.err,
              "smtpscope: " + packets + " packets captured, 2 sessions, 0 dropped by the kernel"));
  }
  CHECK(has(json.err, packets + "  packets counted, of " + packets + " read\n"));
}

TEST_CASE("the comparison sees more than times") {
  const auto sessions = sessions_in(
      R"({"id":1,"file":"lo","start":"2026-01-02T03:04:59.999","rows":[{"time_s":0.01,"code":250}]}
{"id":1,"file":"x","start":"2026-01-02T03:05:00.001","rows":[{"time_s":0.02,"code":250}]}
{"id":1,"file":"x","start":"2026-01-02T03:05:00.001","rows":[{"time_s":0.02,"code":251}]}
{"id":1,"file":"x","start":"2026-01-02T03:05:00.001","rows":[{"time_s":0.09,"code":250}]}
{"id":1,"file":"x","start":"2026-01-02T03:05:01.001","rows":[{"time_s":0.01,"code":250}]}
{"id":1,"file":"x","start":"2026-01-02T03:05:00.001","rows":[]}
{"id":1,"file":"x","start":"2026-01-02T03:05:00.001","more":[{"time_s":0.01,"code":250}]}
)");
  CHECK(difference(sessions[0], sessions[1], "") == "");
  CHECK(difference(sessions[0], sessions[2], "") == "/rows/0/code");
  CHECK(difference(sessions[0], sessions[3], "") == "/rows/0/time_s");
  CHECK(difference(sessions[0], sessions[4], "") == "/start");
  CHECK(difference(sessions[0], sessions[5], "") == "/rows");
  CHECK(difference(sessions[0], sessions[6], "") == "/rows");
  CHECK(without_times("03:04:05.123  0.020 12 ms <- 250 2.1.0 Ok\n") == "<- 250 2.1.0 Ok");
  CHECK(without_times("1 s, 127.0.0.1:25 250 s x 20 frames") == "127.0.0.1:25 x 20 frames");
}

TEST_CASE("Ctrl-C in the middle of a session tells what there was") {
  if (const std::string missing = what_is_missing(); !missing.empty()) {
    WARN("skipped: " << missing);
    return;
  }
  const Server server;
  Process process(live(server, {"-T", "json"}));
  started(process);
  const Connection connection(server.port());
  REQUIRE(connection.connected());
  connection.await_answer();
  connection.send_line("EHLO client.example.net");
  connection.await_answer();
  process.watch(1500ms);  // what the kernel gathers, it hands over by then
  CHECK(process.out().empty());
  process.signal(SIGINT);
  const Outcome outcome = process.finish();
  const auto sessions = sessions_in(outcome.out);
  REQUIRE(sessions.size() == 1);
  CHECK(text_at(sessions[0], "/exchanges/1/command/verb") == "EHLO");
  CHECK(number_at(sessions[0], "/exchanges/1/reply/code") == 250);
  CHECK(text_at(sessions[0], "/transport/closed") == "capture-end");
  CHECK(has(outcome.err, " packets captured, 1 session"));
  CHECK(outcome.status == 0);
}

TEST_CASE("-c ends a live capture") {
  if (const std::string missing = what_is_missing(); !missing.empty()) {
    WARN("skipped: " << missing);
    return;
  }
  const Server server;
  Process process(live(server, {"-T", "json", "-c", "4"}));
  started(process);
  const Connection connection(server.port());
  REQUIRE(connection.connected());
  connection.await_answer();
  const Outcome outcome = process.finish();
  CHECK(sessions_in(outcome.out).size() == 1);
  CHECK(has(outcome.err, "smtpscope: 4 packets captured, 1 session"));
  CHECK(outcome.status == 0);
}

TEST_CASE("-s takes the beginning of each packet") {
  if (const std::string missing = what_is_missing(); !missing.empty()) {
    WARN("skipped: " << missing);
    return;
  }
  const Server server;
  constexpr int headers_octets = 14 + 20 + 32;  // Ethernet, IPv4, TCP with timestamps
  Process process(live(server, {"-T", "json", "-c", "4", "-p", "-B", "2", "-s",
                                std::to_string(headers_octets + 26)}));
  started(process);
  const Connection connection(server.port());
  REQUIRE(connection.connected());
  connection.await_answer();
  const Outcome outcome = process.finish();
  const auto sessions = sessions_in(outcome.out);
  REQUIRE(sessions.size() == 1);
  CHECK(text_at(sessions[0], "/exchanges/0/reply/text/0") ==
        "localhost Python SMTP ");  // no version
  CHECK(has(outcome.out, "capture.cut-by-snaplen"));
  CHECK(outcome.status == 0);
}

TEST_CASE("live: a bad filter, and a reader that goes away") {
  if (const std::string missing = what_is_missing(); !missing.empty()) {
    WARN("skipped: " << missing);
    return;
  }
  Launch bad;
  bad.arguments = {"-i", "lo", "-f", "tcp prot 25"};
  const Outcome outcome = run(bad);
  CHECK(outcome.err.starts_with("smtpscope: tcp prot 25: bad filter: "));
  CHECK(is_one_line(outcome.err));
  CHECK(outcome.status == 2);

  const Server server;
  Launch unread = live(server, {});
  unread.to = Launch::Output::no_reader;
  Process process(unread);
  started(process);
  REQUIRE(swaks(server, {"--to", "bob@example.com"}).status == 0);
  const Outcome quiet = process.finish();  // by itself, once it has something to say
  CHECK(quiet.status == 0);
}
