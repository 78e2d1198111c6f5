#include "tests/bench/tls_shape.hpp"

#include <algorithm>

namespace smtpscope::bench {

std::string tls_record(std::uint8_t type, std::string_view content) {
  std::string record{static_cast<char>(type), 3, 3};
  record += static_cast<char>(content.size() >> 8);
  record += static_cast<char>(content.size() & 0xff);
  return record.append(content);
}

std::string tls_hello(Hello hello, std::string_view random_octets) {
  const bool is_client = hello == Hello::client;
  std::string body{3, 3};
  body += random_octets;
  body += '\0';                                                       // no session id
  if (is_client) body += std::string("\0\2", 2);                      // length of the cipher list
  body += std::string("\x13\x01", 2);                                 // TLS_AES_128_GCM_SHA256
  body += is_client ? std::string("\1\0", 2) : std::string(1, '\0');  // no compression
  const std::string header{static_cast<char>(hello), 0, 0, static_cast<char>(body.size())};
  return tls_record(22, header + body);
}

std::string tls_records(std::size_t octets, const Pools& pools, Random& random) {
  std::string records;
  while (octets > 0) {
    const std::size_t size = std::min<std::size_t>(octets, 16'384);
    records += tls_record(23, pools.slice(Matter::noise, size, random));
    octets -= size;
  }
  return records;
}

}  // namespace smtpscope::bench
