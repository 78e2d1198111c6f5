# shellcheck shell=bash disable=SC2034,SC2153
# (variables of the other files)
# The recipes of what is no mail, or no good one: lib/topics.sh tells how recipes are made.

# tls_server: Postfix that offers STARTTLS.
tls_server() {
  certificate mx
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
}

# Another protocol on port 25, and SMTP on the port of another one.
topic_not_smtp() {
  sample http postfix tools
  postfix_server </dev/null
  capture_on mx
  on client curl --silent --max-time 10 --http0.9 http://mx.example.com:25/ >"$WORK/curl.log" 2>&1 || true
  capture_end

  sample tls-on-25 postfix tools
  tls_server
  capture_on mx
  on client sh -c 'echo | timeout 10 openssl s_client -connect mx.example.com:25' >"$WORK/openssl.log" 2>&1 || true
  capture_end

  sample clear-on-465 postfix tools # the server waits for TLS, the client for a greeting
  tls_server
  on mx postconf -M 'submissions/inet=submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'
  on mx postfix reload >/dev/null 2>&1
  wait_port mx 465
  capture_on mx
  swaks_from_client 'Report' bob@example.com --port 465 --timeout 8
  capture_end

  sample clear-on-465-eager postfix tools # the same, and the client does not wait
  tls_server
  on mx postconf -M 'submissions/inet=submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'
  on mx postfix reload >/dev/null 2>&1
  wait_port mx 465
  capture_on mx
  on client sh -c 'printf "EHLO client.example.net\r\n" | curl --silent --max-time 5 telnet://mx.example.com:465' \
    >"$WORK/curl.log" 2>&1 || true
  capture_end
}

# Somebody who only looks whether the server is there.
topic_health_check() {
  sample fin postfix tools
  postfix_server </dev/null
  capture_on mx
  on client python3 -c 'import socket; s = socket.create_connection(("mx.example.com", 25)); s.recv(512); s.close()'
  capture_end

  sample reset postfix tools # as load balancers do: RST as soon as the server has answered the SYN
  postfix_server </dev/null
  capture_on mx
  on client python3 -c 'import socket, struct; s = socket.create_connection(("mx.example.com", 25))
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); s.close()'
  capture_end

  sample quit exim tools
  exim_server </dev/null
  capture_on mx
  talk_from_client <<<'QUIT'
  capture_end
}

# Commands in clear, sent together with STARTTLS: an attacker in between adds them, and a server that kept them would take
# them for commands that came encrypted.
topic_starttls_injection() {
  local server
  for server in postfix exim; do
    sample "$server" "$server" tools
    if [[ $server == postfix ]]; then tls_server
    else
      certificate mx
      on mx chgrp Debian-exim /etc/ssl/mx.key
      on mx chmod 640 /etc/ssl/mx.key
      on mx touch /etc/exim4/tls
      exim_server </dev/null
    fi
    capture_on mx
    talk_from_client <<TALK || true
EHLO client.example.net
+ STARTTLS
= RSET
NOOP
TALK
    capture_end
  done
}

# Which addresses are there? Asked by VRFY and by RCPT.
topic_address_probing() {
  local server names=(admin info sales bob postmaster root test carol webmaster office)
  sample rcpt postfix tools
  postfix_server </dev/null
  capture_on mx
  { echo 'EHLO client.example.net'; echo 'MAIL FROM:<alice@example.net>'
    printf 'RCPT TO:<%s@example.com>\n' "${names[@]}"; echo RSET; echo QUIT; } | talk_from_client
  capture_end

  sample vrfy exim tools
  exim_server <<<'acl_smtp_vrfy = accept'
  capture_on mx
  { echo 'EHLO client.example.net'; printf 'VRFY %s@example.com\n' "${names[@]}"; echo QUIT; } | talk_from_client
  capture_end
}

# The same name with one password after another.
topic_password_guessing() {
  sample exim exim tools
  EXIM_AUTH=1 EXIM_PORT=587 exim_server </dev/null
  capture_on mx
  { echo 'EHLO client.example.net'
    local word
    for word in secret 123456 qwerty letmein wrong; do
      echo "AUTH PLAIN $(printf '\0alice@example.net\0%s' "$word" | base64 -w0)"
    done
    echo QUIT; } | talk_from_client 587
  capture_end
}

# Text that RFC 5321 does not allow, or not undeclared.
topic_flawed_text() {
  local flaw
  for flaw in 8bit long-line nul bare-cr control no-dot-stuffing; do
    sample "postfix-$flaw" postfix tools
    postfix_server </dev/null
    capture_on mx
    python_client flawed mx.example.com "$flaw"
    capture_end
  done
  sample exim-no-dot-stuffing exim tools
  exim_server </dev/null
  capture_on mx
  python_client flawed mx.example.com no-dot-stuffing
  capture_end
}
