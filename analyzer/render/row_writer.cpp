#include "analyzer/render/row_writer.hpp"

#include "analyzer/render/escape.hpp"
#include "analyzer/render/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace smtpscope::render {
namespace {

// Waits from here on stand out.
constexpr Nanoseconds slow = std::chrono::seconds{1};

}  // namespace

// Silence is a wait as well: of a client that thinks, of a server that closes at last.
void RowWriter::put(Row row, const Spans& body, std::string_view gloss) {
  if (row.origin) {
    const Nanoseconds silence = elapsed(latest_, row.origin->time);
    if (!row.wait && silence >= slow && latest_ != Timestamp{}) row.wait = silence;
    latest_ = std::max(latest_, row.origin->time);
    put_file_border(row.origin->frame);
  }
  page_.line(lead(row), body, gloss);
}

// Frame numbers count in one file: which one, where it changes from one row to the next.
void RowWriter::put_file_border(const FrameId& frame) {
  if (!story_.is_full() || frame == 0 || frame.file == frames_of_) return;
  frames_of_ = frame.file;
  const std::string_view other = story_.session.other_file(frame);
  put_words("frames of " + escaped(other.empty() ? story_.session.file : other) + ':');
}

Spans RowWriter::lead(const Row& row) const {
  Spans spans;
  const auto has_frame = row.origin && row.origin->frame != 0;
  if (story_.is_full()) {
    spans.push_back(
        {has_frame ? fmt::format("{:>6} ", row.origin->frame.number) : std::string(7, ' '),
         Style::dim});
  }
  if (story_.session.transcript) {  // which has no times
    spans.push_back({fmt::format("{:<3} ", row.mark), Style::plain});
    return spans;
  }
  const std::string time =
      row.origin ? plain_seconds(elapsed(story_.session.start, row.origin->time)) : "";
  spans.push_back({fmt::format("{:>9} ", time), Style::plain});
  const bool is_slow = row.wait && *row.wait >= slow;
  const std::string wait = row.wait ? span_text(*row.wait) + (is_slow ? "!" : " ") : "";
  spans.push_back({fmt::format("{:>9} ", wait), is_slow ? Style::bold : Style::plain});
  spans.push_back({fmt::format("{:<3} ", row.mark), Style::plain});
  return spans;
}

void RowWriter::put_titles() {
  if (story_.session.transcript) {
    if (story_.is_full()) page_.line({{"  line", Style::dim}}, {});
    return;
  }
  page_.line({{fmt::format("{}{:>9} {:>8}", story_.is_full() ? " frame " : "", "time/s", "wait"),
               Style::dim}},
             {});
}

}  // namespace smtpscope::render
