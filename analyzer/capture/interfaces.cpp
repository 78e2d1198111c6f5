#include "analyzer/capture/pcap_handle.hpp"
#include "analyzer/capture/source.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>

namespace smtpscope::capture {
namespace {

struct FreeDevices {
  void operator()(pcap_if_t* devices) const noexcept { pcap_freealldevs(devices); }
};

// "192.0.2.1"; empty if it is no address of IP.
std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address == nullptr) return {};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
  }
  return text.data();
}

void append(std::string& description, const std::string& part) {
  if (part.empty()) return;
  if (!description.empty()) description += ", ";
  description += part;
}

Interface interface_of(const pcap_if_t& device) {
  Interface interface;
  interface.name = device.name;
  interface.up = (device.flags & PCAP_IF_UP) != 0;
  interface.loopback = (device.flags & PCAP_IF_LOOPBACK) != 0;
  if (interface.loopback) append(interface.description, "loopback");
  if (device.description != nullptr) append(interface.description, device.description);
  for (const pcap_addr* entry = device.addresses; entry != nullptr; entry = entry->next) {
    append(interface.description, text_of(entry->addr));
  }
  return interface;
}

}  // namespace

Result<std::vector<Interface>> list_interfaces() {
  std::array<char, PCAP_ERRBUF_SIZE> cause{};
  pcap_if_t* first = nullptr;
  if (pcap_findalldevs(&first, cause.data()) != 0) {
    return Error{ErrorKind::permission, "interfaces", cause.data(), {}};
  }
  const std::unique_ptr<pcap_if_t, FreeDevices> owner(first);
  std::vector<Interface> interfaces;
  for (const pcap_if_t* device = first; device != nullptr; device = device->next) {
    interfaces.push_back(interface_of(*device));
  }
  return interfaces;
}

}  // namespace smtpscope::capture
