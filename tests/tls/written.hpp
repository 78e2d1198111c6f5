#pragma once
// TLS's numbers, vectors and messages as octets (RFC 8446, 3 and 4), for tests that need one of any
// shape, right or wrong.
#include <cstddef>
#include <initializer_list>
#include <string>

namespace smtpscope::test {

inline std::string number(std::size_t value, std::size_t octets) {
  std::string text;
  while (octets-- > 0) text += static_cast<char>(value >> (8 * octets));
  return text;
}
// Behind its length, which takes so many octets.
inline std::string vector_of(const std::string& octets, std::size_t length_octets) {
  return number(octets.size(), length_octets) + octets;
}
inline std::string numbers(std::initializer_list<unsigned> values) {
  std::string text;
  for (const unsigned value : values) text += number(value, 2);
  return text;
}
inline std::string extension(unsigned type, const std::string& octets) {
  return number(type, 2) + vector_of(octets, 2);
}
inline std::string message(unsigned type, const std::string& body) {
  return number(type, 1) + vector_of(body, 3);
}
inline std::string record(unsigned type, const std::string& fragment) {
  return number(type, 1) + number(0x0303, 2) + vector_of(fragment, 2);
}

// The body of a hello; `extensions` with its length in front, or nothing.
inline std::string client_hello(const std::string& extensions, unsigned version = 0x0303,
                                const std::string& suites = numbers({0x0a0a, 0x1301, 0xc02f})) {
  return number(version, 2) + std::string(32, 'r') + vector_of("session", 1) +
         vector_of(suites, 2) + vector_of(std::string(1, '\0'), 1) + extensions;
}
inline std::string server_hello(const std::string& extensions, unsigned suite = 0x1301,
                                unsigned version = 0x0303) {
  return number(version, 2) + std::string(32, 's') + vector_of("another session", 1) +
         number(suite, 2) + '\0' + extensions;
}

}  // namespace smtpscope::test
