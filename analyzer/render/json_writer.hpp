#pragma once
// JSON into a std::string, with RapidJSON; what this project writes and nothing more.
#include "dissectors/base/stream.hpp"

#include <rapidjson/writer.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::render {

// RapidJSON's idea of an output, on a std::string: room is made in large steps, so that putting a
// character is no more than that. While it lives, the string is longer than what was put.
class StringStream {
 public:
  using Ch = char;
  explicit StringStream(std::string& out) : out_(out), size_(out.size()) {
    out_.resize(std::min(out_.capacity(), size_ + 16 * 1024));
  }
  StringStream(const StringStream&) = delete;
  StringStream& operator=(const StringStream&) = delete;
  ~StringStream() { out_.resize(size_); }

  void Put(char c) {  // NOLINT(readability-identifier-naming): RapidJSON's names
    make_room(1);
    out_[size_++] = c;
  }
  void Flush() {}  // NOLINT(readability-identifier-naming)
  void append(std::string_view text) {
    make_room(text.size());
    text.copy(out_.data() + size_, text.size());
    size_ += text.size();
  }
  void append_quoted(std::string_view text) {
    make_room(text.size() + 2);
    out_[size_] = '"';
    text.copy(out_.data() + size_ + 1, text.size());
    out_[size_ + 1 + text.size()] = '"';
    size_ += text.size() + 2;
  }

 private:
  void make_room(std::size_t octets) {
    if (out_.size() - size_ < octets) out_.resize(2 * out_.size() + octets + 4096);
  }
  std::string& out_;
  std::size_t size_;  // what was put
};

// RapidJSON's writer, which looks at each character of a text; and a way around that for text that
// needs no escape, as most does.
class BlockWriter : public rapidjson::Writer<StringStream> {
 public:
  explicit BlockWriter(StringStream& stream) : Writer(stream) {}
  // `text` is what stands in the JSON, but for the quotes.
  void plain_text(std::string_view text) {
    Prefix(rapidjson::kStringType);
    os_->append_quoted(text);
  }
  void raw(std::string_view json, rapidjson::Type type) {
    Prefix(type);
    os_->append(json);
  }
};

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : stream_(out), writer_(stream_) {}

  template <std::size_t size>
  JsonWriter& key(const char (&name)[size]) {
    writer_.plain_text(std::string_view(name, size - 1));
    return *this;
  }
  // For names that are chosen: of our own, without anything to escape.
  JsonWriter& chosen_key(std::string_view name) {
    writer_.plain_text(name);
    return *this;
  }
  void begin_object() { writer_.StartObject(); }
  void end_object() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }

  void null() { writer_.Null(); }
  void truth(bool value) { writer_.Bool(value); }
  void number(std::uint64_t value) { writer_.Uint64(value); }
  void number_or_null(std::uint64_t value) { value == 0 ? null() : number(value); }
  // Octets from the wire, or our own words.
  void text(std::string_view octets);
  void text_or_null(std::string_view octets) { octets.empty() ? null() : text(octets); }
  // Seconds with six, milliseconds with three digits behind the point.
  void seconds(Nanoseconds span);
  void milliseconds(Nanoseconds span);
  void time(Timestamp time);
  void side(std::optional<Side> side);

 private:
  StringStream stream_;
  BlockWriter writer_;
  std::string scratch_;
};

}  // namespace smtpscope::render
