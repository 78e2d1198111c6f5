// What can be asked for on the command line, and what is answered to what cannot.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace smtpscope::test;

namespace {

// "  28  mail" -> 28 for "mail".
std::uint64_t counted(const std::string& stats, const std::string& what) {
  std::istringstream lines(stats);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with("  " + what)) return std::stoull(line);
  }
  return 0;
}

std::uint64_t packets_in(std::string_view script) { return packets_of(script).size(); }

}  // namespace

TEST_CASE("a command line that makes no sense") {
  struct Row {
    const char* name;
    std::vector<std::string> arguments;
    const char* message;
  };
  const auto row = GENERATE(values<Row>({
      {"nothing",
       {},
       "smtpscope: no input: give a capture file, - for standard input, or -i INTERFACE\n"},
      {"read without a file", {"read"}, "smtpscope: no input: give a capture file"},
      {"live without an interface", {"live"}, "smtpscope: "},
      {"an unknown option", {"--frobnicate", "mail.pcap"}, "--frobnicate"},
      {"an unknown letter", {"-X", "mail.pcap"}, "-X"},
      {"an option that comes with a later step", {"-Y", "port==25", "mail.pcap"}, "-Y"},
      {"a finding that is none",
       {"--only", "net.refuse", "mail.pcap"},
       "did you mean net.refused?\n"},
      {"both an interface and a file",
       {"-i", "lo", "mail.pcap"},
       "smtpscope: either an interface (-i) or files, not both\n"},
      {"both an interface and -r",
       {"-i", "lo", "-r", "mail.pcap"},
       "smtpscope: either an interface (-i) or files, not both\n"},
      {"an unknown format", {"-T", "yaml", "mail.pcap"}, "{text,json}"},
      {"a format in capitals", {"-T", "JSON", "mail.pcap"}, "{text,json}"},
      {"an unknown level", {"--level", "all", "mail.pcap"}, "{summary,dialogue,full}"},
      {"an unknown colour", {"--color", "blue", "mail.pcap"}, "{auto,always,never"},
      {"no port", {"--ports", "", "mail.pcap"}, "--ports"},
      {"a port above all", {"--ports", "25,65536", "mail.pcap"}, "--ports wants ports and ranges"},
      {"a range upside down", {"--ports", "30-25", "mail.pcap"}, "--ports wants ports and ranges"},
      {"ports by name", {"--ports", "smtp", "mail.pcap"}, "not smtp\n"},
      {"all ports and these", {"--ports", "25", "--any-port", "mail.pcap"}, "excludes"},
      {"a protocol to force that is none of ours",
       {"-d", "tcp.port==80,http", "mail.pcap"},
       "-d wants tcp.port==PORT"},
      {"a field to force by that is none of ours",
       {"-d", "udp.port==25,smtp", "mail.pcap"},
       "-d wants tcp.port==PORT"},
      {"no packets", {"-c", "0", "mail.pcap"}, "-c"},
      {"fewer than no packets", {"-c", "-1", "mail.pcap"}, "-c"},
      {"packets in words", {"-c", "ten", "mail.pcap"}, "-c"},
      {"a value that is missing", {"mail.pcap", "-T"}, "--format"},
      {"an option that is given twice", {"-T", "json", "-T", "text", "mail.pcap"}, "--format"},
      {"a snap length of 1", {"-i", "lo", "-s", "1"}, "-s"},
      {"an unknown language",
       {"reference", "--lang", "xx"},
       "smtpscope: no such language: xx (there are en, ko, ja, zh, tr, id)\n"},
      {"a second term", {"reference", "EHLO", "HELO"}, "HELO"},
      {"an unknown colour of the reference",
       {"reference", "--color", "blue"},
       "{auto,always,never"},
      {"a hostile option", {"--a\x1b[2J", "mail.pcap"}, "smtpscope: "},
  }));
  DYNAMIC_SECTION(row.name) {
    const Scratch scratch;
    scratch.capture("mail.pcap", delivered);
    const Outcome outcome = scratch.run(row.arguments);
    INFO(outcome.err);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("smtpscope: "));
    CHECK(has(outcome.err, row.message));
    CHECK(outcome.err.ends_with("\nRun 'smtpscope --help' for more.\n"));
    CHECK(count(outcome.err, "\n") == 2);
    CHECK_FALSE(has_escape_sequence(outcome.err));
    CHECK(outcome.status == 2);
  }
}

