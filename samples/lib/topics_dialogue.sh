# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# (single quotes for another shell or Exim; variables of the other files)
# The recipes of corners of the dialogue and of extensions: lib/topics.sh tells how recipes are made.

HELLO='EHLO client.example.net'
SENDER='MAIL FROM:<alice@example.net>'
BOB='RCPT TO:<bob@example.com>'
CAROL='RCPT TO:<carol@example.com>'

# text_of ID: a short message for talk.py, its final dot included.
text_of() { letter 'Report' 'Bob <bob@example.com>' "$1" | sed 's/^/= /'; echo .; }
# chunk_of ID: the same for BDAT, with its number of octets in front: "BDAT n LAST" and the text.
chunk_of() { letter 'Report' 'Bob <bob@example.com>' "$1" | sed 's/$/\r/'; }

# RSET at every place where it can stand.
topic_rset() {
  local server
  for server in postfix exim; do
    sample "$server" "$server" tools
    "${server}_server" </dev/null
    capture_on mx
    { cat <<TALK
RSET
$HELLO
RSET
$SENDER
RSET
$SENDER
$BOB
RSET
$BOB
+ $SENDER
+ $BOB
DATA
$(text_of "$TOPIC.$NAME")
RSET
QUIT
TALK
    } | talk_from_client
    capture_end
  done
}

# A refused EHLO keeps the envelope, an accepted one clears it.
topic_ehlo_again() {
  local server
  for server in postfix exim sendmail; do
    sample "$server" "$server" tools
    "${server}_server" </dev/null
    capture_on mx
    { cat <<TALK
$HELLO
$SENDER
EHLO
$BOB
$HELLO
$CAROL
$SENDER
$BOB
DATA
$(text_of "$TOPIC.$NAME")
QUIT
TALK
    } | talk_from_client
    capture_end
  done
}

# Commands where they may not stand, and each put right.
topic_bad_sequence() {
  local server
  for server in postfix exim sendmail; do
    sample "$server" "$server" tools
    "${server}_server" </dev/null
    capture_on mx
    { cat <<TALK
$SENDER
RSET
$HELLO
$BOB
DATA
MAIL FROM:<alice@
$SENDER
$SENDER
DATA
$BOB
DATA
$(text_of "$TOPIC.$NAME")
$CAROL
QUIT
TALK
    } | talk_from_client
    capture_end
  done
}

# A client that does not look: DATA is refused, and the text behind it is already on its way.
topic_text_as_commands() {
  local server
  for server in postfix exim opensmtpd; do
    sample "$server" "$server" tools
    "${server}_server" </dev/null
    capture_on mx
    { cat <<TALK
$HELLO
+ $SENDER
+ RCPT TO:<nouser@example.com>
+ DATA
$(text_of "$TOPIC.$NAME")
QUIT
TALK
    } | talk_from_client
    capture_end
  done
}

# Chunks of nothing, chunks that are refused and swallowed all the same, and a DATA among chunks.
topic_bdat_corners() {
  local server size
  for server in postfix exim; do
    sample "$server" "$server" tools
    EXIM_CHUNKING='*' "${server}_server" </dev/null
    chunk_of "$TOPIC.$NAME" | file_on client /run/chunk
    size=$(on client stat -c %s /run/chunk)
    capture_on mx
    { cat <<TALK
$HELLO
$SENDER
$BOB
$(chunk_of "$TOPIC.$NAME" | sed "1s/^/+ BDAT $size\n= /; 1!s/^/= /" | tr -d '\r')
BDAT 0 LAST
+ $SENDER
+ RCPT TO:<nouser@example.com>
+ BDAT 9
= refused
BDAT 0 LAST
RSET
$SENDER
$BOB
+ BDAT 9
= Subject
DATA
RSET
QUIT
TALK
    } | talk_from_client
    capture_end
  done
}

# 421 in the middle of a transaction: too many errors.
topic_too_many_errors() {
  sample postfix postfix tools
  postfix_server <<<$'smtpd_hard_error_limit = 4\nsmtpd_error_sleep_time = 0'
  capture_on mx
  talk_from_client <<TALK
$HELLO
$SENDER
RCPT TO:<nouser@example.com>
RCPT TO:<nouser-2@example.com>
$BOB
RCPT TO:<nouser-3@example.com>
RCPT TO:<nouser-4@example.com>
$CAROL
QUIT
TALK
  capture_end

  sample exim exim tools
  exim_server <<<'smtp_max_unknown_commands = 3'
  capture_on mx
  talk_from_client <<TALK
$HELLO
HALLO
GUTEN TAG
MAHLZEIT
SERVUS
QUIT
TALK
  capture_end
}

