#include "analyzer/app/limit_options.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace smtpscope::app {
namespace {

constexpr const char* group = "Limits (K, M and G are understood)";

// Longer makes no sense, and would overflow a Timestamp's nanoseconds in the end.
constexpr std::int64_t seconds_max = 366LL * 24 * 3600;

// Without the words that it would add to each line of --help.
CLI::Validator silent(CLI::Validator validator) { return validator.description(""); }

// "64K" into 65536. CLI11 makes a table of units with each such validator, so there is one of them,
// made when a limit is given: two dozen would be a third of what a short run does.
std::string multiply_out(std::string& number) {
  constexpr bool kilo_is_1000 = false;
  static const CLI::AsSizeValue units(kilo_is_1000);
  return units(number);
}

void add(CLI::App& app, const char* name, std::size_t& limit, const char* what) {
  constexpr std::size_t most = std::size_t{1} << 40;  // more than there is to hold it in
  app.add_option(name, limit, what)
      ->transform(CLI::Validator(multiply_out, ""))
      ->check(silent(CLI::Range(std::size_t{1}, most)))
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
}

void add(CLI::App& app, const char* name, Nanoseconds& limit, const char* what) {
  const auto set = [&limit](const std::int64_t& seconds) { limit = std::chrono::seconds{seconds}; };
  app.add_option_function<std::int64_t>(name, set, what)
      ->check(silent(CLI::Range(std::int64_t{1}, seconds_max)))
      ->default_str(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limit).count()))
      ->type_name("SECONDS")
      ->group(group);
}

}  // namespace

void add_limit_options(CLI::App& app, session::AnalyzerLimits& limits) {
  add(app, "--max-flows", limits.flows.flows,
      "Connections at a time; beyond, the quietest is ended");
  add(app, "--idle", limits.flows.idle, "A connection that was quiet for so long is over");
  add(app, "--max-time-wait", limits.time_wait.connections,
      "Closed connections whose late packets are known as such");
  add(app, "--max-memory", limits.held_bytes, "Octets held of all connections together");
  add(app, "--max-held", limits.connection.reassembly.held_octets,
      "Octets behind a hole in a stream; beyond, the hole is a gap");
  add(app, "--max-pieces", limits.connection.reassembly.held_pieces,
      "Pieces behind holes in a stream; likewise");
  add(app, "--max-fragments", limits.fragments.octets,
      "Octets of IP fragments that wait for others");
  add(app, "--max-datagrams", limits.fragments.datagrams, "Fragmented datagrams at a time");
  add(app, "--max-datagram-pieces", limits.fragments.pieces, "Fragments of one datagram");
  add(app, "--fragment-wait", limits.fragments.gather,
      "A datagram that is not whole after so long is dropped");
  add(app, "--max-duplicates", limits.duplicates.remembered,
      "Packets of a direction that a later one is compared with, in case it was captured twice");
  add(app, "--max-undecided", limits.beginnings,
      "Octets kept of all flows that have not told what they are");
  add(app, "--max-undecided-flow", limits.beginning.octets, "Octets kept of one such flow");
  add(app, "--max-undecided-packets", limits.beginning.packets, "Packets kept of one such flow");
  smtp::DialogueLimits& dialogue = limits.session.dialogue;
  add(app, "--max-line", dialogue.line_octets,
      "Octets of a command or reply line; the rest of it is dropped");
  add(app, "--max-unread", dialogue.held_octets,
      "Octets that wait for the reply that says what they are");
  add(app, "--max-unread-pieces", dialogue.held_pieces, "Pieces that wait for it");
  add(app, "--max-unanswered", dialogue.waiting_exchanges, "Commands that wait for their replies");
  add(app, "--max-unanswered-text", dialogue.waiting_octets, "Octets of their text");
  add(app, "--max-auth-lines", dialogue.auth_lines, "Lines kept of one authentication");
  add(app, "--max-exchanges", limits.session.exchanges, "Commands and replies kept of one session");
  add(app, "--max-exchange-text", limits.session.exchange_octets, "Octets of their text");
  add(app, "--max-queue", limits.waiting_exchanges,
      "Exchanges of ended sessions that wait for an earlier one to end");
  add(app, "--max-ports", limits.ports, "Ports of other traffic that are counted one by one");
  add(app, "--max-hosts", limits.hosts, "Hosts whose checksums are counted one by one");
}

void add_limit_options(CLI::App& app, delivery::DeliveriesLimits& limits) {
  add(app, "--max-deliveries", limits.deliveries,
      "Deliveries followed at a time; beyond, the first is told, and a later try stands apart");
  add(app, "--max-deliveries-memory", limits.octets, "What these take, roughly; likewise");
}

}  // namespace smtpscope::app
