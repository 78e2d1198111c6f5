// Captures that others made: whole ones are read whole, and none of the hostile ones does harm.
#include "dissectors/net/decode.hpp"
#include "tests/capture/reading.hpp"
#include "tests/support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

// The folder with captures, or nothing where there is none.
std::filesystem::path captures_folder() {
  const char* corpus = std::getenv("SMTPSCOPE_CORPUS");
  if (corpus == nullptr) return {};
  return std::filesystem::path(corpus) / "captures";
}

struct Listed {
  std::string path;
  std::size_t packets = 0;
};

// The rows of a table of captures whose `column` is the number of packets.
std::vector<Listed> rows_of(const std::filesystem::path& table, std::size_t column) {
  std::vector<Listed> rows;
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    Listed row;
    std::string cell;
    for (std::size_t i = 0; i <= column && std::getline(cells, cell, '\t'); ++i) {
      if (i == 0) row.path = cell;
    }
    row.packets = static_cast<std::size_t>(std::strtoul(cell.c_str(), nullptr, 10));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("captures of mail by others are read whole") {
  const auto folder = captures_folder();
  if (folder.empty()) {
    WARN("skipped: SMTPSCOPE_CORPUS is not set");
    return;
  }
  const auto rows = rows_of(folder / "INDEX.tsv", 5);
  CHECK_FALSE(rows.empty());
  for (const Listed& row : rows) {
    INFO(row.path);
    const Reading reading = read_capture((folder / row.path).string());
    CHECK_FALSE(reading.opening_error);
    CHECK_FALSE(reading.error);
    CHECK(reading.packets.size() == row.packets);
  }
}

TEST_CASE("hostile captures do no harm") {
  const auto folder = captures_folder();
  if (folder.empty()) {
    WARN("skipped: SMTPSCOPE_CORPUS is not set");
    return;
  }
  std::size_t packets = 0, opened = 0, segments = 0;
  for (const Listed& row : rows_of(folder / "HOSTILE.tsv", 7)) {
    const Reading reading = read_capture((folder / row.path).string());
    if (!reading.opening_error) ++opened;
    packets += reading.packets.size();
    for (const TestPacket& packet : reading.packets) {
      segments += std::holds_alternative<net::Segment>(net::decode(packet.view()));
      (void)net::tcp_checksum(packet.view());
    }
    if (reading.error) CHECK_FALSE(reading.error->what.empty());
  }
  CHECK(opened > 0);
  CHECK(packets > opened);
  CHECK(segments > 0);
}
