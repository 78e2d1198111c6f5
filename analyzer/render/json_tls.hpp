#pragma once
// The JSON of a session's TLS: where it is, what shows of it. Private to this folder.
#include "analyzer/render/json_writer.hpp"
#include "analyzer/render/redact.hpp"

namespace smtpscope::render {

// The value of "tls": an object, or null.
void write_tls(JsonWriter& json, const session::Session& session, const Redactor& redactor);

}  // namespace smtpscope::render
