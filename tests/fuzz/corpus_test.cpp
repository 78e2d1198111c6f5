// What the fuzz targets begin with reaches what there is to reach.
#include "dissectors/base/bytes.hpp"
#include "tests/fuzz/dialogue_play.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <filesystem>
#include <map>
#include <string>

using namespace smtpscope;

TEST_CASE("each command of the table, taken and refused, is in the corpus of dialogue_fuzz") {
  struct Uses {
    unsigned taken = 0;
    unsigned refused = 0;
  };
  std::map<smtp::Verb, Uses> uses;
  for (const auto& entry : std::filesystem::directory_iterator(
           SMTPSCOPE_SOURCE_DIR "/tests/fuzz/corpus/dialogue_fuzz")) {
    const std::string input = test::content_of(entry.path());
    for (const smtp::Exchange& exchange : fuzz::play(as_bytes(input))) {
      if (!exchange.command || exchange.reply() == nullptr) continue;
      Uses& verb = uses[exchange.command->verb];
      ++(exchange.reply()->first_digit() <= 3 ? verb.taken : verb.refused);
    }
  }
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    INFO(row.name);
    CHECK(uses[row.verb].taken > 0);
    CHECK(uses[row.verb].refused > 0);
  }
}
