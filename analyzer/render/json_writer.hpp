#pragma once
// JSON into a std::string, with RapidJSON; what this project writes and nothing more.
#include "dissectors/base/stream.hpp"

#include <rapidjson/writer.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::render {

// RapidJSON's idea of an output, on a std::string: what is put is gathered in a block first, so
// that putting a character is no more than that. The string has all of it when this is gone.
class StringStream {
 public:
  using Ch = char;
  explicit StringStream(std::string& out) : out_(out) {}
  StringStream(const StringStream&) = delete;
  StringStream& operator=(const StringStream&) = delete;
  ~StringStream() { empty_block(); }

  void Put(char c) {  // NOLINT(readability-identifier-naming): RapidJSON's names
    if (size_ == block_.size()) [[unlikely]]
      empty_block();
    block_[size_++] = c;
  }
  void Flush() {}  // NOLINT(readability-identifier-naming)
  void append(std::string_view text) {
    if (!has_room(text.size())) {
      out_ += text;
      return;
    }
    text.copy(block_.data() + size_, text.size());
    size_ += text.size();
  }
  void append_quoted(std::string_view text) {
    if (!has_room(text.size() + 2)) {
      out_ += '"';
      out_ += text;
      out_ += '"';
      return;
    }
    char* const to = block_.data() + size_;
    *to = '"';
    text.copy(to + 1, text.size());
    to[1 + text.size()] = '"';
    size_ += text.size() + 2;
  }

 private:
  // In the block, which is emptied if need be.
  [[nodiscard]] bool has_room(std::size_t octets) {
    if (block_.size() - size_ >= octets) return true;
    empty_block();
    return block_.size() >= octets;
  }
  [[gnu::noinline]] void empty_block() {  // so that Put() is short enough to be inlined
    out_.append(block_.data(), size_);
    size_ = 0;
  }
  std::string& out_;
  std::size_t size_ = 0;  // in the block
  // Written before it is read.
  std::array<char, 4096> block_;  // NOLINT(cppcoreguidelines-pro-type-member-init)
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
