#pragma once
// Rows of the tables that say which pieces a tool's words come to.
#include "tests/support/catch.hpp"
#include "tests/transcript/told.hpp"

#include <string>

namespace smtpscope::test {

struct PiecesRow {
  const char* name;
  std::string text;
  std::string pieces;
};

inline void require_pieces(const PiecesRow& row,
                           const std::vector<transcript::Transcript>& sessions) {
  DYNAMIC_SECTION(row.name) {
    REQUIRE(sessions.size() == 1);
    CHECK(pieces_of(sessions.front()) == row.pieces);
  }
}

}  // namespace smtpscope::test
