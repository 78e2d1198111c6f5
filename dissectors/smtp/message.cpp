#include "dissectors/smtp/message.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/command.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t header_octets_max = 256 * 1024;  // beyond it no field is looked for
// Kept behind a lone dot that may be the end: what an attacker hides there is mostly a message of a few lines.
constexpr std::size_t kept_octets_max = 64 * 1024;
constexpr std::size_t loose_ends_max = 16;   // of those that are kept at a time
constexpr std::size_t odd_ends_max = 8;      // told of one message
constexpr std::size_t command_octets_max = 512;  // of the line behind a lone dot

// What a stretch of text has in it, found out at the speed of memory.
struct Survey {
  bool odd_cr = false;  // a CR that no LF follows; the last octet does not count
  bool nul = false;
  bool high = false;    // an octet above 127
};

// Sixteen octets at a time, compared all at once: 0xff where it holds.
using Vector [[gnu::vector_size(16)]] = std::uint8_t;
using Truth [[gnu::vector_size(16)]] = std::int8_t;

Vector load(const std::uint8_t* octets) noexcept {
  Vector vector;
  std::memcpy(&vector, octets, sizeof vector);
  return vector;
}

template <typename V>
bool is_any(V vector, std::uint8_t mask) noexcept {
  std::array<std::uint8_t, sizeof vector> each;
  std::memcpy(each.data(), &vector, sizeof vector);
  return std::ranges::any_of(each, [mask](std::uint8_t octet) { return (octet & mask) != 0; });
}

Survey survey_of(Bytes bytes) noexcept {
  const std::uint8_t* const octets = bytes.data();
  const std::size_t size = bytes.size();
  Truth odd_cr{}, nul{};
  Vector high{};
  std::size_t at = 0;
  for (; at + sizeof(Vector) < size; at += sizeof(Vector)) {
    const Vector now = load(octets + at), next = load(octets + at + 1);
    odd_cr |= (now == '\r') & (next != '\n');
    nul |= now == 0;
    high |= now;
  }
  Survey survey{is_any(odd_cr, 0xff), is_any(nul, 0xff), is_any(high, 0x80)};
  for (; at < size; ++at) {
    survey.odd_cr |= octets[at] == '\r' && at + 1 < size && octets[at + 1] != '\n';
    survey.nul |= octets[at] == 0;
    survey.high |= octets[at] >= 0x80;
  }
  return survey;
}

void note_first(std::optional<MessageSpot>& first, MessageSpot spot) {
  if (!first) first = spot;
}

}  // namespace

std::string_view name_of(Break how) noexcept {
  switch (how) {
    case Break::crlf: return "CRLF";
    case Break::lf: return "LF";
    case Break::cr: return "CR";
    case Break::cr_crlf: return "CRCRLF";
    case Break::crlf_nul: return "CRLF NUL";
  }
  return {};
}

// The packet of an octet of this call; an octet before them came with the packet before.
MessageSpot MessageReader::spot(std::uint64_t offset) const noexcept {
  return {offset, offset < now_place_ ? message_.last : now_.origin};
}

// ---- The end, and the lines ------------------------------------------------------------------------
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

std::size_t MessageReader::scan(Bytes rest, Breaks breaks) {
  std::size_t at = 0;
  noted_ = false;
  while (at < rest.size() && state_ != State::ended && !noted_) {
    if (state_ != State::text) {
      at = step(rest, at);
    } else {
      at = breaks == Breaks::plain ? find_lf(rest, at) : find_break(rest, at);
    }
  }
  return at;
}

// The fast part of the reading: memchr from line to line, and a look at what follows each LF.
std::size_t MessageReader::find_lf(Bytes rest, std::size_t at) {
  while (true) {
    const void* const found = std::memchr(rest.data() + at, '\n', rest.size() - at);
    if (found == nullptr) return in_line_at_end(rest);
    const auto lf = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - rest.data());
    line_ended(lf + 1, is_cr_before(rest, at, lf) ? Break::crlf : Break::lf);
    at = lf + 1;
    if (at == rest.size() || rest[at] == '.' || rest[at] == 0) return at;
    state_ = State::text;
  }
}

