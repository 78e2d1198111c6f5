#pragma once
// A finding: one thing a person should know about a session, with the packets that prove it.
//
//     Session --rules--> Finding ... --weigh--> Verdict --render--> text | JSON
//
// Plain values; a rule is a pure function. Nothing here prints, escapes or weighs.
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {

enum class Severity : std::uint8_t { error, warning, note };
[[nodiscard]] std::string_view to_string(Severity severity) noexcept;

// Once released, never renamed and never given another meaning. In the order of the catalogue.
enum class RuleId : std::uint16_t {
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

  security_smuggling,
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
  security_tls_fallback,
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

  delivery_refused,
  delivery_deferred,
  delivery_partial,
  delivery_lost_after_data,
  delivery_null_sender,
  delivery_loop,
  delivery_greylisted,
  delivery_again,

  count_of_rules,  // no rule: stands last
};
inline constexpr std::size_t rule_count = static_cast<std::size_t>(RuleId::count_of_rules);

// One constexpr table of these feeds `smtpscope findings`, docs/FINDINGS.md and the JSON output.
struct RuleInfo {
  RuleId id;
  std::string_view name;  // "smtp.early-talker"
  Severity severity;
  std::string_view when;       // when it fires, one sentence
  std::string_view meaning;    // what it means for the mail, one sentence
  std::string_view remedy;     // what to do, one sentence
  std::string_view reference;  // "RFC 5321, 4.3.1"; or the software that behaves so
  // Whose line it marks as the unexpected one; nothing where it is about none (a reply that refuses
  // is marked anyway).
  std::optional<Side> odd_line_of{};
  // A capture in words, one event a line, in which it fires: see example.hpp.
  std::string_view example;
};
[[nodiscard]] std::span<const RuleInfo> catalogue() noexcept;
[[nodiscard]] const RuleInfo& info(RuleId rule) noexcept;
[[nodiscard]] const RuleInfo* find_rule(std::string_view name) noexcept;

struct Finding {
  RuleId rule = RuleId::net_refused;
  // What was seen, one sentence with the values; hostile octets possible.
  std::string text;
  std::vector<Origin> evidence;                 // in capture order, never empty
  std::size_t exchange = session::no_exchange;  // index in Session::exchanges that it stands under
  std::optional<Severity> severity = std::nullopt;  // where it is another one than the rule's
};
[[nodiscard]] Severity severity_of(const Finding& finding) noexcept;

class History;  // what earlier sessions left behind: history.hpp

// Runs all rules, those across sessions last, then sorts by the time of the first evidence (stable;
// however the segments are cut):
// same session, same history, same findings, same order.
[[nodiscard]] std::vector<Finding> judge(const session::Session& session, const History& history);
// The same in two steps, of which the first may be done by any thread: what the session shows by
// itself, in no order; and with it what only those before it show.
[[nodiscard]] std::vector<Finding> judge_alone(const session::Session& session);
[[nodiscard]] std::vector<Finding> judge(std::vector<Finding> alone,
                                         const session::Session& session, const History& history);
// Of a session by itself.
[[nodiscard]] std::vector<Finding> judge(const session::Session& session);

}  // namespace smtpscope::findings
