// Senders, recipients, names in EHLO and codes against what Arkime's own tests expect, by
// EXPECTED.tsv.
//
// Arkime writes addresses and names in small letters, and each once. It adds the addresses of the
// message's header to those of the envelope, so ours must be among them. Of the replies it keeps
// the codes of some, as tags.
#include "dissectors/base/ascii.hpp"
#include "tests/corpus/corpus.hpp"
#include "tests/corpus/differences.hpp"
#include "tests/support/catch.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <utility>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

using Words = std::set<std::string>;

struct ArkimeSession {
  bool smtp = false;
  Words senders, recipients, hellos, codes;
};
// By the client's port, of one capture.
using ArkimeSessions = std::map<std::uint16_t, ArkimeSession>;

Words words_of(const std::string& json) {
  Words words;
  rapidjson::Document document;
  document.Parse(json.c_str());
  REQUIRE_FALSE(document.HasParseError());
  for (const auto& value : document.GetArray()) words.emplace(value.GetString());
  return words;
}

void take(ArkimeSession& session, std::string_view key, const std::string& json) {
  constexpr std::string_view code_tag = "smtp:statuscode:";
  if (key == "protocol") session.smtp = words_of(json).contains("smtp");
  if (key == "email.src") session.senders = words_of(json);
  if (key == "email.dst") session.recipients = words_of(json);
  if (key == "email.smtpHello") session.hellos = words_of(json);
  if (key != "tags") return;
  for (const std::string& tag : words_of(json)) {
    if (tag.starts_with(code_tag)) session.codes.insert(tag.substr(code_tag.size()));
  }
}

// Of "192.0.2.1:25" or "2001:db8::1.25"; 0 where there is none.
std::uint16_t port_of(const std::string& endpoint) {
  const std::string port = endpoint.substr(endpoint.find_last_of(":.") + 1);
  return static_cast<std::uint16_t>(std::strtoul(port.c_str(), nullptr, 10));
}

// EXPECTED.tsv has a row for each "session[n].key" of a capture; ports come first.
std::map<std::string, ArkimeSessions> expectations(const std::filesystem::path& corpus) {
  std::map<std::string, ArkimeSessions> all;
  // By capture and "session[n]".
  std::map<std::pair<std::string, std::string>, std::uint16_t> ports;
  const Table table(corpus / "EXPECTED.tsv");
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.at(row, "peer") != "arkime") continue;
    const std::string& path = table.at(row, "path");
    const std::string& key = table.at(row, "key");
    const std::string& value = table.at(row, "value");
    const std::size_t dot = key.find('.');
    const std::pair<std::string, std::string> session{path, key.substr(0, dot)};
    const std::string field = key.substr(dot + 1);
    if (field == "source") {
      ports[session] = port_of(value);
    } else if (field != "destination" && ports.contains(session)) {
      // One connection can be several of Arkime's sessions, one after the other.
      ArkimeSession& known = all[path][ports[session]];
      ArkimeSession more;
      take(more, field, value);
      known.smtp = known.smtp || more.smtp;
      known.senders.merge(more.senders);
      known.recipients.merge(more.recipients);
      known.hellos.merge(more.hellos);
      known.codes.merge(more.codes);
    }
  }
  return all;
}

std::string small(std::string text) {
  for (char& letter : text) letter = ascii::to_lower(letter);
  return text;
}

std::vector<std::string> listed(const Words& words) { return {words.begin(), words.end()}; }

// Those of `words` that are in `in` as well.
std::vector<std::string> common(const Words& words, const Words& in) {
  std::vector<std::string> both;
  std::set_intersection(words.begin(), words.end(), in.begin(), in.end(), std::back_inserter(both));
  return both;
}

void compare(Comparison& comparison, const std::string& path, const session::Session& session,
             const ArkimeSession& theirs) {
  Words senders, recipients, hellos, codes;
  for (const session::Transaction& transaction : session.transactions) {
    if (!transaction.sender.empty()) senders.insert(small(transaction.sender));
    for (const session::Recipient& recipient : transaction.recipients) {
      recipients.insert(small(recipient.address));
    }
  }
  for (const smtp::Exchange& exchange : session.exchanges) {
    if (!exchange.command) continue;
    if (exchange.command->verb == smtp::Verb::ehlo || exchange.command->verb == smtp::Verb::helo) {
      hellos.insert(small(exchange.command->argument));
    }
  }
  for (const smtp::Reply* reply : replies_in_order(session))
    codes.insert(std::to_string(reply->code));
  const std::uint16_t port = session.client.port;
  comparison.compare(path, port, Field::senders, listed(senders), common(theirs.senders, senders));
  comparison.compare(path, port, Field::recipients, listed(recipients),
                     common(theirs.recipients, recipients));
  comparison.compare(path, port, Field::hello, listed(hellos), listed(theirs.hellos));
  comparison.compare(path, port, Field::replies, common(codes, theirs.codes), listed(theirs.codes));
}

}  // namespace

TEST_CASE("envelopes, names and codes are those that Arkime expects") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  Comparison comparison(Peer::arkime);
  for (auto& [path, theirs] : expectations(*corpus)) {
    for (const session::Session& session : analyse(*corpus / path).sessions) {
      const auto found = theirs.find(session.client.port);
      if (found == theirs.end() || !found->second.smtp) continue;
      compare(comparison, path, session, found->second);
      theirs.erase(found);
    }
    for (const auto& [port, session] : theirs) {
      if (session.smtp) comparison.compare(path, port, Field::hello, {}, listed(session.hellos));
    }
  }
  comparison.finish();
  CHECK(comparison.compared() > 80);
}
