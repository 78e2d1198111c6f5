#pragma once
// The catalogue's rows of the group security: what an attacker does, or could. In the order of RuleId; catalogue.cpp joins the groups.
#include "analyzer/findings/finding.hpp"

#include <array>

namespace smtpscope::findings::rows {

using enum RuleId;
using enum Severity;

inline constexpr auto security = std::to_array<RuleInfo>({
    {.id = security_starttls_refused,
     .name = "security.starttls-refused",
     .severity = warning,
     .when = "STARTTLS was answered with 4xx or 5xx.",
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
});

}  // namespace smtpscope::findings::rows
