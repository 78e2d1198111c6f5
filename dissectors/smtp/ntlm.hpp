#pragma once
// NTLM's messages, as far as they are in clear (MS-NLMP, 2.2.1). All strings lie behind a table of lengths and
// offsets that the peer announced: one that leaves the message counts as absent.
//
//     "NTLMSSP" 0 | type | { length, room, offset } ... | flags | ... payload
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

struct NtlmNames {
  std::string user, domain, workstation;
  std::vector<std::string_view> proofs;  // the responses to the challenge and the session key, in the message
};

// NTLM may come inside another mechanism's token (GSS-SPNEGO): the message is looked for in the octets.
[[nodiscard]] std::optional<NtlmNames> parse_ntlm_authenticate(std::string_view octets);  // type 3, of the client
[[nodiscard]] std::optional<std::string> parse_ntlm_challenge(std::string_view octets);   // type 2: the target's name

}  // namespace smtpscope::smtp
