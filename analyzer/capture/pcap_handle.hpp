#pragma once
// What files and interfaces share of libpcap: handles, filters, link types.
#include "dissectors/base/packet.hpp"
#include "dissectors/base/result.hpp"

#include <pcap.h>

#include <memory>
#include <string>

namespace smtpscope::capture {

struct CloseHandle {
  void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};
using Handle = std::unique_ptr<pcap_t, CloseHandle>;

struct FreeProgram {
  void operator()(bpf_program* program) const noexcept {
    pcap_freecode(program);
    delete program;
  }
};
using Program = std::unique_ptr<bpf_program, FreeProgram>;

// Errors: usage, with what libpcap says about it.
[[nodiscard]] Result<Program> compile(pcap_t* handle, const std::string& bpf);

// libpcap tells its own number, DLT_*, which differs from the file's for raw IP and loop and
// between systems.
[[nodiscard]] LinkType link_type_of(pcap_t* handle) noexcept;

}  // namespace smtpscope::capture
