// smtpscope_bench_walk FILE: reads a capture with libpcap and counts; what no analyzer can be
// faster than.
#include <pcap/pcap.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> capture(
      pcap_open_offline(argv[1], error.data()), &pcap_close);
  if (!capture) {
    std::fprintf(stderr, "%s\n", error.data());
    return 2;
  }
  unsigned long long packets = 0;
  unsigned long long octets = 0;
  pcap_pkthdr* header = nullptr;
  const std::uint8_t* bytes = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(capture.get(), &header, &bytes)) == 1) {
    ++packets;
    octets += header->caplen;
  }
  std::printf("%llu packets %llu octets\n", packets, octets);
  if (status == PCAP_ERROR_BREAK) return 0;
  std::fprintf(stderr, "%s\n", pcap_geterr(capture.get()));
  return 3;
}
