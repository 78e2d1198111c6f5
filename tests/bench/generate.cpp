// smtpscope_bench_generate KIND FILE MEGABYTES: writes a capture, the same octets on every machine
// (of one byte order). FILE may be - for standard output. What it keeps in memory does not grow
// with the size. The kinds:
//
//     bulk     mail of all sizes, 200 sessions at a time
//     small    100 000 sessions a second, 2000 at a time, each refused
//     hard     small mail, 10 000 sessions at a time; of its data 4 % is lost and sent again, 1 % was
//              received but is not in the capture, 1 % is in it twice, 2 % is overtaken
//     foreign  1 % of the octets mail, the rest web, 2000 connections at a time
#include "tests/bench/mail.hpp"
#include "tests/bench/refusals.hpp"
#include "tests/bench/web.hpp"
#include "tests/bench/world.hpp"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>

namespace smtpscope::bench {
namespace {

constexpr std::uint64_t seed = 25;

std::size_t octets_of(const Play& play) {
  return std::accumulate(
      play.turns.begin(), play.turns.end(), std::size_t{0},
      [](std::size_t sum, const Turn& turn) { return sum + turn.octets.size(); });
}

// Mail whenever less than one octet in a hundred is.
std::function<Play()> mail_in_web(MailAuthor mail, WebAuthor web) {
  return [mail, web, of_mail = std::size_t{0}, of_all = std::size_t{0}]() mutable {
    const bool is_mail = of_mail * 100 < of_all;
    Play play = is_mail ? mail.next() : web.next();
    const std::size_t octets = octets_of(play);
    of_all += octets;
    if (is_mail) of_mail += octets;
    return play;
  };
}

std::optional<Traffic> traffic_of(std::string_view kind, const Pools& pools, const Random& random) {
  if (kind == "bulk") {
    MailAuthor author(bulk_mix, pools, random);
    return Traffic{.next_play = [author]() mutable { return author.next(); },
                   .open_at_a_time = 200,
                   .said_in_a_megabyte = 920'000};
  }
  if (kind == "small") {
    RefusalAuthor author(random);
    return Traffic{.next_play = [author]() mutable { return author.next(); },
                   .open_at_a_time = 2'000,
                   .said_in_a_megabyte = 190'500,
                   .burst_max = 2,
                   .least_nanoseconds = 300,  // and 13.6 packets a session
                   .most_nanoseconds = 1'170};
  }
  if (kind == "hard") {
    MailAuthor author(even_mix, pools, random);
    return Traffic{.next_play = [author]() mutable { return author.next(); },
                   .open_at_a_time = 10'000,
                   .said_in_a_megabyte = 850'000,
                   .faults = {.lost_before = 40, .lost_behind = 10, .unseen = 10, .overtaken = 20}};
  }
  if (kind == "foreign") {
    return Traffic{
        .next_play = mail_in_web(MailAuthor(even_mix, pools, random), WebAuthor(pools, random)),
        .open_at_a_time = 2'000,
        .said_in_a_megabyte = 905'000};
  }
  return std::nullopt;
}

}  // namespace
}  // namespace smtpscope::bench

int main(int argc, char** argv) {
  using namespace smtpscope::bench;
  const long long megabytes = argc == 4 ? std::atoll(argv[3]) : 0;
  Random random(seed);
  const Pools pools(random);
  std::optional<Traffic> traffic;
  if (megabytes >= 1) traffic = traffic_of(argv[1], pools, random);
  if (!traffic) {
    std::fprintf(stderr, "usage: %s bulk|small|hard|foreign FILE|- MEGABYTES\n", argv[0]);
    return 2;
  }
  World world(*std::move(traffic), argv[2], Random(seed + 1));
  world.run(static_cast<std::uint64_t>(megabytes));
  std::fprintf(stderr, "%llu packets of %llu connections\n",
               static_cast<unsigned long long>(world.packets()),
               static_cast<unsigned long long>(world.connections()));
  return 0;
}
