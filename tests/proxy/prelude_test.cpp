// What stands before the dialogue is taken away, wherever it is cut, and nothing else is.
#include "dissectors/proxy/prelude.hpp"

#include "tests/support/catch.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace smtpscope;
using namespace std::string_view_literals;
using proxy::Prelude;

namespace {

// Says what the two sides say, in this order, each in pieces of at most `cut` octets, and gathers
// what is behind.
struct Behind {
  std::array<std::string, 2> octets;
  std::array<StreamOffset, 2> next{};  // where the next event must begin
  std::array<std::uint64_t, 2> missing{};
  std::array<bool, 2> ended{};
  std::string order;  // "s", "c" for octets, "-" for a gap
};

class Player {
 public:
  explicit Player(std::size_t cut = 1000, proxy::PreludeLimits limits = {})
      : prelude(limits), cut_(cut) {}

  Player& say(Side side, std::string_view text) {
    while (!text.empty()) {
      const std::string piece(text.substr(0, cut_));
      text.remove_prefix(piece.size());
      StreamOffset& at = told_[static_cast<std::size_t>(side)];
      take(side, Octets{at, as_bytes(piece), Origin{++frame_, {}},
                        told_[static_cast<std::size_t>(opposite(side))]});
      at += piece.size();
    }
    return *this;
  }
  Player& client(std::string_view text) { return say(Side::client, text); }
  Player& server(std::string_view text) { return say(Side::server, text); }
  Player& gap(Side side, std::uint64_t length) {
    StreamOffset& at = told_[static_cast<std::size_t>(side)];
    take(side, Gap{at, length, GapCause::acknowledged, Origin{++frame_, {}}});
    at += length;
    return *this;
  }
  Player& close() {
    for (const Side side : {Side::client, Side::server}) {
      take(side, End{told_[static_cast<std::size_t>(side)], EndCause::fin, Origin{++frame_, {}}});
    }
    return *this;
  }

  Prelude prelude;
  Behind behind;

 private:
  void take(Side side, const StreamEvent& event) {
    if (prelude.over()) {
      if (const auto rest = prelude.behind(side, event)) note(side, *rest);
      return;
    }
    prelude.take(side, event);
    while (const auto next = prelude.next()) note(next->first, next->second);
  }
  void note(Side side, const StreamEvent& event) {
    const auto own = static_cast<std::size_t>(side);
    if (const auto* octets = std::get_if<Octets>(&event)) {
      CHECK(octets->offset == behind.next[own]);
      CHECK(octets->peer_acknowledged.value_or(0) <= behind.next[1 - own]);
      behind.octets[own] += as_text(octets->bytes);
      behind.next[own] += octets->bytes.size();
      behind.order += own == 0 ? 'c' : 's';
    } else if (const auto* gap = std::get_if<Gap>(&event)) {
      CHECK(gap->offset == behind.next[own]);
      behind.next[own] += gap->length;
      behind.missing[own] += gap->length;
      behind.order += '-';
    } else {
      CHECK(std::get<End>(event).offset == behind.next[own]);
      CHECK_FALSE(behind.ended[own]);
      behind.ended[own] = true;
    }
  }
  std::size_t cut_;
  std::array<StreamOffset, 2> told_{};
  std::uint64_t frame_ = 0;
};

constexpr std::string_view header = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n";
constexpr std::string_view header_2 =
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\xdc\x04\0\x19"sv;
constexpr std::string_view socks = "\x05\x01\0"sv;
constexpr std::string_view socks_ask = "\x05\x01\0\x03\x0emx.example.com\0\x19"sv;
constexpr std::string_view socks_yes = "\x05\0"sv;
constexpr std::string_view socks_ok = "\x05\0\0\x01\0\0\0\0\0\0"sv;
constexpr std::string_view ask = "CONNECT mx.example.com:25 HTTP/1.1\r\n\r\n";
constexpr std::string_view refusal = "HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nno\n";
constexpr std::string_view greeting = "220 mx ESMTP\r\n";
constexpr std::string_view hello = "EHLO client.example.net\r\n";

}  // namespace

