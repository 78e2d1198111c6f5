// The accounts of every capture: nothing that was captured is lost, invented or told twice, and the
// same capture is always told in the same words.
#include "dissectors/net/decode.hpp"
#include "tests/corpus/corpus.hpp"
#include "tests/corpus/stream_ledger.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

std::uint64_t sum_of_kinds(const session::Accounts& accounts) {
  return std::accumulate(accounts.not_tcp.begin(), accounts.not_tcp.end(),
                         accounts.mail + accounts.other_tcp + accounts.duplicates);
}

// How many directions there were whose octets, and whose length, TCP's sequence numbers tell.
struct Compared {
  std::size_t octets = 0;
  std::size_t lengths = 0;
};

// `path` lies below captures/.
Compared check_accounts(const std::filesystem::path& corpus, const std::string& path) {
  INFO(path);
  StreamLedger ledger;
  const Analysis analysis = analyse(corpus / path, [&](const Packet& packet) {
    const net::Decoded decoded = net::decode(packet);
    if (const auto* segment = std::get_if<net::Segment>(&decoded)) ledger.take(*segment);
  });
  if (analysis.refused) CHECK_FALSE(analysis.refused->what.empty());
  if (analysis.broken) CHECK_FALSE(analysis.broken->what.empty());
  CHECK(analysis.accounts.packets == analysis.packets);
  CHECK(sum_of_kinds(analysis.accounts) == analysis.packets);
  CHECK(analysis.accounts.sessions == analysis.sessions.size());

  using Ends = std::pair<net::Endpoint, net::Endpoint>;
  std::map<Ends, std::size_t> incarnations;
  std::uint64_t frames = 0;
  for (const session::Session& session : analysis.sessions) {
    ++incarnations[{session.client, session.server}];
    frames += session.frames;
  }
  CHECK(frames == analysis.accounts.mail);

  Compared compared;
  for (const session::Session& session : analysis.sessions) {
    INFO(description_of(session));
    const std::array<Ends, 2> ways{Ends{session.client, session.server},
                                   Ends{session.server, session.client}};
    if (incarnations[ways[0]] != 1 || incarnations[ways[1]] != 0) continue;
    for (const Side side : {Side::client, Side::server}) {
      const auto index = static_cast<std::size_t>(side);
      INFO("side " << index);
      CHECK(session.skipped[index] <= session.octets[index]);
      const auto stream = ledger.stream(ways[index].first, ways[index].second);
      if (!stream) continue;
      CHECK(session.octets[index] == stream->captured);
      ++compared.octets;
      if (!stream->length) continue;
      CHECK(session.octets[index] + session.missing[index] == *stream->length);
      ++compared.lengths;
    }
  }
  return compared;
}

void check_repeatable(const std::filesystem::path& corpus, const std::string& path) {
  INFO(path);
  const Analysis first = analyse(corpus / path);
  const Analysis second = analyse(corpus / path);
  CHECK(first.packets == second.packets);
  CHECK(first.accounts.not_tcp == second.accounts.not_tcp);
  CHECK(first.accounts.other_ports == second.accounts.other_ports);
  REQUIRE(first.sessions.size() == second.sessions.size());
  for (std::size_t i = 0; i < first.sessions.size(); ++i) {
    CHECK(description_of(first.sessions[i]) == description_of(second.sessions[i]));
  }
}

// All captures: of mail, to break readers, and of TLS.
std::vector<std::string> all_captures(const std::filesystem::path& corpus) {
  std::set<std::string> paths;
  for (const char* table : {"INDEX.tsv", "HOSTILE.tsv", "tls-keylog/KEYLOG.tsv"}) {
    const Table rows(corpus / table);
    CHECK(rows.size() > 0);
    for (std::size_t row = 0; row < rows.size(); ++row) paths.insert(rows.at(row, "path"));
  }
  return {paths.begin(), paths.end()};
}

}  // namespace

TEST_CASE("octets told and missing are the length that TCP says, in every capture") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  Compared compared;
  for (const std::string& path : all_captures(*corpus)) {
    const Compared here = check_accounts(*corpus, path);
    compared.octets += here.octets;
    compared.lengths += here.lengths;
  }
  CHECK(compared.octets > 110);
  CHECK(compared.lengths > 90);
}

TEST_CASE("a capture that is read twice is told in the same words") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  for (const std::string& path : all_captures(*corpus)) check_repeatable(*corpus, path);
}

// The index counts connections that carry SMTP. Of ours there may be neither fewer nor more: a
// connection that was taken for two would show here.
TEST_CASE("there are as many sessions as the index counts") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  // One packet without an octet, on a port of mail: a session for us, none for the index.
  const std::string silent = "snort3_snort3_demo/ips_options__rem--rem.pcap";
  const Table index(*corpus / "INDEX.tsv");
  for (std::size_t row = 0; row < index.size(); ++row) {
    const std::string& path = index.at(row, "path");
    INFO(path);
    const Analysis analysis = analyse(*corpus / path);
    REQUIRE_FALSE(analysis.refused);
    CHECK_FALSE(analysis.broken);
    CHECK(analysis.packets == std::stoul(index.at(row, "packets")));
    const std::size_t listed = std::stoul(index.at(row, "SMTP sessions"));
    CHECK(analysis.sessions.size() == (path == silent ? 1 : listed));
  }
}
