// The corners of the protocol's state, one file each in this folder: a capture in words
// (tests/support/script.hpp), and behind "---" all that must be told of it:
//
//     exchanges  greeting=220 EHLO=250 MAIL=250 RCPT=250 EHLO=501 DATA=354 .=250 QUIT=221
//     mail       <alice@example.org> bob@example.com=accepted => delivered, 23 octets
//     subject    decoded; left out where it is "test"
//     message-id <5b1@example.org>, if there is one
//     findings   security.mail-in-clear
//     verdict    delivered
//
// Many bear the names of captures of other projects' tests, which those keep for the same corner;
// the first line says whose. UPDATE_GOLDEN=1 writes what stands behind "---" anew: to be read as
// code.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/session/analyzer.hpp"
#include "dissectors/mail/words.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"
#include "tests/support/script.hpp"
#include "tests/support/talk.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view mark = "---\n";

struct Corner {
  fs::path path;
  std::string script;
  std::string told;
};

std::vector<Corner> corners() {
  std::vector<Corner> all;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(SMTPSCOPE_SOURCE_DIR "/tests/corners")) {
    if (entry.path().extension() != ".txt" || entry.path().stem() == "CMakeLists") continue;
    const std::string text = test::content_of(entry.path());
    const std::size_t end = std::min(text.find(mark), text.size());
    all.push_back(
        {entry.path(), text.substr(0, end), text.substr(std::min(end + mark.size(), text.size()))});
  }
  std::ranges::sort(all, {}, &Corner::path);
  return all;
}

std::vector<session::Session> sessions_of(std::string_view script, std::size_t mss = 1460) {
  session::Analyzer analyzer("script", session::Order::first_packet);
  for (const test::TestPacket& packet : test::packets_of(script, {.mss = mss}))
    analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  std::vector<session::Session> sessions;
  while (auto session = analyzer.next_session()) sessions.push_back(std::move(*session));
  return sessions;
}

std::string_view name_of(session::RecipientOutcome outcome) {
  switch (outcome) {
    using enum session::RecipientOutcome;
    case accepted:
      return "accepted";
    case rejected:
      return "rejected";
    case deferred:
      return "deferred";
    case unknown:
      return "unknown";
  }
  return "";
}

std::string_view name_of(session::TransactionOutcome outcome) {
  switch (outcome) {
    using enum session::TransactionOutcome;
    case delivered:
      return "delivered";
    case partially_delivered:
      return "partially-delivered";
    case rejected:
      return "rejected";
    case deferred:
      return "deferred";
    case aborted:
      return "aborted";
    case unknown:
      return "unknown";
  }
  return "";
}

// The fields of the header that are more than "Subject: test".
std::string header_of(const session::Transaction& transaction) {
  std::string told;
  if (!transaction.message) return told;
  const auto& header = transaction.message->header;
  if (header.subject && *header.subject != "test")
    told += "subject    " + mail::decode_words(*header.subject) + '\n';
  if (header.message_id) told += "message-id " + *header.message_id + '\n';
  return told;
}

std::string dialogue_of(const session::Session& session) {
  std::string told = "exchanges  " +
                     (session.exchanges.empty() ? "none" : test::summary_of(session.exchanges)) +
                     '\n';
  for (const session::Transaction& transaction : session.transactions) {
    told += "mail       <" + transaction.sender + '>';
    for (const session::Recipient& recipient : transaction.recipients) {
      told += ' ' + recipient.address + '=' + std::string(name_of(recipient.outcome));
    }
    told += " => " + std::string(name_of(transaction.outcome));
    if (transaction.message) told += ", " + std::to_string(transaction.message->octets) + " octets";
    told += '\n' + header_of(transaction);
  }
  return told;
}

std::string judgement_of(const session::Session& session) {
  const auto findings = findings::judge(session);
  std::string told = "findings  ";
  for (const findings::Finding& finding : findings)
    told += ' ' + std::string(findings::info(finding.rule).name);
  if (findings.empty()) told += " none";
  const delivery::Verdict verdict = delivery::weigh(session, findings);
  told += "\nverdict    " + std::string(delivery::to_string(verdict.outcome));
  if (!verdict.reason.empty()) told += ' ' + std::string(verdict.reason);
  return told + '\n';
}

}  // namespace

TEST_CASE("corners of the protocol's state") {
  const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
  const auto all = corners();
  REQUIRE(all.size() > 110);
  for (const Corner& corner : all) {
    INFO(corner.path.stem().string());
    const auto sessions = sessions_of(corner.script);
    REQUIRE(sessions.size() == 1);
    const std::string told = dialogue_of(sessions.front()) + judgement_of(sessions.front());
    if (update) std::ofstream(corner.path, std::ios::binary) << corner.script << mark << told;
    CHECK(told == (update ? told : corner.told));
  }
}

TEST_CASE("corners are the same corners in segments of any size") {
  for (const Corner& corner : corners()) {
    // Of smaller ones, another part is lost.
    if (corner.script.find("\ndrop\n") != std::string::npos) continue;
    INFO(corner.path.stem().string());
    const std::string whole = dialogue_of(sessions_of(corner.script).front());
    for (const std::size_t mss : {1U, 2U, 7U, 48U}) {
      INFO("segments of " << mss);
      CHECK(dialogue_of(sessions_of(corner.script, mss).front()) == whole);
    }
  }
}
