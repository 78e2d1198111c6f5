// Every refusal that ERRORS.tsv lists word for word is a line of a reply in our sessions, as often
// as it is listed.
#include "tests/corpus/corpus.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <utility>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

// How many lines of replies are `line`; which separator stands behind the code does not matter.
std::size_t lines_in(const session::Session& session, const std::string& line) {
  const auto code = std::stoul(line.substr(0, 3));
  const std::string text = line.substr(4);
  std::size_t lines = 0;
  for (const smtp::Reply* reply : replies_in_order(session)) {
    if (reply->code != code) continue;
    lines += static_cast<std::size_t>(std::count(reply->text.begin(), reply->text.end(), text));
  }
  return lines;
}

}  // namespace

TEST_CASE("refusals are found word for word") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  const Table errors(*corpus / "ERRORS.tsv");
  std::map<std::pair<std::string, std::string>, std::size_t> listed;  // by path and line
  for (std::size_t row = 0; row < errors.size(); ++row) {
    ++listed[{errors.at(row, "path"), errors.at(row, "reply line")}];
  }
  REQUIRE(listed.size() > 10);
  for (const auto& [where, times] : listed) {
    INFO(where.first << ": " << where.second);
    std::size_t found = 0;
    for (const session::Session& session : analyse(*corpus / where.first).sessions) {
      found += lines_in(session, where.second);
    }
    CHECK(found == times);
  }
}
