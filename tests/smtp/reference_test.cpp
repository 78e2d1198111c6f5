#include "dissectors/smtp/reference.hpp"

#include "dissectors/base/ascii.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace smtpscope;
using smtp::Answered;
using smtp::Language;
using smtp::Verb;

namespace {

constexpr std::array languages{Language::en, Language::ko, Language::ja,
                               Language::zh, Language::tr, Language::id};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

// Strict: no overlong form, no surrogate, nothing above U+10FFFF, no control octet.
bool is_clean_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x20 || first == 0x7f) return false;
    const std::size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first >= 0x80 && (first < 0xc2 || first > 0xf4)) return false;
    if (at + more >= text.size()) return false;
    char32_t code = more == 0 ? first : first & (0x3fU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xc0U) != 0x80) return false;
      code = code << 6 | (next & 0x3fU);
    }
    if (more == 2 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return false;
    if (more == 3 && (code < 0x10000 || code > 0x10ffff)) return false;
    at += more + 1;
  }
  return true;
}

bool is_dialogue(std::string_view text) {
  return std::ranges::all_of(lines_of(text), [](std::string_view line) {
    return line.starts_with("C: ") || line.starts_with("S: ");
  });
}

bool is_said(std::string_view dialogue, char side, std::string_view beginning) {
  return std::ranges::any_of(lines_of(dialogue), [&](std::string_view line) {
    if (line.front() != side || !line.substr(3).starts_with(beginning)) return false;
    const std::string_view rest = line.substr(3 + beginning.size());
    return rest.empty() || rest.front() == ' ' || rest.front() == '-';
  });
}

// A keyword that a server of the dialogue offers in answer to EHLO.
bool is_offered(std::string_view dialogue, std::string_view keyword) {
  const std::string last = "250 " + std::string(keyword);
  const std::string more = "250-" + std::string(keyword);
  return is_said(dialogue, 'S', last) || is_said(dialogue, 'S', more);
}

std::string_view meaning(Verb verb, std::uint16_t code) {
  return smtp::reply_meaning(Answered::command, verb, code);
}

}  // namespace

TEST_CASE("find_language", "[reference]") {
  struct Row {
    const char* name;
    std::string_view in;
    std::optional<Language> out;
  };
  const auto row = GENERATE(values<Row>({
      {"the tag", "en", Language::en},
      {"Korean, as POSIX writes it", "ko_KR.UTF-8", Language::ko},
      {"Japanese, as POSIX writes it", "ja_JP.eucJP", Language::ja},
      {"Chinese with its script", "zh-Hans", Language::zh},
      {"Chinese with its script and place", "zh-Hans-CN", Language::zh},
      {"Chinese as POSIX writes it", "zh_CN", Language::zh},
      {"Turkish in upper case", "TR", Language::tr},
      {"Turkish with an encoding only", "tr.UTF-8", Language::tr},
      {"a modifier", "id@latin", Language::id},
      {"mixed case", "Ko-kr", Language::ko},
      {"nothing", "", std::nullopt},
      {"POSIX's own", "C", std::nullopt},
      {"POSIX's own with an encoding", "C.UTF-8", std::nullopt},
      {"a language that is not ours", "de_DE.UTF-8", std::nullopt},
      {"a longer word that begins as one of ours", "kok_IN", std::nullopt},
      {"three letters", "eng", std::nullopt},
      {"one letter", "e", std::nullopt},
      {"only a separator", "_KR", std::nullopt},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(smtp::find_language(row.in) == row.out); }
}

TEST_CASE("languages: each tag leads back to its language", "[reference]") {
  for (const Language language : languages) {
    CHECK(smtp::find_language(smtp::tag(language)) == language);
  }
}

TEST_CASE("languages: every command has texts, in its own language", "[reference]") {
  for (const Language language : languages) {
    for (const smtp::VerbInfo& row : smtp::verbs()) {
      DYNAMIC_SECTION(smtp::tag(language) << " " << row.name) {
        const smtp::VerbText text = smtp::verb_text(row.verb, language);
        const smtp::VerbText english = smtp::verb_text(row.verb, Language::en);
        CHECK_FALSE(text.meaning.empty());
        CHECK_FALSE(text.note.empty());
        CHECK(is_clean_utf8(text.meaning));
        CHECK(is_clean_utf8(text.note));
        CHECK(text.meaning.find("  ") == std::string_view::npos);
        CHECK(text.note.find("  ") == std::string_view::npos);
        const bool ends = text.meaning.ends_with(".") || text.meaning.ends_with("。");
        CHECK(ends);
        if (language != Language::en) {
          CHECK(text.meaning != english.meaning);
          CHECK(text.note != english.note);
        }
      }
    }
  }
}

TEST_CASE("languages: an unknown command has no text", "[reference]") {
  for (const Language language : languages) {
    CHECK(smtp::verb_text(Verb::unknown, language).meaning.empty());
    CHECK(smtp::verb_text(Verb::unknown, language).note.empty());
  }
}

TEST_CASE("languages: the English meaning is that of the verb table", "[reference]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    CHECK(smtp::verb_text(row.verb, Language::en).meaning == row.meaning);
  }
}

TEST_CASE("languages: Turkish is composed, with its own i", "[reference]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    const smtp::VerbText text = smtp::verb_text(row.verb, Language::tr);
    for (const std::string_view part : {text.meaning, text.note}) {
      CHECK(part.find("\u0307") == std::string_view::npos);  // a dot above of its own
      CHECK(part.find("I\u0307") == std::string_view::npos);
    }
  }
  CHECK(smtp::verb_text(Verb::ehlo, Language::tr).meaning.starts_with("İstemci"));
}

