#include "tests/bench/world.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::bench {
namespace {

constexpr std::uint64_t beginning = 1'767'323'045'000'000'000;  // 2026-01-02T03:04:05Z

}  // namespace

World::World(Traffic traffic, const std::string& path, const Random& random)
    : traffic_(std::move(traffic)), file_(path), random_(random), nanoseconds_(beginning) {}

void World::run(std::uint64_t megabytes) {
  const std::uint64_t wanted = megabytes * traffic_.said_in_a_megabyte;
  for (;;) {
    while (open_.size() < traffic_.open_at_a_time && planned_ < wanted) begin_connection();
    if (open_.empty()) break;
    const std::size_t pick = random_.below(open_.size());
    if (!send_some(open_[pick])) remove(pick);
  }
  file_.close();
}

// A burst of one connection, as a wire shows it. False when the connection has ended.
bool World::send_some(Connection& connection) {
  const std::uint64_t waiting = std::min<std::uint64_t>(connection.octets_of_turn() / 16'384, 64);
  for (std::uint64_t left = 1 + random_.below(traffic_.burst_max + waiting); left > 0; --left) {
    const auto frame = connection.next();
    if (!frame) return false;
    nanoseconds_ += traffic_.least_nanoseconds +
                    random_.below(traffic_.most_nanoseconds - traffic_.least_nanoseconds);
    file_.add(*frame, nanoseconds_ / 1000);
    ++packets_;
    if (connection.waits()) break;
  }
  return true;
}

void World::remove(std::size_t pick) {
  std::swap(open_[pick], open_.back());
  open_.pop_back();
}

// No two connections have the same addresses and ports before 254 * 50 000 have gone by.
void World::begin_connection() {
  const std::uint64_t number = connections_++;
  const auto host = static_cast<std::uint8_t>(1 + number % 254);
  const auto port = static_cast<std::uint16_t>(10'000 + number / 254 % 50'000);
  const auto client_isn = static_cast<std::uint32_t>(random_.next());
  const auto server_isn = static_cast<std::uint32_t>(random_.next());
  Play play = traffic_.next_play();
  for (const Turn& turn : play.turns) planned_ += turn.octets.size();
  open_.emplace_back(Peer{{192, 0, 2, host}, port}, std::move(play), client_isn, server_isn,
                     traffic_.faults);
}

}  // namespace smtpscope::bench
