#pragma once
// SHA-256 of a message as its receiver stores it: stuffed dots taken away, the final dot line left
// out, chunks joined (RFC 5321, 4.5.2; RFC 3030). To compare a message on its way with the file
// that came of it.
//
// Computed in passing, of octets in any cuts; nothing is kept but the state of the hash, which is
// OpenSSL's.
#include "dissectors/base/bytes.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace smtpscope::smtp {

class DigestReader {
 public:
  // How the message comes: with DATA, dots at the start of lines are doubled; with BDAT they are
  // not.
  enum class Dots : std::uint8_t { doubled, as_they_are };
  explicit DigestReader(Dots dots);
  ~DigestReader();
  DigestReader(DigestReader&&) noexcept;
  DigestReader& operator=(DigestReader&&) noexcept;

  void take(Bytes octets);
  // Octets are missing, or it is not known where the message ended: there is no digest of it.
  void give_up() noexcept;
  // Of all that was taken, without the final dot line: 64 hexadecimal digits. Nothing after
  // give_up().
  [[nodiscard]] std::optional<std::string> finish();

 private:
  // What stands at the end of what was taken, as far as dots are concerned.
  enum class At : std::uint8_t { line_start, text, cr, dot, dot_cr };
  struct Hash;

  void add(Bytes octets);

  Dots dots_;
  At at_ = At::line_start;
  std::unique_ptr<Hash> hash_;
};

}  // namespace smtpscope::smtp