TEST_CASE("headings: all words in all languages", "[reference]") {
  for (const Language language : languages) {
    DYNAMIC_SECTION(smtp::tag(language)) {
      const smtp::Headings& words = smtp::headings(language);
      for (const std::string_view word :
           {words.command, words.category, words.syntax, words.meaning, words.example,
            words.replies, words.rfc, words.session, words.auth, words.message}) {
        CHECK_FALSE(word.empty());
        CHECK(is_clean_utf8(word));
      }
      if (language != Language::en) {
        CHECK(words.command != smtp::headings(Language::en).command);
        CHECK(words.auth != smtp::headings(Language::en).auth);
      }
    }
  }
}

TEST_CASE("reply codes: ascending, complete, found", "[reference]") {
  const auto rows = smtp::reply_codes();
  CHECK(std::ranges::is_sorted(rows, std::ranges::less_equal{}, &smtp::ReplyCodeInfo::code));
  for (const smtp::ReplyCodeInfo& row : rows) {
    DYNAMIC_SECTION(row.code) {
      CHECK(row.code >= 200);
      CHECK(row.code <= 599);
      CHECK(row.meaning.ends_with('.'));
      CHECK_FALSE(row.rfc.empty());
      REQUIRE(smtp::find_reply_code(row.code) != nullptr);
      CHECK(smtp::find_reply_code(row.code)->meaning == row.meaning);
    }
  }
  CHECK(smtp::find_reply_code(0) == nullptr);
  CHECK(smtp::find_reply_code(999) == nullptr);
  CHECK(smtp::find_reply_code(251 + 1000) == nullptr);
}

TEST_CASE("reply codes: what the verb table names is explained", "[reference]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    DYNAMIC_SECTION(row.name) {
      for (const auto codes : {row.success, row.failure}) {
        for (const std::uint16_t code : codes) {
          CAPTURE(code);
          CHECK(smtp::find_reply_code(code) != nullptr);
        }
      }
    }
  }
}

