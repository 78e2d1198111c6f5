# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# (single quotes for another shell or Exim; variables of the other files)
# The recipes: one function for each topic, one `sample` in it for each capture.
#     sample NAME SERVER_WORLD CLIENT_WORLD     two fresh hosts, mx and client; [by_router MTU], [by_long_cable ...]
#     ..._server, ..._client                    mail software on them (lib/servers.sh)
#     capture_on HOST ... capture_end           what lies between is captured on that host's cable

topic_delivered() {
  sample postfix postfix tools
  postfix_server </dev/null
  capture_on mx
  swaks_from_client 'Report' bob@example.com
  capture_end

  sample exim exim exim
  exim_server </dev/null
  exim_client </dev/null
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  capture_end

  sample opensmtpd opensmtpd tools
  opensmtpd_server </dev/null
  capture_on mx
  letter 'Report' | on client msmtp --file=/dev/null --host=mx.example.com --port=25 --domain=client.example.net \
    --from=alice@example.net --tls=off --auth=off bob@example.com carol@example.com
  capture_end

  has_new_node || return 0
  sample haraka haraka tools
  haraka_server
  capture_on mx
  letter 'Report' | file_on client /run/letter
  curl_from_client curl
  capture_end
}

topic_several_messages() {
  sample postfix postfix tools
  postfix_server </dev/null
  local n
  for n in 1 2 3; do letter "Report, part $n" 'Bob <bob@example.com>' "part-$n" | file_on client "/run/letter-$n"; done
  capture_on mx
  python_client several mx.example.com /run/letter-1 /run/letter-2 /run/letter-3
  capture_end
}

topic_pipelined_one_refused() {
  sample postfix postfix postfix
  postfix_server </dev/null
  postfix_client </dev/null
  capture_on mx
  post 'Report' bob@example.com nouser@example.com carol@example.com
  until_true 20 in_log client /var/log/mail.log 'status=' 3
  capture_end

  sample exim exim exim
  exim_server </dev/null
  exim_client </dev/null
  capture_on mx
  post 'Report' bob@example.com nouser@example.com carol@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  capture_end
}

topic_user_unknown() {
  sample postfix postfix tools
  postfix_server </dev/null
  capture_on mx
  swaks_from_client 'Report' nouser@example.com
  capture_end

  sample exim exim tools
  exim_server </dev/null
  capture_on mx
  swaks_from_client 'Report' nouser@example.com
  capture_end

  sample opensmtpd opensmtpd tools
  opensmtpd_server
  capture_on mx
  swaks_from_client 'Report' nouser@example.com
  capture_end
}

topic_relay_denied() {
  sample postfix postfix tools
  postfix_server <<<'smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination'
  capture_on mx
  swaks_from_client 'Report' dave@example.org
  capture_end

  sample postfix-by-default postfix tools # the default since Postfix 2.10 defers: 454
  postfix_server </dev/null
  capture_on mx
  swaks_from_client 'Report' dave@example.org
  capture_end

  sample exim exim tools
  exim_server </dev/null
  capture_on mx
  swaks_from_client 'Report' dave@example.org
  capture_end
}

# A real greylister, with a delay of 5 seconds in place of 5 minutes, and a client that tries again soon.
topic_greylisted() {
  sample postfix postfix postfix
  on mx postgrey --inet=127.0.0.1:10023 --delay=5 --daemonize --pidfile=/run/postgrey.pid --hostname=mx.example.com \
    --greylist-text="Greylisted for %s seconds" # in place of the default, which has the address of a real web site
  wait_port mx 10023
  postfix_server <<'MAIN_CF'
smtpd_recipient_restrictions = reject_unauth_destination, check_policy_service inet:127.0.0.1:10023
MAIN_CF
  postfix_client <<'MAIN_CF'
queue_run_delay = 3s
minimal_backoff_time = 6s
MAIN_CF
  capture_on mx
  post 'Report' bob@example.com
  until_true 40 in_log client /var/log/mail.log 'status=sent'
  capture_end
}

