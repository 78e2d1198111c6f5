#include "dissectors/smtp/message.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/command.hpp"
#include "dissectors/smtp/text_scan.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t header_octets_max = 256 * 1024;  // beyond it no field is looked for
// Kept behind a lone dot that may be the end: what an attacker hides there is mostly a message of a
// few lines.
constexpr std::size_t kept_octets_max = 64 * 1024;
constexpr std::size_t loose_ends_max = 16;       // of those that are kept at a time
constexpr std::size_t odd_ends_max = 8;          // told of one message
constexpr std::size_t command_octets_max = 512;  // of the line behind a lone dot
// Kept of a bounce: what it says stands before the message it returns.
constexpr std::size_t report_octets_max = 64 * 1024;
constexpr std::string_view qmail_opening = "Hi. This is the ";

void note_first(Boxed<MessageSpot>& first, MessageSpot spot) {
  if (!first) first = spot;
}

// Line ends may stand before it.
bool may_begin(std::string_view text, std::string_view opening) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  return text.starts_with(opening.substr(0, text.size()));
}

}  // namespace

std::string_view name_of(Break how) noexcept {
  switch (how) {
    case Break::crlf:
      return "CRLF";
    case Break::lf:
      return "LF";
    case Break::cr:
      return "CR";
    case Break::cr_crlf:
      return "CRCRLF";
    case Break::crlf_nul:
      return "CRLF NUL";
  }
  return {};
}

// The packet of an octet of this call; an octet before them came with the packet before.
MessageSpot MessageReader::spot(std::uint64_t offset) const noexcept {
  return {offset, offset < now_place_ ? message_.last : now_.origin};
}

// ---- The end, and the lines ---------------------------------------------------------------------
void MessageReader::note_line(std::uint64_t length) {
  TextFacts& text = message_.text;
  if (length > text.longest_line) {
    text.longest_line = length;
    text.longest_at = {*line_, now_.origin};
  }
  if (length <= text_line_octets_max || long_counted_) return;
  long_counted_ = true;
  ++text.long_lines;
}

void MessageReader::note_bare_lf(std::uint64_t place) {
  ++message_.text.bare_lf;
  note_first(message_.text.first_bare_lf, spot(place));
}

// Once a line: nearly all of them are short, and end in CR LF.
inline void MessageReader::line_ended(std::size_t end, Break how) {
  const std::uint64_t place = place_ + end;
  if (how == Break::lf) note_bare_lf(place - 1);
  const std::uint64_t of_note = std::min(message_.text.longest_line, text_line_octets_max);
  if (line_ && place - *line_ > of_note) note_line(place - *line_ - line_stuffed_);
  line_ = place;
  line_stuffed_ = 0;
  long_counted_ = false;
  before_ = how;
  state_ = State::line_start;
}

std::size_t MessageReader::scan(Bytes rest) {
  std::size_t at = 0;
  noted_ = false;
  while (at < rest.size() && state_ != State::ended && !noted_) {
    if (state_ == State::text && !unknown_before_) at = take_stretch(rest, at);
    if (at < rest.size()) at = take_octet(rest, at);
  }
  return at;
}

// The fast part of the reading; returns where to go on octet by octet.
std::size_t MessageReader::take_stretch(Bytes rest, std::size_t at) {
  const TextStretch stretch = scan_text(rest.subspan(at));
  const std::uint64_t place = place_ + at;
  TextFacts& text = message_.text;
  const auto note = [&](Boxed<MessageSpot>& first, std::size_t found) {
    if (found != TextStretch::nowhere) note_first(first, spot(place + found));
  };
  text.bare_lf += stretch.bare_lf;
  text.nul += stretch.nul;
  note(text.first_bare_lf, stretch.first_bare_lf);
  note(text.first_nul, stretch.first_nul);
  note(text.first_8bit, stretch.first_8bit);
  if (stretch.last_end > 0) take_lines(stretch, rest, at);
  return at + stretch.octets;
}

// The lines that end in a stretch; its bare LF are counted already.
void MessageReader::take_lines(const TextStretch& stretch, Bytes rest, std::size_t at) {
  const std::size_t end = at + stretch.last_end;
  line_ended(at + stretch.first_end, Break::crlf);
  TextFacts& text = message_.text;
  if (stretch.longest > text.longest_line) {
    text.longest_line = stretch.longest;
    text.longest_at = {place_ + at + stretch.longest_at, now_.origin};
  }
  text.long_lines += stretch.long_lines;
  line_ = place_ + end;
  const bool behind_cr = stretch.last_end > 1 && rest[end - 2] == '\r';
  before_ = behind_cr ? Break::crlf : Break::lf;
  if (stretch.last_end != stretch.octets) state_ = State::text;
}

