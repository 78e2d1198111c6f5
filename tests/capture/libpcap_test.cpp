// Packet by packet, what our reader tells is what libpcap tells, of every capture that there is;
// and where libpcap stops, we do not stop earlier.
#include "analyzer/capture/packet_time.hpp"
#include "analyzer/capture/source.hpp"
#include "dissectors/base/bytes.hpp"
#include "tests/support/catch.hpp"

#include <pcap.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace smtpscope;

namespace {

using Handle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

struct Compared {
  std::size_t files = 0, packets = 0, beyond_libpcap = 0;
};

bool is_pcapng(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  return std::string_view(magic.data(), magic.size()) == "\x0a\x0d\x0d\x0a";
}

// Of some link types libpcap changes the octets of a file whose byte order is not ours: headers
// that the writer's system made.
bool changes_octets(pcap_t* handle) {
  const int link = pcap_datalink(handle);
  return pcap_is_swapped(handle) == 1 &&
         (link == DLT_USB_LINUX || link == DLT_USB_LINUX_MMAPPED || link == DLT_NFLOG ||
          link == DLT_PFLOG || link == DLT_LINUX_SLL || link == DLT_IPNET);
}

// libpcap cuts what is longer than the file's own snap length; we tell all that is there.
bool same_octets(Bytes ours, Bytes theirs, std::size_t snap_length) {
  return ours.size() == theirs.size()
             ? std::ranges::equal(ours, theirs)
             : theirs.size() == snap_length && ours.size() > theirs.size() &&
                   std::ranges::equal(ours.first(theirs.size()), theirs);
}

void compare(const std::filesystem::path& path, Compared& compared) {
  INFO(path.string());
  std::array<char, PCAP_ERRBUF_SIZE> cause{};
  const Handle theirs(pcap_open_offline_with_tstamp_precision(
                          path.c_str(), PCAP_TSTAMP_PRECISION_NANO, cause.data()),
                      &pcap_close);
  capture::SourceResult opened = capture::open_file(path.string());
  if (!theirs) {
    if (opened) ++compared.beyond_libpcap;
    return;
  }
  REQUIRE(opened);
  capture::Source& ours = **opened;
  ++compared.files;
  const bool older = !is_pcapng(path);
  const bool changed = changes_octets(theirs.get());
  const auto snap_length = static_cast<std::size_t>(pcap_snapshot(theirs.get()));
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(theirs.get(), &header, &octets)) == 1) {
    const Packet* const packet = ours.next();
    INFO("error: " << (ours.error() ? ours.error()->what : ""));
    REQUIRE(packet != nullptr);
    INFO("packet " << packet->number);
    std::int64_t seconds = header->ts.tv_sec;
    if (older) seconds &= 0xffff'ffff;  // libpcap takes them as signed
    const bool same_time = packet->time == capture::packet_time(seconds, header->ts.tv_usec);
    const bool same_length = packet->wire_length == header->len;
    const bool same = changed || same_octets(packet->bytes, {octets, header->caplen}, snap_length);
    if (!same_time || !same_length || !same) {
      CHECK(same_time);
      CHECK(same_length);
      CHECK(same);
      return;
    }
    ++compared.packets;
  }
  const bool we_go_on = ours.next() != nullptr;
  if (result == PCAP_ERROR_BREAK) {
    CHECK_FALSE(we_go_on);
    if (ours.error()) CHECK(ours.error()->what == "");
  } else if (we_go_on) {
    ++compared.beyond_libpcap;
  } else {
    CHECK(ours.error());
  }
}

void compare_all_under(const std::filesystem::path& folder, Compared& compared) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) compare(path, compared);
}

}  // namespace

TEST_CASE("samples are read as libpcap reads them") {
  Compared compared;
  compare_all_under(SMTPSCOPE_SAMPLES, compared);
  CHECK(compared.files > 0);
  CHECK(compared.packets > compared.files);
}

TEST_CASE("captures by others are read as libpcap reads them, and farther") {
  const char* corpus = std::getenv("SMTPSCOPE_CORPUS");
  if (corpus == nullptr) {
    WARN("skipped: SMTPSCOPE_CORPUS is not set");
    return;
  }
  Compared compared;
  compare_all_under(std::filesystem::path(corpus) / "captures", compared);
  CHECK(compared.files > 1000);
  CHECK(compared.packets > compared.files);
  WARN(compared.files << " files, " << compared.packets << " packets as libpcap tells them; "
                      << compared.beyond_libpcap << " files are read beyond where it stops");
}
