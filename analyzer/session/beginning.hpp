#pragma once
// The first packets of a flow, kept until it is known whether they are mail, and who is the client.
//
//     SYN, SYN-ACK, ACK          kept: nothing was said yet
//     220 mx.example.com ESMTP   mail: what was kept is played into a Connection, this segment behind it
//     GET / HTTP/1.1             other: nothing was copied for it
//
// Whoever opened the connection is the client. Where the SYN is missing, what is said tells, and
// the ports only if nothing that is said does.
#include "dissectors/base/stream.hpp"
#include "dissectors/net/segment.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace smtpscope::session {

// The first words of a dialogue are short; beyond this it is a flow that began before the capture,
// and its next words are no more likely to tell than those so far.
struct BeginningLimits {
  std::size_t packets = 512;      // a request of HTTP CONNECT in one-octet segments, and some more
  std::size_t octets = 8 * 1024;  // of payload
  // Segments that answer what the capture has not shown yet, and say nothing of mail: what they
  // answer may stand just behind them, where two taps or queues were read in turn.
  std::size_t early_answers = 3;
};

struct HeldSegment {
  net::Segment segment;  // without its payload
  Origin origin;
  std::vector<std::uint8_t> payload;

  [[nodiscard]] net::Segment view() const noexcept {
    net::Segment whole = segment;
    whole.payload = payload;
    return whole;
  }
};

struct Parties {
  net::Endpoint client;
  net::Endpoint server;
};
[[nodiscard]] Parties parties_of(const net::Segment& segment, Side sender) noexcept;

class Beginning {
 public:
  enum class Port : std::uint8_t { of_mail, any };
  enum class Kind : std::uint8_t { undecided, mail, other };
  struct Decision {
    Kind kind = Kind::undecided;
    Parties parties;  // of mail
  };

  // `by_ports`: who is who if nothing else tells.
  Beginning(Port port, const Parties& by_ports, BeginningLimits limits = {})
      : port_(port), by_ports_(by_ports), limits_(limits) {}

  // Looks at the next segment, and keeps a copy of it if that does not decide.
  [[nodiscard]] Decision take(const net::Segment& segment, Origin origin);
  // Nothing more will come, or there is no room for it.
  [[nodiscard]] Decision guess() const noexcept;
  // A SYN that belongs to another incarnation of the ports than what was kept.
  [[nodiscard]] bool is_reuse(const net::Segment& segment) const noexcept;
  // The connection was opened in what was taken.
  [[nodiscard]] bool saw_syn() const noexcept { return opened_.has_value(); }
  // Reset, or closed by both sides.
  [[nodiscard]] bool closed() const noexcept { return reset_ || (fin_[0] && fin_[1]); }

  [[nodiscard]] const std::vector<HeldSegment>& held() const noexcept { return held_; }
  // What it takes to keep them, roughly.
  [[nodiscard]] std::size_t cost() const noexcept {
    return held_.size() * sizeof(HeldSegment) + octets_;
  }
  [[nodiscard]] bool is_full() const noexcept {
    return held_.size() >= limits_.packets || octets_ >= limits_.octets;
  }

 private:
  [[nodiscard]] Decision decide_who(const net::Segment& segment) const noexcept;
  [[nodiscard]] Decision decide_what(const net::Segment& segment) const;
  [[nodiscard]] static std::optional<Decision> decide_behind_proxy(std::string_view client,
                                                                   std::string_view server,
                                                                   const Parties& parties);
  [[nodiscard]] bool answers_the_unseen(const net::Segment& segment) const noexcept;
  void keep(const net::Segment& segment, Origin origin);

  Port port_;
  Parties by_ports_;
  BeginningLimits limits_;
  std::vector<HeldSegment> held_;
  std::size_t octets_ = 0;
  std::size_t early_answers_ = 0;
  std::optional<Parties> opened_;  // by a SYN
  bool reset_ = false;
  std::array<bool, 2> fin_{};  // of the first packet's sender, of the other
};

}  // namespace smtpscope::session
