#include "analyzer/app/run.hpp"

#include "analyzer/app/accounts_text.hpp"
#include "analyzer/app/explain.hpp"
#include "analyzer/app/key_files.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/app/port_words.hpp"
#include "analyzer/app/progress.hpp"
#include "analyzer/app/report.hpp"
#include "analyzer/app/rule_files.hpp"
#include "analyzer/app/say.hpp"
#include "analyzer/app/sharing.hpp"
#include "analyzer/capture/source.hpp"
#include "analyzer/render/catalogue.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/reference.hpp"
#include "analyzer/session/analyzer.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace smtpscope::app {
namespace {

void on_signal(int) { capture::request_stop(); }

// The first Ctrl-C ends the capture and everything is told; the second one ends the process.
void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

struct Pace {
  session::Order order = session::Order::first_packet;
  bool flush_each = false;  // live: what is known is shown at once
  bool show_progress = false;
  std::uint64_t packets_max = 0;
};

// The way from packets to the page.
session::Accounts analyse(capture::Source& source, const Pace& pace, const AnalysisOptions& options,
                          KeyFiles& keys, Report& report, Output& output) {
  session::Analyzer analyzer(source.files(), pace.order, options.limits, options.ports,
                             options.checksums);
  analyzer.take_only(options.shard);
  if (options.digest) analyzer.want_digests();
  if (keys.given()) analyzer.use_keys(keys.log());
  const bool keys_may_grow = keys.given() && pace.flush_each;
  const bool may_bring_keys = source.may_bring_keys();
  Progress progress(pace.show_progress);
  std::uint64_t packets = 0;
  const auto tell = [&] {
    if (!analyzer.may_have_session()) return;  // as behind nearly every packet
    while (auto session = analyzer.next_session()) {
      report.add(std::move(*session));
      if (pace.flush_each) output.flush();
    }
  };
  while (const Packet* packet = source.next()) {
    if (keys_may_grow) keys.read_more();
    if (const std::string text = may_bring_keys ? source.take_key_log() : std::string();
        !text.empty()) {
      keys.add(text);
      analyzer.use_keys(keys.log());
    }
    if (packet->number != 0) ++packets;
    analyzer.take(*packet);
    tell();
    progress.step(source, packets, analyzer.accounts().sessions);
    if (output.broken() || (pace.packets_max != 0 && packets >= pace.packets_max)) break;
  }
  const session::FileEnd end =
      source.cut_short() ? session::FileEnd::cut_short : session::FileEnd::whole;
  while (analyzer.finish_one(end)) tell();
  return analyzer.accounts();
}

// --check-sums could not do what it says: where the sender's card computes the checksums, a capture
// made there has none that are right.
void say_offload(const session::Accounts& accounts) {
  if (accounts.offloading_hosts == 0) return;
  say(fmt::format(
      "all TCP checksums of {} host{} are wrong: offload, as in captures on the sending host; "
      "nothing of {} is left out",
      accounts.offloading_hosts, accounts.offloading_hosts == 1 ? "" : "s",
      accounts.offloading_hosts == 1 ? "it" : "them"));
}

void say_about_fragments(const capture::Source& source, const session::Accounts& accounts) {
  const std::string note = fragments_note(accounts);
  if (!note.empty()) say(render::escaped(source.name()) + ": " + note);
}

// Opens the same capture once more; nullptr: it cannot be any more.
using Reopen = std::function<std::unique_ptr<capture::Source>()>;

// The capture as many times as threads are of use, or once if it cannot be opened more often.
std::vector<std::unique_ptr<capture::Source>> for_threads(const Read& task,
                                                          std::unique_ptr<capture::Source> source,
                                                          const Reopen& reopen) {
  std::vector<std::unique_ptr<capture::Source>> sources;
  sources.push_back(std::move(source));
  for (unsigned jobs = useful_jobs(task, *sources.front()); sources.size() < jobs;) {
    auto another = reopen();
    if (another == nullptr) {
      sources.resize(1);
      break;
    }
    sources.push_back(std::move(another));
  }
  return sources;
}

ExitCode run_source(const Read& task, std::unique_ptr<capture::Source> opened, const Reopen& reopen,
                    KeyFiles& keys, Report& report, Output& output) {
  const std::vector<std::unique_ptr<capture::Source>> sources =
      for_threads(task, std::move(opened), reopen);
  capture::Source& source = *sources.front();
  Pace pace;
  pace.show_progress = task.report.level != render::Level::summary;
  if (source.progress().total == 0) {  // a pipe: what is known is told while it is open
    pace.flush_each = true;
    pace.order = session::Order::ending;
  }
  pace.packets_max = task.packets_max;
  report.begin_capture();
  session::Accounts accounts;
  if (may_decompress_ahead(task, sources.size())) source.decompress_ahead();
  if (sources.size() > 1) {
    Progress progress(pace.show_progress);
    accounts = analyse_shared(sources, task.analysis, keys, progress, report, output);
  } else {
    accounts = analyse(source, pace, task.analysis, keys, report, output);
  }
  output.flush();  // before what is said about it
  say_offload(accounts);
  ExitCode code = ExitCode::analysed;
  for (const Error& error : source.errors()) {
    say(error);
    code = graver(code, exit_code_of(error.kind));
  }
  const capture::FileNotes notes = source.notes();
  if (notes.dropped() != 0) say(render::escaped(source.name()) + ": " + drops_text(notes));
  if (accounts.sessions == 0 && !output.broken()) {
    say(render::escaped(source.name()) + ": no mail in it: " + contents_text(accounts));
  }
  say_about_fragments(source, accounts);
  if (task.report.stats) std::fputs((accounts_text(accounts) + notes_text(notes)).c_str(), stderr);
  return code;
}

void say_left_out(const Error& error) {
  say(render::escaped(error.subject) + ": left out: " + render::escaped(error.what));
}

using FileName = render::TextOptions::FileName;

// What is said about files that cannot be read comes first: the rest may take long.
ExitCode run_as_one(const Read& task, const delivery::Classifier* classifier, KeyFiles& keys,
                    Output& output) {
  capture::OpenedFiles opened = capture::open_files(task.files, task.bpf);
  ExitCode code = ExitCode::analysed;
  for (const Error& error : opened.left_out) say_left_out(error);
  for (const Error& error : opened.errors) {
    say(error);
    code = graver(code, exit_code_of(error.kind));
  }
  if (!opened.source) return code;
  Report report(task.report, opened.source->files().size() > 1 ? FileName::show : FileName::hide,
                output, classifier);
  const Reopen reopen = [&task] {
    return std::move(capture::open_files(task.files, task.bpf).source);
  };
  code = graver(code, run_source(task, std::move(opened.source), reopen, keys, report, output));
  report.close();
  return graver(code, report.exit_code());
}

ExitCode run_apart(const Read& task, const delivery::Classifier* classifier, KeyFiles& keys,
                   Output& output) {
  const capture::NamedFiles named = capture::files_of(task.files);
  const std::vector<capture::NamedFile>& files = named.files;
  ExitCode code = ExitCode::analysed;
  for (const Error& error : named.left_out) say_left_out(error);
  for (const Error& error : named.errors) {
    say(error);
    code = graver(code, exit_code_of(error.kind));
  }
  Report report(task.report, files.size() > 1 ? FileName::show : FileName::hide, output,
                classifier);
  for (const capture::NamedFile& file : files) {
    auto opened = capture::open_file(file.path, task.bpf);
    if (opened) {
      const Reopen reopen = [&task, &file] {
        auto another = capture::open_file(file.path, task.bpf);
        return another ? std::move(*another) : nullptr;
      };
      code = graver(code, run_source(task, std::move(*opened), reopen, keys, report, output));
    } else if (!file.folder.empty() && opened.error().kind == ErrorKind::open) {
      say_left_out(opened.error());
    } else {
      say(opened.error());
      code = graver(code, exit_code_of(opened.error().kind));
    }
    // Not ahead of the first one: who asks for the end that early hears what came, or that nothing
    // did.
    if (output.broken() || capture::stop_requested()) break;
  }
  report.close();
  return graver(code, report.exit_code());
}

ExitCode run(const Read& task) {
  const OwnRules rules(task.rules);
  const bool is_pipe = std::ranges::find(task.files, "-") != task.files.end();
  KeyFiles keys(task.analysis.keys,
                is_pipe ? KeyFiles::While::capturing : KeyFiles::While::reading);
  if (!rules.usable() || !keys.usable()) return ExitCode::unusable;
  Output output(STDOUT_FILENO);
  std::error_code ignored;
  const bool is_one_file =
      task.files.size() == 1 && !std::filesystem::is_directory(task.files.front(), ignored);
  const bool as_one = task.as == Read::Files::one_capture && !is_one_file;
  const ExitCode code = as_one ? run_as_one(task, rules.classifier(), keys, output)
                               : run_apart(task, rules.classifier(), keys, output);
  return close(output, code);
}

// The path of this program, as setcap wants it.
std::string path_of(const char* program) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string(program) : path.string();
}

