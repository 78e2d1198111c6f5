#include "analyzer/render/gloss.hpp"

#include "analyzer/render/escape.hpp"
#include "tests/support/catch.hpp"

namespace smtpscope::render {
namespace {

smtp::Exchange exchange_of(smtp::Verb verb, std::string argument) {
  smtp::Exchange exchange;
  exchange.command.emplace();
  exchange.command->verb = verb;
  exchange.command->name =
      verb == smtp::Verb::unknown ? "FOO" : std::string(smtp::info(verb)->name);
  exchange.command->argument = std::move(argument);
  return exchange;
}

smtp::Reply reply_of(std::uint16_t code, std::string text = "Ok") {
  smtp::Reply reply;
  reply.code = reply.first_code = code;
  reply.enhanced = smtp::parse_enhanced(text);
  reply.text.push_back(std::move(text));
  return reply;
}

}  // namespace

TEST_CASE("each command has a gloss that fits beside it, and a meaning") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    const smtp::Exchange exchange = exchange_of(row.verb, "");
    INFO(row.name);
    CHECK_FALSE(gloss_of_command(exchange).empty());
    CHECK(display_width(gloss_of_command(exchange)) <= 36);
    CHECK_FALSE(meaning_of_command(*exchange.command).empty());
  }
}

TEST_CASE("glosses say what is special about a line") {
  CHECK(gloss_of_command(exchange_of(smtp::Verb::mail, "FROM:<>")) ==
        "opens a mail: no sender, a report");
  CHECK(gloss_of_command(exchange_of(smtp::Verb::mail, "FROM:<alice@example.net> AUTH=<>")) ==
        "opens a mail: the sender");
  CHECK(gloss_of_command(exchange_of(smtp::Verb::bdat, "86 LAST")) == "the message's last piece");
  CHECK(gloss_of_command(exchange_of(smtp::Verb::bdat, "86")) == "a piece of the message");
  CHECK(gloss_of_command(exchange_of(smtp::Verb::unknown, "")) == "no command of SMTP");
  smtp::Exchange login = exchange_of(smtp::Verb::auth, "LOGIN");
  login.auth.emplace();
  CHECK(gloss_of_command(login) == "logs in");
  login.auth->user = "alice";
  CHECK(gloss_of_command(login) == "logs in as alice");
}

TEST_CASE("what a reply says depends on what it answers") {
  const auto rcpt = exchange_of(smtp::Verb::rcpt, "TO:<bob@example.com>");
  CHECK(gloss_of_reply(rcpt, reply_of(250)) == "recipient accepted");
  CHECK(gloss_of_reply(rcpt, reply_of(550)).empty());  // a refusal deserves a sentence
  CHECK(gloss_of_reply(exchange_of(smtp::Verb::bdat, "9 LAST"), reply_of(250)) ==
        "message accepted");
  smtp::Exchange greeting;
  greeting.kind = smtp::ExchangeKind::greeting;
  CHECK(gloss_of_reply(greeting, reply_of(220)) == "ready");
  smtp::Exchange message = exchange_of(smtp::Verb::unknown, "");
  message.kind = smtp::ExchangeKind::end_of_data;
  CHECK(gloss_of_reply(message, reply_of(250)) == "message accepted");
  CHECK(meaning_of_reply(message, reply_of(250)) != meaning_of_reply(rcpt, reply_of(250)));
}

TEST_CASE("an enhanced status code adds to the meaning where it says more") {
  const auto rcpt = exchange_of(smtp::Verb::rcpt, "TO:<bob@example.com>");
  const std::string plain = meaning_of_reply(rcpt, reply_of(550));
  CHECK_FALSE(plain.empty());
  const std::string more = meaning_of_reply(rcpt, reply_of(550, "5.1.1 no"));
  CHECK(more.starts_with(plain + " 5.1.1: "));
  CHECK(meaning_of_reply(rcpt, reply_of(550, "5.0.0 no")) == plain);
  CHECK(meaning_of_reply(rcpt, reply_of(550, "5.99.99 no")) == plain);
  CHECK(meaning_of_reply(rcpt, reply_of(250, "2.1.5 ok")) == meaning_of_reply(rcpt, reply_of(250)));
  CHECK_FALSE(meaning_of_reply(rcpt, reply_of(0)).empty());
  CHECK(to_string(smtp::EnhancedCode{5, 7, 26}) == "5.7.26");
}

}  // namespace smtpscope::render
