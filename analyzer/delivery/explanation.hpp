#pragma once
// What one reply says, without any session around it: why, for how long, on whose side, and what to
// do.
#include "analyzer/delivery/classifier.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::delivery {

// What is known besides the reply, from a log or a bounce; empty: not known, and then the reply may
// tell.
struct Around {
  std::string_view recipient{};
  std::string_view sender{};
  std::string_view client{};
  std::string_view server{};
};

struct Explanation {
  ReplyText reply;
  Around around;
  Asked asked = Asked::unknown;
  Classification why;             // its reason is empty where the reply refuses nothing
  std::optional<bool> permanent;  // nothing where the reply does not tell
  Fault fault = Fault::unknown;
  std::string text;    // what happened, one or two sentences
  std::string advice;  // what to do, one or two sentences; empty where there is nothing to do
};

// A delivery that a log or a bounce tells of.
struct ToldDelivery {
  Around around;
  std::string_view reply{};  // of the server that refused; empty: none did
  Asked asked = Asked::unknown;
  std::string_view status{};  // the enhanced code of the delivery; empty: not said
  std::string_view text{};    // what else is said of the cause
  std::optional<bool> permanent{};
};
// What a bounce says of a recipient, in fields that outlive what is made of them: Action, Status,
// Diagnostic-Code and Remote-MTA (RFC 3464, 2.3), without their types.
[[nodiscard]] ToldDelivery told_by_bounce(std::string_view recipient, std::string_view action,
                                          std::string_view status, std::string_view diagnostic,
                                          std::string_view remote_mta);

// Explains one reply after the other, in the same memory. For one thread.
class Explainer {
 public:
  // `classifying` outlives it.
  explicit Explainer(Classifying& classifying) : classifying_(classifying) {}

  // `reply` as in ReplyText::read. What is returned lives until the next call, and as long as
  // `reply`. The same holds for `around`.
  const Explanation& explain(std::string_view reply, Asked asked, const Around& around = {});
  const Explanation& explain(const ToldDelivery& delivery);
  // What explain(ToldDelivery) took for the reply.
  [[nodiscard]] std::string_view explained() const noexcept { return scratch_text_; }
  // A delivery that failed without a reply, as `text` tells (reason_of_sending_failure).
  const Explanation& explain_attempt(const ReasonInfo& reason, std::string_view text,
                                     std::optional<bool> permanent, const Around& around);

 private:
  Classifying& classifying_;
  Explanation told_;
  std::string scratch_text_;
};

}  // namespace smtpscope::delivery
