# replies.rules as a string of C++: cmake -D IN=... -D OUT=... -P embed_rules.cmake
file(READ "${IN}" text)
file(WRITE "${OUT}" "// Made of replies.rules by embed_rules.cmake.
#include \"analyzer/delivery/reply_rules.hpp\"

namespace smtpscope::delivery {

std::string_view built_in_rules_text() noexcept {
  return R\"rules(${text})rules\";
}

}  // namespace smtpscope::delivery
")