topic_starttls_hidden() {
  sample postfix postfix postfix
  certificate mx
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
  postfix_client <<'MAIN_CF'
smtp_tls_security_level = may
MAIN_CF
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/mail.log 'status=sent'
  capture_end

  sample postfix-with-keys postfix tools # the same, and the client writes down the keys
  certificate mx
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client SSLKEYLOGFILE=/run/keys curl --ssl-reqd --insecure
  capture_end
  on client cat /run/keys | grep -v '^#' >"$SAMPLES/$TOPIC/$NAME.keys"

  sample exim-tls12 exim tools # TLS 1.2: the certificate is visible
  certificate mx
  on mx chgrp Debian-exim /etc/ssl/mx.key
  on mx chmod 640 /etc/ssl/mx.key
  on mx touch /etc/exim4/tls
  exim_server </dev/null
  capture_on mx
  swaks_from_client 'Report' bob@example.com --tls --tls-protocol tlsv1_2
  capture_end
}

# The server offers STARTTLS, and cannot do it: Exim's certificate file is missing; Postfix may not read its key.
topic_starttls_refused() {
  sample exim exim exim # the client goes on in clear
  on mx touch /etc/exim4/tls
  exim_server </dev/null
  exim_client </dev/null
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  capture_end

  sample exim-gives-up exim tools # the client insists on TLS, and goes away
  on mx touch /etc/exim4/tls
  exim_server </dev/null
  capture_on mx
  swaks_from_client 'Report' bob@example.com --tls
  capture_end

  sample postfix postfix postfix
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
  postfix_client <<'MAIN_CF'
smtp_tls_security_level = may
MAIN_CF
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/mail.log 'status='
  capture_end
}

topic_auth_failed() {
  sample postfix postfix tools
  dovecot_sasl
  postfix_submission
  capture_on mx
  swaks_from_client 'Report' bob@example.com --port 587 --auth PLAIN --auth-user alice@example.net --auth-password wrong
  capture_end

  sample exim exim tools
  EXIM_AUTH=1 EXIM_PORT=587 exim_server </dev/null
  capture_on mx
  swaks_from_client 'Report' bob@example.com --port 587 --auth LOGIN --auth-user alice@example.net --auth-password wrong
  capture_end
}

topic_auth_in_clear() {
  sample postfix-plain postfix tools
  dovecot_sasl
  postfix_submission
  capture_on mx
  swaks_from_client 'Report' bob@example.com --port 587 --auth PLAIN \
    --auth-user alice@example.net --auth-password "$PASSWORD"
  capture_end

  sample exim-login exim tools
  EXIM_AUTH=1 EXIM_PORT=587 exim_server </dev/null
  capture_on mx
  swaks_from_client 'Report' bob@example.com --port 587 --auth LOGIN \
    --auth-user alice@example.net --auth-password "$PASSWORD"
  capture_end
}

topic_too_large() {
  sample postfix postfix tools # refused at MAIL, by the declared SIZE
  postfix_server <<<'message_size_limit = 20480'
  large_letter 30000 | file_on client /run/letter
  capture_on mx
  python_client one mx.example.com /run/letter bob@example.com
  capture_end

  sample postfix-after-data postfix tools # the client declares nothing: refused when all has been sent
  postfix_server <<<'message_size_limit = 20480'
  large_letter 30000 | file_on client /run/large
  capture_on mx
  swaks_from_client 'Report' bob@example.com --data @/run/large
  capture_end
}

topic_content_refused() {
  sample postfix postfix tools
  file_on mx /etc/postfix/header_checks <<'CHECKS'
/^Subject: .*lottery/ REJECT 5.7.1 Message content refused: advertising
CHECKS
  postfix_server <<<'header_checks = regexp:/etc/postfix/header_checks'
  capture_on mx
  swaks_from_client 'You won the lottery' bob@example.com
  capture_end

  sample exim exim tools
  EXIM_DATA_ACL='
  deny condition = ${if match{$h_subject:}{lottery}}
       message = Message content refused: advertising' exim_server </dev/null
  capture_on mx
  swaks_from_client 'You won the lottery' bob@example.com
  capture_end
}

topic_connection_refused() {
  sample no-server tools tools
  capture_on client
  swaks_from_client 'Report' bob@example.com
  capture_end
}

