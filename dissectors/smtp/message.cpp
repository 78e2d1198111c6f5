#include "dissectors/smtp/message.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace smtpscope::smtp {
namespace {

constexpr std::size_t header_octets_max = 256 * 1024;  // beyond it no field is looked for
constexpr std::size_t field_octets_max = 2000;         // of a field that is kept; RFC 5322 has 998 a line
constexpr std::size_t after_loose_end_max = 2048;      // kept behind a lone dot that may be the end

std::string_view value_of(std::string_view field, std::string_view name) noexcept {
  return ascii::trim(field.substr(name.size()));
}

}  // namespace

// The fast part of the reading: memchr from line to line, a look at what follows each LF.
std::size_t MessageReader::find_end(Bytes bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::uint8_t octet = bytes[at];
    switch (state_) {
      case State::text: {
        const void* lf = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
        if (lf == nullptr) {
          state_ = bytes.back() == '\r' ? State::cr : State::text;
          return bytes.size();
        }
        const auto place = static_cast<std::size_t>(static_cast<const std::uint8_t*>(lf) - bytes.data());
        const bool after_cr = place > at && bytes[place - 1] == '\r';
        at = place + 1;
        strict_start_ = after_cr;
        state_ = State::line_start;
        break;
      }
      case State::cr:  // CR was the last octet
        if (octet == '\n') {
          strict_start_ = true;
          state_ = State::line_start;
          ++at;
        } else if (octet == '\r') {
          ++at;
        } else {
          state_ = State::text;
        }
        break;
      case State::line_start:  // LF, or the very start
        if (octet == '.') {
          state_ = State::dot;
          ++at;
        } else {
          state_ = State::text;
        }
        break;
      case State::dot:  // LF .
        if (octet == '\r') {
          state_ = State::dot_cr;
          ++at;
          break;
        }
        if (octet == '\n') note_loose_end(at + 1);
        if (strict_start_) ++stuffed_;
        state_ = State::text;
        break;
      case State::dot_cr:  // LF . CR
        if (octet == '\n' && strict_start_) {
          state_ = State::ended;
          return at + 1;
        }
        if (octet == '\n') note_loose_end(at + 1);
        if (strict_start_) ++stuffed_;
        state_ = State::cr;
        break;
      case State::ended: return at;
    }
  }
  return at;
}

void MessageReader::count(const Octets& octets, std::size_t used) {
  if (used == 0) return;
  if (!message_.first) message_.first = octets.origin;
  if (message_.segments == 0 || message_.last.frame != octets.origin.frame) ++message_.segments;
  message_.last = octets.origin;
  message_.octets += used;
}

void MessageReader::note_loose_end(std::size_t place) {
  if (loose_end_ || loose_place_) return;  // the first one is what a receiver would take
  loose_place_ = place;
}

void MessageReader::keep_after_loose_end(const Octets& octets, std::size_t used) {
  std::size_t from = 0;
  if (loose_place_) {
    from = *std::exchange(loose_place_, std::nullopt);
    loose_end_.emplace();
    loose_end_->octets = message_.octets - (used - from);
    loose_end_->octets -= std::min<std::uint64_t>(loose_end_->octets, 2);
    loose_end_->offset = octets.offset + from;
    loose_end_->origin = octets.origin;
    loose_end_->peer_acknowledged = octets.peer_acknowledged;
  }
  if (!loose_end_) return;
  loose_end_->after.append(as_text(octets.bytes.subspan(from, used - from)));
  if (loose_end_->after.size() > after_loose_end_max) loose_end_.reset();
}

std::size_t MessageReader::take(const Octets& octets) {
  std::size_t used = octets.bytes.size();
  if (framing_ == Framing::dot) {
    const std::uint64_t stuffed_before = stuffed_;
    used = find_end(octets.bytes);
    count(octets, used);
    message_.octets -= stuffed_ - stuffed_before;
    if (loose_place_ || loose_end_) keep_after_loose_end(octets, used);
    if (ended()) {
      message_.octets -= std::min<std::uint64_t>(message_.octets, 3);  // the line ". CR LF" itself
      message_.complete = true;
    }
  } else {
    count(octets, used);
  }
  if (in_header_) read_header(octets.bytes.first(used));
  return used;
}

void MessageReader::gap(const Gap& gap) {
  message_.missing += gap.length;
  message_.last = gap.origin.frame != 0 ? gap.origin : message_.last;
  if (state_ != State::ended) state_ = State::text;
  in_header_ = false;  // where a field begins is not known any more
  loose_end_.reset();
}

void MessageReader::header_line() {
  constexpr std::string_view subject = "Subject:";
  constexpr std::string_view message_id = "Message-ID:";
  if (!message_.subject && ascii::starts_no_case(field_, subject)) {
    message_.subject = value_of(field_, subject);
  } else if (!message_.message_id && ascii::starts_no_case(field_, message_id)) {
    std::string_view id = value_of(field_, message_id);
    if (id.starts_with('<') && id.ends_with('>') && id.size() > 2) id = id.substr(1, id.size() - 2);
    message_.message_id = id;
  }
  field_.clear();
}

// Line by line until the empty line; header fields only, so its speed does not matter.
void MessageReader::read_header(Bytes bytes) {
  header_octets_ += bytes.size();
  for (const char c : as_text(bytes)) {
    if (c == '\n') {
      if (field_.ends_with('\r')) field_.pop_back();
      const std::size_t line = field_.rfind('\n');
      if (field_.empty() || (line != std::string::npos && line + 1 == field_.size())) {
        if (!field_.empty()) field_.pop_back();
        header_line();
        in_header_ = false;
        return;
      }
      field_.resize(std::min(field_.size(), field_octets_max - 1));
      field_.push_back('\n');  // folded, or the end: next octet tells
      continue;
    }
    if (field_.ends_with('\n')) {
      field_.pop_back();
      if (!ascii::is_blank(c)) header_line();
    }
    if (field_.size() < field_octets_max) field_.push_back(c);
  }
  if (header_octets_ > header_octets_max) {
    in_header_ = false;
    field_.clear();
  }
}

}  // namespace smtpscope::smtp
