#include "analyzer/render/json_writer.hpp"

#include "analyzer/render/escape.hpp"
#include "analyzer/render/numbers.hpp"

namespace smtpscope::render {

void JsonWriter::text(std::string_view octets) {
  if (is_plain_json(octets)) {
    writer_.plain_text(octets);
    return;
  }
  scratch_.clear();
  append_json_string(scratch_, octets);
  writer_.raw(scratch_, rapidjson::kStringType);
}

void JsonWriter::seconds(Nanoseconds span) {
  scratch_.clear();
  append_seconds(scratch_, span);
  writer_.raw(scratch_, rapidjson::kNumberType);
}

void JsonWriter::milliseconds(Nanoseconds span) {
  scratch_.clear();
  append_milliseconds(scratch_, span);
  writer_.raw(scratch_, rapidjson::kNumberType);
}

void JsonWriter::time(Timestamp time) {
  scratch_.assign(1, '"');
  append_rfc3339(scratch_, time);
  scratch_ += '"';
  writer_.raw(scratch_, rapidjson::kStringType);
}

void JsonWriter::side(std::optional<Side> side) {
  if (!side) return null();
  text(*side == Side::client ? "client" : "server");
}

}  // namespace smtpscope::render
