// Any octets, read as a capture file, compressed or not: they are refused with a reason, or give
// packets that are numbered from 1 and no longer than the limit, and an end that stays the end; and
// how they come, in one piece or in many, changes nothing of it.
//
// Input: a file.
#include "analyzer/capture/file.hpp"
#include "analyzer/capture/reader.hpp"
#include "dissectors/base/check.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace smtpscope;

namespace {

// Enough of a file of zeros, which is packets without octets for ever.
constexpr std::uint64_t packets_max = 20'000;

// A slow pipe.
class Pieces final : public capture::Input {
 public:
  Pieces(Bytes octets, std::size_t piece) : Input("in pieces"), rest_(octets), piece_(piece) {}

 private:
  std::size_t read_some(std::span<std::uint8_t> buffer) override {
    const std::size_t octets = std::min({buffer.size(), rest_.size(), piece_});
    if (octets != 0) std::memcpy(buffer.data(), rest_.data(), octets);
    rest_ = rest_.subspan(octets);
    return octets;
  }
  Bytes rest_;
  std::size_t piece_;
};

struct Reading {
  std::uint64_t packets = 0;
  std::uint64_t digest = 0xcbf2'9ce4'8422'2325;  // of all that packets have
  std::string refused, error;                    // empty: none
  bool cut_short = false;
  capture::FileNotes notes;

  void add(std::uint64_t value) { digest = (digest ^ value) * 0x100'0000'01b3; }
};

void take(const Packet& packet, Reading& reading) {
  check(packet.number == ++reading.packets, "packets are numbered from 1");
  check(packet.bytes.size() <= capture::ReadLimits().packet_octets,
        "no packet is longer than the limit");
  for (const std::uint8_t octet : packet.bytes) reading.add(octet);
  reading.add(packet.bytes.size());
  reading.add(static_cast<std::uint64_t>(packet.time.time_since_epoch().count()));
  reading.add(packet.wire_length);
  reading.add(static_cast<std::uint64_t>(packet.link));
}

Reading read(std::unique_ptr<capture::Input> input) {
  Reading reading;
  capture::SourceResult source = capture::open_input(std::move(input));
  if (!source) {
    reading.refused = source.error().what;
    check(!reading.refused.empty(), "who refuses says why");
    return reading;
  }
  const Packet* packet = nullptr;
  while (reading.packets < packets_max && (packet = (*source)->next()) != nullptr)
    take(*packet, reading);
  if (packet == nullptr) check((*source)->next() == nullptr, "the end stays the end");
  if (const auto& error = (*source)->error()) reading.error = error->what;
  reading.cut_short = (*source)->cut_short();
  reading.notes = (*source)->notes();
  check(!reading.cut_short || !reading.error.empty(), "a break is told");
  check(reading.notes.key_log.size() <= capture::ReadLimits().key_log_octets,
        "secrets are bounded");
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file{data, size};
  const Reading whole = read(capture::Input::of_memory("in memory", file));
  const Reading pieces = read(std::make_unique<Pieces>(file, 1 + size % 13));
  check(whole.packets == pieces.packets, "as many packets");
  check(whole.digest == pieces.digest, "the same packets");
  // A head of a few octets, which is all that came, looks like less than a longer one.
  check(whole.refused.empty() == pieces.refused.empty(), "the same is refused");
  check(whole.error == pieces.error, "the same end");
  check(whole.cut_short == pieces.cut_short, "the same break");
  check(whole.notes.key_log == pieces.notes.key_log, "the same secrets");
  check(whole.notes.dropped() == pieces.notes.dropped(), "the same losses");
  return 0;
}
