#pragma once
// The texts of the languages, one file each: reference_en.cpp, reference_ko.cpp ... A new language
// is such a file, an enumerator of Language, a tag in reference.cpp and its rows in two switches
// there.
#include "dissectors/smtp/reference.hpp"

namespace smtpscope::smtp {

// Empty where the language has no text for the command.
[[nodiscard]] VerbText text_en(Verb verb) noexcept;
[[nodiscard]] VerbText text_ko(Verb verb) noexcept;
[[nodiscard]] VerbText text_ja(Verb verb) noexcept;
[[nodiscard]] VerbText text_zh(Verb verb) noexcept;
[[nodiscard]] VerbText text_tr(Verb verb) noexcept;
[[nodiscard]] VerbText text_id(Verb verb) noexcept;

[[nodiscard]] const Headings& headings_en() noexcept;
[[nodiscard]] const Headings& headings_ko() noexcept;
[[nodiscard]] const Headings& headings_ja() noexcept;
[[nodiscard]] const Headings& headings_zh() noexcept;
[[nodiscard]] const Headings& headings_tr() noexcept;
[[nodiscard]] const Headings& headings_id() noexcept;

}  // namespace smtpscope::smtp
