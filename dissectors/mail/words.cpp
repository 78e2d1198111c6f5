#include "dissectors/mail/words.hpp"

#include <gmime/gmime.h>

#include <memory>

namespace smtpscope::mail {
namespace {

struct Free {
  void operator()(char* text) const noexcept { g_free(text); }
};

// GMime's tables of character sets are filled once, and stay.
void prepare() {
  static const bool ready = [] {
    g_mime_init();
    return true;
  }();
  (void)ready;
}

}  // namespace

bool has_encoded_words(std::string_view field) noexcept {
  const std::size_t begin = field.find("=?");
  return begin != std::string_view::npos && field.find("?=", begin + 2) != std::string_view::npos;
}

std::string decode_words(std::string_view field) {
  if (!has_encoded_words(field)) return std::string(field);
  prepare();
  const std::string text(field.substr(0, field.find('\0')));
  const std::unique_ptr<char, Free> decoded(g_mime_utils_header_decode_text(nullptr, text.c_str()));
  return decoded ? std::string(decoded.get()) : text;
}

}  // namespace smtpscope::mail
