#pragma once
// What can be said of a pattern in RE2's syntax without making an automaton of it.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::delivery {

// The patterns of which one has to stand in a text that has small letters alone: "a|b" has two. One
// with other letters is meant for any case. What is hard to part stays whole.
[[nodiscard]] std::vector<std::string> alternatives_of(const std::string& pattern);
// Could it make a difference for the pattern which digit stands at a place? "\d{3}" and "[0-9a-f]"
// are blind, "163" is not. In doubt, yes.
[[nodiscard]] bool tells_digits_apart(std::string_view pattern) noexcept;
// The pattern with "\d" for each digit: it stands wherever `pattern` does. Nothing where that is
// hard to say.
[[nodiscard]] std::optional<std::string> with_any_digits(std::string_view pattern);

// What stands in every text in which the pattern does: of each of these lists one string at least.
// "(user|mailbox) (is )?full" needs {"user", "mailbox"} and {"full"}. Not all of it: single octets
// are left out, and there is no list where it is hard to say.
using Needs = std::vector<std::vector<std::string>>;
[[nodiscard]] Needs needs_of(std::string_view pattern);

}  // namespace smtpscope::delivery
