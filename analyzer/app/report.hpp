#pragma once
// Sessions to standard output, in the form that was asked for. In three steps, of which the middle
// one, nearly all of the work, may be done by any thread:
//
//     judge()  in order: its number, and what only the sessions before it show
//     tell()   by itself: verdict, and the text of it
//     write()  in order
//
// Of nearly all sessions those before them show nothing. So in JSON, where the number stands in one
// place, each may be told before its turn; take_ahead() says whether that was right.
#include "analyzer/app/deliveries_report.hpp"
#include "analyzer/app/exit_code.hpp"
#include "analyzer/app/options.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/delivery/classifier.hpp"
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::app {

class Report {
 public:
  // Without a classifier, the built-in one.
  Report(const ReportOptions& options, render::TextOptions::FileName file_name, Output& output,
         const delivery::Classifier* classifier);

  // Sessions of another capture follow: what is known of those before has nothing to do with them.
  void begin_capture();

  struct Judged {
    session::Session session;
    std::vector<findings::Finding> findings;
  };
  struct Told {
    std::string text;
    bool has_failed = false;  // a finding of it is one of --fail-on
    // What deliveries are made of, where these are told.
    std::optional<session::Session> session;
    delivery::Verdict verdict;
  };
  // Of a thread, to tell one session after the other in the same memory.
  struct Scratch {
    explicit Scratch(const delivery::Classifier* classifier) : classifying(classifier) {}
    delivery::Classifying classifying;
    std::string text;
  };
  // `alone`: by findings::judge_alone().
  [[nodiscard]] Judged judge(session::Session&& session, std::vector<findings::Finding> alone);
  [[nodiscard]] Told tell(Judged judged, Scratch& scratch) const;
  void write(const Told& told);

  [[nodiscard]] bool may_tell_ahead() const noexcept;
  [[nodiscard]] Told tell_ahead(const session::Session& session,
                                const std::vector<findings::Finding>& alone,
                                Scratch& scratch) const;
  // In order, in the place of judge() and tell(): it is complete now. False: it is none of those;
  // `trace` is as it was.
  [[nodiscard]] bool take_ahead(Told& told, findings::Trace& trace);
  // All three.
  void add(session::Session&& session);

  // Tells what is known only now.
  void close();
  [[nodiscard]] const delivery::Classifier* classifier() const noexcept { return classifier_; }
  // ExitCode::found where a finding was told that --fail-on names.
  [[nodiscard]] ExitCode exit_code() const noexcept {
    return failed_ ? ExitCode::found : ExitCode::analysed;
  }

 private:
  // Its text is that of the scratch.
  [[nodiscard]] Told render(const session::Session& session,
                            std::vector<findings::Finding> findings, Scratch& scratch) const;
  void write(const Told& told, const session::Session* session, std::string_view text);
  // Leaves those that were asked for.
  void select(std::vector<findings::Finding>& findings) const;

  const ReportOptions& options_;
  render::TextOptions text_options_;
  Output& output_;
  const delivery::Classifier* classifier_;
  Scratch scratch_;  // of add()
  findings::History history_;
  DeliveriesReport deliveries_;
  std::uint64_t sessions_ = 0;
  bool failed_ = false;
};

}  // namespace smtpscope::app
