# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# (single quotes for another shell or Exim; variables of the other files)
# Recipes (lib/topics.sh): TLS with the keys that open it, and TLS that does not come about.

# authority HOST: a CA of the recordings' own, ca.pem and ca.key in /etc/ssl.
authority() {
  on "$1" openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=Example CA' \
    -keyout /etc/ssl/ca.key -out /etc/ssl/ca.pem 2>/dev/null
}

# signed_certificate HOST NAME LAST_DAY: by that CA, good up to that day, as 20250401.
signed_certificate() {
  on "$1" openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout /etc/ssl/mx.key -out /etc/ssl/mx.csr 2>/dev/null
  file_on "$1" /etc/ssl/ca.cnf <<CNF
[ca]
default_ca = d
[d]
database = /etc/ssl/ca.index
serial = /etc/ssl/ca.serial
new_certs_dir = /etc/ssl
policy = p
default_md = sha256
x509_extensions = e
[p]
commonName = supplied
[e]
subjectAltName = DNS:$2
CNF
  file_on "$1" /etc/ssl/ca.index </dev/null
  file_on "$1" /etc/ssl/ca.serial <<<01
  on "$1" openssl ca -batch -notext -config /etc/ssl/ca.cnf -cert /etc/ssl/ca.pem -keyfile /etc/ssl/ca.key \
    -startdate 20250101000000Z -enddate "$3"000000Z -in /etc/ssl/mx.csr -out /etc/ssl/mx.pem 2>/dev/null
}

# postfix_that_offers_tls [< more main.cf]: with the certificate that is there.
postfix_that_offers_tls() {
  { cat <<'MAIN_CF'
smtpd_tls_security_level = may
smtpd_tls_cert_file = /etc/ssl/mx.pem
smtpd_tls_key_file = /etc/ssl/mx.key
MAIN_CF
    cat; } | postfix_server
}

# trusting: the client knows the server's CA.
trusting() { on mx cat /etc/ssl/ca.pem | file_on client /run/ca.pem; }

# keyed_delivery NAME URL [OPTION...]: curl delivers the letter, and writes down its keys.
keyed_delivery() {
  local url=$2
  sample "$1" postfix tools
  shift 2
  certificate mx
  postfix_that_offers_tls </dev/null
  if [[ $url == smtps:* ]]; then
    on mx postconf -M 'submissions/inet=submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes'
    on mx postfix reload >/dev/null 2>&1
    wait_port mx 465
  fi
  letter 'Report' | file_on client /run/letter
  capture_on mx
  on client env SSLKEYLOGFILE=/run/keys curl --silent --show-error --max-time 30 --url "$url" \
    --mail-from alice@example.net --mail-rcpt bob@example.com --mail-rcpt nouser@example.com --mail-rcpt-allowfails \
    --upload-file /run/letter --crlf "$@" >"$WORK/curl.log" 2>&1 || true
  capture_end
  on client cat /run/keys | grep -v '^#' >"$SAMPLES/$TOPIC/$NAME.keys"
}

# One delivery under TLS of several kinds, each with the client's key log beside it.
topic_tls_keys() {
  local url=smtp://mx.example.com/client.example.net
  keyed_delivery tls12-gcm "$url" --ssl-reqd --insecure --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256
  keyed_delivery tls12-cbc "$url" --ssl-reqd --insecure --tls-max 1.2 --ciphers ECDHE-RSA-AES256-SHA384
  keyed_delivery tls13-aes "$url" --ssl-reqd --insecure --tls13-ciphers TLS_AES_128_GCM_SHA256
  keyed_delivery tls13-chacha20 "$url" --ssl-reqd --insecure --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256
  keyed_delivery implicit smtps://mx.example.com:465/client.example.net --insecure
}

# refused_by_curl NAME [OPTION...] < more main.cf: the certificate is there before.
refused_by_curl() {
  postfix_that_offers_tls
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --ssl-reqd "$@"
  capture_end
}

topic_tls_failed() {
  local version
  for version in 1.2 1.3; do
    sample "expired-tls${version/./}" postfix tools
    authority mx
    signed_certificate mx mx.example.com 20250401
    trusting
    refused_by_curl --cacert /run/ca.pem --tls-max "$version" </dev/null

    sample "wrong-name-tls${version/./}" postfix tools
    authority mx
    signed_certificate mx www.example.com 20360101
    trusting
    refused_by_curl --cacert /run/ca.pem --tls-max "$version" </dev/null

    sample "unknown-ca-tls${version/./}" postfix tools
    authority mx
    signed_certificate mx mx.example.com 20360101
    refused_by_curl --tls-max "$version" </dev/null

    sample "reset-tls${version/./}" postfix tools # behind the server's part of the handshake
    certificate mx
    postfix_that_offers_tls </dev/null
    capture_on mx
    python_client starttls_reset mx.example.com "$version"
    capture_end
  done

  sample no-common-version-tls12 postfix tools # the client knows nothing better
  certificate mx
  refused_by_curl --insecure --tls-max 1.2 <<<'smtpd_tls_protocols = >=TLSv1.3'

  sample no-common-version-tls13 postfix tools # nor the server here
  certificate mx
  refused_by_curl --insecure --tlsv1.3 <<<'smtpd_tls_protocols = <=TLSv1.2'

  sample no-common-suite-tls12 postfix tools
  certificate mx
  refused_by_curl --insecure --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256 <<'MAIN_CF'
tls_medium_cipherlist = ECDHE-RSA-AES256-GCM-SHA384
tls_high_cipherlist = ECDHE-RSA-AES256-GCM-SHA384
MAIN_CF

  sample no-common-suite-tls13 exim tools
  certificate mx
  on mx chgrp Debian-exim /etc/ssl/mx.key
  on mx chmod 640 /etc/ssl/mx.key
  on mx touch /etc/exim4/tls
  exim_server <<<'tls_require_ciphers = NORMAL:-CIPHER-ALL:+AES-256-GCM'
  letter 'Report' | file_on client /run/letter
  capture_on mx
  curl_from_client curl --ssl-reqd --insecure --tlsv1.3 --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256
  capture_end

  sample plaintext-behind-220 postfix tools
  certificate mx
  postfix_that_offers_tls </dev/null
  capture_on mx
  talk_from_client <<TALK
EHLO client.example.net
STARTTLS
EHLO client.example.net
TALK
  capture_end
}