topic_syn_unanswered() {
  sample no-answer tools postfix
  on mx nft 'add table inet filter; add chain inet filter input { type filter hook input priority 0; };
             add rule inet filter input tcp dport 25 drop'
  on client sysctl -q -w net.ipv4.tcp_syn_linear_timeouts=0 # SYNs at 0, 1, 3, 7 s, as before Linux 6.5
  postfix_client <<<'smtp_connect_timeout = 10s'
  capture_on client
  post 'Report' bob@example.com
  until_true 30 in_log client /var/log/mail.log 'status=deferred'
  capture_end
}

topic_bdat() {
  sample exim exim exim
  EXIM_CHUNKING='*' exim_server </dev/null
  exim_client <<<'  hosts_try_chunking = *'
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  capture_end

  sample exim-two-chunks exim exim
  EXIM_CHUNKING='*' exim_server </dev/null
  exim_client <<<'  hosts_try_chunking = *'
  capture_on mx
  large_letter 30000 | on client sendmail -i -f alice@example.net bob@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  capture_end

  sample postfix postfix exim
  postfix_server </dev/null
  exim_client <<<'  hosts_try_chunking = *'
  capture_on mx
  post 'Report' bob@example.com nouser@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  capture_end
}

topic_lmtp_two_answers() {
  sample dovecot postfix tools
  dovecot_lmtp
  capture_on mx
  swaks_from_client 'Report' bob@example.com,carol@example.com --port 24 --protocol LMTP
  capture_end
}

topic_ipv6() {
  IP_VERSION=6
  sample postfix postfix postfix
  postfix_server </dev/null
  postfix_client <<<'smtp_address_preference = ipv6'
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/mail.log 'status='
  capture_end
  IP_VERSION=4
}

topic_server_gone_in_data() {
  sample postfix postfix tools
  postfix_server </dev/null
  large_letter 20000 | file_on client /run/letter
  capture_on mx
  python_client slow mx.example.com /run/letter &
  local client=$!
  sleep 2.5
  on mx pkill -KILL -x smtpd # by name, in the pid namespace of this host alone
  wait "$client"
  capture_end
}

topic_early_talker() {
  sample exim exim tools
  exim_server <<<'pipelining_connect_advertise_hosts ='
  capture_on mx
  python_client eager mx.example.com
  capture_end

  sample postscreen postfix tools
  postfix_server <<'MAIN_CF'
postscreen_greet_action = enforce
postscreen_greet_wait = 3s
postscreen_greet_banner = mx.example.com ESMTP, one moment
postscreen_cache_map =
MAIN_CF
  postscreen_in_front
  capture_on mx
  python_client eager mx.example.com
  capture_end
}

topic_vrfy_expn() {
  sample exim exim tools
  exim_server <<<'acl_smtp_vrfy = accept'
  capture_on mx
  python_client curious mx.example.com
  capture_end

  sample postfix postfix tools
  postfix_server <<<'disable_vrfy_command = no'
  capture_on mx
  python_client curious mx.example.com
  capture_end
}

topic_idle_timeout() {
  sample postfix postfix tools
  postfix_server <<<'smtpd_timeout = 6s'
  capture_on mx
  python_client silent mx.example.com
  capture_end
}

topic_greeting_refused() {
  sample postfix postfix tools
  file_on mx /etc/postfix/clients <<<'192.0.2.0/24 REJECT No mail from your network'
  postfix_server <<'MAIN_CF'
smtpd_delay_reject = no
smtpd_client_restrictions = check_client_access cidr:/etc/postfix/clients
MAIN_CF
  capture_on mx
  swaks_from_client 'Report' bob@example.com
  capture_end

  sample exim exim tools
  EXIM_MORE_ACL='
refuse_all:
  deny message = No mail from your network, see https://www.example.com/policy' \
    exim_server <<<'acl_smtp_connect = refuse_all'
  capture_on mx
  swaks_from_client 'Report' bob@example.com
  capture_end
}

# Exim clients that know a server offers PIPECONNECT send their first commands without waiting for the greeting.
topic_pipelined_connect() {
  sample exim exim exim
  EXIM_CHUNKING='*' exim_server <<<'pipelining_connect_advertise_hosts = *'
  exim_client <<<'  hosts_pipe_connect = *'
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  post 'Report again' bob@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed 2
  capture_end
}

