// Captures as other people's tools leave them: converted, cut, split, merged, rewritten. The
// sessions and their order are those that tshark sees as TCP streams. Skips, visibly, what needs a
// tool that is not there.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
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

// "192.0.2.10:40000 > 198.51.100.25:25" of each TCP stream with a SYN, in the order of the first
// packets.
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

// How many TCP streams have something said in them.
std::size_t spoken_streams_of(const Scratch& scratch, const std::string& file) {
  std::istringstream lines(run_tool(scratch, "tshark",
                                    {"-n", "-r", file, "-Y", "tcp.len>0 && !icmp && !icmpv6", "-T",
                                     "fields", "-e", "tcp.stream"}));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) seen.insert(line);
  return seen.size();
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

// All samples, those of one link layer as one capture, for a pcap knows one only: its file by its
// name in wiretap.
std::map<std::string, std::string> merge_samples(const Scratch& scratch) {
  Words samples;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(SMTPSCOPE_SOURCE_DIR) / "samples")) {
    if (entry.path().extension() == ".pcap") samples.push_back(entry.path().string());
  }
  std::ranges::sort(samples);
  REQUIRE(samples.size() > 50);
  Words question{"-T", "-r", "-E"};
  question.insert(question.end(), samples.begin(), samples.end());
  std::istringstream lines(run_tool(scratch, "capinfos", question));
  std::map<std::string, Words> of_link_layer;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    REQUIRE(tab != std::string::npos);
    of_link_layer[line.substr(tab + 1)].push_back(line.substr(0, tab));
  }
  std::map<std::string, std::string> merged;
  std::size_t count = 0;
  for (const auto& [link_layer, files] : of_link_layer) {
    Words arguments{"-F", "pcap", "-w", link_layer + ".pcap"};
    arguments.insert(arguments.end(), files.begin(), files.end());
    (void)run_tool(scratch, "mergecap", arguments);
    merged[link_layer] = link_layer + ".pcap";
    count += files.size();
  }
  REQUIRE(count == samples.size());
  return merged;
}

// What editcap makes of a capture, in the forms that can hold its link layers.
void check_what_editcap_leaves(const Scratch& scratch, const std::string& file,
                               const std::vector<Words>& forms) {
  const Words expected = streams_of(scratch, file);
  INFO(file);
  CHECK(sessions_of(scratch, {file}) == expected);
  for (const Words& form : forms) {
    INFO(form.front() << " " << form.back());
    Words options = form;
    options.insert(options.end(), {file, "variant"});
    (void)run_tool(scratch, "editcap", options);
    Words streams = streams_of(scratch, "variant");
    CHECK(streams == expected);
    // A request to an HTTP proxy that is cut does not tell that it is for mail.
    if (form.front() == "-s") {
      std::erase_if(streams, [](const std::string& each) { return each.ends_with(":3128"); });
      CHECK((streams.size() < expected.size()) == (file != "linux-sll2.pcap"));
    }
    CHECK(sessions_of(scratch, {"variant"}) == streams);
  }
  fs::remove_all(scratch.path() / "ring");
  fs::create_directory(scratch.path() / "ring");
  (void)run_tool(scratch, "editcap", {"-c", "100", file, "ring/cap.pcap"});
  CHECK(sessions_of(scratch, {"ring"}) == expected);
}

}  // namespace

TEST_CASE("what editcap and mergecap leave") {
  if (!have("tshark") || !have("editcap") || !have("mergecap") || !have("capinfos")) return;
  const Scratch scratch;
  const auto merged = merge_samples(scratch);
  const Words cut_to_96_octets{"-s", "96"};
  const Words an_hour_later{"-t", "3600"};
  const Words duplicates_removed{"-d"};
  const Words pcapng{"-F", "pcapng"};
  Words all{"-F", "pcapng", "-w", "all.pcapng"};
  for (const auto& [link_layer, file] : merged) {
    check_what_editcap_leaves(scratch, file,
                              {pcapng,
                               {"-F", "nsecpcap"},
                               {"-F", "modpcap"},
                               cut_to_96_octets,
                               an_hour_later,
                               duplicates_removed});
    all.push_back(file);
  }
  REQUIRE(streams_of(scratch, merged.at("ether")).size() > 50);
  (void)run_tool(scratch, "mergecap", all);
  check_what_editcap_leaves(scratch, "all.pcapng",
                            {pcapng, cut_to_96_octets, an_hour_later, duplicates_removed});
}

TEST_CASE("what tcprewrite leaves") {
  if (!have("tshark") || !have("tcprewrite") || !have("mergecap") || !have("capinfos")) return;
  const Scratch scratch;
  const std::string infile = merge_samples(scratch).at("ether");
  for (const Words& options :
       {Words{"--enet-vlan=add", "--enet-vlan-tag=45", "--enet-vlan-cfi=0", "--enet-vlan-pri=3"},
        Words{"--pnat=192.0.2.0/24:203.0.113.0/24"}, Words{"--portmap=25:2526", "--fixcsum"}}) {
    INFO(options.front());
    Words arguments = options;
    arguments.insert(arguments.end(), {"--infile=" + infile, "--outfile=variant.pcap"});
    (void)run_tool(scratch, "tcprewrite", arguments);
    const Words expected = streams_of(scratch, "variant.pcap");
    const Words found = sessions_of(scratch, {"variant.pcap"});
    // Where the port no longer tells, a connection on which nothing was said is none of mail.
    if (options.front().starts_with("--portmap")) {
      CHECK(std::ranges::all_of(
          found, [&](const std::string& each) { return std::ranges::count(expected, each) > 0; }));
      // Five do not speak SMTP.
      CHECK(found.size() + 6 > spoken_streams_of(scratch, "variant.pcap"));
    } else {
      CHECK(found == expected);
    }
  }
}
