#pragma once
// The catalogue's rows of the group tls: as far as it shows. In the order of RuleId; catalogue.cpp
// joins the groups.
#include "analyzer/findings/finding.hpp"

#include <array>

namespace smtpscope::findings::rows {

using enum RuleId;
using enum Severity;

inline constexpr auto tls = std::to_array<RuleInfo>({
    {.id = tls_hidden,
     .name = "tls.hidden",
     .severity = note,
     .when = "From here on the session is encrypted.",
     .meaning = "Commands, replies and messages inside TLS are not seen, so nothing is said about "
                "delivery.",
     .remedy = "The logs of the two servers tell what happened inside.",
     .reference = "RFC 3207; RFC 8314, 3.3",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         C: \x16\x03\x01\0\x05hello\
         S: \x16\x03\x03\0\x05hello\
         close)"},
    {.id = tls_not_tls,
     .name = "tls.not-tls",
     .severity = error,
     .when = "Where TLS is due, behind the 220 to STARTTLS or from the first octet on port 465, a "
             "side sends something else.",
     .meaning = "No TLS comes about: mostly the session ends here, and what was sent in clear, a "
                "password too, could be read on the way.",
     .remedy = "Begin TLS there on both sides: STARTTLS belongs to ports 25 and 587, TLS from the "
               "first octet to port 465 (Postfix: smtpd_tls_wrappermode; clients call it SSL/TLS). "
               "A box that decrypts before the capture makes port 465 look so, too.",
     .reference = "RFC 3207, 4; RFC 8314, 3.3",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         # No TLS: the client forgot to begin it. The server's alert says that it had waited for it.
         C: EHLO client.example.net
         S: \x15\x03\x01\0\x02\x02\x46\
         S:fin
         C:fin)"},
    {.id = tls_failed,
     .name = "tls.failed",
     .severity = error,
     .when = "The tool that wrote the transcript says that the TLS handshake failed.",
     .meaning = "What should follow inside TLS was never said; a client that insists on TLS keeps "
                "the mail.",
     .remedy = "Read what the tool says: a certificate that it does not trust, or no version or "
               "cipher that both know; then look into the server's log for that second.",
     .reference = "RFC 3207, 4.1; RFC 8446, 6.2",
     .example = R"(
         === Trying mx.example.com:25...
         === Connected to mx.example.com.
         <-  220 mx.example.com ESMTP
          -> EHLO client.example.net
         <-  250-mx.example.com
         <-  250 STARTTLS
          -> STARTTLS
         <-  220 2.0.0 go ahead
         *** TLS startup failed (connect(): error:0A000102:SSL routines::unsupported protocol))"},
    {.id = tls_handshake_failed,
     .name = "tls.handshake-failed",
     .severity = error,
     .when =
         "The TLS handshake ended before it was complete: with an alert, or because a side left.",
     .meaning = "Nothing was sent inside TLS: a client that insists on TLS keeps the mail, others "
                "may send it in clear next.",
     .remedy = "Read the alert, and who sent it: a certificate that the client does not trust is "
               "corrected on the server, a version or cipher that the two do not share on the "
               "older side.",
     .reference = "RFC 8446, 6.2; RFC 5246, 7.2",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2 name=mx.example.com
         tls S hello 1.2
         tls S certificate by=itself
         tls C alert 48
         close)"},
    {.id = tls_left_after_handshake,
     .name = "tls.left-after-handshake",
     .severity = warning,
     .when = "TLS came about, and the client left without a word inside.",
     .meaning = "Mostly the client verifies the certificate only then, did not like it, and keeps "
                "the mail.",
     .remedy = "Look into the log of the client for that second; then into the certificate: its "
               "name, its dates, and who issued it.",
     .reference = "RFC 3207, 4.1; RFC 7817",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.3 name=mx.example.com
         tls S hello 1.3
         tls S data 900
         # The end of the handshake, and a goodbye of 19 octets.
         tls C data 53
         tls C data 19
         close)"},
    {.id = tls_obsolete_version,
     .name = "tls.obsolete-version",
     .severity = warning,
     .when = "SSL 3.0, TLS 1.0 or TLS 1.1 was agreed on.",
     .meaning = "These versions have known weaknesses, and more and more servers refuse them.",
     .remedy = "Update the side that offers no better: TLS 1.2 and 1.3 are what is in use.",
     .reference = "RFC 8996; RFC 7568",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.0 name=mx.example.com suites=c014
         tls S hello 1.0 suite=c014
         tls S certificate
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_weak_cipher,
     .name = "tls.weak-cipher",
     .severity = warning,
     .when = "The cipher suite that was agreed on encrypts nothing, can be broken, or does not "
             "prove who the server is.",
     .meaning = "Whoever is on the way can read the mail, or take the place of the server.",
     .remedy = "Take NULL, export, RC4, DES and 3DES suites off both sides; anonymous ones are for "
               "servers that verify nobody anyway.",
     .reference = "RFC 7465; RFC 9325, 4.1",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2 name=mx.example.com suites=c011
         tls S hello 1.2 suite=c011
         tls S certificate
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_no_forward_secrecy,
     .name = "tls.no-forward-secrecy",
     .severity = note,
     .when = "Keys were exchanged with the server's RSA key.",
     .meaning = "Whoever gets that key one day can read what was recorded today.",
     .remedy = "Prefer suites with ECDHE or DHE on the server.",
     .reference = "RFC 9325, 4.1",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2 name=mx.example.com suites=009c
         tls S hello 1.2 suite=009c
         tls S certificate
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_certificate_expired,
     .name = "tls.certificate-expired",
     .severity = warning,
     .when = "The certificate of the server was out of date.",
     .meaning = "Clients that verify it will not send mail any more; others go on.",
     .remedy = "Renew it, and look why that did not happen by itself; a server must be told to "
               "read the new one.",
     .reference = "RFC 5280, 4.1.2.5",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2 name=mx.example.com
         tls S hello 1.2
         tls S certificate until=2025-12-31
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_certificate_not_yet_valid,
     .name = "tls.certificate-not-yet-valid",
     .severity = warning,
     .when = "The certificate of the server is for the future.",
     .meaning = "Clients that verify it will not send mail yet; others go on.",
     .remedy = "Correct the clock of the server that made it, or wait.",
     .reference = "RFC 5280, 4.1.2.5",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2 name=mx.example.com
         tls S hello 1.2
         tls S certificate from=2026-06-01
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_certificate_self_signed,
     .name = "tls.certificate-self-signed",
     .severity = warning,
     .when = "The server signed its certificate itself. On port 25 a note: nobody verifies it "
             "there, as a rule.",
     .meaning = "Clients that verify it will not send mail, unless they know this very certificate "
                "(DANE, RFC 7672).",
     .remedy = "Get one from an authority that clients know; it costs nothing any more.",
     .reference = "RFC 7817; RFC 7435",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2 name=mx.example.com
         tls S hello 1.2
         tls S certificate by=itself
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_certificate_wrong_name,
     .name = "tls.certificate-wrong-name",
     .severity = warning,
     .when = "The certificate is for other names than the one that the client asked for. On port "
             "25 a note: nobody verifies it there, as a rule.",
     .meaning = "Clients that verify it will not send mail.",
     .remedy = "Get a certificate with the name by which clients know the server, or correct that "
               "name in the client.",
     .reference = "RFC 7817, 3; RFC 6125, 6",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2 name=mx.example.com
         tls S hello 1.2
         tls S certificate name=www.example.com
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_no_sni,
     .name = "tls.no-sni",
     .severity = note,
     .when = "The client does not say which server it wants (server_name, SNI).",
     .meaning = "A server with several names cannot choose the right certificate.",
     .remedy =
         "Mail servers that verify nobody mostly send none, and need none; a mail program should.",
     .reference = "RFC 6066, 3",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         tls C hello 1.2
         tls S hello 1.2
         tls S certificate
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
    {.id = tls_key_missing,
     .name = "tls.key-missing",
     .severity = note,
     .when = "Keys were given, and do not open this session.",
     .meaning = "What was said inside TLS stays hidden.",
     .remedy = "Let client or server write its keys (docs/KEYS.md) from before the session on, and "
               "capture from its first packet on.",
     .reference = "draft-ietf-tls-keylogfile",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250-mx.example.com
         S: 250 STARTTLS
         C: STARTTLS
         S: 220 2.0.0 go ahead
         # A key log was given, with keys of other sessions.
         tls C hello 1.2 name=mx.example.com
         tls S hello 1.2
         tls S certificate
         tls C key
         tls S done
         tls C data 60
         tls S data 90
         close)"},
});

}  // namespace smtpscope::findings::rows
