#include "analyzer/render/redact.hpp"

#include "dissectors/base/ascii.hpp"
#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

#include <random>

namespace smtpscope::render {
namespace {

using test::base64;

const std::string nul(1, '\0');

smtp::Command command(smtp::Verb verb, std::string name, std::string argument) {
  smtp::Command command;
  command.verb = verb;
  command.name = std::move(name);
  command.argument = std::move(argument);
  return command;
}

// A session with one login, as the dialogue tells it.
session::Session login(const std::string& mechanism, const std::string& user,
                       std::vector<std::string> responses) {
  session::Session session;
  smtp::Exchange exchange;
  exchange.command = command(smtp::Verb::auth, "AUTH", mechanism + ' ' + responses.front());
  exchange.auth.emplace();
  exchange.auth->mechanism = mechanism;
  exchange.auth->user = user;
  exchange.auth->initial_response = true;
  exchange.auth->responses = std::move(responses);
  session.exchanges.push_back(std::move(exchange));
  return session;
}

session::Session plain_login() {
  return login("PLAIN", "alice@example.net",
               {base64(nul + "alice@example.net" + nul + "correct horse")});
}

std::string cleaned(const session::Session& session, std::string_view text) {
  std::string scratch;
  return std::string(Redactor(session, Secrets::mask).clean(text, scratch));
}

// As "NAME|argument".
std::string shown(const session::Session& session, const smtp::Command& command,
                  Secrets secrets = Secrets::mask) {
  std::string scratch;
  const auto line = Redactor(session, secrets).command(command, scratch);
  return std::string(line.name) + '|' + std::string(line.argument);
}

}  // namespace

TEST_CASE("a secret is masked wherever it turns up") {
  const std::string response = base64(nul + "alice@example.net" + nul + "correct horse");
  struct Row {
    const char* name;
    std::string text;
    std::string cleaned;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {"nothing of it", "535 5.7.8 Error", "535 5.7.8 Error"},
      {"empty", "", ""},
      {"the user", "535 no alice@example.net here", "535 no alice@example.net here"},
      {"the password", "535 wrong: correct horse!", "535 wrong: ***!"},
      {"twice", "correct horse, correct horse", "***, ***"},
      {"at both ends", "correct horse-correct horse", "***-***"},
      {"side by side", "correct horsecorrect horse", "***"},
      {"the response as sent", "500 what is " + response + "?", "500 what is ***?"},
      {"its beginning, as servers quote it", "500 what is " + response.substr(0, 12) + "...",
       "500 what is ***..."},
      {"the beginning of the password", "wrong: \"correct h\"", "wrong: \"***\""},
      {"too little of it", "wrong: \"correct\"", "wrong: \"correct\""},
      {"the decoded response", "got " + nul + "alice@example.net" + nul + "correct horse",
       "got ***"},
      {"base64 of the password", "got " + base64("correct horse"), "got ***"},
      {"... one octet further", "got " + base64("xcorrect horse"), "got ***"},
      {"... two octets further, and more behind", "got " + base64("xycorrect horse and more") + '.',
       "got ***."},
      {"inside something else", "a=" + base64("user=alice;password=correct horse;x=1") + ";b",
       "***;b"},
  }));
  DYNAMIC_SECTION(row.name) {
    const std::string cleaned_text = cleaned(plain_login(), row.text);
    CHECK(cleaned_text == row.cleaned);
    std::string scratch;
    CHECK(Redactor(plain_login(), Secrets::show).clean(row.text, scratch) == row.text);
  }
}

TEST_CASE("secrets that overlap leave nothing between them") {
  auto session = login("LOGIN", "", {base64("abcd1234")});
  session.exchanges.push_back(login("LOGIN", "", {base64("1234efgh")}).exchanges.front());
  CHECK(cleaned(session, "x abcd1234efgh y") == "x *** y");
}

