// One capture and several threads, or several runs that share it: what is told is the same.
#include "tests/cli/json.hpp"
#include "tests/cli/run_binary.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

using namespace smtpscope::test;

namespace {

Outcome told(const std::string& folder, std::vector<std::string> arguments,
             const std::vector<std::string>& captures) {
  Launch launch;
  launch.arguments = std::move(arguments);
  launch.arguments.insert(launch.arguments.end(), captures.begin(), captures.end());
  launch.folder = folder;
  return run(launch);
}

const std::string samples = SMTPSCOPE_SOURCE_DIR "/samples";

std::vector<std::string> captures_in(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".pcap" || extension == ".pcapng" || extension == ".cap")
      files.push_back(entry.path().lexically_relative(folder).string());
  }
  std::ranges::sort(files);
  return files;
}

// The first lines that are not the same; empty if all are.
std::string first_difference(const std::string& one, const std::string& other) {
  std::istringstream lines_of_one(one), lines_of_other(other);
  for (std::string a, b;;) {
    const bool more = static_cast<bool>(std::getline(lines_of_one, a));
    if (static_cast<bool>(std::getline(lines_of_other, b)) != more) return "one has more lines";
    if (!more) return {};
    if (a != b) return a + "\n" + b;
  }
}

void check_same_with_any_number(const std::string& folder,
                                const std::vector<std::string>& arguments,
                                const std::vector<std::string>& captures) {
  INFO(captures.front());
  const Outcome one = told(folder, arguments, captures);
  for (const char* jobs : {"2", "8"}) {
    INFO(jobs << " threads");
    std::vector<std::string> shared = arguments;
    shared.insert(shared.begin() + (arguments.front() == "deliveries" ? 1 : 0), {"-j", jobs});
    const Outcome several = told(folder, shared, captures);
    CHECK(first_difference(one.out, several.out) == "");
    CHECK(first_difference(one.err, several.err) == "");
    CHECK(several.status == one.status);
  }
}

// By file and first frame; without what counts sessions.
std::map<std::string, std::string> sessions_by_place(const std::string& json) {
  static const std::regex id(R"re("id":\d+,)re"), other(R"(session \d+ \()");
  std::map<std::string, std::string> sessions;
  std::istringstream lines(json);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t file = line.find("\"file\":");
    const std::size_t frames = line.find("\"frames\":");
    const std::string place = line.substr(file, line.find(',', file) - file) +
                              line.substr(frames, line.find('}', frames) - frames);
    CHECK(sessions
              .emplace(place,
                       std::regex_replace(std::regex_replace(line, id, ""), other, "session # ("))
              .second);
  }
  return sessions;
}

}  // namespace

TEST_CASE("all samples, by one thread, two and eight: the same octets, and the same accounts") {
  const std::vector<std::string> all = captures_in(samples);
  REQUIRE(all.size() > 150);
  // As one capture, with all that is told across.
  check_same_with_any_number(samples, {"-T", "json", "--stats"}, all);
  check_same_with_any_number(samples, {"-T", "json", "--no-merge"}, all);
  check_same_with_any_number(samples, {"-q"}, all);
  for (const char* topic :
       {"relay-hop", "second-mx", "greylisted", "bounce", "icmp-unreachable", "tls-keys"}) {
    check_same_with_any_number(samples, {"--level", "full", "--stats"}, {topic});
    check_same_with_any_number(samples, {"deliveries", "-T", "json"}, {topic});
  }
}

TEST_CASE("captures of others, by one thread and by several") {
  const char* const corpus = std::getenv("SMTPSCOPE_CORPUS");
  if (corpus == nullptr) {
    WARN("SMTPSCOPE_CORPUS is not set: skipped");
    return;
  }
  const std::filesystem::path captures = std::filesystem::path(corpus) / "captures";
  std::vector<std::string> all = captures_in(captures);
  // Many, and small.
  std::erase_if(all, [](const std::string& file) { return file.starts_with("hostile"); });
  REQUIRE(all.size() > 10);
  check_same_with_any_number(captures.string(), {"-T", "json", "--no-merge", "--stats"}, all);
}

TEST_CASE("a damaged capture is told the same way by several threads") {
  const Scratch scratch;
  std::string octets = capture_of(std::string(delivered) + std::string(delivered));
  octets.resize(octets.size() - 40);
  scratch.file("cut.pcap", octets);
  const Outcome one = scratch.run({"-T", "json", "cut.pcap"}),
                four = scratch.run({"-j", "4", "-T", "json", "cut.pcap"});
  CHECK(one.status == 3);
  CHECK(four.status == 3);
  CHECK(four.out == one.out);
  CHECK(four.err == one.err);
}

TEST_CASE("the parts of all samples together are the whole") {
  const auto whole = sessions_by_place(told(samples, {"-T", "json"}, captures_in(samples)).out);
  REQUIRE(whole.size() > 100);
  for (const int count : {2, 5}) {
    std::map<std::string, std::string> parts;
    for (int number = 1; number <= count; ++number) {
      const std::string shard = std::to_string(number) + '/' + std::to_string(count);
      for (auto& [place, session] : sessions_by_place(
               told(samples, {"-T", "json", "--shard", shard}, captures_in(samples)).out))
        CHECK(parts.emplace(place, session).second);
    }
    CHECK(parts.size() == whole.size());
    for (const auto& [place, session] : whole) {
      INFO(place);
      REQUIRE(parts.contains(place));
      // What is told across sessions between several pairs of hosts needs them all.
      if (session.find("\"delivery.again\"") == std::string::npos)
        CHECK(parts.at(place) == session);
    }
  }
}

TEST_CASE("what is no part, and no number of threads") {
  const Scratch scratch;
  scratch.capture("mail.pcap", delivered);
  for (const char* shard :
       {"", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1/2x", "1/99999999"}) {
    INFO(shard);
    const Outcome outcome = scratch.run({"--shard", shard, "mail.pcap"});
    CHECK(outcome.status == (*shard == '\0' ? 0 : 2));
  }
  for (const char* jobs : {"0", "-1", "257", "many"})
    CHECK(scratch.run({"-j", jobs, "mail.pcap"}).status == 2);
}
