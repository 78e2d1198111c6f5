#pragma once
// The examples of the catalogue, as people read them: a capture in words, one event a line.
//
//     connect                          a connection is made: SYN, SYN-ACK, ACK
//     S: 220 mx.example.com ESMTP      the server sends this line
//     wait 9s                          the next packet comes so much later
//
// The same words are played into packets by tests/support/script.hpp, so every example is tried.
#include <span>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

struct ExampleWord {
  std::string_view begins;   // how a line with it begins: "wait", "C:"
  std::string_view form;     // "wait 9s"
  std::string_view meaning;  // a few words
};
// All that examples are written in.
[[nodiscard]] std::span<const ExampleWord> example_words() noexcept;

struct ExampleLine {
  std::string_view text;
  const ExampleWord* word = nullptr;  // what it is; nullptr of comments
};
// The lines of an example, without what indents them in the catalogue.
[[nodiscard]] std::vector<ExampleLine> example_lines(std::string_view example);

}  // namespace smtpscope::findings
