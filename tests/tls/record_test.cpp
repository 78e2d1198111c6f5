// The record layer in any cuts, over holes, passing over what nobody can open, and over what is no
// TLS at all.
#include "dissectors/tls/record.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/tls_words.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;

namespace {

std::string record(unsigned type, std::size_t octets, char fill = 'a') {
  return std::string{static_cast<char>(type), 3, 3, static_cast<char>(octets >> 8),
                     static_cast<char>(octets)} +
         std::string(octets, fill);
}

struct Reading {
  tls::RecordReader reader;
  std::vector<Extent> told;
  StreamOffset at = 0;

  void take(std::string_view octets) {
    Octets rest{at, as_bytes(octets), {1, {}}, std::nullopt};
    at += octets.size();
    while (!rest.bytes.empty()) {
      const std::size_t used = reader.take(rest);
      REQUIRE((used > 0 || reader.record()));
      rest.bytes = rest.bytes.subspan(used);
      rest.offset += used;
      if (reader.record()) told.push_back(reader.record()->extent);
    }
  }
  void lose(std::size_t octets) {
    reader.gap({at, octets, GapCause::acknowledged, {1, {}}});
    at += octets;
  }
};

struct Told {
  tls::ContentType type;
  Extent extent;
  bool has_fragment = false;
};

std::vector<Told> records_of(const std::string& stream, std::size_t cut, bool pass_over) {
  tls::RecordReader reader;
  if (pass_over) reader.pass_over_data();
  std::vector<Told> told;
  for (std::size_t at = 0; at < stream.size(); at += cut) {
    Octets rest{
        at, as_bytes(stream).subspan(at, std::min(cut, stream.size() - at)), {1, {}}, std::nullopt};
    while (!rest.bytes.empty()) {
      const std::size_t used = reader.take(rest);
      rest.bytes = rest.bytes.subspan(used);
      rest.offset += used;
      if (const auto& record = reader.record())
        told.push_back({record->type, record->extent, !record->fragment.empty()});
    }
  }
  return told;
}

}  // namespace

TEST_CASE("what may begin a record, octet by octet") {
  struct Row {
    std::string octets;
    bool may;
  };
  for (const Row& row : std::vector<Row>{{"", true},
                                         {"\x13", false},
                                         {"\x14", true},
                                         {"\x18", true},
                                         {"\x19", false},
                                         {"\x16\x02", false},
                                         {"\x16\x03", true},
                                         {"\x16\x03\x04", true},
                                         {"\x16\x03\x05", false},
                                         {"\x16\x03\x01\x48", true},
                                         {std::string("\x16\x03\x01\x48\x00", 5), true},
                                         {"\x16\x03\x01\x48\x01", false}}) {
    CHECK(tls::may_begin_record(as_bytes(row.octets)) == row.may);
  }
}

TEST_CASE("what is no record is no TLS, in whatever cuts, and stays so") {
  const std::string text =
      "\x16\x03"
      "0 no record, though it begins like one\r\n";
  for (std::size_t cut = 1; cut <= 8; ++cut) {
    Reading reading;
    for (std::size_t at = 0; at < text.size(); at += cut)
      reading.take(std::string_view(text).substr(at, cut));
    CHECK(reading.reader.state() == tls::RecordReader::State::no_tls);
    reading.lose(10);
    reading.take(record(23, 20));
    CHECK(reading.reader.state() == tls::RecordReader::State::no_tls);
    CHECK(reading.told.empty());
  }
}

TEST_CASE("a hole with a header in it: the next two headers in a row are found") {
  const std::string first = record(23, 40), second = record(23, 60), third = record(22, 20);
  for (std::size_t cut : {1U, 3U, 50U, 1000U}) {
    INFO("cut into " << cut);
    Reading reading;
    reading.take(first);
    reading.take(second.substr(0, 3));
    reading.lose(10);  // the rest of the header, and some
    CHECK(reading.reader.state() == tls::RecordReader::State::searching);
    const std::string rest = second.substr(13) + third + first + third;
    for (std::size_t at = 0; at < rest.size(); at += cut)
      reading.take(std::string_view(rest).substr(at, cut));
    CHECK(reading.reader.state() == tls::RecordReader::State::in_step);
    REQUIRE_FALSE(reading.told.empty());
    CHECK(reading.told.back().end == reading.at);
    CHECK(reading.told.size() >= 3);
    CHECK(reading.reader.broken_records() == 1);
    CHECK(reading.reader.lost_some());
    reading.reader.note_lost_seen();
    CHECK_FALSE(reading.reader.lost_some());
  }
}

