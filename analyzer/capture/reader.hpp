#pragma once
// The two forms of capture files, read record by record out of a Window.
//
//     Window  | header | record | record | ...        each record whole, where it lies
//        v
//     Reader::next(packet)                            a view into the window
//
// Ours and not libpcap's, because libpcap reads neither several link types nor several sections of
// different byte order, and drops what is no packet (secrets, statistics).
#include "analyzer/capture/file_numbers.hpp"
#include "analyzer/capture/source.hpp"
#include "analyzer/capture/window.hpp"
#include "dissectors/base/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace smtpscope::capture {

struct ReadLimits {
  // Octets of a packet that are told. What libpcap writes at most; USB and D-Bus have more, and no
  // mail in it.
  std::size_t packet_octets = 262'144;
  // Octets of a block of pcapng. A longer one is damage: the length stands at a wrong place.
  std::uint32_t block_octets = 16 * 1024 * 1024;
  std::size_t interfaces = 65'536;                // of a section
  std::size_t key_log_octets = 16 * 1024 * 1024;  // TLS secrets of all blocks: some 80,000 sessions
  std::size_t comment_octets = 64 * 1024;         // comments on sections
};
// The largest record that has to be seen in one piece, and much that is read in one go.
inline constexpr std::size_t window_octets = 512 * 1024;

class Reader {
 public:
  enum class Step : std::uint8_t {
    packet,   // there is one
    end,      // the file ends behind a record
    cut,      // the file ends in a record
    damaged,  // damage() says how
  };
  struct Damage {
    std::string cause;         // "a block of 8 octets"
    std::uint64_t offset = 0;  // of the record that is damaged, in the file
  };

  virtual ~Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Reads what stands before the first packet. Step::packet: it was good; Step::end does not occur.
  [[nodiscard]] virtual Step open() = 0;
  // Sets all of `packet` but its number, file and order, if the step is Step::packet.
  [[nodiscard]] virtual Step next(Packet& packet) = 0;
  [[nodiscard]] const Damage& damage() const noexcept { return damage_; }
  // Of the first interface.
  [[nodiscard]] LinkType link_type() const noexcept { return link_type_; }
  [[nodiscard]] const FileNotes& notes() const noexcept { return notes_; }
  // What of its key log was not taken yet.
  [[nodiscard]] std::string take_key_log() {
    if (key_log_taken_ == notes_.key_log.size()) return {};
    return notes_.key_log.substr(std::exchange(key_log_taken_, notes_.key_log.size()));
  }
  [[nodiscard]] virtual bool is_pcapng() const noexcept = 0;
  // Of the section that was read last.
  [[nodiscard]] ByteOrder byte_order() const noexcept { return order_; }

 protected:
  Reader(Window& window, const ReadLimits& limits) : window_(window), limits_(limits) {}
  [[nodiscard]] Step damaged(std::string cause) {
    damage_ = {std::move(cause), window_.offset()};
    return Step::damaged;
  }

  Window& window_;
  ReadLimits limits_;
  ByteOrder order_ = ByteOrder::ours;
  LinkType link_type_ = LinkType::ethernet;
  FileNotes notes_;

 private:
  Damage damage_;
  std::size_t key_log_taken_ = 0;
};

[[nodiscard]] std::unique_ptr<Reader> make_pcap_reader(Window& window, const ReadLimits& limits);
[[nodiscard]] std::unique_ptr<Reader> make_pcapng_reader(Window& window, const ReadLimits& limits);

// The link type that a file's number means: some systems wrote their own DLT_RAW.
[[nodiscard]] LinkType link_type_of_file(std::uint32_t number) noexcept;
// How many octets a packet of that link type can have: where libpcap draws the line.
[[nodiscard]] std::uint32_t captured_octets_max(LinkType link) noexcept;

}  // namespace smtpscope::capture
