#pragma once
// Deliveries as rows for people, as JSON lines, and as CSV (RFC 4180).
#include "analyzer/delivery/deliveries.hpp"
#include "analyzer/render/page.hpp"

#include <cstddef>
#include <string>

namespace smtpscope::render {

struct DeliveriesOptions {
  Color color = Color::never;
  std::size_t width = 0;  // columns of the terminal; 0: nothing is cut
  enum class Steps : std::uint8_t { in_the_row, each_on_a_line } steps = Steps::in_the_row;
};

// Appends a row a delivery, its way in words in the last column; then what is no row.
void render_deliveries(std::string& out, const delivery::Deliveries& deliveries,
                       const DeliveriesOptions& options);

// Appends an object a line and a delivery: docs/delivery.schema.json.
void write_deliveries_json(std::string& out, const delivery::Deliveries& deliveries);

// Appends a header and a record a delivery. A cell that a spreadsheet would take for a formula
// begins with an apostrophe.
void write_deliveries_csv(std::string& out, const delivery::Deliveries& deliveries);

}  // namespace smtpscope::render
