#pragma once
// The PROXY header, versions 1 and 2, as HAProxy's specification (proxy-protocol.txt) has it: the
// first octets of a client, by which a proxy in front names the client that it speaks for. The
// server does not answer it.
//
//     PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n                     version 1, at most 107 octets
//     0d0a0d0a000d0a515549540a  21  11  000c  c0000201 c6336401 dc04 0019    version 2: signature, version and
//                                             command, family, length, addresses, then TLVs
#include "dissectors/proxy/facts.hpp"

#include <string_view>

namespace smtpscope::proxy {

// Of version 2, so much is read; a longer header (up to 65551 octets) is counted, and its end not
// looked at.
inline constexpr std::size_t header_octets_read = 4096;

// `more` also for the first octets of one: of "P" alone.
[[nodiscard]] Reading read_header(std::string_view client);
// The same where nothing more can be read: a header of version 2 whose length is known is whole
// then.
[[nodiscard]] Reading read_cut_header(std::string_view client);

}  // namespace smtpscope::proxy
