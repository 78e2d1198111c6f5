#include "tests/tidy/rules.hpp"

#include "tests/tidy/source_text.hpp"

#include <algorithm>
#include <set>

namespace smtpscope::tidy {
namespace {

using Names = std::vector<std::string_view>;

// ---- Dependencies. A folder may include itself, dissectors/base, and what stands here.-----------

struct Folder {
  std::string_view path;
  Names may_include;
};

// The table of docs/ARCHITECTURE.md.
const std::vector<Folder>& folders() {
  static const std::vector<Folder> table{
      {"dissectors/base", {}},
      {"dissectors/net", {}},
      {"dissectors/proxy", {}},
      {"dissectors/smtp", {}},
      {"dissectors/tls", {}},
      {"dissectors/mail", {}},
      {"analyzer/capture", {}},
      {"analyzer/ip", {"dissectors/net"}},
      {"analyzer/tcp", {"dissectors/net"}},
      {"analyzer/session",
       {"analyzer/ip", "analyzer/tcp", "dissectors/net", "dissectors/proxy", "dissectors/smtp",
        "dissectors/mail", "dissectors/tls"}},
      {"analyzer/logs", {}},
      {"analyzer/transcript",
       {"analyzer/session", "analyzer/tcp", "dissectors/net", "dissectors/smtp"}},
      {"analyzer/findings",
       {"analyzer/session", "dissectors/proxy", "dissectors/smtp", "dissectors/mail",
        "dissectors/tls"}},
      {"analyzer/delivery",
       {"analyzer/session", "analyzer/findings", "dissectors/smtp", "dissectors/mail",
        "dissectors/tls"}},
      {"analyzer/render",
       {"analyzer/session", "analyzer/findings", "analyzer/delivery", "dissectors/proxy",
        "dissectors/smtp", "dissectors/mail", "dissectors/tls"}},
      {"analyzer/app", {"analyzer", "dissectors"}},
  };
  return table;
}

// Headers that are not everybody's, by how their names begin, and the folders that have them.
struct Library {
  std::string_view header;
  Names homes;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> table{
      {"pcap", {"analyzer/capture"}},
      {"archive", {"analyzer/capture"}},
      {"zlib.h", {"analyzer/capture"}},
      {"arpa/inet.h", {"analyzer/capture", "dissectors/net"}},
      {"CLI/", {"analyzer/app"}},
      {"iostream", {"analyzer/app"}},
      {"rapidjson/", {"analyzer/render"}},
      {"utf8proc.h", {"analyzer/render"}},
      {"gmime/", {"dissectors/mail"}},
      {"idn2.h", {"analyzer/render"}},
      {"tsl/", {"analyzer/tcp"}},
      {"hwy/", {"dissectors/smtp"}},
      {"openssl/", {"dissectors/smtp", "dissectors/tls"}},
      {"re2/", {"analyzer/delivery"}},
      {"fmt/", {"dissectors", "analyzer"}},
      {"fstream", {"analyzer/capture", "analyzer/app"}},
      {"filesystem", {"analyzer/capture", "analyzer/app"}},
      {"thread", {"analyzer/capture", "analyzer/app"}},
      {"mutex", {"analyzer/capture", "analyzer/app"}},
      {"atomic", {"analyzer/capture", "analyzer/app"}},
      {"csignal", {"analyzer/capture", "analyzer/app"}},
      {"locale", {"analyzer/app"}},
      {"regex", {}},
  };
  return table;
}

// The operating system's headers (unistd.h, sys/ioctl.h) and any library not named above.
const Names homes_of_the_world{"analyzer/capture", "analyzer/app"};

bool is_under_any(std::string_view path, const Names& folders) {
  return std::ranges::any_of(folders, [&](std::string_view f) { return is_under(path, f); });
}

// "unistd.h" and "sys/types.h" are none; "vector" is.
bool is_standard(std::string_view header) {
  return header.find_first_of("./") == std::string_view::npos;
}

const Names& homes_of(std::string_view header) {
  static const Names everywhere{"dissectors", "analyzer"};
  const auto known = std::ranges::find_if(libraries(), [&](const Library& library) {
    return is_standard(header) ? header == library.header : header.starts_with(library.header);
  });
  if (known != libraries().end()) return known->homes;
  return is_standard(header) ? everywhere : homes_of_the_world;
}

bool may_include(const Folder& folder, std::string_view header) {
  return is_under(header, folder.path) || is_under(header, "dissectors/base") ||
         is_under_any(header, folder.may_include);
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? "" : path.substr(0, slash));
}

// ---- Words.--------------------------------------------------------------------------------------

struct Word {
  std::string_view word;
  Names forbidden_in;
  Names except_in;
  std::string_view why;
};

const std::vector<Word>& words() {
  static const Names ours{"dissectors", "analyzer"};
  static const Names app{"analyzer/app"};
  static const Names world{"analyzer/capture", "analyzer/app"};
  static const std::string_view output = "only analyzer/app writes to stdout and stderr";
  static const std::string_view locale = "depends on the locale; use dissectors/base/ascii.hpp";
  static const std::string_view end = "only analyzer/app ends the program";
  static const std::string_view clock = "time comes from packets alone";
  static const std::vector<Word> table{
      {"throw", {"dissectors"}, {}, "dissectors do not throw; what a peer does is a value"},
      {"catch", ours, app, "main is the only one that catches"},
      {"cout", ours, app, output},
      {"cerr", ours, app, output},
      {"clog", ours, app, output},
      {"stdout", ours, app, output},
      {"stderr", ours, app, output},
      {"printf", ours, app, output},
      {"puts", ours, app, output},
      {"putchar", ours, app, output},
      {"fmt::print", ours, app, output},
      {"exit(", ours, app, end},
      {"_exit(", ours, app, end},
      {"abort(", ours, app, end},
      {"getenv", ours, app, "only analyzer/app reads the environment"},
      {"::now(", ours, world, clock},
      {"time(nullptr)", ours, world, clock},
      {"gettimeofday", ours, world, clock},
      {"rand(", ours, {}, "same capture, same options, same octets out"},
      {"random_device", ours, {}, "same capture, same options, same octets out"},
      {"fopen", ours, world, "files are the business of analyzer/capture and analyzer/app"},
      {"isdigit", ours, {}, locale},
      {"isalpha", ours, {}, locale},
      {"isalnum", ours, {}, locale},
      {"isspace", ours, {}, locale},
      {"isprint", ours, {}, locale},
      {"isupper", ours, {}, locale},
      {"islower", ours, {}, locale},
      {"isxdigit", ours, {}, locale},
      {"toupper", ours, {}, locale},
      {"tolower", ours, {}, locale},
      {"#define", ours, {}, "no macros"},
  };
  return table;
}

// ---- Samples.------------------------------------------------------------------------------------

struct Capture {
  // Samples/<topic>/<name>.pcap; of a transcript <name> ends in ".log", as its file does.
  std::string topic, name;
};

// The parts of "<root>/<topic>/<file>", or nothing.
std::vector<std::string_view> topic_and_file(std::string_view path, std::string_view root) {
  if (!is_under(path, root)) return {};
  path.remove_prefix(root.size() + 1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || path.find('/', slash + 1) != std::string_view::npos) {
    return {};
  }
  return {path.substr(0, slash), path.substr(slash + 1)};
}

std::vector<Capture> captures_of(const Files& files) {
  std::vector<Capture> captures;
  for (const File& file : files) {
    const auto parts = topic_and_file(file.path, "samples");
    if (parts.empty()) continue;
    const std::size_t dot = parts[1].rfind('.');
    if (dot == std::string_view::npos) continue;
    const std::string_view suffix = parts[1].substr(dot);
    const bool is_transcript = suffix == ".log";
    if (suffix != ".pcap" && suffix != ".pcapng" && !is_transcript) continue;
    captures.push_back(
        {std::string(parts[0]), std::string(is_transcript ? parts[1] : parts[1].substr(0, dot))});
  }
  return captures;
}

// ---- Flaws.--------------------------------------------------------------------------------------

// The enumerators of `enum class XFlaw : ... { a, b = 1, c }`, in a text without comments.
std::vector<std::string_view> enumerators_of(std::string_view body) {
  std::vector<std::string_view> names;
  while (!body.empty()) {
    const std::size_t comma = std::min(body.find(','), body.size());
    std::string_view entry = body.substr(0, comma);
    body.remove_prefix(std::min(comma + 1, body.size()));
    while (!entry.empty() && !is_word_char(entry.front())) entry.remove_prefix(1);
    const auto end = std::ranges::find_if_not(entry, is_word_char);
    if (end != entry.begin()) names.emplace_back(entry.begin(), end);
  }
  return names;
}

void check_flaws_of(const File& file, const std::string& tests, Complaints& out) {
  const std::string text = without_comments_and_literals(file.text);
  for (const std::size_t at : places_of_word(text, "enum class")) {
    const std::size_t open = text.find_first_of("{;", at);
    if (open == std::string::npos || text[open] == ';') continue;
    const std::string_view head = std::string_view(text).substr(at, open - at);
    const std::string_view name = head.substr(0, head.find(':'));
    if (name.find("Flaw") == std::string_view::npos) continue;
    const std::size_t close = std::min(text.find('}', open), text.size());
    for (const auto flaw :
         enumerators_of(std::string_view(text).substr(open + 1, close - open - 1))) {
      if (has_word(tests, flaw)) continue;
      out.push_back({"flaw", file.path, line_at(text, at), std::string(flaw) + " is in no test"});
    }
  }
}

}  // namespace

