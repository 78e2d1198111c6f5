// What keys open, against what tshark opens with the same keys: octet for octet, stream by stream.
#include "analyzer/capture/source.hpp"
#include "tests/support/catch.hpp"
#include "tests/tls/plaintexts.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
namespace fs = std::filesystem;

namespace {

std::string output_of(const std::string& command) {
  std::string text;
  struct Close {
    void operator()(FILE* file) const { pclose(file); }
  };
  const std::unique_ptr<FILE, Close> pipe(popen(command.c_str(), "r"));
  char buffer[65536];
  for (std::size_t got; (got = fread(buffer, 1, sizeof buffer, pipe.get())) > 0;)
    text.append(buffer, got);
  return text;
}

int digit_of(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Of Decryption Secrets Blocks, which tshark reads without being asked to; empty for what is no
// capture.
std::string keys_inside(const fs::path& capture) {
  auto source = capture::open_file(capture.string());
  std::string text;
  while (source && (*source)->next() != nullptr) text += (*source)->take_key_log();
  return text;
}

using Sides = std::pair<std::string, std::string>;

// Of each TCP stream, with one start of tshark, which takes longer than all that it does then.
// `-z follow,tls,raw`: a head that names the stream, then lines of hexadecimal digits, the second
// node's behind a tab.
std::vector<Sides> followed(const fs::path& capture, const fs::path& keys, std::size_t streams) {
  std::string command =
      "tshark -n -r '" + capture.string() + "' -o tls.keylog_file:'" + keys.string() + "' -q";
  for (std::size_t stream = 0; stream < streams; ++stream)
    command += " -z follow,tls,raw," + std::to_string(stream);
  std::istringstream lines(output_of(command + " 2>/dev/null"));
  std::vector<Sides> told(streams);
  std::size_t stream = streams;  // none so far
  const std::string head = "Filter: tcp.stream eq ";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(head)) stream = std::stoul(line.substr(head.size()));
    const bool is_second = line.starts_with('\t');
    if (is_second) line.erase(0, 1);
    if (line.empty() || line.find_first_not_of("0123456789abcdef") != std::string::npos) continue;
    std::string& side = is_second ? told.at(stream).second : told.at(stream).first;
    for (std::size_t i = 0; i + 1 < line.size(); i += 2)
      side += static_cast<char>(digit_of(line[i]) * 16 + digit_of(line[i + 1]));
  }
  return told;
}

// Streams that tshark opens and we do not, or otherwise; why. Each has to differ: what is opened
// goes from here.
const char* known_difference(const tls::Facts& facts) {
  const std::uint16_t id = facts.server_hello ? facts.server_hello->suite : std::uint16_t{0};
  const auto suite = tls::find_suite(id);
  if (suite && suite->cipher == "IDEA") return "Debian's OpenSSL has no IDEA";
  return nullptr;
}

}  // namespace

TEST_CASE("captures with key logs: the plain text is tshark's") {
  const char* const corpus = std::getenv("SMTPSCOPE_CORPUS");
  const bool has_tshark = std::system("command -v tshark >/dev/null") == 0;
  if (corpus == nullptr || !has_tshark) {
    WARN("skipped: needs SMTPSCOPE_CORPUS and tshark");
    return;
  }
  for (const auto& entry : fs::directory_iterator(fs::path(corpus) / "captures" / "tls-keylog")) {
    const fs::path beside = entry.path().string() + ".keys";
    const fs::path keys = fs::exists(beside) ? beside : fs::path();
    tls::KeyLog log;
    log.take(keys.empty() ? keys_inside(entry.path()) : text_of(keys));
    log.finish();
    if (log.empty()) continue;
    const auto opened = opened_connections(entry.path(), log);
    const std::vector<Sides> all = followed(entry.path(), keys, opened.size());
    INFO(entry.path().filename());
    for (std::size_t stream = 0; stream < opened.size(); ++stream) {
      const auto& [one, other] = all[stream];
      INFO("stream " << stream << " "
                     << tls::suite_name(opened[stream].facts.server_hello
                                            ? opened[stream].facts.server_hello->suite
                                            : 0)
                     << " " << tls::version_name(opened[stream].facts.version()) << " closed "
                     << static_cast<int>(opened[stream].facts.closed) << " sizes " << one.size()
                     << "," << other.size() << " ours " << opened[stream].client.size() << ","
                     << opened[stream].server.size());
      const bool same = (opened[stream].client == one && opened[stream].server == other) ||
                        (opened[stream].client == other && opened[stream].server == one);
      const char* const why = known_difference(opened[stream].facts);
      if (why == nullptr) {
        CHECK(same);
      } else {
        INFO(why);
        CHECK_FALSE(same);
      }
    }
  }
}
