#pragma once
// Deliveries to standard output, in the form that was asked for: each as soon as it is over.
#include "analyzer/app/options.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/delivery/deliveries.hpp"
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/render/deliveries.hpp"
#include "analyzer/session/session.hpp"

namespace smtpscope::app {

class DeliveriesReport {
 public:
  DeliveriesReport(const ReportOptions& options, render::TextOptions::FileName file_name,
                   Output& output);

  // In order, after those before it.
  void add(const session::Session& session, const delivery::Verdict& verdict);
  // Sessions of another capture follow: no mail of it goes on from those before.
  void begin_capture();
  // Nothing follows. Also says what is not among the deliveries.
  void close();

 private:
  void write_header();
  // Those that are over, or beyond the limits.
  void write();

  const ReportOptions& options_;
  render::DeliveriesOptions text_options_;
  Output& output_;
  delivery::Deliveries deliveries_;
  bool has_header_ = false;
};

}  // namespace smtpscope::app