TEST_CASE("command replies: ordered, and none that the dialogue would not expect", "[reference]") {
  const auto rows = smtp::command_replies();
  CHECK(std::ranges::is_sorted(rows, std::ranges::less_equal{}, [](const auto& row) {
    return std::tuple(row.answered, row.verb, row.code);
  }));
  for (const smtp::CommandReplyInfo& row : rows) {
    CAPTURE(static_cast<int>(row.answered), static_cast<int>(row.verb), row.code);
    CHECK((row.verb == Verb::unknown) == (row.answered != Answered::command));
    CHECK(row.meaning.ends_with('.'));
    CHECK(smtp::reply_meaning(row.answered, row.verb, row.code) == row.meaning);
    CHECK(smtp::is_expected(row.answered, row.verb, row.code));
  }
}

TEST_CASE("command replies: every positive answer of a command has words of its own",
          "[reference]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    for (const std::uint16_t code : row.success) {
      CAPTURE(row.name, code);
      CHECK(meaning(row.verb, code) != smtp::find_reply_code(code)->meaning);
    }
  }
}

TEST_CASE("reply_meaning: the same code, another question", "[reference]") {
  struct Row {
    const char* name;
    Answered answered;
    Verb verb;
    std::uint16_t code;
    std::string_view has;  // a word that only this meaning has
  };
  const auto row = GENERATE(values<Row>({
      {"220 greeting", Answered::greeting, Verb::unknown, 220, "ready to begin"},
      {"220 STARTTLS", Answered::command, Verb::starttls, 220, "handshake"},
      {"220 XCLIENT", Answered::command, Verb::xclient, 220, "anew"},
      {"250 EHLO", Answered::command, Verb::ehlo, 250, "extensions"},
      {"250 MAIL", Answered::command, Verb::mail, 250, "transaction is open"},
      {"250 RCPT", Answered::command, Verb::rcpt, 250, "recipient is accepted"},
      {"250 RSET", Answered::command, Verb::rset, 250, "dropped"},
      {"250 end of data", Answered::end_of_data, Verb::data, 250, "responsibility"},
      {"250 BDAT", Answered::command, Verb::bdat, 250, "LAST"},
      {"421 greeting", Answered::greeting, Verb::unknown, 421, "session"},
      {"421 AUTH", Answered::command, Verb::auth, 421, "tries"},
      {"450 RCPT", Answered::command, Verb::rcpt, 450, "greylisting"},
      {"452 MAIL", Answered::command, Verb::mail, 452, "size"},
      {"452 RCPT", Answered::command, Verb::rcpt, 452, "recipients"},
      {"452 end of data", Answered::end_of_data, Verb::data, 452, "this message"},
      {"454 STARTTLS", Answered::command, Verb::starttls, 454, "TLS is not available"},
      {"454 AUTH", Answered::command, Verb::auth, 454, "login could not be checked"},
      {"503 RCPT", Answered::command, Verb::rcpt, 503, "MAIL before it"},
      {"503 DATA", Answered::command, Verb::data, 503, "RCPT before it"},
      {"503 AUTH", Answered::command, Verb::auth, 503, "logged in already"},
      {"503 MAIL", Answered::command, Verb::mail, 503, "too early"},
      {"530 MAIL", Answered::command, Verb::mail, 530, "login or STARTTLS"},
      {"530 AUTH", Answered::command, Verb::auth, 530, "STARTTLS must come"},
      {"550 greeting", Answered::greeting, Verb::unknown, 550, "before any command"},
      {"550 MAIL", Answered::command, Verb::mail, 550, "sender is refused"},
      {"550 RCPT", Answered::command, Verb::rcpt, 550, "no such mailbox"},
      {"550 VRFY", Answered::command, Verb::vrfy, 550, "no such user"},
      {"550 end of data", Answered::end_of_data, Verb::data, 550, "content"},
      {"552 MAIL", Answered::command, Verb::mail, 552, "SIZE"},
      {"552 RCPT", Answered::command, Verb::rcpt, 552, "mailbox is full"},
      {"552 end of data", Answered::end_of_data, Verb::data, 552, "larger"},
      {"554 greeting", Answered::greeting, Verb::unknown, 554, "No SMTP service"},
      {"554 DATA", Answered::command, Verb::data, 554, "No recipient"},
      {"554 end of data", Answered::end_of_data, Verb::data, 554, "transaction failed"},
      {"HELO borrows from EHLO", Answered::command, Verb::helo, 504, "full host name"},
      {"HELO has words of its own", Answered::command, Verb::helo, 250, "No extensions"},
      {"LHLO at an SMTP port", Answered::command, Verb::lhlo, 500, "not LMTP"},
      {"X-EXPS borrows from AUTH", Answered::command, Verb::x_exps, 334, "next step"},
      {"X-ANONYMOUSTLS borrows from STARTTLS", Answered::command, Verb::x_anonymoustls, 220,
       "handshake"},
      {"SAML borrows from MAIL", Answered::command, Verb::saml, 250, "transaction is open"},
      {"BDAT borrows from the end of data", Answered::command, Verb::bdat, 552, "larger"},
      {"BURL borrows from the end of data", Answered::command, Verb::burl, 452, "this message"},
      {"no special one: the general one", Answered::command, Verb::noop, 500, "does not know"},
      {"an unknown command", Answered::command, Verb::unknown, 502, "does not offer"},
      {"a code of no RFC", Answered::command, Verb::rcpt, 571, "block list"},
      {"an unlisted 2yz", Answered::command, Verb::rcpt, 299, "agrees"},
      {"an unlisted 3yz", Answered::command, Verb::rcpt, 399, "waits"},
      {"an unlisted 4yz", Answered::command, Verb::rcpt, 499, "for now"},
      {"an unlisted 5yz", Answered::command, Verb::rcpt, 599, "for good"},
      {"no code of SMTP", Answered::command, Verb::rcpt, 999, "No reply code"},
      {"no code at all", Answered::greeting, Verb::unknown, 0, "No reply code"},
  }));
  DYNAMIC_SECTION(row.name) {
    const std::string text(smtp::reply_meaning(row.answered, row.verb, row.code));
    CHECK_THAT(text, Catch::Matchers::Contains(std::string(row.has)));
  }
}

