// The catalogue: what each finding means, and what to do about it. A row a rule, in the order of RuleId.
#include "analyzer/findings/finding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace smtpscope::findings {
namespace {

using enum RuleId;
using enum Severity;

constexpr auto rows = std::to_array<RuleInfo>({
    {.id = net_refused,
     .name = "net.refused",
     .severity = error,
     .when = "A connection attempt (SYN) was answered by RST.",
     .meaning = "Nothing listens on that port, or a firewall on the way says no; no mail can go "
                "there, and "
                "a client that has other MX hosts tries them.",
     .remedy = "Check on the server that the mail service runs and listens on this address and "
               "port, then "
               "the firewalls between the two.",
     .reference = "RFC 9293, 3.10.7.1; RFC 5321, 4.5.4.1"},
    {.id = net_timeout,
     .name = "net.timeout",
     .severity = error,
     .when = "Connection attempts (SYN) were never answered.",
     .meaning = "A firewall drops the packets, the host is down, or the address is wrong; the "
                "client keeps "
                "the mail and tries again later.",
     .remedy =
         "Check the address in DNS and the route, and whether a provider or firewall blocks this "
         "port outbound (25 often is) or inbound.",
     .reference = "RFC 9293, 3.8.3; RFC 5321, 4.5.4.1"},
    {.id = net_reset,
     .name = "net.reset",
     .severity = error,
     .when = "An RST cut the connection off in the middle of the dialogue.",
     .meaning =
         "What was pending is lost, and the client has to begin again; the RST may come from the "
         "host whose address it bears, or from a firewall or filter between the two.",
     .remedy = "Look into the log of the side that sent the RST at that second; if it knows "
               "nothing of it, "
               "a box in between sent it.",
     .reference = "RFC 9293, 3.5.2; RFC 5321, 3.8"},
    {.id = net_closed_early,
     .name = "net.closed-early",
     .severity = warning,
     .when = "A side closed the connection (FIN) while a message or a dialogue was unfinished, and "
             "said "
             "nothing about it.",
     .meaning = "The message did not arrive; a server that has to close owes the client a 421, and "
                "a client "
                "should end with QUIT.",
     .remedy = "Look for a time limit, a crash or a restart in the log of the side that closed.",
     .reference = "RFC 5321, 3.8 and 4.1.1.10"},
    {.id = net_asymmetric,
     .name = "net.asymmetric",
     .severity = note,
     .when = "The packets of only one direction are in the capture.",
     .meaning = "What the other side said is unknown, so nothing is said about replies or "
                "delivery; packets "
                "of the two directions probably take different ways.",
     .remedy = "Capture on one of the two hosts, or mirror both directions of the link.",
     .reference = "RFC 9293, 3.4: an acknowledgement shows what the other side sent"},
    {.id = net_slow_greeting,
     .name = "net.slow-greeting",
     .severity = warning,
     .when = "The greeting came more than 5 s after the connection was made.",
     .meaning =
         "A client should wait 5 minutes, but many give up sooner, and mail is delayed or lost to "
         "another MX.",
     .remedy = "On the server look for slow DNS, ident or block list lookups before the greeting, "
               "for too "
               "few processes, or for a delay that is meant to shake off spammers.",
     .reference = "RFC 5321, 4.5.3.2.1"},
    {.id = net_slow_reply,
     .name = "net.slow-reply",
     .severity = warning,
     .when = "A reply took more than 5 s, or more than 10 s after the end of a message.",
     .meaning = "The server was busy with this command; if the client gives up before the reply, "
                "the mail is "
                "delayed, or delivered twice.",
     .remedy = "Find out what the server does at this command: lookups and callouts at RCPT, "
               "content filters "
               "after the end of the message.",
     .reference = "RFC 5321, 4.5.3.2"},
    {.id = net_proxy_refused,
     .name = "net.proxy-refused",
     .severity = error,
     .when = "A SOCKS or HTTP proxy was asked to connect the client to a server, and did not.",
     .meaning = "The client never reached the server of mail; what the proxy says is all that is known.",
     .remedy = "Correct what the answer names: the login, the proxy's rules, or the way from the proxy to the "
               "server.",
     .reference = "RFC 1928, 6; RFC 9110, 9.3.6"},
    {.id = net_stalled,
     .name = "net.stalled",
     .severity = error,
     .when = "A segment was sent again and again, and nothing was acknowledged until the end.",
     .meaning = "Nothing gets through to the other host any more, so the session hangs until one side gives up; "
                "mail that was not accepted yet is tried again later.",
     .remedy = "Look for a route, tunnel or firewall between the two that broke at that moment, or for a host "
               "that went down.",
     .reference = "RFC 9293, 3.8.1 and 3.8.3; RFC 6298"},
    {.id = net_mtu_black_hole,
     .name = "net.mtu-black-hole",
     .severity = error,
     .when = "Large segments never arrive while small ones do, until the end.",
     .meaning = "Somewhere on the way packets above a size are dropped and no ICMP says so: commands pass, the "
                "message does not, and the client gives up and tries again, in vain.",
     .remedy = "Let ICMP \"fragmentation needed\" (ICMPv6 \"packet too big\") pass, clamp the MSS on the router "
               "or tunnel, or lower the MTU of the sending host; ping with large packets that must not be "
               "fragmented finds the place.",
     .reference = "RFC 2923, 2.1; RFC 4821"},
    {.id = net_zero_window,
     .name = "net.zero-window",
     .severity = warning,
     .when = "The receive window of a side stayed closed for 1 s or more.",
     .meaning = "That host's program did not read what had come, so the other side had to wait: the delay is made "
                "there, not on the way.",
     .remedy = "Look at that host for a mail program or content filter that is overloaded or waits for a disk.",
     .reference = "RFC 9293, 3.8.6.1"},
    {.id = net_loss,
     .name = "net.loss",
     .severity = warning,
     .when = "More than 3 % of a side's segments were sent again, and at least 5.",
     .meaning = "Packets, or their acknowledgements, are lost on the way; TCP repairs that and the mail is whole, "
                "but it takes longer, and timeouts come nearer.",
     .remedy = "Look for errors and full queues on the interfaces and links between the two hosts.",
     .reference = "RFC 9293, 3.8.1; RFC 5681"},
    {.id = net_reordered,
     .name = "net.reordered",
     .severity = note,
     .when = "Segments came out of order, and nothing was lost.",
     .meaning = "The mail is whole; packets take several ways of different length, or the capture was made on "
                "several queues.",
     .remedy = "Nothing has to be done.",
     .reference = "RFC 9293, 3.4"},
    {.id = net_bad_checksum,
     .name = "net.bad-checksum",
     .severity = warning,
     .when = "With --check-sums: a segment had a wrong TCP checksum and a good copy of it followed.",
     .meaning = "Something on the way damages packets; TCP repairs that at the cost of time, but one damage in "
                "65536 passes unnoticed.",
     .remedy = "Look for a faulty memory, network card, cable or firmware in the hosts and switches between the "
               "two.",
     .reference = "RFC 9293, 3.1 and MUST-3"},
    {.id = net_reset_ignored,
     .name = "net.reset-ignored",
     .severity = note,
     .when = "An RST lies outside of what its receiver takes, or the connection went on behind it.",
     .meaning = "Nothing was ended by it; it belongs to an earlier connection of the same ports, or somebody "
                "between the two tried to cut the connection off.",
     .remedy = "If it happens often, compare the hop limits of these RSTs with those of the host's other packets: "
               "a box in between shows by another one.",
     .reference = "RFC 9293, 3.10.7.4; RFC 5961, 3"},
    {.id = net_conflicting_overlap,
     .name = "net.conflicting-overlap",
     .severity = warning,
     .when = "Two segments give different octets for the same place of the stream.",
     .meaning = "No honest TCP does that: a box on the way rewrites packets, or somebody wants the receiver to see "
                "something else than who looks on; the version that came first is told.",
     .remedy = "Find out which box or host sent the second version; the hop limit and the link addresses of the "
               "two packets tell them apart.",
     .reference = "RFC 9293, 3.4; RFC 1858"},

    {.id = capture_gap,
     .name = "capture.gap",
     .severity = warning,
     .when = "Octets that the receiver acknowledged are not in the capture.",
     .meaning = "The mail itself lost nothing; but what stood in the gap is unknown, and so is "
                "which command "
                "a reply beside it belongs to.",
     .remedy =
         "Capture with a larger buffer (-B), to a faster disk, or with a narrower filter (-f).",
     .reference = "RFC 9293, 3.4: an acknowledgement shows what was received"},
    {.id = capture_cut_by_snaplen,
     .name = "capture.cut-by-snaplen",
     .severity = warning,
     .when = "Packets are shorter in the capture than they were on the wire.",
     .meaning =
         "The end of each of these packets is unknown: commands, replies and message text are "
         "missing.",
     .remedy = "Capture again with whole packets (-s 0 in tcpdump, -s 262144 here).",
     .reference = "tcpdump(1), -s"},
    {.id = capture_midstream,
     .name = "capture.midstream",
     .severity = note,
     .when = "The connection began before the capture.",
     .meaning = "Greeting, EHLO and perhaps earlier messages are not seen.",
     .remedy = "To see them, begin the capture before the connection, or wait for the next one.",
     .reference = "RFC 9293, 3.5: a connection begins with SYN"},
    {.id = capture_open,
     .name = "capture.open",
     .severity = note,
     .when = "The connection was still open when the capture ended.",
     .meaning = "How the session went on is unknown.",
     .remedy = "To see its end, capture for longer than the session lasts.",
     .reference = "RFC 9293, 3.6: a connection ends with FIN or RST"},
    {.id = capture_truncated_file,
     .name = "capture.truncated-file",
     .severity = warning,
     .when = "The capture file breaks off inside a packet while the connection was open.",
     .meaning = "What came after that point is lost, so the end of the session is unknown.",
     .remedy = "Copy the file again once the capture has been stopped, or look whether its disk "
               "was full.",
     .reference = "pcap-savefile(5)"},
    {.id = capture_clock,
     .name = "capture.clock",
     .severity = note,
     .when = "Time runs backwards between two packets by more than 1 ms.",
     .meaning = "The clock was set while the capture ran, or packets of several clocks were mixed: waits and "
                "durations across that point mean nothing, and none is told.",
     .remedy = "Keep the capturing host's clock by NTP, and capture both directions with one clock.",
     .reference = "pcap-savefile(5): packets bear the time of the capturing host"},
    {.id = capture_limit,
     .name = "capture.limit",
     .severity = warning,
     .when = "A limit of the analyzer was reached, so something was left out.",
     .meaning = "What lies beyond the limit is missing in what is told of this session, as if it had not been "
                "captured.",
     .remedy = "Narrow the capture with a filter (-f), or look at fewer connections at a time.",
     .reference = "docs/ARCHITECTURE.md: a limit that is reached is counted"},

    {.id = smtp_greeting_refused,
     .name = "smtp.greeting-refused",
     .severity = error,
     .when = "The server greeted with 4xx or 5xx instead of 220.",
     .meaning = "The server takes no mail from this client, now or at all, before it knows "
                "anything but the "
                "client's address.",
     .remedy =
         "Read the reply: it mostly names a block list, the client's missing reverse DNS, or the "
         "server's load.",
     .reference = "RFC 5321, 3.1 and 4.3.2"},
    {.id = smtp_no_greeting,
     .name = "smtp.no-greeting",
     .severity = error,
     .when = "The connection was made, and the server never said anything.",
     .meaning = "No mail can be sent; the client gives the host up and tries another one or later.",
     .remedy = "Check that the mail service behind this port lives, that the port does not expect "
               "TLS from "
               "the first octet, and that no proxy takes connections for a dead server.",
     .reference = "RFC 5321, 3.1 and 4.5.3.2.1"},
    {.id = smtp_early_talker,
     .name = "smtp.early-talker",
     .severity = error,
     .when = "The client sent a command before the server's greeting was complete.",
     .meaning = "Servers that watch for this take the client for a spammer or a bot and refuse it.",
     .remedy =
         "Make the client wait for the whole greeting, all lines of it, before its first command.",
     .reference = "RFC 5321, 4.3.1"},
    {.id = smtp_not_smtp,
     .name = "smtp.not-smtp",
     .severity = error,
     .when = "The first octets of a side are another protocol's: TLS on a clear port, HTTP, SSH "
             "and the like.",
     .meaning = "The two sides do not understand each other, and no mail can be sent.",
     .remedy = "Correct the port or the kind of encryption: TLS from the first octet belongs to "
               "port 465, "
               "STARTTLS to 25 and 587.",
     .reference = "RFC 5321, 3.1; RFC 8314, 3.3"},
    {.id = smtp_proxy_header,
     .name = "smtp.proxy-header",
     .severity = note,
     .when = "A PROXY header, version 1 or 2, stands before the client's first command; an error where the "
             "server refused it.",
     .meaning = "A proxy or load balancer is in front, and the header names the client that it speaks for; "
                "a server that does not expect it takes it for a command.",
     .remedy = "Where the server refused it, make the server expect the header from this proxy, or the proxy "
               "not send it.",
     .reference = "HAProxy, proxy-protocol.txt"},
    {.id = smtp_unknown_command,
     .name = "smtp.unknown-command",
     .severity = warning,
     .when = "The client sent a command that SMTP and its known extensions do not have.",
     .meaning = "The server refuses it; after several of them many servers close the connection.",
     .remedy = "Look at what sends the line: a program out of step with the dialogue, a typing "
               "person, or a "
               "scanner.",
     .reference = "RFC 5321, 4.1.1 and 4.2.4"},
    {.id = smtp_bad_syntax,
     .name = "smtp.bad-syntax",
     .severity = error,
     .when = "The command is known, and what stands behind it breaks its syntax.",
     .meaning = "Strict servers refuse it with 501 or 555, lenient ones take it: the same client "
                "works here "
                "and fails there.",
     .remedy =
         "Correct the client; an address stands in angle brackets right behind the colon, as in "
         "MAIL FROM:<alice@example.org>.",
     .reference = "RFC 5321, 3.3 and 4.1.2"},
    {.id = smtp_bad_sequence,
     .name = "smtp.bad-sequence",
     .severity = error,
     .when = "A command is not allowed at this point, and the client could know it: MAIL before "
             "EHLO or "
             "inside a transaction, RCPT without MAIL, DATA without a recipient.",
     .meaning = "The server answers 503 or 554, and the transaction fails.",
     .remedy = "Correct the client: it has to read each reply and act on refusals, with RSET if it "
               "starts "
               "over.",
     .reference = "RFC 5321, 4.1.4"},
    {.id = smtp_bad_reply,
     .name = "smtp.bad-reply",
     .severity = error,
     .when = "A line of the server has no three-digit code, one outside 200 to 599, or neither a "
             "space nor "
             "a hyphen behind it.",
     .meaning = "Clients take such a line for the end of the reply, for an error or for nothing at "
                "all, and "
                "may drop the connection.",
     .remedy = "Correct the server, or the proxy or filter that speaks for it.",
     .reference = "RFC 5321, 4.2 and 4.2.1"},
    {.id = smtp_reply_code_changed,
     .name = "smtp.reply-code-changed",
     .severity = error,
     .when = "The lines of one reply carry different codes.",
     .meaning =
         "Some clients act on the first code and some on the last, so they disagree on whether the "
         "server said yes.",
     .remedy = "Correct the server: all lines of a reply carry the same code.",
     .reference = "RFC 5321, 4.2.1"},
    {.id = smtp_unexpected_reply,
     .name = "smtp.unexpected-reply",
     .severity = warning,
     .when =
         "A positive reply has a code that does not belong to this command, such as 250 to DATA.",
     .meaning = "Clients that check for the right code give up here; mostly the replies are out of "
                "step with "
                "the commands.",
     .remedy = "Look at the replies before this one: if one is too many or too few there, all "
               "later ones are "
               "shifted; otherwise correct the server.",
     .reference = "RFC 5321, 4.3.2"},
    {.id = smtp_reply_without_command,
     .name = "smtp.reply-without-command",
     .severity = warning,
     .when = "The server sent a reply when no command was waiting for one; a 421 may always come.",
     .meaning = "The client takes it for the answer to its next command, and from then on the two "
                "are out of "
                "step.",
     .remedy = "Look for a server, proxy or filter that answers one command twice.",
     .reference = "RFC 5321, 4.2 and 4.3.1"},
    {.id = smtp_command_without_reply,
     .name = "smtp.command-without-reply",
     .severity = warning,
     .when = "A command was never answered, and the connection ended.",
     .meaning =
         "The client does not know what became of the command, gives up, and tries again later.",
     .remedy = "Look into the log of the side that closed: a time limit, a crash, or a filter that "
               "swallows "
               "the command.",
     .reference = "RFC 5321, 4.2 and 4.5.3.2"},
    {.id = smtp_no_quit,
     .name = "smtp.no-quit",
     .severity = note,
     .when = "The client left in order, and without QUIT.",
     .meaning = "Nothing was lost; but a server may count the session as broken off and log a lost "
                "connection.",
     .remedy = "Make the client end with QUIT and wait for the 221.",
     .reference = "RFC 5321, 4.1.1.10"},

    {.id = security_starttls_refused,
     .name = "security.starttls-refused",
     .severity = warning,
     .when = "STARTTLS was answered with 4xx or 5xx.",
     .meaning = "The session cannot be encrypted: a client that insists on TLS does not send the "
                "mail, and "
                "others send it in clear.",
     .remedy =
         "Check the server's certificate, key and TLS settings; 454 mostly means that it could not "
         "load them.",
     .reference = "RFC 3207, 4"},
    {.id = security_credentials_in_clear,
     .name = "security.credentials-in-clear",
     .severity = error,
     .when = "A password or token was sent with AUTH before TLS.",
     .meaning = "Whoever can read the traffic, as this capture shows, can log in as this user.",
     .remedy = "Change the password; use STARTTLS or port 465 in the client, and offer AUTH on the "
               "server "
               "under TLS only.",
     .reference = "RFC 4954, 4 and 9; RFC 8314, 3.3"},

    {.id = tls_hidden,
     .name = "tls.hidden",
     .severity = note,
     .when = "From here on the session is encrypted.",
     .meaning = "Commands, replies and messages inside TLS are not seen, so nothing is said about "
                "delivery.",
     .remedy = "The logs of the two servers tell what happened inside.",
     .reference = "RFC 3207; RFC 8314, 3.3"},

    {.id = delivery_refused,
     .name = "delivery.refused",
     .severity = error,
     .when = "A sender, a recipient or a message was refused for good (5xx).",
     .meaning = "The mail is not delivered there, and its sender gets a bounce.",
     .remedy = "Read the reply: it says why; sending the same once more gives the same result.",
     .reference = "RFC 5321, 4.2.1; RFC 3463"},
    {.id = delivery_deferred,
     .name = "delivery.deferred",
     .severity = warning,
     .when = "A sender, a recipient or a message was refused for now (4xx).",
     .meaning = "The client keeps the mail and tries again later, mostly for up to five days.",
     .remedy = "Wait for the next try; if the same reply comes for hours, act on what it says.",
     .reference = "RFC 5321, 4.2.1 and 4.5.4.1"},
    {.id = delivery_partial,
     .name = "delivery.partial",
     .severity = warning,
     .when = "The message was accepted for some of its recipients and refused for others.",
     .meaning =
         "Some have it and some do not; the sender hears of the others by a bounce, or later.",
     .remedy =
         "Look at the recipients that were refused; the others must not get the message again.",
     .reference = "RFC 5321, 3.3 and 4.5.4.1"},
    {.id = delivery_lost_after_data,
     .name = "delivery.lost-after-data",
     .severity = error,
     .when = "The end of the message was sent, and no reply came while the client was there.",
     .meaning =
         "The client cannot know whether the server has the message and sends it again: it may be "
         "delivered twice.",
     .remedy = "Look into the server's log for this message before sending it again, and for what "
               "takes it "
               "so long after the end of the message.",
     .reference = "RFC 5321, 4.5.3.2.6 and 6.1; RFC 1047"},
});

constexpr bool in_order_of_ids() {
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (static_cast<std::size_t>(rows[at].id) != at) return false;
  }
  return rows.back().id == delivery_lost_after_data;
}
static_assert(in_order_of_ids());

}  // namespace

std::string_view to_string(Severity severity) noexcept {
  switch (severity) {
    case error:
      return "error";
    case warning:
      return "warning";
    case note:
      return "note";
  }
  return {};
}

std::span<const RuleInfo> catalogue() noexcept { return rows; }

const RuleInfo& info(RuleId rule) noexcept { return rows[static_cast<std::size_t>(rule)]; }

Severity severity_of(const Finding& finding) noexcept { return finding.severity.value_or(info(finding.rule).severity); }

const RuleInfo* find_rule(std::string_view name) noexcept {
  const auto* const row = std::ranges::find(rows, name, &RuleInfo::name);
  return row == rows.end() ? nullptr : row;
}

}  // namespace smtpscope::findings
