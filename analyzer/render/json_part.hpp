#pragma once
// What the writers of the parts of a session have in common. Private to this folder.
#include "analyzer/render/json_frame.hpp"
#include "analyzer/render/json_writer.hpp"
#include "analyzer/render/redact.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::render {

class PartWriter {
 public:
  PartWriter(JsonWriter& json, const session::Session& session, const Redactor& redactor)
      : json_(json), session_(session), redactor_(redactor) {}

 protected:
  // Octets from the wire, or words that may hold some.
  void wire(std::string_view octets) { json_.text(redactor_.clean(octets, scratch_)); }
  void wire_or_null(std::string_view octets) { octets.empty() ? json_.null() : wire(octets); }
  void frame(const std::optional<Origin>& origin, std::string_view key = "frame",
             std::string_view file_key = "file") {
    write_frame(json_, session_, origin, key, file_key);
  }

  // NOLINTBEGIN(*-non-private-member-variables-in-classes): theirs as much as this one's
  JsonWriter& json_;
  const session::Session& session_;
  const Redactor& redactor_;
  std::string scratch_;
  // NOLINTEND(*-non-private-member-variables-in-classes)
};

}  // namespace smtpscope::render
