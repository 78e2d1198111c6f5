#pragma once
// Text of a message that stands where commands are read: lines behind a refused DATA, behind a
// message that ended too early, behind a chunk that was announced too small. To the server they are
// commands, and it refuses each of them; to the reader they are one fault, and not a hundred
// unknown commands.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace smtpscope::findings {

struct TextRun {
  enum class Behind : std::uint8_t {
    refused_data,  // DATA was refused, and the message sent all the same
    end_of_data,   // a lone dot in the text ended the message
    chunk,         // BDAT announced less than came
  } behind = Behind::refused_data;
  std::size_t cause = 0;           // the exchange of DATA, of the end, of BDAT
  std::size_t begin = 0, end = 0;  // the exchanges [begin, end) are text
  bool whole = false;              // the text's own end, a lone dot, is the last of them
};
// In order. Nothing where a gap makes unsure what a line is.
[[nodiscard]] std::vector<TextRun> text_runs(const session::Session& session);

// Is an exchange in one of them? They are looked for when this is asked first: of most sessions it
// never is.
class TextRuns {
 public:
  // Which outlives this.
  explicit TextRuns(const session::Session& session) noexcept : session_(&session) {}
  [[nodiscard]] bool have(std::size_t exchange);

 private:
  const session::Session* session_;
  std::optional<std::vector<TextRun>> runs_;
};

}  // namespace smtpscope::findings