std::size_t MessageReader::take_octet(Bytes rest, std::size_t at) {
  const std::size_t next = step(rest, at);
  if (next == at) return at;  // only looked at
  unknown_before_ = false;
  if (rest[at] == 0) {
    ++message_.text.nul;
    note_first(message_.text.first_nul, spot(place_ + at));
  } else if (rest[at] >= 0x80) {
    note_first(message_.text.first_8bit, spot(place_ + at));
  }
  return next;
}

// One octet where it matters which one it is; returns where to go on.
std::size_t MessageReader::step(Bytes rest, std::size_t at) {
  const std::uint8_t octet = rest[at];
  switch (state_) {
    case State::cr:  // CR was the last octet
      if (octet == '\n') {
        line_ended(at + 1, doubled_cr_ ? Break::cr_crlf : Break::crlf);
        return at + 1;
      }
      behind_bare_cr(octet, at);
      return state_ == State::text ? at : at + 1;
    case State::line_start:  // LF, or the very start
      if (octet == '.' && framing_ == Framing::dot) {
        state_ = State::dot;
        return at + 1;
      }
      if (octet == 0 && is_strict()) {
        state_ = State::nul;
        return at + 1;
      }
      break;
    case State::nul:  // CR LF NUL
      if (octet == '.' && framing_ == Framing::dot) {
        before_ = Break::crlf_nul;
        state_ = State::dot;
        return at + 1;
      }
      break;
    case State::dot:
      return step_behind_dot(rest, at);
    case State::dot_cr:
    case State::dot_cr_cr:
      return step_behind_dot_cr(rest, at);
    case State::text:
      return step_in_text(octet, at);
    case State::ended:
      break;
  }
  state_ = State::text;
  return at;
}

std::size_t MessageReader::step_in_text(std::uint8_t octet, std::size_t at) {
  if (octet == '\n') {
    line_ended(at + 1, unknown_before_ ? Break::crlf : Break::lf);
  } else if (octet == '\r') {
    doubled_cr_ = false;
    state_ = State::cr;
  }
  return at + 1;
}

// A dot stands at the start of the line, and nothing else so far.
std::size_t MessageReader::step_behind_dot(Bytes rest, std::size_t at) {
  const std::uint8_t octet = rest[at];
  const std::uint64_t dot = place_ + at - 1;
  if (octet == '\r') {
    state_ = State::dot_cr;
    if (!is_strict()) note_loose_end(dot, at + 1, Break::cr);
    return at + 1;
  }
  if (octet == '\n') note_loose_end(dot, at + 1, Break::lf);
  if (is_strict()) take_dot_away(dot, octet);
  state_ = State::text;
  if (octet != '\n') return at;
  line_ended(at + 1, Break::lf);
  return at + 1;
}

// A dot and one CR, or two, stand at the start of the line.
std::size_t MessageReader::step_behind_dot_cr(Bytes rest, std::size_t at) {
  const std::uint8_t octet = rest[at];
  const bool one_cr = state_ == State::dot_cr;
  const std::uint64_t dot = place_ + at - (one_cr ? 2 : 3);
  if (octet == '\n' && one_cr && is_strict()) {
    state_ = State::ended;
    return at + 1;
  }
  if (octet == '\n') {
    const Break behind = one_cr ? Break::crlf : Break::cr_crlf;
    if (is_strict()) {
      note_loose_end(dot, at + 1, behind);
      take_dot_away(dot, octet);
    } else {
      grow_loose_end(at + 1, behind);
    }
    line_ended(at + 1, behind);
    return at + 1;
  }
  const bool one_more_cr = octet == '\r' && one_cr;
  if (is_strict() && !one_more_cr) {
    if (one_cr) note_loose_end(dot, at, Break::cr);
    take_dot_away(dot, '\r');
  }
  behind_bare_cr(octet, at);
  if (one_more_cr) state_ = State::dot_cr_cr;
  return state_ == State::text ? at : at + 1;
}