TEST_CASE("however it is cut, the prelude is taken away and the dialogue is not") {
  const std::size_t cut = GENERATE(std::size_t{1}, 2U, 3U, 7U, 1000U);
  struct Row {
    const char* name;
    std::vector<std::pair<Side, std::string_view>> script;  // the prelude
    const char* protocol;
    std::array<std::uint64_t, 2> octets;
  };
  const auto c = Side::client, s = Side::server;
  const auto row = GENERATE_COPY(values<Row>({
      {"none", {}, "", {0, 0}},
      {"PROXY v1", {{c, header}}, "PROXY v1", {header.size(), 0}},
      {"PROXY v2", {{c, header_2}}, "PROXY v2", {header_2.size(), 0}},
      {"SOCKS 5",
       {{c, socks}, {s, socks_yes}, {c, socks_ask}, {s, socks_ok}},
       "socks5",
       {socks.size() + socks_ask.size(), socks_yes.size() + socks_ok.size()}},
      {"SOCKS 4",
       {{c, "\x04\x01\0\x19\xc6\x33\x64\x19\0"sv}, {s, "\0\x5a\0\0\0\0\0\0"sv}},
       "socks4",
       {9, 8}},
      {"CONNECT", {{c, ask}, {s, "HTTP/1.0 200 ok\r\n\r\n"}}, "HTTP CONNECT", {ask.size(), 19}},
      {"CONNECT, at the second try",
       {{c, ask}, {s, refusal}, {c, ask}, {s, "HTTP/1.0 200 ok\r\n\r\n"}},
       "HTTP CONNECT",
       {2 * ask.size(), refusal.size() + 19}},
  }));
  DYNAMIC_SECTION(row.name << ", " << cut) {
    Player player(cut);
    for (const auto& [side, text] : row.script) player.say(side, text);
    player.server(greeting).client(hello).server("250 mx\r\n").close();
    CHECK(player.behind.octets[0] == hello);
    CHECK(player.behind.octets[1] == std::string(greeting) + "250 mx\r\n");
    CHECK(player.behind.ended == std::array<bool, 2>{true, true});
    CHECK(player.prelude.octets(Side::client) == row.octets[0]);
    CHECK(player.prelude.octets(Side::server) == row.octets[1]);
    CHECK(player.prelude.facts().has_value() == !row.script.empty());
    if (player.prelude.facts())
      CHECK(proxy::name_of(player.prelude.facts()->protocol) == row.protocol);
    CHECK(player.prelude.limits_reached() == 0);
  }
}

TEST_CASE("a header that comes after the greeting, or with EHLO in one segment") {
  Player late;
  late.server(greeting).client(std::string(header) + std::string(hello)).server("250 mx\r\n");
  CHECK(late.behind.order == "scs");
  CHECK(late.behind.octets[0] == hello);
  CHECK(late.prelude.facts()->client.port == 56324);
}

TEST_CASE("what only begins like a prelude goes on as it came") {
  const std::size_t cut = GENERATE(std::size_t{1}, 4U, 1000U);
  struct Row {
    const char* name;
    std::vector<std::pair<Side, std::string_view>> script;
  };
  const auto c = Side::client, s = Side::server;
  const auto row = GENERATE_COPY(values<Row>({
      {"an empty line, and its answer",
       {{c, "\r\n"}, {s, "500 what?\r\n"}, {c, hello}, {s, "250 mx\r\n"}}},
      {"a header of another version", {{c, "PROXY TCP9 a b c d\r\n"}, {s, "502 what?\r\n"}}},
      {"CONNECT to a server of mail", {{s, greeting}, {c, ask}, {s, "500 what?\r\n"}}},
      {"CONNECT, before the greeting", {{c, ask}, {s, greeting}, {s, "500 what?\r\n"}}},
      {"SOCKS to a server of mail", {{c, socks}, {s, greeting}}},
      {"SOCKS behind a greeting", {{s, greeting}, {c, socks}, {s, socks_yes}}},
      {"a header that never ends", {{c, "PROXY TCP4 192.0.2.1"}}},
      {"SOCKS, and nobody answers", {{c, socks}}},
  }));
  DYNAMIC_SECTION(row.name << ", " << cut) {
    Player player(cut);
    std::array<std::string, 2> said;
    for (const auto& [side, text] : row.script) {
      player.say(side, text);
      said[static_cast<std::size_t>(side)] += text;
    }
    player.close();
    CHECK(player.behind.octets == said);
    CHECK_FALSE(player.prelude.facts());
    CHECK(player.behind.ended == std::array<bool, 2>{true, true});
  }
}

