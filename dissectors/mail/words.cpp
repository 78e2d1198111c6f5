#include "dissectors/mail/words.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/mail/gmime.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>

namespace smtpscope::mail {
namespace {

// ---- Words that belong together -----------------------------------------------------------------
// Each word ought to be whole characters (RFC 2047, 5), but many mailers cut by octets:
//
//     =?UTF-8?Q?caf=C3?= =?UTF-8?Q?=A9?=      "é" begins in the first and ends in the second
//
// GMime decodes each by itself, so words of one character set and encoding are made one before.
struct Word {
  std::string_view charset;
  char encoding = 0;  // Q or B
  std::string_view text;
  std::size_t end = 0;  // behind it, in the field
};

// The encoded word that begins at `at`, where "=?" stands.
std::optional<Word> word_at(std::string_view field, std::size_t at) {
  if (field.substr(at, 2) != "=?") return std::nullopt;
  const std::size_t charset_end = field.find('?', at + 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= field.size() ||
      field[charset_end + 2] != '?')
    return std::nullopt;
  const std::size_t text = charset_end + 3;
  const std::size_t end = field.find('?', text);
  if (end == std::string_view::npos || field.substr(end + 1, 1) != "=") return std::nullopt;
  return Word{field.substr(at + 2, charset_end - at - 2), ascii::to_upper(field[charset_end + 1]),
              field.substr(text, end - text), end + 2};
}

std::optional<std::string> octets_of_base64(std::string_view text) {
  const std::string_view digits = text.substr(0, std::min(text.find('='), text.size()));
  const bool is_whole = text.size() % 4 == 0 && text.size() - digits.size() <= 2 &&
                        text.find_first_not_of('=', digits.size()) == std::string_view::npos;
  const auto is_digit = [](char c) { return ascii::is_alnum(c) || c == '+' || c == '/'; };
  if (!is_whole || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  gsize size = 0;
  const OwnedText octets(
      reinterpret_cast<char*>(g_base64_decode(std::string(text).c_str(), &size)));
  return std::string(octets.get(), octets.get() + size);
}

std::optional<std::string> octets_of_q(std::string_view text) {
  std::string octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      octets += text[i] == '_' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? g_ascii_xdigit_value(text[i + 1]) : -1;
    const int low = high >= 0 ? g_ascii_xdigit_value(text[i + 2]) : -1;
    if (low < 0) return std::nullopt;
    octets += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return octets;
}

std::optional<std::string> octets_of(const Word& word) {
  if (word.encoding == 'B') return octets_of_base64(word.text);
  if (word.encoding == 'Q') return octets_of_q(word.text);
  return std::nullopt;
}

// Words behind each other, with nothing but blanks between them, of one character set and encoding.
struct Run {
  std::string octets;
  std::size_t words = 0;
  std::size_t end = 0;
};

Run run_from(std::string_view field, const Word& first) {
  Run run{{}, 0, first.end};
  for (std::optional<Word> word = first; word;) {
    if (word->encoding != first.encoding || !ascii::equal_no_case(word->charset, first.charset))
      break;
    const auto octets = octets_of(*word);
    if (!octets) break;
    run.octets += *octets;
    run.end = word->end;
    ++run.words;
    const std::size_t next = field.find_first_not_of(" \t\r\n", word->end);
    word = next == std::string_view::npos ? std::nullopt : word_at(field, next);
  }
  return run;
}

std::string encoded(std::string_view charset, const std::string& octets) {
  const OwnedText text(
      g_base64_encode(reinterpret_cast<const guchar*>(octets.data()), octets.size()));
  return "=?" + std::string(charset) + "?B?" + text.get() + "?=";
}

std::string with_joined_words(std::string_view field) {
  std::string joined;
  std::size_t copied = 0;
  for (std::size_t at = field.find("=?"); at != std::string_view::npos; at = field.find("=?", at)) {
    const auto first = word_at(field, at);
    if (!first) {
      at += 2;
      continue;
    }
    const Run run = run_from(field, *first);
    if (run.words > 1) {
      joined += field.substr(copied, at - copied);
      joined += encoded(first->charset, run.octets);
      copied = run.end;
    }
    at = run.end;
  }
  joined += field.substr(copied);
  return joined;
}

}  // namespace

bool has_encoded_words(std::string_view field) noexcept {
  const std::size_t begin = field.find("=?");
  return begin != std::string_view::npos && field.find("?=", begin + 2) != std::string_view::npos;
}

std::string decode_words(std::string_view field) {
  if (!has_encoded_words(field)) return std::string(field);
  const auto gmime = hold_gmime();
  const std::string text = with_joined_words(field.substr(0, field.find('\0')));
  const OwnedText decoded(g_mime_utils_header_decode_text(nullptr, text.c_str()));
  return decoded ? std::string(decoded.get()) : text;
}

}  // namespace smtpscope::mail
