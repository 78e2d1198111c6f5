// The dialogue: what the server says, line by line up to whole replies.
#include "dissectors/smtp/dialogue.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::smtp {
void Dialogue::server_octets(Octets octets) {
  note_first(Side::server, octets);
  server_told_ = octets.offset + octets.bytes.size();
  if (octets.offset == 0 && begins_tls(octets.bytes.front()) && !tls_) server_begins_with_tls();
  while (!octets.bytes.empty()) {
    if (!server_in_tls_ && !is_decrypted() && server_lines_.empty())
      look_for_tls_of_server(octets.bytes);
    if (server_in_tls_) {
      octets = without_first(octets, server_tls_step(octets));
      continue;
    }
    const LineReader::Taken taken = server_lines_.take(octets);
    octets = without_first(octets, taken.octets);
    if (taken.line != nullptr) server_line(*taken.line);
  }
}

// At the beginning of a line: is it one, or a record of TLS?
void Dialogue::look_for_tls_of_server(Bytes octets) {
  const bool is_due = std::exchange(server_tls_or_text_, false);
  const bool begins = (tls_ && begins_tls(octets.front())) || (is_due && octets.front() >= 0x80);
  const bool behind_gap = !begins && server_after_gap_ && begins_tls_record(octets);
  if (!begins && !behind_gap) return;
  server_in_tls_ = true;
  records_[1] = {};
  if (behind_gap) records_[1].lose();
  if (!tls_) tls_.emplace().stayed_clear = behind_gap && client_stayed_clear_;
  tls_->clear_again[1].reset();
}

void Dialogue::server_line(const Line& line) {
  if (server_after_gap_ && !looks_like_reply(line.text)) {
    counts_.skipped_octets[1] += line.extent.size();
    return;
  }
  // Where the client asked for something since, the line is the first of its answer.
  if (server_after_gap_ && !cut_reply_ && commands_ == commands_at_gap_)
    headless_at_ = line.extent.begin;
  server_after_gap_ = false;
  auto reply = replies_.take(line, more_than_one_due(line) ? ReplyReader::OtherCode::another_reply
                                                           : ReplyReader::OtherCode::same_reply);
  if (auto unfinished = replies_.take_unfinished()) on_reply(std::move(*unfinished));
  if (reply) on_reply(std::move(*reply));
}

// Does a second command wait for its reply that the server had when it sent this line? Beside a gap
// it may.
bool Dialogue::more_than_one_due(const Line& line) const noexcept {
  if (certain_) return true;
  std::size_t due = 0;
  for (const Waiting& waiting : waiting_) {
    if (waiting.answered) continue;
    const bool had = !waiting.exchange.command || !line.peer_acknowledged ||
                     waiting.exchange.command->extent.end <= *line.peer_acknowledged;
    if (!had || ++due == 2) break;
  }
  return due == 2;
}

void Dialogue::on_reply(Reply reply) {
  if (cut_reply_) {
    // The lines of one reply carry one code: with the same code, these are its other lines.
    if (cut_reply_->code == reply.code) {
      Reply whole = std::move(*std::exchange(cut_reply_, {}));
      whole.text.insert(whole.text.end(), reply.text.begin(), reply.text.end());
      whole.extent.end = reply.extent.end;
      whole.origin = reply.origin;
      whole.peer_acknowledged = reply.peer_acknowledged;
      pair(std::move(whole));
      return;
    }
    flush_cut_reply();
  }
  pair(std::move(reply));
}

void Dialogue::flush_cut_reply() {
  if (auto reply = std::exchange(cut_reply_, {})) pair(std::move(*reply));
}

void Dialogue::server_gap(const Gap& gap) {
  server_told_ = gap.offset + gap.length;
  if (server_tls_or_text_) server_in_tls_ = awaiting_ == Awaiting::tls_end;
  if (server_in_tls_) {
    gap_in_tls(Side::server, gap);
    return;
  }
  server_lost_some_ = true;
  commands_at_gap_ = commands_;
  flush_cut_reply();
  // The replies cannot be counted any more.
  if (awaiting_ == Awaiting::which_end) go(Awaiting::command);
  std::optional<Reply> open;
  if (const Line* line = server_lines_.cut(); line != nullptr && looks_like_reply(line->text)) {
    open = replies_.take(*line);
    if (open) open->flaws.push_back(ReplyFlaw::cut_short);
  }
  if (!open) open = replies_.cut();
  // The reply that was cut answers the first command in the queue; of all others nothing is known.
  const bool has_code = open && !open->text.empty();
  pairing_uncertain_after(has_code && !certain_ ? 1 : 0);
  if (has_code) cut_reply_ = std::move(*open);
  server_after_gap_ = true;
}

void Dialogue::server_end(const End& end) {
  if (const Line* line = server_lines_.cut(); line != nullptr) {
    if (server_in_tls_) {
      count_tls(Side::server, line->extent.size(), line->origin);
    } else if (looks_like_reply(line->text)) {
      if (auto reply = replies_.take(*line)) {
        reply->flaws.push_back(ReplyFlaw::cut_short);
        on_reply(std::move(*reply));
      }
    } else {
      counts_.skipped_octets[1] += line->extent.size();
    }
  }
  if (auto reply = replies_.cut()) {
    if (reply->text.empty()) {
      stray_text_ = std::move(*reply);
    } else {
      on_reply(std::move(*reply));
    }
  }
  flush_cut_reply();
  ended_[1] = end.cause;
  if (certain_) synchronise();
  if (is_held() && try_to_unhold(std::nullopt)) release();
  if (ended_[0]) finish();
}

}  // namespace smtpscope::smtp
