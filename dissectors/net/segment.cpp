#include "dissectors/net/segment.hpp"

namespace smtpscope::net {
namespace {

const char* name_of(TunnelKind kind) noexcept {
  switch (kind) {
    case TunnelKind::ip_in_ip:
      return "ipip";
    case TunnelKind::ip6_in_ip:
      return "6in4";
    case TunnelKind::ip_in_ip6:
      return "4in6";
    case TunnelKind::ip6_in_ip6:
      return "6in6";
    case TunnelKind::gre:
      return "gre";
    case TunnelKind::pptp:
      return "pptp";
    case TunnelKind::erspan:
      return "erspan";
    case TunnelKind::vxlan:
      return "vxlan";
    case TunnelKind::vxlan_gpe:
      return "vxlan-gpe";
    case TunnelKind::geneve:
      return "geneve";
    case TunnelKind::gtp_u:
      return "gtp-u";
    case TunnelKind::teredo:
      return "teredo";
    case TunnelKind::l2tp:
      return "l2tp";
    case TunnelKind::ether_ip:
      return "etherip";
    case TunnelKind::mpls_in_ip:
      return "mpls";
  }
  return "?";
}

}  // namespace

std::string to_string(const Tunnel& tunnel) {
  std::string text = name_of(tunnel.kind);
  if (tunnel.id) text += ' ' + std::to_string(*tunnel.id);
  return text;
}

const char* to_string(NotTcpWhy why) noexcept {
  switch (why) {
    case NotTcpWhy::link_type_unknown:
      return "link type unknown";
    case NotTcpWhy::not_ip:
      return "not IP";
    case NotTcpWhy::udp:
      return "UDP";
    case NotTcpWhy::icmp:
      return "ICMP";
    case NotTcpWhy::other_ip_protocol:
      return "other IP protocol";
    case NotTcpWhy::fragment:
      return "IP fragment";
    case NotTcpWhy::malformed:
      return "malformed";
    case NotTcpWhy::cut_short:
      return "cut short";
    case NotTcpWhy::encrypted_wireless:
      return "encrypted 802.11";
    case NotTcpWhy::too_deep:
      return "too many headers";
  }
  return "?";
}

}  // namespace smtpscope::net
