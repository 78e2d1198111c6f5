#include "tests/cli/json.hpp"

#include "tests/support/file.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>

#include <set>
#include <stdexcept>

namespace smtpscope::test {
namespace {

std::string text_of(const rapidjson::Value& name) {
  return {name.GetString(), name.GetStringLength()};
}

// The name of a member that an object has twice; empty if there is none. (jq keeps the last one,
// others the first.)
std::string repeated_member(const rapidjson::Value& json) {
  std::string repeated;
  if (json.IsObject()) {
    std::set<std::string> names;
    for (const auto& member : json.GetObject()) {
      if (!names.insert(text_of(member.name)).second) return text_of(member.name);
      if (repeated.empty()) repeated = repeated_member(member.value);
    }
  } else if (json.IsArray()) {
    for (const auto& element : json.GetArray()) {
      if (repeated.empty()) repeated = repeated_member(element);
    }
  }
  return repeated;
}

Json parse(std::string_view text) {
  Json json;
  json.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag>(
      text.data(), text.size());
  if (json.HasParseError()) {
    throw std::runtime_error(std::string("no JSON: ") +
                             rapidjson::GetParseError_En(json.GetParseError()) + " at octet " +
                             std::to_string(json.GetErrorOffset()) + " of " + std::string(text));
  }
  return json;
}

}  // namespace

std::vector<Json> sessions_in(std::string_view lines) {
  std::vector<Json> sessions;
  while (!lines.empty()) {
    const std::size_t length = lines.find('\n');
    if (length == lines.npos)
      throw std::runtime_error("a line without its end: " + std::string(lines));
    sessions.push_back(parse(lines.substr(0, length)));
    if (!sessions.back().IsObject()) throw std::runtime_error("a line that is no object");
    const std::string repeated = repeated_member(sessions.back());
    if (!repeated.empty()) throw std::runtime_error("a member stands there twice: " + repeated);
    lines.remove_prefix(length + 1);
  }
  return sessions;
}

const rapidjson::Value* value_at(const rapidjson::Value& json, std::string_view place) {
  return rapidjson::Pointer(place.data(), place.size()).Get(json);
}

std::string text_at(const rapidjson::Value& json, std::string_view place) {
  const rapidjson::Value* value = value_at(json, place);
  if (value == nullptr || !value->IsString())
    throw std::runtime_error("no text at " + std::string(place));
  return text_of(*value);
}

std::uint64_t number_at(const rapidjson::Value& json, std::string_view place) {
  const rapidjson::Value* value = value_at(json, place);
  if (value == nullptr || !value->IsUint64())
    throw std::runtime_error("no number at " + std::string(place));
  return value->GetUint64();
}

SessionSchema::SessionSchema()
    : schema_(parse(content_of(SMTPSCOPE_SOURCE_DIR "/docs/session.schema.json"))) {}

std::string SessionSchema::broken_rule(const rapidjson::Value& session) const {
  rapidjson::SchemaValidator validator(schema_);
  if (session.Accept(validator)) return {};
  rapidjson::StringBuffer place;
  validator.GetInvalidDocumentPointer().StringifyUriFragment(place);
  return std::string(place.GetString()) + " breaks " + validator.GetInvalidSchemaKeyword();
}

}  // namespace smtpscope::test
