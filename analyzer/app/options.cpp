#include "analyzer/app/options.hpp"

#include "analyzer/app/limit_options.hpp"
#include "analyzer/app/port_words.hpp"
#include "analyzer/app/terminal.hpp"
#include "analyzer/render/catalogue.hpp"
#include "analyzer/render/escape.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <sstream>

namespace smtpscope::app {
namespace {

constexpr const char* version_text = "smtpscope " SMTPSCOPE_VERSION;

constexpr const char* footer =
    "Examples:\n"
    "  smtpscope mail.pcap                       what happened, session by session\n"
    "  smtpscope --level summary mail.pcap       one line a session\n"
    "  smtpscope -T json mail.pcap | jq .verdict one JSON object a session\n"
    "  ssh host tcpdump -U -w - port 25 | smtpscope -\n"
    "  sudo smtpscope -i eth0                    live, mail ports; Ctrl-C stops\n"
    "  smtpscope reference STARTTLS              commands, reply codes, extensions\n"
    "  smtpscope explain '550 5.1.1 User unknown' what a reply says\n"
    "  swaks ... 2>&1 | smtpscope explain -      what swaks, curl -v, smtplib, openssl tell of a "
    "session\n"
    "  smtpscope --fail-on error -q *.pcap       for scripts\n"
    "\n"
    "Exit status: 0 analysed; 1 only with --fail-on: found; 2 usage, cannot open, bad filter;\n"
    "3 input damaged or cut short (what could be read was told); 4 no permission to capture.";

// What was typed.
struct Typed {
  std::vector<std::string> files;
  std::vector<std::string> read_files;  // -r
  std::string interface;
  std::string bpf;
  std::optional<std::string> ports;
  std::vector<std::string> forced;  // -d
  std::vector<std::string> only, hide, fail_on;
  std::string format = "text";
  std::string level = "dialogue";
  std::string color = "auto";
  std::string language;
  std::string term;
  std::vector<std::string> rules;
  std::vector<std::string> keys;
  std::vector<std::string> words;
  std::string command;
  std::uint64_t packets_max = 0;
  unsigned jobs = 0;
  std::string shard;
  int snap_length = 262'144;
  int buffer_mib = 16;
  bool list = false;
  bool verbose = false;
  bool quiet = false;
  bool secrets = false;
  bool stats = false;
  bool no_promiscuous = false;
  bool no_names = false;
  bool any_port = false;
  bool no_merge = false;
  session::AnalyzerLimits limits;
  delivery::DeliveriesLimits deliveries;
  bool check_sums = false;
  bool digest = false;
};

void add_color_option(CLI::App& app, Typed& typed) {
  app.add_option("--color", typed.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never", "tty", "yes", "no"}));
}

// What is wrong with it; empty if nothing is. (CLI11 itself takes -1 for the largest number that
// there is.)
std::string no_number_of_packets(const std::string& text) {
  const bool digits = text.find_first_not_of("0123456789") == text.npos;
  const bool above_zero = text.find_first_not_of('0') != text.npos;
  return digits && above_zero ? "" : text + " is no number above 0";
}

void add_selection_options(CLI::App& app, Typed& typed) {
  const auto add = [&app](const char* name, std::vector<std::string>& words, const char* what) {
    app.add_option(name, words, what)
        ->type_name("WHAT")
        ->allow_extra_args(false)
        ->group(
            "Findings: by id (smtp.bad-reply), group (smtp) or severity (error, warning, note), "
            "comma separated");
  };
  add("--only", typed.only, "Tell these alone");
  add("--hide", typed.hide, "Do not tell these");
  add("--fail-on", typed.fail_on,
      "Exit status 1 if one of these is told; warning means error, too, and note all");
}

void add_rules_option(CLI::App& app, Typed& typed) {
  app.add_option("--rules", typed.rules,
                 "Rules of your own for the reasons of replies, tried before the built-in ones; "
                 "docs/RULES.md has their form; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void add_format_option(CLI::App& app, Typed& typed, Subject subject) {
  if (subject == Subject::sessions) {
    app.add_option("-T,--format", typed.format, "text, or json: one object a line and session")
        ->check(CLI::IsMember({"text", "json"}));
  } else {
    app.add_option("-T,--format", typed.format, "text; json: one object a line and delivery; csv")
        ->check(CLI::IsMember({"text", "json", "csv"}));
  }
}

void add_report_options(CLI::App& app, Typed& typed, Subject subject = Subject::sessions) {
  add_format_option(app, typed, subject);
  app.add_option("--level", typed.level,
                 "summary: one line a session; dialogue; full: with frames and all lines")
      ->check(CLI::IsMember({"summary", "dialogue", "full"}));
  app.add_flag("-v", typed.verbose, "The same as --level full");
  app.add_flag("-q", typed.quiet, "The same as --level summary");
  add_color_option(app, typed);
  app.add_flag("--show-secrets", typed.secrets, "Show what AUTH carries; masked without it");
  app.add_flag("--stats", typed.stats,
               "The accounts, on stderr: every packet in exactly one count");
  add_selection_options(app, typed);
  app.add_option("-f", typed.bpf, "Capture filter (BPF): 'host 192.0.2.1 and port 25'");
  auto* ports = app.add_option("--ports", typed.ports,
                               "Only flows that touch these ports: 25,587,10000-10030. Which of "
                               "them are mail is still found by what they say");
  app.add_flag("--any-port", typed.any_port,
               "Flows on all ports, by what they say: the default for files. With -i: all TCP is "
               "captured, instead of the mail ports alone")
      ->excludes(ports);
  app.add_option("-d", typed.forced,
                 "What a port is, whatever is said there: tcp.port==2525,smtp or ...,lmtp")
      ->allow_extra_args(false);
  app.add_option("-c", typed.packets_max, "Stop after so many packets")
      ->type_name("N")
      ->check(CLI::Validator(no_number_of_packets, ""));
  app.add_option(
         "--shard", typed.shard,
         "Only the part K of N of all connections, as in 1/8: all between two hosts fall into one. "
         "N runs, on as many machines, tell together what one tells; docs/SCALE.md says more")
      ->type_name("K/N");
  app.add_flag("--check-sums", typed.check_sums,
               "Leave out segments with a wrong TCP checksum, as their receiver did");
  app.add_option("--keys", typed.keys,
                 "A key log that opens TLS, as SSLKEYLOGFILE makes it; repeatable. Without it, the "
                 "file that SSLKEYLOGFILE names, if it is there; docs/KEYS.md says how to get one")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_flag("--digest", typed.digest,
               "SHA-256 of each whole message, as its receiver stores it");
  app.add_flag("-n", typed.no_names, "Accepted: names are never looked up");
  add_rules_option(app, typed);
  add_limit_options(app, typed.limits);
  if (subject == Subject::deliveries) add_limit_options(app, typed.deliveries);
}

void add_live_options(CLI::App& app, Typed& typed) {
  app.add_option("-i", typed.interface, "Capture live from an interface, or any");
  app.add_option("-s", typed.snap_length, "Octets to capture of each packet")
      ->check(CLI::Range(64, 262'144));
  app.add_option("-B", typed.buffer_mib, "Kernel buffer in MiB")->check(CLI::Range(1, 2048));
  app.add_flag("-p", typed.no_promiscuous, "Not in promiscuous mode");
}

void add_file_options(CLI::App& app, Typed& typed) {
  app.add_option("-r", typed.read_files, "Read a capture file; - is standard input; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("-j,--jobs", typed.jobs,
                 "Threads; what is told is the same with any number of them. Without it: one for "
                 "each processor where the capture is large; always one for a pipe, with -c and "
                 "with --check-sums")
      ->type_name("N")
      ->check(CLI::Range(1U, 256U));
  app.add_flag("--no-merge", typed.no_merge,
               "Several files: each one alone, not all as one capture in order of time");
  app.add_option("FILE", typed.files,
                 "Capture files and folders of them, compressed or not; - is standard input");
}

session::Checksums checksums(const Typed& typed) {
  return typed.check_sums ? session::Checksums::check : session::Checksums::ignore;
}

// What is wrong with the words, if anything is: "net,smtp.bad-reply" goes into the selection.
std::optional<std::string> read_selection(const char* option, const std::vector<std::string>& typed,
                                          findings::Selection& selection) {
  for (const std::string& list : typed) {
    std::istringstream words(list + ',');
    for (std::string word; std::getline(words, word, ',');) {
      if (selection.add(word)) continue;
      std::string wrong =
          std::string(option) + " wants ids, groups or severities of findings, not \"" + word + '"';
      const std::vector<std::string> near = render::near_selection_words(word);
      for (std::size_t i = 0; i < near.size(); ++i)
        wrong += (i == 0 ? "; did you mean " : ", ") + near[i];
      return wrong + (near.empty() ? "; smtpscope findings lists them" : "?");
    }
  }
  return std::nullopt;
}

std::optional<std::string> read_selections(const Typed& typed, ReportOptions& report) {
  if (auto wrong = read_selection("--only", typed.only, report.only)) return wrong;
  if (auto wrong = read_selection("--hide", typed.hide, report.hide)) return wrong;
  return read_selection("--fail-on", typed.fail_on, report.fail_on);
}

ReportOptions report_options(const Typed& typed) {
  ReportOptions report;
  report.format = typed.format == "json"  ? Format::json
                  : typed.format == "csv" ? Format::csv
                                          : Format::text;
  if (typed.level == "summary" || typed.quiet) report.level = render::Level::summary;
  if (typed.level == "full" || typed.verbose) report.level = render::Level::full;
  report.color = wants_color(typed.color) ? render::Color::always : render::Color::never;
  report.width = terminal_width();
  report.secrets = typed.secrets ? render::Secrets::show : render::Secrets::mask;
  report.stats = typed.stats;
  report.deliveries = typed.deliveries;
  return report;
}

// `what` may repeat what was typed.
Told usage_error(const std::string& what) {
  return {"smtpscope: " + render::escaped(what) + "\nRun 'smtpscope --help' for more.\n", 2};
}

// What is wrong with the ports, if anything is.
std::optional<std::string> read_ports(const Typed& typed, session::Ports& ports) {
  if (typed.ports) {
    const auto only = parse_ports(*typed.ports);
    if (!only)
      return "--ports wants ports and ranges, as in 25,587,10000-10030, not " + *typed.ports;
    ports.only = *only;
  }
  for (const std::string& text : typed.forced) {
    const auto forced = parse_forced_port(text);
    if (!forced) return "-d wants tcp.port==PORT,smtp or tcp.port==PORT,lmtp, not " + text;
    ports.forced.push_back(*forced);
  }
  return std::nullopt;
}

// "2/8" is the second of eight.
std::optional<std::string> read_shard(const std::string& text, session::Shard& shard) {
  if (text.empty()) return std::nullopt;
  constexpr std::uint32_t count_max = 1'000'000;
  std::uint32_t number = 0, count = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, number);
  const bool is_pair = first.ec == std::errc() && first.ptr != end && *first.ptr == '/';
  const auto second = is_pair ? std::from_chars(first.ptr + 1, end, count) : first;
  if (!is_pair || second.ec != std::errc() || second.ptr != end || number < 1 || number > count ||
      count > count_max)
    return "--shard wants K/N, a part K of N from 1 to N, as in 1/8, not " + text;
  shard.index = number - 1;
  shard.count = count;
  return std::nullopt;
}

KeyOptions key_options(const Typed& typed) {
  KeyOptions keys;
  keys.files = typed.keys;
  const char* const of_environment = std::getenv("SSLKEYLOGFILE");
  if (of_environment != nullptr) keys.of_environment = of_environment;
  return keys;
}

Task read_or_live(const Typed& typed, Subject subject = Subject::sessions) {
  AnalysisOptions analysis{{}, checksums(typed), typed.limits, typed.digest, key_options(typed)};
  if (const auto wrong = read_ports(typed, analysis.ports)) return usage_error(*wrong);
  if (const auto wrong = read_shard(typed.shard, analysis.shard)) return usage_error(*wrong);
  ReportOptions report = report_options(typed);
  report.subject = subject;
  if (const auto wrong = read_selections(typed, report)) return usage_error(*wrong);
  std::vector<std::string> files = typed.read_files;
  files.insert(files.end(), typed.files.begin(), typed.files.end());
  if (typed.list) return ListInterfaces{};
  if (!typed.interface.empty()) {
    if (!files.empty()) return usage_error("either an interface (-i) or files, not both");
    Live live;
    live.interface = typed.interface;
    live.bpf = typed.bpf;
    live.snap_length = typed.snap_length;
    live.buffer_mib = typed.buffer_mib;
    live.promiscuous = !typed.no_promiscuous;
    live.packets_max = typed.packets_max;
    live.every_port = typed.any_port;
    live.analysis = std::move(analysis);
    live.report = report;
    live.rules = typed.rules;
    return live;
  }
  if (files.empty())
    return usage_error("no input: give a capture file, - for standard input, or -i INTERFACE");
  Read read;
  read.files = std::move(files);
  if (typed.no_merge) read.as = Read::Files::apart;
  read.bpf = typed.bpf;
  read.packets_max = typed.packets_max;
  read.jobs = typed.jobs;
  read.report = report;
  read.rules = typed.rules;
  read.analysis = std::move(analysis);
  return read;
}

Task explain(const Typed& typed, bool has_format) {
  Explain task;
  task.words = typed.words;
  if (!typed.command.empty()) {
    task.asked = delivery::asked_of(typed.command);
    if (task.asked == delivery::Asked::unknown && typed.command != "?") {
      return usage_error(
          "--command wants a command, CONN for the greeting or EOM for the end of the message, "
          "not " +
          typed.command);
    }
  }
  if (has_format) task.format = typed.format == "json" ? Format::json : Format::text;
  task.rules = typed.rules;
  task.width = terminal_width();
  task.color = wants_color(typed.color) ? render::Color::always : render::Color::never;
  return task;
}

// --lang, or the locale: LC_ALL, LC_MESSAGES, LANG, as everywhere.
Task reference(const Typed& typed) {
  Reference task;
  task.term = typed.term;
  task.width = terminal_width();
  task.color = wants_color(typed.color) ? render::Color::always : render::Color::never;
  if (!typed.language.empty()) {
    const auto language = smtp::find_language(typed.language);
    if (!language) {
      return usage_error("no such language: " + typed.language +
                         " (there are en, ko, ja, zh, tr, id)");
    }
    task.language = *language;
    return task;
  }
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    task.language = smtp::find_language(value).value_or(smtp::Language::en);
    break;
  }
  return task;
}

}  // namespace

Task parse(int argc, char** argv) {
  Typed typed;
  CLI::App app{"smtpscope reads SMTP traffic, from capture files or live, and tells what happened.",
               "smtpscope"};
  app.set_version_flag("--version", version_text);
  app.footer(footer);
  app.require_subcommand(0, 1);
  add_file_options(app, typed);
  add_live_options(app, typed);
  add_report_options(app, typed);
  app.add_flag("-D", typed.list, "List the interfaces");

  CLI::App* read =
      app.add_subcommand("read", "Timelines of the sessions in captures (what files alone mean)");
  add_file_options(*read, typed);
  add_report_options(*read, typed);
  CLI::App* deliveries = app.add_subcommand(
      "deliveries", "Each mail to each recipient over all sessions: attempts, hops, bounces");
  add_file_options(*deliveries, typed);
  add_live_options(*deliveries, typed);
  add_report_options(*deliveries, typed, Subject::deliveries);
  CLI::App* live = app.add_subcommand("live", "Sniff an interface (what -i alone means)");
  add_live_options(*live, typed);
  add_report_options(*live, typed);
  CLI::App* look_up =
      app.add_subcommand("reference", "Commands, reply codes, enhanced codes, extensions");
  look_up->add_option("TERM", typed.term, "STARTTLS, 550, 5.7.1, CHUNKING ...");
  look_up->add_option("--lang", typed.language,
                      "en, ko, ja, zh, tr or id; default from the locale");
  add_color_option(*look_up, typed);
  CLI::App* findings = app.add_subcommand("findings", "The catalogue of findings");
  findings->add_option(
      "ID", typed.term,
      "net.refused, smtp.early-talker ...; or a group or severity: net, error ...");
  add_color_option(*findings, typed);
  CLI::App* why = app.add_subcommand(
      "explain",
      "What a reply says, or the transcript of a mail tool, and what to do: no capture needed");
  why->add_option(
      "REPLY", typed.words,
      "The reply, \\n between its lines; or - for standard input, or a file: of replies, one a "
      "line, and behind a tab the command that each answers (these are told as JSON, one object a "
      "line), a bounce, or a mail log of Postfix or Exim; or a transcript of swaks, curl -v, "
      "Python's smtplib or openssl s_client, which is told like a capture");
  why->add_option("--command", typed.command,
                  "What was answered: MAIL, RCPT, DATA ..., CONN (the greeting), EOM (the end of "
                  "the message)")
      ->type_name("COMMAND");
  CLI::Option* format = why->add_option("-T,--format", typed.format, "text or json")
                            ->check(CLI::IsMember({"text", "json"}));
  add_rules_option(*why, typed);
  add_color_option(*why, typed);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    if (code == 0) return Told{out.str(), 0};
    std::string what = err.str();
    return usage_error(what.substr(0, what.find('\n')));
  }
  if (look_up->parsed()) return reference(typed);
  if (findings->parsed()) {
    return Findings{typed.term, terminal_width(),
                    wants_color(typed.color) ? render::Color::always : render::Color::never};
  }
  if (deliveries->parsed()) return read_or_live(typed, Subject::deliveries);
  if (why->parsed()) return explain(typed, format->count() > 0);
  return read_or_live(typed);
}

}  // namespace smtpscope::app
