// The loopback interface, with a conversation of our own. Needs the right to capture; without it,
// what needs it is skipped and says so.
#include "analyzer/capture/source.hpp"
#include "dissectors/net/decode.hpp"
#include "tests/capture/reading.hpp"
#include "tests/support/as_nobody.hpp"
#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

// An EtherType for local experiments: nothing of this kind comes.
constexpr const char* quiet_filter = "ether proto 0x88b5";

struct StopForgotten {
  ~StopForgotten() { capture::forget_stop(); }
};

// A TCP server at 127.0.0.1, on a port that the system chose, and one client.
class Conversation {
 public:
  Conversation() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener_, generic, length) == 0);
    REQUIRE(listen(listener_, 1) == 0);
    REQUIRE(getsockname(listener_, generic, &length) == 0);
    address_ = address;
  }
  ~Conversation() { close(listener_); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  [[nodiscard]] int port() const { return ntohs(address_.sin_port); }

  // The client says `text`, and both close.
  void hold(std::string_view text) const {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(connect(client, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0);
    const int server = accept(listener_, nullptr, nullptr);
    REQUIRE(server >= 0);
    REQUIRE(send(client, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    close(client);
    close(server);
  }

 private:
  int listener_;
  sockaddr_in address_{};
};

// The loopback interface with a filter, or nothing where we may not.
std::unique_ptr<capture::Source> open_loopback(const std::string& bpf) {
  capture::SourceResult source = capture::open_live({.interface = "lo", .bpf = bpf}, "smtpscope");
  if (source) return std::move(*source);
  if (source.error().kind == ErrorKind::permission || source.error().what == "no such interface") {
    WARN("skipped: " << source.error().what);
    return nullptr;
  }
  FAIL(source.error().what);
  return nullptr;
}

Error error_of(const capture::LiveOptions& options) {
  capture::SourceResult source = capture::open_live(options, "/usr/bin/smtpscope");
  REQUIRE_FALSE(source.has_value());
  return source.error();
}

}  // namespace

TEST_CASE("a conversation on the loopback interface") {
  const Conversation conversation;
  const auto source = open_loopback("tcp port " + std::to_string(conversation.port()));
  if (source == nullptr) return;
  CHECK(source->name() == "lo");
  CHECK(source->link_type() == LinkType::ethernet);
  const Timestamp before = std::chrono::system_clock::now();
  conversation.hold("EHLO client.example.net\r\n");

  std::vector<TestPacket> packets;
  const auto deadline = Clock::now() + 10s;
  const auto is_fin = [](const TestPacket& packet) {
    const net::Decoded decoded = net::decode(packet.view());
    const auto* segment = std::get_if<net::Segment>(&decoded);
    return segment != nullptr && (segment->flags.fin || segment->flags.rst);
  };
  while (Clock::now() < deadline && std::ranges::count_if(packets, is_fin) < 2) {
    const Packet* packet = source->next();
    REQUIRE(packet != nullptr);
    if (packet->number != 0) packets.push_back(copy_of(*packet));
  }
  const Timestamp after = std::chrono::system_clock::now();

  std::string said;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    CHECK(packets[i].number == i + 1);
    CHECK(packets[i].time >= before - 1s);  // the kernel's coarse clock
    CHECK(packets[i].time <= after + 1s);
    const net::Decoded decoded = net::decode(packets[i].view());
    REQUIRE(std::holds_alternative<net::Segment>(decoded));
    said += as_text(std::get<net::Segment>(decoded).payload);
  }
  CHECK(packets.size() >= 6);
  CHECK(said == "EHLO client.example.net\r\n");
  const Packet* tick = source->next();
  while (tick != nullptr && tick->number != 0 && Clock::now() < deadline) tick = source->next();
  REQUIRE(tick != nullptr);
  CHECK(tick->number == 0);
  CHECK(tick->bytes.empty());
  CHECK(tick->wire_length == 0);
  const auto counts = source->live_counts();
  REQUIRE(counts);
  CHECK(counts->received >= packets.size());
  CHECK(counts->dropped_by_kernel == 0);
}

TEST_CASE("while nothing comes, a live source tells that time passes") {
  const auto source = open_loopback(quiet_filter);
  if (source == nullptr) return;
  for (int i = 0; i < 2; ++i) {
    const auto begin = Clock::now();
    const Timestamp before = std::chrono::system_clock::now();
    const Packet* tick = source->next();
    REQUIRE(tick != nullptr);
    CHECK(tick->number == 0);
    CHECK(tick->bytes.empty());
    CHECK(tick->time >= before);
    CHECK(tick->time <= std::chrono::system_clock::now());
    CHECK(Clock::now() - begin > 500ms);
    CHECK(Clock::now() - begin < 3s);
  }
  CHECK_FALSE(source->error());
}

TEST_CASE("a live source ends soon when it is asked to") {
  const StopForgotten forgotten;
  const auto source = open_loopback(quiet_filter);
  if (source == nullptr) return;
  std::thread other([] {
    std::this_thread::sleep_for(100ms);
    capture::request_stop();
  });
  const auto begin = Clock::now();
  CHECK(source->next() == nullptr);
  CHECK(Clock::now() - begin < 900ms);  // not by the tick
  other.join();
  CHECK_FALSE(source->error());
}

TEST_CASE("the default filter is one for interfaces") {
  const auto source = open_loopback(capture::default_filter());
  if (source == nullptr) return;
  CHECK(source->live_counts()->received == 0);
}

TEST_CASE("interfaces that are not there") {
  for (const char* name : {"", "nosuch0"}) {
    const Error error = error_of({.interface = name});
    CHECK(error.kind == ErrorKind::usage);
    CHECK(error.subject == name);
    CHECK(error.what == "no such interface");
    CHECK(error.advice == "-D lists the interfaces");
  }
}

TEST_CASE("a bad filter for an interface") {
  if (open_loopback("tcp") == nullptr) return;
  const Error error = error_of({.interface = "lo", .bpf = "tcp prot 25"});
  CHECK(error.kind == ErrorKind::usage);
  CHECK(error.subject == "tcp prot 25");
  CHECK(error.what.starts_with("bad filter: "));
}

TEST_CASE("without the right to capture, what to do is told") {
  const auto [source, missing] = as_nobody([] {
    return std::pair(
        capture::open_live({.interface = "lo", .bpf = "port 25 or host 'x'"}, "/usr/bin/smtpscope"),
        capture::open_live({.interface = "nosuch0"}, "smtpscope"));
  });
  if (source) {
    WARN("skipped: everybody may capture here");
    return;
  }
  CHECK(source.error().kind == ErrorKind::permission);
  CHECK(source.error().what == "no right to capture on lo");
  CHECK(source.error().advice ==
        "sudo setcap cap_net_raw,cap_net_admin=eip /usr/bin/smtpscope\n"
        "or: sudo tcpdump -U -w - -i lo 'port 25 or host '\\''x'\\''' | /usr/bin/smtpscope -");
  CHECK(missing.error().what == "no such interface");
}

TEST_CASE("the list of interfaces has the loopback") {
  auto interfaces = capture::list_interfaces();
  REQUIRE(interfaces.has_value());
  const auto loopback = std::ranges::find_if(*interfaces, [](const auto& i) { return i.loopback; });
  if (loopback == interfaces->end()) {
    WARN("skipped: no loopback interface here");
    return;
  }
  CHECK(loopback->description.starts_with("loopback"));
  if (loopback->up) CHECK(loopback->description.find("127.0.0.1") != std::string::npos);
}
