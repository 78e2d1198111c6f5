#pragma once
// The JSON of what a proxy said in front of the dialogue. Private to this folder.
#include "analyzer/render/json_writer.hpp"
#include "analyzer/render/redact.hpp"

namespace smtpscope::render {

// The value of "proxy", an object. There is one: session.proxy.
void write_proxy(JsonWriter& json, const session::Session& session, const Redactor& redactor);

}  // namespace smtpscope::render
