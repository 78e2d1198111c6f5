#pragma once
// In which order the findings of a session stand: that of the time of their evidence, as far as the
// capture can tell it. Packets that came within a few milliseconds may stand there one way or the
// other; among the findings of such a time the dialogue decides: the order of each side's stream,
// and what of the other side's the client had seen. What has one place, as all about the text of
// one message, stands as given.
#include "analyzer/findings/finding.hpp"

#include <vector>

namespace smtpscope::findings {

void sort_by_time(std::vector<Finding>& findings, const session::Session& session);

}  // namespace smtpscope::findings
