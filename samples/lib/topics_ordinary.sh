# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# (single quotes for Haraka's shell; variables of the other files)
# Ordinary deliveries: every server and every client with what it does by default. A function SERVER_ordinarily starts a
# server on mx; CLIENT_sends sends the letter from client, and returns when it has been sent.

# ---------------------------------------------------------------------------------------------- servers

# postfix_ordinarily: Debian's default offers STARTTLS. The client trusts the certificate.
postfix_ordinarily() {
  certificate mx
  on mx cat /etc/ssl/mx.pem | on client sh -c 'cat >/usr/local/share/ca-certificates/mx.crt; update-ca-certificates' \
    >/dev/null 2>&1
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
}
exim_ordinarily() { EXIM_CHUNKING='*' exim_server </dev/null; }
sendmail_ordinarily() { sendmail_server </dev/null; }
opensmtpd_ordinarily() { opensmtpd_server; }
haraka_ordinarily() { haraka_server; }
dovecot_ordinarily() { dovecot_lmtp; }
aiosmtpd_ordinarily() {
  on mx python3 -m aiosmtpd --nosetuid --listen 198.51.100.25:25 >"$WORK/aiosmtpd.log" 2>&1 </dev/null &
  wait_port mx 25
}

# ---------------------------------------------------------------------------------------------- clients

# Debian's default takes STARTTLS where it is offered.
postfix_sends() {
  postfix_client <<<'smtp_tls_security_level = may'
  if [[ -n ${1-} ]]; then on client postconf relayhost= "default_transport=$1"; fi
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/mail.log 'status=sent'
}
exim_sends() {
  exim_client <<<'  hosts_try_chunking = *'
  post 'Report' bob@example.com
  until_true 20 in_log client /var/log/exim4/mainlog Completed
}
sendmail_sends() {
  { cat <<'MC'
define(`SMART_HOST', `[mx.example.com]')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
MC
  } | sendmail_files client client.example.net
  letter 'Report' | on client sendmail-mta -Am -i -odi -f alice@example.net bob@example.com
}
opensmtpd_sends() {
  people client alice
  file_on client /etc/smtpd.conf <<'SMTPD'
action "out" relay host smtp://mx.example.com
match from local for any action "out"
SMTPD
  on client smtpd
  until_true 10 on client test -S /run/smtpd.sock
  letter 'Report' | on client sendmail -f alice@example.net bob@example.com
  until_true 20 on client sh -c 'smtpctl show stats | grep -q mta.envelope.*=0'
}
nodemailer_sends() {
  file_on client /run/nodemailer.js <"$SAMPLES/clients/nodemailer.js"
  on client env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt node /run/nodemailer.js mx.example.com "$TOPIC.$NAME"
}
smtplib_sends() { python_client email_message mx.example.com "$TOPIC.$NAME"; }
curl_sends() {
  letter 'Report' | file_on client /run/letter
  curl_from_client curl
}
msmtp_sends() {
  letter 'Report' | on client msmtp --file=/dev/null --host=mx.example.com --port=25 --domain=client.example.net \
    --from=alice@example.net bob@example.com
}
swaks_sends() { swaks_from_client 'Report' bob@example.com "$@"; }
# Debian's mutt insists on TLS (topic starttls-not-offered) unless it is told not to.
# shellcheck disable=SC2120 # most send with no more words for .muttrc
mutt_sends() {
  { cat <<'MUTT'
set smtp_url = smtp://mx.example.com
set from = alice@example.net
set realname = Alice
set hostname = client.example.net
set copy = no
MUTT
    printf '%s\n' "$@"; } | file_on client /root/.muttrc
  on client sh -c 'echo "the report you asked for is ready." | mutt -s Report bob@example.com' >"$WORK/mutt.log" 2>&1 ||
    { cat "$WORK/mutt.log" >&2; return 1; }
}
s_nail_sends() {
  on client sh -c 'echo "the report you asked for is ready." | s-nail -:/ -S v15-compat -S mta=smtp://mx.example.com \
    -S smtp-auth=none -S from=alice@example.net -S hostname=client.example.net -s Report bob@example.com' \
    >"$WORK/s-nail.log" 2>&1 || { cat "$WORK/s-nail.log" >&2; return 1; }
}
nullmailer_sends() {
  on client sh -c 'echo client.example.net >/etc/nullmailer/me; echo "mx.example.com smtp" >/etc/nullmailer/remotes
    rm -f /var/spool/nullmailer/trigger; mkfifo -m 622 /var/spool/nullmailer/trigger
    chown -R mail:mail /var/spool/nullmailer; nullmailer-send >/run/nullmailer.log 2>&1 </dev/null &'
  sleep 1
  letter 'Report' | on client nullmailer-inject -f alice@example.net bob@example.com
  until_true 20 in_log client /run/nullmailer.log 'Sent file'
}
dma_sends() {
  on client sh -c 'printf "SMARTHOST mx.example.com\nMAILNAME client.example.net\n" >/etc/dma/dma.conf'
  letter 'Report' | on client dma -f alice@example.net bob@example.com
  until_true 20 on client sh -c '[ -z "$(find /var/spool/dma -name "M*")" ]'
}
ssmtp_sends() {
  on client sh -c 'printf "mailhub=mx.example.com\nhostname=client.example.net\nFromLineOverride=YES\n" >/etc/ssmtp/ssmtp.conf'
  letter 'Report' | on client ssmtp -f alice@example.net bob@example.com
}

# ordinary SERVER CLIENT [ARGUMENT FOR THE CLIENT...]
ordinary() {
  local server=$1 client=$2 server_world=$1 client_world=$2; shift 2
  case $server in dovecot) server_world=postfix ;; aiosmtpd) server_world=tools ;; esac
  case $client in smtplib | curl | msmtp | swaks | mutt | s-nail) client_world=tools ;; esac
  sample "$server-$client" "$server_world" "$client_world"
  "${server}_ordinarily"
  capture_on mx
  "${client/-/_}_sends" "$@"
  capture_end
}

