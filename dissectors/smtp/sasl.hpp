#pragma once
// What one message of a SASL mechanism says, decoded from its base64: who logs in, and which of its
// octets are secret. A message that is not as its mechanism wants it names nobody: what stands in
// the user's place could be the password.
//
//     PLAIN          [authzid] NUL authcid NUL passwd                       RFC 4616
//     CRAM-MD5       user SP 32 hexadecimal digits                          RFC 2195
//     DIGEST-MD5     username="user",realm="...",...,response=digest        RFC 2831
//     SCRAM-*        n,[a=authzid],n=user,r=nonce   then   c=...,r=...,p=proof   RFC 5802
//     OAUTHBEARER    n,[a=user],^Ahost=...^Aport=...^Aauth=Bearer token^A^A RFC 7628
//     XOAUTH2        user=user^Aauth=Bearer token^A^A                       Google, Microsoft
//     NTLM           NTLMSSP NUL, a type, lengths and offsets               MS-NLMP, 2.2.1
//     LOGIN          the user in one message, the password in the next
//
// Pure; every octet sequence is a legal input.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

// Who a message of the client names. UTF-8 where the mechanism says which encoding it is; else as
// sent.
struct Identity {
  std::string user;
  std::string acting_as;    // on whose behalf, where that is another name
  std::string domain;       // NTLM's domain, DIGEST-MD5's realm
  std::string workstation;  // NTLM
};

// Messages of these carry no mark of what they are: only their place in the exchange tells a user's
// name from a password.
[[nodiscard]] bool names_by_place_alone(std::string_view mechanism) noexcept;
// `mechanism` in capitals. For those that name by place alone: if it is the message that names the
// user.
[[nodiscard]] Identity identity_in(std::string_view mechanism, std::string_view message);

// The parts of the message that are secret by themselves: the password, the token, the proof.
// Nothing if the message is not as the mechanism wants it.
[[nodiscard]] std::optional<std::vector<std::string_view>> secrets_in(std::string_view mechanism,
                                                                      std::string_view message);

// The server's name for itself or its domain in NTLM's challenge (type 2); empty if it is none.
[[nodiscard]] std::string ntlm_target(std::string_view message);

// Why an OAuth server does not take the token: the JSON in its last challenge (RFC 7628, 3.2.2).
// Members that are not there are empty.
struct OAuthError {
  std::string status;   // "invalid_token"; Google sends "401"
  std::string schemes;  // "bearer"
  std::string scope;    // what a token would have to be for
  friend bool operator==(const OAuthError&, const OAuthError&) = default;
};
[[nodiscard]] std::optional<OAuthError> parse_oauth_error(std::string_view message);

}  // namespace smtpscope::smtp