bool is_under(std::string_view path, std::string_view folder) noexcept {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

bool is_cpp(std::string_view path) noexcept {
  return path.ends_with(".cpp") || path.ends_with(".hpp");
}

void check_includes(const File& file, Complaints& out) {
  const auto folder = std::ranges::find_if(
      folders(), [&](const Folder& row) { return is_under(file.path, row.path); });
  if (folder == folders().end()) {
    if (is_under(file.path, "dissectors") || is_under(file.path, "analyzer")) {
      out.push_back({"include", file.path, 0, "its folder is not in the table of folders"});
    }
    return;
  }
  const std::string text = without_comments(file.text);
  for (const Include& include : includes_of(text)) {
    const std::string header(include.path);
    if (include.open == '<') {
      if (is_under_any(file.path, homes_of(header))) continue;
      out.push_back({"include", file.path, include.line, '<' + header + "> has no home here"});
    } else if (!is_under(header, "dissectors") && !is_under(header, "analyzer")) {
      out.push_back({"include", file.path, include.line, header + " is not a path from the root"});
    } else if (!may_include(*folder, header)) {
      out.push_back({"include", file.path, include.line,
                     std::string(folder->path) + " may not include " + folder_of(header)});
    }
  }
}

void check_words(const File& file, Complaints& out) {
  const std::string text = without_comments_and_literals(file.text);
  for (const Word& word : words()) {
    if (!is_under_any(file.path, word.forbidden_in) || is_under_any(file.path, word.except_in)) {
      continue;
    }
    for (const std::size_t at : places_of_word(text, word.word)) {
      out.push_back({"word", file.path, line_at(text, at),
                     std::string(word.word) + ": " + std::string(word.why)});
    }
  }
}

void check_header(const File& file, Complaints& out) {
  if (!file.path.ends_with(".hpp") || file.text.find("#pragma once\n") != std::string::npos) return;
  out.push_back({"header", file.path, 1, "no #pragma once"});
}

void check_machine_paths(const File& file, Complaints& out) {
  // Written in two parts: this file is looked at as well.
  static const std::string home =
      "/wo"
      "rk/";
  static const std::string beside =
      "../sha"
      "red";
  const auto complain = [&](std::size_t at, const std::string& what) {
    out.push_back({"machine", file.path, line_at(file.text, at), what});
  };
  for (std::size_t at = file.text.find(home); at != std::string::npos;
       at = file.text.find(home, at + 1)) {
    const char before = at == 0 ? ' ' : file.text[at - 1];
    const bool inside_a_path =
        is_word_char(before) || std::string_view(".-}").find(before) != std::string_view::npos;
    if (!inside_a_path) complain(at, home);
  }
  for (std::size_t at = file.text.find(beside); at != std::string::npos;
       at = file.text.find(beside, at + 1)) {
    complain(at, beside);
  }
}

void check_mentions(const Files& files, Complaints& out) {
  std::set<std::string_view> there;
  for (const File& file : files) {
    const std::string_view path = file.path;
    if (path.ends_with(".md")) there.insert(path.substr(path.rfind('/') + 1));
  }
  static const std::string suffix = ".md";
  for (const File& file : files) {
    const std::string_view text = file.text;
    for (const std::size_t at : places_of_word(text, suffix)) {
      std::size_t begin = at;
      while (begin > 0 && is_word_char(text[begin - 1])) --begin;
      const std::string_view name = text.substr(begin, at - begin + suffix.size());
      if (begin == at || there.contains(name)) continue;
      out.push_back({"mention", file.path, line_at(text, at), std::string(name) + " is not there"});
    }
  }
}

void check_samples(const Files& files, Complaints& out) {
  std::set<std::string> there;
  for (const File& file : files) there.insert(file.path);
  const auto need = [&](const std::string& sample, const std::string& path) {
    if (!there.contains(path)) out.push_back({"sample", sample, 0, "has no " + path});
  };
  std::set<std::string> samples;
  for (const auto& [topic, name] : captures_of(files)) {
    const std::string sample = "samples/" + topic + '/' + name;
    samples.insert(sample);
    need(sample, "samples/" + topic + "/about.md");
    need(sample, "tests/golden/" + topic + '/' + name + ".txt");
    need(sample, "tests/golden/" + topic + '/' + name + ".json");
  }
  for (const File& file : files) {
    const auto parts = topic_and_file(file.path, "tests/golden");
    if (parts.empty()) continue;
    const auto name = std::string(parts[1].substr(0, parts[1].rfind('.')));
    if (samples.contains("samples/" + std::string(parts[0]) + '/' + name)) continue;
    // With a key log beside it a sample is told a second time, opened.
    const std::string_view mark = "-open";
    const std::string opened =
        name.ends_with(mark) ? name.substr(0, name.size() - mark.size()) : std::string();
    if (there.contains("samples/" + std::string(parts[0]) + '/' + opened + ".keys")) continue;
    out.push_back({"sample", file.path, 0, "is the golden file of no sample"});
  }
}

void check_flaws(const Files& files, Complaints& out) {
  std::string tests;
  for (const File& file : files) {
    if (is_under(file.path, "tests") && is_cpp(file.path)) {
      tests += without_comments_and_literals(file.text);
    }
  }
  for (const File& file : files) {
    if (is_under(file.path, "dissectors") && is_cpp(file.path)) check_flaws_of(file, tests, out);
  }
}

Complaints check_all(const Files& files) {
  Complaints out;
  for (const File& file : files) {
    check_machine_paths(file, out);
    if (!is_cpp(file.path)) continue;
    check_header(file, out);
    check_includes(file, out);
    check_words(file, out);
    check_globals(file, out);
  }
  check_mentions(files, out);
  check_samples(files, out);
  check_flaws(files, out);
  return out;
}

}  // namespace smtpscope::tidy
