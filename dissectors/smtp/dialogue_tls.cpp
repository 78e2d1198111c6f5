// The dialogue under TLS: where it begins and how much it hides, what is opened of it, and clear
// text behind it.
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/dialogue.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace smtpscope::smtp {
namespace {

// A line that nobody takes for anything but text: no octet of it is a control character, or above
// 127.
bool is_plain(std::string_view line) noexcept {
  return std::ranges::all_of(line, [](char c) { return ascii::is_printable(c) || c == '\t'; });
}

}  // namespace

void Dialogue::begin_tls(TlsFacts::Mode mode) {
  if (!tls_) {
    tls_.emplace();
    tls_->mode = mode;
  }
  tls_->stayed_clear = false;  // what was said in clear only stood in front of it
  if (const Line* line = client_lines_.cut()) counts_.skipped_octets[0] += line->extent.size();
  tls_->clear_again[0].reset();
  records_[0] = {};
  if (awaiting_ == Awaiting::surely_command) records_[0].lose();  // it may have begun before
  awaiting_ = Awaiting::tls_end;
  if (!server_in_tls_) server_tls_or_text_ = true;
  release();
}

// The client may have begun in clear all the same: then this is an alert that says so.
void Dialogue::server_begins_with_tls() {
  const Bytes first = as_bytes(first_octets_[0]);
  const bool is_text = !first.empty() && first.front() < 0x80 && !may_begin_tls_record(first);
  const bool client_is_clear = is_text && awaiting_ != Awaiting::surely_command;
  if (!client_is_clear && awaiting_ != Awaiting::first_octets)
    return begin_tls(TlsFacts::Mode::implicit);
  tls_.emplace();
  tls_->mode = TlsFacts::Mode::implicit;
  tls_->stayed_clear = client_is_clear;
  server_tls_or_text_ = true;
  if (!client_is_clear) go(Awaiting::tls_or_text);
}

// Both sides went over to TLS together, so nothing is half read; a greeting that is still due comes
// inside.
void Dialogue::begin_decrypted(TlsFacts::Mode mode, Origin origin) {
  if (!tls_) {
    tls_.emplace();
    tls_->mode = mode;
  }
  tls_->stayed_clear = false;
  tls_->decrypted = true;
  if (!tls_->first) tls_->first = origin;
  server_tls_or_text_ = server_in_tls_ = false;
  (void)client_lines_.cut();
  (void)server_lines_.cut();
  for (Waiting& waiting : waiting_) {
    if (waiting.exchange.kind == ExchangeKind::greeting) waiting.exchange.encrypted = true;
  }
  if (awaiting_ == Awaiting::first_octets || awaiting_ == Awaiting::tls_reply ||
      awaiting_ == Awaiting::tls_or_text || awaiting_ == Awaiting::tls_end) {
    go(Awaiting::command);
  }
}

void Dialogue::describe_tls(const TlsFacts& told) {
  if (!tls_) return;
  tls_->version = told.version;
  tls_->cipher = told.cipher;
  tls_->subject = told.subject;
  tls_->issuer = told.issuer;
}

// What is no record behind a whole one is a line of text, if anything (an alert, and then "454 TLS
// not available"): the line reader has it until its end tells. What is no such line is TLS that
// cannot be followed any more.
std::size_t Dialogue::client_tls_step(const Octets& octets) {
  if (client_lines_.empty()) {
    const std::uint64_t data_before = records_[0].data_records();
    if (const std::size_t used = records_[0].take(octets.bytes); used > 0) {
      count_tls(Side::client, used, octets.origin);
      tell_tls(Side::client, octets, used);
      tls_->client_data_records += records_[0].data_records() - data_before;
      return used;
    }
    if (!ascii::is_alpha(as_text(octets.bytes).front())) {
      records_[0].lose();
      return 0;
    }
  }
  const LineReader::Taken taken = client_lines_.take(octets);
  if (taken.line == nullptr) return taken.octets;
  if (is_surely_command(taken.line->text) && is_plain(taken.line->text)) {
    clear_again(Side::client, *taken.line);
    awaiting_ = Awaiting::command;
    on_line(*taken.line);
  } else {
    count_tls(Side::client, taken.line->extent.size(), taken.line->origin);
    records_[0].lose();
  }
  return taken.octets;
}

std::size_t Dialogue::server_tls_step(const Octets& octets) {
  if (server_lines_.empty()) {
    if (const std::size_t used = records_[1].take(octets.bytes); used > 0) {
      count_tls(Side::server, used, octets.origin);
      tell_tls(Side::server, octets, used);
      return used;
    }
    if (!ascii::is_digit(as_text(octets.bytes).front())) {
      records_[1].lose();
      return 0;
    }
  }
  const LineReader::Taken taken = server_lines_.take(octets);
  if (taken.line == nullptr) return taken.octets;
  if (looks_like_reply(taken.line->text) && is_plain(taken.line->text)) {
    clear_again(Side::server, *taken.line);
    server_in_tls_ = false;
    server_line(*taken.line);
  } else {
    count_tls(Side::server, taken.line->extent.size(), taken.line->origin);
    records_[1].lose();
  }
  return taken.octets;
}

void Dialogue::clear_again(Side side, const Line& line) {
  tls_->clear_again[index_of(side)] = ClearAgain{line.begun, records_[index_of(side)].last_type()};
}

void Dialogue::gap_in_tls(Side side, const Gap& gap) {
  TlsRecords& records = records_[index_of(side)];
  if (const Line* line = (side == Side::client ? client_lines_ : server_lines_).cut()) {
    count_tls(side, line->extent.size(), line->origin);
    records.lose();
  }
  count_tls(side, gap.length, gap.origin);
  records.gap(gap.length);
  tls_pieces_.push_back({side, gap});
}

// What had waited for a reply lives in here, and not for long: of that the piece has its own.
void Dialogue::tell_tls(Side side, const Octets& octets, std::size_t used) {
  Octets piece = octets;
  piece.bytes = octets.bytes.first(used);
  const std::less_equal<const std::uint8_t*> before;
  const bool is_given = !given_.empty() && before(given_.data(), piece.bytes.data()) &&
                        before(piece.bytes.data() + used, given_.data() + given_.size());
  if (is_given) {
    tls_pieces_.push_back({side, piece});
    return;
  }
  std::vector<std::uint8_t> kept(piece.bytes.begin(), piece.bytes.end());
  piece.bytes = kept;
  tls_pieces_.push_back({side, piece, std::move(kept)});
}

void Dialogue::count_tls(Side side, std::uint64_t octets, Origin origin) {
  (side == Side::client ? tls_->client_octets : tls_->server_octets) += octets;
  if (origin.frame == 0) return;
  if (!tls_->first || origin.frame < tls_->first->frame) tls_->first = origin;
  if (tls_->last.frame == 0 || origin.frame > tls_->last.frame) tls_->last = origin;
}

}  // namespace smtpscope::smtp
