// every_cut() must let a good reader pass and find a reader that depends on the cuts.
#include "tests/support/every_cut.hpp"

#include <string>
#include <vector>

namespace smtpscope::test {
namespace {

using Lines = std::vector<std::string>;

// Keeps what comes after the last line end for later, as it must.
Lines read_lines(const Pieces& pieces) {
  Lines lines(1);
  for (const Octets& piece : pieces) {
    for (const char octet : as_text(piece.bytes)) {
      if (octet == '\n')
        lines.emplace_back();
      else
        lines.back() += octet;
    }
  }
  return lines;
}

// Takes the end of a piece for the end of a line: the classic mistake.
Lines read_pieces_as_lines(const Pieces& pieces) {
  Lines lines;
  for (const Octets& piece : pieces) lines.emplace_back(as_text(piece.bytes));
  return lines;
}

// Looks for CRLF inside one piece only.
std::size_t count_crlf_in_pieces(const Pieces& pieces) {
  std::size_t count = 0;
  for (const Octets& piece : pieces) {
    if (as_text(piece.bytes).find("\r\n") != std::string_view::npos) ++count;
  }
  return count;
}

// Reads up to the first line end and no further.
std::string read_one_line(const Pieces& pieces) {
  std::string line;
  for (const Octets& piece : pieces) {
    for (const char octet : as_text(piece.bytes)) {
      if (octet == '\n') return line;
      line += octet;
    }
  }
  return line;
}

}  // namespace

TEST_CASE("a reader that does not mind the cuts passes") {
  CHECK(every_cut("EHLO a\nQUIT\n", read_lines) == Lines{"EHLO a", "QUIT", ""});
  CHECK(every_cut("", read_lines) == Lines{""});
  CHECK(every_cut("x", read_lines) == Lines{"x"});
  CHECK(every_cut("one\n", "two\nthree", read_one_line) == "one");
}

TEST_CASE("a reader that minds the cuts is found, with the cut") {
  CHECK(first_disagreement("ab", Lines{"ab"}, read_pieces_as_lines) == Cuts{1});
  const auto cuts = first_disagreement("a\r\nb", std::size_t{1}, count_crlf_in_pieces);
  REQUIRE(cuts);
  CHECK(std::ranges::count(*cuts, std::size_t{2}) == 1);  // between CR and LF
  CHECK_FALSE(first_disagreement("a\r\nb", Lines{"a\r", "b"}, read_lines));
}

TEST_CASE("pieces are the input, in order, with offsets, in memory of their own") {
  std::string together;
  StreamOffset next = 0;
  const std::string_view input = "0123456789";
  for (const Octets& piece : Pieces(input, {3, 4, 9})) {
    CHECK(piece.offset == next);
    CHECK(piece.bytes.data() != as_bytes(input).data() + piece.offset);
    together += as_text(piece.bytes);
    next += piece.bytes.size();
  }
  CHECK(together == input);
  CHECK(Pieces("", {}).begin() == Pieces::end());
}

TEST_CASE("an input of n octets is cut at each octet, each point and each pair of points") {
  CHECK(ways_to_cut(0).empty());
  CHECK(ways_to_cut(1).empty());
  CHECK(ways_to_cut(2).size() == 1 + 1);
  CHECK(ways_to_cut(4).size() == 1 + 3 + 3);
  CHECK(ways_to_cut(1000).size() == 1 + 999);
}

}  // namespace smtpscope::test
