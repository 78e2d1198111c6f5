#pragma once
// Turns of a session as the packets of a TCP connection, and packets as a pcap file.
//
//     Connection::next()  one packet at a time: handshake, segments of 1448 octets with an
//                         acknowledgement for every second one, FIN from both sides
//     PcapFile::add()     Ethernet around it, the next microseconds as its time
#include "tests/bench/mail.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::bench {

struct Peer {
  std::array<std::uint8_t, 4> address;
  std::uint16_t port;
};

using Frame = std::vector<std::uint8_t>;

class Connection {
 public:
  Connection(Peer client, Peer server, std::uint32_t client_isn, std::uint32_t server_isn,
             std::vector<Turn> turns);
  // The next packet of the connection, with valid checksums, or nothing when it has ended.
  [[nodiscard]] std::optional<Frame> next();
  // How much is said in the turn that is being sent.
  [[nodiscard]] std::size_t octets_of_turn() const noexcept {
    return turn_ < turns_.size() ? turns_[turn_].octets.size() : 0;
  }

 private:
  enum class Stage { syn, syn_ack, opened, turns, client_fin, server_fin, last_ack, over };
  struct End {
    Peer peer;
    std::uint32_t sequence;  // of its next octet
  };
  [[nodiscard]] std::optional<Frame> next_of_turns();
  [[nodiscard]] Frame packet(Side from, std::uint8_t flags, std::string_view payload);
  [[nodiscard]] End& end(Side side) { return side == Side::client ? client_ : server_; }

  End client_, server_;
  std::vector<Turn> turns_;
  Stage stage_ = Stage::syn;
  std::size_t turn_ = 0;         // the one being sent
  std::size_t sent_ = 0;         // of it
  unsigned unacknowledged_ = 0;  // segments of it since the last acknowledgement
  std::uint32_t clock_ = 1000;   // of the TCP timestamps
};

class PcapFile {
 public:
  // Ends the program if the file cannot be written; so do the others.
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