TEST_CASE("reply_meaning: never empty", "[reference]") {
  for (std::uint16_t code = 0; code < 1000; ++code) {
    for (const Answered answered : {Answered::greeting, Answered::command, Answered::end_of_data}) {
      if (smtp::reply_meaning(answered, Verb::unknown, code).empty()) FAIL("code " << code);
      if (smtp::reply_meaning(answered, Verb::rcpt, code).empty()) FAIL("code " << code);
    }
  }
}

TEST_CASE("reply_meaning: the verb plays no part for greeting and message", "[reference]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    for (const std::uint16_t code : std::to_array<std::uint16_t>({250, 452, 550, 554})) {
      for (const Answered answered : {Answered::greeting, Answered::end_of_data}) {
        CHECK(smtp::reply_meaning(answered, row.verb, code) ==
              smtp::reply_meaning(answered, Verb::unknown, code));
      }
    }
  }
}

TEST_CASE("is_expected: greeting, command, message", "[reference]") {
  struct Row {
    const char* name;
    Answered answered;
    Verb verb;
    std::uint16_t code;
    bool expected;
  };
  const auto row = GENERATE(values<Row>({
      {"greeting", Answered::greeting, Verb::unknown, 220, true},
      {"greeting too busy", Answered::greeting, Verb::unknown, 421, true},
      {"greeting of a host without mail", Answered::greeting, Verb::unknown, 521, true},
      {"greeting refused", Answered::greeting, Verb::unknown, 554, true},
      {"greeting put off", Answered::greeting, Verb::unknown, 451, true},
      {"greeting as an answer to HELO", Answered::greeting, Verb::unknown, 250, false},
      {"greeting of FTP or POP would be 2yz too", Answered::greeting, Verb::unknown, 221, false},
      {"greeting goes on", Answered::greeting, Verb::unknown, 354, false},
      {"greeting of NNTP", Answered::greeting, Verb::unknown, 200, false},
      {"command as in verb.hpp", Answered::command, Verb::data, 354, true},
      {"command of the wrong kind", Answered::command, Verb::data, 250, false},
      {"message taken", Answered::end_of_data, Verb::data, 250, true},
      {"message under PRDR", Answered::end_of_data, Verb::data, 353, true},
      {"message too large", Answered::end_of_data, Verb::data, 552, true},
      {"message refused", Answered::end_of_data, Verb::data, 554, true},
      {"message put off", Answered::end_of_data, Verb::data, 451, true},
      {"message without space", Answered::end_of_data, Verb::data, 452, true},
      {"message greylisted", Answered::end_of_data, Verb::data, 450, true},
      {"message refused by a policy", Answered::end_of_data, Verb::data, 550, true},
      {"message goes on", Answered::end_of_data, Verb::data, 354, false},
      {"message says goodbye", Answered::end_of_data, Verb::data, 221, false},
      {"message with a code out of range", Answered::end_of_data, Verb::data, 600, false},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(smtp::is_expected(row.answered, row.verb, row.code) == row.expected);
  }
}

TEST_CASE("enhanced codes: ascending, complete, found", "[reference]") {
  const auto rows = smtp::enhanced_codes();
  const auto place = [](const smtp::EnhancedInfo& row) {
    return std::pair(row.subject, row.detail);
  };
  CHECK(std::ranges::is_sorted(rows, std::ranges::less_equal{}, place));
  for (const smtp::EnhancedInfo& row : rows) {
    DYNAMIC_SECTION("X." << row.subject << "." << row.detail) {
      CHECK_FALSE(row.name.empty());
      CHECK(row.meaning.ends_with('.'));
      CHECK_FALSE(row.rfc.empty());
      CHECK_FALSE(smtp::subject_meaning(row.subject).empty());
      CHECK(smtp::find_enhanced(row.subject, row.detail) == &row);
    }
  }
}

TEST_CASE("enhanced codes: the registry's, subject by subject", "[reference]") {
  struct Row {
    const char* name;
    std::uint16_t subject;
    std::uint16_t last;  // the registry lists 0..last without a gap
  };
  const auto row = GENERATE(values<Row>({
      {"undefined", 0, 0},
      {"address", 1, 10},
      {"mailbox", 2, 4},
      {"system", 3, 6},
      {"network", 4, 7},
      {"protocol", 5, 6},
      {"content", 6, 10},
      {"policy", 7, 30},
  }));
  DYNAMIC_SECTION(row.name) {
    for (std::uint16_t detail = 0; detail <= row.last; ++detail) {
      CAPTURE(detail);
      CHECK(smtp::find_enhanced(row.subject, detail) != nullptr);
    }
    CHECK(smtp::find_enhanced(row.subject, static_cast<std::uint16_t>(row.last + 1)) == nullptr);
  }
}

TEST_CASE("enhanced codes: lookup", "[reference]") {
  CHECK(smtp::find_enhanced(1, 1)->name == "no such mailbox");
  CHECK(smtp::find_enhanced(2, 2)->name == "mailbox full");
  CHECK(smtp::find_enhanced(7, 23)->rfc == "RFC 7372");
  CHECK(smtp::find_enhanced(7, 30)->rfc == "RFC 8689");
  CHECK(smtp::find_enhanced(8, 0) == nullptr);
  CHECK(smtp::find_enhanced(7, 999) == nullptr);
  CHECK(smtp::find_enhanced(65535, 65535) == nullptr);
  CHECK(smtp::class_meaning(2) == "Success");
  CHECK(smtp::class_meaning(4) == "Temporary failure");
  CHECK(smtp::class_meaning(5) == "Permanent failure");
  CHECK(smtp::class_meaning(3).empty());
  CHECK(smtp::class_meaning(0).empty());
  CHECK(smtp::subject_meaning(7) == "security or policy");
  CHECK(smtp::subject_meaning(8).empty());
}

TEST_CASE("keywords: ordered, complete, found in any case", "[reference]") {
  const auto rows = smtp::keywords();
  CHECK(std::ranges::is_sorted(rows, std::ranges::less_equal{}, &smtp::KeywordInfo::keyword));
  for (const smtp::KeywordInfo& row : rows) {
    DYNAMIC_SECTION(row.keyword) {
      CHECK(row.meaning.ends_with('.'));
      CHECK_FALSE(row.rfc.empty());
      CHECK(smtp::find_keyword(row.keyword) == &row);
      std::string lower(row.keyword);
      std::ranges::transform(lower, lower.begin(), ascii::to_lower);
      CHECK(smtp::find_keyword(lower) == &row);
      CHECK(row.keyword == ascii::upper(row.keyword));
      if (row.standing == smtp::Standing::registered) CHECK(row.rfc.starts_with("RFC "));
      // The registry takes no name that begins with X (RFC 5321, 2.2.2).
      if (row.keyword.starts_with("X")) CHECK(row.standing == smtp::Standing::in_practice);
    }
  }
}

TEST_CASE("find_keyword: near misses and the old AUTH", "[reference]") {
  CHECK(smtp::find_keyword("") == nullptr);
  CHECK(smtp::find_keyword("SIZE=") == nullptr);
  CHECK(smtp::find_keyword("STARTTL") == nullptr);
  CHECK(smtp::find_keyword("XXXXXXXA") == nullptr);
  REQUIRE(smtp::find_keyword("auth=LOGIN") != nullptr);
  CHECK(smtp::find_keyword("auth=LOGIN")->keyword == "AUTH=");
  CHECK(smtp::find_keyword("AUTH")->rfc == "RFC 4954");
}

TEST_CASE("dialogues: one for every command, in which it is said", "[reference]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    DYNAMIC_SECTION(row.name) {
      const std::string_view text = smtp::example_dialogue(row.verb);
      REQUIRE_FALSE(text.empty());
      CHECK(is_dialogue(text));
      CHECK(is_said(text, 'C', row.name));
    }
  }
  CHECK(smtp::example_dialogue(Verb::unknown).empty());
}

