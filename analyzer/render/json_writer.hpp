#pragma once
// JSON into a std::string, with RapidJSON; what this project writes and nothing more.
#include "dissectors/base/stream.hpp"

#include <rapidjson/writer.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::render {

// RapidJSON's idea of an output, on a std::string: it says how much comes before it puts it.
class StringStream {
 public:
  using Ch = char;
  explicit StringStream(std::string& out) : out_(out), size_(out.size()) {}
  StringStream(const StringStream&) = delete;
  StringStream& operator=(const StringStream&) = delete;
  ~StringStream() { out_.resize(size_); }

  void reserve(std::size_t octets) {
    if (out_.size() - size_ < octets) out_.resize(out_.size() + out_.size() / 2 + octets + 4096);
  }
  void put_reserved(char c) { out_[size_++] = c; }
  void Put(char c) {  // NOLINT(readability-identifier-naming): RapidJSON's names
    reserve(1);
    put_reserved(c);
  }
  void Flush() {}  // NOLINT(readability-identifier-naming)

 private:
  std::string& out_;   // filled up to size_, the rest is room
  std::size_t size_;
};

}  // namespace smtpscope::render

namespace rapidjson {
template <>
inline void PutReserve(smtpscope::render::StringStream& stream, std::size_t count) {
  stream.reserve(count);
}
template <>
inline void PutUnsafe(smtpscope::render::StringStream& stream, char c) {
  stream.put_reserved(c);
}
}  // namespace rapidjson

namespace smtpscope::render {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : stream_(out), writer_(stream_) {}

  template <std::size_t size>
  JsonWriter& key(const char (&name)[size]) {
    writer_.Key(name, static_cast<rapidjson::SizeType>(size - 1));
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
  // The packet's number; null for no packet.
  void frame(const std::optional<Origin>& origin) { number_or_null(origin ? origin->frame : 0); }

 private:
  void raw(rapidjson::Type type) { writer_.RawValue(scratch_.data(), scratch_.size(), type); }

  StringStream stream_;
  rapidjson::Writer<StringStream> writer_;
  std::string scratch_;
};

}  // namespace smtpscope::render
