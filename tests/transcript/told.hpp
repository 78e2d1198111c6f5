#pragma once
// Transcripts as a few lines that a test can compare.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/transcript/detect.hpp"
#include "analyzer/transcript/play.hpp"
#include "analyzer/transcript/read.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::test {

// "C: EHLO x|S~ 250 ok|": who, whether inside TLS, and what; "(not shown)" for what the tool leaves
// out.
inline std::string pieces_of(const transcript::Transcript& transcript) {
  std::string told;
  for (const transcript::Piece& piece : transcript.pieces) {
    told += piece.side == Side::client ? 'C' : 'S';
    told += piece.under_tls ? "~ " : ": ";
    std::string_view text = piece.octets.empty() ? "(not shown)" : std::string_view(piece.octets);
    if (text.ends_with("\r\n")) text.remove_suffix(2);
    told += text;
    told += '|';
  }
  return told;
}

inline std::vector<transcript::Transcript> read(std::string_view text) {
  const auto tool = transcript::detect(text);
  return tool ? transcript::read(*tool, text) : std::vector<transcript::Transcript>();
}

struct Explained {
  session::Session session;
  std::vector<findings::Finding> findings;
  delivery::Verdict verdict;
};
inline Explained explained(const transcript::Transcript& transcript) {
  Explained told;
  told.session = transcript::play(transcript);
  told.findings = findings::judge(told.session);
  told.verdict = delivery::weigh(told.session, told.findings);
  return told;
}

// The names of the findings, one behind the other: "tls.failed capture.open".
inline std::string finding_names(const Explained& told) {
  std::string names;
  for (const findings::Finding& finding : told.findings) {
    names += (names.empty() ? "" : " ") + std::string(findings::info(finding.rule).name);
  }
  return names;
}

}  // namespace smtpscope::test
