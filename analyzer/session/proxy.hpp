#pragma once
// What a proxy in front of the dialogue said, as a part of the Session.
#include "analyzer/session/transaction.hpp"
#include "dissectors/base/stream.hpp"
#include "dissectors/proxy/facts.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace smtpscope::session {

struct ProxyFacts {
  proxy::Facts said;
  // By Side: octets of the streams that belong to it and not to the dialogue. Session::octets has
  // them, too.
  std::array<std::uint64_t, 2> octets{};
  Origin begun;  // the packet with its first octet
  Origin ended;  // ... that completes it: the dialogue begins
  // Of a PROXY header: the server's refusal of it, as if it were a command.
  std::size_t answered = no_exchange;
};

// The proxy was asked for a connection, and said no.
[[nodiscard]] bool is_refused(const ProxyFacts& proxy) noexcept;

// "192.0.2.1", "mx.example.com", "/run/mail.sock"; empty if there is none. As sent, not escaped.
[[nodiscard]] std::string host_of(const proxy::Address& address);
// "192.0.2.1:56324", "[2001:db8::1]:25", "mx.example.com:25"
[[nodiscard]] std::string to_string(const proxy::Address& address);

}  // namespace smtpscope::session
