#pragma once
// What was told once, looked at by a person and kept: a change of it is a change that somebody
// decided.
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace smtpscope::test {

// Fails unless the file holds `got`. UPDATE_GOLDEN=1 in the environment writes it anew.
inline void check_golden(const std::filesystem::path& golden, const std::string& got) {
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    std::filesystem::create_directories(golden.parent_path());
    std::ofstream(golden, std::ios::binary) << got;
  }
  const std::string expected = std::filesystem::exists(golden) ? content_of(golden) : std::string();
  if (expected == got) {
    SUCCEED();
  } else {
    INFO("UPDATE_GOLDEN=1 writes it anew");
    FAIL_CHECK(golden.string() << "\n---- expected ----\n"
                               << expected << "\n---- got ----\n"
                               << got);
  }
}

}  // namespace smtpscope::test
