#pragma once
// The reference: what reply codes, enhanced status codes and EHLO keywords mean, in general and in
// answer to a given command; and worked examples. Static text written for this project.
//
// Sources: RFC 5321 and the RFCs that each row names; the IANA registries "SMTP Enhanced Status
// Codes" and "Mail Parameters" (SMTP Service Extensions).
#include "dissectors/smtp/verb.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace smtpscope::smtp {

enum class Language : std::uint8_t { en, ko, ja, zh, tr, id };
// "ko", "ko_KR.UTF-8", "zh-Hans" ...; nothing if it is none of ours.
[[nodiscard]] std::optional<Language> find_language(std::string_view tag) noexcept;
// "en", "ko", ...
[[nodiscard]] std::string_view tag(Language language) noexcept;

// A command's texts in a language. Falls back to English where a command has no translation.
struct VerbText {
  std::string_view meaning;  // one or two sentences: what the client asks
  std::string_view note;     // what to know in practice; may be empty
};
[[nodiscard]] VerbText verb_text(Verb verb, Language language) noexcept;
// The heading words of the table in a language: "Command", "Category", "Syntax", ...
struct Headings {
  std::string_view command, category, syntax, meaning, example, replies, rfc;
  std::string_view session, auth, message;  // the categories
};
[[nodiscard]] const Headings& headings(Language language) noexcept;

struct ReplyCodeInfo {
  std::uint16_t code = 0;
  std::string_view meaning;  // in general, one sentence
  std::string_view rfc;
};
[[nodiscard]] std::span<const ReplyCodeInfo> reply_codes() noexcept;  // ascending
[[nodiscard]] const ReplyCodeInfo* find_reply_code(std::uint16_t code) noexcept;

// What a reply answers: the connection itself, a command, or the message (the dot after DATA).
enum class Answered : std::uint8_t { greeting, command, end_of_data };
// What `code` says in answer to `verb`: the special meaning where there is one (454 to STARTTLS is
// not 454 to AUTH), else the general one, else what the class of the code says. Never empty. The
// verb matters for Answered::command only; each BDAT and BURL is a command that is answered as one.
[[nodiscard]] std::string_view reply_meaning(Answered answered, Verb verb,
                                             std::uint16_t code) noexcept;

struct CommandReplyInfo {
  Answered answered = Answered::command;
  Verb verb = Verb::unknown;
  std::uint16_t code = 0;
  std::string_view meaning;
};
// In order of what is answered, verb, code. Greeting and end of data stand under Verb::unknown.
[[nodiscard]] std::span<const CommandReplyInfo> command_replies() noexcept;

// is_expected() of verb.hpp for all that can be answered: a greeting is 220 or a refusal; the
// message is taken with 250 (or 353, where PRDR answers for each recipient first) or refused.
[[nodiscard]] bool is_expected(Answered answered, Verb verb, std::uint16_t code) noexcept;

// RFC 3463's class.subject.detail. The registry lists them as X.subject.detail.
struct EnhancedCode {
  std::uint8_t class_digit = 0;  // 2, 4, 5
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;
  friend bool operator==(const EnhancedCode&, const EnhancedCode&) = default;
};
struct EnhancedInfo {
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;
  std::string_view name;     // the registry's short name, in our words
  std::string_view meaning;  // one sentence
  std::string_view rfc;
};
[[nodiscard]] std::span<const EnhancedInfo> enhanced_codes() noexcept;  // ascending
[[nodiscard]] const EnhancedInfo* find_enhanced(std::uint16_t subject,
                                                std::uint16_t detail) noexcept;
// "Permanent failure", "Temporary failure", "Success"; empty for any other digit.
[[nodiscard]] std::string_view class_meaning(std::uint8_t class_digit) noexcept;
// What the subject is about: "the mailbox" for 2; empty above 7.
[[nodiscard]] std::string_view subject_meaning(std::uint16_t subject) noexcept;

enum class Standing : std::uint8_t {
  registered,   // in IANA's registry, and in use or usable
  obsolete,     // in the registry once or still, replaced or given up
  in_practice,  // in no registry; met on the wire
};
struct KeywordInfo {
  std::string_view keyword;     // "CHUNKING"
  std::string_view meaning;     // one sentence
  std::string_view verbs;       // commands it adds, "BDAT"; may be empty
  std::string_view parameters;  // parameters it adds to MAIL or RCPT, "SIZE="; may be empty
  std::string_view rfc;         // "RFC 3030", or "no RFC; Exim" for one that is in practice only
  Standing standing = Standing::registered;
};
[[nodiscard]] std::span<const KeywordInfo> keywords() noexcept;  // in order of name
// In any case; every keyword that begins with "AUTH=" is the old form of AUTH.
[[nodiscard]] const KeywordInfo* find_keyword(std::string_view keyword) noexcept;

// A worked dialogue for a command ("C: ..." and "S: ..." lines, \n between them).
[[nodiscard]] std::string_view example_dialogue(Verb verb) noexcept;
// The same for an EHLO keyword; empty if the keyword has none of its own.
[[nodiscard]] std::string_view example_dialogue_of_keyword(std::string_view keyword) noexcept;
// A situation in which a server gives this reply code; empty for rare ones.
[[nodiscard]] std::string_view example_dialogue_of_code(std::uint16_t code) noexcept;

}  // namespace smtpscope::smtp