TEST_CASE("help and version go to stdout") {
  const Scratch scratch;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"-h"}, {"read", "--help"}, {"reference", "--help"}}) {
    const Outcome help = scratch.run(arguments);
    INFO(help.out);
    CHECK(has(help.out, "Usage: smtpscope"));
    CHECK(help.err.empty());
    CHECK(help.status == 0);
  }
  const Outcome help = scratch.run({"--help"});
  for (const char* word : {"-r",        "-i",        "-f",
                           "-c",        "-D",        "-T",
                           "--level",   "--color",   "--show-secrets",
                           "--stats",   "--ports",   "--any-port",
                           "-d ",       "--only",    "--hide",
                           "--fail-on", "Examples:", "Exit status:",
                           "read",      "live",      "reference",
                           "findings"}) {
    INFO(word);
    CHECK(has(help.out, word));
  }
  const Outcome version = scratch.run({"--version"});
  CHECK(version.out.starts_with("smtpscope "));
  CHECK(is_one_line(version.out));
  CHECK(version.err.empty());
  CHECK(version.status == 0);
}

TEST_CASE("how much is told") {
  const Scratch scratch;
  scratch.capture("mail.pcap", std::string(delivered) + std::string(refused));
  const auto told = [&scratch](std::vector<std::string> arguments) {
    arguments.push_back("mail.pcap");
    const Outcome outcome = scratch.run(arguments);
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
    return outcome.out;
  };
  const std::string summary = told({"--level", "summary"});
  const std::string dialogue = told({"--level", "dialogue"});
  const std::string full = told({"--level", "full"});
  CHECK(told({"-q"}) == summary);
  CHECK(told({}) == dialogue);
  CHECK(told({"-v"}) == full);
  CHECK(told({"-T", "text"}) == dialogue);
  CHECK(told({"--format=text"}) == dialogue);

  CHECK(count(summary, "\n") == 3);  // what the columns are, and a row a session
  CHECK_FALSE(has(summary, "RCPT TO"));
  CHECK(has(dialogue, "RCPT TO:<bob@example.com>"));
  CHECK(has(dialogue, "550 5.1.1 <nobody@example.com>: User unknown"));
  CHECK(full.size() > dialogue.size());
  CHECK(dialogue.size() > summary.size());

  // JSON always tells all.
  const std::string json = told({"-T", "json"});
  CHECK(told({"-T", "json", "-q"}) == json);
  CHECK(told({"-T", "json", "-v"}) == json);
}

TEST_CASE("-c stops after so many packets") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  struct Row {
    const char* packets;
    const char* last;
    const char* behind;
  };
  const auto row = GENERATE(values<Row>({
      {"4", "220 mx.example.com", "EHLO"},
      {"5", "EHLO client.example.net", "250 mx.example.com"},
      {"1000", "221 2.0.0 Bye", "no such thing"},
      {"18446744073709551615", "221 2.0.0 Bye", "no such thing"},
  }));
  DYNAMIC_SECTION(row.packets) {
    const Outcome outcome = scratch.run({"-c", row.packets, "mail.pcap"});
    INFO(outcome.out);
    CHECK(has(outcome.out, row.last));
    CHECK_FALSE(has(outcome.out, row.behind));
    CHECK(outcome.err.empty());
    CHECK(outcome.status == 0);
  }
}

TEST_CASE("-f chooses packets of a file, and they keep their numbers") {
  const Scratch scratch;
  const std::string alien =
      "connect server=198.51.100.26:2525\nS: 220 other.example.com ESMTP\nclose\n";
  scratch.capture("mail.pcap", alien + std::string(delivered));
  const Outcome all = scratch.run({"-T", "json", "mail.pcap"});
  const Outcome some = scratch.run({"-T", "json", "-f", "port 25", "mail.pcap"});
  const Outcome none = scratch.run({"-T", "json", "-f", "port 80", "mail.pcap"});
  CHECK(sessions_in(all.out).size() == 2);
  REQUIRE(sessions_in(some.out).size() == 1);
  const Json session = std::move(sessions_in(some.out).front());
  CHECK(number_at(session, "/server/port") == 25);
  CHECK(number_at(session, "/frames/first") == packets_in(alien) + 1);
  CHECK(number_at(session, "/frames/count") == packets_in(delivered));
  CHECK(some.status == 0);
  CHECK(none.out.empty());
  CHECK(none.err == "smtpscope: mail.pcap: no mail in it: 0 packets\n");
  CHECK(none.status == 0);
}

