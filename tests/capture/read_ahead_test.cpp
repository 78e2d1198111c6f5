// Reading ahead: the same octets, the same end, and nobody waits for a thread that is not needed.
#include "analyzer/capture/read_ahead.hpp"

#include "tests/capture/reading.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/compress.hpp"
#include "tests/support/pcap_writer.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using capture::InputFailure;

namespace {

std::string numbered(std::size_t octets) {
  std::string text;
  for (std::size_t line = 0; text.size() < octets; ++line) text += std::to_string(line) + '\n';
  text.resize(octets);
  return text;
}

// Gives pieces of any size, and notes which thread asked.
class Pieces final : public capture::Input {
 public:
  Pieces(std::string text, std::optional<InputFailure> end, bool is_file = true)
      : Input("pieces"), text_(std::move(text)), end_(std::move(end)), is_file_(is_file) {}

  Progress progress() const noexcept override {
    return is_file_ ? Progress{given_, text_.size()} : Progress();
  }
  std::string compression() const override { return "pieces"; }
  [[nodiscard]] std::thread::id last_reader() const noexcept { return last_reader_; }

 private:
  std::size_t read_some(std::span<std::uint8_t> buffer) override {
    last_reader_ = std::this_thread::get_id();
    const std::size_t octets =
        std::min({buffer.size(), text_.size() - given_, 1 + random_() % 200'000});
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(given_), octets, buffer.begin());
    given_ += octets;
    if (octets == 0 && end_) fail(*end_);
    return octets;
  }

  std::string text_;
  std::optional<InputFailure> end_;
  bool is_file_;
  std::size_t given_ = 0;
  std::minstd_rand random_{1};
  std::thread::id last_reader_;
};

std::string rest_of(capture::Input& input, std::size_t piece_max) {
  std::string text;
  std::vector<std::uint8_t> piece(piece_max);
  while (const std::size_t octets = input.read(piece)) {
    text.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(octets));
    CHECK(input.progress().done >= text.size());
  }
  return text;
}

}  // namespace

TEST_CASE("what is read ahead is what is there, to the end or the failure") {
  const std::size_t octets = GENERATE(as<std::size_t>(), 0, 1, 5000, 1'200'000);
  const std::size_t piece = GENERATE(as<std::size_t>(), 777, 100'000, 1'000'000);
  const bool fails = GENERATE(false, true);
  CAPTURE(octets, piece, fails);
  const std::string text = numbered(octets);
  auto pieces = std::make_unique<Pieces>(
      text,
      fails ? std::optional(InputFailure{InputFailure::Kind::damaged, "crc error"}) : std::nullopt);
  const Pieces& inner = *pieces;
  capture::ReadAhead ahead(std::move(pieces), 4096);
  ahead.read_ahead();
  CHECK(rest_of(ahead, piece) == text);
  CHECK(ahead.failure().has_value() == fails);
  if (fails) CHECK(ahead.failure()->cause == "crc error");
  std::vector<std::uint8_t> more(16);
  CHECK(ahead.read(more) == 0);
  CHECK((inner.last_reader() == std::this_thread::get_id()) == (octets < 4096));
  CHECK(ahead.name() == "pieces");
  CHECK(ahead.compression() == "pieces");
}

TEST_CASE("nobody reads ahead where it was not asked for, or of what may keep us waiting") {
  const bool is_asked = GENERATE(false, true);
  const std::string text = numbered(2'000'000);
  auto pieces = std::make_unique<Pieces>(text, std::nullopt, !is_asked);
  const Pieces& inner = *pieces;
  capture::ReadAhead ahead(std::move(pieces), 1);
  if (is_asked) ahead.read_ahead();
  std::string read;
  std::vector<std::uint8_t> piece(100'000);
  while (const std::size_t octets = ahead.read(piece)) {
    read.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(octets));
    REQUIRE(inner.last_reader() == std::this_thread::get_id());
  }
  CHECK(read == text);
}

TEST_CASE("who wants no more need not read to the end") {
  const std::size_t pieces_read = GENERATE(as<std::size_t>(), 1, 2, 50);
  capture::ReadAhead ahead(std::make_unique<Pieces>(numbered(2'500'000), std::nullopt), 1);
  ahead.read_ahead();
  std::vector<std::uint8_t> piece(1000);
  for (std::size_t i = 0; i < pieces_read; ++i) CHECK(ahead.read(piece) > 0);
}

TEST_CASE("captures that are decompressed ahead are told like others") {
  std::vector<TestPacket> packets;
  for (int i = 0; i < 3000; ++i) {
    TestPacket packet;
    const std::string octets = numbered(static_cast<std::size_t>(200 + i % 1000));
    packet.bytes.assign(octets.begin(), octets.end());
    packet.wire_length = static_cast<std::uint32_t>(octets.size());
    packet.time = Timestamp{std::chrono::seconds{i}};
    packets.push_back(std::move(packet));
  }
  const std::string capture = pcap_of(packets);
  REQUIRE(capture.size() > 2 * 1024 * 1024);
  const TempFolder folder;
  const char* const form = GENERATE("gzip", "zstd", "xz", "bzip2", "lz4");
  const bool is_cut = GENERATE(false, true);
  CAPTURE(form, is_cut);
  std::string octets = compressed(capture, form);
  if (is_cut) octets.resize(octets.size() - octets.size() / 4);
  const std::string path = (folder.path() / "mail").string();
  write_file(path, octets);

  using Told = std::pair<std::vector<std::uint64_t>, std::string>;
  enum class Decompressed { when_asked, ahead };
  const auto read = [](capture::Source& source, Decompressed when) {
    if (when == Decompressed::ahead) source.decompress_ahead();
    Told told;
    while (const Packet* packet = source.next()) told.first.push_back(packet->bytes.size());
    if (source.error()) told.second = source.error()->what;
    return told;
  };
  const auto read_one = [&](Decompressed when) {
    capture::SourceResult source = capture::open_file(path);
    REQUIRE(source);
    return read(**source, when);
  };
  const auto read_two = [&](Decompressed when) {
    return read(*capture::open_files({path, path}).source, when);
  };
  const Told one = read_one(Decompressed::when_asked);
  CHECK(one.second.empty() != is_cut);
  CHECK(read_one(Decompressed::ahead) == one);
  CHECK(read_two(Decompressed::ahead) == read_two(Decompressed::when_asked));
}
