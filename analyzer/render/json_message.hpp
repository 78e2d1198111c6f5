#pragma once
// The JSON of a message: its header, its text, what it reports. Private to this folder.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/render/json_writer.hpp"
#include "analyzer/render/redact.hpp"

namespace smtpscope::render {

// The value of "message" in a transaction: an object, or null. `verdict` is the transaction's, for
// the reasons of what the message reports; nullptr: there is none.
void write_message(JsonWriter& json, const session::Session& session, const Redactor& redactor,
                   const Boxed<smtp::Message>& message,
                   const delivery::TransactionVerdict* verdict);

}  // namespace smtpscope::render
