// Several files as one capture.
#include "tests/capture/reading.hpp"
#include "tests/support/block_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/script.hpp"
#include "tests/support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using namespace std::chrono_literals;

namespace {

// A capture of packets at these seconds; each packet has one octet, the file's letter.
std::string capture_at(char letter, const std::vector<std::int64_t>& seconds,
                       PcapForm form = PcapForm::micro_little) {
  std::vector<TestPacket> packets;
  for (const std::int64_t second : seconds) {
    TestPacket packet;
    packet.bytes = {static_cast<std::uint8_t>(letter)};
    packet.wire_length = 1;
    packet.time = Timestamp{std::chrono::seconds{second}};
    packets.push_back(std::move(packet));
  }
  return pcap_of(packets, form);
}

struct Merged {
  std::string letters;  // of the packets as told
  std::vector<FrameId> frames;
  std::vector<std::string> files;  // names without their folder
  std::vector<Error> opening_errors, left_out, errors;
  capture::FileNotes notes;
  bool cut_short = false;
  bool opened = false;
};

Merged merge(const std::vector<std::string>& paths, const std::string& bpf = {},
             capture::MergeLimits limits = {}) {
  capture::OpenedFiles opened = capture::open_files(paths, bpf, limits);
  Merged merged;
  merged.opening_errors = opened.errors;
  merged.left_out = opened.left_out;
  if (!opened.source) return merged;
  merged.opened = true;
  for (const std::string& name : opened.source->files()) {
    merged.files.push_back(std::filesystem::path(name).filename().string());
  }
  while (const Packet* packet = opened.source->next()) {
    merged.letters += static_cast<char>(packet->bytes.front());
    merged.frames.push_back(frame_of(*packet));
  }
  CHECK(opened.source->next() == nullptr);
  merged.errors = opened.source->errors();
  merged.notes = opened.source->notes();
  merged.cut_short = opened.source->cut_short();
  for (std::size_t i = 1; i < merged.frames.size(); ++i) {
    CHECK(merged.frames[i - 1] < merged.frames[i]);
  }
  return merged;
}

class Files {
 public:
  std::string add(const char* name, std::string_view content) {
    const auto path = folder_.path() / name;
    write_file(path, content);
    return path.string();
  }
  [[nodiscard]] std::string folder() const { return folder_.path().string(); }
  [[nodiscard]] std::string path(const char* name) const {
    return (folder_.path() / name).string();
  }

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("files come in the order of their first packets") {
  Files files;
  const std::string third = files.add("cap_00001.pcap", capture_at('c', {50, 60}));
  const std::string first = files.add("cap_00003.pcap", capture_at('a', {10, 20}));
  const std::string second =
      files.add("cap_00002.pcap", capture_at('b', {30, 40, 45}, PcapForm::pcapng_big));
  const Merged merged = merge({third, second, first});
  CHECK(merged.letters == "aabbbcc");
  CHECK(merged.files ==
        std::vector<std::string>{"cap_00003.pcap", "cap_00002.pcap", "cap_00001.pcap"});
  REQUIRE(merged.frames.size() == 7);
  CHECK(merged.frames[0].number == 1);
  CHECK(merged.frames[0].file == 0);
  CHECK(merged.frames[4].number == 3);
  CHECK(merged.frames[4].order == 5);
  CHECK(merged.frames[4].file == 1);
  CHECK(merged.frames[6].order == 7);
  CHECK(merged.errors.empty());
}

TEST_CASE("files of one time are merged packet by packet") {
  Files files;
  const std::string a = files.add("a.pcap", capture_at('a', {10, 20, 30, 40}));
  const std::string b = files.add("b.pcap", capture_at('b', {15, 20, 35}));
  const std::string c = files.add("c.pcap", capture_at('c', {33}));
  const std::string later = files.add("d.pcap", capture_at('d', {36, 50}));
  CHECK(merge({a, b, c, later}).letters == "ababacbdad");
}

TEST_CASE("inside of one file packets stay in their order") {
  Files files;
  const std::string a = files.add("a.pcap", capture_at('a', {10, 40, 12, 50}));
  const std::string b = files.add("b.pcap", capture_at('b', {11, 20, 45}));
  CHECK(merge({a, b}).letters == "abbaaba");
}

TEST_CASE("one packet that is decades ahead does not hold its file back") {
  Files files;
  const std::int64_t day = 86'400;
  const std::string a = files.add("a.pcap", capture_at('a', {10, 20'000 * day, 20, 30}));
  const std::string b = files.add("b.pcap", capture_at('b', {15, 25, 40}));
  CHECK(merge({a, b}).letters == "aababab");
  // Two of them are what the file says.
  const std::string c = files.add("c.pcap", capture_at('c', {10, 20'000 * day, 20'001 * day}));
  CHECK(merge({b, c}).letters == "ccbbbc");
}

TEST_CASE("a folder stands for the captures in it") {
  Files files;
  const std::string folder = files.folder();
  files.add("2.pcap.gz", compressed(capture_at('b', {20}), "gzip"));
  files.add("1", capture_at('a', {10}));
  files.add("notes.txt", "buy milk\n");
  files.add("empty.pcap", "");
  std::filesystem::create_directory(files.path("deeper"));
  write_file(files.path("deeper") + "/x.pcap", capture_at('x', {5}));
  const Merged merged = merge({folder});
  CHECK(merged.letters == "ab");
  CHECK(merged.opening_errors.empty());
  REQUIRE(merged.left_out.size() == 3);
  CHECK(merged.left_out[0].subject == files.path("empty.pcap"));
  CHECK(merged.left_out[0].what == "is empty");
  CHECK(merged.left_out[1].subject == files.path("notes.txt"));
  CHECK(merged.left_out[1].what == "not a capture file (looks like text)");
  CHECK(merged.left_out[2].subject == folder);
  CHECK(merged.left_out[2].what == "the directory in it");
}

TEST_CASE("a folder with no capture in it") {
  const Files files;
  std::filesystem::create_directory(files.path("empty"));
  std::filesystem::create_directory(files.path("texts"));
  write_file(files.path("texts") + "/notes.txt", "buy milk\n");
  const Merged empty = merge({files.path("empty")});
  CHECK_FALSE(empty.opened);
  REQUIRE(empty.opening_errors.size() == 1);
  CHECK(empty.opening_errors[0].what == "no file is in this directory");
  const Merged texts = merge({files.path("texts")});
  CHECK_FALSE(texts.opened);
  REQUIRE(texts.opening_errors.size() == 1);
  CHECK(texts.opening_errors[0].what == "no capture is in this directory");
  CHECK(texts.opening_errors[0].subject == files.path("texts"));
  CHECK(texts.left_out.size() == 1);
}

TEST_CASE("a folder of folders: they are not looked into, and that is told") {
  const Files files;
  for (const char* folder : {"2026-01", "2026-02"})
    std::filesystem::create_directory(files.path(folder));
  const Merged merged = merge({files.folder()});
  REQUIRE(merged.opening_errors.size() == 1);
  CHECK(merged.opening_errors[0].what == "no file is in this directory");
  REQUIRE(merged.left_out.size() == 1);
  CHECK(merged.left_out[0].what == "the 2 directories in it");
}

TEST_CASE("a file that is none does not keep the others") {
  Files files;
  const std::string a = files.add("a.pcap", capture_at('a', {10, 20}));
  const std::string text = files.add("notes.txt", "buy milk\n");
  const Merged merged = merge({text, a, files.path("missing.pcap")});
  CHECK(merged.letters == "aa");
  CHECK(merged.left_out.empty());
  REQUIRE(merged.opening_errors.size() == 2);
  CHECK(merged.opening_errors[0].what == "not a capture file (looks like text)");
  CHECK(merged.opening_errors[1].what == "no such file");
  CHECK_FALSE(merge({text}).opened);
}

TEST_CASE("damage ends one file, not the capture") {
  Files files;
  const std::string whole = capture_at('a', {10, 20, 30});
  const std::string a = files.add("a.pcap", whole.substr(0, whole.size() - 1));
  const std::string b = files.add("b.pcap", capture_at('b', {15, 40}));
  const std::string c = files.add("c.pcap", capture_at('c', {50}).substr(0, 30));
  const Merged merged = merge({a, b, c});
  CHECK(merged.letters == "abab");
  REQUIRE(merged.opening_errors.size() == 1);  // before its first packet
  CHECK(merged.opening_errors[0].subject == c);
  CHECK(merged.opening_errors[0].kind == ErrorKind::damaged);
  REQUIRE(merged.errors.size() == 1);
  CHECK(merged.errors[0].subject == a);
  CHECK(merged.errors[0].what.starts_with("the file ends inside packet 3"));
  CHECK_FALSE(merged.cut_short);  // the file that ended last is whole
}

TEST_CASE("captures without packets are captures") {
  Files files;
  const std::string empty = files.add("empty.pcap", capture_at('e', {}));
  CHECK(merge({empty}).opened);
  CHECK(merge({empty}).letters.empty());
  Blocks file;
  file.section()
      .interface(1)
      .secrets("CLIENT_RANDOM 1 2\n")
      .statistics(0, {{5, file.number(3, 8)}});
  const std::string notes = files.add("notes.pcapng", file.file());
  const std::string b =
      files.add("b.pcapng", Blocks().section().interface(1).packet(0, 5, "b").file());
  const Merged merged = merge({empty, notes, b});
  CHECK(merged.letters == "b");
  CHECK(merged.notes.key_log == "CLIENT_RANDOM 1 2\n");
  CHECK(merged.notes.dropped_by_interface == 3);
}

TEST_CASE("no more files are open than are read, and no more than the limit") {
  Files files;
  std::vector<std::string> ring, overlapping;
  std::string in_order;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    const std::int64_t start = letter * 100;
    in_order += std::string(2, letter);
    ring.push_back(
        files.add((std::string("ring") + letter).c_str(), capture_at(letter, {start, start + 50})));
    overlapping.push_back(files.add((std::string("over") + letter).c_str(),
                                    capture_at(letter, {letter, 1000 + letter})));
  }
  const Merged one_by_one = merge(ring, {}, {.open_files = 1});
  CHECK(one_by_one.letters == in_order);
  CHECK(one_by_one.notes.limits_reached == 0);
  const Merged all = merge(overlapping);
  CHECK(all.letters.size() == 52);
  CHECK(all.notes.limits_reached == 0);
  const Merged few = merge(overlapping, {}, {.open_files = 3});
  CHECK(few.letters.size() == 52);  // late, not lost
  CHECK(few.notes.limits_reached > 0);
}

TEST_CASE("a filter holds for all files, and leaves the numbers alone") {
  Files files;
  const auto at = [](std::string_view script, std::int64_t seconds) {
    return pcap_of(packets_of(script, {.start = Timestamp{std::chrono::seconds{seconds}}}));
  };
  const std::string a = files.add("a.pcap", at("connect\nS: 220 mx.example.com ESMTP", 100));
  const std::string b = files.add("b.pcap", at("connect\nS: 220 mx.example.com ESMTP", 200));
  const Merged merged = merge({a, b}, "tcp src port 25 and tcp[tcpflags] & tcp-syn == 0");
  REQUIRE(merged.frames.size() == 2);
  CHECK(merged.frames[0].number == 4);
  CHECK(merged.frames[0].order == 4);
  CHECK(merged.frames[1].number == 4);
  CHECK(merged.frames[1].order == 8);
  const Merged bad = merge({a, b}, "tcp prot 25");
  CHECK_FALSE(bad.opened);
  REQUIRE(bad.opening_errors.size() == 1);
  CHECK(bad.opening_errors[0].kind == ErrorKind::usage);
}

TEST_CASE("a pipe is merged with files, and read once") {
  Files files;
  const std::string pipe = files.path("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const std::string file = files.add("a.pcap", capture_at('a', {10, 30}));
  const std::string content = capture_at('p', {20, 40});
  std::thread writer([&] {
    const int descriptor = open(pipe.c_str(), O_WRONLY | O_CLOEXEC);
    (void)!write(descriptor, content.data(), content.size());
    close(descriptor);
  });
  const Merged merged = merge({file, pipe});
  writer.join();
  CHECK(merged.letters == "apap");
}
