#pragma once
// What was asked for on the command line, checked and typed.
#include "analyzer/app/key_files.hpp"
#include "analyzer/delivery/asked.hpp"
#include "analyzer/delivery/deliveries.hpp"
#include "analyzer/findings/selection.hpp"
#include "analyzer/render/redact.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/analyzer.hpp"
#include "analyzer/session/ports.hpp"
#include "dissectors/smtp/reference.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace smtpscope::app {

enum class Format : std::uint8_t { text, json, csv };
// What a report is about.
enum class Subject : std::uint8_t {
  sessions,    // each one, as it ends
  deliveries,  // each mail to each recipient, over all sessions
};

struct ReportOptions {
  Subject subject = Subject::sessions;
  Format format = Format::text;  // csv: of deliveries alone
  render::Level level = render::Level::dialogue;
  render::Color color = render::Color::never;
  std::size_t width = 0;  // columns; 0: not a terminal, nothing is cut or wrapped
  render::Secrets secrets = render::Secrets::mask;
  bool stats = false;        // the accounts, on stderr
  findings::Selection only;  // empty: all
  findings::Selection hide;
  findings::Selection fail_on{findings::Selection::Severities::and_graver};
  delivery::DeliveriesLimits deliveries;
};

// What the analysis is told, wherever the packets come from.
struct AnalysisOptions {
  session::Ports ports;
  session::Checksums checksums = session::Checksums::ignore;
  session::AnalyzerLimits limits;
  bool digest = false;  // SHA-256 of each message
  KeyOptions keys;
  session::Shard shard{0, 1, session::Shard::By::hosts};  // only these connections
};

struct Read {
  // Files, tried in this order before the built-in rules; in Live and Explain, too.
  std::vector<std::string> rules;
  std::vector<std::string> files;  // "-" is standard input; folders stand for what is in them
  // Are they one capture, or each one of its own?
  enum class Files : std::uint8_t { one_capture, apart } as = Files::one_capture;
  std::string bpf;
  std::uint64_t packets_max = 0;  // 0: all
  unsigned jobs = 0;              // threads; 0: as many as are of use
  AnalysisOptions analysis;
  ReportOptions report;
};
struct Live {
  std::string interface;
  std::string bpf;          // empty: the default filter
  bool every_port = false;  // without a filter: all TCP, not the ports of mail alone
  int snap_length = 262'144;
  int buffer_mib = 16;
  bool promiscuous = true;
  std::uint64_t packets_max = 0;
  AnalysisOptions analysis;
  ReportOptions report;
  std::vector<std::string> rules;
};
struct ListInterfaces {};
struct Reference {
  std::string term;  // empty: the table
  smtp::Language language = smtp::Language::en;
  std::size_t width = 0;
  render::Color color = render::Color::never;
};
struct Findings {
  std::string word;  // an id: its entry; a group or severity: those; empty: all
  std::size_t width = 0;
  render::Color color = render::Color::never;
};
// A reply, or many of them, without any capture.
struct Explain {
  // The words of a reply; or one file, or "-" for standard input, with a reply a line.
  std::vector<std::string> words;
  delivery::Asked asked = delivery::Asked::unknown;  // of lines that do not say it themselves
  std::optional<Format> format;  // not given: text for a reply, JSON for lines of them
  std::vector<std::string> rules;
  std::size_t width = 0;
  render::Color color = render::Color::never;
};
// The command line itself was the task (--help, --version), or was wrong: what to print, and where.
struct Told {
  std::string text;
  int exit_code = 0;
};

using Task = std::variant<Read, Live, ListInterfaces, Reference, Findings, Explain, Told>;

[[nodiscard]] Task parse(int argc, char** argv);

}  // namespace smtpscope::app