TEST_CASE("refusals are known, and nothing of them goes on") {
  Player no;
  no.client(socks)
      .server(socks_yes)
      .client(socks_ask)
      .server("\x05\x05\0\x01\0\0\0\0\0\0"sv)
      .close();
  CHECK(no.behind.octets == std::array<std::string, 2>{});
  CHECK(no.prelude.facts()->answer == 5U);

  Player forbidden(5);
  forbidden.client(ask).server(refusal).close();
  CHECK(forbidden.behind.octets == std::array<std::string, 2>{});
  CHECK(forbidden.prelude.facts()->answer == 403U);
  CHECK(forbidden.prelude.facts()->refusal == "No");
  CHECK(forbidden.prelude.octets(Side::server) == refusal.size());
}

TEST_CASE("gaps") {
  SECTION("in a header whose length is known") {
    Player player;
    player.client(header_2.substr(0, 20))
        .gap(Side::client, header_2.size() - 20)
        .server(greeting)
        .client(hello);
    CHECK(player.behind.octets[0] == hello);
    CHECK(player.behind.missing[0] == 0);
    CHECK(player.prelude.facts()->malformed);
  }
  SECTION("that goes beyond it") {
    Player player;
    player.client(header_2.substr(0, 20))
        .gap(Side::client, header_2.size() - 20 + 5)
        .client("QUIT\r\n");
    CHECK(player.behind.octets[0] == "QUIT\r\n");
    CHECK(player.behind.missing[0] == 5);
  }
  SECTION("in a line") {
    Player player;
    player.client(header.substr(0, 20)).gap(Side::client, 10).client(header.substr(30));
    CHECK_FALSE(player.prelude.facts());
    CHECK(player.behind.missing[0] == 10);
  }
  SECTION("of all that the proxy said") {
    Player player;
    player.client(socks)
        .gap(Side::server, 2)
        .client(socks_ask)
        .gap(Side::server, 24)
        .client(hello)
        .close();
    CHECK(player.behind.octets[0] == hello);
    CHECK(player.behind.missing[1] == 26);
    CHECK(player.prelude.facts()->destination.text == "mx.example.com");
    CHECK_FALSE(player.prelude.facts()->answer);
  }
}

TEST_CASE("a long header is counted, not kept") {
  std::string longest = std::string(header_2);
  longest.replace(14, 2, "\xff\xff");
  longest.append(65535 - 12, 'x');
  Player player(1460);
  player.client(longest).server(greeting).client(hello);
  CHECK(player.prelude.octets(Side::client) == longest.size());
  CHECK(player.behind.octets[0] == hello);
  CHECK(player.prelude.limits_reached() == 0);
}

TEST_CASE("what is held has a limit") {
  proxy::PreludeLimits limits;
  limits.held_octets = 64;
  Player player(10, limits);
  const std::string endless = "CONNECT mx.example.com:25 HTTP/1.1\r\nX: " + std::string(100, 'x');
  player.client(endless).close();
  CHECK(player.prelude.limits_reached() == 1);
  CHECK(player.behind.octets[0] == endless);
}
