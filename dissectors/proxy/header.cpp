#include "dissectors/proxy/header.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/proxy/cursor.hpp"

#include <charconv>

namespace smtpscope::proxy {
namespace {

using namespace std::string_view_literals;
using State = Reading::State;

constexpr std::string_view word = "PROXY ";
constexpr std::string_view signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t line_octets_max = 107;  // CR LF included
constexpr std::size_t fixed_octets = 16;      // of version 2
constexpr std::size_t path_octets = 108;      // of a local socket's address

Reading none() {
  Reading reading;
  reading.state = State::none;
  return reading;
}

// ---- Version 1 ----------------------------------------------------------------------------------
std::optional<std::uint16_t> parse_number(std::string_view text, unsigned max) noexcept {
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number > max || text.size() > 5)
    return std::nullopt;
  return static_cast<std::uint16_t>(number);
}

bool parse_ipv4(std::string_view text, Address& address) noexcept {
  address.kind = Address::Kind::ipv4;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t end = i == 3 ? text.size() : text.find('.');
    if (end == std::string_view::npos) return false;
    const auto number = parse_number(text.substr(0, end), 255);
    if (!number) return false;
    address.octets[i] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return text.empty();
}

std::optional<std::uint16_t> parse_group(std::string_view text) noexcept {
  unsigned group = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, group, 16);
  if (error != std::errc() || stopped != end || text.size() > 4) return std::nullopt;
  return static_cast<std::uint16_t>(group);
}

// Groups of 16 bits with ":" between them, at most `max`; an IPv4 address may stand for the last
// two.
std::optional<std::size_t> parse_groups(std::string_view text, std::array<std::uint8_t, 16>& out,
                                        std::size_t max) noexcept {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view part = text.substr(0, colon);
    if (Address v4; part.find('.') != std::string_view::npos) {
      if (colon != std::string_view::npos || count + 2 > max || !parse_ipv4(part, v4))
        return std::nullopt;
      std::copy_n(v4.octets.begin(), 4, out.begin() + static_cast<std::ptrdiff_t>(count * 2));
      return count + 2;
    }
    const auto group = parse_group(part);
    if (!group || count == max) return std::nullopt;
    out[count * 2] = static_cast<std::uint8_t>(*group >> 8);
    out[count * 2 + 1] = static_cast<std::uint8_t>(*group & 0xffU);
    ++count;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return count;
}

bool parse_ipv6(std::string_view text, Address& address) noexcept {
  address.kind = Address::Kind::ipv6;
  const std::size_t gap = text.find("::");
  std::array<std::uint8_t, 16> head{}, tail{};
  const auto before = parse_groups(text.substr(0, gap), head, 8);
  if (!before) return false;
  address.octets = head;
  if (gap == std::string_view::npos) return *before == 8;
  const auto behind = parse_groups(text.substr(gap + 2), tail, 8);
  if (!behind || *before + *behind > 7) return false;
  std::copy_n(tail.begin(), *behind * 2,
              address.octets.end() - static_cast<std::ptrdiff_t>(*behind * 2));
  return true;
}

bool parse_endpoints(std::string_view text, bool v6, Facts& facts) noexcept {
  // Source, destination, their ports; one blank between them.
  std::array<std::string_view, 4> words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t end = i + 1 == words.size() ? text.size() : text.find(' ');
    if (end == std::string_view::npos) return false;
    words[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto parse = v6 ? parse_ipv6 : parse_ipv4;
  const auto client_port = parse_number(words[2], 65535);
  const auto server_port = parse_number(words[3], 65535);
  if (!parse(words[0], facts.client) || !parse(words[1], facts.server) || !client_port ||
      !server_port)
    return false;
  facts.client.port = *client_port;
  facts.server.port = *server_port;
  return true;
}

Reading read_version_1(std::string_view client) {
  const std::size_t end = client.substr(0, line_octets_max).find("\r\n");
  if (end == std::string_view::npos) return client.size() < line_octets_max ? Reading{} : none();
  std::string_view line = client.substr(word.size(), end - word.size());
  Reading reading;
  reading.state = State::whole;
  reading.octets[0] = end + 2;
  reading.facts.protocol = Protocol::proxy_v1;
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) {  // whatever follows is to be ignored
    reading.facts.local = true;
    return reading;
  }
  const bool v6 = line.starts_with("TCP6 ");
  if (!v6 && !line.starts_with("TCP4 ")) return none();
  return parse_endpoints(line.substr(5), v6, reading.facts) ? reading : none();
}

