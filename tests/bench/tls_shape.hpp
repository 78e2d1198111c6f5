#pragma once
// What TLS looks like to somebody who has no keys.
#include "tests/bench/pools.hpp"
#include "tests/bench/random.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smtpscope::bench {

enum class Hello : std::uint8_t { client = 1, server = 2 };

[[nodiscard]] std::string tls_record(std::uint8_t type, std::string_view content);
// With nothing optional in it; the random octets are 32.
[[nodiscard]] std::string tls_hello(Hello hello, std::string_view random_octets);
// So many octets of application data, in as few records as they fit in.
[[nodiscard]] std::string tls_records(std::size_t octets, const Pools& pools, Random& random);

}  // namespace smtpscope::bench