topic_etrn() {
  sample postfix postfix tools
  postfix_server <<<'relay_domains = example.org'
  capture_on mx
  talk_from_client <<TALK
$HELLO
ETRN example.org
ETRN example.net
ETRN
QUIT
TALK
  capture_end

  sample sendmail sendmail tools
  sendmail_server </dev/null
  capture_on mx
  talk_from_client <<TALK
$HELLO
ETRN example.org
ETRN
QUIT
TALK
  capture_end
}

# A proxy in front of a server tells whom it speaks for.
topic_client_override() {
  sample xclient postfix tools
  postfix_server <<<'smtpd_authorized_xclient_hosts = 192.0.2.0/24'
  capture_on mx
  swaks_from_client 'Report' bob@example.com \
    --xclient 'ADDR=203.0.113.7 PORT=40000 NAME=mail.example.org HELO=mail.example.org PROTO=ESMTP'
  capture_end

  sample xclient-refused postfix tools # not for this client: neither offered nor allowed
  postfix_server </dev/null
  capture_on mx
  talk_from_client <<TALK
$HELLO
XCLIENT ADDR=203.0.113.7 NAME=mail.example.org
$SENDER
XFORWARD ADDR=203.0.113.7
QUIT
TALK
  capture_end

  sample xforward postfix postfix
  postfix_server <<<'smtpd_authorized_xforward_hosts = 192.0.2.0/24'
  postfix_client <<<'smtp_send_xforward_command = yes'
  capture_on mx
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/mail.log 'status='
  capture_end
}

topic_dsn() {
  sample postfix-msmtp postfix tools
  postfix_server </dev/null
  capture_on mx
  letter 'Report' | on client msmtp --file=/dev/null --host=mx.example.com --port=25 --domain=client.example.net \
    --from=alice@example.net --tls=off --auth=off --dsn-notify=failure,delay,success --dsn-return=headers bob@example.com
  capture_end

  sample sendmail-deliverby sendmail tools
  sendmail_server </dev/null
  capture_on mx
  { cat <<TALK
$HELLO
MAIL FROM:<alice@example.net> RET=HDRS ENVID=report+2B1 BY=120;RT SIZE=600 BODY=8BITMIME AUTH=<>
RCPT TO:<bob@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;bob+2Breports@example.com
RCPT TO:<carol@example.com> NOTIFY=NEVER
DATA
$(text_of "$TOPIC.$NAME")
QUIT
TALK
  } | talk_from_client
  capture_end
}

# A bounce on its way: client.example.net has no such user and tells the sender at example.com so.
topic_bounce() {
  sample postfix postfix postfix
  postfix_server </dev/null
  postfix_client </dev/null
  capture_on mx
  letter 'Report' | on client sendmail -i -f bob@example.com nouser@example.net
  until_true 20 in_log client /var/log/mail.log 'to=<bob@example.com>.*status=sent'
  capture_end

  sample exim exim exim
  exim_server </dev/null
  exim_client <<<''
  on client sh -c "sed -i '/^local:/,/^  transport/s/transport = mailbox/transport = mailbox\n  check_local_user/' \
    /etc/exim4/exim4.conf"
  capture_on mx
  letter 'Report' | on client sendmail -i -f bob@example.com nouser@example.net
  until_true 20 in_log client /var/log/exim4/mainlog '=> bob@example.com'
  capture_end
}

# hops N: so many Received fields.
hops() {
  local n
  for ((n = 1; n <= $1; n++)); do
    printf 'Received: from relay.example.org (relay.example.org [203.0.113.7])\n\tby relay.example.org with ESMTP id %05d;\n' "$n"
    printf '\tMon, 2 Mar 2026 10:%02d:00 +0000\n' "$((60 - n % 60))"
  done
}

topic_mail_loop() {
  local server
  for server in postfix exim; do
    sample "$server" "$server" tools
    "${server}_server" </dev/null
    { hops 60; letter 'Report'; } | file_on client /run/looped
    capture_on mx
    swaks_from_client 'Report' bob@example.com --data @/run/looped
    capture_end
  done
}

# Addresses and header with letters beyond ASCII.
topic_smtputf8() {
  local server
  for server in postfix exim; do
    sample "$server" "$server" tools
    "${server}_server" <<<"$([[ $server == exim ]] && echo 'smtputf8_advertise_hosts = *')"
    capture_on mx
    python_client utf8 mx.example.com "$TOPIC.$NAME"
    capture_end
  done

  sample sendmail-not-offered sendmail tools
  sendmail_server </dev/null
  capture_on mx
  talk_from_client <<TALK
$HELLO
MAIL FROM:<älice@example.net> SMTPUTF8
MAIL FROM:<älice@example.net>
QUIT
TALK
  capture_end
}

