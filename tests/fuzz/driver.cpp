// Runs a fuzz target without libFuzzer: once for each file of the folders named, and for each of
// the file's beginnings. Every input lies in memory of exactly its size, so that AddressSanitizer
// sees a look beyond it. A broken property aborts; which file it was is told before.
#include "tests/support/file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// Longer inputs run whole only: all their beginnings would take the square of their size.
constexpr std::size_t beginnings_octets_max = 4096;

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void run_on(const std::string& content, std::size_t octets) {
  const auto memory = std::make_unique<std::uint8_t[]>(octets);
  std::copy_n(content.begin(), octets, memory.get());
  LLVMFuzzerTestOneInput(memory.get(), octets);
}

void run_on(const std::filesystem::path& path) {
  std::fprintf(stderr, "%s\n", path.c_str());
  const std::string content = smtpscope::test::content_of(path);
  run_on(content, content.size());
  if (content.size() > beginnings_octets_max) return;
  for (std::size_t octets = 0; octets < content.size(); ++octets) run_on(content, octets);
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const std::filesystem::path& path : files_of(argv[i])) {
      run_on(path);
      ++count;
    }
  }
  std::fprintf(stderr, "%zu files\n", count);
  return count == 0 ? 1 : 0;  // a corpus that is gone tests nothing
}
