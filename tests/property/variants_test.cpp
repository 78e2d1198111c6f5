// One dialogue, many captures: another network, another place to capture at, another form of file.
// What is told must not depend on it. Each recorded sample is rewritten in every way below and
// compared with itself.
#include "analyzer/capture/source.hpp"
#include "tests/capture/reading.hpp"
#include "tests/property/telling.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/rewrite.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/wrap.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

const fs::path root = SMTPSCOPE_SOURCE_DIR;

struct Sample {
  std::string name;
  Packets packets;
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = [] {
    std::vector<Sample> found;
    for (const auto& entry : fs::recursive_directory_iterator(root / "samples")) {
      if (entry.path().extension() != ".pcap") continue;
      Reading reading = read_capture(entry.path().string());
      found.push_back(
          {fs::relative(entry.path(), root / "samples").string(), std::move(reading.packets)});
    }
    std::ranges::sort(found, {}, &Sample::name);
    return found;
  }();
  return all;
}

// Where two tellings part: what comes there in each.
std::string difference_of(const std::vector<std::string>& found,
                          const std::vector<std::string>& expected) {
  if (found.size() != expected.size()) {
    return std::to_string(found.size()) + " sessions, not " + std::to_string(expected.size());
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [at, other] = std::ranges::mismatch(found[i], expected[i]);
    if (at == found[i].end() && other == expected[i].end()) continue;
    const auto place = static_cast<std::size_t>(at - found[i].begin());
    constexpr std::size_t before = 60, shown = 160;
    const std::size_t from = place - std::min(place, before);
    return "session " + std::to_string(i + 1) + "\n  found:    " + found[i].substr(from, shown) +
           "\n  expected: " + expected[i].substr(from, shown);
  }
  return {};
}

using Rewrite = std::function<Packets(const Packets&)>;

// The sample that is about the size of segments, and how often one was sent again: neither stays
// where they are cut anew or sent twice.
constexpr std::string_view about_segments = "mtu-black-hole";

// `rewrite` changes nothing of what is told about any sample, but perhaps one.
void require_same(Same same, const Rewrite& rewrite, std::string_view except = "none") {
  REQUIRE(samples().size() > 50);
  for (const Sample& sample : samples()) {
    if (sample.name.starts_with(except)) continue;
    INFO(sample.name);
    const auto expected = told(sample.packets, same);
    const auto found = told(rewrite(sample.packets), same);
    CHECK(difference_of(found, expected) == "");
  }
}

// As require_same(), each packet alone.
void require_same_each(const char* name, const std::function<TestPacket(const TestPacket&)>& wrap) {
  INFO(name);
  require_same(Same::all_but_frames, [&wrap](const Packets& packets) {
    Packets out;
    for (const TestPacket& packet : packets) out.push_back(wrap(packet));
    return out;
  });
}

// `write` puts a capture into files of a folder, and gives their paths.
using Write = std::function<std::vector<std::string>(const Packets&, const fs::path& folder)>;

void require_same_files(const Write& write, Same same = Same::all_but_frames) {
  for (const Sample& sample : samples()) {
    INFO(sample.name);
    const TempFolder folder;
    capture::OpenedFiles opened = capture::open_files(write(sample.packets, folder.path()));
    REQUIRE(opened.source);
    CHECK(difference_of(told(*opened.source, same), told(sample.packets, same)) == "");
  }
}

}  // namespace

TEST_CASE("any form of file") {
  for (const PcapForm form : {PcapForm::micro_little, PcapForm::micro_big, PcapForm::nano_little,
                              PcapForm::nano_big, PcapForm::pcapng_little, PcapForm::pcapng_big}) {
    INFO("form " << static_cast<int>(form));
    require_same_files([form](const Packets& packets, const fs::path& folder) {
      write_file(folder / "capture", pcap_of(packets, form));
      return std::vector<std::string>{(folder / "capture").string()};
    });
  }
}

TEST_CASE("compressed") {
  for (const char* form : {"gzip", "zstd", "lz4", "xz", "bzip2"}) {
    INFO(form);
    require_same_files([form](const Packets& packets, const fs::path& folder) {
      write_file(folder / "capture", compressed(pcap_of(packets), form));
      return std::vector<std::string>{(folder / "capture").string()};
    });
  }
}

TEST_CASE("a ring of files, named in any order, or their folder") {
  constexpr std::size_t files = 3;
  const auto split = [](const Packets& packets, const fs::path& folder) {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < files; ++i) {
      const auto part = std::span(packets).subspan(packets.size() * i / files);
      const std::size_t length = packets.size() * (i + 1) / files - packets.size() * i / files;
      const fs::path path = folder / ("cap_0000" + std::to_string(i + 1) + "_20260102030405.pcap");
      write_file(path, pcap_of(part.first(length)));
      paths.push_back(path.string());
    }
    return paths;
  };
  require_same_files([&](const Packets& packets, const fs::path& folder) {
    std::vector<std::string> paths = split(packets, folder);
    std::ranges::reverse(paths);
    return paths;
  });
  require_same_files([&](const Packets& packets, const fs::path& folder) {
    (void)split(packets, folder);
    return std::vector<std::string>{folder.string()};
  });
}

