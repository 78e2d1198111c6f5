#pragma once
// One capture, analysed by several threads, with the same result as by one.
//
//     thread 1   Source -> Analyzer, its connections only -> judge_alone(), tell_ahead()  --events-->  +
//     thread 2   Source -> Analyzer, its connections only -> judge_alone(), tell_ahead()  --events-->  +-> SessionOrder -> Report
//     ...                                                                                              |   whichever is ahead
//     N more, where nothing can be told ahead:   Report::tell()                  <--sessions in order--+
//
// Each thread reads the whole capture by itself, so all of them see the same packets and the same
// time, and no packet is handed from one to another. What they tell carries the number of the
// packet after which it happened, and is put in order by it: the order of sessions, their numbers,
// and what is told across them are made by one of them at a time, which is ahead of the others.
#include "analyzer/app/key_files.hpp"
#include "analyzer/app/options.hpp"
#include "analyzer/app/progress.hpp"
#include "analyzer/app/report.hpp"
#include "analyzer/capture/source.hpp"
#include "analyzer/session/analyzer.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace smtpscope::app {

// So many threads are of use: as many as were asked for, or as there are processors; one where the
// capture is small, where it comes through a pipe, or where something has to be known of all
// connections at once.
[[nodiscard]] unsigned useful_jobs(const Read& task, const capture::Source& source);
// Where one thread analyses, another may decompress: unless a single one was asked for.
[[nodiscard]] bool may_decompress_ahead(const Read& task, std::size_t threads);

// `sources` are the same capture, opened once for each thread, and read to their ends. What `keys`
// knows all threads know; afterwards it knows what the capture brought, too.
[[nodiscard]] session::Accounts analyse_shared(
    const std::vector<std::unique_ptr<capture::Source>>& sources, const AnalysisOptions& options,
    KeyFiles& keys, Progress& progress, Report& report, const Output& output);

}  // namespace smtpscope::app
