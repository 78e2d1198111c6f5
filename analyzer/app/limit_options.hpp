#pragma once
// The limits of the analysis as options, in a group of their own in --help: one for each table and
// buffer, with the default that the library gives it. Reaching one is no error: it is counted
// (--stats) and, where it costs a session something, told there (capture.limit).
#include "analyzer/delivery/deliveries.hpp"
#include "analyzer/session/analyzer.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's name
class App;
}

namespace smtpscope::app {

// `limits` outlives the parsing; what is not given keeps its value.
void add_limit_options(CLI::App& app, session::AnalyzerLimits& limits);
void add_limit_options(CLI::App& app, delivery::DeliveriesLimits& limits);

}  // namespace smtpscope::app
