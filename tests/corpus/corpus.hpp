#pragma once
// Captures that others made, and what their own tools say about them.
//
// They are no part of this project: the environment variable SMTPSCOPE_CORPUS names the folder that
// holds captures/. Without it the tests here say that they skip, and pass. Captures are named by
// their path below captures/, sessions by the client's port.
#include "analyzer/session/analyzer.hpp"
#include "dissectors/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

// The folder captures/, or nothing, with a warning in Catch's report: then the test is to return.
[[nodiscard]] std::optional<std::filesystem::path> corpus_or_warning();

// A table of tab-separated columns, whose first line names them; or a log of Zeek, where "#fields"
// does.
class Table {
 public:
  explicit Table(const std::filesystem::path& file);

  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  // The cell of a column; empty where the row is too short or has no such column.
  [[nodiscard]] const std::string& at(std::size_t row, std::string_view column) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> rows_;
};

[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

// What smtpscope says about a capture.
struct Analysis {
  std::optional<Error> refused;  // it could not be opened; then nothing else is set
  std::optional<Error> broken;   // it breaks off, or is damaged
  std::uint64_t packets = 0;     // that the source gave
  session::Accounts accounts;
  std::vector<session::Session> sessions;
};
[[nodiscard]] Analysis analyse(const std::filesystem::path& capture,
                               const std::function<void(const Packet&)>& watch = {});

// Every number and text of a session, so that two readings can be compared.
[[nodiscard]] std::string description_of(const session::Session& session);

// All replies in the order in which the server sent them, those in the course of an AUTH included.
[[nodiscard]] std::vector<const smtp::Reply*> replies_in_order(const session::Session& session);

// Paths of all captures of mail, sorted, as INDEX.tsv lists them.
[[nodiscard]] std::vector<std::string> captures_of_mail(const std::filesystem::path& corpus);

}  // namespace smtpscope::test