TEST_CASE("octets that look like a header and are none do not hold the search up") {
  Reading reading;
  reading.take(record(23, 40));
  reading.take("\x17");
  reading.lose(30);
  // A type, a version and a length, and no header behind it; then records.
  std::string lie = "noise";
  lie += std::string("\x17\x03\x03\x00\x08", 5) + "12345678 more noise";
  reading.take(lie + record(23, 100) + record(23, 50) + record(21, 26));
  REQUIRE(reading.told.size() == 4);
  CHECK(reading.told.back().end == reading.at);
  CHECK(reading.reader.state() == tls::RecordReader::State::in_step);
}

TEST_CASE("a hole of whole records: one right behind it will do") {
  Reading reading;
  reading.take(record(23, 40));
  reading.lose(300);
  reading.take(record(23, 90));
  REQUIRE(reading.told.size() == 2);
  CHECK(reading.told.back() == Extent{345, 440});
}

TEST_CASE(
    "a hole in a record is over where the record is, or loses its header's place where it is larger") {
  for (const bool passes_over : {false, true}) {
    INFO(passes_over);
    Reading reading;
    if (passes_over) reading.reader.pass_over_data();
    const std::string large = record(23, 500);
    reading.take(large.substr(0, 100));
    reading.lose(100);
    reading.take(large.substr(200, 100));
    reading.lose(205);  // up to its end
    CHECK(reading.reader.state() == tls::RecordReader::State::in_step);
    reading.take(record(23, 30));
    REQUIRE(reading.told.size() == 1);
    CHECK(reading.told.back() == Extent{505, 540});
    CHECK(reading.reader.broken_records() == 1);

    reading.take(large.substr(0, 100));
    reading.lose(406);  // one more than is left
    CHECK(reading.reader.state() == tls::RecordReader::State::searching);
    CHECK(reading.reader.broken_records() == 2);
  }
}

TEST_CASE("what is searched through is bounded") {
  Reading reading;
  reading.take(record(23, 10));
  reading.lose(100);
  // A header of the longest record, over and over: each could be one until the place behind it is
  // seen.
  const std::string head = std::string("\x17\x03\x03\x48\x00", 5);
  for (int i = 0; i < 20'000; ++i) {
    reading.take(head);
    REQUIRE(reading.reader.pending_octets() <=
            tls::record_fragment_octets_max + 2 * tls::record_header_octets);
  }
}

TEST_CASE("records that are passed over stand where the others stand, however they are cut") {
  const std::string stream =
      test::tls_octets(Side::client, "hello 1.2") + test::tls_octets(Side::client, "data 700") +
      test::tls_octets(Side::client, "data 1") + test::tls_octets(Side::client, "alert 0") +
      test::tls_octets(Side::client, "data 16384");
  const std::vector<Told> whole = records_of(stream, stream.size(), false);
  REQUIRE(whole.size() == 5);
  for (std::size_t cut = 1; cut < 40; ++cut) {
    const std::vector<Told> passed = records_of(stream, cut, true);
    REQUIRE(passed.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      CHECK(passed[i].type == whole[i].type);
      CHECK(passed[i].extent == whole[i].extent);
      // One that came in one piece needs not to be put together.
      const bool in_pieces = whole[i].extent.begin / cut != (whole[i].extent.end - 1) / cut;
      CHECK(passed[i].has_fragment ==
            (whole[i].type != tls::ContentType::application_data || !in_pieces));
    }
  }
}

TEST_CASE("a hole inside a record that is passed over does not lose the next one") {
  tls::RecordReader reader;
  reader.pass_over_data();
  const std::string first = test::tls_octets(Side::client, "data 700"),
                    second = test::tls_octets(Side::client, "data 40");
  (void)reader.take({0, as_bytes(first).first(100), {1, {}}, std::nullopt});
  reader.gap({100, 200, GapCause::acknowledged, {2, {}}});
  Octets rest{300, as_bytes(first).subspan(300), {3, {}}, std::nullopt};
  while (!rest.bytes.empty()) {
    const std::size_t used = reader.take(rest);
    rest.bytes = rest.bytes.subspan(used);
    rest.offset += used;
    CHECK_FALSE(reader.record());
  }
  CHECK(reader.broken_records() == 1);
  CHECK(reader.take({first.size(), as_bytes(second), {4, {}}, std::nullopt}) == second.size());
  REQUIRE(reader.record());
  CHECK(reader.record()->extent == Extent{first.size(), first.size() + second.size()});
}
