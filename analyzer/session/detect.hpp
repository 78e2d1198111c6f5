#pragma once
// Is this mail, and who is the client? By what is said, never by guessing from a port alone.
//
//     220 mx.example.com ESMTP      a server of mail          220 (vsFTPd 3.0.3)   a greeting that names nothing
//     EHLO client.example.net       a client of mail          GET / HTTP/1.1       something else
//     22                            too little to tell yet
#include "dissectors/base/stream.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace smtpscope::session {

// What the octets of one direction are.
enum class Voice : std::uint8_t {
  silent,    // nothing yet, or too little to tell
  client,    // of mail: EHLO, HELO, LHLO, and the commands that no other protocol has
  server,    // of mail: a greeting that says SMTP or LMTP, and replies that no other protocol has
  greeting,  // replies that SMTP shares with others (FTP, NNTP): what the other side says tells
  other,     // neither
};

// Where in the stream the octets begin.
enum class From : std::uint8_t { start, middle };

// Of a direction on a port that is not known for mail. From the middle, text may be part of a
// message: only its first line can tell, and only what is no text at all is something else.
[[nodiscard]] Voice voice_of(std::string_view text, From from) noexcept;

// On a connection that is mail for sure: who sends a segment with this content? Nothing if it does
// not tell, as the text of a message does not.
[[nodiscard]] std::optional<Side> speaker_of(std::string_view content) noexcept;

}  // namespace smtpscope::session
