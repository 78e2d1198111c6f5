#pragma once
// NTLM's messages, as far as they are in clear (MS-NLMP, 2.2.1). All strings lie behind a table of
// lengths and offsets that the peer announced: one that leaves the message counts as absent.
//
//     "NTLMSSP" 0 | type | { length, room, offset } ... | flags | ... payload
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

struct NtlmNames {
  std::string user, domain, workstation;
  // The responses to the challenge and the session key, in the message.
  std::vector<std::string_view> proofs;
};

// NTLM may come inside another mechanism's token (GSS-SPNEGO): the message is looked for in the
// octets. Type 3, of the client.
[[nodiscard]] std::optional<NtlmNames> parse_ntlm_authenticate(std::string_view octets);
// Type 2: the target's name.
[[nodiscard]] std::optional<std::string> parse_ntlm_challenge(std::string_view octets);

}  // namespace smtpscope::smtp
