#pragma once
// How a connection begins and ends, in the timeline. Private to this folder.
#include "analyzer/render/row_writer.hpp"

namespace smtpscope::render {

// With all details also what either side sent, in packets and octets.
void render_opening(RowWriter& rows, const Story& story);
void render_closing(RowWriter& rows, const Story& story);

}  // namespace smtpscope::render