// ---- Version 2 ----------------------------------------------------------------------------------
Address read_path(Cursor& cursor) {
  Address address;
  address.kind = Address::Kind::path;
  const std::string_view field = cursor.take(path_octets);
  address.text = field.substr(0, field.find('\0', 1));  // an abstract name begins with NUL
  if (address.text == std::string_view("\0", 1)) address.text.clear();
  return address;
}

void read_addresses(Cursor& cursor, unsigned family, Facts& facts) {
  constexpr unsigned inet = 1, inet6 = 2, unix = 3;
  if (family == inet || family == inet6) {
    facts.client = family == inet ? cursor.ipv4() : cursor.ipv6();
    facts.server = family == inet ? cursor.ipv4() : cursor.ipv6();
    facts.client.port = cursor.number();
    facts.server.port = cursor.number();
  } else if (family == unix) {
    facts.client = read_path(cursor);
    facts.server = read_path(cursor);
  }
  if (!cursor.is_short()) return;
  facts.client = facts.server = {};
  facts.malformed = true;
}

void read_simple_tlvs(std::string_view octets, Facts& facts) {
  Cursor cursor(octets);
  while (!cursor.at_end() && !cursor.is_short()) {
    Tlv tlv;
    tlv.type = cursor.octet();
    const std::uint16_t length = cursor.number();
    tlv.value = cursor.take(length);
    if (!cursor.is_short() && tlv.type != tlv_noop) facts.tlvs.push_back(std::move(tlv));
  }
  facts.malformed = facts.malformed || cursor.is_short();
}

// Which bits of the client's TLS are set, whether its certificate was right, and TLVs of its own.
void read_ssl(std::string_view octets, Facts& facts) {
  constexpr unsigned ssl = 1, certificate_in_connection = 2, certificate_in_session = 4;
  Cursor cursor(octets);
  const unsigned client = cursor.octet();
  const std::string_view verify = cursor.take(4);
  if (cursor.is_short()) {
    facts.malformed = true;
    return;
  }
  if ((client & ssl) != 0) {
    ClientTls& tls = facts.tls.emplace();
    tls.certificate = (client & (certificate_in_connection | certificate_in_session)) != 0;
    tls.verified = tls.certificate && be32(as_bytes(verify), 0) == 0;
  }
  read_simple_tlvs(cursor.rest(), facts);
}

void read_tlvs(std::string_view octets, Facts& facts) {
  Cursor cursor(octets);
  while (!cursor.at_end() && !cursor.is_short()) {
    const std::string_view rest = cursor.rest();
    const std::uint8_t type = cursor.octet();
    const std::uint16_t length = cursor.number();
    const std::string_view value = cursor.take(length);
    if (cursor.is_short()) break;
    if (type == tlv_ssl) {
      read_ssl(value, facts);
    } else {
      read_simple_tlvs(rest.substr(0, 3U + length), facts);
    }
  }
  facts.malformed = facts.malformed || cursor.is_short();
}

Reading read_version_2(std::string_view client, bool is_cut) {
  if (client.size() < fixed_octets) return Reading{};
  Cursor cursor(client.substr(signature.size()));
  const unsigned version_and_command = cursor.octet();
  const unsigned family_and_transport = cursor.octet();
  const std::uint16_t length = cursor.number();
  const unsigned command = version_and_command & 0xfU;
  if (version_and_command >> 4U != 2 || command > 1) return none();
  Reading reading;
  reading.octets[0] = fixed_octets + length;
  const std::size_t read = std::min(reading.octets[0], header_octets_read);
  if (client.size() < read && !is_cut) return Reading{};
  reading.state = State::whole;
  Facts& facts = reading.facts;
  facts.protocol = Protocol::proxy_v2;
  facts.local = command == 0;
  facts.malformed = client.size() < reading.octets[0] || read < reading.octets[0];
  Cursor body(client.substr(fixed_octets, read - std::min(read, fixed_octets)));
  read_addresses(body, family_and_transport >> 4U, facts);
  if (facts.local) facts.client = facts.server = {};
  if (!body.is_short()) read_tlvs(body.rest(), facts);
  return reading;
}

Reading read_either(std::string_view client, bool is_cut) {
  if (client.starts_with(word)) return read_version_1(client);
  if (client.starts_with(signature)) {
    Reading reading = read_version_2(client, is_cut);
    if (reading.state == State::more) {
      reading.is_known = true;
      reading.facts.protocol = Protocol::proxy_v2;
    }
    return reading;
  }
  return word.starts_with(client) || signature.starts_with(client) ? Reading{} : none();
}

}  // namespace

Reading read_header(std::string_view client) { return read_either(client, false); }
Reading read_cut_header(std::string_view client) { return read_either(client, true); }

}  // namespace smtpscope::proxy
