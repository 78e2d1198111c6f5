#include "analyzer/findings/history.hpp"
#include "analyzer/findings/order.hpp"
#include "analyzer/findings/rules.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace smtpscope::findings {
namespace {

constexpr auto rules = std::to_array<Rule>({
    net_refused,
    net_timeout,
    net_slow_connect,
    net_icmp_unreachable,
    net_reset,
    net_closed_early,
    net_asymmetric,
    net_slow_greeting,
    net_slow_reply,
    net_proxy_refused,
    net_stalled,
    net_mtu_black_hole,
    net_zero_window,
    net_loss,
    net_reordered,
    net_bad_checksum,
    net_reset_ignored,
    net_conflicting_overlap,
    net_idle_close,
    net_cut_at_size,
    net_not_connected,
    capture_gap,
    capture_cut_by_snaplen,
    capture_midstream,
    capture_open,
    capture_truncated_file,
    capture_clock,
    capture_limit,
    smtp_greeting_refused,
    smtp_no_greeting,
    smtp_early_talker,
    smtp_not_smtp,
    smtp_proxy_header,
    smtp_unknown_command,
    smtp_bad_syntax,
    smtp_bad_sequence,
    smtp_bad_reply,
    smtp_reply_code_changed,
    smtp_unexpected_reply,
    smtp_reply_without_command,
    smtp_command_without_reply,
    smtp_no_quit,
    smtp_text_as_commands,
    smtp_line_too_long,
    smtp_bare_lf,
    smtp_nul_octet,
    smtp_8bit_undeclared,
    smtp_size_exceeds_limit,
    smtp_size_mismatch,
    smtp_dot_stuffing,
    smtp_chunk_mismatch,
    security_smuggling,
    smtp_no_commands,
    smtp_telnet,
    smtp_client_override,
    smtp_helo_invalid,
    smtp_8bit_command,
    smtp_pipelining_not_offered,
    smtp_pipelining_past_sync,
    smtp_extension_not_offered,
    smtp_enhanced_mismatch,
    smtp_out_of_step,
    smtp_reply_held_back,
    smtp_reply_during_data,
    smtp_too_many_recipients,
    smtp_downgrade_to_helo,
    smtp_legacy_code,
    smtp_no_ehlo_after_tls,
    smtp_many_errors,
    security_starttls_refused,
    security_credentials_in_clear,
    security_auth_failed,
    security_auth_not_offered,
    security_weak_auth,
    security_starttls_stripped,
    security_middlebox,
    security_starttls_injection,
    security_starttls_not_used,
    security_mail_in_clear,
    security_address_probing,
    security_control_in_text,
    security_plaintext_after_tls,
    tls_hidden,
    tls_not_tls,
    tls_failed,
    tls_handshake_failed,
    tls_left_after_handshake,
    tls_obsolete_version,
    tls_weak_cipher,
    tls_no_forward_secrecy,
    tls_certificate_expired,
    tls_certificate_not_yet_valid,
    tls_certificate_self_signed,
    tls_certificate_wrong_name,
    tls_no_sni,
    tls_key_missing,
    delivery_loop,  // the text of the message shows it, and stands before the answer
    delivery_refused,
    delivery_deferred,
    delivery_partial,
    delivery_lost_after_data,
    delivery_null_sender,
});
constexpr auto rules_across = std::to_array<RuleAcross>({
    security_tls_fallback,
    delivery_greylisted,
    delivery_again,
});
static_assert(rules.size() + rules_across.size() == rule_count);

bool is_told(const std::vector<Finding>& findings, RuleId rule) noexcept {
  return std::ranges::find(findings, rule, &Finding::rule) != findings.end();
}

// That mail went in clear is told once: with the TLS that failed before it, if it did.
void leave_out_repeats(std::vector<Finding>& findings) {
  if (!is_told(findings, RuleId::security_tls_fallback)) return;
  std::erase_if(findings, [](const Finding& finding) {
    return finding.rule == RuleId::security_mail_in_clear ||
           finding.rule == RuleId::security_starttls_not_used;
  });
}

}  // namespace

std::vector<Finding> judge(const session::Session& session) { return judge(session, History()); }

std::vector<Finding> judge(const session::Session& session, const History& history) {
  return judge(judge_alone(session), session, history);
}

std::vector<Finding> judge_alone(const session::Session& session) {
  std::vector<Finding> findings;
  for (const Rule rule : rules) std::ranges::move(rule(session), std::back_inserter(findings));
  return findings;
}

std::vector<Finding> judge(std::vector<Finding> findings, const session::Session& session,
                           const History& history) {
  for (const RuleAcross rule : rules_across)
    std::ranges::move(rule(session, history), std::back_inserter(findings));
  leave_out_repeats(findings);
  if (session.transcript) {  // which has no times
    std::ranges::stable_sort(findings, {},
                             [](const Finding& f) { return f.evidence.front().frame; });
  } else {
    sort_by_time(findings, session);
  }
  return findings;
}

}  // namespace smtpscope::findings
