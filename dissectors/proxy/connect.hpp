#pragma once
// HTTP's CONNECT (RFC 9110, 9.3.6): a client asks a proxy for a tunnel, and the dialogue follows
// the 2xx.
//
//     C: CONNECT mx.example.com:25 HTTP/1.1    C: Proxy-Authorization: Basic ...   C: (an empty line)
//     S: HTTP/1.1 200 Connection established   S: (an empty line)                  then the server's greeting
//
// A refusal (407, 403, 502) has a body, and the client may ask again in the same connection.
#include "dissectors/proxy/facts.hpp"

#include <string_view>

namespace smtpscope::proxy {

// A reading of what both sides sent so far. `more` for as long as nothing was granted.
[[nodiscard]] Reading read_connect(std::string_view client, std::string_view server);

}  // namespace smtpscope::proxy