# Exim's PRDR: one answer for each recipient at the end of data, in SMTP.
topic_prdr() {
  sample exim exim exim
  EXIM_MORE_ACL='
check_recipient_data:
  deny local_parts = carol
       message = Message content refused: carol takes no reports
  accept' exim_server <<'EXIM'
prdr_enable = true
acl_smtp_data_prdr = check_recipient_data
EXIM
  exim_client <<<'  hosts_try_prdr = *'
  capture_on mx
  post 'Report' bob@example.com carol@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
  capture_end
}

topic_implicit_tls() {
  sample postfix postfix tools
  certificate mx
  postfix_server <<'MAIN_CF'
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
  on mx postconf -M 'submissions/inet=submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'
  on mx postfix reload >/dev/null 2>&1
  wait_port mx 465
  capture_on mx
  swaks_from_client 'Report' bob@example.com --port 465 --tls-on-connect
  capture_end
}

# The client verifies the server's certificate, which is self-signed, and ends the handshake with an alert.
topic_certificate_refused() {
  sample postfix postfix tools
  certificate mx
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --ssl-reqd --tls-max 1.3
  capture_end

  sample postfix-tls12 postfix tools
  certificate mx
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --ssl-reqd --tls-max 1.2
  capture_end
}

topic_too_many_recipients() {
  sample postfix postfix postfix
  postfix_server <<<'smtpd_recipient_limit = 2'
  on mx useradd --no-create-home erin
  postfix_client </dev/null
  capture_on mx
  post 'Report' bob@example.com carol@example.com erin@example.com
  until_true 20 in_log client /var/log/mail.log 'status=' 3
  capture_end
}

topic_slow_greeting() {
  sample postfix postfix tools
  postfix_server <<'MAIN_CF'
smtpd_delay_reject = no
smtpd_client_restrictions = sleep 7
MAIN_CF
  capture_on mx
  swaks_from_client 'Report' bob@example.com
  capture_end
}

topic_icmp_unreachable() {
  sample no-server tools tools
  on mx nft 'add table inet filter; add chain inet filter input { type filter hook input priority 0; };
             add rule inet filter input tcp dport 25 reject with icmp type admin-prohibited'
  capture_on client
  swaks_from_client 'Report' bob@example.com
  capture_end
}

# A load balancer that names the real client: swaks speaks as HAProxy does.
topic_proxy_header() {
  local version
  for version in 1 2; do
    sample "postfix-v$version" proxies tools
    postfix_server <<<'smtpd_upstream_proxy_protocol = haproxy'
    capture_on mx
    swaks_from_client 'Report' bob@example.com --proxy-version "$version" --proxy-family "$(
      ((version == 1)) && echo TCP4 || echo AF_INET)" --proxy-source 203.0.113.7 --proxy-source-port 56324 \
      --proxy-dest 198.51.100.1 --proxy-dest-port 25
    capture_end
  done

  sample unexpected proxies tools # the server was not told of the proxy
  postfix_server </dev/null
  capture_on mx
  swaks_from_client 'Report' bob@example.com --proxy-version 1 --proxy-family TCP4 --proxy-source 203.0.113.7 \
    --proxy-source-port 56324 --proxy-dest 198.51.100.1 --proxy-dest-port 25
  capture_end
}

topic_through_proxy() {
  sample socks5 proxies tools
  postfix_server </dev/null
  socks_server
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --socks5-hostname 198.51.100.25:1080
  capture_end

  sample socks5-login proxies tools
  postfix_server </dev/null
  socks_server -u alice -P "$PASSWORD"
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --socks5-hostname 198.51.100.25:1080 --proxy-user "alice:$PASSWORD"
  capture_end

  sample socks5-refused proxies tools # no server of mail is there
  socks_server
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --socks5-hostname 198.51.100.25:1080
  capture_end

  sample connect proxies tools
  postfix_server </dev/null
  http_proxy <<<"BasicAuth alice ${PASSWORD// /-}"
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --proxytunnel --proxy http://198.51.100.25:3128 --proxy-user "alice:${PASSWORD// /-}"
  capture_end

  sample connect-refused proxies tools
  postfix_server </dev/null
  http_proxy <<<"BasicAuth alice ${PASSWORD// /-}"
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --proxytunnel --proxy http://198.51.100.25:3128
  capture_end
}
