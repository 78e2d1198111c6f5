// The questions that the reference answers; its tables are in the files reference_*.cpp.
#include "dissectors/smtp/reference.hpp"

#include "dissectors/smtp/reference_texts.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <utility>

namespace smtpscope::smtp {
namespace {

struct LanguageTag {
  std::string_view tag;
  Language language = Language::en;
};
// In the order of the enumeration.
constexpr auto tags = std::to_array<LanguageTag>({{"en", Language::en},
                                                  {"ko", Language::ko},
                                                  {"ja", Language::ja},
                                                  {"zh", Language::zh},
                                                  {"tr", Language::tr},
                                                  {"id", Language::id}});

constexpr auto place(Answered answered, Verb verb, std::uint16_t code) {
  return std::tuple(answered, verb, code);
}
constexpr auto place_of(const CommandReplyInfo& row) {
  return place(row.answered, row.verb, row.code);
}

// The command that `verb` is a variant of, which its answers are borrowed from.
struct Kin {
  Answered answered = Answered::command;
  Verb verb = Verb::unknown;
};
constexpr Kin kin(Verb verb) {
  switch (verb) {
    case Verb::helo:
    case Verb::lhlo:
      return {Answered::command, Verb::ehlo};
    case Verb::x_anonymoustls:
      return {Answered::command, Verb::starttls};
    case Verb::x_exps:
      return {Answered::command, Verb::auth};
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      return {Answered::command, Verb::mail};
    case Verb::bdat:
    case Verb::burl:
      return {Answered::end_of_data, Verb::unknown};
    case Verb::unknown:
    case Verb::ehlo:
    case Verb::mail:
    case Verb::rcpt:
    case Verb::data:
    case Verb::rset:
    case Verb::noop:
    case Verb::quit:
    case Verb::vrfy:
    case Verb::expn:
    case Verb::help:
    case Verb::starttls:
    case Verb::auth:
    case Verb::etrn:
    case Verb::atrn:
    case Verb::turn:
    case Verb::xclient:
    case Verb::xforward:
    case Verb::xexch50:
      break;
  }
  return {};
}

std::string_view special_meaning(Answered answered, Verb verb, std::uint16_t code) noexcept {
  const auto rows = command_replies();
  const auto row = std::ranges::lower_bound(rows, place(answered, verb, code), {}, place_of);
  const bool found = row != rows.end() && place_of(*row) == place(answered, verb, code);
  return found ? row->meaning : std::string_view{};
}

VerbText text_of(Verb verb, Language language) noexcept {
  switch (language) {
    case Language::en:
      return text_en(verb);
    case Language::ko:
      return text_ko(verb);
    case Language::ja:
      return text_ja(verb);
    case Language::zh:
      return text_zh(verb);
    case Language::tr:
      return text_tr(verb);
    case Language::id:
      return text_id(verb);
  }
  return {};
}

std::string_view meaning_of_class(std::uint16_t code) noexcept {
  switch (code / 100) {
    case 2:
      return "The server agrees.";
    case 3:
      return "The server agrees so far and waits for what belongs to it.";
    case 4:
      return "The server refuses for now; the same may succeed later.";
    case 5:
      return "The server refuses for good; the same will be refused again.";
    default:
      return "No reply code of SMTP, where the first digit is 2, 3, 4 or 5.";
  }
}

}  // namespace

std::optional<Language> find_language(std::string_view tag) noexcept {
  const std::string_view primary = tag.substr(0, tag.find_first_of("-_.@"));
  const auto* const row = std::ranges::find_if(tags, [&](const LanguageTag& candidate) {
    return ascii::equal_no_case(candidate.tag, primary);
  });
  if (row == tags.end()) return std::nullopt;
  return row->language;
}

std::string_view tag(Language language) noexcept {
  return tags[static_cast<std::size_t>(language)].tag;
}

std::string_view reply_meaning(Answered answered, Verb verb, std::uint16_t code) noexcept {
  const bool is_command = answered == Answered::command;
  const auto special = special_meaning(answered, is_command ? verb : Verb::unknown, code);
  if (!special.empty()) return special;
  if (is_command) {
    const Kin relative = kin(verb);
    const auto borrowed = special_meaning(relative.answered, relative.verb, code);
    if (!borrowed.empty()) return borrowed;
  }
  const ReplyCodeInfo* const general = find_reply_code(code);
  return general != nullptr ? general->meaning : meaning_of_class(code);
}

bool is_expected(Answered answered, Verb verb, std::uint16_t code) noexcept {
  const bool is_refusal = code >= 400 && code <= 599;
  switch (answered) {
    case Answered::greeting:
      return code == 220 || is_refusal;
    case Answered::command:
      return is_expected(verb, code);
    case Answered::end_of_data:
      return code == 250 || code == 353 || is_refusal;
  }
  return false;
}

const EnhancedInfo* find_enhanced(std::uint16_t subject, std::uint16_t detail) noexcept {
  const auto rows = enhanced_codes();
  const auto at = [](const EnhancedInfo& row) { return std::pair(row.subject, row.detail); };
  const auto row = std::ranges::lower_bound(rows, std::pair(subject, detail), {}, at);
  return row != rows.end() && at(*row) == std::pair(subject, detail) ? &*row : nullptr;
}

std::string_view class_meaning(std::uint8_t class_digit) noexcept {
  switch (class_digit) {
    case 2:
      return "Success";
    case 4:
      return "Temporary failure";
    case 5:
      return "Permanent failure";
    default:
      return {};
  }
}

std::string_view subject_meaning(std::uint16_t subject) noexcept {
  constexpr auto subjects = std::to_array<std::string_view>(
      {"undefined", "the address", "the mailbox", "the mail system", "the network and routing",
       "the mail protocol", "the content of the message", "security or policy"});
  return subject < subjects.size() ? subjects[subject] : std::string_view{};
}

const KeywordInfo* find_keyword(std::string_view keyword) noexcept {
  const auto rows = keywords();
  const std::string_view name = ascii::starts_no_case(keyword, "AUTH=") ? "AUTH=" : keyword;
  const auto row = std::ranges::find_if(rows, [&](const KeywordInfo& candidate) {
    return ascii::equal_no_case(candidate.keyword, name);
  });
  return row != rows.end() ? &*row : nullptr;
}

VerbText verb_text(Verb verb, Language language) noexcept {
  const VerbText text = text_of(verb, language);
  return text.meaning.empty() ? text_en(verb) : text;
}

const Headings& headings(Language language) noexcept {
  switch (language) {
    case Language::en:
      break;
    case Language::ko:
      return headings_ko();
    case Language::ja:
      return headings_ja();
    case Language::zh:
      return headings_zh();
    case Language::tr:
      return headings_tr();
    case Language::id:
      return headings_id();
  }
  return headings_en();
}

}  // namespace smtpscope::smtp
