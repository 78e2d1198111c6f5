#pragma once
// A script, and all that the rules say about it: not one finding more, and none less.
#include "analyzer/findings/finding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/session_of.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

struct Case {
  const char* name;
  std::string script;
  std::string_view ids;        // of all findings, in their order, with blanks between them
  std::string_view text = {};  // what one of them says
};

// Parts of scripts. The server takes what comes.
inline const std::string greeted = "connect\nS: 220 mx.example.com ESMTP\n";
// Offers nothing.
inline const std::string bare = greeted + "C: EHLO client.example.net\nS: 250 mx.example.com\n";
// Offers what servers mostly offer, but for AUTH and STARTTLS.
inline const std::string hello =
    greeted +
    "C: EHLO client.example.net\nS: 250-mx.example.com\\r\\n250-PIPELINING\\r\\n250-SIZE 10240000\\r\\n250-ETRN\\r\\n"
    "250-8BITMIME\\r\\n250-DSN\\r\\n250-SMTPUTF8\\r\\n250-XCLIENT NAME ADDR\\r\\n250 CHUNKING\n";
// The same where EHLO's answer offers this.
[[nodiscard]] inline std::string offering(const std::string& lines) {
  return greeted + "C: EHLO client.example.net\nS: 250-mx.example.com\\r\\n250 " + lines + "\n";
}
inline const std::string can_log_in =
    offering("AUTH PLAIN LOGIN CRAM-MD5 DIGEST-MD5 NTLM SCRAM-SHA-256 XOAUTH2");
inline const std::string hello_tls = offering("STARTTLS");
inline const std::string with_sender =
    hello + "C: MAIL FROM:<alice@example.org>\nS: 250 2.1.0 Ok\n";
inline const std::string with_recipient =
    with_sender + "C: RCPT TO:<bob@example.com>\nS: 250 2.1.5 Ok\n";
// The server waits for the message.
inline const std::string go_on = with_recipient + "C: DATA\nS: 354 go on\n";
inline const std::string in_message = go_on + "C: Subject: test\nC: \n";
inline const std::string sent = in_message + "C: text\nC: .\n";
inline const std::string delivered = sent + "S: 250 2.0.0 Ok: queued as 4F7\n";
inline const std::string quit = "C: QUIT\nS: 221 2.0.0 Bye\nclose\n";
inline const std::string taken_and_quit = "C: .\nS: 250 2.0.0 Ok\n" + quit;
// A whole record each, of which nothing shows.
inline const std::string client_tls = "C: \\x16\\x03\\x01\\0\\x05hello\\\n";
inline const std::string server_tls = "S: \\x16\\x03\\x03\\0\\x05hello\\\n";

// Notes that each message in clear deserves: only the tests about them name them.
[[nodiscard]] inline bool is_about_clear_mail(const Finding& finding) noexcept {
  return finding.rule == RuleId::security_mail_in_clear ||
         finding.rule == RuleId::security_starttls_not_used;
}

[[nodiscard]] inline std::string ids_of(const std::vector<Finding>& findings) {
  std::string ids;
  for (const Finding& finding : findings) {
    if (is_about_clear_mail(finding)) continue;
    if (!ids.empty()) ids += ' ';
    ids += info(finding.rule).name;
  }
  return ids;
}

[[nodiscard]] inline std::string texts_of(const std::vector<Finding>& findings) {
  std::string texts;
  for (const Finding& finding : findings) texts += finding.text + '\n';
  return texts;
}

// What holds for every finding of every rule.
inline void require_promises(const session::Session& session,
                             const std::vector<Finding>& findings) {
  Timestamp last_time{};
  for (const Finding& finding : findings) {
    INFO(finding.text);
    REQUIRE_FALSE(finding.evidence.empty());
    REQUIRE(std::ranges::is_sorted(finding.evidence, {}, &Origin::frame));
    REQUIRE(finding.evidence.front().frame >= session.first_frame);
    REQUIRE(finding.evidence.back().frame <= session.last_frame);
    REQUIRE(
        (finding.exchange == session::no_exchange || finding.exchange < session.exchanges.size()));
    REQUIRE(finding.evidence.front().time >= last_time);
    REQUIRE(finding.text.ends_with('.'));
    last_time = finding.evidence.front().time;
  }
}

inline void require_case(const Case& row, session::FileEnd end = session::FileEnd::whole) {
  DYNAMIC_SECTION(row.name) {
    const session::Session session = test::session_of(row.script, end);
    const std::vector<Finding> findings = judge(session);
    INFO(texts_of(findings));
    CHECK(ids_of(findings) == row.ids);
    CHECK(texts_of(findings).find(row.text) != std::string::npos);
    require_promises(session, findings);
  }
}

}  // namespace smtpscope::findings
