// smtpscope_bench_generate_tls OUT.pcap KEYS [MB]: writes a capture of large mails under STARTTLS,
// TLS 1.2 with ECDHE_RSA_WITH_AES_128_GCM_SHA256, and the key log that opens it. 320 MB if not told
// otherwise; the same octets on every machine.
#include "dissectors/tls/key_schedule.hpp"
#include "tests/bench/mail.hpp"
#include "tests/bench/wire.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::bench {
namespace {

constexpr std::uint16_t suite_id = 0xc02f;
constexpr std::size_t record_octets = 16'384;
constexpr std::size_t mails_a_session = 2, octets_a_mail = 4'000'000;

std::string number(std::uint64_t value, unsigned octets) {
  std::string text;
  while (octets-- > 0) text += static_cast<char>(value >> (8 * octets) & 0xff);
  return text;
}

std::string record(std::uint8_t type, std::string_view fragment) {
  return number(type, 1) + number(tls::tls12, 2) + number(fragment.size(), 2) +
         std::string(fragment);
}

std::string message(std::uint8_t type, std::string_view body) {
  return record(22, number(type, 1) + number(body.size(), 3) + std::string(body));
}

// One direction, as its sender encrypts it.
class Sealer {
 public:
  explicit Sealer(const tls::RecordKeys& keys)
      : keys_(keys), context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
    EVP_EncryptInit_ex(context_.get(), EVP_aes_128_gcm(), nullptr, keys_.key.octets().data(),
                       nullptr);
  }
  [[nodiscard]] std::string seal(std::uint8_t type, std::string_view plain) {
    const std::string sequence = number(sequence_++, 8);
    const std::string nonce = std::string(as_text(keys_.iv.octets())) + sequence;
    const std::string around =
        sequence + number(type, 1) + number(tls::tls12, 2) + number(plain.size(), 2);
    std::string sealed(plain.size() + 16, '\0');
    int written = 0;
    const auto octets = [](std::string_view text) {
      return reinterpret_cast<const unsigned char*>(text.data());
    };
    auto* const out = reinterpret_cast<unsigned char*>(sealed.data());
    EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, octets(nonce));
    EVP_EncryptUpdate(context_.get(), nullptr, &written, octets(around),
                      static_cast<int>(around.size()));
    EVP_EncryptUpdate(context_.get(), out, &written, octets(plain), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context_.get(), out + plain.size(), &written);
    EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, 16, out + plain.size());
    return record(type, sequence + sealed);
  }

 private:
  const tls::RecordKeys& keys_;
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
  std::uint64_t sequence_ = 0;
};

std::string hexadecimal(Bytes octets) {
  std::string text;
  for (const std::uint8_t octet : octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    text += digits[octet >> 4];
    text += digits[octet & 15];
  }
  return text;
}

std::string body_of_mail() {
  std::string body = "Subject: report\r\n\r\n";
  const std::string line = std::string(76, 'x') + "\r\n";
  while (body.size() < octets_a_mail) body += line;
  return body + ".\r\n";
}

std::vector<Turn> session(std::uint64_t count, const std::string& body, std::string& key_log) {
  tls::Random client_random{}, server_random{};
  for (unsigned i = 0; i < 8; ++i) client_random[i] = static_cast<std::uint8_t>(count >> (8 * i));
  server_random.fill(0x53);
  const tls::Secret master(
      as_bytes(std::string_view("a master secret of forty-eight octets, no less..")));
  key_log +=
      "CLIENT_RANDOM " + hexadecimal(client_random) + ' ' + hexadecimal(master.octets()) + '\n';
  const tls::KeysOfBoth keys = tls::keys_of_master(*tls::find_suite(suite_id), tls::tls12, master,
                                                   client_random, server_random);
  Sealer client(keys.client), server(keys.server);

  const std::string suite = number(suite_id, 2);
  std::vector<Turn> turns = {
      {Side::server, "220 mx.example.com ESMTP\r\n"},
      {Side::client, "EHLO client.example.net\r\n"},
      {Side::server, "250-mx.example.com\r\n250 STARTTLS\r\n"},
      {Side::client, "STARTTLS\r\n"},
      {Side::server, "220 2.0.0 go ahead\r\n"},
      {Side::client, message(1, number(tls::tls12, 2) + std::string(as_text(client_random)) +
                                    number(0, 1) + number(2, 2) + suite + number(0x0100, 2))},
      {Side::server, message(2, number(tls::tls12, 2) + std::string(as_text(server_random)) +
                                    number(0, 1) + suite + number(0, 1)) +
                         message(14, "")},
      {Side::client, message(16, std::string(33, 'k')) + record(20, "\1") +
                         client.seal(22, number(20, 1) + number(12, 3) + std::string(12, 'f'))},
      {Side::server,
       record(20, "\1") + server.seal(22, number(20, 1) + number(12, 3) + std::string(12, 'f'))},
  };
  const auto say = [&](Side side, std::string_view text) {
    std::string octets;
    for (; !text.empty(); text.remove_prefix(std::min(record_octets, text.size())))
      octets += (side == Side::client ? client : server).seal(23, text.substr(0, record_octets));
    turns.push_back({side, std::move(octets)});
  };
  const auto ask = [&](std::string_view command, std::string_view reply) {
    say(Side::client, command);
    say(Side::server, reply);
  };
  ask("EHLO client.example.net\r\n", "250 mx.example.com\r\n");
  for (std::size_t mail = 0; mail < mails_a_session; ++mail) {
    ask("MAIL FROM:<alice@example.net>\r\n", "250 2.1.0 Ok\r\n");
    ask("RCPT TO:<bob@example.com>\r\n", "250 2.1.5 Ok\r\n");
    ask("DATA\r\n", "354 go on\r\n");
    ask(body, "250 2.0.0 Ok: queued as 4X\r\n");
  }
  ask("QUIT\r\n", "221 2.0.0 Bye\r\n");
  return turns;
}

}  // namespace
}  // namespace smtpscope::bench

int main(int argc, char** argv) {
  using namespace smtpscope;
  const long long megabytes = argc == 4 ? std::atoll(argv[3]) : 320;
  if (argc < 3 || argc > 4 || megabytes < 1) {
    std::fprintf(stderr, "usage: %s OUT.pcap KEYS [MB]\n", argv[0]);
    return 2;
  }
  bench::PcapFile file(argv[1]);
  const std::string body = bench::body_of_mail();
  std::string key_log;
  std::uint64_t now = 1'767'323'045'000'000, octets = 0;
  for (std::uint64_t count = 0; octets < static_cast<std::uint64_t>(megabytes) * 1'000'000;
       ++count) {
    bench::Play play{bench::mail_server, bench::session(count, body, key_log)};
    bench::Connection connection(
        {{192, 0, 2, 10}, static_cast<std::uint16_t>(10'000 + count % 50'000)},
        {bench::mail_server, bench::session(count, body, key_log)}, 1, 2);
    while (const auto frame = connection.next()) {
      file.add(*frame, now += 3);
      octets += frame->size();
    }
  }
  file.close();
  std::FILE* const keys = std::fopen(argv[2], "wb");
  const bool written =
      keys != nullptr && std::fwrite(key_log.data(), 1, key_log.size(), keys) == key_log.size();
  if (keys == nullptr || std::fclose(keys) != 0 || !written) {
    std::perror(argv[2]);
    return 1;
  }
  return 0;
}