topic_ordinary() {
  ordinary postfix postfix
  ordinary postfix exim
  ordinary postfix nodemailer
  ordinary postfix swaks
  ordinary postfix mutt
  ordinary postfix s-nail
  ordinary postfix nullmailer
  ordinary exim sendmail
  ordinary exim opensmtpd
  ordinary exim curl
  ordinary exim msmtp
  ordinary exim mutt 'set ssl_force_tls = no'
  ordinary exim dma
  ordinary sendmail postfix
  ordinary sendmail exim
  ordinary sendmail smtplib
  ordinary sendmail curl
  ordinary sendmail ssmtp
  ordinary opensmtpd sendmail
  ordinary opensmtpd nodemailer
  ordinary opensmtpd smtplib
  ordinary opensmtpd dma
  ordinary dovecot postfix lmtp:inet:mx.example.com:24
  ordinary dovecot swaks --port 24 --protocol LMTP
  ordinary aiosmtpd msmtp
  ordinary aiosmtpd mutt 'set ssl_force_tls = no'
  ordinary aiosmtpd s-nail
  ordinary aiosmtpd nullmailer
  has_new_node || return 0
  ordinary haraka opensmtpd
  ordinary haraka swaks
  ordinary haraka ssmtp
}

# smtplib's sendmail() sends bytes as they are, line ends included; given text, it makes them CRLF.
topic_bare_lf() {
  local server
  for server in postfix exim sendmail opensmtpd; do
    sample "$server-smtplib" "$server" tools
    "${server}_ordinarily"
    letter 'Report' | file_on client /run/letter
    capture_on mx
    python_client one mx.example.com /run/letter bob@example.com
    capture_end
  done
}

# mutt says STARTTLS, offered or not, and gives up when it is refused.
topic_starttls_not_offered() {
  local server
  for server in exim aiosmtpd; do
    sample "$server-mutt" "${server/aiosmtpd/tools}" tools
    "${server}_ordinarily"
    capture_on mx
    mutt_sends || true
    capture_end
  done
}