TEST_CASE("dialogues: of a keyword, its offer or its use is shown", "[reference]") {
  std::size_t shown = 0;
  for (const smtp::KeywordInfo& row : smtp::keywords()) {
    const std::string_view text = smtp::example_dialogue_of_keyword(row.keyword);
    if (text.empty()) continue;
    ++shown;
    DYNAMIC_SECTION(row.keyword) {
      CHECK(is_dialogue(text));
      const std::string_view parameter = row.parameters.substr(0, row.parameters.find('='));
      const bool used = !row.parameters.empty() && text.find(parameter) != std::string_view::npos;
      const bool said = !row.verbs.empty() && is_said(text, 'C', row.verbs);
      const bool pipelined = row.keyword == "PIPELINING";
      CHECK((is_offered(text, row.keyword) || used || said || pipelined));
    }
  }
  CHECK(shown >= 30);
  for (const std::string_view keyword :
       {"CHUNKING", "PIPELINING", "STARTTLS", "SIZE", "DSN", "SMTPUTF8", "8BITMIME", "AUTH",
        "ENHANCEDSTATUSCODES", "LIMITS", "REQUIRETLS", "chunking", "AUTH=PLAIN"}) {
    CAPTURE(keyword);
    CHECK_FALSE(smtp::example_dialogue_of_keyword(keyword).empty());
  }
  CHECK(smtp::example_dialogue_of_keyword("NO-SUCH-THING").empty());
  CHECK(smtp::example_dialogue_of_keyword("").empty());
}

