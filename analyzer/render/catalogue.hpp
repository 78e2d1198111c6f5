#pragma once
// The catalogue of findings as text, for the shell.
#include "analyzer/findings/selection.hpp"
#include "analyzer/render/page.hpp"
#include "analyzer/render/reference.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::render {

struct CatalogueOptions {
  Color color = Color::never;
  std::size_t width = 0;  // columns of the terminal; 0: do not wrap
};

// Appends the table: id, severity, when it is found. Only what is selected, or all if nothing is.
void render_catalogue(std::string& out, const CatalogueOptions& options,
                      const findings::Selection& only = findings::Selection());

// Appends one entry; Known::no, and nothing appended, if there is none of this id.
[[nodiscard]] Known render_catalogue_entry(std::string& out, std::string_view id,
                                           const CatalogueOptions& options);

// Which ids, groups or severities could have been meant, the likeliest first.
[[nodiscard]] std::vector<std::string> near_selection_words(std::string_view word);

}  // namespace smtpscope::render