// What was asked for, or what is mail for sure: a busy host has too much of everything else.
std::string live_filter(const Live& task) {
  if (!task.bpf.empty()) return task.bpf;
  if (task.every_port) return "tcp";
  return task.analysis.ports.only.empty() ? capture::default_filter()
                                          : filter_of(task.analysis.ports.only);
}

ExitCode run(const Live& task, const char* program) {
  const OwnRules rules(task.rules);
  KeyFiles keys(task.analysis.keys, KeyFiles::While::capturing);
  if (!rules.usable() || !keys.usable()) return ExitCode::unusable;
  const std::string filter = live_filter(task);
  auto opened = capture::open_live(
      {task.interface, filter, task.snap_length, task.buffer_mib, task.promiscuous},
      path_of(program));
  if (!opened) {
    say(opened.error());
    return exit_code_of(opened.error().kind);
  }
  capture::Source& source = **opened;
  say(fmt::format("listening on {}, filter: {}", render::escaped(source.name()),
                  render::escaped(filter)));
  Output output(STDOUT_FILENO);
  Report report(task.report, render::TextOptions::FileName::hide, output, rules.classifier());
  Pace pace;
  pace.order = session::Order::ending;
  pace.flush_each = true;
  pace.packets_max = task.packets_max;
  const session::Accounts accounts = analyse(source, pace, task.analysis, keys, report, output);
  output.flush();
  say_offload(accounts);
  if (source.error()) say(*source.error());
  std::string end = fmt::format("{} packet{} captured, {} session{}", accounts.packets,
                                accounts.packets == 1 ? "" : "s", accounts.sessions,
                                accounts.sessions == 1 ? "" : "s");
  if (const auto counts = source.live_counts()) {
    end += fmt::format(", {} dropped by the kernel, {} by the interface", counts->dropped_by_kernel,
                       counts->dropped_by_interface);
  }
  say(end);
  say_about_fragments(source, accounts);
  if (task.report.stats) std::fputs(accounts_text(accounts).c_str(), stderr);
  report.close();
  return close(output, source.error() ? exit_code_of(source.error()->kind) : report.exit_code());
}

