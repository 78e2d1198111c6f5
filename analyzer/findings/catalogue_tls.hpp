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
});

}  // namespace smtpscope::findings::rows
