#include "analyzer/capture/input.hpp"
#include "analyzer/capture/packet_time.hpp"
#include "analyzer/capture/pcap_handle.hpp"
#include "analyzer/capture/sniff.hpp"
#include "analyzer/capture/source.hpp"

#include <array>
#include <string_view>
#include <system_error>
#include <utility>

namespace smtpscope::capture {
namespace {

class FileSource final : public Source {
 public:
  // `program` may be empty: no filter.
  FileSource(std::unique_ptr<Input> input, Handle handle, Program program)
      : input_(std::move(input)),
        handle_(std::move(handle)),
        program_(std::move(program)),
        is_pcapng_(capture::is_pcapng(input_->head())) {
    packet_.link = link_type_of(handle_.get());
  }

  const Packet* next() override;
  const std::optional<Error>& error() const noexcept override { return error_; }
  bool cut_short() const noexcept override { return cut_short_; }
  const std::string& name() const noexcept override { return input_->name(); }
  LinkType link_type() const noexcept override { return packet_.link; }
  Progress progress() const noexcept override {
    if (input_->octets_total() == 0) return {};
    return {input_->octets_read(), input_->octets_total()};
  }

 private:
  void take(const pcap_pkthdr& header, const u_char* octets) noexcept;
  void fail();
  [[nodiscard]] std::string damage();

  std::unique_ptr<Input> input_;  // outlives the handle, which reads from it
  Handle handle_;
  Program program_;
  bool is_pcapng_;
  bool ended_ = false;
  Packet packet_;  // its number is that of the last packet read, filtered out or not
  std::optional<Error> error_;
  bool cut_short_ = false;
};

const Packet* FileSource::next() {
  while (!ended_ && !stop_requested()) {
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    const int result = pcap_next_ex(handle_.get(), &header, &octets);
    if (result != 1) {
      ended_ = true;
      if (result == PCAP_ERROR) fail();
      break;
    }
    ++packet_.number;
    if (program_ && pcap_offline_filter(program_.get(), header, octets) == 0) continue;
    take(*header, octets);
    return &packet_;
  }
  return nullptr;
}

void FileSource::take(const pcap_pkthdr& header, const u_char* octets) noexcept {
  std::int64_t seconds = header.ts.tv_sec;
  // The older form has 32 bits, which libpcap takes as signed: 2038 would be 1901.
  if (!is_pcapng_) seconds &= 0xffff'ffff;
  packet_.bytes = {octets, header.caplen};
  packet_.wire_length = header.len;
  packet_.time = packet_time(seconds, header.ts.tv_usec);  // nanoseconds, as asked for when opening
}

void FileSource::fail() {
  if (stop_requested()) return;  // it was us who broke off
  error_ = Error{ErrorKind::damaged, input_->name(), damage(), {}};
}

std::string FileSource::damage() {
  const std::string read = std::to_string(packet_.number);
  const std::string broken = "packet " + std::to_string(packet_.number + 1);
  if (input_->failure() != 0) {
    return "the file cannot be read behind packet " + read + ": " +
           std::generic_category().message(input_->failure());
  }
  if (input_->at_end()) {
    cut_short_ = true;
    const std::string where = is_pcapng_ ? "a block behind packet " + read : broken;
    return "the file ends inside " + where + ", at octet " + std::to_string(input_->octets_read());
  }
  const std::string_view cause = pcap_geterr(handle_.get());
  if (cause.find("different from the type of the first interface") != cause.npos) {
    return "the file has interfaces of several link types; only the packets up to number " + read +
           " can be read";
  }
  return broken + " is damaged: " + std::string(cause);
}

// libpcap could not make sense of the beginning.
Error opening_error(const Input& input, std::string_view cause) {
  if (input.head().empty()) {
    const char* what = stop_requested() ? "nothing came before the end was asked for" : "is empty";
    return {ErrorKind::open, input.name(), what, {}};
  }
  if (!is_capture(input.head())) {
    const Resemblance resemblance = resemblance_of(input.head());
    std::string what = "not a capture file";
    if (!resemblance.what.empty()) what += " (looks like " + std::string(resemblance.what);
    if (!resemblance.remedy.empty()) what += "; " + std::string(resemblance.remedy);
    if (!resemblance.what.empty()) what += ')';
    return {ErrorKind::open, input.name(), what, {}};
  }
  if (input.failure() != 0) {
    return {ErrorKind::open, input.name(), std::generic_category().message(input.failure()), {}};
  }
  if (input.at_end()) {
    return {
        ErrorKind::damaged,
        input.name(),
        "the file ends before its first packet, at octet " + std::to_string(input.octets_read()),
        {}};
  }
  return {ErrorKind::damaged, input.name(), "cannot be read: " + std::string(cause), {}};
}

}  // namespace

SourceResult open_file(const std::string& path, const std::string& bpf) {
  Result<std::unique_ptr<Input>> opened = Input::open(path);
  if (!opened) return opened.error();
  std::unique_ptr<Input> input = std::move(*opened);

  std::FILE* stream = input->stream();
  if (stream == nullptr) return Error{ErrorKind::open, input->name(), "no memory left", {}};
  std::array<char, PCAP_ERRBUF_SIZE> cause{};
  Handle handle(
      pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, cause.data()));
  if (!handle) {
    std::fclose(stream);
    return opening_error(*input, cause.data());
  }
  Program program;
  if (!bpf.empty()) {
    Result<Program> compiled = compile(handle.get(), bpf);
    if (!compiled) return compiled.error();
    program = std::move(*compiled);
  }
  return std::unique_ptr<Source>(
      std::make_unique<FileSource>(std::move(input), std::move(handle), std::move(program)));
}

}  // namespace smtpscope::capture