TEST_CASE("--stats: every packet is in exactly one count, on stderr") {
  const Scratch scratch;
  const std::string script = std::string(web) + std::string(delivered) + std::string(web) +
                             std::string(refused) +
                             "midstream server=198.51.100.26:25\nC: NOOP\nsyn\nconnect port=5000\n";
  scratch.capture("mail.pcap", script);
  const std::uint64_t packets = packets_in(script);
  for (const char* format : {"text", "json"}) {
    const Outcome outcome = scratch.run({"--stats", "-T", format, "mail.pcap"});
    INFO(outcome.err);
    CHECK(has(outcome.err, std::to_string(packets) + "  packets counted, of " +
                               std::to_string(packets) + " read\n"));
    CHECK(counted(outcome.err, "mail") + counted(outcome.err, "TCP that is no mail") == packets);
    CHECK(counted(outcome.err, "TCP that is no mail") == 2 * packets_in(web) + 3);
    CHECK(counted(outcome.err, "sessions") ==
          count(scratch.run({"-T", "json", "mail.pcap"}).out, "\n"));
    CHECK(outcome.out == scratch.run({"-T", format, "mail.pcap"}).out);
    CHECK(outcome.status == 0);
  }
  CHECK(scratch.run({"mail.pcap"}).err.empty());
}

TEST_CASE("--stats: connections by their fate, and the octets of all sessions") {
  const Scratch scratch;
  scratch.capture("mail.pcap", std::string(delivered) + std::string(web) +
                                   "connect\ndrop\nS: 220 mx.example.com\n" +
                                   "C: QUIT\nS: 221 Bye\nC:rst\nsyn\n");
  const Outcome outcome = scratch.run({"--stats", "-T", "json", "mail.pcap"});
  INFO(outcome.err);
  CHECK(counted(outcome.err, "sessions") == 3);
  CHECK(counted(outcome.err, "of them closed") == 1);
  CHECK(counted(outcome.err, "of them reset") == 1);
  CHECK(counted(outcome.err, "of them open at the end") == 1);
  CHECK(counted(outcome.err, "other TCP connections") == 1);
  CHECK(counted(outcome.err, "TCP connections in all") == 4);
  std::uint64_t told = 0, missing = 0;
  for (const Json& session : sessions_in(outcome.out)) {
    told += number_at(session, "/octets/client") + number_at(session, "/octets/server");
    missing +=
        number_at(session, "/octets/missing_client") + number_at(session, "/octets/missing_server");
  }
  CHECK(counted(outcome.err, "octets of sessions told") == told);
  CHECK(counted(outcome.err, "octets of sessions missing") == missing);
  CHECK(missing == std::string_view("220 mx.example.com\r\n").size());
  CHECK(counted(outcome.err, "gaps, in which they are missing") == 1);
}

TEST_CASE("limits are options, and reaching one is counted") {
  const Scratch scratch;
  scratch.capture(
      "mail.pcap",
      "connect\nS: 220 mx.example.com\nconnect\nS: 220 mx.example.com\nflow 1\nC: EHLO c\nC: NOOP\n");
  CHECK(count(scratch.run({"-T", "json", "mail.pcap"}).out, "\n") == 2);
  const Outcome crowded = scratch.run({"-T", "json", "--stats", "--max-flows", "1", "mail.pcap"});
  CHECK(count(crowded.out, "\n") == 3);
  CHECK(counted(crowded.err, "connections given up before their end, to stay within the limit") ==
        2);
  const Outcome short_lines =
      scratch.run({"-T", "json", "--stats", "--max-line", "8", "mail.pcap"});
  CHECK_FALSE(has(short_lines.out, "mx.example.com"));
  CHECK(scratch.run({"--max-held", "64k", "--idle", "60", "--max-memory", "1G", "mail.pcap"})
            .status == 0);
  for (const char* wrong : {"0", "-1", "many", "1Q"}) {
    const Outcome outcome = scratch.run({"--max-held", wrong, "mail.pcap"});
    INFO(wrong << ": " << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(has(outcome.err, "--max-held"));
    CHECK(outcome.err.size() < 200);  // no bound with 300 digits
  }
}

TEST_CASE("what comes late is counted, and no session of its own") {
  const Scratch scratch;
  scratch.capture("late.pcap", std::string(delivered) + "wait 3s\nack C\nack S\n");
  for (const char* threads : {"1", "2"}) {
    const Outcome outcome = scratch.run({"-T", "json", "--stats", "-j", threads, "late.pcap"});
    CHECK(count(outcome.out, "\n") == 1);
    CHECK(counted(outcome.err, "mail, and late: of sessions that were told, with nothing new") ==
          2);
  }
  CHECK(scratch.run({"--max-time-wait", "0", "late.pcap"}).status == 2);
}

TEST_CASE("--ports, --any-port and -d choose what is looked at") {
  const Scratch scratch;
  scratch.capture("mail.pcap",
                  "connect port=8025\nS: 220 mx.example.com ESMTP\nC: QUIT\nS: 221 Bye\nclose\n"
                  "connect port=9025\nS: 220 hello\nC: QUIT\nS: 221 Bye\nclose\n");
  const auto sessions = [&scratch](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-T", "json", "mail.pcap"});
    return count(scratch.run(arguments).out, "\n");
  };
  CHECK(sessions({}) == 1);
  CHECK(sessions({"--any-port"}) == 1);
  CHECK(sessions({"--ports", "25,8000-8100"}) == 1);
  CHECK(sessions({"--ports", "25,8026-8100"}) == 0);
  CHECK(sessions({"-d", "tcp.port==9025,smtp"}) == 2);
  CHECK(sessions({"-d", "tcp.port==9025,lmtp", "-d", "tcp.port==8025,lmtp"}) == 2);
  CHECK(sessions({"--ports", "9025", "-d", "tcp.port==9025,smtp"}) == 1);
}

TEST_CASE("several files: frames count per file, sessions over all") {
  const Scratch scratch;
  scratch.capture("first.pcap", std::string(web) + std::string(delivered));
  scratch.file("second.pcap",
               pcap_of(packets_of(refused, {.start = script_start + std::chrono::hours{1}})));
  const Outcome outcome = scratch.run({"-T", "json", "first.pcap", "-r", "second.pcap"});
  const std::vector<Json> sessions = sessions_in(outcome.out);
  REQUIRE(sessions.size() == 2);
  CHECK(text_at(sessions[0], "/file") == "first.pcap");
  CHECK(number_at(sessions[0], "/frames/first") == packets_in(web) + 1);
  CHECK(text_at(sessions[1], "/file") == "second.pcap");
  CHECK(number_at(sessions[1], "/frames/first") == 1);
  CHECK(number_at(sessions[0], "/id") == 1);
  CHECK(number_at(sessions[1], "/id") == 2);

  const Outcome text = scratch.run({"first.pcap", "second.pcap"});
  CHECK(has(text.out, "first.pcap"));
  CHECK(has(text.out, "second.pcap"));
  CHECK_FALSE(has(scratch.run({"first.pcap"}).out, "first.pcap"));
  CHECK(count(scratch.run({"-q", "first.pcap", "second.pcap"}).out, "\n") == 3);
}

TEST_CASE("a file that is called like a command, or like an option") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  scratch.capture("reference", delivered);
  scratch.capture("-i", delivered);
  const std::string plain = scratch.run({"mail.pcap"}).out;
  CHECK(scratch.run({"-r", "reference"}).out == plain);
  CHECK(scratch.run({"./reference"}).out == plain);
  CHECK(scratch.run({"--", "-i"}).out == plain);
}

