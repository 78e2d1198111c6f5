#pragma once
// SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): a client asks a proxy to connect it, and the dialogue
// follows.
//
//     C: 05 01 00                                 S: 05 00
//     C: 05 01 00 03 0e mx.example.com 00 19      S: 05 00 00 01 c0 00 02 01 9c 40      then the server's greeting
//
// Only CONNECT is read, and of SOCKS 5 no login but by user and password.
#include "dissectors/proxy/facts.hpp"

#include <string_view>

namespace smtpscope::proxy {

// A reading of what both sides sent so far. What the client sent is known for SOCKS only once the
// server's first octets agree: two octets of a client are too little.
[[nodiscard]] Reading read_socks(std::string_view client, std::string_view server);

}  // namespace smtpscope::proxy
