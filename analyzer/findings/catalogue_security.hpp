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
     .reference = "RFC 3207, 4"},
    {.id = security_credentials_in_clear,
     .name = "security.credentials-in-clear",
     .severity = error,
     .when = "A password or token was sent with AUTH before TLS.",
     .meaning = "Whoever can read the traffic, as this capture shows, can log in as this user.",
     .remedy = "Change the password; use STARTTLS or port 465 in the client, and offer AUTH on the "
               "server under TLS only.",
     .reference = "RFC 4954, 4 and 9; RFC 8314, 3.3"},
});

}  // namespace smtpscope::findings::rows
