// What the reassembler makes of single oddities. That order and cuts do not matter in general is
// the matter of tests/property/reassembler_property_test.cpp.
#include "analyzer/tcp/reassembler.hpp"

#include "tests/support/catch.hpp"
#include "tests/tcp/segments.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;
using tcp::Reassembler;
using tcp::ReassemblyCounts;
using tcp::ReassemblyLimits;

namespace {

constexpr net::Sequence isn{0xffff'fffb};  // the sequence number wraps inside the stream

// A reassembler that is given a packet at a time, and whose events are taken at once.
class Direction {
 public:
  explicit Direction(ReassemblyLimits limits = {}) : reassembler(limits) {}

  Direction& begin() {
    reassembler.begin_at(isn + 1);
    return *this;
  }
  Direction& data(std::int64_t at, std::string_view text) { return push(at, text, {}); }
  Direction& fin(std::int64_t at, std::string_view text = {}) {
    return push(at, text, {.fin = true});
  }
  // A packet with `text` whose payload was `length` octets long on the wire.
  Direction& cut(std::int64_t at, std::string_view text, std::uint32_t length) {
    net::Segment cut_short = segment(sequence(at), text);
    cut_short.payload_length = length;
    return push(cut_short);
  }
  Direction& ack(std::int64_t at) {
    reassembler.acknowledged(sequence(at), packet(++frame));
    return take();
  }
  Direction& give_up(StreamOffset below) {
    reassembler.give_up_below(below, GapCause::acknowledged, packet(++frame));
    return take();
  }
  Direction& finish(EndCause cause = EndCause::capture_end) {
    reassembler.finish(cause, packet(++frame));
    return take();
  }

  [[nodiscard]] static net::Sequence sequence(std::int64_t at) {
    return isn + 1 + static_cast<std::uint32_t>(at);
  }
  Direction& push(const net::Segment& made) {
    reassembler.push(made, packet(++frame), std::nullopt);
    return take();
  }
  Direction& take() {
    while (const auto event = reassembler.next()) {
      told += text_of(*event);
      CHECK(reassembler.told() <= reassembler.highest_seen());
    }
    return *this;
  }

  Reassembler reassembler;
  std::uint64_t frame = 0;
  std::string told;

 private:
  Direction& push(std::int64_t at, std::string_view text, net::TcpFlags flags) {
    return push(segment(sequence(at), text, flags));
  }
};

struct Row {
  const char* name;
  void (*steps)(Direction&);
  const char* told;
};

}  // namespace

TEST_CASE("what is told") {
  const auto row = GENERATE(values<Row>({
      {"nothing at all", [](Direction& d) { d.finish(); }, "|capture end"},
      {"in order", [](Direction& d) { d.begin().data(0, "ab").data(2, "cdefgh").fin(8); },
       "abcdefgh|fin"},
      {"the end is told at once, with the FIN", [](Direction& d) { d.begin().fin(0, "bye"); },
       "bye|fin"},
      {"without a known start the first segment is it",
       [](Direction& d) { d.data(1000, "ab").data(999, "?").data(1002, "c").finish(); },
       "abc|capture end"},
      {"swapped", [](Direction& d) { d.begin().data(2, "cd").data(0, "ab"); }, "abcd"},
      {"what waits behind a hole is not told",
       [](Direction& d) { d.begin().data(0, "a").data(2, "c"); }, "a"},
      {"repeated", [](Direction& d) { d.begin().data(0, "abc").data(0, "abc").data(3, "d"); },
       "abcd"},
      {"repeated, cut elsewhere",
       [](Direction& d) { d.begin().data(0, "abc").data(1, "bcde").data(2, "cdefg"); }, "abcdefg"},
      {"a piece inside two others",
       [](Direction& d) { d.begin().data(1, "bc").data(4, "ef").data(0, "abcdefg"); }, "abcdefg"},
      {"a repeat that reaches over several pieces and holes",
       [](Direction& d) {
         d.begin().data(2, "c").data(4, "e").data(6, "g").data(1, "bcdefgh").data(0, "a");
       },
       "abcdefgh"},
      {"overlap of waiting pieces: the first one counts",
       [](Direction& d) { d.begin().data(2, "CDE").data(1, "bcdef").data(0, "a"); }, "abCDEf"},
      {"FIN before the data it follows",
       [](Direction& d) { d.begin().fin(4).data(2, "cd").data(0, "ab"); }, "abcd|fin"},
      {"FIN repeated", [](Direction& d) { d.begin().fin(0, "a").fin(0, "a").fin(1); }, "a|fin"},
      {"data behind the FIN is none",
       [](Direction& d) { d.begin().data(0, "ab").fin(2).data(2, "junk").data(1, "bad"); },
       "ab|fin"},
      {"data behind the FIN that came before it is none",
       [](Direction& d) { d.begin().data(3, "junk").fin(4).data(0, "abc"); }, "abcj|fin"},
      {"the lower one of two FINs counts",
       [](Direction& d) { d.begin().fin(5).fin(2).fin(3).data(0, "abc"); }, "ab|fin"},
      {"a FIN below octets that were told is none",
       [](Direction& d) { d.begin().data(0, "abc").fin(1).data(3, "d").fin(4); }, "abcd|fin"},
      {"keep-alives are no data",
       [](Direction& d) {
         d.begin().data(0, "ab").data(1, "").data(1, "?").data(2, "c").data(2, "?");
       },
       "abc"},
      {"a keep-alive before any data",
       [](Direction& d) { d.begin().data(-1, "").data(-1, "?").data(0, "a"); }, "a"},
      {"what lies before the start is left out",
       [](Direction& d) { d.begin().data(-3, "xyz").data(-1, "-ab").data(2, "c"); }, "abc"},
      {"too far ahead is no part of the stream",
       [](Direction& d) {
         d.begin().data((1LL << 30) + 1, "x").fin((1LL << 30) + 1).data(0, "a").finish();
       },
       "a|capture end"},
      {"the start moves as long as nothing was seen",
       [](Direction& d) {
         d.reassembler.begin_at(Direction::sequence(50));
         d.begin().data(0, "a");
         d.reassembler.begin_at(Direction::sequence(50));
         d.data(1, "b");
       },
       "ab"},
      {"SYN with data: the payload begins one later",
       [](Direction& d) { d.begin().push(segment(isn, "ab", {.syn = true})).data(2, "c"); }, "abc"},
  }));
  DYNAMIC_SECTION(row.name) {
    Direction direction;
    row.steps(direction);
    CHECK(direction.told == row.told);
  }
}

TEST_CASE("a hole becomes a gap") {
  const auto row = GENERATE(values<Row>({
      {"acknowledged alone is not enough",
       [](Direction& d) { d.begin().data(0, "a").data(3, "d").ack(4); }, "a"},
      {"acknowledged, and the direction goes on beyond",
       [](Direction& d) { d.begin().data(0, "a").data(3, "d").ack(4).data(4, "e"); },
       "a<2 acknowledged>de"},
      {"going on before the acknowledgement is not enough",
       [](Direction& d) { d.begin().data(0, "a").data(3, "d").data(4, "e").ack(4); }, "a"},
      {"a repeat of what was acknowledged is not going on",
       [](Direction& d) { d.begin().data(2, "cd").ack(4).data(2, "cd").data(0, "ab"); }, "abcd"},
      {"the late packet before the direction goes on",
       [](Direction& d) { d.begin().data(2, "cd").ack(4).data(0, "ab").data(4, "e"); }, "abcde"},
      {"the late packet after the gap is a repeat",
       [](Direction& d) { d.begin().data(2, "cd").ack(4).data(4, "e").data(0, "ab"); },
       "<2 acknowledged>cde"},
      {"several holes at once",
       [](Direction& d) { d.begin().data(1, "b").data(3, "d").ack(5).data(5, "f"); },
       "<1 acknowledged>b<1 acknowledged>d<1 acknowledged>f"},
      {"a hole that is acknowledged in part",
       [](Direction& d) { d.begin().ack(2).data(4, "e").data(2, "cd"); }, "<2 acknowledged>cde"},
      {"FIN is going on", [](Direction& d) { d.begin().data(0, "a").ack(3).fin(3); },
       "a<2 acknowledged>|fin"},
      {"FIN that repeats nothing new is going on as well",
       [](Direction& d) { d.begin().data(0, "a").data(2, "c").ack(3).fin(3); },
       "a<1 acknowledged>c|fin"},
      {"an acknowledgement that cannot be true: too far ahead",
       [](Direction& d) { d.begin().ack((1LL << 30) + 1).data(2, "c").data(0, "ab"); }, "abc"},
      {"an acknowledgement that cannot be true: before the start",
       [](Direction& d) { d.begin().ack(-5).data(2, "c").data(0, "ab"); }, "abc"},
      {"an acknowledgement that cannot be true: behind the FIN",
       [](Direction& d) { d.begin().fin(3).ack(5).data(2, "c").data(0, "ab"); }, "abc|fin"},
      {"an older acknowledgement changes nothing",
       [](Direction& d) { d.begin().data(3, "d").ack(3).ack(1).data(4, "e"); },
       "<3 acknowledged>de"},
      {"given up, with something behind it",
       [](Direction& d) { d.begin().data(2, "c").give_up(1).give_up(2); },
       "<1 acknowledged><1 acknowledged>c"},
      {"given up, with nothing behind it",
       [](Direction& d) { d.begin().data(0, "a").give_up(4).data(4, "e"); }, "a<3 acknowledged>e"},
      {"nothing is given up behind the FIN", [](Direction& d) { d.begin().fin(3, "").give_up(10); },
       "<3 acknowledged>|fin"},
      {"what was told is not given up",
       [](Direction& d) { d.begin().data(0, "ab").give_up(1).data(2, "c"); }, "abc"},
      {"the end: holes are told, and who had the octets",
       [](Direction& d) { d.begin().data(1, "b").data(4, "e").ack(3).finish(EndCause::idle); },
       "<1 acknowledged>b<1 acknowledged><1 end of stream>e|idle"},
      {"the end: everything before a FIN was in the stream",
       [](Direction& d) { d.begin().data(0, "a").fin(3).finish(EndCause::reset); },
       "a<2 end of stream>|fin"},
      {"the end is told once", [](Direction& d) { d.begin().fin(0).finish().finish(); }, "|fin"},
      {"nothing is told after the end",
       [](Direction& d) { d.begin().data(0, "a").finish().data(1, "b").fin(2).ack(3).give_up(9); },
       "a|capture end"},
      {"a cut packet", [](Direction& d) { d.begin().cut(0, "ab", 5).data(5, "f"); },
       "ab<3 cut packet>f"},
      {"a packet of which no payload was captured",
       [](Direction& d) { d.begin().cut(0, "", 5).data(5, "f"); }, "<5 cut packet>f"},
      {"a cut packet behind a hole",
       [](Direction& d) { d.begin().cut(1, "b", 3).data(4, "e").data(0, "a"); },
       "ab<2 cut packet>e"},
      {"a whole repeat of a cut packet, in time",
       [](Direction& d) { d.begin().cut(1, "b", 3).data(1, "bcd").data(0, "a"); }, "abcd"},
      {"a partial repeat of a cut packet, in time",
       [](Direction& d) { d.begin().cut(1, "b", 4).data(3, "d").data(0, "a"); },
       "ab<1 cut packet>d<1 cut packet>"},
      {"a longer repeat of a cut packet, cut as well",
       [](Direction& d) { d.begin().cut(1, "b", 2).cut(1, "b", 4).data(0, "a"); },
       "ab<3 cut packet>"},
      {"a shorter repeat of a cut packet, cut as well",
       [](Direction& d) { d.begin().cut(1, "b", 4).cut(1, "b", 2).data(0, "a"); },
       "ab<3 cut packet>"},
      {"a whole repeat of a cut packet, too late",
       [](Direction& d) { d.begin().cut(0, "a", 3).data(0, "abcd"); }, "a<2 cut packet>d"},
      {"a cut packet that begins before the start",
       [](Direction& d) { d.begin().cut(-4, "xy", 6).cut(1, "", 0).data(2, "c"); },
       "<2 cut packet>c"},
      {"a cut packet that reaches behind the FIN",
       [](Direction& d) { d.begin().cut(1, "b", 9).fin(3).data(0, "a"); }, "ab<1 cut packet>|fin"},
      {"a cut packet with FIN",
       [](Direction& d) {
         net::Segment last = segment(Direction::sequence(0), "a", {.fin = true});
         last.payload_length = 3;
         d.begin().push(last);
       },
       "a<2 cut packet>|fin"},
  }));
  DYNAMIC_SECTION(row.name) {
    Direction direction;
    row.steps(direction);
    CHECK(direction.told == row.told);
  }
}

TEST_CASE("segments are counted for what they are") {
  struct CountRow {
    const char* name;
    void (*steps)(Direction&);
    ReassemblyCounts counts;
  };
  const auto row = GENERATE(values<CountRow>({
      {"in order",
       [](Direction& d) { d.begin().data(0, "a").data(1, "b").fin(2); },
       {.data_segments = 2}},
      {"a hole, the next one in sequence, and what fills it",
       [](Direction& d) { d.begin().data(1, "b").data(2, "c").data(0, "a"); },
       {.data_segments = 3, .out_of_order_segments = 2}},
      {"a repeat",
       [](Direction& d) { d.begin().data(0, "ab").data(0, "ab").data(0, "a"); },
       {.data_segments = 3, .retransmitted_segments = 2}},
      {"a repeat of what waits",
       [](Direction& d) { d.begin().data(1, "bc").data(1, "bc").data(4, "e").data(2, "c"); },
       {.data_segments = 4, .retransmitted_segments = 2, .out_of_order_segments = 2}},
      {"a repeat with something new at its end",
       [](Direction& d) { d.begin().data(0, "ab").data(1, "bc"); },
       {.data_segments = 2}},
      {"a repeat of a FIN is no data",
       [](Direction& d) { d.begin().fin(0, "a").fin(1); },
       {.data_segments = 1}},
      {"keep-alives with and without an octet",
       [](Direction& d) { d.begin().data(0, "ab").data(1, "").data(1, "b").data(1, "x"); },
       {.data_segments = 1, .keep_alives = 3}},
      {"a pure acknowledgement is no keep-alive",
       [](Direction& d) { d.begin().data(0, "ab").data(2, ""); },
       {.data_segments = 1}},
      {"outside: before the start, behind the FIN, too far ahead",
       [](Direction& d) {
         d.begin().data(-5, "abc").data(-1, "xa").fin(1).data(1, "12").data(1LL << 31, "1234");
       },
       {.data_segments = 4, .outside_octets = 3 + 1 + 2 + 4}},
      {"outside: what waited behind a FIN that came later",
       [](Direction& d) { d.begin().data(2, "cdef").fin(3); },
       {.data_segments = 1, .out_of_order_segments = 1, .outside_octets = 3}},
      {"a cut packet and its repeat",
       [](Direction& d) { d.begin().cut(0, "a", 3).cut(0, "a", 3); },
       {.data_segments = 2, .retransmitted_segments = 1}},
      {"conflicts count per octet",
       [](Direction& d) { d.begin().data(1, "bcde").data(1, "bXdY").data(0, "aZ"); },
       {.data_segments = 3,
        .retransmitted_segments = 1,
        .out_of_order_segments = 2,
        .conflicting_octets = 3}},
  }));
  DYNAMIC_SECTION(row.name) {
    Direction direction;
    row.steps(direction);
    const ReassemblyCounts& counts = direction.reassembler.counts();
    CHECK(counts.data_segments == row.counts.data_segments);
    CHECK(counts.retransmitted_segments == row.counts.retransmitted_segments);
    CHECK(counts.out_of_order_segments == row.counts.out_of_order_segments);
    CHECK(counts.keep_alives == row.counts.keep_alives);
    CHECK(counts.conflicting_octets == row.counts.conflicting_octets);
    CHECK(counts.outside_octets == row.counts.outside_octets);
    CHECK(counts.limit_gaps == row.counts.limit_gaps);
  }
}

TEST_CASE("each event says which packet brought it") {
  Reassembler reassembler;
  reassembler.begin_at({1});
  reassembler.push(segment({4}, "def"), packet(1), 10);    // offset 3
  reassembler.push(segment({1}, "abcde"), packet(2), 20);  // d and e were seen before
  auto first = reassembler.next();
  auto second = reassembler.next();
  REQUIRE((first && second));
  CHECK(std::get<Octets>(*first).origin == packet(2));
  CHECK(std::get<Octets>(*first).peer_acknowledged == 20);
  CHECK(std::get<Octets>(*first).bytes.size() == 3);
  CHECK(std::get<Octets>(*second).origin == packet(1));
  CHECK(std::get<Octets>(*second).peer_acknowledged == 10);
  CHECK(std::get<Octets>(*second).offset == 3);

  reassembler.push(segment({10}, "jk"), packet(3), std::nullopt);  // offset 9, a hole before it
  reassembler.acknowledged({12}, packet(4));
  reassembler.push(segment({12}, "", {.fin = true}), packet(5), std::nullopt);
  const auto gap = reassembler.next();
  REQUIRE(gap);
  CHECK(std::get<Gap>(*gap).offset == 6);
  CHECK(std::get<Gap>(*gap).length == 3);
  CHECK(std::get<Gap>(*gap).origin == packet(4));
  CHECK(reassembler.next());
  const auto end = reassembler.next();
  REQUIRE(end);
  CHECK(std::get<End>(*end).offset == 11);
  CHECK(std::get<End>(*end).origin == packet(5));
  CHECK(reassembler.ended());
  CHECK_FALSE(reassembler.next());
}

TEST_CASE("in-order octets are told as a view of the packet") {
  Reassembler reassembler;
  const std::string payload = "EHLO client.example.net\r\n";
  reassembler.push(segment({7}, payload), packet(1), std::nullopt);
  const StreamEvent* const peeked = reassembler.peek();
  REQUIRE(peeked != nullptr);
  CHECK(std::get<Octets>(*peeked).bytes.data() == as_bytes(payload).data());
  CHECK(reassembler.told() == 0);  // peek() takes nothing
  const auto taken = reassembler.next();
  REQUIRE(taken);
  CHECK(std::get<Octets>(*taken).bytes.data() == as_bytes(payload).data());
  CHECK(reassembler.told() == payload.size());
  CHECK(reassembler.peek() == nullptr);
}

TEST_CASE("what a packet brings around a piece that waited is told as views, too") {
  Reassembler reassembler;
  reassembler.begin_at({0});
  reassembler.push(segment({2}, "cd"), packet(1), std::nullopt);
  reassembler.settle();
  const std::string payload = "abcdef";
  reassembler.push(segment({0}, payload), packet(2), std::nullopt);
  std::vector<Octets> told;
  while (const auto event = reassembler.next()) told.push_back(std::get<Octets>(*event));
  REQUIRE(told.size() == 3);
  CHECK(told[0].bytes.data() == as_bytes(payload).data());
  CHECK(told[1].origin == packet(1));
  CHECK(told[2].bytes.data() == as_bytes(payload).data() + 4);
}

TEST_CASE("what was not taken outlives its packet after settle()") {
  Reassembler reassembler;
  reassembler.begin_at({1});
  std::uint32_t sequence = 1;
  for (std::string payload : {"ab", "cd", "ef"}) {  // each is gone at the end of its step
    reassembler.push(segment({sequence}, payload), packet(1), std::nullopt);
    reassembler.settle();
    payload.assign(payload.size(), '!');
    sequence += 2;
  }
  std::string told;
  CHECK(reassembler.held_octets() == 6);
  while (const auto event = reassembler.next()) told += text_of(*event);
  CHECK(told == "abcdef");
  CHECK(reassembler.held_octets() == 0);
}

TEST_CASE("the first conflicts are kept with both versions") {
  Direction direction({.conflicts_kept = 2, .conflict_octets = 4});
  direction.begin()
      .data(2, "cdefghijkl")
      .data(1, "bcdEfGh")     // differs at 4 and 6
      .data(2, "CDEFGHIJKL")  // differs everywhere
      .data(2, "?")
      .data(0, "ab");
  CHECK(direction.told == "abcdefghijkl");
  CHECK(direction.reassembler.counts().conflicting_octets == 2 + 10 + 1);
  const auto& conflicts = direction.reassembler.conflicts();
  REQUIRE(conflicts.size() == 2);
  CHECK(conflicts[0].extent == Extent{4, 7});
  CHECK(as_text(conflicts[0].kept) == "efg");
  CHECK(as_text(conflicts[0].other) == "EfG");
  CHECK(conflicts[0].kept_origin == packet(1));
  CHECK(conflicts[0].other_origin == packet(2));
  CHECK(conflicts[1].extent == Extent{2, 12});
  CHECK(as_text(conflicts[1].kept) == "cdef");
  CHECK(as_text(conflicts[1].other) == "CDEF");
}

TEST_CASE("too much behind a hole: the oldest hole becomes a gap") {
  const auto row = GENERATE(values<Row>({
      {"octets", [](Direction& d) { d.begin().data(1, "bcdefghi").data(11, "l"); },
       "<1 limit>bcdefghi"},
      {"a single segment above the limit", [](Direction& d) { d.begin().data(1, "bcdefghij"); },
       "<1 limit>bcdefghij"},
      {"pieces",
       [](Direction& d) { d.begin().data(1, "b").data(3, "d").data(5, "f").data(7, "h"); },
       "<1 limit>b"},
      {"as many holes as needed",
       [](Direction& d) { d.begin().data(1, "b").data(3, "d").data(10, "jklmnop"); }, "<1 limit>b"},
      {"cut packets count as pieces",
       [](Direction& d) { d.begin().cut(1, "", 1).cut(3, "", 1).cut(5, "", 1).cut(7, "", 1); },
       "<1 limit><1 cut packet>"},
      {"pieces that touch are told together",
       [](Direction& d) { d.begin().data(1, "b").data(2, "c").data(3, "d").data(9, "j"); },
       "<1 limit>bcd"},
  }));
  DYNAMIC_SECTION(row.name) {
    Direction direction({.held_octets = 8, .held_pieces = 3});
    row.steps(direction);
    CHECK(direction.told == row.told);
    CHECK(direction.reassembler.counts().limit_gaps == 1);
    CHECK(direction.reassembler.held_octets() <= 8);
  }
}

TEST_CASE("small pieces side by side behind a hole are no reason to give it up") {
  Direction direction({.held_octets = 64, .held_pieces = 3});
  direction.begin();
  for (std::uint32_t at = 1; at <= 20; ++at) direction.data(at, "x");
  CHECK(direction.told.empty());
  direction.data(0, "a");
  CHECK(direction.told == "a" + std::string(20, 'x'));
  CHECK(direction.reassembler.counts().limit_gaps == 0);
}

TEST_CASE("what nobody takes does not pile up") {
  Reassembler reassembler({.held_octets = 8, .held_pieces = 4});
  reassembler.begin_at({0});
  std::uint32_t at = 0;
  for (int i = 0; i < 1000; ++i, at += 3) {
    reassembler.push(segment({at}, "abc"), packet(1), std::nullopt);
    reassembler.settle();
    CHECK(reassembler.held_octets() <= 8 + 3);
  }
  std::string told;
  while (const auto event = reassembler.next()) told += text_of(*event);
  CHECK(told == "abcabcabc<2991 limit>");
  CHECK(reassembler.counts().limit_gaps == 1);
  reassembler.push(segment({at}, "abc"), packet(1), std::nullopt);
  const auto event = reassembler.next();
  REQUIRE(event);
  CHECK(text_of(*event) == "abc");
}

TEST_CASE("offsets go on where sequence numbers wrap") {
  Reassembler reassembler;
  reassembler.begin_at({0xffff'ff00});
  const std::string block(1 << 16, 'x');
  std::uint32_t sequence = 0xffff'ff00;
  StreamOffset octets = 0;
  for (int i = 0; i < 2 * 65536 + 5; ++i) {  // somewhat more than 8 GiB: around twice
    reassembler.push(segment({sequence}, block), packet(1), std::nullopt);
    const auto event = reassembler.next();
    if (!event || std::get<Octets>(*event).offset != octets) FAIL("wrong at " << octets);
    sequence += 1U << 16;
    octets += block.size();
  }
  CHECK(reassembler.told() == octets);
  CHECK(reassembler.offset_of({sequence}) == octets);
  CHECK(reassembler.offset_of({sequence - 100}) == octets - 100);
  CHECK(reassembler.offset_of({sequence + 100}) == octets + 100);
}

TEST_CASE("where a sequence number lies") {
  Reassembler reassembler;
  CHECK_FALSE(reassembler.offset_of({5}));  // no start yet
  reassembler.begin_at({0xffff'fff0});
  CHECK(reassembler.offset_of({0xffff'fff0}) == 0);
  CHECK(reassembler.offset_of({0x10}) == 0x20);
  CHECK_FALSE(reassembler.offset_of({0xffff'ffef}));  // before the start
}

TEST_CASE("what the peer acknowledged") {
  Direction direction;
  direction.begin().data(0, "abc").ack(2);
  CHECK(direction.reassembler.acknowledged_to() == 2);
  CHECK(direction.reassembler.acknowledged_origin() == packet(2));
  direction.ack(1);
  CHECK(direction.reassembler.acknowledged_to() == 2);

  SECTION("the FIN is acknowledged after it was seen") {
    direction.fin(3).ack(3);
    CHECK_FALSE(direction.reassembler.fin_acknowledged());
    direction.ack(4);
    CHECK(direction.reassembler.fin_acknowledged());
  }
  SECTION("the FIN is acknowledged before it was seen") {
    direction.ack(4);
    CHECK(direction.reassembler.acknowledged_to() == 4);
    direction.fin(3);
    CHECK(direction.reassembler.fin_acknowledged());
  }
  CHECK(direction.reassembler.acknowledged_to() <= 3);
  CHECK(direction.told.starts_with("abc"));
}
