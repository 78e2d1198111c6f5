// What other tools raise an alert for, in the captures that come with their statements: Zeek's
// weird.log and Snort's built-in rules. docs/SMTP_NOTES.md has a row for each, with the finding
// that tells the same or the reason why none does; so a row is to be written for a new alert, and
// to be mended where a finding comes or goes.
#include "analyzer/findings/finding.hpp"
#include "tests/corpus/corpus.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
namespace fs = std::filesystem;

namespace {

// Which capture, and what it is called: "Zeek smtp_huge_bdat_chunk".
using Alert = std::pair<std::string, std::string>;

constexpr std::string_view statement = ".expected-";

// "zeek_zeek/smtp.pcap" of ".../zeek_zeek/smtp.pcap.expected-zeek-...".
std::string capture_of(const fs::path& captures, const fs::path& file) {
  const std::string path = fs::relative(file, captures).generic_string();
  return path.substr(0, path.find(statement));
}

void add_weird(std::set<Alert>& alerts, const std::string& capture, const fs::path& log) {
  const Table rows(log);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (!rows.at(row, "name").empty()) alerts.emplace(capture, "Zeek " + rows.at(row, "name"));
  }
}

// Lines such as "09/07-19:20:28, 27, TCP, stream_tcp, 115, C2S, 192.0.2.1:4715, 192.0.2.2:25,
// 124:2:1, allow". Generator 124 is SMTP; 1 stands for rules that the capture's own test brings
// along.
void add_snort(std::set<Alert>& alerts, const std::string& capture, const fs::path& log) {
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = split(line, ',');
    if (cells.size() < 9) continue;
    const std::vector<std::string> rule =
        split(cells[8].substr(cells[8].find_first_not_of(' ')), ':');
    if (rule.size() == 3 && rule[0] == "124") alerts.emplace(capture, "Snort 124:" + rule[1]);
  }
}

std::set<Alert> stated_alerts(const fs::path& captures) {
  std::set<Alert> alerts;
  for (const auto& entry : fs::recursive_directory_iterator(captures)) {
    const std::string name = entry.path().filename().string();
    if (name.find(statement) == std::string::npos) continue;
    const std::string capture = capture_of(captures, entry.path());
    if (name.ends_with("weird.log")) add_weird(alerts, capture, entry.path());
    if (name.ends_with("snort3.expected")) add_snort(alerts, capture, entry.path());
  }
  return alerts;
}

struct Row {
  Alert alert;
  std::set<std::string> findings;  // empty: none
  std::string reason;
};

std::string trimmed(std::string_view cell) {
  while (cell.starts_with(' ')) cell.remove_prefix(1);
  while (cell.ends_with(' ')) cell.remove_suffix(1);
  return std::string(cell);
}

std::string without_ticks(std::string cell) {
  std::erase(cell, '`');
  return cell;
}

// The table's rows below the heading; the columns are capture, alert, findings, reason.
std::vector<Row> rows_of_the_notes() {
  std::ifstream notes(fs::path(SMTPSCOPE_SOURCE_DIR) / "docs/SMTP_NOTES.md");
  std::vector<Row> rows;
  bool is_below = false;
  for (std::string line; std::getline(notes, line);) {
    if (line.starts_with("## ")) is_below = line == "## Where other tools raise an alert";
    if (!is_below || !line.starts_with("| `")) continue;
    const std::vector<std::string> cells = split(line, '|');
    REQUIRE(cells.size() >= 5);
    Row row{{without_ticks(trimmed(cells[1])), without_ticks(trimmed(cells[2]))},
            {},
            trimmed(cells[4])};
    if (const std::string named = without_ticks(trimmed(cells[3])); named != "none") {
      for (const std::string& finding : split(named, ',')) row.findings.insert(trimmed(finding));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::set<std::string> findings_in(const fs::path& capture) {
  std::set<std::string> found;
  for (const session::Session& session : analyse(capture).sessions) {
    for (const findings::Finding& finding : findings::judge(session)) {
      found.emplace(findings::info(finding.rule).name);
    }
  }
  return found;
}

}  // namespace

TEST_CASE("every alert that other tools state has one row in the notes, and every row its alert") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  std::multiset<Alert> told;
  for (const Row& row : rows_of_the_notes()) told.insert(row.alert);
  const std::set<Alert> stated = stated_alerts(*corpus);
  CHECK(stated.size() >= 16);
  for (const Alert& alert : stated) {
    INFO(alert.first << ": " << alert.second);
    CHECK(told.count(alert) == 1);
  }
  for (const Alert& alert : told) {
    INFO(alert.first << ": " << alert.second);
    CHECK(stated.count(alert) == 1);
  }
}

TEST_CASE("a finding that the notes name beside another tool's alert is given") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  std::map<std::string, std::set<std::string>> found;
  for (const Row& row : rows_of_the_notes()) {
    const std::string& capture = row.alert.first;
    INFO(capture << ": " << row.alert.second);
    CHECK_FALSE(row.reason.empty());
    if (!row.findings.empty() && found.count(capture) == 0)
      found[capture] = findings_in(*corpus / capture);
    for (const std::string& finding : row.findings) {
      INFO(finding);
      CHECK(found[capture].count(finding) == 1);
    }
  }
}
