#include "analyzer/capture/pcap_handle.hpp"

#include <utility>

namespace smtpscope::capture {

Result<Program> compile(pcap_t* handle, const std::string& bpf) {
  auto program = std::make_unique<bpf_program>();
  constexpr int optimize = 1;
  if (pcap_compile(handle, program.get(), bpf.c_str(), optimize, PCAP_NETMASK_UNKNOWN) != 0) {
    return Error{ErrorKind::usage, bpf, std::string("bad filter: ") + pcap_geterr(handle), {}};
  }
  return Program(program.release());
}

LinkType link_type_of(pcap_t* handle) noexcept {
  const int link = pcap_datalink(handle);
  switch (link) {
    case DLT_NULL:
      return LinkType::null;
    case DLT_EN10MB:
      return LinkType::ethernet;
    case DLT_RAW:
      return LinkType::raw;
    case DLT_LOOP:
      return LinkType::loop;
    case DLT_LINUX_SLL:
      return LinkType::linux_cooked;
    case DLT_LINUX_SLL2:
      return LinkType::linux_cooked_2;
    case DLT_IPV4:
      return LinkType::ipv4;
    case DLT_IPV6:
      return LinkType::ipv6;
    default:
      return static_cast<LinkType>(link);
  }
}

}  // namespace smtpscope::capture