TEST_CASE("what is no secret by itself stays") {
  SECTION("a password of three octets would be found everywhere") {
    CHECK(cleaned(login("PLAIN", "bob", {base64(nul + "bob" + nul + "abc")}), "abc abc") ==
          "abc abc");
  }
  SECTION("a password that is the user's name") {
    CHECK(cleaned(login("PLAIN", "alice", {base64(nul + "alice" + nul + "alice")}), "for alice") ==
          "for alice");
  }
  SECTION("OAuth's user field") {
    const auto session = login("XOAUTH2", "alice@example.net",
                               {base64("user=alice@example.net\1auth=Bearer ya29.token\1\1")});
    CHECK(cleaned(session, "user=alice@example.net") == "user=alice@example.net");
    CHECK(cleaned(session, "token ya29.token is stale") == "token *** is stale");
    CHECK(cleaned(session, "auth=Bearer ya29.token") == "***");
  }
  SECTION("CRAM-MD5's user") {
    const auto session =
        login("CRAM-MD5", "alice@example.net", {base64("alice@example.net 0123456789abcdef")});
    CHECK(cleaned(session, "no alice@example.net") == "no alice@example.net");
    CHECK(cleaned(session, "digest 0123456789abcdef") == "digest ***");
    CHECK(cleaned(session, "alice@example.net 0123456789abcdef") == "***");
  }
}

TEST_CASE("what of a command is shown") {
  const auto session = plain_login();
  const auto auth = [](std::string argument) {
    return command(smtp::Verb::auth, "AUTH", std::move(argument));
  };
  CHECK(shown(session, auth("PLAIN AGFsaWNl")) == "AUTH|PLAIN ***");
  CHECK(shown(session, auth("PLAIN AGFsaWNl"), Secrets::show) == "AUTH|PLAIN AGFsaWNl");
  CHECK(shown(session, auth("plain\tx")) == "AUTH|plain ***");
  CHECK(shown(session, auth("PLAIN  a  b")) == "AUTH|PLAIN ***");
  CHECK(shown(session, auth(" LOGIN ")) == "AUTH|LOGIN");
  CHECK(shown(session, auth("SCRAM-SHA-256-PLUS n,,x")) == "AUTH|SCRAM-SHA-256-PLUS ***");
  CHECK(shown(session, auth("")) == "AUTH|");
  // The mechanism was forgotten: this is the response.
  CHECK(shown(session, auth("AGFsaWNlAGNvcnJlY3QgaG9yc2U=")) == "AUTH|***");
  CHECK(shown(session, auth("AGFsaWNlAGNvcnJlY3QgaG9yc2UK")) == "AUTH|***");
  CHECK(shown(session, command(smtp::Verb::x_exps, "X-EXPS", "LOGIN x")) == "X-EXPS|LOGIN ***");
  CHECK(shown(session, command(smtp::Verb::ehlo, "EHLO", "correct horse")) == "EHLO|***");
  CHECK(shown(session, command(smtp::Verb::unknown, "FOO", "bar")) == "FOO|bar");
  CHECK(shown(session, command(smtp::Verb::unknown, "correct", "horse")) == "***|");
  CHECK(shown(session, command(smtp::Verb::unknown, "say", "correct horse")) == "say ***|");
  auto stray = command(smtp::Verb::unknown, "Y29ycmVjdA==", "");
  stray.secret = true;
  CHECK(shown(session, stray) == "***|");
  CHECK(shown(session, stray, Secrets::show) == "Y29ycmVjdA==|");
}

TEST_CASE("a stray answer is a secret in what follows, too") {
  session::Session session;
  smtp::Exchange exchange;
  exchange.command = command(smtp::Verb::unknown, base64("correct horse"), "");
  exchange.command->secret = true;
  session.exchanges.push_back(std::move(exchange));
  CHECK(cleaned(session, "502 unknown: " + base64("correct horse")) == "502 unknown: ***");
  CHECK(cleaned(session, "correct horse") == "***");
}

TEST_CASE("a response that stands in the place of a mechanism is a secret, in capitals too") {
  const std::string response = base64(nul + "alice" + nul + "correct horse");
  session::Session session;
  smtp::Exchange exchange;
  exchange.command = command(smtp::Verb::auth, "AUTH", response);
  exchange.auth.emplace();
  exchange.auth->mechanism = ascii::upper(response);  // as begin_auth() reads it
  session.exchanges.push_back(exchange);
  CHECK(cleaned(session, "501 " + response) == "501 ***");
  CHECK(cleaned(session, "AUTH " + ascii::upper(response) + " was refused") ==
        "AUTH *** was refused");
  CHECK(Redactor(session, Secrets::mask).mechanism(exchange) == masked);
  exchange.command->argument = "Plain x";
  exchange.auth->mechanism = "PLAIN";
  CHECK(Redactor(session, Secrets::mask).mechanism(exchange) == "PLAIN");
}

