// smtpscope_bench_scan FILE: maps a file into memory and looks for each LF in it, wherever it
// stands; the physical limit for whatever has to look at each octet once.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  const int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0 || fstat(file, &status) != 0) {
    std::perror(argv[1]);
    return 2;
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (mapped == MAP_FAILED) {
    std::perror(argv[1]);
    return 2;
  }
  const char* at = static_cast<const char*>(mapped);
  const char* const end = at + size;
  unsigned long long lines = 0;
  while ((at = static_cast<const char*>(
              std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
    ++lines;
    ++at;
  }
  std::printf("%llu lines %zu octets\n", lines, size);
  munmap(mapped, size);
  close(file);
  return 0;
}