// The octet before this one is a CR, and this one is no LF.
void MessageReader::behind_bare_cr(std::uint8_t octet, std::size_t at) {
  ++message_.text.bare_cr;
  note_first(message_.text.first_bare_cr, spot(place_ + at - 1));
  doubled_cr_ = octet == '\r';
  if (octet == '\r') {
    state_ = State::cr;
  } else if (octet == '.' && framing_ == Framing::dot) {
    before_ = Break::cr;
    state_ = State::dot;
  } else {
    state_ = State::text;
  }
}

// Behind CR LF stands a dot that is not the end: the receiver takes it away, since the sender
// should have put it there.
void MessageReader::take_dot_away(std::uint64_t dot, std::uint8_t next) {
  ++stuffed_;
  line_stuffed_ = 1;
  if (next == '.' || next == '\n' || next == '\r') return;
  ++message_.text.undoubled_dots;
  note_first(message_.text.first_undoubled_dot, spot(dot));
}

// ---- Ends that are none -------------------------------------------------------------------------
void MessageReader::note_loose_end(std::uint64_t dot, std::size_t end, Break behind) {
  if (loose_ends_.size() == loose_ends_max) return;
  LooseEnd& loose = loose_ends_.emplace_back();
  loose.before = before_;
  loose.behind = behind;
  loose.dot = dot;
  loose.octets = dot - message_.missing - stuffed_;
  loose.offset = now_.offset + (place_ - now_place_) + end;
  loose.origin = now_.origin;
  loose.peer_acknowledged = now_.peer_acknowledged;
  noted_ = true;
}

// More of the line end came: what follows begins behind it.
void MessageReader::grow_loose_end(std::size_t end, Break behind) noexcept {
  if (loose_ends_.empty()) return;
  LooseEnd& loose = loose_ends_.back();
  const std::uint64_t dot_to_end = place_ + end - loose.dot;
  if (dot_to_end > 4) return;  // that one was not kept any more
  loose.behind = behind;
  loose.offset = now_.offset + (place_ - now_place_) + end;
}

void MessageReader::keep_behind_loose_ends(std::size_t used) {
  if (kept_.empty()) kept_offset_ = loose_ends_.front().offset;
  const StreamOffset from = std::max(kept_offset_ + kept_.size(), now_.offset);
  if (from < now_.offset + used) {
    kept_.append(
        as_text(now_.bytes.first(used)).substr(static_cast<std::size_t>(from - now_.offset)));
  }
  const bool too_much = kept_.size() > kept_octets_max;
  look_behind_loose_ends(too_much || ended() ? More::none : More::may_follow);
  if (!too_much) return;
  loose_ends_.clear();
  kept_.clear();
}

// Does a command follow? Text that by chance begins as one is very rare behind a lone dot.
void MessageReader::look_behind_loose_ends(More more) {
  for (LooseEnd& loose : loose_ends_) {
    if (loose.followed != LooseEnd::Followed::not_known) continue;
    const std::string_view text = behind(loose).substr(0, command_octets_max);
    const std::size_t line = text.find_first_of("\r\n");
    if (line == std::string_view::npos && text.size() < command_octets_max &&
        more == More::may_follow)
      continue;
    const std::string_view command = text.substr(0, line);
    const bool is_command = is_surely_command(command);
    loose.followed = is_command ? LooseEnd::Followed::by_command : LooseEnd::Followed::by_text;
    if (!is_command || message_.odd_ends.size() == odd_ends_max) continue;
    message_.odd_ends.push_back(
        {loose.before, loose.behind, {loose.dot, loose.origin}, std::string(command), false});
  }
}

const LooseEnd* MessageReader::loose_end() const noexcept {
  if (loose_ends_.empty()) return nullptr;
  const auto found =
      std::ranges::find(loose_ends_, LooseEnd::Followed::by_command, &LooseEnd::followed);
  return found == loose_ends_.end() ? &loose_ends_.front() : &*found;
}

std::string_view MessageReader::behind(const LooseEnd& loose) const noexcept {
  const std::string_view kept = kept_;
  return kept.substr(std::min(static_cast<std::size_t>(loose.offset - kept_offset_), kept.size()));
}

