#include "dissectors/mail/words.hpp"

#include "tests/support/catch.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;

TEST_CASE("encoded words, in every character set that the field has") {
  struct Row {
    const char* name;
    std::string_view field, decoded;
  };
  const auto row = GENERATE(values<Row>({
      {"none", "a subject", "a subject"},
      {"Q", "=?UTF-8?Q?caf=C3=A9_au_lait?=", "caf\xC3\xA9 au lait"},
      {"B", "=?utf-8?B?44GT44KT44Gr44Gh44Gv?=",
       "\xE3\x81\x93\xE3\x82\x93\xE3\x81\xAB\xE3\x81\xA1\xE3\x81\xAF"},
      {"another set", "=?ISO-8859-1?Q?M=FCller?= AG", "M\xC3\xBCller AG"},
      {"two in a row are joined", "=?UTF-8?Q?one?= =?UTF-8?Q?two?=", "onetwo"},
      {"a character cut in two, base64",
       "=?UTF-8?B?44GT44I=?= =?UTF-8?B?kw==?=", "\xE3\x81\x93\xE3\x82\x93"},
      {"a character of two octets cut in two, base64",
       "=?UTF-8?B?Y2Fmww==?=\r\n =?utf-8?b?qQ==?= au", "caf\xC3\xA9 au"},
      {"a character cut in two, Q", "Re: =?UTF-8?Q?caf=C3?= =?utf-8?q?=A9_au?= lait",
       "Re: caf\xC3\xA9 au lait"},
      {"a character cut in three",
       "=?UTF-8?Q?=E3?= =?UTF-8?Q?=81?= =?UTF-8?Q?=93?=", "\xE3\x81\x93"},
      {"of two character sets",
       "=?UTF-8?Q?caf=C3=A9?= =?ISO-8859-1?Q?=FC?=", "caf\xC3\xA9\xC3\xBC"},
      {"in two encodings", "=?UTF-8?Q?caf=C3=A9?= =?UTF-8?B?w7w=?=", "caf\xC3\xA9\xC3\xBC"},
      {"with a word between them", "=?UTF-8?Q?a?= b =?UTF-8?Q?c?=", "a b c"},
      {"joined in front of a word that is none", "=?UTF-8?Q?a=C3?= =?UTF-8?Q?=A9?= =?UTF-8",
       "a\xC3\xA9 =?UTF-8"},
      {"joined, blanks at the end", "=?UTF-8?Q?a?= =?UTF-8?Q?b?=  ", "ab  "},
      {"small letters in the digits", "=?UTF-8?q?=c3=a9?= =?UTF-8?q?=c3=BC?=", "\xC3\xA9\xC3\xBC"},
      {"a language behind the set", "=?UTF-8*en?Q?a?= =?UTF-8*en?Q?b?=", "ab"},
      {"a NUL ends it", std::string_view("=?UTF-8?Q?a?=\0b", 15), "a"},
      {"never ended", "=?UTF-8?Q?caf", "=?UTF-8?Q?caf"},
      {"no word in it", "a =? b ?= c", "a =? b ?= c"},
  }));
  DYNAMIC_SECTION(row.name) { CHECK(mail::decode_words(row.field) == row.decoded); }
}

TEST_CASE("hostile fields are decoded, or stay") {
  const std::string_view odd[] = {
      "=?\xff\xfe?Q?=?=", "=?UTF-8?B?====?=", "=?no-such-set?Q?abc?=", "=?UTF-8?X?abc?=",
      "=?UTF-8?Q?=1b[31m?=", "=?a?", "=?a?Q", "=?a?Q?", "=?a?Q?x?", "=?a?B?=?= =?a?B?==?=",
      "=?"
      "?=",
      "=?=?=?=?=?=", "=?UTF-8?Q?=ZZ?=",
      // Broken digits, in the first word and in one that would be
      // joined.
      "=?UTF-8?B?q!==?= =?UTF-8?B?qQ==?=", "=?UTF-8?B?qQ==?= =?UTF-8?B?q!==?=",
      "=?UTF-8?B?qQ=?= =?UTF-8?B?qQ=x?=", "=?UTF-8?B?q===?= =?UTF-8?B?====?=",
      "=?UTF-8?Q?=4?= =?UTF-8?Q?=4G?=", "=?UTF-8?Q?=G4?= =?UTF-8?Q?=?=",
      "=?UTF-8?X?a?= =?UTF-8?X?b?=", "=?UTF-8?Q?a?= =?UTF-8?Q",
      "=?UTF-8?Q?a?= =?UTF-8?QQ?b?=", "=?UTF-8?Q?a?b"};
  for (const std::string_view field : odd) {
    INFO(field);
    CHECK(mail::decode_words(field).size() < 64);
  }
  CHECK(mail::decode_words(std::string(100'000, '=') + "?x?=").size() <= 100'004);
}
