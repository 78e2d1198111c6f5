#pragma once
// The catalogue's rows of the group smtp: commands, replies, order. In the order of RuleId;
// catalogue.cpp joins the groups.
#include "analyzer/findings/finding.hpp"

#include <array>

namespace smtpscope::findings::rows {

using enum RuleId;
using enum Severity;

inline constexpr auto smtp = std::to_array<RuleInfo>({
    {.id = smtp_greeting_refused,
     .name = "smtp.greeting-refused",
     .severity = error,
     .when = "The server greeted with 4xx or 5xx instead of 220.",
     .meaning = "The server takes no mail from this client, now or at all, before it knows "
                "anything but the client's address.",
     .remedy = "Read the reply: it mostly names a block list, the client's missing reverse DNS, or "
               "the server's load.",
     .reference = "RFC 5321, 3.1 and 4.3.2",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 554 5.7.1 192.0.2.10 is on a block list
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_no_greeting,
     .name = "smtp.no-greeting",
     .severity = error,
     .when = "The connection was made, and the server never said anything.",
     .meaning = "No mail can be sent; the client gives the host up and tries another one or later.",
     .remedy = "Check that the mail service behind this port lives, that the port does not expect "
               "TLS from the first octet, and that no proxy takes connections for a dead server.",
     .reference = "RFC 5321, 3.1 and 4.5.3.2.1",
     .example = R"(
         connect
         wait 30s
         C:fin
         S:fin)"},
    {.id = smtp_early_talker,
     .name = "smtp.early-talker",
     .severity = error,
     .when = "The client sent a command before the server's greeting was complete.",
     .meaning = "Servers that watch for this take the client for a spammer or a bot and refuse it.",
     .remedy =
         "Make the client wait for the whole greeting, all lines of it, before its first command.",
     .reference = "RFC 5321, 4.3.1",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         C: EHLO client.example.net
         wait 1s
         S: 220 mx.example.com ESMTP
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_not_smtp,
     .name = "smtp.not-smtp",
     .severity = error,
     .when = "The first octets of a side are another protocol's: TLS on a clear port, HTTP, SSH "
             "and the like.",
     .meaning = "The two sides do not understand each other, and no mail can be sent.",
     .remedy = "Correct the port or the kind of encryption: TLS from the first octet belongs to "
               "port 465, STARTTLS to 25 and 587.",
     .reference = "RFC 5321, 3.1; RFC 8314, 3.3",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: GET / HTTP/1.1
         C: Host: mx.example.com
         C:
         S: 500 5.5.2 what?
         close)"},
    {.id = smtp_proxy_header,
     .name = "smtp.proxy-header",
     .severity = note,
     .when = "A PROXY header, version 1 or 2, stands before the client's first command; an error "
             "where the server refused it.",
     .meaning = "A proxy or load balancer is in front, and the header names the client that it "
                "speaks for; a server that does not expect it takes it for a command.",
     .remedy = "Where the server refused it, make the server expect the header from this proxy, or "
               "the proxy not send it.",
     .reference = "HAProxy, proxy-protocol.txt",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         C: PROXY TCP4 203.0.113.7 198.51.100.25 4444 25
         S: 220 mx.example.com ESMTP
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_unknown_command,
     .name = "smtp.unknown-command",
     .severity = warning,
     .when = "The client sent a command that SMTP and its known extensions do not have, or an "
             "empty line.",
     .meaning = "The server refuses it; after several of them many servers close the connection.",
     .remedy = "Look at what sends the line: a program out of step with the dialogue, a typing "
               "person, or a scanner.",
     .reference = "RFC 5321, 4.1.1 and 4.2.4",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: HELLO
         S: 502 5.5.2 command not recognized
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_bad_syntax,
     .name = "smtp.bad-syntax",
     .severity = error,
     .when = "The command is known, and what stands behind it breaks its syntax; a note where the "
             "server took it.",
     .meaning = "Strict servers refuse it with 501 or 555, lenient ones take it: the same client "
                "works here and fails there.",
     .remedy = "Correct the client; an address stands in angle brackets right behind the colon, as "
               "in MAIL FROM:<alice@example.org>.",
     .reference = "RFC 5321, 3.3 and 4.1.2",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM: alice@example.org
         S: 501 5.1.7 bad sender address syntax
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_bad_sequence,
     .name = "smtp.bad-sequence",
     .severity = error,
     .when = "A command is not allowed at this point, and the client could know it: MAIL before "
             "EHLO or inside a transaction, RCPT without MAIL, DATA without a recipient; a note "
             "where the server took it.",
     .meaning = "Most servers answer 503 or 554, and the transaction fails.",
     .remedy = "Correct the client: it has to read each reply and act on refusals, with RSET if it "
               "starts over.",
     .reference = "RFC 5321, 4.1.4",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: MAIL FROM:<alice@example.org>
         S: 503 5.5.1 send EHLO first
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_bad_reply,
     .name = "smtp.bad-reply",
     .severity = error,
     .when = "A line of the server has no three-digit code, one outside 200 to 599, or neither a "
             "space nor a hyphen behind it.",
     .meaning = "Clients take such a line for the end of the reply, for an error or for nothing at "
                "all, and may drop the connection.",
     .remedy = "Correct the server, or the proxy or filter that speaks for it.",
     .reference = "RFC 5321, 4.2 and 4.2.1",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: NOOP
         S: fine
         S: 250 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_reply_code_changed,
     .name = "smtp.reply-code-changed",
     .severity = error,
     .when = "The lines of one reply carry different codes.",
     .meaning = "Some clients act on the first code and some on the last, so they disagree on "
                "whether the server said yes.",
     .remedy = "Correct the server: all lines of a reply carry the same code.",
     .reference = "RFC 5321, 4.2.1",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: NOOP
         S: 250-fine
         S: 451 not so
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_unexpected_reply,
     .name = "smtp.unexpected-reply",
     .severity = warning,
     .when =
         "A positive reply has a code that does not belong to this command, such as 250 to DATA.",
     .meaning = "Clients that check for the right code give up here; mostly the replies are out of "
                "step with the commands.",
     .remedy = "Look at the replies before this one: if one is too many or too few there, all "
               "later ones are shifted; otherwise correct the server.",
     .reference = "RFC 5321, 4.3.2",
     .odd_line_of = Side::server,
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
         S: 250 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_reply_without_command,
     .name = "smtp.reply-without-command",
     .severity = warning,
     .when = "The server sent a reply when no command was waiting for one; a 421 may always come.",
     .meaning = "The client takes it for the answer to its next command, and from then on the two "
                "are out of step.",
     .remedy = "Look for a server, proxy or filter that answers one command twice.",
     .reference = "RFC 5321, 4.2 and 4.3.1",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: NOOP
         S: 250 Ok
         S: 250 Ok
         wait 1s
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_command_without_reply,
     .name = "smtp.command-without-reply",
     .severity = warning,
     .when = "A command was never answered, and the connection ended.",
     .meaning =
         "The client does not know what became of the command, gives up, and tries again later.",
     .remedy = "Look into the log of the side that closed: a time limit, a crash, or a filter that "
               "swallows the command.",
     .reference = "RFC 5321, 4.2 and 4.5.3.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         wait 60s
         S:fin
         C:fin)"},
    {.id = smtp_no_quit,
     .name = "smtp.no-quit",
     .severity = note,
     .when = "The client left in order, and without QUIT.",
     .meaning = "Nothing was lost; but a server may count the session as broken off and log a lost "
                "connection.",
     .remedy = "Make the client end with QUIT and wait for the 221.",
     .reference = "RFC 5321, 4.1.1.10",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         close)"},
    {.id = smtp_text_as_commands,
     .name = "smtp.text-as-commands",
     .severity = error,
     .when = "The client sent the text of a message although DATA was refused, or before it had "
             "the answer to DATA.",
     .meaning = "The server takes the lines for commands and refuses each of them; some servers "
                "close the connection, or refuse such a client from then on.",
     .remedy =
         "Make the client wait for the answer to DATA, and send the message after a 354 only.",
     .reference = "RFC 5321, 4.1.1.4 and 4.2.1; RFC 2920, 3.1",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: DATA
         S: 503 5.5.1 need RCPT
         C: Subject: hello
         S: 500 5.5.2 what
         C: .
         S: 500 5.5.2 what)"},
    {.id = smtp_line_too_long,
     .name = "smtp.line-too-long",
     .severity = warning,
     .when = "A command line is longer than 512 octets and what its parameters add, a line of a "
             "message longer than 1000, or a line of a reply longer than 512, CR LF included.",
     .meaning = "Servers and filters refuse such lines, or break them: a broken line spoils "
                "signatures (DKIM) and MIME.",
     .remedy = "Make the client encode the message (quoted-printable, base64) so that its lines "
               "stay short.",
     .reference = "RFC 5321, 4.5.3.1.4 to 4.5.3.1.6",
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
         C*: 1200 x
         C: 
         C: .
         S: 250 2.0.0 Ok: queued as 4F7)"},
    {.id = smtp_bare_lf,
     .name = "smtp.bare-lf",
     .severity = warning,
     .when = "LF without CR, or CR without LF, ends or stands in lines of commands, of replies or "
             "of a message.",
     .meaning = "Servers differ in what a line is then: some take it, some refuse the message "
                "since 2024, and where two on the way differ, a message can be smuggled.",
     .remedy = "Make the program write CR LF at the end of each line, also when it reads the "
               "message from a file.",
     .reference = "RFC 5321, 2.3.8 and 4.1.1.4",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net\n\
         S: 250 mx.example.com)"},
    {.id = smtp_nul_octet,
     .name = "smtp.nul-octet",
     .severity = warning,
     .when = "A NUL octet stands in a command or in a message.",
     .meaning = "Programs that take NUL for the end of a text see another line than others; many "
                "servers refuse it or throw it away.",
     .remedy = "Look at what wrote the message: binary data must be encoded, or sent with "
               "BODY=BINARYMIME and BDAT.",
     .reference = "RFC 5321, 4.5.2; RFC 5322, 2.2; RFC 3030",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net\0
         S: 501 5.5.4 syntax)"},
    {.id = smtp_8bit_undeclared,
     .name = "smtp.8bit-undeclared",
     .severity = warning,
     .when = "A message has octets above 127, and MAIL has neither BODY=8BITMIME nor SMTPUTF8.",
     .meaning = "Most servers pass it on as it is; one that must convert it does not know that it "
                "has to, and strict ones refuse it or take the eighth bit away.",
     .remedy = "Make the client say BODY=8BITMIME where the server offers it, and encode the "
               "message where not.",
     .reference = "RFC 6152, 2 and 3",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com\r\n250 8BITMIME
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: caf\xC3\xA9
         C: .
         S: 250 2.0.0 Ok: queued as 4F7)"},
    {.id = smtp_size_exceeds_limit,
     .name = "smtp.size-exceeds-limit",
     .severity = error,
     .when = "SIZE= of MAIL, or the message itself, is above the SIZE that the server offered.",
     .meaning = "The server refuses the message, at MAIL or after all of it was sent.",
     .remedy = "Send less, or by another way; a client should compare before it sends anything.",
     .reference = "RFC 1870, 6.1 and 6.3",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com\r\n250 SIZE 1000
         C: MAIL FROM:<alice@example.org> SIZE=2000
         S: 552 5.3.4 Message size exceeds fixed limit)"},
    {.id = smtp_size_mismatch,
     .name = "smtp.size-mismatch",
     .severity = note,
     .when = "The message has far more or far fewer octets than MAIL announced with SIZE=: 2 kB "
             "and a tenth.",
     .meaning = "A server that reserves room or refuses by SIZE decides on a wrong number.",
     .remedy = "Make the client count the message with its line ends as CR LF.",
     .reference = "RFC 1870, 5 and 6.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com\r\n250 SIZE
         C: MAIL FROM:<alice@example.org> SIZE=9000
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: short
         C: .
         S: 250 2.0.0 Ok: queued as 4F7)"},
    {.id = smtp_dot_stuffing,
     .name = "smtp.dot-stuffing",
     .severity = warning,
     .when = "A line of the message begins with a dot that the client did not double.",
     .meaning = "The server takes the dot away; a lone one ends the message, which is delivered "
                "cut short, and the rest of it is read as commands.",
     .remedy = "Make the client put a second dot before each dot at the start of a line.",
     .reference = "RFC 5321, 4.5.2",
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
         C: one
         C: .
         C: two
         C: .
         S: 250 2.0.0 Ok: queued as 4F7\r\n500 5.5.2 what\r\n500 5.5.2 what)"},
    {.id = smtp_chunk_mismatch,
     .name = "smtp.chunk-mismatch",
     .severity = error,
     .when = "BDAT announces more or fewer octets than come, DATA stands between chunks, or no "
             "BDAT with LAST ends the message.",
     .meaning = "The server waits for octets that never come, reads text as commands, or throws "
                "the message away.",
     .remedy = "Make the client count the octets that it sends, CR LF and all, and end with LAST.",
     .reference = "RFC 3030, 2 and 4.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com\r\n250 CHUNKING
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: BDAT 6
         C: text
         S: 250 2.0.0 6 octets
         C: QUIT
         S: 221 2.0.0 Bye)"},
    {.id = smtp_no_commands,
     .name = "smtp.no-commands",
     .severity = note,
     .when = "The client connected and left without any command.",
     .meaning = "Nobody tried to send mail: a port scan, a health check of a load balancer, or a "
                "client that changed its mind.",
     .remedy =
         "Nothing has to be done where a monitor is known to do so; else look who asks so often.",
     .reference = "RFC 5321, 3.1 and 3.8",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C:fin
         S:fin)"},
    {.id = smtp_telnet,
     .name = "smtp.telnet",
     .severity = note,
     .when = "Octets of telnet negotiation (IAC) stand in the dialogue.",
     .meaning = "A person typed this by hand with a telnet program; the server takes the octets "
                "for part of a command and refuses it.",
     .remedy = "Type mail by hand with a program that sends nothing of its own: nc -C, or openssl "
               "s_client -starttls smtp -crlf.",
     .reference = "RFC 854",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: \xff\xfd\x06
         S: 500 5.5.2 Error: bad syntax
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_client_override,
     .name = "smtp.client-override",
     .severity = note,
     .when = "XCLIENT or XFORWARD names a client other than the one that connected.",
     .meaning = "The server judges the message by that client: its checks and logs name it, and "
                "not the address in this capture.",
     .remedy = "Look for the real client in these attributes; allow the commands to your own "
               "proxies and filters only.",
     .reference = "no RFC; Postfix's XCLIENT_README and XFORWARD_README",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 XCLIENT NAME ADDR
         C: XCLIENT NAME=host.example.org ADDR=203.0.113.9
         S: 220 mx.example.com ESMTP
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_helo_invalid,
     .name = "smtp.helo-invalid",
     .severity = warning,
     .when = "The name in EHLO or HELO is no domain and no address literal, or it is not the "
             "client's own.",
     .meaning = "Many servers refuse mail from such clients, or take it for spam, since bots greet "
                "like this.",
     .remedy =
         "Set the host name of the client to a name that the DNS has (in Postfix smtp_helo_name, "
         "in Exim primary_hostname, in msmtp domain), or let it send its address in brackets.",
     .reference = "RFC 5321, 2.3.5 and 4.1.1.1",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO localhost
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_8bit_command,
     .name = "smtp.8bit-command",
     .severity = warning,
     .when = "An address or another argument holds octets above 127 without SMTPUTF8.",
     .meaning = "Servers refuse the command, or write another address than the one that was meant.",
     .remedy = "Send the domain as A-labels (xn--); a local part of such octets needs SMTPUTF8 on "
               "both sides.",
     .reference = "RFC 5321, 2.4; RFC 6531, 3.4",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.net>
         S: 250 2.1.0 Ok
         C: RCPT TO:<j\xc3\xb6rg@example.com>
         S: 501 5.1.3 Bad recipient address syntax
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_pipelining_not_offered,
     .name = "smtp.pipelining-not-offered",
     .severity = warning,
     .when = "Commands were sent ahead of replies, and the server had not offered PIPELINING.",
     .meaning = "Servers that do not expect it lose the commands behind the first, or take the "
                "client for a bot.",
     .remedy = "Make the client wait for each reply unless EHLO offers PIPELINING.",
     .reference = "RFC 2920, 3.1",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.net>\r\nRCPT TO:<bob@example.com>
         S: 250 2.1.0 Ok\r\n250 2.1.5 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_pipelining_past_sync,
     .name = "smtp.pipelining-past-sync",
     .severity = error,
     .when = "Commands were sent behind one that must be the last of its group.",
     .meaning = "The server may drop them, or refuse the client; bots that do not read replies "
                "send like this.",
     .remedy =
         "Make the client wait for the reply to EHLO, DATA, VRFY, EXPN, TURN, QUIT, NOOP and AUTH.",
     .reference = "RFC 2920, 3.1",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net\r\nMAIL FROM:<alice@example.net>
         S: 250-mx.example.com\r\n250 PIPELINING\r\n250 2.1.0 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_extension_not_offered,
     .name = "smtp.extension-not-offered",
     .severity = warning,
     .when = "A command or a parameter was used that the answer to EHLO did not offer.",
     .meaning = "The server may refuse it or take it without doing what it asks; a box between the "
                "two may have removed the keyword from the answer.",
     .remedy = "Let the client use what it was offered; compare the answer to EHLO here with the "
               "one that the server gives to itself.",
     .reference = "RFC 5321, 2.2.1 and 4.1.1.1",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.net> SIZE=1000
         S: 250 2.1.0 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_enhanced_mismatch,
     .name = "smtp.enhanced-mismatch",
     .severity = warning,
     .when = "The class of the enhanced status code is another one than that of the reply code.",
     .meaning = "Clients go by the one or by the other: some give up a mail that others try again, "
                "or think that it was taken.",
     .remedy = "Correct the text of that reply in the server's configuration or policy service.",
     .reference = "RFC 2034, 4; RFC 3463, 2",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.net>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 450 5.7.1 Try again later
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_out_of_step,
     .name = "smtp.out-of-step",
     .severity = error,
     .when = "Replies answer another command than the one they stand against.",
     .meaning = "The client takes the answer to one command for the answer to another: mail is "
                "lost, or refused for no reason.",
     .remedy = "Look for a server, proxy or filter that leaves out a reply or gives one too many; "
               "restart and update it.",
     .reference = "RFC 5321, 4.2 and 4.1.4",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 PIPELINING
         C: MAIL FROM:<alice@example.net>\r\nRCPT TO:<bob@example.com>\r\nDATA
         S: 250 2.1.0 Ok\r\n354 go on
         close)"},
    {.id = smtp_reply_held_back,
     .name = "smtp.reply-held-back",
     .severity = note,
     .when = "A reply came only with, or after, the next octets of the client.",
     .meaning = "Something holds replies until the client goes on; a client that waits for them "
                "gives up instead.",
     .remedy = "Look for a proxy, filter or firewall with an SMTP inspection between the two, or "
               "for a server that does not flush its output.",
     .reference = "RFC 5321, 2.1 and 4.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: NOOP
         wait 30s
         C: RSET
         S: 250 2.0.0 Ok\r\n250 2.0.0 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_reply_during_data,
     .name = "smtp.reply-during-data",
     .severity = warning,
     .when = "The server replied before the end of the message.",
     .meaning = "A client need not read replies while it sends; it may take this one for the "
                "answer to something else.",
     .remedy = "Look for a filter behind the server that answers at once; it has to wait for the "
               "end of the message.",
     .reference = "RFC 5321, 4.1.1.4",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.net>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: Subject: test
         S: 250 2.0.0 Ok
         C: 
         C: text
         C: .
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_too_many_recipients,
     .name = "smtp.too-many-recipients",
     .severity = warning,
     .when = "The server refused recipients because one message has too many of them.",
     .meaning = "Those recipients get the message later, in another transaction, if the client "
                "knows to try again.",
     .remedy = "Lower the recipients a message in the client (in Postfix "
               "smtp_destination_recipient_limit), or raise the limit of the server.",
     .reference = "RFC 5321, 4.5.3.1.8 and 4.5.3.1.10; RFC 9422",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.net>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: RCPT TO:<carol@example.com>
         S: 452 4.5.3 Too many recipients
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_downgrade_to_helo,
     .name = "smtp.downgrade-to-helo",
     .severity = note,
     .when = "EHLO was refused, and the client went on with HELO.",
     .meaning = "Nothing that extensions bring can be used: no TLS, no login, no delivery reports.",
     .remedy =
         "Let the server take EHLO; a firewall that inspects SMTP may refuse it in its place.",
     .reference = "RFC 5321, 3.2 and 4.1.4",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 502 5.5.1 Command not implemented
         C: HELO client.example.net
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_legacy_code,
     .name = "smtp.legacy-code",
     .severity = note,
     .when = "A code that RFC 5321 gives another meaning, or none here.",
     .meaning = "Clients that go by the code alone do the wrong thing: 552 makes them bounce what "
                "they should send again, and 421 makes them leave.",
     .remedy = "Let the server say 452 to a recipient too many, and 421 only where it closes.",
     .reference = "RFC 5321, 3.8 and 4.5.3.1.10",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.net>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: RCPT TO:<carol@example.com>
         S: 552 Too many recipients
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_no_ehlo_after_tls,
     .name = "smtp.no-ehlo-after-tls",
     .severity = warning,
     .when = "The first command after STARTTLS was not EHLO.",
     .meaning = "The client goes by what was offered in clear, which anyone on the way could have "
                "changed; servers refuse the command.",
     .remedy = "Make the client send EHLO again once TLS is there.",
     .reference = "RFC 3207, 4.2",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 go ahead
         C: MAIL FROM:<alice@example.net>
         S: 503 5.5.1 Send EHLO first
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = smtp_many_errors,
     .name = "smtp.many-errors",
     .severity = warning,
     .when = "Five commands or more were refused in one session.",
     .meaning = "A client that makes so many mistakes is a bot, a broken program, or no mail "
                "client at all; servers slow such clients down and close on them.",
     .remedy = "Look at the first of them: the others mostly follow from it.",
     .reference = "RFC 5321, 4.2.1; Postfix, smtpd_hard_error_limit",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: GET
         S: 502 5.5.2 Error: command not recognized
         C: HOST
         S: 502 5.5.2 Error: command not recognized
         C: ACCEPT
         S: 502 5.5.2 Error: command not recognized
         C: COOKIE
         S: 502 5.5.2 Error: command not recognized
         C: EXIT
         S: 502 5.5.2 Error: command not recognized
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
});

}  // namespace smtpscope::findings::rows
