#pragma once
// One row of the timeline: when, how long waited for, a mark, and the words. Private to this
// folder.
#include "analyzer/render/story.hpp"

#include <optional>
#include <string_view>

namespace smtpscope::render {

// The marks: who speaks, or what the row is.
inline constexpr std::string_view from_client = " ->";
inline constexpr std::string_view from_server = "<- ";
inline constexpr std::string_view odd_from_client = "**>";
inline constexpr std::string_view odd_from_server = "<**";
inline constexpr std::string_view aside = "===";
inline constexpr std::string_view trouble = "***";
inline constexpr std::string_view absence = "---";

// When, and in which packet, a row happened; nothing for rows that only add words.
struct Row {
  std::string_view mark;
  std::optional<Origin> origin;
  std::optional<Nanoseconds> wait;
};

// Writes rows one below the other. Points to the page and the story.
class RowWriter {
 public:
  RowWriter(Page& page, const Story& story)
      : page_(page), story_(story), frames_of_(story.session.first_frame.file) {}

  // The head of the columns.
  void put_titles();
  void put(Row row, const Spans& body, std::string_view gloss = {});
  // Words that belong to the row above.
  void put_words(std::string_view words, Style style = Style::dim) {
    put({}, {{std::string(words), style}});
  }
  // What happened up to here is not told, so the time until here is no silence.
  void skip_to(Timestamp time) { latest_ = std::max(latest_, time); }

 private:
  [[nodiscard]] Spans lead(const Row& row) const;
  void put_file_border(const FrameId& frame);

  Page& page_;
  const Story& story_;
  std::uint32_t frames_of_;  // the file that the row before this one is in
  Timestamp latest_{};       // of all rows so far
};

}  // namespace smtpscope::render
