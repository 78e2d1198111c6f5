#pragma once
// Why a delivery failed of which no reply tells: what a mail server says of its own attempt, in a
// log or a bounce.
//
//     connect to mx.example.com[198.51.100.25]:25: Connection refused      ->  connection-refused
//     lost connection with mx.example.com while sending end of data -- message may be sent more than once
//                                                                          ->  no-final-reply
#include "analyzer/delivery/reasons.hpp"

#include <string_view>

namespace smtpscope::delivery {

// nullptr where the words say nothing of the kind: then they may still be classified as those of a
// reply are.
[[nodiscard]] const ReasonInfo* reason_of_sending_failure(std::string_view text) noexcept;

}  // namespace smtpscope::delivery
