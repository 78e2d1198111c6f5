// smtpscope_bench_generate OUT.pcap [MB]: writes a capture of bulk mail, 320 MB if not told
// otherwise, the same octets on every machine (of one byte order). 200 sessions are open at a time,
// their packets interleaved; when those begun are enough for the size, no new one begins, and each
// ends in order.
#include "tests/bench/mail.hpp"
#include "tests/bench/wire.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::bench {
namespace {

constexpr std::size_t sessions_at_a_time = 200;
constexpr std::uint64_t seed = 25;
constexpr std::uint64_t first_microsecond = 1'767'323'045'000'000;  // 2026-01-02T03:04:05Z

class World {
 public:
  explicit World(const std::string& path) : file_(path), author_(seed), random_(seed + 1) {}

  void run(std::uint64_t octets_wanted) {
    for (;;) {
      while (open_.size() < sessions_at_a_time && planned_ < octets_wanted) begin_session();
      if (open_.empty()) break;
      const std::size_t pick = random_.below(open_.size());
      if (!send_some(open_[pick])) remove(pick);
    }
    file_.close();
  }
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }
  [[nodiscard]] std::uint64_t sessions() const noexcept { return sessions_; }

 private:
  // A burst of one connection, as a wire shows it: longer while much waits to be sent. False when
  // the connection has ended.
  [[nodiscard]] bool send_some(Connection& connection) {
    const std::uint64_t waiting = std::min<std::uint64_t>(connection.octets_of_turn() / 16'384, 64);
    for (std::uint64_t left = 1 + random_.below(8 + waiting); left > 0; --left) {
      const auto frame = connection.next();
      if (!frame) return false;
      now_ += 2 + random_.below(20);
      file_.add(*frame, now_);
      ++packets_;
    }
    return true;
  }
  void remove(std::size_t pick) {
    std::swap(open_[pick], open_.back());
    open_.pop_back();
  }
  // No two sessions have the same addresses and ports before 254 * 50 000 have gone by.
  void begin_session() {
    const std::uint64_t number = sessions_++;
    const auto host = static_cast<std::uint8_t>(1 + number % 254);
    const auto port = static_cast<std::uint16_t>(10'000 + number / 254 % 50'000);
    const auto client_isn = static_cast<std::uint32_t>(random_.next());
    const auto server_isn = static_cast<std::uint32_t>(random_.next());
    std::vector<Turn> turns = author_.session();
    for (const Turn& turn : turns) planned_ += turn.octets.size();
    open_.emplace_back(Peer{{192, 0, 2, host}, port}, Peer{{198, 51, 100, 25}, 25}, client_isn,
                       server_isn, std::move(turns));
  }

  PcapFile file_;
  Author author_;
  Random random_;
  std::vector<Connection> open_;
  std::uint64_t now_ = first_microsecond;
  std::uint64_t packets_ = 0;
  std::uint64_t planned_ = 0;  // octets of all sessions begun
  std::uint64_t sessions_ = 0;
};

}  // namespace
}  // namespace smtpscope::bench

int main(int argc, char** argv) {
  const long long megabytes = argc == 3 ? std::atoll(argv[2]) : 320;
  if (argc < 2 || argc > 3 || megabytes < 1) {
    std::fprintf(stderr, "usage: %s OUT.pcap [MB]\n", argv[0]);
    return 2;
  }
  smtpscope::bench::World world(argv[1]);
  world.run(static_cast<std::uint64_t>(megabytes) * 920'000);  // the rest is headers
  std::printf("%llu packets of %llu sessions\n", static_cast<unsigned long long>(world.packets()),
              static_cast<unsigned long long>(world.sessions()));
  return 0;
}
