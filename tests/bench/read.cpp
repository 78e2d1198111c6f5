// smtpscope_bench_read FILE: reads a capture with our reader and counts, as smtpscope_bench_walk
// does with libpcap.
#include "analyzer/capture/source.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  smtpscope::capture::SourceResult source = smtpscope::capture::open_file(argv[1]);
  if (!source) {
    std::fprintf(stderr, "%s\n", source.error().what.c_str());
    return 2;
  }
  unsigned long long packets = 0;
  unsigned long long octets = 0;
  while (const smtpscope::Packet* packet = (*source)->next()) {
    ++packets;
    octets += packet->bytes.size();
  }
  std::printf("%llu packets %llu octets\n", packets, octets);
  if (!(*source)->error()) return 0;
  std::fprintf(stderr, "%s\n", (*source)->error()->what.c_str());
  return 3;
}
