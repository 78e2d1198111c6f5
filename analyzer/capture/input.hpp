#pragma once
// The octets of a capture, one after the other: of a file, a pipe, standard input, of memory; and
// what decompression makes of any of them (decompress.hpp). Broken off by request_stop().
#include "analyzer/capture/sniff.hpp"
#include "dissectors/base/bytes.hpp"
#include "dissectors/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::capture {

// Why no more octets come though there should be more.
struct InputFailure {
  enum class Kind : std::uint8_t {
    unreadable,  // the system refuses to give them
    cut_short,   // compressed data breaks off
    damaged,     // compressed data cannot be decoded
  } kind = Kind::unreadable;
  std::string cause;  // "Input/output error", "crc error"
};

class Input {
 public:
  // "-" is standard input. Errors: no such file, a directory, ...
  [[nodiscard]] static Result<std::unique_ptr<Input>> open(const std::string& path);
  // Octets in memory, which the caller keeps.
  [[nodiscard]] static std::unique_ptr<Input> of_memory(std::string name, Bytes octets);

  virtual ~Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // "mail.pcap", "standard input".
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  // The first octets, which stay to be read: sniff_octets, or what came in one piece, or all there
  // are. Waits for a magic number's four.
  [[nodiscard]] Bytes head();
  // Reads what comes first, at least one octet; waits for that one only. 0: the end,
  // request_stop(), or a failure.
  [[nodiscard]] std::size_t read(std::span<std::uint8_t> buffer);
  [[nodiscard]] const std::optional<InputFailure>& failure() const noexcept { return failure_; }

  // How far the file was read (in large pieces), of how much; 0 of 0 if it is no regular file.
  struct Progress {
    std::uint64_t done = 0, total = 0;
  };
  [[nodiscard]] virtual Progress progress() const noexcept { return {}; }
  // Before the next read(): may be read ahead of it, where that is worth it and cannot keep anybody
  // waiting.
  virtual void read_ahead() noexcept {}
  // "gzip": what was taken off, from the outside in; empty for octets as they are.
  [[nodiscard]] virtual std::string compression() const { return {}; }

 protected:
  explicit Input(std::string name) : name_(std::move(name)) {}
  // As read().
  [[nodiscard]] virtual std::size_t read_some(std::span<std::uint8_t> buffer) = 0;
  void fail(InputFailure::Kind kind, std::string cause) { failure_ = {kind, std::move(cause)}; }
  void fail(const InputFailure& failure) { failure_ = failure; }

 private:
  std::string name_;
  std::vector<std::uint8_t> head_;  // read already, and to be given first
  std::size_t head_given_ = 0;
  bool head_filled_ = false;
  std::optional<InputFailure> failure_;
};

}  // namespace smtpscope::capture