TEST_CASE("interfaces") {
  const Scratch scratch;
  const Outcome list = scratch.run({"-D"});
  if (list.status == 0) CHECK(has(list.out, "lo "));
  CHECK((list.status == 0 || list.status == 4));
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"-i", "nosuch0"},
                                                    {"live", "-i", "nosuch0"},
                                                    {"-i", "nosuch0", "-f", "port 25"}}) {
    const Outcome unknown = scratch.run(arguments);
    CHECK(unknown.out.empty());
    CHECK(unknown.err == "smtpscope: nosuch0: no such interface\n-D lists the interfaces\n");
    CHECK(unknown.status == 2);
  }
  const Outcome hostile = scratch.run({"-i", "a\x1b[2J"});
  CHECK_FALSE(has_escape_sequence(hostile.err));
  CHECK(hostile.status == 2);
}

TEST_CASE("without the right to capture, the exact remedy is told") {
  const Scratch scratch;
  std::filesystem::permissions(scratch.path(), std::filesystem::perms(0755));
  const std::filesystem::path binary = std::filesystem::canonical(scratch.path()) / "smtpscope";
  std::filesystem::copy_file(smtpscope_binary(), binary);
  struct Row {
    const char* name;
    const char* called;
  };
  const auto row = GENERATE(values<Row>({
      {"called by its path", ""},
      {"found in PATH", "smtpscope"},
      {"called by a relative path", "./smtpscope"},
  }));
  DYNAMIC_SECTION(row.name) {
    Launch launch = scratch.launch({"-i", "lo"});
    launch.program = binary;
    launch.name = row.called;
    if (geteuid() == 0) launch.user = Launch::User::nobody;
    const Outcome outcome = run(launch);
    INFO(outcome.err);
    CHECK(outcome.out.empty());
    CHECK(has(outcome.err, "smtpscope: lo: no right to capture on lo\n"));
    CHECK(
        has(outcome.err, "\nsudo setcap cap_net_raw,cap_net_admin=eip " + binary.string() + "\n"));
    CHECK(has(outcome.err, "\nor: sudo tcpdump -U -w - -i lo 'tcp and (port "));
    CHECK(has(outcome.err, "' | " + binary.string() + " -\n"));
    CHECK(outcome.status == 4);
  }
}
