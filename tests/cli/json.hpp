#pragma once
// What smtpscope prints with -T json, as values.
//
//     for (const Json& session : sessions_in(outcome.out)) {
//       CHECK(text_at(session, "/client/ip") == "192.0.2.10");
//     }
//
// Places are JSON pointers (RFC 6901).
#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

using Json = rapidjson::Document;

// One object a line; throws std::runtime_error, with the line, on anything else: a line that is no
// JSON or no UTF-8, a member that stands there twice, a last line without its end.
[[nodiscard]] std::vector<Json> sessions_in(std::string_view lines);

// nullptr if there is nothing at `place`.
[[nodiscard]] const rapidjson::Value* value_at(const rapidjson::Value& json,
                                               std::string_view place);
// These throw std::runtime_error if there is something else, or nothing.
[[nodiscard]] std::string text_at(const rapidjson::Value& json, std::string_view place);
[[nodiscard]] std::uint64_t number_at(const rapidjson::Value& json, std::string_view place);

// Against docs/session.schema.json.
class SessionSchema {
 public:
  SessionSchema();  // throws std::runtime_error if it cannot be read
  // Where and how `session` breaks the schema; empty if it does not.
  [[nodiscard]] std::string broken_rule(const rapidjson::Value& session) const;

 private:
  rapidjson::SchemaDocument schema_;
};

}  // namespace smtpscope::test