TEST_CASE("the token of BURL opens the message, so it is a secret") {
  session::Session session;
  smtp::Exchange exchange;
  const std::string url =
      "imap://alice@mail.example.com/Sent/"
      ";uid=7;urlauth=submit+alice:internal:91354a473744909de610943775f92038";
  exchange.command = command(smtp::Verb::burl, "BURL", url + " LAST");
  session.exchanges.push_back(exchange);
  CHECK(shown(session, *exchange.command) ==
        "BURL|imap://alice@mail.example.com/Sent/;uid=7;urlauth=submit+alice:internal:*** LAST");
  exchange.command->argument = "imap://mail.example.com/x LAST";
  session.exchanges = {exchange};
  CHECK(shown(session, *exchange.command) == "BURL|imap://mail.example.com/x LAST");
}

TEST_CASE("a set of secrets finds the same as looking for each of them") {
  std::mt19937 random(42);
  // Few letters, so that secrets share beginnings and contain each other.
  const auto word = [&](std::size_t least, std::size_t most) {
    std::string text;
    for (std::size_t length = least + random() % (most - least + 1); length > 0; --length)
      text += "ab"[random() % 2];
    return text;
  };
  for (int round = 0; round < 2'000; ++round) {
    SecretSet set;
    std::vector<std::string> whole;
    std::vector<std::string> begun;
    for (std::size_t count = random() % 8; count > 0; --count) {
      (random() % 2 == 0 ? whole : begun).push_back(word(1, 12));
    }
    for (const auto& secret : whole) set.add(secret, SecretSet::Match::whole);
    for (const auto& secret : begun) set.add(secret, SecretSet::Match::beginning);
    set.seal();
    const std::string text = word(0, 16);
    std::size_t expected = 0;
    for (const auto& secret : whole) {
      if (secret.size() >= 4 && text.starts_with(secret))
        expected = std::max(expected, secret.size());
    }
    for (const auto& secret : begun) {
      std::size_t common = 0;
      while (common < std::min(secret.size(), text.size()) && secret[common] == text[common])
        ++common;
      const bool is_found = secret.size() >= 4 && common >= std::min<std::size_t>(8, secret.size());
      if (is_found) expected = std::max(expected, common);
    }
    if (set.match(text) != expected)
      FAIL("round " << round << ": " << text << ' ' << set.match(text) << " is not " << expected);
  }
}

TEST_CASE("many secrets and much text are no way to hang anybody") {
  session::Session session;
  for (int i = 0; i < 20'000; ++i) {
    session.exchanges.push_back(
        login("PLAIN", "a", {base64(nul + "a" + nul + "password" + std::to_string(i))})
            .exchanges.front());
  }
  const Redactor redactor(session, Secrets::mask);
  const std::string text(1'000'000, 'A');
  std::string scratch;
  CHECK(redactor.clean(text, scratch) == text);
}

TEST_CASE("nor are long secrets that repeat themselves") {
  const std::size_t octets = 45'000;
  const std::string text(1'000'000, '-');
  std::string scratch;
  SECTION("the text is made of the secret") {
    const Redactor redactor(login("X", "", {base64(std::string(octets, '-'))}), Secrets::mask);
    CHECK(redactor.clean(text, scratch) == masked);
  }
  SECTION("the text begins like the secret everywhere") {
    const std::string secret = std::string(octets, '-') + "alice" + std::string(octets, '-');
    const Redactor redactor(login("X", "alice", {base64(secret)}), Secrets::mask);
    CHECK(redactor.clean(text, scratch) == text);
  }
  SECTION("in base64 as well") {
    const std::string encoded = base64(std::string(octets, '-'));
    std::string all;
    while (all.size() < 1'000'000) all += encoded.substr(0, 30'000) + '.';
    const Redactor redactor(login("X", "", {encoded}), Secrets::mask);
    CHECK(redactor.clean(all, scratch).find("LS0t") == std::string::npos);
  }
}

}  // namespace smtpscope::render