TEST_CASE("dialogues: of a reply code, the server gives it", "[reference]") {
  for (const smtp::ReplyCodeInfo& row : smtp::reply_codes()) {
    const std::string_view text = smtp::example_dialogue_of_code(row.code);
    if (text.empty()) continue;
    DYNAMIC_SECTION(row.code) {
      CHECK(is_dialogue(text));
      CHECK(is_said(text, 'S', std::to_string(row.code)));
    }
  }
  constexpr auto common =
      std::to_array<std::uint16_t>({220, 235, 250, 334, 354, 421, 450, 454, 503, 535, 550, 554});
  for (const std::uint16_t code : common) {
    CAPTURE(code);
    CHECK_FALSE(smtp::example_dialogue_of_code(code).empty());
  }
  CHECK(smtp::example_dialogue_of_code(0).empty());
  CHECK(smtp::example_dialogue_of_code(571).empty());
}

TEST_CASE("dialogues: the client's commands are in the verb table", "[reference]") {
  for (const smtp::VerbInfo& row : smtp::verbs()) {
    bool in_message = false;
    Verb last = Verb::unknown;
    for (const std::string_view line : lines_of(smtp::example_dialogue(row.verb))) {
      const std::string_view said = line.substr(3);
      if (line.front() == 'S') {
        in_message = in_message || said.starts_with("354");
        if (said.starts_with("EHLO")) break;  // ATRN: the roles are swapped
        continue;
      }
      if (said == ".") in_message = false;
      const bool free_text = in_message || said.starts_with('(') || said == "." ||
                             last == Verb::bdat || last == Verb::auth;
      const Verb verb = smtp::find_verb(said.substr(0, said.find(' ')));
      CAPTURE(row.name, said);
      const bool greeting_of_swapped_roles = row.verb == Verb::atrn && said.starts_with("220");
      CHECK((free_text || verb != Verb::unknown || greeting_of_swapped_roles));
      if (verb != Verb::unknown) last = verb;
    }
  }
}

