#pragma once
// The catalogue's rows of the group tls: as far as it shows. In the order of RuleId; catalogue.cpp joins the groups.
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
     .when = "Where TLS is due, behind the 220 to STARTTLS or from the first octet on port 465, a side sends something "
             "else.",
     .meaning = "No TLS comes about: mostly the session ends here, and what was sent in clear, a password too, could be "
                "read on the way.",
     .remedy = "Begin TLS there on both sides: STARTTLS belongs to ports 25 and 587, TLS from the first octet to port "
               "465 (Postfix: smtpd_tls_wrappermode; clients call it SSL/TLS). A box that decrypts before the capture "
               "makes port 465 look so, too.",
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
     .meaning = "What should follow inside TLS was never said; a client that insists on TLS keeps the mail.",
     .remedy = "Read what the tool says: a certificate that it does not trust, or no version or cipher that both know; then "
               "look into the server's log for that second.",
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
});

}  // namespace smtpscope::findings::rows
