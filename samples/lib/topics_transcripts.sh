# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# (single quotes for another shell; variables of the other files)
# Recipes (lib/topics.sh): what mail tools print about a delivery under TLS, and captures to compare it with.

postfix_with_tls() {
  certificate mx
  postfix_server <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
}

# transcript COMMAND...: runs a tool on the client, and keeps all that it prints. Its complaint about a refusal is no error
# here.
transcript() {
  mkdir -p "$SAMPLES/$TOPIC"
  on client sh -c '"$@" 2>&1' sh "$@" </dev/null >"$SAMPLES/$TOPIC/$NAME.log" || true
  say "wrote $TOPIC/$NAME.log, $(stat -c %s "$SAMPLES/$TOPIC/$NAME.log") octets"
}

keep_keys() { on client cat /run/keys | grep -v '^#' >"$SAMPLES/$TOPIC/$NAME.keys"; }

swaks_transcript() {
  letter 'Report' | file_on client /run/letter
  transcript swaks --server mx.example.com --ehlo client.example.net --from alice@example.net --to "$1" \
    --data @/run/letter --timeout 30 "${@:2}"
}

curl_transcript() {
  letter 'Report' | file_on client /run/letter
  transcript env SSLKEYLOGFILE=/run/keys curl -v --ssl-reqd --insecure --max-time 30 \
    --url smtp://mx.example.com/client.example.net --mail-from alice@example.net --mail-rcpt "$1" \
    --upload-file /run/letter --crlf
}

smtplib_transcript() {
  letter 'Report' | file_on client /run/letter
  file_on client /run/debug.py <"$SAMPLES/clients/debug.py"
  transcript env SSLKEYLOGFILE=/run/keys python3 /run/debug.py mx.example.com "$1" /run/letter
}

# by_hand RECIPIENT: what a person types, at a person's pace. RCPT in small letters: openssl takes a line that begins with R for
# "renegotiate".
by_hand() {
  local line
  sleep 1
  for line in 'EHLO client.example.net' 'MAIL FROM:<alice@example.net>' "rcpt to:<$1>" DATA; do
    printf '%s\n' "$line"
    sleep 0.4
  done
  if [[ $1 != nouser@* ]]; then
    letter 'Report'
    printf '.\n'
    sleep 0.4
  fi
  printf 'QUIT\n'
  sleep 0.6
}

S_CLIENT='openssl s_client -starttls smtp -connect mx.example.com:25 -name client.example.net -crlf -keylogfile /run/keys'

# openssl_transcript RECIPIENT: a terminal session, kept by script(1).
openssl_transcript() {
  mkdir -p "$SAMPLES/$TOPIC"
  by_hand "$1" | on client script -q -c "$S_CLIENT" /run/typescript >"$WORK/script.log" 2>&1 || true
  on client cat /run/typescript >"$SAMPLES/$TOPIC/$NAME.log"
}

topic_transcripts() {
  local what to
  for what in delivered refused; do
    to=bob@example.com
    if [[ $what == refused ]]; then to=nouser@example.com; fi

    sample "clear-$what" postfix tools # what the others are compared with
    postfix_server </dev/null
    capture_on mx
    swaks_transcript "$to"
    capture_end

    sample "swaks-$what" postfix tools
    postfix_with_tls
    swaks_transcript "$to" --tls

    sample "curl-$what" postfix tools
    postfix_with_tls
    capture_on mx
    curl_transcript "$to"
    capture_end
    keep_keys

    sample "smtplib-$what" postfix tools
    postfix_with_tls
    capture_on mx
    smtplib_transcript "$to"
    capture_end
    keep_keys

    sample "openssl-$what" postfix tools
    postfix_with_tls
    capture_on mx
    openssl_transcript "$to"
    capture_end
    keep_keys
  done

  sample openssl-piped postfix tools # the commands come through a pipe: only the replies are printed
  postfix_with_tls
  mkdir -p "$SAMPLES/$TOPIC"
  # shellcheck disable=SC2086
  by_hand nouser@example.com | on client $S_CLIENT -quiet >"$SAMPLES/$TOPIC/$NAME.log" 2>&1 || true

  sample swaks-unreachable postfix tools # nothing listens
  swaks_transcript bob@example.com
}
