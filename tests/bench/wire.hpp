#pragma once
// Plays as the packets of TCP connections, and packets as a pcap file.
//
//     Connection::next()  one packet at a time: handshake, segments of 1448 octets with an
//                         acknowledgement for every second one, FIN from both sides
//     PcapFile::add()     Ethernet around it, the next microseconds as its time
//
// Where packets are lost, both sides do what TCP does: the receiver acknowledges what stands before
// the hole, and the sender sends it again after three such, or when all else is sent.
#include "tests/bench/play.hpp"
#include "tests/bench/random.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::bench {

using Frame = std::vector<std::uint8_t>;

// What becomes of packets, in per mille of them. The capture stands between the sender and the
// receiver.
struct Faults {
  unsigned lost_before = 0;  // of data: neither captured nor received, and sent again
  unsigned lost_behind = 0;  // of data: captured, not received, and sent again: captured twice
  unsigned unseen = 0;       // received, and never captured
  unsigned overtaken = 0;    // of data: by the next segment

  [[nodiscard]] constexpr bool any() const noexcept {
    return lost_before + lost_behind + unseen + overtaken > 0;
  }
};

class Connection {
 public:
  Connection(Peer client, Play play, std::uint32_t client_isn, std::uint32_t server_isn,
             const Faults& faults = {});
  // The next packet that is captured, with valid checksums, or nothing when the connection has
  // ended.
  [[nodiscard]] std::optional<Frame> next();
  // How much is said in the turn that is being sent.
  [[nodiscard]] std::size_t octets_of_turn() const noexcept {
    return turn_ < turns_.size() ? turns_[turn_].octets.size() : 0;
  }
  // All is sent and something of it was lost: what comes next comes when the sender's timer says
  // so.
  [[nodiscard]] bool waits() const noexcept {
    return !missing_.empty() && sent_ == octets_of_turn();
  }

 private:
  enum class Stage { syn, syn_ack, opened, turns, first_fin, second_fin, last_ack, over };
  enum class Fate { passes, lost_before, lost_behind, unseen };
  struct End {
    Peer peer;
    std::uint32_t sequence;  // of its next octet
  };
  struct Piece {  // of the turn
    std::size_t at;
    std::size_t octets;
  };
  // Each takes a step; nothing if its packet is not captured.
  [[nodiscard]] std::optional<Frame> step();
  [[nodiscard]] std::optional<Frame> step_of_turn();
  [[nodiscard]] std::optional<Frame> send(const Piece& piece);
  [[nodiscard]] std::optional<Frame> bare(Side from, std::uint8_t flags);

  [[nodiscard]] Piece next_piece();
  [[nodiscard]] Frame acknowledgement();
  [[nodiscard]] Fate fate_of_data();
  [[nodiscard]] bool is_unseen();
  [[nodiscard]] bool is_overtaken();
  [[nodiscard]] Frame packet(Side from, std::uint8_t flags);
  [[nodiscard]] End& end(Side side) { return side == Side::client ? client_ : server_; }

  End client_, server_;
  std::vector<Turn> turns_;
  Side closes_;
  Faults faults_;
  Random luck_;
  Stage stage_ = Stage::syn;
  std::size_t turn_ = 0;         // the one being sent
  std::size_t sent_ = 0;         // of it, once at least
  std::deque<Piece> missing_;    // sent, and not received: oldest first
  unsigned unacknowledged_ = 0;  // segments of it since the last acknowledgement
  unsigned repeats_ = 0;         // acknowledgements of what stands before the hole
  bool one_is_late_ = false;     // the packet that step() just gave is overtaken by the next one
  std::optional<Frame> late_;    // ... which went ahead of this one
  std::uint32_t clock_ = 1000;   // of the TCP timestamps
};

class PcapFile {
 public:
  // "-" is standard output. Ends the program if the file cannot be written; so do the others.
  explicit PcapFile(const std::string& path);
  void add(const Frame& frame, std::uint64_t microseconds);
  void close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  void write(const void* octets, std::size_t size);

  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace smtpscope::bench
