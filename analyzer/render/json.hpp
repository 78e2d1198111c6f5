#pragma once
// A session as one line of JSON. The contract is docs/session.schema.json: names that are in it
// stay, more may come. Absent facts are null or left out, never guessed.
//
// Text from the wire: valid UTF-8 stands as it is, but for what a terminal would obey when the raw
// JSON is shown (see escape.hpp), which is written as \uXXXX; an octet that is no UTF-8 is U+FFFD.
// Secrets are "***". Numbers are made of integers: the same session gives the same octets on every
// machine.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/redact.hpp"
#include "analyzer/session/session.hpp"

#include <string>
#include <vector>

namespace smtpscope::render {

struct JsonOptions {
  Secrets secrets = Secrets::mask;
};

// Appends the line, with its line feed. `out` may be used again and again, so that its memory is.
void write_json(std::string& out, const session::Session& session,
                const std::vector<findings::Finding>& findings, const delivery::Verdict& verdict,
                const JsonOptions& options = {});

}  // namespace smtpscope::render
