#include "dissectors/net/segment.hpp"

namespace smtpscope::net {

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
  }
  return "?";
}

}  // namespace smtpscope::net
