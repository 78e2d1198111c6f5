#pragma once
// Text-made captures: a script of what two hosts do, played into the packets that a capture would
// have. The odd thing that a test is about stands in the test, readable, and no binary file is
// needed.
//
//     const auto packets = packets_of(R"(
//       connect
//       S: 220 mx.example.com ESMTP
//       C: EHLO client.example.net
//       drop
//       S: 250 mx.example.com
//       close
//     )");
//
// A line is one of these; blanks before it do not count, and "#" begins a comment line.
//
//   connect [WHERE]    Three-way handshake: SYN, SYN-ACK, ACK. Begins a connection, and all lines
//                      that follow belong to it. Without WHERE it goes from 192.0.2.10:40000 (the
//                      second one from port 40001, ...) to 198.51.100.25:25. WHERE is any of:
//                      client=192.0.2.11:40001 server=[2001:db8::25]:2525 port=587
//                      isn=4294967290,7 (initial sequence numbers, the client's first)
//   syn [WHERE]        The client's SYN only. Once more, without WHERE: its retransmission.
//   answer             After `syn`: the SYN-ACK, and the client's ACK.
//   refuse [WHERE]     SYN, answered by RST. After `syn`, without WHERE: of that connection.
//   midstream [WHERE]  A connection that began before the capture: no handshake.
//   flow 1             Back to an earlier connection, counted from 1 as they began.
//
//   C: EHLO client     The client sends this line and CRLF, in one segment (more if it does not fit
//   S: 250 2.1.0 Ok    the MSS). S: is the server. Escapes: \r \n \t \0 \\ \xHH
//   C: EHLO cli\       A backslash at the end: no CRLF. "C:" alone sends an empty line.
//   C*: 70000 x        So many octets of `x` (any text, escapes as above, repeated), in segments of
//                      the MSS.
//   C@12: MAIL\         The client sends these octets at offset 12 of its stream, whatever it sent before:
//                      a repeat, an overlap, a jump ahead. S@12: too
//   ack C              A segment without payload that acknowledges what came.
//   keepalive C        A keep-alive probe: no payload, sequence number one too low.
//   C:fin              FIN with ACK, which the other side acknowledges.   S:fin too
//   C:rst              RST with ACK.                                      S:rst too
//   C:rst@70000        RST with ACK, its sequence number at this offset of the client's stream.
//   window C 0         From here on the client's segments announce this window.
//   icmp 3 13          An ICMP error of this type and code, about the last segment (dropped ones, too). Of IPv6
//                      connections it is ICMPv6. Behind it any of: mtu=1400 from=203.0.113.1 (who reports it; else
//                      the receiver) seq=70000 (added to the quoted sequence number) again (it stands twice)
//   ttl S 50           From here on the server's packets have this hop limit. ttl C, too
//   tls C hello 1.2    Records of TLS, as the line's words say: tls_words.hpp. tls S too
//   close              The client's FIN, the server's FIN, the client's ACK.
//
//   wait 2s            The next segment comes this much after the one before (us, ms, s, min), and
//                      not 10 ms. Waits in a row add up.
//   back 5s            The clock of the capture goes back by so much before the next segment.
//   badsum             The next segment's TCP checksum is wrong, and its receiver throws it away.
//   urgent             The next segment has the URG flag.
//   drop               The next segment is not in the capture, but its receiver has it.
//   again              The next segment stands twice in the capture, 200 ms apart: a
//                      retransmission. With `drop`: only the second one is there.
//   swap               The next two segments stand in the capture in swapped order.
//   snap 60            Of the next segment's frame only 60 octets are captured.
//   cut 3              The next C: or S: line goes in segments of at most 3 octets.
//
// "Segment" is every one, of the handshake too. Acknowledgement numbers are cumulative and always
// up to date: each segment acknowledges all that the other side has sent before it. Nothing but FIN
// is answered by an ACK of its own. Same script, same octets: times begin at 2026-01-02T03:04:05Z.
#include "tests/support/pcap_writer.hpp"
#include "tests/support/test_packet.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

namespace smtpscope::test {

// 2026-01-02T03:04:05Z
inline constexpr Timestamp script_start{std::chrono::seconds{1'767'323'045}};

struct ScriptOptions {
  LinkType link = LinkType::ethernet;
  Timestamp start = script_start;  // of the first packet
  std::size_t mss = 1460;          // most octets of payload in a segment; both sides announce it
};

// Throws std::invalid_argument, with the number of the line, on a script that makes no sense.
[[nodiscard]] std::vector<TestPacket> packets_of(std::string_view script,
                                                 ScriptOptions options = {});

}  // namespace smtpscope::test
