#include "dissectors/tls/handshake.hpp"

#include "dissectors/tls/cursor.hpp"
#include "dissectors/tls/suite.hpp"

#include <algorithm>
#include <string_view>

namespace smtpscope::tls {
namespace {

constexpr std::size_t header_octets = 4;

// Extensions that say what is asked of a hello (IANA's registry).
enum : std::uint16_t {
  server_name = 0,
  supported_groups = 10,
  ec_point_formats = 11,
  signature_algorithms = 13,
  application_layer_protocols = 16,
  encrypt_then_mac = 22,
  extended_master_secret = 23,
  session_ticket = 35,
  pre_shared_key = 41,
  early_data = 42,
  supported_versions = 43,
  key_share = 51,
  encrypted_client_hello = 0xfe0d,
};

// The random of a ServerHello that is a HelloRetryRequest: SHA-256 of "HelloRetryRequest".
constexpr Random hello_retry = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

std::vector<std::uint8_t> copy_of(Bytes octets) { return {octets.begin(), octets.end()}; }

std::vector<std::uint16_t> numbers(Bytes octets) {
  std::vector<std::uint16_t> list;
  for (std::size_t at = 0; at + 1 < octets.size(); at += 2) list.push_back(be16(octets, at));
  return list;
}

void read_random(Cursor& cursor, Random& random) {
  const Bytes octets = cursor.bytes(random.size());
  std::ranges::copy(octets, random.begin());
}

std::vector<Extension> read_extensions(Cursor& cursor) {
  std::vector<Extension> list;
  if (cursor.empty()) return list;  // before TLS 1.2 there may be none at all
  Cursor inner(cursor.vector(2));
  while (!inner.empty() && inner.ok()) {
    const std::uint16_t type = inner.u16();
    const Bytes octets = inner.vector(2);
    if (inner.ok()) list.push_back({type, copy_of(octets)});
  }
  return list;
}

std::string name_in(Bytes octets) {
  Cursor list{Cursor(octets).vector(2)};
  while (!list.empty() && list.ok()) {
    const std::uint8_t kind = list.u8();
    const Bytes name = list.vector(2);
    if (kind == 0 && list.ok()) return std::string(as_text(name));
  }
  return {};
}

std::vector<std::string> protocols_in(Bytes octets) {
  std::vector<std::string> protocols;
  Cursor list{Cursor(octets).vector(2)};
  while (!list.empty() && list.ok()) {
    const Bytes name = list.vector(1);
    if (list.ok()) protocols.emplace_back(as_text(name));
  }
  return protocols;
}

void read_extension(const Extension& extension, ClientHello& hello) {
  const Bytes octets = extension.octets;
  switch (extension.type) {
    case server_name:
      hello.server_name = name_in(octets);
      break;
    case supported_groups:
      hello.groups = numbers(Cursor(octets).vector(2));
      break;
    case ec_point_formats:
      hello.point_formats = copy_of(Cursor(octets).vector(1));
      break;
    case signature_algorithms:
      hello.signatures = numbers(Cursor(octets).vector(2));
      break;
    case application_layer_protocols:
      hello.alpn = protocols_in(octets);
      break;
    case session_ticket:
      hello.session_ticket = !octets.empty();
      break;
    case pre_shared_key:
      hello.pre_shared_key = true;
      break;
    case early_data:
      hello.early_data = true;
      break;
    case supported_versions:
      hello.versions = numbers(Cursor(octets).vector(1));
      break;
    case encrypted_client_hello:
      hello.encrypted_client_hello = true;
      break;
    default:
      break;
  }
}

void read_extension(const Extension& extension, ServerHello& hello) {
  const Bytes octets = extension.octets;
  switch (extension.type) {
    case supported_versions:
      if (octets.size() == 2) hello.version = be16(octets, 0);
      break;
    case encrypt_then_mac:
      hello.encrypt_then_mac = true;
      break;
    case extended_master_secret:
      hello.extended_master_secret = true;
      break;
    case pre_shared_key:
      hello.pre_shared_key = true;
      break;
    case key_share:
      if (octets.size() >= 2) hello.group = be16(octets, 0);
      break;
    default:
      break;
  }
}

// Values that clients send to keep servers tolerant (RFC 8701): 0x0a0a, 0x1a1a ...
bool is_grease(std::uint16_t value) noexcept {
  return (value & 0x0f0f) == 0x0a0a && (value >> 8) == (value & 0xff);
}

}  // namespace

std::string_view name_of(HandshakeType type) noexcept {
  using enum HandshakeType;
  switch (type) {
    case hello_request:
      return "HelloRequest";
    case client_hello:
      return "ClientHello";
    case server_hello:
      return "ServerHello";
    case new_session_ticket:
      return "NewSessionTicket";
    case end_of_early_data:
      return "EndOfEarlyData";
    case encrypted_extensions:
      return "EncryptedExtensions";
    case certificate:
      return "Certificate";
    case server_key_exchange:
      return "ServerKeyExchange";
    case certificate_request:
      return "CertificateRequest";
    case server_hello_done:
      return "ServerHelloDone";
    case certificate_verify:
      return "CertificateVerify";
    case client_key_exchange:
      return "ClientKeyExchange";
    case finished:
      return "Finished";
    case certificate_status:
      return "CertificateStatus";
    case key_update:
      return "KeyUpdate";
    case message_hash:
      return "message hash";
  }
  return {};
}

void HandshakeReader::take(Bytes fragment) {
  if (broken_) return;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done_));
  done_ = 0;
  held_.insert(held_.end(), fragment.begin(), fragment.end());
  if (held_.size() > handshake_octets_max) {
    broken_ = true;
    held_ = {};
  }
}

