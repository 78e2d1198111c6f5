// Commands and replies against the view of tshark 4.0, which <capture>.tshark-smtp.tsv holds: one
// row a frame, several commands or replies of a frame joined by commas.
//
// What tshark's fields do not say by their nature is left out of ours before comparing:
//     - a verb is shown by its first four letters ("STAR"), and only if tshark knows it
//     - the line of the final dot is no command, the answers of an AUTH are none
//     - a frame with text of a message in it, be it one octet or the final dot, shows none of its
//       commands
//     - a reply whose lines lie in two frames is shown in both
//     - only ports 25 and 587 are taken for SMTP; where a row shows anything, it counts all the same
#include "dissectors/base/ascii.hpp"
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

struct Dialogue {
  std::vector<std::string> commands, replies;
};
// By the ports of the connection, the lower one first.
using Dialogues = std::map<std::pair<unsigned, unsigned>, Dialogue>;

std::pair<unsigned, unsigned> ports_of(unsigned one, unsigned other) {
  return {std::min(one, other), std::max(one, other)};
}

std::string as_tshark_shows(std::string verb) {
  verb.resize(std::min<std::size_t>(verb.size(), 4));
  for (char& letter : verb) letter = ascii::to_upper(letter);
  return verb;
}

void append_words(std::vector<std::string>& words, const std::string& cell) {
  if (cell.empty()) return;
  for (const std::string& word : split(cell, ',')) words.push_back(as_tshark_shows(word));
}

Dialogues seen_by_tshark(const std::filesystem::path& file) {
  Dialogues dialogues;
  const Table table(file);
  for (std::size_t row = 0; row < table.size(); ++row) {
    const std::string& source = table.at(row, "tcp.srcport");
    const std::string& command = table.at(row, "smtp.req.command");
    const std::string& code = table.at(row, "smtp.response.code");
    if (source.empty() || (command.empty() && code.empty())) continue;
    Dialogue& dialogue =
        dialogues[ports_of(static_cast<unsigned>(std::stoul(source)),
                           static_cast<unsigned>(std::stoul(table.at(row, "tcp.dstport"))))];
    append_words(dialogue.commands, command);
    append_words(dialogue.replies, code);
  }
  return dialogues;
}

using Frames = std::set<FrameId>;

// The frames in which a message begins or ends: no others can hold commands as well.
Frames frames_with_text(const session::Session& session) {
  Frames frames;
  const auto add = [&](const smtp::Message& message) {
    if (!message.first) return;
    frames.insert(message.first->frame);
    frames.insert(message.last.frame);
  };
  for (const smtp::Exchange& exchange : session.exchanges) {
    if (exchange.message) add(*exchange.message);
    if (exchange.kind == smtp::ExchangeKind::end_of_data && exchange.command) {
      frames.insert(exchange.command->origin.frame);
    }
  }
  if (session.open_message) add(*session.open_message);
  return frames;
}

bool is_shown(const smtp::Exchange& exchange, const Frames& with_text) {
  return exchange.kind == smtp::ExchangeKind::command &&
         exchange.command->verb != smtp::Verb::unknown &&
         !with_text.contains(exchange.command->begun.frame);
}

Dialogue seen_by_us(const session::Session& session) {
  Dialogue dialogue;
  const Frames with_text = frames_with_text(session);
  for (const smtp::Exchange& exchange : session.exchanges) {
    if (!is_shown(exchange, with_text)) continue;
    dialogue.commands.push_back(as_tshark_shows(exchange.command->name));
  }
  for (const smtp::Reply* reply : replies_in_order(session)) {
    const std::size_t frames = reply->begun.frame == reply->origin.frame ? 1 : 2;
    dialogue.replies.insert(dialogue.replies.end(), frames, std::to_string(reply->code));
  }
  return dialogue;
}

bool tshark_looks_at(const session::Session& session) {
  return session.server.port == 25 || session.server.port == 587;
}

}  // namespace

TEST_CASE("commands and replies are those that tshark sees") {
  const auto corpus = corpus_or_warning();
  if (!corpus) return;
  Comparison comparison(Peer::tshark);
  for (const std::string& path : captures_of_mail(*corpus)) {
    const std::filesystem::path view = *corpus / (path + ".tshark-smtp.tsv");
    if (!std::filesystem::exists(view)) continue;
    Dialogues theirs = seen_by_tshark(view);
    for (const session::Session& session : analyse(*corpus / path).sessions) {
      const auto ports = ports_of(session.client.port, session.server.port);
      if (session.exchanges.empty()) continue;
      if (!theirs.contains(ports) && !tshark_looks_at(session)) continue;
      const Dialogue ours = seen_by_us(session);
      comparison.compare(path, session.client.port, Field::commands, ours.commands,
                         theirs[ports].commands);
      comparison.compare(path, session.client.port, Field::replies, ours.replies,
                         theirs[ports].replies);
      theirs.erase(ports);
    }
    for (const auto& [ports, dialogue] : theirs) {  // what we do not have at all
      const auto client = static_cast<std::uint16_t>(ports.second);
      comparison.compare(path, client, Field::commands, {}, dialogue.commands);
      comparison.compare(path, client, Field::replies, {}, dialogue.replies);
    }
  }
  comparison.finish();
  CHECK(comparison.compared() > 90);
}
