#pragma once
// The catalogue's rows of the group net: what TCP and IP say. In the order of RuleId; catalogue.cpp
// joins the groups.
#include "analyzer/findings/finding.hpp"

#include <array>

namespace smtpscope::findings::rows {

using enum RuleId;
using enum Severity;

inline constexpr auto net = std::to_array<RuleInfo>({
    {.id = net_refused,
     .name = "net.refused",
     .severity = error,
     .when = "A connection attempt (SYN) was answered by RST.",
     .meaning = "Nothing listens on that port, or a firewall on the way says no; no mail can go "
                "there, and a client that has other MX hosts tries them.",
     .remedy = "Check on the server that the mail service runs and listens on this address and "
               "port, then the firewalls between the two.",
     .reference = "RFC 9293, 3.10.7.1; RFC 5321, 4.5.4.1",
     .example = R"(
         refuse)"},
    {.id = net_timeout,
     .name = "net.timeout",
     .severity = error,
     .when = "Connection attempts (SYN) were never answered.",
     .meaning = "A firewall drops the packets, the host is down, or the address is wrong; the "
                "client keeps the mail and tries again later.",
     .remedy = "Check the address in DNS and the route, and whether a provider or firewall blocks "
               "this port outbound (25 often is) or inbound.",
     .reference = "RFC 9293, 3.8.3; RFC 5321, 4.5.4.1",
     .example = R"(
         syn
         wait 1s
         syn
         wait 2s
         syn)"},
    {.id = net_slow_connect,
     .name = "net.slow-connect",
     .severity = warning,
     .when = "The handshake needed a second SYN, or took more than 1 s.",
     .meaning = "Packets were lost on the way, or the server's queue of new connections was full; "
                "each further try comes later than the one before, so mail is delayed although all "
                "else is well.",
     .remedy = "Look at the server for a full listen queue (too few processes), then for loss and "
               "for filters that drop the first SYN between the two hosts.",
     .reference = "RFC 9293, 3.8.3; RFC 6298, 5.7",
     .example = R"(
         syn
         wait 1s
         syn
         answer
         S: 220 mx.example.com ESMTP
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_icmp_unreachable,
     .name = "net.icmp-unreachable",
     .severity = error,
     .when = "An ICMP error quotes a packet of this connection; a note where the sender adapts and "
             "goes on.",
     .meaning = "Somebody on the way, or the other host, says that the packet cannot be delivered, "
                "and why: what was in it did not arrive.",
     .remedy = "Look at the host that sent the ICMP error: for the rule of its packet filter where "
               "it says \"prohibited\", for its route where it says \"unreachable\", for the MTU "
               "of its link where it says \"fragmentation needed\" or \"packet too big\".",
     .reference = "RFC 792; RFC 4443; RFC 1191; RFC 5461",
     .example = R"(
         syn
         icmp 3 13 from=203.0.113.1)"},
    {.id = net_reset,
     .name = "net.reset",
     .severity = error,
     .when = "An RST cut the connection off in the middle of the dialogue.",
     .meaning =
         "What was pending is lost, and the client has to begin again; the RST may come from the "
         "host whose address it bears, or from a firewall or filter between the two.",
     .remedy = "Look into the log of the side that sent the RST at that second; if it knows "
               "nothing of it, a box in between sent it.",
     .reference = "RFC 9293, 3.5.2; RFC 5321, 3.8",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         wait 2s
         S:rst)"},
    {.id = net_closed_early,
     .name = "net.closed-early",
     .severity = warning,
     .when = "A side closed the connection (FIN) while a message or a dialogue was unfinished, and "
             "said nothing about it.",
     .meaning = "The message did not arrive; a server that has to close owes the client a 421, and "
                "a client should end with QUIT.",
     .remedy = "Look for a time limit, a crash or a restart in the log of the side that closed.",
     .reference = "RFC 5321, 3.8 and 4.1.1.10",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         S:fin
         C:fin)"},
    {.id = net_asymmetric,
     .name = "net.asymmetric",
     .severity = note,
     .when = "The packets of only one direction are in the capture.",
     .meaning = "What the other side said is unknown, so nothing is said about replies or "
                "delivery; packets of the two directions probably take different ways.",
     .remedy = "Capture on one of the two hosts, or mirror both directions of the link.",
     .reference = "RFC 9293, 3.4: an acknowledgement shows what the other side sent",
     .example = R"(
         midstream
         C: EHLO client.example.net
         drop
         S: 250 mx.example.com
         C: QUIT
         drop
         S: 221 2.0.0 Bye
         ack C)"},
    {.id = net_slow_greeting,
     .name = "net.slow-greeting",
     .severity = warning,
     .when = "The greeting came more than 5 s after the connection was made.",
     .meaning = "A client should wait 5 minutes, but many give up sooner, and mail is delayed or "
                "lost to another MX.",
     .remedy = "On the server look for slow DNS, ident or block list lookups before the greeting, "
               "for too few processes, or for a delay that is meant to shake off spammers.",
     .reference = "RFC 5321, 4.5.3.2.1",
     .example = R"(
         connect
         wait 12s
         S: 220 mx.example.com ESMTP
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_slow_reply,
     .name = "net.slow-reply",
     .severity = warning,
     .when = "A reply took more than 5 s, or more than 10 s after the end of a message.",
     .meaning = "The server was busy with this command; if the client gives up before the reply, "
                "the mail is delayed, or delivered twice.",
     .remedy = "Find out what the server does at this command: lookups and callouts at RCPT, "
               "content filters after the end of the message.",
     .reference = "RFC 5321, 4.5.3.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         wait 9s
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_proxy_refused,
     .name = "net.proxy-refused",
     .severity = error,
     .when = "A SOCKS or HTTP proxy was asked to connect the client to a server, and did not.",
     .meaning =
         "The client never reached the server of mail; what the proxy says is all that is known.",
     .remedy = "Correct what the answer names: the login, the proxy's rules, or the way from the "
               "proxy to the server.",
     .reference = "RFC 1928, 6; RFC 9110, 9.3.6",
     .example = R"(
         connect port=3128
         C: CONNECT mx.example.com:25 HTTP/1.1
         C:
         S: HTTP/1.1 403 Forbidden
         S:
         close)"},
    {.id = net_stalled,
     .name = "net.stalled",
     .severity = error,
     .when = "A segment was sent again and again, and nothing was acknowledged until the end.",
     .meaning = "Nothing gets through to the other host any more, so the session hangs until one "
                "side gives up; mail that was not accepted yet is tried again later.",
     .remedy = "Look for a route, tunnel or firewall between the two that broke at that moment, or "
               "for a host that went down.",
     .reference = "RFC 9293, 3.8.1 and 3.8.3; RFC 6298",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: HELO client.example.net
         S: 250 mx.example.com
         C: NOOP
         wait 300ms
         C@25: NOOP
         wait 600ms
         C@25: NOOP
         wait 1200ms
         C@25: NOOP)"},
    {.id = net_mtu_black_hole,
     .name = "net.mtu-black-hole",
     .severity = error,
     .when = "Large segments never arrive while small ones do, until the end.",
     .meaning =
         "Somewhere on the way packets above a size are dropped and no ICMP says so: commands "
         "pass, the message does not, and the client gives up and tries again, in vain.",
     .remedy = "Let ICMP \"fragmentation needed\" (ICMPv6 \"packet too big\") pass, clamp the MSS "
               "on the router or tunnel, or lower the MTU of the sending host; ping with large "
               "packets that must not be fragmented finds the place.",
     .reference = "RFC 2923, 2.1; RFC 4821",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         # the message never comes; the next octet is the 20000th
         C@20000: \
         wait 5s
         C@20000: \)"},
    {.id = net_zero_window,
     .name = "net.zero-window",
     .severity = warning,
     .when = "The receive window of a side stayed closed for 1 s or more.",
     .meaning = "That host's program did not read what had come, so the other side had to wait: "
                "the delay is made there, not on the way.",
     .remedy = "Look at that host for a mail program or content filter that is overloaded or waits "
               "for a disk.",
     .reference = "RFC 9293, 3.8.6.1",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C*: 1000 x
         window S 0
         ack S
         wait 2s
         window S 64240
         ack S
         C:
         C: .
         S: 250 2.0.0 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_loss,
     .name = "net.loss",
     .severity = warning,
     .when = "More than 3 % of a side's segments were sent again, and at least 5.",
     .meaning = "Packets, or their acknowledgements, are lost on the way; TCP repairs that and the "
                "mail is whole, but it takes longer, and timeouts come nearer.",
     .remedy = "Look for errors and full queues on the interfaces and links between the two hosts.",
     .reference = "RFC 9293, 3.8.1; RFC 5681",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         again
         C: HELO client.example.net
         S: 250 Ok
         again
         C: NOOP
         S: 250 Ok
         again
         C: NOOP
         S: 250 Ok
         again
         C: NOOP
         S: 250 Ok
         again
         C: NOOP
         S: 250 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_reordered,
     .name = "net.reordered",
     .severity = note,
     .when = "Segments came out of order, and nothing was lost.",
     .meaning = "The mail is whole; packets take several ways of different length, or the capture "
                "was made on several queues.",
     .remedy = "Nothing has to be done.",
     .reference = "RFC 9293, 3.4",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C*: 100 x
         wait 1ms
         swap
         C*: 100 y
         wait 1ms
         C*: 100 z
         C:
         C: .
         S: 250 2.0.0 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_bad_checksum,
     .name = "net.bad-checksum",
     .severity = warning,
     .when =
         "With --check-sums: a segment had a wrong TCP checksum and a good copy of it followed.",
     .meaning = "Something on the way damages packets; TCP repairs that at the cost of time, but "
                "one damage in 65536 passes unnoticed.",
     .remedy = "Look for a faulty memory, network card, cable or firmware in the hosts and "
               "switches between the two.",
     .reference = "RFC 9293, 3.1 and MUST-3",
     .example = R"(
         # smtpscope --check-sums
         connect
         S: 220 mx.example.com ESMTP
         C: HELO client.example.net
         S: 250 mx.example.com
         badsum
         C: NOOX
         C@25: NOOP
         S: 250 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_reset_ignored,
     .name = "net.reset-ignored",
     .severity = note,
     .when = "An RST lies outside of what its receiver takes, or the connection went on behind it.",
     .meaning = "Nothing was ended by it; it belongs to an earlier connection of the same ports, "
                "or somebody between the two tried to cut the connection off.",
     .remedy = "If it happens often, compare the hop limits of these RSTs with those of the host's "
               "other packets: a box in between shows by another one.",
     .reference = "RFC 9293, 3.10.7.4; RFC 5961, 3",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: HELO client.example.net
         S:rst@1200000000
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_conflicting_overlap,
     .name = "net.conflicting-overlap",
     .severity = warning,
     .when = "Two segments give different octets for the same place of the stream.",
     .meaning =
         "No honest TCP does that: a box on the way rewrites packets, or somebody wants the "
         "receiver to see something else than who looks on; the version that came first is told.",
     .remedy = "Find out which box or host sent the second version; the hop limit and the link "
               "addresses of the two packets tell them apart.",
     .reference = "RFC 9293, 3.4; RFC 1858",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: HELO client.example.net
         C@5: system\
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = net_idle_close,
     .name = "net.idle-close",
     .severity = warning,
     .when = "A 421, FIN or RST, or the end of the capture, came after 5 s or more of silence of "
             "the side whose turn it was.",
     .meaning = "That side, or the way from it, got stuck: the other one waited until its patience "
                "ended, and mail that was not accepted yet has to be sent again.",
     .remedy = "Look at the silent side for what it did in that time: a lookup, a scan, a script "
               "that waits for input; if it knows of words that are not in the capture, a box in "
               "between lost the connection.",
     .reference = "RFC 5321, 4.5.3.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         wait 300s
         S: 421 4.4.2 mx.example.com Error: timeout exceeded
         S:fin
         C:fin)"},
    {.id = net_cut_at_size,
     .name = "net.cut-at-size",
     .severity = note,
     .when = "A message broke off at a round number of octets: 64 KiB, 1 MiB and the like.",
     .meaning = "Chance ends at such a number rarely: a box between the two, or the client, has a "
                "limit there, and a larger message will never get through.",
     .remedy = "Send messages just below and above that size, and look for content filters, "
               "proxies and firewalls with such a limit.",
     .reference = "RFC 5321, 4.5.3.1.7: an implementation should have no limits that are so low",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C*: 65536 x
         S:rst)"},
    {.id = net_not_connected,
     .name = "net.not-connected",
     .severity = error,
     .when = "The tool that wrote the transcript says that the server's name has no address, or "
             "that there is no way to it.",
     .meaning =
         "Nothing was sent at all; a client keeps the mail, and tries other servers of the domain.",
     .remedy = "Check the name and its DNS records as the client sees them, then the client's "
               "routes and packet filters.",
     .reference = "RFC 5321, 5.1",
     .example = R"(
         === Trying mx.example.com:25...
         *** Error connecting to mx.example.com:25:
         *** IO::Socket::INET6: getaddrinfo: Name or service not known)"},
});

}  // namespace smtpscope::findings::rows
