#pragma once
// The catalogue's rows of the group capture: what the capture cannot show. In the order of RuleId;
// catalogue.cpp joins the groups.
#include "analyzer/findings/finding.hpp"

#include <array>

namespace smtpscope::findings::rows {

using enum RuleId;
using enum Severity;

inline constexpr auto capture = std::to_array<RuleInfo>({
    {.id = capture_gap,
     .name = "capture.gap",
     .severity = warning,
     .when = "Octets that the receiver acknowledged are not in the capture.",
     .meaning = "The mail itself lost nothing; but what stood in the gap is unknown, and so is "
                "which command a reply beside it belongs to.",
     .remedy =
         "Capture with a larger buffer (-B), to a faster disk, or with a narrower filter (-f).",
     .reference = "RFC 9293, 3.4: an acknowledgement shows what was received",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         drop
         C: NOOP
         drop
         S: 250 2.0.0 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = capture_cut_by_snaplen,
     .name = "capture.cut-by-snaplen",
     .severity = warning,
     .when = "Packets are shorter in the capture than they were on the wire.",
     .meaning = "The end of each of these packets is unknown: commands, replies and message text "
                "are missing.",
     .remedy = "Capture again with whole packets (-s 0 in tcpdump, -s 262144 here).",
     .reference = "tcpdump(1), -s",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         snap 60
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = capture_midstream,
     .name = "capture.midstream",
     .severity = note,
     .when = "The connection began before the capture.",
     .meaning = "Greeting, EHLO and perhaps earlier messages are not seen.",
     .remedy = "To see them, begin the capture before the connection, or wait for the next one.",
     .reference = "RFC 9293, 3.5: a connection begins with SYN",
     .example = R"(
         midstream
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = capture_open,
     .name = "capture.open",
     .severity = note,
     .when = "The connection was still open when the capture ended.",
     .meaning = "How the session went on is unknown.",
     .remedy = "To see its end, capture for longer than the session lasts.",
     .reference = "RFC 9293, 3.6: a connection ends with FIN or RST",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com)"},
    {.id = capture_truncated_file,
     .name = "capture.truncated-file",
     .severity = warning,
     .when = "The capture file breaks off inside a packet while the connection was open.",
     .meaning = "What came after that point is lost, so the end of the session is unknown.",
     .remedy = "Copy the file again once the capture has been stopped, or look whether its disk "
               "was full.",
     .reference = "pcap-savefile(5)",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         # here the file breaks off, inside the next packet)"},
    {.id = capture_clock,
     .name = "capture.clock",
     .severity = note,
     .when = "Time runs backwards between two packets by more than 1 ms; a warning above 1 s.",
     .meaning = "The clock was set while the capture ran, or packets of several clocks were mixed: "
                "waits and durations across that point mean nothing, and none is told.",
     .remedy =
         "Keep the capturing host's clock by NTP, and capture both directions with one clock.",
     .reference = "pcap-savefile(5): packets bear the time of the capturing host",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         back 3s
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = capture_limit,
     .name = "capture.limit",
     .severity = warning,
     .when = "A limit of the analyzer was reached, so something was left out.",
     .meaning = "What lies beyond the limit is missing in what is told of this session, as if it "
                "had not been captured.",
     .remedy = "Narrow the capture with a filter (-f), or look at fewer connections at a time.",
     .reference = "docs/ARCHITECTURE.md: a limit that is reached is counted",
     .example = R"(
         # smtpscope --max-exchanges 2
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
});

}  // namespace smtpscope::findings::rows