ExitCode run(const ListInterfaces&) {
  auto interfaces = capture::list_interfaces();
  if (!interfaces) {
    say(interfaces.error());
    return exit_code_of(interfaces.error().kind);
  }
  Output output(STDOUT_FILENO);
  for (const capture::Interface& interface : *interfaces) {
    output.write(fmt::format("{:<16} {:<5} {}\n", render::escaped(interface.name),
                             interface.up ? "up" : "down", render::escaped(interface.description)));
  }
  return close(output, ExitCode::analysed);
}

// An entry of the reference or the catalogue that there is not.
ExitCode unknown(const char* what, const std::string& term, const std::vector<std::string>& near) {
  std::string line = fmt::format("no such {}: {}", what, render::escaped(term));
  for (std::size_t i = 0; i < near.size(); ++i)
    line += (i == 0 ? " (did you mean " : ", ") + near[i];
  say(line + (near.empty() ? "" : "?)"));
  return ExitCode::unusable;
}

ExitCode run(const Reference& task) {
  const render::ReferenceOptions options{task.language, task.color, task.width};
  std::string text;
  if (task.term.empty()) {
    render::render_reference(text, options);
  } else if (render::render_reference_entry(text, task.term, options) == render::Known::no) {
    return unknown("command, code or extension", task.term,
                   render::near_reference_terms(task.term));
  }
  Output output(STDOUT_FILENO);
  output.write(text);
  return close(output, ExitCode::analysed);
}

ExitCode run(const Findings& task) {
  const render::CatalogueOptions options{task.color, task.width};
  std::string text;
  if (task.word.empty() ||
      render::render_catalogue_entry(text, task.word, options) == render::Known::no) {
    findings::Selection selection;
    if (!task.word.empty() && !selection.add(task.word)) {
      return unknown("finding", task.word, render::near_selection_words(task.word));
    }
    render::render_catalogue(text, options, selection);
  }
  Output output(STDOUT_FILENO);
  output.write(text);
  return close(output, ExitCode::analysed);
}

ExitCode run(const Told& task) {
  if (task.exit_code != 0) {
    std::fputs(task.text.c_str(), stderr);
    return ExitCode::unusable;
  }
  Output output(STDOUT_FILENO);
  output.write(task.text);
  return close(output, ExitCode::analysed);
}

}  // namespace

ExitCode run(const Task& task, const char* program) {
  stop_on_signals();
  if (const auto* read = std::get_if<Read>(&task)) return run(*read);
  if (const auto* live = std::get_if<Live>(&task)) return run(*live, program);
  if (const auto* list = std::get_if<ListInterfaces>(&task)) return run(*list);
  if (const auto* reference = std::get_if<Reference>(&task)) return run(*reference);
  if (const auto* findings = std::get_if<Findings>(&task)) return run(*findings);
  if (const auto* explain = std::get_if<Explain>(&task)) return run_explain(*explain);
  return run(std::get<Told>(task));
}

}  // namespace smtpscope::app
