// Mail transactions against Zeek's smtp.log: one row a transaction with its sender, its recipients
// and the last reply.
//
// A row and a transaction of ours agree if the three do. What is left on either side is written as
// "mail/recipients/code", "-" for what is not there, and must be in the list of differences.
#include "tests/corpus/corpus.hpp"
#include "tests/corpus/differences.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

struct Mail {
  std::string sender;
  std::set<std::string> recipients;
  std::string last_reply;  // code and last line
  friend bool operator==(const Mail&, const Mail&) = default;
};

// Without names: what a list of differences may hold.
std::string summary_of(const Mail& mail) {
  return (mail.sender.empty() ? std::string("-") : std::string("mail")) + '/' +
         (mail.recipients.empty() ? std::string("-") : std::to_string(mail.recipients.size())) +
         '/' + (mail.last_reply.empty() ? std::string("-") : mail.last_reply.substr(0, 3));
}

std::string set_only(const std::string& cell) { return cell == "-" ? std::string() : cell; }

// By the client's port.
std::map<std::uint16_t, std::vector<Mail>> rows_of(const std::filesystem::path& log) {
  std::map<std::uint16_t, std::vector<Mail>> rows;
  const Table table(log);
  for (std::size_t row = 0; row < table.size(); ++row) {
    Mail mail{set_only(table.at(row, "mailfrom")), {}, set_only(table.at(row, "last_reply"))};
    const std::string recipients = set_only(table.at(row, "rcptto"));
    if (!recipients.empty()) {
      for (std::string& recipient : split(recipients, ','))
        mail.recipients.insert(std::move(recipient));
    }
    rows[static_cast<std::uint16_t>(std::stoul(table.at(row, "id.orig_p")))].push_back(
        std::move(mail));
  }
  return rows;
}

Mail mail_of(const session::Session& session, const session::Transaction& transaction) {
  Mail mail{transaction.sender, {}, {}};
  for (const session::Recipient& recipient : transaction.recipients) {
    mail.recipients.insert(recipient.address);
  }
  if (transaction.decided_by == session::no_exchange) return mail;
  const smtp::Reply* reply = session.exchanges[transaction.decided_by].reply();
  if (reply == nullptr) return mail;
  mail.last_reply = std::to_string(reply->code) + ' ' + reply->text.back();
  return mail;
}

std::vector<Mail> mails_of(const session::Session& session) {
  std::vector<Mail> mails;
  for (const session::Transaction& transaction : session.transactions) {
    mails.push_back(mail_of(session, transaction));
  }
  return mails;
}

// What is left of `ours` and `theirs`, without what agrees.
void take_away_equals(std::vector<Mail>& ours, std::vector<Mail>& theirs) {
  for (auto mine = ours.begin(); mine != ours.end();) {
    const auto same = std::find(theirs.begin(), theirs.end(), *mine);
    if (same == theirs.end()) {
      ++mine;
      continue;
    }
    theirs.erase(same);
    mine = ours.erase(mine);
  }
}

std::vector<std::string> summaries_of(const std::vector<Mail>& mails) {
  std::vector<std::string> summaries;
  for (const Mail& mail : mails) summaries.push_back(summary_of(mail));
  return summaries;
}

// Of the capture: what Zeek wrote with its default scripts. One test of theirs switches the
// analyzer off in the middle.
std::vector<std::filesystem::path> logs_of(const std::filesystem::path& capture) {
  std::vector<std::filesystem::path> logs;
  const std::string prefix = capture.filename().string() + ".expected-zeek-";
  for (const auto& entry : std::filesystem::directory_iterator(capture.parent_path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with("smtp.log") &&
        name.find("disable-analyzer") == std::string::npos) {
      logs.push_back(entry.path());
    }
  }
  std::sort(logs.begin(), logs.end());
  return logs;
}

}  // namespace

TEST_CASE("senders, recipients and last replies are those that Zeek logs") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  Comparison comparison(Peer::zeek);
  for (const std::string& path : captures_of_mail(*corpus)) {
    for (const std::filesystem::path& log : logs_of(*corpus / path)) {
      auto rows = rows_of(log);
      for (const session::Session& session : analyse(*corpus / path).sessions) {
        auto ours = mails_of(session);
        auto theirs = std::move(rows[session.client.port]);
        rows.erase(session.client.port);
        take_away_equals(ours, theirs);
        comparison.compare(path, session.client.port, Field::transactions, summaries_of(ours),
                           summaries_of(theirs));
      }
      for (const auto& [port, theirs] : rows) {
        comparison.compare(path, port, Field::transactions, {}, summaries_of(theirs));
      }
    }
  }
  comparison.finish();
  CHECK(comparison.compared() > 15);
}
