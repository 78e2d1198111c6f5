// The reasons of real replies, as another project's tests name them; and every reply that large
// providers publish has one.
#include "analyzer/delivery/classifier.hpp"
#include "tests/corpus/corpus.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

std::optional<std::filesystem::path> replies_or_warning() {
  const auto captures = corpus_or_warning();
  if (!captures) return std::nullopt;
  return captures->parent_path() / "replies";
}

std::string unfolded(std::string text) {
  for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at))
    text.replace(at, 2, "\n");
  return text;
}

delivery::Classification classify(const std::string& reply, std::string_view command = {}) {
  delivery::ReplyText text;
  text.read(unfolded(reply));
  delivery::Classifier::Scratch scratch;
  return delivery::Classifier::built_in().classify(text, {delivery::asked_of(command), {}},
                                                   scratch);
}

// Names that another version of that project has put together.
std::string merged(std::string_view reason) {
  if (reason == "toomanyconn" || reason == "speeding") return "ratelimited";
  if (reason == "mesgtoobig" || reason == "exceedlimit") return "emailtoolarge";
  return std::string(reason);
}

// Texts that differ in numbers, addresses and hosts only have one vote together: that of the row
// with most mails.
struct Vote {
  std::size_t mails = 0;
  bool right = false;
};

}  // namespace

TEST_CASE("the reasons of real replies") {
  const auto folder = replies_or_warning();
  if (!folder) return;
  const Table gold(*folder / "dev.tsv");
  REQUIRE(gold.size() > 100);
  std::map<std::string, Vote> votes;
  std::string wrong;
  for (std::size_t row = 0; row < gold.size(); ++row) {
    const auto found = classify(gold.at(row, "reply"), gold.at(row, "smtp_command"));
    const std::size_t mails = std::stoul(gold.at(row, "n"));
    const bool right = merged(found.reason) == merged(gold.at(row, "expected_reason"));
    Vote& vote = votes[gold.at(row, "mask_id")];
    if (mails > vote.mails) vote = {mails, right};
    if (!right) {
      wrong += gold.at(row, "expected_reason") + ", not " + std::string(found.reason) + " (" +
               std::string(found.rule) + "): " + gold.at(row, "reply") + '\n';
    }
  }
  const auto right = static_cast<double>(
      std::ranges::count_if(votes, [](const auto& vote) { return vote.second.right; }));
  INFO(wrong);
  CHECK(right / static_cast<double>(votes.size()) >= 0.93);
}

TEST_CASE("replies that providers publish have a reason") {
  const auto folder = replies_or_warning();
  if (!folder) return;
  // What begins so says nothing, and why.
  struct Silent {
    std::string_view begin;
    std::string_view why;
  };
  constexpr std::array silent = {
      Silent{"5.0.350 Generic error", "what it says is that the cause is not known"},
      Silent{"450 Requested action aborted [9]", "the cause stands in the page alone"},
      Silent{"Requested action not taken: mailbox unavailable Reject", "has no code"},
  };
  const auto needs_reason = [&](const std::string& reply) {
    INFO(reply);
    const auto found = classify(reply);
    if (found.reason != "undefined" && !found.reason.empty()) return;
    CHECK(std::ranges::any_of(silent,
                              [&](const Silent& row) { return reply.starts_with(row.begin); }));
  };
  const auto providers = *folder / "providers";
  std::size_t replies = 0;
  const auto each = [&](const char* file, auto&& reply_of) {
    const Table table(providers / file);
    for (std::size_t row = 0; row < table.size(); ++row) needs_reason(reply_of(table, row));
    replies += table.size();
  };
  each("google.tsv", [](const Table& table, std::size_t row) {
    return table.at(row, "reply_code") + ' ' + table.at(row, "enhanced_status") + ' ' +
           table.at(row, "text");
  });
  const auto of_report = [](const Table& table, std::size_t row) {
    std::string text = table.at(row, "code") + ' ' + table.at(row, "message");
    std::erase(text, '`');
    return text;
  };
  each("microsoft-ndr-exchange-online.tsv", of_report);
  each("microsoft-ndr-exchange-server.tsv", of_report);
  each("microsoft-outlookcom-codes.tsv", [](const Table& table, std::size_t row) {
    return table.at(row, "reply_code") + ' ' + table.at(row, "code") + ' ' +
           table.at(row, "explanation");
  });
  each("field-manual.tsv",
       [](const Table& table, std::size_t row) { return table.at(row, "reply"); });
  CHECK(replies > 350);
}