// ---- In -----------------------------------------------------------------------------------------
std::size_t MessageReader::take(const Octets& octets) {
  if (octets.bytes.empty()) return 0;
  now_ = octets;
  now_place_ = place_;
  std::size_t used = 0;
  while (used < octets.bytes.size() && !ended()) {
    const std::size_t scanned = scan(octets.bytes.subspan(used));
    place_ += scanned;
    used += scanned;
    if (noted_) loose_ends_.back().text = message_.text;
  }
  const bool in_line = state_ == State::text || state_ == State::cr;
  if (line_ && in_line) note_line(place_ - *line_ - line_stuffed_);
  if (!message_.first) {
    message_.first = octets.origin;
    message_.peer_acknowledged = octets.peer_acknowledged;
  }
  if (message_.segments == 0 || message_.last.frame != octets.origin.frame) ++message_.segments;
  message_.last = octets.origin;
  message_.octets = place_ - message_.missing - stuffed_;
  if (!loose_ends_.empty()) keep_behind_loose_ends(used);
  if (ended()) {
    message_.octets -= 3;  // the line ". CR LF" itself
    message_.complete = true;
  }
  const Bytes own = octets.bytes.first(used);
  if (digest_) digest_->take(own);
  now_.bytes = {};
  if (in_header_) {
    read_fields(as_text(own));
  } else if (report_) {
    keep_report(as_text(own));
  }
  if (ended()) finish();
  return used;
}

void MessageReader::want_digest() {
  digest_.emplace(framing_ == Framing::dot ? DigestReader::Dots::doubled
                                           : DigestReader::Dots::as_they_are);
}

void MessageReader::finish() {
  finish_digest();
  if (report_) message_.report = *std::exchange(report_, std::nullopt);
}

void MessageReader::finish_digest() {
  if (digest_) message_.digest = digest_->finish().value_or(std::string());
  digest_.reset();
}

void MessageReader::gap(const Gap& gap) {
  const bool not_shown = gap.cause == GapCause::not_shown;
  const std::uint64_t missing = not_shown ? 0 : gap.length;
  message_.not_shown = message_.not_shown || not_shown;
  message_.missing += missing;
  message_.last = gap.origin.frame != 0 ? gap.origin : message_.last;
  place_ += missing;
  line_.reset();
  unknown_before_ = true;
  if (state_ != State::ended) state_ = State::text;
  in_header_ = false;  // where a field begins is not known any more
  if (report_) message_.report = *std::exchange(report_, std::nullopt);  // as far as it goes
  digest_.reset();
  give_up_held();
}

void MessageReader::give_up_held() {
  report_.reset();
  loose_ends_.clear();
  kept_ = {};
}

// Field by field; the header only, so its speed does not matter.
void MessageReader::read_fields(std::string_view text) {
  while (in_header_ && !text.empty()) {
    const FieldReader::Taken taken =
        fields_.take(text.substr(0, header_octets_max - header_octets_));
    if (taken.found == FieldReader::Found::field) message_.header.add(fields_.field());
    text.remove_prefix(taken.octets);
    header_octets_ += taken.octets;
    in_header_ = taken.found != FieldReader::Found::end && header_octets_ < header_octets_max;
  }
  if (!in_header_) begin_report(text);
}

// The header is over, and the body begins so. A bounce is a multipart/report (RFC 6522), or qmail's
// plain text.
void MessageReader::begin_report(std::string_view body) {
  const HeaderFields& header = message_.header;
  const bool is_plain =
      !header.content_type || ascii::starts_no_case(*header.content_type, "text/plain");
  if (is_plain ? !may_begin(body, qmail_opening)
               : !ascii::contains_no_case(*header.content_type, "multipart/report"))
    return;
  report_.emplace();
  if (header.content_type) *report_ += "Content-Type: " + *header.content_type + "\r\n";
  if (header.content_transfer_encoding)
    *report_ += "Content-Transfer-Encoding: " + *header.content_transfer_encoding + "\r\n";
  *report_ += "\r\n";
  report_body_ = report_->size();
  keep_report(body);
}

void MessageReader::keep_report(std::string_view body) {
  *report_ += body.substr(0, report_octets_max - std::min(report_octets_max, report_->size()));
  const bool is_plain = !message_.header.content_type ||
                        ascii::starts_no_case(*message_.header.content_type, "text/plain");
  if (is_plain && !may_begin(std::string_view(*report_).substr(report_body_), qmail_opening))
    report_.reset();
}

}  // namespace smtpscope::smtp
