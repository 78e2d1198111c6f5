#pragma once
// Takes the protection off the records of one direction, one after the other (RFC 5246, 6.2.3; RFC
// 8446, 5.2; RFC 7905; RFC 6655; RFC 7366). All cryptography is OpenSSL's. What comes out was
// proven by its tag or MAC: wrong keys give nothing.
#include "dissectors/tls/key_schedule.hpp"
#include "dissectors/tls/record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace smtpscope::tls {

struct PlainRecord {
  ContentType type = ContentType::application_data;
  Bytes octets;  // live until the next record is opened
};

enum class MacOrder : std::uint8_t { mac_then_encrypt, encrypt_then_mac };

class Protection {
 public:
  // Nothing if the cipher is not known here, or not to OpenSSL.
  [[nodiscard]] static std::optional<Protection> make(const Suite& suite, std::uint16_t version,
                                                      const RecordKeys& keys,
                                                      MacOrder order = MacOrder::mac_then_encrypt);
  Protection(Protection&&) noexcept;
  Protection& operator=(Protection&&) noexcept;
  ~Protection();

  // The next record. Nothing if its protection does not prove what is in it: another key, or
  // damage.
  [[nodiscard]] std::optional<PlainRecord> open(const Record& record);
  // Records before the next one are missing, nobody knows how many: up to lost_records_max are
  // tried. CBC of TLS 1.0 goes on with the second record behind them, RC4 never.
  void lost_some() noexcept;
  [[nodiscard]] std::uint64_t opened() const noexcept { return opened_; }
  // So many records are missing before the one that was opened last.
  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }

  static constexpr std::uint64_t lost_records_max = 1024;

 private:
  struct Cipher;
  Protection(Suite suite, std::uint16_t version, MacOrder order);

  [[nodiscard]] bool is_chained() const noexcept;
  void note_chain(const Record& record);
  [[nodiscard]] std::optional<PlainRecord> try_to_open(const Record& record);
  [[nodiscard]] std::optional<PlainRecord> open_as(const Record& record, std::uint64_t sequence);
  [[nodiscard]] std::optional<PlainRecord> open_aead(const Record& record, std::uint64_t sequence);
  [[nodiscard]] std::optional<PlainRecord> open_block(const Record& record, std::uint64_t sequence);
  [[nodiscard]] std::optional<PlainRecord> open_stream(const Record& record,
                                                       std::uint64_t sequence);
  [[nodiscard]] bool proves(Bytes mac, std::uint64_t sequence, const Record& record,
                            Bytes octets) const;
  [[nodiscard]] Bytes decrypted(Bytes input);
  [[nodiscard]] static std::optional<PlainRecord> inner(Bytes octets);

  Suite suite_;
  std::uint16_t version_ = 0;
  MacOrder order_ = MacOrder::mac_then_encrypt;
  std::unique_ptr<Cipher> cipher_;
  std::vector<std::uint8_t> buffer_;  // of what was opened
  std::vector<std::uint8_t> chain_;   // CBC of TLS 1.0: the last block of the record before
  std::uint64_t sequence_ = 0;
  std::uint64_t tries_ = 0;  // further sequence numbers to try
  std::uint64_t opened_ = 0;
  std::uint64_t skipped_ = 0;
  bool chain_lost_ = false;  // the last block before the next record is missing
  bool is_broken_ = false;   // nothing can be opened any more
};

}  // namespace smtpscope::tls