std::optional<HandshakeMessage> HandshakeReader::next() {
  const Bytes rest = Bytes(held_).subspan(done_);
  if (broken_ || rest.size() < header_octets) return std::nullopt;
  const std::size_t length = header_octets + (be32(rest, 0) & 0xffffffU);
  if (rest.size() < length) return std::nullopt;
  done_ += length;
  return HandshakeMessage{static_cast<HandshakeType>(rest[0]), rest.first(length),
                          rest.first(length).subspan(header_octets)};
}

std::uint16_t ClientHello::highest_version() const noexcept {
  std::uint16_t highest = versions.empty() ? version : std::uint16_t{0};
  for (const std::uint16_t offered : versions) {
    if (!is_grease(offered)) highest = std::max(highest, offered);
  }
  return highest;
}

std::optional<ClientHello> read_client_hello(Bytes body) {
  Cursor cursor(body);
  ClientHello hello;
  hello.version = cursor.u16();
  read_random(cursor, hello.random);
  hello.session_id = copy_of(cursor.vector(1));
  hello.suites = numbers(cursor.vector(2));
  (void)cursor.vector(1);  // compression
  if (!cursor.ok()) return std::nullopt;
  hello.extensions = read_extensions(cursor);
  for (const Extension& extension : hello.extensions) read_extension(extension, hello);
  return hello;
}

std::optional<ServerHello> read_server_hello(Bytes body) {
  Cursor cursor(body);
  ServerHello hello;
  hello.version = cursor.u16();
  const bool is_short = is_known_draft(hello.version) && hello.version < tls13_draft22;
  read_random(cursor, hello.random);
  if (!is_short) hello.session_id = copy_of(cursor.vector(1));
  hello.suite = cursor.u16();
  if (!is_short) (void)cursor.u8();  // compression
  if (!cursor.ok()) return std::nullopt;
  hello.extensions = read_extensions(cursor);
  for (const Extension& extension : hello.extensions) read_extension(extension, hello);
  hello.is_hello_retry = hello.random == hello_retry;
  return hello;
}

std::vector<Bytes> read_certificates(Bytes body, std::uint16_t version) {
  std::vector<Bytes> chain;
  Cursor cursor(body);
  if (version >= tls13) (void)cursor.vector(1);  // certificate_request_context
  Cursor list(cursor.vector(3));
  while (!list.empty() && list.ok()) {
    const Bytes certificate = list.vector(3);
    if (version >= tls13) (void)list.vector(2);  // its extensions
    if (list.ok() && !certificate.empty()) chain.push_back(certificate);
  }
  return chain;
}

}  // namespace smtpscope::tls
