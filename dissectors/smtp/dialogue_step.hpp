#pragma once
// A row of the dialogue's table. Private to this folder.
#include "dissectors/smtp/dialogue.hpp"

namespace smtpscope::smtp {

// After these commands the meaning of the client's next octets hangs on the reply. All others leave
// the client in `command`; BDAT's chunk follows it whatever the reply is (RFC 3030, 2).
struct Dialogue::Step {
  Verb verb;
  Awaiting held;   // until the reply is there
  Awaiting yes;    // 2xx
  Awaiting go_on;  // 3xx
  Awaiting no;     // 4xx, 5xx, and codes that are none
  Awaiting lost;   // there will be no reply, or the capture lost it
};

}  // namespace smtpscope::smtp
