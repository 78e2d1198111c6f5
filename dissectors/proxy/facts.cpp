#include "dissectors/proxy/facts.hpp"

namespace smtpscope::proxy {

std::string_view name_of(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::proxy_v1:
      return "PROXY v1";
    case Protocol::proxy_v2:
      return "PROXY v2";
    case Protocol::socks4:
      return "socks4";
    case Protocol::socks4a:
      return "socks4a";
    case Protocol::socks5:
      return "socks5";
    case Protocol::http_connect:
      break;
  }
  return "HTTP CONNECT";
}

std::string_view meaning_of(Protocol protocol, unsigned answer) noexcept {
  // RFC 1928, 6.
  constexpr std::array<std::string_view, 9> socks5 = {"succeeded",
                                                      "general failure",
                                                      "not allowed by the rules",
                                                      "network unreachable",
                                                      "host unreachable",
                                                      "connection refused",
                                                      "time to live expired",
                                                      "command not supported",
                                                      "address type not supported"};
  // SOCKS: A protocol for TCP proxy across firewalls; from 90 on.
  constexpr std::array<std::string_view, 4> socks4 = {"granted", "rejected or failed",
                                                      "the client's identd cannot be reached",
                                                      "the client's identd names another user"};
  if (protocol == Protocol::socks5)
    return answer < socks5.size() ? socks5[answer] : std::string_view();
  const bool is_socks4 = protocol == Protocol::socks4 || protocol == Protocol::socks4a;
  return is_socks4 && answer >= 90 && answer < 90 + socks4.size() ? socks4[answer - 90]
                                                                  : std::string_view();
}

}  // namespace smtpscope::proxy
