#include "analyzer/session/proxy.hpp"

#include "dissectors/net/address.hpp"

namespace smtpscope::session {

bool is_refused(const ProxyFacts& proxy) noexcept {
  const proxy::Facts& said = proxy.said;
  return !proxy::is_header(said.protocol) && !said.granted &&
         (said.answer || !said.refusal.empty());
}

std::string host_of(const proxy::Address& address) {
  using Kind = proxy::Address::Kind;
  switch (address.kind) {
    case Kind::ipv4:
      return net::to_string(net::IpAddress{net::IpVersion::v4, address.octets});
    case Kind::ipv6:
      return net::to_string(net::IpAddress{net::IpVersion::v6, address.octets});
    case Kind::name:
    case Kind::path:
      return address.text;
    case Kind::none:
      break;
  }
  return {};
}

std::string to_string(const proxy::Address& address) {
  using Kind = proxy::Address::Kind;
  std::string host = host_of(address);
  if (address.kind == Kind::none || address.kind == Kind::path) return host;
  if (address.kind == Kind::ipv6) host = '[' + host + ']';
  return host + ':' + std::to_string(address.port);
}

}  // namespace smtpscope::session
