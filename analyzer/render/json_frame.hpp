#pragma once
// Where in the capture something stands, in JSON. Private to this folder.
#include "analyzer/render/json_writer.hpp"
#include "analyzer/session/session.hpp"

#include <optional>
#include <string_view>

namespace smtpscope::render {

// The packet's number, null for no packet; and its file if that is not the session's.
inline void write_frame(JsonWriter& json, const session::Session& session,
                        const std::optional<Origin>& origin, std::string_view key = "frame",
                        std::string_view file_key = "file") {
  json.chosen_key(key).number_or_null(origin ? origin->frame.number : 0);
  const std::string_view file = origin ? session.other_file(origin->frame) : std::string_view();
  if (!file.empty()) json.chosen_key(file_key).text(file);
}

}  // namespace smtpscope::render
