#include "analyzer/capture/pcap_handle.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
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

namespace {

// A capture of no packets. A handle of pcap_open_dead() will not do: libpcap compiles for a file
// what it does not compile without one, the numbers that other systems have for IPv6 on a loopback.
Handle empty_capture(LinkType link, ByteOrder order) {
  constexpr std::uint32_t magic = 0xa1b2'c3d4, version = 2, version_minor = 4,
                          snap_length = 262'144;
  const LinkType known = link == LinkType::raw_openbsd ? LinkType::raw : link;
  std::array<std::uint32_t, 6> header{magic,       version | version_minor << 16,    0, 0,
                                      snap_length, static_cast<std::uint32_t>(known)};
  if constexpr (std::endian::native == std::endian::big) header[1] = version << 16 | version_minor;
  if (order == ByteOrder::swapped) {
    for (std::uint32_t& number : header) number = __builtin_bswap32(number);
    header[1] = header[1] >> 16 | header[1] << 16;  // two numbers of 16 bits
  }
  std::FILE* const file = fmemopen(header.data(), sizeof header, "rb");
  if (file == nullptr) return nullptr;
  std::array<char, PCAP_ERRBUF_SIZE> cause{};
  Handle handle(pcap_fopen_offline(file, cause.data()));
  if (!handle) std::fclose(file);
  return handle;
}

}  // namespace

Result<Program> compile(LinkType link, ByteOrder order, const std::string& bpf) {
  const Handle handle = empty_capture(link, order);
  if (!handle) return Error{ErrorKind::usage, bpf, "bad filter: no memory left", {}};
  return compile(handle.get(), bpf);
}

bool Filter::prepare(LinkType link, ByteOrder order) {
  for (latest_ = 0; latest_ < compiled_.size(); ++latest_) {
    if (compiled_[latest_].link == link && compiled_[latest_].order == order) return true;
  }
  Result<Program> program = compile(link, order, bpf_);
  if (!program) {
    error_ = program.error();
    return false;
  }
  compiled_.push_back({link, order, std::move(*program)});
  return true;
}

Filter::Verdict Filter::judge(const Packet& packet, ByteOrder order) {
  const bool prepared = latest_ < compiled_.size() && compiled_[latest_].link == packet.link &&
                        compiled_[latest_].order == order;
  if (!prepared && !prepare(packet.link, order)) return Verdict::unusable;
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(packet.bytes.size());
  header.len = packet.wire_length;
  const bool passes =
      pcap_offline_filter(compiled_[latest_].program.get(), &header, packet.bytes.data()) != 0;
  return passes ? Verdict::passes : Verdict::fails;
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
