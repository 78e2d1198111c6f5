#pragma once
// The octets of a capture file, for libpcap to read: from a path or standard input, with the first
// ones looked at before, counted, and broken off by request_stop(). Files, pipes and sockets are
// one.
#include "analyzer/capture/sniff.hpp"
#include "dissectors/base/bytes.hpp"
#include "dissectors/base/result.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::capture {

class Input {
 public:
  // "-" is standard input. Errors: no such file, a directory, ...
  [[nodiscard]] static Result<std::unique_ptr<Input>> open(const std::string& path);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // "mail.pcap", "standard input".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  // The first octets: sniff_octets, or what came in one piece, or all there are.
  [[nodiscard]] Bytes head() const noexcept { return head_; }
  // A stream of all octets, for fclose() by the taker, before this Input is gone. nullptr: no
  // memory.
  [[nodiscard]] std::FILE* stream();

  // How far the stream was read (in large pieces), of how much; 0 of 0 if it is no regular file.
  [[nodiscard]] std::uint64_t octets_read() const noexcept { return octets_read_; }
  [[nodiscard]] std::uint64_t octets_total() const noexcept { return octets_total_; }
  // Has the stream been read to its end, and beyond?
  [[nodiscard]] bool at_end() const noexcept { return at_end_; }
  // What errno said when reading failed; 0: it did not.
  [[nodiscard]] int failure() const noexcept { return failure_; }

 private:
  Input(std::string name, int descriptor) : name_(std::move(name)), descriptor_(descriptor) {}
  static ssize_t read_cookie(void* cookie, char* buffer, std::size_t octets);
  [[nodiscard]] ssize_t read_some(std::span<std::uint8_t> buffer);
  [[nodiscard]] ssize_t read_stream(std::span<std::uint8_t> buffer);
  void fill_head();

  std::string name_;
  int descriptor_;
  bool waits_ = true;  // a pipe, socket or terminal; not a regular file
  std::vector<std::uint8_t> head_;
  std::size_t head_given_ = 0;      // octets of head_ that the stream has given already
  std::unique_ptr<char[]> buffer_;  // of the stream
  std::uint64_t octets_read_ = 0;
  std::uint64_t octets_total_ = 0;
  bool at_end_ = false;
  int failure_ = 0;
};

}  // namespace smtpscope::capture
