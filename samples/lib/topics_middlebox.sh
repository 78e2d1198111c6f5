# shellcheck shell=bash disable=SC2034,SC2153
# (variables of the other files)
# The recipes of boxes between client and server that rewrite what they pass on: lib/topics.sh tells how recipes are
# made.

# masked_server asa|pix: Postfix with TLS behind a firewall that hides what it does not know.
masked_server() {
  certificate mx
  postfix_behind 10025 <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
  proxy_on_mx masking 25 10025 "$1"
}

topic_middlebox() {
  sample asa postfix tools # the client would take TLS, and goes on without
  masked_server asa
  capture_on mx
  swaks_from_client 'Report' bob@example.com --tls-optional
  capture_end

  sample asa-gives-up postfix tools # the client insists on TLS
  masked_server asa
  capture_on mx
  swaks_from_client 'Report' bob@example.com --tls
  capture_end

  sample asa-starttls-anyway postfix tools # this one says STARTTLS, offered or not
  masked_server asa
  capture_on mx
  on client sh -c 'sleep 2 | openssl s_client -starttls smtp -name client.example.net -connect mx.example.com:25' \
    >"$WORK/openssl.log" 2>&1 || true
  capture_end

  sample pix-ehlo postfix tools # EHLO itself is hidden; the client falls back to HELO
  masked_server pix
  capture_on mx
  swaks_from_client 'Report' bob@example.com --tls-optional
  capture_end

  sample pix postfix postfix # a banner without ESMTP: this client does not try EHLO
  masked_server pix
  postfix_client <<<'smtp_tls_security_level = may'
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/mail.log 'status='
  capture_end

  sample no-starttls postfix postfix # the near miss: a server that just lacks it
  postfix_server </dev/null
  postfix_client <<<'smtp_tls_security_level = may'
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/mail.log 'status='
  capture_end
}
