#pragma once
// The catalogue's rows of the group security: what an attacker does, or could. In the order of
// RuleId; catalogue.cpp joins the groups.
#include "analyzer/findings/finding.hpp"

#include <array>

namespace smtpscope::findings::rows {

using enum RuleId;
using enum Severity;

inline constexpr auto security = std::to_array<RuleInfo>({
    {.id = security_smuggling,
     .name = "security.smuggling",
     .severity = error,
     .when = "Inside a message stands an end of data that is none by the RFC (LF.LF, CR.CRLF and "
             "the like), and SMTP commands behind it.",
     .meaning =
         "A server that takes it for the end reads the rest as a second mail, in the name of "
         "whoever sent the first: forged mail that passes SPF and DKIM checks of that sender.",
     .remedy = "If the server took it, update it, or make it refuse bare CR and LF; if not, look "
               "for who sent it.",
     .reference = "RFC 5321, 2.3.8 and 4.1.1.4; SEC Consult, SMTP smuggling (2023)",
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
         C: text\n.\nMAIL FROM:<boss@example.org>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\ntext\r\n.
         S: 250 Ok: queued as 4F7\r\n250 Ok\r\n250 Ok\r\n354 go on\r\n250 Ok: queued as 4F8)"},
    {.id = security_starttls_refused,
     .name = "security.starttls-refused",
     .severity = warning,
     .when = "STARTTLS was answered with 4xx or 5xx; where it was not offered, "
             "smtp.extension-not-offered tells that.",
     .meaning = "The session cannot be encrypted: a client that insists on TLS does not send the "
                "mail, and others send it in clear.",
     .remedy = "Check the server's certificate, key and TLS settings; 454 mostly means that it "
               "could not load them.",
     .reference = "RFC 3207, 4",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 454 4.7.0 TLS not available
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_credentials_in_clear,
     .name = "security.credentials-in-clear",
     .severity = error,
     .when = "A password or token was sent with AUTH before TLS.",
     .meaning = "Whoever can read the traffic, as this capture shows, can log in as this user.",
     .remedy = "Change the password; use STARTTLS or port 465 in the client, and offer AUTH on the "
               "server under TLS only.",
     .reference = "RFC 4954, 4 and 9; RFC 8314, 3.3",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 AUTH PLAIN
         C: AUTH PLAIN AGFsaWNlAHRvcHNlY3JldA==
         S: 235 2.7.0 welcome
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_auth_failed,
     .name = "security.auth-failed",
     .severity = error,
     .when = "The server refused a login: 535, or 432, 454, 530, 534, 538 and others that speak of "
             "the login.",
     .meaning = "Whoever logs in is not let in, and mail that needs the login is not sent; many "
                "refusals in a row are guesses.",
     .remedy = "Check user name, password or token in the client; where they are guesses, block "
               "the address and look at whether one of them was accepted.",
     .reference = "RFC 4954, 4 and 6; RFC 7628, 3.2.2",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 AUTH CRAM-MD5
         C: AUTH CRAM-MD5
         S: 334 PDEyM0BteC5leGFtcGxlLmNvbT4=
         C: YWxpY2UgMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
         S: 535 5.7.8 authentication failed
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_auth_not_offered,
     .name = "security.auth-not-offered",
     .severity = warning,
     .when = "The client logs in with a mechanism that the server's answer to EHLO does not name, "
             "or before AUTH is offered at all.",
     .meaning = "The server will hardly take it, and a secret may have gone to a server that did "
                "not ask for it: many offer AUTH only once TLS is there.",
     .remedy = "Let the client begin TLS first and choose from the mechanisms that the server "
               "names; offer the mechanism on the server if it is wanted.",
     .reference = "RFC 4954, 3 and 4",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 AUTH SCRAM-SHA-256
         C: AUTH CRAM-MD5
         S: 504 5.5.4 no such mechanism
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_weak_auth,
     .name = "security.weak-auth",
     .severity = note,
     .when = "CRAM-MD5, DIGEST-MD5 or NTLM was used in clear.",
     .meaning = "The password is not sent, but whoever has the traffic can try passwords against "
                "it, millions in a second.",
     .remedy = "Use TLS, and behind it SCRAM-SHA-256, PLAIN or a token.",
     .reference = "RFC 6331; RFC 8314, 3.3; RFC 2195 (historic)",
     .odd_line_of = {},
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 AUTH CRAM-MD5
         C: AUTH CRAM-MD5
         S: 334 PDEyM0BteC5leGFtcGxlLmNvbT4=
         C: YWxpY2UgMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
         S: 235 2.7.0 welcome
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_starttls_stripped,
     .name = "security.starttls-stripped",
     .severity = error,
     .when = "STARTTLS is not offered, and a masked keyword as long as it (XXXXXXXA, XXXXXXXX) or "
             "a banner full of stars shows that something took it away.",
     .meaning = "Two hosts that could encrypt do not: the mail goes in clear, or does not go where "
                "the client insists on TLS.",
     .remedy = "Switch the firewall's inspection of SMTP off (\"fixup protocol smtp\" of PIX, "
               "\"inspect esmtp\" of ASA), or let it pass STARTTLS.",
     .reference = "RFC 3207, 6; Cisco ASA, inspect esmtp",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250-SIZE 10240000
         S: 250 XXXXXXXA
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_middlebox,
     .name = "security.middlebox",
     .severity = warning,
     .when = "The banner is full of stars, keywords or commands are written over with Xes, or "
             "lines of EHLO's answer are no keywords.",
     .meaning =
         "A box between the two changes what they say: extensions are lost, and mail may be too.",
     .remedy = "Find the firewall or antivirus in between and switch its inspection of SMTP off.",
     .reference = "RFC 5321, 4.1.1.1; Cisco PIX, fixup protocol smtp",
     .odd_line_of = Side::server,
     .example = R"(
         connect
         S: 220 ***********************2*****0*0*0*
         C: HELO client.example.net
         S: 250 mx.example.com
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_starttls_injection,
     .name = "security.starttls-injection",
     .severity = error,
     .when =
         "Words in clear stand right behind STARTTLS, or right behind the reply that accepts it.",
     .meaning = "Who keeps them until TLS is there takes them for words that came inside it: "
                "somebody in between can put commands or replies into the encrypted session.",
     .remedy = "Find out who sent them; bring the server (or client) up to date: it must throw "
               "away what it has read before TLS.",
     .reference = "RFC 3207, 4.2 and 6; CVE-2011-0411 (Postfix)",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS\r\nRSET
         S: 220 2.0.0 go ahead
         C: \x16\x03\x01\0\x05hello\
         S: \x16\x03\x03\0\x05hello\
         close)"},
    {.id = security_starttls_not_used,
     .name = "security.starttls-not-used",
     .severity = note,
     .when = "The server offered STARTTLS, and the client sent the mail in clear all the same.",
     .meaning =
         "Whoever can read the traffic can read the mail, though both ends could have encrypted.",
     .remedy = "Switch TLS on in the client: for a relay where it is offered (opportunistic), for "
               "submission always.",
     .reference = "RFC 3207, 4; RFC 7435; RFC 8314, 3",
     .odd_line_of = {},
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: MAIL FROM:<alice@example.net>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: Subject: hello
         C: .
         S: 250 2.0.0 Ok: queued as 4F7
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_mail_in_clear,
     .name = "security.mail-in-clear",
     .severity = note,
     .when =
         "A message went from one host to another in clear, and the server offered no STARTTLS.",
     .meaning = "Whoever can read the traffic can read the mail.",
     .remedy = "Give the server a certificate and let it offer STARTTLS.",
     .reference = "RFC 3207; RFC 7435",
     .odd_line_of = {},
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
         C: Subject: hello
         C: .
         S: 250 2.0.0 Ok: queued as 4F7
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_address_probing,
     .name = "security.address-probing",
     .severity = warning,
     .when = "One session asks for three or more names with VRFY or EXPN, or at least five of its "
             "recipients, and at least half of them, do not exist.",
     .meaning = "Somebody collects the addresses that exist, to send to them or to guess their "
                "passwords; or a list is very old.",
     .remedy = "Switch VRFY and EXPN off, and let the server slow down or drop who names many "
               "unknown recipients.",
     .reference = "RFC 5321, 7.3; RFC 2505, 2.11",
     .odd_line_of = Side::client,
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: VRFY alice
         S: 252 2.0.0 alice
         C: VRFY bob
         S: 252 2.0.0 bob
         C: VRFY carol
         S: 550 5.1.1 no such user
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_control_in_text,
     .name = "security.control-in-text",
     .severity = warning,
     .when = "A command or a reply holds an escape or another control character.",
     .meaning = "Shown in a terminal or a log as it is, it can hide or forge lines; a backspace "
                "may just be somebody who types.",
     .remedy = "Look at who sends it, and read logs of this session with a program that escapes "
               "such characters.",
     .reference = "RFC 5321, 4.1.2 and 4.2; CWE-150",
     .odd_line_of = {},
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: VRFY \x1b[2Jalice
         S: 252 2.0.0 cannot tell
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_tls_fallback,
     .name = "security.tls-fallback",
     .severity = warning,
     .when = "A message went in clear between two hosts shortly after TLS failed between them in "
             "an earlier session.",
     .meaning = "The client gives encryption up when it fails: whoever can disturb TLS on the way "
                "can read the mail.",
     .remedy = "Repair what made TLS fail in that session; where mail must not go in clear, let "
               "the client insist on TLS (DANE, MTA-STS, or a setting for this server).",
     .reference = "RFC 7435; RFC 3207, 4 and 6",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 454 4.7.0 TLS not available
         C: QUIT
         S: 221 2.0.0 Bye
         close
         wait 1s
         # The same two hosts, a second later.
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: Subject: test
         C: .
         S: 250 2.0.0 Ok: queued as 4F7
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = security_plaintext_after_tls,
     .name = "security.plaintext-after-tls",
     .severity = warning,
     .when = "SMTP in clear comes again after TLS had begun; or, a note, both sides go on behind "
             "the 220 to STARTTLS as if TLS were there, and it is all in clear.",
     .meaning = "After TLS that broke off, what follows can be read and forged on the way; in a "
                "capture that was made where TLS had been taken off it only means that whoever "
                "keeps this capture reads the mail.",
     .remedy = "Make the side that went back to clear text close the connection instead; if the "
               "capture is from a tap that decrypts, nothing is to be done.",
     .reference = "RFC 3207, 4.1; RFC 8446, 6.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         C: \x16\x03\x01\0\x05hello\
         # An alert (handshake failure), and then text.
         S: \x15\x03\x03\0\x02\x02\x28\
         S: 454 4.7.0 TLS not available
         close)"},
});

}  // namespace smtpscope::findings::rows