// The same where a CR may stand alone.
std::size_t MessageReader::find_break(Bytes rest, std::size_t at) {
  const std::size_t place = as_text(rest).find_first_of("\r\n", at);
  if (place == std::string_view::npos) return in_line_at_end(rest);
  if (rest[place] == '\n') {
    line_ended(place + 1, is_cr_before(rest, at, place) ? Break::crlf : Break::lf);
  } else {
    doubled_cr_ = false;
    state_ = State::cr;
  }
  return place + 1;
}

std::size_t MessageReader::in_line_at_end(Bytes rest) noexcept {
  doubled_cr_ = false;
  state_ = rest.back() == '\r' ? State::cr : State::text;
  return rest.size();
}

bool MessageReader::is_cr_before(Bytes rest, std::size_t from, std::size_t lf) const noexcept {
  return lf > from ? rest[lf - 1] == '\r' : unknown_before_ && lf == 0;
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
    case State::dot: return step_behind_dot(rest, at);
    case State::dot_cr:
    case State::dot_cr_cr: return step_behind_dot_cr(rest, at);
    case State::text:
    case State::ended: break;
  }
  state_ = State::text;
  return at;
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

// Behind CR LF stands a dot that is not the end: the receiver takes it away, since the sender should have
// put it there.
void MessageReader::take_dot_away(std::uint64_t dot, std::uint8_t next) {
  ++stuffed_;
  line_stuffed_ = 1;
  if (next == '.' || next == '\n' || next == '\r') return;
  ++message_.text.undoubled_dots;
  note_first(message_.text.first_undoubled_dot, spot(dot));
}

// ---- Ends that are none ----------------------------------------------------------------------------
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
    kept_.append(as_text(now_.bytes.first(used)).substr(static_cast<std::size_t>(from - now_.offset)));
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
    if (line == std::string_view::npos && text.size() < command_octets_max && more == More::may_follow) continue;
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
  const auto found = std::ranges::find(loose_ends_, LooseEnd::Followed::by_command, &LooseEnd::followed);
  return found == loose_ends_.end() ? &loose_ends_.front() : &*found;
}

std::string_view MessageReader::behind(const LooseEnd& loose) const noexcept {
  const std::string_view kept = kept_;
  return kept.substr(std::min(static_cast<std::size_t>(loose.offset - kept_offset_), kept.size()));
}

// ---- In --------------------------------------------------------------------------------------------
std::size_t MessageReader::take(const Octets& octets) {
  if (octets.bytes.empty()) return 0;
  now_ = octets;
  now_place_ = place_;
  std::size_t used = 0;
  while (used < octets.bytes.size() && !ended()) {
    const Bytes rest = octets.bytes.subspan(used);
    const Survey survey = survey_of(rest);
    const std::size_t scanned = scan(rest, survey.odd_cr ? Breaks::odd : Breaks::plain);
    if (survey.nul || (survey.high && !message_.text.first_8bit)) note_octets(rest.first(scanned));
    place_ += scanned;
    used += scanned;
    unknown_before_ = false;
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
  now_.bytes = {};
  if (in_header_ || report_) read_fields(as_text(own));
  return used;
}

// The octets that are NUL or above 127, of which there are some here, or shortly behind.
void MessageReader::note_octets(Bytes some) {
  TextFacts& text = message_.text;
  for (std::size_t at = 0; at < some.size(); ++at) {
    if (some[at] == 0) {
      ++text.nul;
      note_first(text.first_nul, spot(place_ + at));
    } else if (some[at] >= 0x80) {
      note_first(text.first_8bit, spot(place_ + at));
    }
  }
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
  report_.reset();
  loose_ends_.clear();
  kept_.clear();
}

// Field by field; the header only, so its speed does not matter.
void MessageReader::read_fields(std::string_view text) {
  while (in_header_ && !text.empty()) {
    const FieldReader::Taken taken = fields_.take(text.substr(0, header_octets_max - header_octets_));
    if (taken.found == FieldReader::Found::field) message_.header.add(fields_.field());
    text.remove_prefix(taken.octets);
    header_octets_ += taken.octets;
    in_header_ = taken.found != FieldReader::Found::end && header_octets_ < header_octets_max;
    const auto& type = message_.header.content_type;
    if (!in_header_ && type && ascii::contains_no_case(*type, "multipart/report")) report_.emplace();
  }
  if (!report_) return;
  report_->take(text, message_.reports);
  if (report_->over()) report_.reset();
}

}  // namespace smtpscope::smtp