TEST_CASE("two captures of one time, each with a part of the packets") {
  const auto deal = [](const Packets& packets, const fs::path& folder) {
    std::array<Packets, 2> parts;
    for (const TestPacket& packet : packets) parts[packet.number % 2].push_back(packet);
    std::vector<std::string> paths;
    for (const Packets& part : parts) {
      paths.push_back((folder / std::to_string(paths.size())).string());
      write_file(paths.back(), pcap_of(part));
    }
    return paths;
  };
  require_same_files(deal, Same::all_but_carriage);  // two packets of one microsecond have no order
}

TEST_CASE("another link layer, a tunnel") {
  require_same_each("VLAN", [](const TestPacket& packet) { return in_vlan(packet); });
  require_same_each("QinQ", in_qinq);
  require_same_each("MPLS", [](const TestPacket& packet) { return in_mpls(packet); });
  require_same_each("PPPoE", in_pppoe);
  require_same_each("GRE", [](const TestPacket& packet) { return in_gre(packet); });
  require_same_each("GRE, with Ethernet in it",
                    [](const TestPacket& packet) { return in_gre_ethernet(packet); });
  require_same_each("ERSPAN", [](const TestPacket& packet) { return in_erspan_2(packet); });
  require_same_each("VXLAN", [](const TestPacket& packet) { return in_vxlan(packet); });
  require_same_each("Geneve", [](const TestPacket& packet) { return in_geneve(packet); });
  require_same_each("GTP-U", [](const TestPacket& packet) { return in_gtp_u(packet); });
  require_same_each("IP in IP", in_ip);
  require_same_each("IP in IPv6", in_ipv6);
  require_same_each("802.11 with radiotap",
                    [](const TestPacket& packet) { return with_radiotap(as_wifi(packet)); });
  require_same_each("PPP", as_ppp);
  require_same_each("raw IP", as_raw_ip);
  require_same_each("VLAN in VXLAN in VLAN",
                    [](const TestPacket& packet) { return in_vlan(in_vxlan(in_vlan(packet))); });
}

TEST_CASE("fragments of 200 octets") {
  const auto rewrite = [](std::function<TestPacket(const TestPacket&)> wrap) {
    return [wrap = std::move(wrap)](const Packets& packets) {
      Packets out;
      for (const TestPacket& packet : packets) {
        const std::vector<TestPacket> pieces = fragmented(wrap(packet), 200);
        out.insert(out.end(), pieces.begin(), pieces.end());
      }
      renumber(out);
      return out;
    };
  };
  const auto as_it_is = [](const TestPacket& packet) { return packet; };
  require_same(Same::all_but_frames, rewrite(as_it_is));
  require_same(Same::all_but_frames,
               rewrite([](const TestPacket& packet) { return in_vxlan(packet); }));
}

TEST_CASE("cut at every octet") {
  require_same(
      Same::all_but_carriage, [](const Packets& packets) { return recut(packets, 1); },
      about_segments);
}

TEST_CASE("cut at every 7 octets") {
  require_same(
      Same::all_but_carriage, [](const Packets& packets) { return recut(packets, 7); },
      about_segments);
}

TEST_CASE("sequence numbers wrap in the middle") {
  require_same(Same::all_but_frames, wrapped_around);
}

TEST_CASE("each packet captured twice") { require_same(Same::all_but_carriage, captured_twice); }

TEST_CASE("each segment with payload sent twice") {
  require_same(Same::all_but_carriage, sent_twice, about_segments);
}

TEST_CASE("packets shuffled within a window") {
  for (const std::size_t window : {2U, 3U, 5U}) {
    INFO("window " << window);
    require_same(Same::what_was_said, [&](const Packets& packets) {
      // The same draws, whatever other samples there are.
      std::mt19937 random(static_cast<std::uint32_t>(window));
      return shuffled(packets, window, 1ms, random);
    });
  }
}

TEST_CASE("both directions have clocks of their own, within 1 ms") {
  for (const Nanoseconds ahead :
       {Nanoseconds{900us}, Nanoseconds{-900us}, Nanoseconds{50us}, Nanoseconds{-50us}}) {
    INFO("ahead by " << ahead.count() << " ns");
    require_same(Same::what_was_said,
                 [&](const Packets& packets) { return with_other_clock(packets, ahead); });
  }
}
