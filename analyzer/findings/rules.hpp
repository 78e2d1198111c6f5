#pragma once
// The rules: each looks at a whole session and tells what it finds of one kind. Pure, and
// independent of each other; where two could see the same fault, circumstances.hpp says whose it
// is.
//
// A false alarm is worse than a miss: a rule that cannot be sure, because of a gap, of a side that
// is not in the capture, or of TLS, says nothing.
#include "analyzer/findings/finding.hpp"

#include <vector>

namespace smtpscope::findings {

using Rule = std::vector<Finding> (*)(const session::Session&);
// One that looks at what earlier sessions left behind, too.
using RuleAcross = std::vector<Finding> (*)(const session::Session&, const History&);

// rules_connect.cpp: getting to the other host at all.
[[nodiscard]] std::vector<Finding> net_refused(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_timeout(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_not_connected(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_slow_connect(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_icmp_unreachable(const session::Session& session);

// rules_close.cpp: the end.
[[nodiscard]] std::vector<Finding> net_reset(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_closed_early(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_idle_close(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_cut_at_size(const session::Session& session);

// rules_net.cpp: waits, and the side that is not there.
[[nodiscard]] std::vector<Finding> net_asymmetric(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_slow_greeting(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_slow_reply(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_proxy_refused(const session::Session& session);

// rules_transport.cpp: what TCP shows of the way between the two.
[[nodiscard]] std::vector<Finding> net_stalled(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_mtu_black_hole(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_zero_window(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_loss(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_reordered(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_bad_checksum(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_reset_ignored(const session::Session& session);
[[nodiscard]] std::vector<Finding> net_conflicting_overlap(const session::Session& session);

// rules_capture.cpp: what the capture cannot show.
[[nodiscard]] std::vector<Finding> capture_gap(const session::Session& session);
[[nodiscard]] std::vector<Finding> capture_cut_by_snaplen(const session::Session& session);
[[nodiscard]] std::vector<Finding> capture_midstream(const session::Session& session);
[[nodiscard]] std::vector<Finding> capture_open(const session::Session& session);
[[nodiscard]] std::vector<Finding> capture_truncated_file(const session::Session& session);
[[nodiscard]] std::vector<Finding> capture_clock(const session::Session& session);
[[nodiscard]] std::vector<Finding> capture_limit(const session::Session& session);

// rules_opening.cpp: the greeting, what comes before it, and whether this is SMTP at all.
[[nodiscard]] std::vector<Finding> smtp_greeting_refused(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_no_greeting(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_early_talker(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_not_smtp(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_no_commands(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_telnet(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_proxy_header(const session::Session& session);

// rules_smtp.cpp: commands, replies, order.
[[nodiscard]] std::vector<Finding> smtp_unknown_command(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_bad_syntax(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_bad_sequence(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_bad_reply(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_reply_code_changed(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_unexpected_reply(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_reply_without_command(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_command_without_reply(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_no_quit(const session::Session& session);

// rules_message.cpp: octets, lines and sizes of commands, replies and messages.
[[nodiscard]] std::vector<Finding> smtp_line_too_long(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_bare_lf(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_nul_octet(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_8bit_undeclared(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_size_exceeds_limit(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_size_mismatch(const session::Session& session);

// rules_text.cpp: text and commands that are taken for each other.
[[nodiscard]] std::vector<Finding> smtp_text_as_commands(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_dot_stuffing(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_chunk_mismatch(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_smuggling(const session::Session& session);

// rules_hello.cpp: who the client says it is.
[[nodiscard]] std::vector<Finding> smtp_client_override(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_helo_invalid(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_downgrade_to_helo(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_no_ehlo_after_tls(const session::Session& session);

// rules_extension.cpp: what the client used, against what EHLO offered.
[[nodiscard]] std::vector<Finding> smtp_8bit_command(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_pipelining_not_offered(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_pipelining_past_sync(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_extension_not_offered(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_too_many_recipients(const session::Session& session);

// rules_reply.cpp: replies against the commands they answer.
[[nodiscard]] std::vector<Finding> smtp_enhanced_mismatch(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_out_of_step(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_reply_held_back(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_reply_during_data(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_legacy_code(const session::Session& session);
[[nodiscard]] std::vector<Finding> smtp_many_errors(const session::Session& session);

// rules_starttls.cpp: encrypted or not, and whose doing that was.
[[nodiscard]] std::vector<Finding> security_starttls_refused(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_starttls_stripped(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_starttls_injection(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_starttls_not_used(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_mail_in_clear(const session::Session& session);

// rules_auth.cpp: logins.
[[nodiscard]] std::vector<Finding> security_auth_failed(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_auth_not_offered(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_weak_auth(const session::Session& session);

// rules_security.cpp: what else an attacker does, or could.
[[nodiscard]] std::vector<Finding> security_credentials_in_clear(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_middlebox(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_address_probing(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_control_in_text(const session::Session& session);

// rules_tls.cpp: as far as it shows.
[[nodiscard]] std::vector<Finding> tls_hidden(const session::Session& session);
[[nodiscard]] std::vector<Finding> security_plaintext_after_tls(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_not_tls(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_failed(const session::Session& session);

// rules_handshake.cpp: how the handshake of TLS failed, and what it agreed on.
[[nodiscard]] std::vector<Finding> tls_handshake_failed(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_left_after_handshake(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_obsolete_version(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_weak_cipher(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_no_forward_secrecy(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_certificate_expired(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_certificate_not_yet_valid(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_certificate_self_signed(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_certificate_wrong_name(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_no_sni(const session::Session& session);
[[nodiscard]] std::vector<Finding> tls_key_missing(const session::Session& session);

// rules_delivery.cpp: across the transaction.
[[nodiscard]] std::vector<Finding> delivery_refused(const session::Session& session);
[[nodiscard]] std::vector<Finding> delivery_deferred(const session::Session& session);
[[nodiscard]] std::vector<Finding> delivery_greylisted(const session::Session& session,
                                                       const History& history);
[[nodiscard]] std::vector<Finding> delivery_partial(const session::Session& session);
[[nodiscard]] std::vector<Finding> delivery_lost_after_data(const session::Session& session);

// rules_delivery_message.cpp: what the messages say of their delivery.
[[nodiscard]] std::vector<Finding> delivery_null_sender(const session::Session& session);
[[nodiscard]] std::vector<Finding> delivery_loop(const session::Session& session);

// rules_across.cpp: what a session shows together with earlier ones.
[[nodiscard]] std::vector<Finding> security_tls_fallback(const session::Session& session,
                                                         const History& history);
[[nodiscard]] std::vector<Finding> delivery_again(const session::Session& session,
                                                  const History& history);

}  // namespace smtpscope::findings
