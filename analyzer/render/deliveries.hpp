#pragma once
// Deliveries, one after the other, as rows for people, as JSON lines, and as CSV (RFC 4180).
#include "analyzer/delivery/deliveries.hpp"
#include "analyzer/render/page.hpp"
#include "analyzer/render/timeline.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace smtpscope::render {

struct DeliveriesOptions {
  Color color = Color::never;
  std::size_t width = 0;  // columns of the terminal; 0: nothing is cut
  // Each on a line, with the packet that decided.
  enum class Steps : std::uint8_t { in_the_row, each_on_a_line } steps = Steps::in_the_row;
  TextOptions::FileName file_name = TextOptions::FileName::hide;  // of that packet
};

// The names of the columns.
void render_deliveries_header(std::string& out, const DeliveriesOptions& options);
// Appends a row, the way of the delivery in words in the last column.
void render_delivery(std::string& out, const delivery::Delivery& delivery,
                     const DeliveriesOptions& options);

// Appends an object in a line: docs/delivery.schema.json.
void write_delivery_json(std::string& out, const delivery::Delivery& delivery);

// The names of the cells.
void write_deliveries_csv_header(std::string& out);
// Appends a record. A cell that a spreadsheet would take for a formula begins with an apostrophe.
void write_delivery_csv(std::string& out, const delivery::Delivery& delivery);

}  // namespace smtpscope::render
