#include "dissectors/tls/record.hpp"

#include <algorithm>

namespace smtpscope::tls {

bool may_begin_record(Bytes octets) noexcept {
  if (!octets.empty() && (octets[0] < 20 || octets[0] > 24)) return false;
  if (octets.size() > 1 && octets[1] != 3) return false;
  if (octets.size() > 2 && octets[2] > 4) return false;
  return octets.size() < record_header_octets || be16(octets, 3) <= record_fragment_octets_max;
}

namespace {

std::size_t length_of(Bytes header) noexcept { return record_header_octets + be16(header, 3); }

}  // namespace

std::size_t RecordReader::take(const Octets& octets) {
  record_.reset();
  if (told_) held_.clear();
  told_ = false;
  if (skip_ > 0) {
    const std::size_t skipped =
        static_cast<std::size_t>(std::min<std::uint64_t>(skip_, octets.bytes.size()));
    skip_ -= skipped;
    if (skip_ == 0 && passing_) {
      passing_ = false;
      record_ = Record{static_cast<ContentType>(header_[0]), be16(header_, 1), header_,      {},
                       {begin_, octets.offset + skipped},    first_,           octets.origin};
    }
    return skipped;
  }
  if (state_ == State::searching) return search(octets);
  if (state_ == State::no_tls) return octets.bytes.size();
  if (held_.empty()) {
    begin_ = octets.offset;
    first_ = octets.origin;
    if (!may_begin_record(octets.bytes)) {
      state_ = State::no_tls;
      return octets.bytes.size();
    }
    // Mostly a record, or many, are in these octets whole: they are not copied.
    if (octets.bytes.size() >= record_header_octets &&
        octets.bytes.size() >= length_of(octets.bytes)) {
      const std::size_t length = length_of(octets.bytes);
      complete(octets.bytes.first(length), octets, length);
      return length;
    }
  }
  std::size_t used = 0;
  if (held_.size() < record_header_octets) {
    used = fill(octets, record_header_octets);
    if (!may_begin_record(held_)) {
      state_ = State::no_tls;
      return octets.bytes.size();
    }
    if (held_.size() < record_header_octets) return used;
    if (passes_over_ && held_[0] == static_cast<std::uint8_t>(ContentType::application_data))
      return pass_over(octets, used);
  }
  used += fill(
      {octets.offset + used, octets.bytes.subspan(used), octets.origin, octets.peer_acknowledged},
      length_of(held_));
  if (held_.size() == length_of(held_)) {
    complete(held_, octets, used);
    told_ = true;
  }
  return used;
}

// The header is whole: the rest of the record goes by.
std::size_t RecordReader::pass_over(const Octets& octets, std::size_t used) {
  std::copy_n(held_.begin(), header_.size(), header_.begin());
  const std::size_t left = length_of(held_) - record_header_octets;
  const std::size_t here = std::min(left, octets.bytes.size() - used);
  skip_ = left - here;
  passing_ = skip_ > 0;
  held_.clear();
  // It held a chain of certificates, and will not again.
  if (held_.capacity() > record_header_octets) held_.shrink_to_fit();
  if (!passing_) {
    record_ = Record{static_cast<ContentType>(header_[0]),  be16(header_, 1), header_,      {},
                     {begin_, octets.offset + used + here}, first_,           octets.origin};
  }
  return used + here;
}

// Adds octets to what is held until there are so many.
std::size_t RecordReader::fill(const Octets& octets, std::size_t wanted) {
  const std::size_t more = std::min(wanted - held_.size(), octets.bytes.size());
  held_.insert(held_.end(), octets.bytes.begin(),
               octets.bytes.begin() + static_cast<std::ptrdiff_t>(more));
  return more;
}

void RecordReader::complete(Bytes whole, const Octets& octets, std::size_t used) {
  record_ = Record{static_cast<ContentType>(whole[0]),
                   be16(whole, 1),
                   whole.first(record_header_octets),
                   whole.subspan(record_header_octets),
                   {begin_, octets.offset + used},
                   first_,
                   octets.origin};
}

// A header stands where it and the header behind its record are ones; a record of more than what is
// held is waited for. Right behind the hole the record alone will do, where nothing has come behind
// it: holes are mostly whole records.
bool RecordReader::finds_header() noexcept {
  std::size_t at = 0;
  for (; at < held_.size(); ++at) {
    const Bytes rest = Bytes(held_).subspan(at);
    if (!may_begin_record(rest)) continue;
    if (rest.size() < record_header_octets) break;
    const std::size_t length = length_of(rest);
    if (rest.size() < length + record_header_octets) break;
    if (may_begin_record(rest.subspan(length))) break;
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at));
  begin_ += at;
  behind_hole_ = behind_hole_ && at == 0;
  if (held_.size() < record_header_octets) return false;
  const std::size_t length = length_of(held_);
  return held_.size() >= length + record_header_octets || (behind_hole_ && held_.size() == length);
}

std::size_t RecordReader::search(const Octets& octets) {
  if (held_.empty()) begin_ = octets.offset;
  // So much is enough to hold any record and the header behind it.
  constexpr std::size_t most = record_fragment_octets_max + 2 * record_header_octets;
  const std::size_t used = fill(octets, most);
  first_ = octets.origin;
  if (!finds_header()) return used;
  state_ = State::in_step;
  // What stands behind the record belongs to the next call: give it back where it came from.
  const std::size_t length = length_of(held_);
  const std::size_t behind = held_.size() - length;
  if (behind >
      used) {  // more was held before than these octets brought: begin at the header behind
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(length));
    begin_ += length;
    return used;
  }
  held_.resize(length);
  complete(held_, octets, used - behind);
  told_ = true;
  return used - behind;
}

void RecordReader::gap(const Gap& gap) {
  record_.reset();
  if (told_) held_.clear();
  told_ = false;
  lost_some_ = true;
  if (state_ == State::no_tls) return;
  std::uint64_t left = skip_;
  if (state_ == State::in_step && held_.size() >= record_header_octets)
    left = length_of(held_) - held_.size();
  const bool in_record =
      state_ == State::in_step && (skip_ > 0 || held_.size() >= record_header_octets);
  held_.clear();
  if (in_record && gap.length <= left) {
    if (skip_ == 0 || passing_) ++broken_;
    skip_ = left - gap.length;
    passing_ = false;
    return;
  }
  ++broken_;
  skip_ = 0;
  passing_ = false;
  behind_hole_ = true;
  state_ = State::searching;
}

}  // namespace smtpscope::tls
