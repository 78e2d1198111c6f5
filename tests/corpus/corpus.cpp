#include "tests/corpus/corpus.hpp"

#include "analyzer/capture/source.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/talk.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace smtpscope::test {
namespace {

void describe(std::ostream& out, const Origin& origin) {
  out << '@' << origin.frame.number << '/' << origin.time.time_since_epoch().count();
}

void describe(std::ostream& out, const std::optional<Origin>& origin) {
  if (origin) describe(out, *origin);
}

void describe(std::ostream& out, const smtp::Reply& reply) {
  out << "\n    " << reply.code << ' ' << reply.extent.begin << '-' << reply.extent.end;
  describe(out, reply.origin);
  for (const std::string& line : reply.text) out << '|' << line;
  for (const std::string& stray : reply.strays) out << "|stray " << stray;
  for (const smtp::ReplyFlaw flaw : reply.flaws) out << "|flaw " << static_cast<int>(flaw);
}

void describe(std::ostream& out, const smtp::Message& message) {
  out << "\n    message " << message.octets << ' ' << message.missing << ' ' << message.complete
      << ' ' << message.header.subject.value_or("-") << ' '
      << message.header.message_id.value_or("-");
  describe(out, message.first);
  describe(out, message.last);
}

void describe(std::ostream& out, const smtp::Exchange& exchange) {
  out << "\n  exchange " << static_cast<int>(exchange.kind) << ' '
      << static_cast<int>(exchange.unanswered) << exchange.around_gap << exchange.early_reply
      << exchange.in_data;
  if (exchange.command) {
    out << ' ' << exchange.command->name << ' ' << exchange.command->argument << ' '
        << exchange.command->extent.begin << '-' << exchange.command->extent.end;
    describe(out, exchange.command->origin);
  }
  if (exchange.auth) {
    for (const std::string& response : exchange.auth->responses) out << "\n    >" << response;
    for (const smtp::Reply& challenge : exchange.auth->challenges) describe(out, challenge);
  }
  for (const smtp::Reply& reply : exchange.replies) describe(out, reply);
  if (exchange.message) describe(out, *exchange.message);
}

void describe(std::ostream& out, const session::Transaction& transaction) {
  out << "\n  transaction " << transaction.sender << ' ' << static_cast<int>(transaction.outcome)
      << ' ' << transaction.queued_as << ' ' << transaction.decided_by;
  for (const session::Recipient& recipient : transaction.recipients) {
    out << ' ' << recipient.address << '=' << static_cast<int>(recipient.outcome);
  }
}

}  // namespace

std::optional<std::filesystem::path> corpus_or_warning() {
  const char* corpus = std::getenv("SMTPSCOPE_CORPUS");
  if (corpus == nullptr) {
    WARN("skipped: SMTPSCOPE_CORPUS is not set");
    return std::nullopt;
  }
  return std::filesystem::path(corpus) / "captures";
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

// Zeek's logs name their columns in a line "#fields<TAB>...", all other tables in the first one.
Table::Table(const std::filesystem::path& path) {
  constexpr std::string_view zeek_names = "#fields\t";
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(zeek_names)) {
      names_ = split(std::string_view(line).substr(zeek_names.size()), '\t');
    } else if (line.starts_with('#')) {
      continue;
    } else if (names_.empty()) {
      names_ = split(line, '\t');
    } else {
      rows_.push_back(split(line, '\t'));
    }
  }
}

const std::string& Table::at(std::size_t row, std::string_view column) const {
  static const std::string nothing;
  const auto found = std::find(names_.begin(), names_.end(), column);
  const auto index = static_cast<std::size_t>(found - names_.begin());
  return index < names_.size() && index < rows_[row].size() ? rows_[row][index] : nothing;
}

Analysis analyse(const std::filesystem::path& capture,
                 const std::function<void(const Packet&)>& watch) {
  Analysis analysis;
  capture::SourceResult source = capture::open_file(capture.string());
  if (!source) {
    analysis.refused = source.error();
    return analysis;
  }
  session::Analyzer analyzer(capture.filename().string(), session::Order::first_packet);
  const auto gather = [&] {
    while (auto session = analyzer.next_session()) analysis.sessions.push_back(std::move(*session));
  };
  while (const Packet* packet = (*source)->next()) {
    ++analysis.packets;
    if (watch) watch(*packet);
    analyzer.take(*packet);
    gather();
  }
  analyzer.finish((*source)->cut_short() ? session::FileEnd::cut_short : session::FileEnd::whole);
  gather();
  analysis.broken = (*source)->error();
  analysis.accounts = analyzer.accounts();
  return analysis;
}

std::string description_of(const session::Session& session) {
  std::ostringstream out;
  out << session.id << ' ' << to_string(session.client) << ' ' << to_string(session.server) << ' '
      << session.helo << ' ' << session.greeting << ' ' << static_cast<int>(session.protocol) << ' '
      << session.start.time_since_epoch().count() << ' ' << session.duration.count() << ' '
      << session.first_frame.number << ' ' << session.last_frame.number << ' ' << session.frames
      << ' ' << session.limits_reached() << ' ' << session.gap_count << ' '
      << session.file_cut_short;
  for (const std::size_t side : {0U, 1U}) {
    out << ' ' << session.octets[side] << '+' << session.missing[side] << '/'
        << session.skipped[side] << ' ' << session.transport.packets_by_side[side];
  }
  out << "\n  " << static_cast<int>(session.transport.opened) << ' '
      << static_cast<int>(session.transport.closed);
  for (const session::GapFact& gap : session.gaps) {
    out << "\n  gap " << static_cast<int>(gap.side) << ' ' << gap.offset << ' ' << gap.length << ' '
        << static_cast<int>(gap.cause) << ' ' << gap.before;
  }
  if (session.tls) {
    out << "\n  tls " << session.tls->client_octets << ' ' << session.tls->server_octets;
    describe(out, session.tls->first);
    describe(out, session.tls->last);
  }
  out << "\n  " << summary_of(session.exchanges);
  for (const smtp::Exchange& exchange : session.exchanges) describe(out, exchange);
  if (session.open_message) describe(out, *session.open_message);
  for (const session::Transaction& transaction : session.transactions) describe(out, transaction);
  return std::move(out).str();
}

std::vector<const smtp::Reply*> replies_in_order(const session::Session& session) {
  std::vector<const smtp::Reply*> replies;
  for (const smtp::Exchange& exchange : session.exchanges) {
    if (exchange.auth) {
      for (const smtp::Reply& challenge : exchange.auth->challenges) replies.push_back(&challenge);
    }
    for (const smtp::Reply& reply : exchange.replies) replies.push_back(&reply);
  }
  std::stable_sort(replies.begin(), replies.end(), [](const auto* left, const auto* right) {
    return left->extent.begin < right->extent.begin;
  });
  return replies;
}

std::vector<std::string> captures_of_mail(const std::filesystem::path& corpus) {
  const Table index(corpus / "INDEX.tsv");
  std::vector<std::string> paths;
  for (std::size_t row = 0; row < index.size(); ++row) paths.push_back(index.at(row, "path"));
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace smtpscope::test
