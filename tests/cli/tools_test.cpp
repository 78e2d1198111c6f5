// Captures as other people's tools leave them: converted, cut, split, merged, rewritten. The sessions and their order
// are those that tshark sees as TCP streams. Skips, visibly, what needs a tool that is not there.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace smtpscope::test;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

// Is it there?
bool have(const char* tool) {
  if (!find_program(tool).empty()) return true;
  WARN("skipped: " << tool << " is not installed");
  return false;
}

std::string run_tool(const Scratch& scratch, const char* tool, Words arguments) {
  Launch launch = scratch.launch(std::move(arguments));
  launch.program = find_program(tool);
  const Outcome outcome = run(launch);
  INFO(tool << ": " << outcome.err);
  REQUIRE(outcome.status == 0);
  return outcome.out;
}

// "192.0.2.10:40000 > 198.51.100.25:25" of each TCP stream with a SYN, in the order of the first packets.
Words streams_of(const Scratch& scratch, const std::string& file) {
  std::istringstream lines(run_tool(scratch, "tshark",
                                    {"-n",
                                     "-r",
                                     file,
                                     "-Y",
                                     "tcp.flags.syn==1 && tcp.flags.ack==0 && !icmp && !icmpv6",
                                     "-T",
                                     "fields",
                                     "-E",
                                     "separator=/t",
                                     "-e",
                                     "tcp.stream",
                                     "-e",
                                     "ip.src",
                                     "-e",
                                     "ipv6.src",
                                     "-e",
                                     "tcp.srcport",
                                     "-e",
                                     "ip.dst",
                                     "-e",
                                     "ipv6.dst",
                                     "-e",
                                     "tcp.dstport"}));
  std::set<std::string> seen;
  Words streams;
  for (std::string line; std::getline(lines, line);) {
    Words cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '\t');) cells.push_back(cell);
    REQUIRE(cells.size() == 7);
    if (!seen.insert(cells[0]).second) continue;
    streams.push_back(cells[1] + cells[2] + ":" + cells[3] + " > " + cells[4] + cells[5] + ":" +
                      cells[6]);
  }
  return streams;
}

Words sessions_of(const Scratch& scratch, Words arguments) {
  arguments.insert(arguments.begin(), {"-T", "json"});
  const Outcome outcome = scratch.run(std::move(arguments));
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  Words sessions;
  for (const Json& session : sessions_in(outcome.out)) {
    const auto party = [&session](const std::string& who) {
      return text_at(session, who + "/ip") + ":" +
             std::to_string(number_at(session, who + "/port"));
    };
    sessions.push_back(party("/client") + " > " + party("/server"));
  }
  return sessions;
}

// All samples as one capture.
void merge_samples(const Scratch& scratch) {
  Words arguments{"-F", "pcap", "-w", "all.pcap"};
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(SMTPSCOPE_SOURCE_DIR) / "samples")) {
    if (entry.path().extension() == ".pcap") arguments.push_back(entry.path().string());
  }
  std::ranges::sort(arguments.begin() + 4, arguments.end());
  REQUIRE(arguments.size() > 50);
  (void)run_tool(scratch, "mergecap", arguments);
}

}  // namespace

TEST_CASE("what editcap and mergecap leave") {
  if (!have("tshark") || !have("editcap") || !have("mergecap")) return;
  const Scratch scratch;
  merge_samples(scratch);
  const Words expected = streams_of(scratch, "all.pcap");
  REQUIRE(expected.size() > 50);
  CHECK(sessions_of(scratch, {"all.pcap"}) == expected);
  struct Row {
    const char* name;
    Words options;
  };
  const Row rows[] = {
      {"pcapng", {"-F", "pcapng"}},         {"nanoseconds", {"-F", "nsecpcap"}},
      {"modified pcap", {"-F", "modpcap"}}, {"96 octets of each packet", {"-s", "96"}},
      {"an hour later", {"-t", "3600"}},    {"duplicates removed", {"-d"}},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    Words options = row.options;
    options.insert(options.end(), {"all.pcap", "variant"});
    (void)run_tool(scratch, "editcap", options);
    Words streams = streams_of(scratch, "variant");
    CHECK(streams == expected);
    // A request to an HTTP proxy that is cut does not tell that it is for mail.
    if (row.options.front() == "-s") {
      std::erase_if(streams, [](const std::string& each) { return each.ends_with(":3128"); });
      CHECK(streams.size() < expected.size());
    }
    CHECK(sessions_of(scratch, {"variant"}) == streams);
  }
  fs::create_directory(scratch.path() / "ring");
  (void)run_tool(scratch, "editcap", {"-c", "100", "all.pcap", "ring/cap.pcap"});
  CHECK(sessions_of(scratch, {"ring"}) == expected);
}

TEST_CASE("what tcprewrite leaves") {
  if (!have("tshark") || !have("tcprewrite") || !have("mergecap")) return;
  const Scratch scratch;
  merge_samples(scratch);
  for (const Words& options :
       {Words{"--enet-vlan=add", "--enet-vlan-tag=45", "--enet-vlan-cfi=0", "--enet-vlan-pri=3"},
        Words{"--pnat=192.0.2.0/24:203.0.113.0/24"}, Words{"--portmap=25:2526", "--fixcsum"}}) {
    INFO(options.front());
    Words arguments = options;
    arguments.insert(arguments.end(), {"--infile=all.pcap", "--outfile=variant.pcap"});
    (void)run_tool(scratch, "tcprewrite", arguments);
    const Words expected = streams_of(scratch, "variant.pcap");
    const Words found = sessions_of(scratch, {"variant.pcap"});
    // Where the port no longer tells, a connection on which nothing was said is none of mail.
    if (options.front().starts_with("--portmap")) {
      CHECK(std::ranges::all_of(
          found, [&](const std::string& each) { return std::ranges::count(expected, each) > 0; }));
      CHECK(found.size() + 10 > expected.size());
    } else {
      CHECK(found == expected);
    }
  }
}
