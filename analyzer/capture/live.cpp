#include "analyzer/capture/packet_time.hpp"
#include "analyzer/capture/pcap_handle.hpp"
#include "analyzer/capture/source.hpp"
#include "analyzer/capture/stop.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace smtpscope::capture {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// How long the kernel may gather packets before it wakes us: few wake-ups under load, no felt
// delay.
constexpr std::chrono::milliseconds gathering = 100ms;
// A quiet interface still tells that time passes, this often.
constexpr std::chrono::milliseconds tick_interval = 1s;

class LiveSource final : public Source {
 public:
  LiveSource(std::string name, Handle handle)
      : name_(std::move(name)),
        handle_(std::move(handle)),
        next_tick_(Clock::now() + tick_interval) {
    packet_.link = link_type_of(handle_.get());
    nanoseconds_a_unit_ =
        pcap_get_tstamp_precision(handle_.get()) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
  }

  const Packet* next() override;
  const std::optional<Error>& error() const noexcept override { return error_; }
  bool cut_short() const noexcept override { return false; }
  const std::string& name() const noexcept override { return name_; }
  LinkType link_type() const noexcept override { return packet_.link; }
  std::optional<LiveCounts> live_counts() override;

 private:
  [[nodiscard]] const Packet* take(const pcap_pkthdr& header, const u_char* octets);
  [[nodiscard]] const Packet* tick();
  [[nodiscard]] std::chrono::milliseconds until_tick() const;

  std::string name_;
  Handle handle_;
  std::int64_t nanoseconds_a_unit_ = 1000;
  Clock::time_point next_tick_;
  std::uint64_t captured_ = 0;
  Packet packet_;
  std::optional<Error> error_;
  LiveCounts counts_;
  pcap_stat last_counts_{};  // libpcap's, which wrap
};

const Packet* LiveSource::next() {
  while (!error_ && !stop_requested()) {
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    const int result = pcap_next_ex(handle_.get(), &header, &octets);
    if (result == 1) return take(*header, octets);
    if (result != 0) {
      error_ = Error{ErrorKind::damaged, name_, pcap_geterr(handle_.get()), {}};
      break;
    }
    const int descriptor = pcap_get_selectable_fd(handle_.get());
    if (wait_for_input(descriptor, until_tick()) == Waited::timed_out) return tick();
  }
  return nullptr;
}

const Packet* LiveSource::take(const pcap_pkthdr& header, const u_char* octets) {
  packet_.number = ++captured_;
  packet_.bytes = {octets, header.caplen};
  packet_.wire_length = header.len;
  packet_.time = packet_time(header.ts.tv_sec, header.ts.tv_usec * nanoseconds_a_unit_);
  next_tick_ = Clock::now() + tick_interval;
  return &packet_;
}

const Packet* LiveSource::tick() {
  packet_.number = 0;
  packet_.bytes = {};
  packet_.wire_length = 0;
  packet_.time = std::chrono::system_clock::now();
  next_tick_ = Clock::now() + tick_interval;
  return &packet_;
}

std::chrono::milliseconds LiveSource::until_tick() const {
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - Clock::now()), 0ms,
                    tick_interval);
}

std::optional<LiveCounts> LiveSource::live_counts() {
  pcap_stat now{};
  if (pcap_stats(handle_.get(), &now) == 0) {
    counts_.received += now.ps_recv - last_counts_.ps_recv;
    counts_.dropped_by_kernel += now.ps_drop - last_counts_.ps_drop;
    counts_.dropped_by_interface += now.ps_ifdrop - last_counts_.ps_ifdrop;
    last_counts_ = now;
  }
  return counts_;
}

// `text` as one word of a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + '\'';
}

Error no_right(const LiveOptions& options, const std::string& program) {
  const std::string filter = options.bpf.empty() ? default_filter() : options.bpf;
  return {ErrorKind::permission, options.interface, "no right to capture on " + options.interface,
          "sudo setcap cap_net_raw,cap_net_admin=eip " + program + "\n" +
              "or: sudo tcpdump -U -w - -i " + options.interface + ' ' + quoted(filter) + " | " +
              program + " -"};
}

Error no_such_interface(const std::string& name) {
  return {ErrorKind::usage, name, "no such interface", "-D lists the interfaces"};
}

// Without any right to capture the system does not say whether the interface exists.
bool is_listed(const std::string& name) {
  Result<std::vector<Interface>> interfaces = list_interfaces();
  if (!interfaces) return true;
  return std::ranges::any_of(*interfaces, [&](const Interface& i) { return i.name == name; });
}

Error activation_error(int status, pcap_t* handle, const LiveOptions& options,
                       const std::string& program) {
  const std::string& name = options.interface;
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return no_such_interface(name);
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return is_listed(name) ? no_right(options, program) : no_such_interface(name);
    case PCAP_ERROR_IFACE_NOT_UP:
      return {ErrorKind::usage, name, "the interface is down", "sudo ip link set " + name + " up"};
    default:
      break;
  }
  const std::string cause = pcap_geterr(handle);
  return {ErrorKind::usage, name, cause.empty() ? pcap_statustostr(status) : cause, {}};
}

// What can be set before activation; each fails only on a handle that is active.
void configure(pcap_t* handle, const LiveOptions& options) {
  pcap_set_snaplen(handle, options.snap_length);
  pcap_set_promisc(handle, options.promiscuous ? 1 : 0);
  pcap_set_timeout(handle, static_cast<int>(gathering.count()));
  pcap_set_buffer_size(handle, std::clamp(options.buffer_mib, 1, 2047) * 1024 * 1024);
  // Where it is refused, times are in microseconds; LiveSource looks at which they are.
  pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO);
}

}  // namespace

SourceResult open_live(const LiveOptions& options, const std::string& program) {
  std::array<char, PCAP_ERRBUF_SIZE> cause{};
  if (options.interface.empty()) return no_such_interface(options.interface);
  Handle handle(pcap_create(options.interface.c_str(), cause.data()));
  if (!handle) return Error{ErrorKind::usage, options.interface, cause.data(), {}};
  configure(handle.get(), options);
  if (const int status = pcap_activate(handle.get()); status < 0) {
    return activation_error(status, handle.get(), options, program);
  }
  if (!options.bpf.empty()) {
    Result<Program> compiled = compile(handle.get(), options.bpf);
    if (!compiled) return compiled.error();
    if (pcap_setfilter(handle.get(), compiled->get()) != 0) {
      return Error{ErrorKind::usage, options.bpf, pcap_geterr(handle.get()), {}};
    }
  }
  if (pcap_setnonblock(handle.get(), 1, cause.data()) != 0 ||
      pcap_get_selectable_fd(handle.get()) < 0) {
    return Error{ErrorKind::usage, options.interface, "cannot be waited for", {}};
  }
  return std::unique_ptr<Source>(
      std::make_unique<LiveSource>(options.interface, std::move(handle)));
}

std::string default_filter() {
  return "tcp and (port 24 or 25 or 465 or 587 or 2525 or portrange 10024-10026)";
}

}  // namespace smtpscope::capture
