#pragma once
// What files and interfaces share of libpcap: handles, filters, link types.
#include "analyzer/capture/file_numbers.hpp"
#include "dissectors/base/packet.hpp"
#include "dissectors/base/result.hpp"

#include <pcap.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
// The same for packets of a file that libpcap does not read itself.
[[nodiscard]] Result<Program> compile(LinkType link, ByteOrder order, const std::string& bpf);

// A filter for packets of any link type: compiled for each when the first packet of it comes.
class Filter {
 public:
  explicit Filter(std::string bpf) : bpf_(std::move(bpf)) {}

  enum class Verdict : std::uint8_t { passes, fails, unusable };
  // unusable: it cannot be compiled for that link type; error() says why.
  // `order`: that of the file, which loopback headers share.
  [[nodiscard]] Verdict judge(const Packet& packet, ByteOrder order);
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  // Compiles it for `link`, if it is not yet.
  [[nodiscard]] bool prepare(LinkType link, ByteOrder order);

 private:
  struct Compiled {
    LinkType link = LinkType::ethernet;
    ByteOrder order = ByteOrder::ours;
    Program program;
  };
  std::string bpf_;
  std::vector<Compiled> compiled_;
  std::size_t latest_ = 0;  // the one that was used last
  std::optional<Error> error_;
};

// libpcap tells its own number, DLT_*, which differs from the file's for raw IP and loop and
// between systems.
[[nodiscard]] LinkType link_type_of(pcap_t* handle) noexcept;

}  // namespace smtpscope::capture
