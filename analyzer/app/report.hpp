#pragma once
// Sessions to standard output, in the form that was asked for.
#include "analyzer/app/options.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/session.hpp"

#include <cstdint>
#include <string>

namespace smtpscope::app {

class Report {
 public:
  Report(const ReportOptions& options, render::TextOptions::FileName file_name, Output& output);

  // Judges, weighs and renders one session.
  void add(session::Session session);
  [[nodiscard]] std::uint64_t sessions() const noexcept { return sessions_; }

 private:
  const ReportOptions& options_;
  render::TextOptions text_options_;
  Output& output_;
  std::string text_;  // reused
  std::uint64_t sessions_ = 0;
};

}  // namespace smtpscope::app