# typed LINE...: the lines as a hand types them, with time for the reply after each.
typed() {
  local line
  sleep 0.5
  for line in "$@"; do printf '%s\n' "$line"; sleep 0.5; done
}

# By hand: telnet sends nothing but the lines; told to, it negotiates, and the server reads that as a command.
topic_telnet() {
  local name
  for name in lines negotiating; do
    sample "$name" postfix tools
    postfix_server </dev/null
    capture_on mx
    typed "open mx.example.com $([[ $name == negotiating ]] && echo -25 || echo 25)" "$HELLO" "$HELLO" "$SENDER" "$BOB" DATA \
      'Subject: Report' '' 'Hello Bob' . QUIT | on client telnet >"$WORK/telnet.log" 2>&1 || true
    capture_end
  done
}

# auth_server MECHANISM...: Postfix with Dovecot on port 587, in clear, with those mechanisms.
auth_server() { dovecot_sasl "$@"; postfix_submission; }

# logs_in_with swaks|curl|msmtp MECHANISM
swaks_logs_in() {
  swaks_from_client 'Report' bob@example.com --port 587 --auth "$1" --auth-user alice@example.net --auth-password "$PASSWORD"
}
msmtp_logs_in() {
  letter 'Report' | on client msmtp --file=/dev/null --host=mx.example.com --port=587 --domain=client.example.net --tls=off \
    --from=alice@example.net --auth="$1" --user=alice@example.net --passwordeval="echo '$PASSWORD'" bob@example.com \
    >"$WORK/msmtp.log" 2>&1 || cat "$WORK/msmtp.log" >&2
}
curl_logs_in() {
  local mechanism=$1; shift
  letter 'Report' | file_on client /run/letter
  on client curl --silent --show-error --max-time 30 --url smtp://mx.example.com:587/client.example.net \
    --login-options "AUTH=$mechanism" "$@" \
    --mail-from alice@example.net --mail-rcpt bob@example.com --upload-file /run/letter --crlf >"$WORK/curl.log" 2>&1 ||
    cat "$WORK/curl.log" >&2
}

topic_auth_challenged() {
  local mechanism client
  for mechanism in CRAM-MD5 DIGEST-MD5; do
    sample "${mechanism,,}-swaks" postfix tools
    auth_server plain login cram-md5 digest-md5
    capture_on mx
    swaks_logs_in "$mechanism"
    capture_end
  done
  for client in swaks curl; do # Dovecot has no NTLM any more; Exim's is called spa
    sample "ntlm-$client" exim tools
    EXIM_MORE_AUTH="
ntlm:
  driver = spa
  public_name = NTLM
  server_password = \${if eq{\$auth1}{alice@example.net}{$PASSWORD}fail}
  server_set_id = \$auth1
" EXIM_PORT=587 exim_server </dev/null
    capture_on mx
    if [[ $client == swaks ]]; then swaks_logs_in NTLM; else curl_logs_in NTLM --user "alice@example.net:$PASSWORD"; fi
    capture_end
  done
  for mechanism in scram-sha-1 scram-sha-256; do
    sample "$mechanism-msmtp" postfix tools
    auth_server plain scram-sha-1 scram-sha-256
    capture_on mx
    msmtp_logs_in "$mechanism"
    capture_end
  done
  sample login-smtplib postfix tools # the user stands on the line of AUTH
  auth_server login
  capture_on mx
  python_client login mx.example.com 587 alice@example.net "$PASSWORD"
  capture_end
  sample cancelled postfix tools
  auth_server plain login cram-md5
  capture_on mx
  talk_from_client 587 <<TALK
$HELLO
AUTH CRAM-MD5
*
AUTH LOGIN
*
AUTH GSSAPI
$SENDER
QUIT
TALK
  capture_end
}

# Tokens in place of passwords, all refused: nobody signed them. The reason comes as JSON in a 334.
topic_auth_token_refused() {
  sample oauthbearer-curl postfix tools
  auth_server plain xoauth2 oauthbearer
  capture_on mx
  curl_logs_in OAUTHBEARER --user alice@example.net --oauth2-bearer 'token-of-nobody'
  capture_end
  sample xoauth2-msmtp postfix tools
  auth_server plain xoauth2 oauthbearer
  capture_on mx
  PASSWORD=token-of-nobody msmtp_logs_in xoauth2
  capture_end
}