TEST_CASE("dialogues: BDAT counts its octets right", "[reference]") {
  const auto lines = lines_of(smtp::example_dialogue(Verb::bdat));
  std::size_t chunks = 0;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (!lines[at].starts_with("C: BDAT ")) continue;
    ++chunks;
    const std::string_view number = lines[at].substr(8);
    std::size_t announced = 0;
    std::from_chars(number.data(), number.data() + number.size(), announced);
    std::size_t octets = 0;
    for (std::size_t next = at + 1; lines.at(next).starts_with("C: "); ++next) {
      octets += lines[next].size() - 3 + 2;  // without the mark, with CRLF
    }
    CHECK(octets == announced);
  }
  CHECK(chunks == 2);
}

TEST_CASE("texts: clean UTF-8 everywhere, and only reserved names", "[reference]") {
  std::vector<std::string_view> texts;
  for (const auto& row : smtp::verbs()) {
    CHECK(is_clean_utf8(row.syntax));
    texts.insert(texts.end(), {row.meaning, row.example, row.rfc});
    for (const auto line : lines_of(smtp::example_dialogue(row.verb))) texts.push_back(line);
  }
  for (const auto& row : smtp::reply_codes()) {
    texts.insert(texts.end(), {row.meaning, row.rfc});
    for (const auto line : lines_of(smtp::example_dialogue_of_code(row.code)))
      texts.push_back(line);
  }
  for (const auto& row : smtp::keywords()) {
    texts.insert(texts.end(), {row.meaning, row.verbs, row.parameters, row.rfc});
    for (const auto line : lines_of(smtp::example_dialogue_of_keyword(row.keyword))) {
      texts.push_back(line);
    }
  }
  for (const auto& row : smtp::command_replies()) texts.push_back(row.meaning);
  for (const auto& row : smtp::enhanced_codes()) {
    texts.insert(texts.end(), {row.name, row.meaning, row.rfc});
  }
  for (const std::string_view text : texts) {
    CAPTURE(text);
    CHECK(is_clean_utf8(text));
    for (std::size_t at = text.find('@'); at != std::string_view::npos;
         at = text.find('@', at + 1)) {
      const std::string_view domain = text.substr(at + 1);
      const std::string_view name = domain.substr(0, domain.find_first_of("> :;/,"));
      CHECK((name.ends_with("example.com") || name.ends_with("example.org") ||
             name.ends_with("example.net")));
    }
  }
}
