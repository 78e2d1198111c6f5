// Every sample, as text and as JSON, against what was looked at and found right:
// tests/golden/TOPIC/NAME.txt and .json. `UPDATE_GOLDEN=1 ctest -R golden` rewrites them; the
// difference is to be read like code.
//
// A sample with a key log beside it (NAME.keys) is told twice: as it is, and opened: NAME-open.txt
// and .json.
//
// On the way: the accounts hold, and the same capture gives the same octets twice.
#include "tests/support/golden.hpp"
#include "analyzer/capture/source.hpp"
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/analyzer.hpp"
#include "dissectors/tls/key_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <string>
#include <vector>

using namespace smtpscope;
namespace fs = std::filesystem;

namespace {

const fs::path root = SMTPSCOPE_SOURCE_DIR;

std::vector<fs::path> samples() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(root / "samples")) {
    if (entry.path().extension() == ".pcap") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

struct Told {
  std::string text;
  std::string json;
};

void check_accounts(const session::Accounts& accounts) {
  const std::uint64_t not_tcp =
      std::accumulate(accounts.not_tcp.begin(), accounts.not_tcp.end(), std::uint64_t{0});
  CHECK(accounts.packets == accounts.mail + accounts.other_tcp + not_tcp);
}

Told tell(const fs::path& sample, const tls::KeyLog* keys = nullptr) {
  auto source = capture::open_file(sample.string());
  REQUIRE(source);
  session::Analyzer analyzer(fs::relative(sample, root).string(), session::Order::first_packet);
  if (keys != nullptr) analyzer.use_keys(*keys);
  while (const Packet* packet = (*source)->next()) analyzer.take(*packet);
  CHECK_FALSE((*source)->error());
  analyzer.finish(session::FileEnd::whole);
  check_accounts(analyzer.accounts());
  Told told;
  findings::History history;
  while (const auto session = analyzer.next_session()) {
    const auto findings = findings::judge(*session, history);
    history.add(*session);
    const auto verdict = delivery::weigh(*session, findings);
    render::render_session(told.text, *session, findings, verdict, {});
    render::write_json(told.json, *session, findings, verdict, {});
  }
  return told;
}

void check_told(const fs::path& sample, const std::string& mark, const tls::KeyLog* keys) {
  const Told told = tell(sample, keys);
  fs::path golden = root / "tests/golden" / fs::relative(sample, root / "samples");
  golden.replace_filename(sample.stem().string() + mark);
  test::check_golden(golden.string() + ".txt", told.text);
  test::check_golden(golden.string() + ".json", told.json);
  const Told again = tell(sample, keys);
  CHECK(again.text == told.text);
  CHECK(again.json == told.json);
}

}  // namespace

TEST_CASE("samples are told as they were found right") {
  const auto found = samples();
  REQUIRE(found.size() >= 16);
  for (const fs::path& sample : found) {
    INFO(sample.string());
    check_told(sample, "", nullptr);
    const fs::path key_file = fs::path(sample).replace_extension(".keys");
    if (!fs::exists(key_file)) continue;
    tls::KeyLog keys;
    keys.take(test::content_of(key_file));
    keys.finish();
    CHECK(keys.bad_lines() == 0);
    check_told(sample, "-open", &keys);
  }
}
