// The dialogue's promise: while nothing is lost, neither the cuts nor the interleaving of the two
// directions change the exchanges.
//
// A random legal dialogue is made (all commands of the table, taken and refused, pipelining where
// it is legal, DATA, BDAT, AUTH, STARTTLS, LMTP, PRDR, clients that do not wait), as two streams
// and the causes in them: which octets of the other side each piece was sent after. Then the pieces
// are cut at random and played in random orders that respect those causes. All plays must give the
// same exchanges.
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/verb.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/talk.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace smtpscope;

namespace {

constexpr unsigned dialogues = 3000;
constexpr unsigned plays_a_dialogue = 6;
constexpr unsigned dialogues_with_holes = 1000;
constexpr unsigned uses_of_a_verb_min = 100;  // in all dialogues

using smtp::Verb;
using smtp::VerbInfo;

// Commands that ask for one line of their own, and get one reply: whatever it is, a command
// follows.
bool stands_alone(const VerbInfo& row) {
  constexpr Verb others[] = {Verb::mail, Verb::rcpt,   Verb::data,     Verb::bdat,
                             Verb::auth, Verb::x_exps, Verb::starttls, Verb::x_anonymoustls,
                             Verb::quit, Verb::lhlo};
  return std::ranges::find(others, row.verb) == std::end(others);
}
// ... and that leave the envelope as it is, taken or refused.
bool keeps_envelope(const VerbInfo& row) {
  constexpr Verb some[] = {Verb::noop, Verb::vrfy,     Verb::expn,
                           Verb::help, Verb::xforward, Verb::etrn};
  return std::ranges::find(some, row.verb) != std::end(some);
}

// Some octets of one side, sent after `seen` octets of the other had arrived.
struct Piece {
  Side side = Side::client;
  std::string octets;
  StreamOffset seen = 0;
};

class Dialogue {
 public:
  explicit Dialogue(std::uint32_t seed) : random_(seed) { make(); }
  [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  [[nodiscard]] const std::string& expected() const noexcept { return expected_; }
  // How often each command was sent.
  [[nodiscard]] const std::map<Verb, unsigned>& uses() const noexcept { return uses_; }

 private:
  unsigned upto(unsigned n) { return std::uniform_int_distribution<unsigned>(0, n)(random_); }
  bool maybe(unsigned percent) { return upto(99) < percent; }

  void say(Side side, const std::string& octets) {
    const auto own = static_cast<std::size_t>(side);
    pieces_.push_back({side, octets, sent_[1 - own]});
    sent_[own] += octets.size();
  }
  void client(const std::string& octets) { say(Side::client, octets); }
  void server(const std::string& octets) { say(Side::server, octets); }
  void expect(const std::string& exchange) {
    expected_ += (expected_.empty() ? "" : " ") + exchange;
    ++uses_[smtp::find_verb(exchange.substr(0, exchange.find_first_of("=(")))];
  }

  std::string reply(unsigned code) {
    std::string text;
    for (unsigned lines = upto(3); lines > 0; --lines)
      text += std::to_string(code) + "-more text\r\n";
    return text + std::to_string(code) + (maybe(10) ? "\r\n" : " some text\r\n");
  }
  void command(const std::string& line, const std::string& name, unsigned code) {
    client(line + "\r\n");
    server(reply(code));
    expect(name + '=' + std::to_string(code));
  }

  void hello() {
    lmtp_ = maybe(20);
    server(reply(220));
    expect("greeting=220");
    if (!lmtp_ && maybe(10)) command("EHLO client.example.net", "EHLO", 502);
    command(lmtp_ ? "LHLO client.example.net" : "EHLO client.example.net", lmtp_ ? "LHLO" : "EHLO",
            250);
  }
  void auth() {
    const std::string name = maybe(80) ? "AUTH" : "X-EXPS";
    if (maybe(20))
      return command(name + " PLAIN AGFsaWNlAHNlY3JldA==", name + "(PLAIN,alice,0)",
                     maybe(50) ? 235 : 535);
    if (maybe(20)) return command(name + " LOGIN", name + "(LOGIN,,0)", 504);
    client(name + " LOGIN\r\n");
    server("334 VXNlcm5hbWU6\r\n");
    client("YWxpY2U=\r\n");
    server("334 UGFzc3dvcmQ6\r\n");
    const bool cancelled = maybe(20);
    client(cancelled ? "*\r\n" : "c2VjcmV0\r\n");
    const unsigned code = cancelled ? 501 : maybe(50) ? 235 : 535;
    server(reply(code));
    expect(name + "(LOGIN,alice,2)=" + std::to_string(code));
  }
  // Any reply that the table names, or one that says that the server does not know the command.
  unsigned code_for(const VerbInfo& row) {
    std::vector<unsigned> codes = {500, 502};
    codes.insert(codes.end(), row.success.begin(), row.success.end());
    codes.insert(codes.end(), row.failure.begin(), row.failure.end());
    std::erase(codes, 354U);  // what XEXCH50 sends then is no matter of lines
    return codes[upto(static_cast<unsigned>(codes.size()) - 1)];
  }
  template <typename Fits>
  const VerbInfo& some_verb(const Fits& fits) {
    std::vector<const VerbInfo*> rows;
    for (const VerbInfo& row : smtp::verbs()) {
      if (fits(row)) rows.push_back(&row);
    }
    return *rows[upto(static_cast<unsigned>(rows.size()) - 1)];
  }
  // One to three commands between mails, one by one or in a group.
  void other_commands() {
    std::string commands;
    std::string replies;
    for (unsigned n = upto(2) + 1; n > 0; --n) {
      const VerbInfo& row = some_verb(stands_alone);
      const unsigned code = code_for(row);
      commands += std::string(row.example) + "\r\n";
      replies += reply(code);
      expect(std::string(row.name) + '=' + std::to_string(code));
      if (maybe(50)) continue;
      client(std::exchange(commands, {}));
      server(std::exchange(replies, {}));
    }
    if (commands.empty()) return;
    client(commands);
    server(replies);
  }
  void refused_tls() {
    const std::string name = maybe(80) ? "STARTTLS" : "X-ANONYMOUSTLS";
    command(name, name, maybe(50) ? 454 : 554);
  }
  // The rest is hidden: no exchange more, whatever it looks like.
  void tls() {
    const std::string name = maybe(80) ? "STARTTLS" : "X-ANONYMOUSTLS";
    command(name, name, 220);
    client(std::string("\x16\x03\x01\x00\x08QUIT\r\n\r\n", 13));
    server(
        std::string("\x16\x03\x03\x00\x09"
                    "250 Ok\r\n\n",
                    14));
    client(std::string("\x17\x03\x03\x00\x06RSET\r\n", 11));
    server(
        std::string("\x17\x03\x03\x00\x05"
                    "421\r\n",
                    10));
  }
  // TLS breaks off, the server says so in clear, and the client goes on in clear.
  void clear_after_tls() {
    command("STARTTLS", "STARTTLS", 220);
    client(std::string("\x16\x03\x01\x00\x08QUIT\r\n\r\n", 13));
    server(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
    if (maybe(50)) {
      server(reply(454));
      expect("!=454");
    }
    if (maybe(50)) client(std::string("\x15\x03\x03\x00\x02\x01\x00", 7));
    command("RSET", "RSET", 250);
  }
  // XEXCH50: what follows its 354 is no matter of lines.
  void octets_of_exchange() {
    const std::string octets = text();
    client("XEXCH50 " + std::to_string(octets.size()) + " 2\r\n");
    server(reply(354));
    client(octets);
    server(reply(250));
    expect("XEXCH50=354+250");
  }
  std::string text() {
    static const char* const lines[] = {"Subject: x",
                                        "QUIT",
                                        "",
                                        "..",
                                        ".x is not the end\r\nRSET",
                                        "250 no reply",
                                        "MAIL FROM:<x@example.org>",
                                        "\r",
                                        "BDAT 5 LAST",
                                        "text"};
    std::string text;
    for (unsigned n = upto(12); n > 0; --n) text += std::string(lines[upto(9)]) + "\r\n";
    // A lone CR at the end of a line would make the end of the text odd: it is allowed, and no end.
    return text;
  }
  void answer_message(const std::string& name, unsigned accepted) {
    std::string codes;
    if (!lmtp_ && maybe(10)) return answer_each(name, accepted);
    for (unsigned i = 0; i < (lmtp_ ? std::max(1U, accepted) : 1U); ++i) {
      const unsigned code = maybe(80) ? 250 : 550;
      server(reply(code));
      codes += (codes.empty() ? "" : "+") + std::to_string(code);
    }
    expect(name + '=' + codes);
  }
  // PRDR: 353, one a recipient, one for all.
  void answer_each(const std::string& name, unsigned accepted) {
    std::string codes = "353";
    server(reply(353));
    for (unsigned i = 0; i < accepted + 1; ++i) {
      server(reply(250));
      codes += "+250";
    }
    expect(name + '=' + codes);
  }
  // MAIL, RCPTs and DATA or BDAT, either one by one or in one group (RFC 2920).
  void transaction() {
    const bool grouped = maybe(50);
    std::string commands;
    std::string replies;
    std::vector<std::string> names;
    const auto add = [&](const std::string& line, const std::string& name, unsigned code) {
      if (!grouped) return command(line, name, code);
      commands += line + "\r\n";
      replies += reply(code);
      names.push_back(name + '=' + std::to_string(code));
    };
    add("MAIL FROM:<alice@example.net>", "MAIL", 250);
    unsigned accepted = 0;
    for (unsigned n = upto(3) + 1; n > 0; --n) {
      const bool yes = maybe(70);
      accepted += yes ? 1 : 0;
      add("RCPT TO:<bob@example.com>", "RCPT", yes ? 250 : 550);
      if (!maybe(20)) continue;
      const VerbInfo& row = some_verb(keeps_envelope);
      add(std::string(row.example), std::string(row.name), code_for(row));
    }
    const bool chunks = maybe(30);
    const bool data_accepted = accepted > 0;
    if (!chunks) add("DATA", "DATA", data_accepted ? 354 : 554);
    // The message in the same flight.
    const bool impatient = grouped && !chunks && data_accepted && maybe(20);
    if (grouped) {
      if (impatient) commands += text() + ".\r\n";
      client(commands);
      server(replies);
      for (const std::string& name : names) expect(name);
    }
    if (chunks) {
      for (unsigned n = upto(2); n > 0; --n) chunk();
      const std::string body = text();
      client("BDAT " + std::to_string(body.size()) + " LAST\r\n" + body);
      answer_message("BDAT", accepted);
    } else if (data_accepted) {
      if (!impatient) client(text() + ".\r\n");
      answer_message(".", accepted);
    }
    if (maybe(20)) command("RSET", "RSET", 250);
  }
  void chunk() {
    const std::string body = text();
    client("BDAT " + std::to_string(body.size()) + "\r\n" + body);
    server(reply(250));
    expect("BDAT=250");
  }
  void make() {
    hello();
    if (maybe(30)) other_commands();
    if (maybe(10)) refused_tls();
    if (maybe(30)) auth();
    for (unsigned n = upto(3); n > 0; --n) {
      transaction();
      if (maybe(30)) other_commands();
    }
    if (maybe(10)) octets_of_exchange();
    if (maybe(10)) return tls();
    if (maybe(5)) clear_after_tls();
    if (maybe(80)) return command("QUIT", "QUIT", 221);
    if (!maybe(50)) return;
    server(reply(421));
    expect("!=421");
  }

  std::mt19937 random_;
  bool lmtp_ = false;
  std::array<StreamOffset, 2> sent_{};
  std::vector<Piece> pieces_;
  std::string expected_;
  std::map<Verb, unsigned> uses_;
};

std::vector<Piece> cut(const std::vector<Piece>& pieces, std::mt19937& random) {
  std::vector<Piece> out;
  for (const Piece& piece : pieces) {
    std::size_t at = 0;
    while (at < piece.octets.size()) {
      const std::size_t rest = piece.octets.size() - at;
      const std::size_t n =
          std::min(rest, std::uniform_int_distribution<std::size_t>(1, 24)(random));
      out.push_back({piece.side, piece.octets.substr(at, n), piece.seen});
      at += n;
    }
  }
  return out;
}

// Plays the pieces of both sides in an order that never shows an effect before its cause.
std::string play(const std::vector<Piece>& pieces, std::mt19937& random) {
  std::array<std::vector<const Piece*>, 2> queues;
  for (const Piece& piece : pieces) queues[static_cast<std::size_t>(piece.side)].push_back(&piece);
  std::array<std::size_t, 2> next{};
  std::array<StreamOffset, 2> told{};
  test::Talk talk;
  while (next[0] < queues[0].size() || next[1] < queues[1].size()) {
    std::array<bool, 2> ready{};
    for (const std::size_t side : {0U, 1U}) {
      ready[side] =
          next[side] < queues[side].size() && queues[side][next[side]]->seen <= told[1 - side];
    }
    REQUIRE((ready[0] || ready[1]));
    const std::size_t side = ready[0] && ready[1] ? random() % 2 : (ready[0] ? 0 : 1);
    const Piece& piece = *queues[side][next[side]++];
    talk.say(piece.side, piece.octets, told[1 - side] - piece.seen);
    told[side] += piece.octets.size();
  }
  talk.close();
  return talk.summary();
}

// The same with holes: of ten pieces one is lost, and seen by the other side all the same.
class Holed {
 public:
  Holed(const std::vector<Piece>& pieces, std::mt19937& random) : talk_(start(random)) {
    for (const Piece& piece : pieces) {
      const auto own = static_cast<std::size_t>(piece.side);
      const bool lost = random() % 10 == 0;
      if (lost) {
        talk_.gap(piece.side, piece.octets.size());
      } else {
        talk_.say(piece.side, piece.octets, streams_[1 - own].size() - piece.seen);
      }
      streams_[own] += lost ? std::string(piece.octets.size(), lost_octet) : piece.octets;
    }
    talk_.close(random() % 2 == 0 ? EndCause::fin : EndCause::capture_end);
  }

  // Commands are in their order, and stand where they are said to stand.
  void check_commands() const {
    StreamOffset end = 0;
    for (const smtp::Exchange& exchange : talk_.exchanges()) {
      if (!exchange.command || exchange.kind != smtp::ExchangeKind::command) continue;
      const smtp::Command& command = *exchange.command;
      INFO(command.name << " at " << command.extent.begin);
      REQUIRE(command.extent.begin >= end);
      end = command.extent.end;
      const std::string_view line =
          std::string_view(streams_[0]).substr(command.extent.begin, command.extent.size());
      REQUIRE(line.find(lost_octet) == std::string_view::npos);
      REQUIRE(ascii::starts_no_case(line, command.name));
    }
  }
  // Each reply begins with its code, and no two have an octet in common.
  void check_replies() const {
    std::map<StreamOffset, StreamOffset> extents;
    for (const smtp::Exchange& exchange : talk_.exchanges()) {
      for (const smtp::Reply& reply : exchange.replies) add(extents, reply);
      if (!exchange.auth) continue;
      for (const smtp::Reply& challenge : exchange.auth->challenges) add(extents, challenge);
    }
    StreamOffset end = 0;
    for (const auto& [begin, its_end] : extents) {
      REQUIRE(begin >= end);
      end = its_end;
    }
  }

 private:
  static constexpr char lost_octet = '\0';

  static smtp::Start start(std::mt19937& random) {
    return random() % 4 == 0 ? smtp::Start::midstream : smtp::Start::connection;
  }
  void add(std::map<StreamOffset, StreamOffset>& extents, const smtp::Reply& reply) const {
    const std::string_view text =
        std::string_view(streams_[1]).substr(reply.extent.begin, reply.extent.size());
    INFO(reply.code << " at " << reply.extent.begin);
    REQUIRE(text.find(std::to_string(reply.first_code)) != std::string_view::npos);
    REQUIRE(extents.emplace(reply.extent.begin, reply.extent.end).second);
  }

  test::Talk talk_;
  std::array<std::string, 2> streams_;
};

}  // namespace

TEST_CASE(
    "with holes: commands and replies are what was said, in their order, and each of them once") {
  for (std::uint32_t seed = 1; seed <= dialogues_with_holes; ++seed) {
    INFO("seed " << seed);
    const Dialogue dialogue(seed);
    std::mt19937 random(seed * 104729U);
    for (const bool in_pieces : {false, true}) {
      const Holed holed(in_pieces ? cut(dialogue.pieces(), random) : dialogue.pieces(), random);
      holed.check_commands();
      holed.check_replies();
    }
  }
}

TEST_CASE("neither cuts nor interleaving change the exchanges, of all commands") {
  std::map<Verb, unsigned> uses;
  for (std::uint32_t seed = 1; seed <= dialogues; ++seed) {
    INFO("seed " << seed);
    const Dialogue dialogue(seed);
    for (const auto& [verb, count] : dialogue.uses()) uses[verb] += count;
    std::mt19937 random(seed * 7919U);
    for (unsigned i = 0; i < plays_a_dialogue; ++i) {
      const auto pieces = i == 0 ? dialogue.pieces() : cut(dialogue.pieces(), random);
      REQUIRE(play(pieces, random) == dialogue.expected());
    }
  }
  for (const VerbInfo& row : smtp::verbs()) {
    INFO(row.name);
    CHECK(uses[row.verb] >= uses_of_a_verb_min);
  }
}
