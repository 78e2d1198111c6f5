# shellcheck shell=bash disable=SC2016
# (single quotes for another shell or Exim)
# The mail software of the recordings: how each is set up and started on a host.
# Configurations are written in full, so that nothing of this machine (names, versions of /etc) comes into a capture.

PASSWORD='correct horse battery' # of alice@example.net, in every sample that has a password

# people HOST NAME...: local users with a mailbox.
people() {
  local host=$1 name; shift
  for name in "$@"; do
    on "$host" useradd --no-create-home --shell /usr/sbin/nologin "$name"
    on "$host" install -o "$name" -g mail -m 660 /dev/null "/var/mail/$name"
  done
}

# certificate HOST: a self-signed one for mx.example.com.
certificate() {
  on "$1" openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mx.example.com \
    -addext subjectAltName=DNS:mx.example.com -keyout /etc/ssl/mx.key -out /etc/ssl/mx.pem 2>/dev/null
}

# ---------------------------------------------------------------------------------------------- Postfix

# postfix_files HOST < main.cf: the parts every Postfix here has in common, then those on standard input.
postfix_files() {
  local host=$1
  { cat <<'MAIN_CF'
compatibility_level = 3.6
maillog_file = /var/log/mail.log
inet_interfaces = all
smtp_host_lookup = native
lmtp_host_lookup = native
disable_dns_lookups = yes
alias_maps =
biff = no
append_dot_mydomain = no
smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
MAIN_CF
    echo "inet_protocols = $([[ $IP_VERSION == 6 ]] && echo all || echo ipv4)"
    cat; } | file_on "$host" /etc/postfix/main.cf
  on "$host" cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
  on "$host" postconf -F '*/*/chroot=n'
}

postfix_start() {
  on "$1" postfix start >/dev/null 2>&1 || { on "$1" cat /var/log/mail.log >&2; die "postfix does not start on $1"; }
}

# postfix_server [< more main.cf]: mx.example.com takes mail for bob and carol @example.com.
postfix_server() {
  people mx bob carol
  { cat <<'MAIN_CF'
myhostname = mx.example.com
mydomain = example.com
myorigin = $mydomain
mydestination = $mydomain, $myhostname, localhost
mynetworks = 127.0.0.0/8
MAIN_CF
    cat; } | postfix_files mx
  postfix_start mx
  wait_port mx 25
}

# postfix_client [< more main.cf]: client.example.net sends everything to mx.example.com.
postfix_client() {
  people client alice
  { cat <<'MAIN_CF'
myhostname = client.example.net
mydomain = example.net
myorigin = $mydomain
mydestination = $mydomain, $myhostname, localhost
relayhost = [mx.example.com]
MAIN_CF
    cat; } | postfix_files client
  postfix_start client
}

# ---------------------------------------------------------------------------------------------- Exim

# exim_server [< main options]: mx.example.com takes mail for bob and carol @example.com. Options on standard input are
# put in the main section. Variables: EXIM_DATA_ACL, more lines of the ACL for the end of data; EXIM_MORE_ACL, more
# ACLs; EXIM_CHUNKING=*, offer CHUNKING; EXIM_AUTH=1, offer AUTH in clear; EXIM_MORE_AUTH, more authenticators; EXIM_PORT=587.
exim_server() {
  people mx bob carol
  { cat <<'EXIM'
primary_hostname = mx.example.com
domainlist local_domains = example.com
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data
host_lookup =
rfc1413_hosts =
keep_environment =
message_logs = false
log_selector = +all
tls_advertise_hosts = ${if exists{/etc/exim4/tls}{*}{}}
tls_certificate = /etc/ssl/mx.pem
tls_privatekey = /etc/ssl/mx.key
EXIM
    echo "chunking_advertise_hosts = ${EXIM_CHUNKING-}"
    cat
    cat <<EXIM
begin acl
check_rcpt:
  accept authenticated = *
  require message = relay not permitted
          domains = +local_domains
  require verify = recipient
  accept
check_data:
${EXIM_DATA_ACL-}
  accept
${EXIM_MORE_ACL-}
begin routers
local:
  driver = accept
  domains = +local_domains
  check_local_user
  transport = mailbox
  cannot_route_message = Unknown user
elsewhere:
  driver = accept
  domains = ! +local_domains
  transport = nowhere
begin transports
mailbox:
  driver = appendfile
  file = /var/mail/\$local_part_data
  delivery_date_add
  envelope_to_add
  return_path_add
nowhere:
  driver = appendfile
  file = /dev/null
  user = mail
begin retry
* * F,2h,15m
begin authenticators
EXIM
    if [[ -n ${EXIM_AUTH-} ]]; then cat <<EXIM
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{alice@example.net}}{eq{\$auth3}{$PASSWORD}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{\$auth1}{alice@example.net}}{eq{\$auth2}{$PASSWORD}}}}
  server_set_id = \$auth1
EXIM
    fi
    echo "${EXIM_MORE_AUTH-}"; } | exim_files mx
  on mx exim4 -bd -q30m -oX "${EXIM_PORT:-25}" </dev/null >/dev/null 2>&1
  wait_port mx "${EXIM_PORT:-25}"
}

exim_files() {
  file_on "$1" /etc/exim4/exim4.conf
  on "$1" chown root:Debian-exim /etc/exim4/exim4.conf
  on "$1" chmod 640 /etc/exim4/exim4.conf
  on "$1" exim4 -bV >"$WORK/exim.log" 2>&1 || { cat "$WORK/exim.log" >&2; die "exim does not like its configuration"; }
}

# exim_client [< options of the smtp transport]: client.example.net sends everything to mx.example.com.
exim_client() {
  people client alice
  { cat <<'EXIM'
primary_hostname = client.example.net
qualify_domain = example.net
domainlist local_domains = example.net
host_lookup =
keep_environment =
message_logs = false
log_selector = +all
tls_advertise_hosts =
disable_ipv6 = ${if exists{/etc/exim4/ipv6}{false}{true}}
begin routers
smarthost:
  driver = manualroute
  domains = ! +local_domains
  route_list = * mx.example.com byname
  transport = smtp
local:
  driver = accept
  transport = mailbox
begin transports
smtp:
  driver = smtp
EXIM
    cat
    cat <<'EXIM'
mailbox:
  driver = appendfile
  file = /var/mail/$local_part
  user = mail
begin retry
* * F,2h,15m
EXIM
  } | sed "/^disable_ipv6/s/=.*/= $([[ $IP_VERSION == 6 ]] && echo false || echo true)/" | exim_files client
}

# ---------------------------------------------------------------------------------------------- messages

# letter SUBJECT [TO] [ID]: a short message, complete with header, on standard output.
letter() {
  cat <<LETTER
From: Alice <alice@example.net>
To: ${2:-Bob <bob@example.com>}
Subject: $1
Message-ID: <${3:-$TOPIC.$NAME}@client.example.net>
Date: $(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S +0000')
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

Hello Bob,

the report you asked for is ready.

Alice
LETTER
}

# post SUBJECT RECIPIENT...: gives a letter to the client's own mail software (Postfix or Exim), from alice@example.net.
post() {
  local subject=$1; shift
  letter "$subject" | on client sendmail -i -f alice@example.net "$@"
}

# swaks_from_client SUBJECT RECIPIENTS [OPTION...]: sends a letter with swaks. Its complaint about a refusal, which most
# samples want, is no error here.
swaks_from_client() {
  local subject=$1 to=$2; shift 2
  letter "$subject" | file_on client /run/letter
  on client swaks --server mx.example.com --ehlo client.example.net --from alice@example.net --to "$to" \
    --data @/run/letter --timeout 30 "$@" >"$WORK/swaks.log" 2>&1 || true
}

# curl_from_client [VARIABLE=VALUE] curl [OPTION...]: sends /run/letter; curl's complaint is no error here.
curl_from_client() {
  on client "$@" --silent --show-error --max-time 30 --url smtp://mx.example.com/client.example.net \
    --mail-from alice@example.net --mail-rcpt bob@example.com --upload-file /run/letter --crlf \
    >"$WORK/curl.log" 2>&1 || true
}

# socks_server [OPTION...]: a SOCKS 5 proxy on port 1080 of mx, which connects to whatever it is asked for.
socks_server() {
  on mx microsocks "$@" >"$WORK/microsocks.log" 2>&1 &
  wait_port mx 1080
}

# http_proxy [< more of its configuration]: an HTTP proxy on port 3128 of mx, for CONNECT to port 25.
http_proxy() {
  { cat <<'TINYPROXY'
User nobody
Group nogroup
Port 3128
Timeout 30
LogFile "/run/tinyproxy.log"
Allow 192.0.2.0/24
ConnectPort 25
DisableViaHeader Yes
TINYPROXY
    cat; } | file_on mx /etc/tinyproxy/tinyproxy.conf
  on mx tinyproxy -d -c /etc/tinyproxy/tinyproxy.conf </dev/null >"$WORK/tinyproxy.log" 2>&1 &
  wait_port mx 3128
}

# large_letter OCTETS: a letter with about so many octets of body.
large_letter() {
  letter 'Report with all figures'
  local line='The figures of this row are 0123456789 0123456789 0123456789 0123456789.' n
  for ((n = 0; n < $1; n += ${#line} + 2)); do echo "$line"; done
}

# python_client NAME ARGUMENT...: runs clients/NAME.py on the client.
python_client() {
  local name=$1; shift
  file_on client "/run/$name.py" <"$SAMPLES/clients/$name.py"
  on client python3 "/run/$name.py" "$@" >"$WORK/$name.log"
}

# ---------------------------------------------------------------------------------------------- the others

# dovecot_sasl [MECHANISM...]: Dovecot as the judge of passwords for Postfix; knows alice@example.net alone. Tokens of OAuth
# would have to be signed with a key that nobody has.
dovecot_sasl() {
  file_on mx /etc/dovecot/dovecot.conf <<DOVECOT
protocols =
log_path = /var/log/dovecot.log
disable_plaintext_auth = no
auth_mechanisms = ${*:-plain login}
auth_failure_delay = 1 secs
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u /etc/dovecot/users
}
$(if [[ " $* " == *oauth* ]]; then cat <<'OAUTH'
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = /etc/dovecot/oauth2.conf
}
OAUTH
  fi)
userdb {
  driver = static
  args = uid=mail gid=mail home=/var/mail
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0666
  }
}
DOVECOT
  file_on mx /etc/dovecot/users <<<"alice@example.net:{PLAIN}$PASSWORD"
  on mx mkdir -p /etc/dovecot/keys
  file_on mx /etc/dovecot/oauth2.conf <<'OAUTH'
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=/etc/dovecot/keys/
OAUTH
  on mx dovecot
}

# postfix_submission: Postfix for its own users, on port 587, passwords in clear.
postfix_submission() {
  postfix_server <<'MAIN_CF'
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
MAIN_CF
  on mx postconf -M 'submission/inet=submission inet n - n - - smtpd'
  on mx postfix reload >/dev/null 2>&1
  wait_port mx 587
}

# postscreen_in_front: port 25 is answered by postscreen, which hands good clients on to smtpd.
postscreen_in_front() {
  on mx postconf -M 'smtp/inet=smtp inet n - n - 1 postscreen' 'smtpd/pass=smtpd pass - - n - - smtpd'
  on mx postfix stop >/dev/null 2>&1
  postfix_start mx
  wait_port mx 25
}

# dovecot_lmtp: mailboxes of bob (no limit) and carol (full) @example.com, on TCP port 24.
dovecot_lmtp() {
  on mx useradd --no-create-home --home-dir /srv/mail vmail
  on mx install -d -o vmail -g vmail /srv/mail
  file_on mx /etc/dovecot/dovecot.conf <<'DOVECOT'
protocols = lmtp
hostname = mx.example.com
postmaster_address = postmaster@example.com
log_path = /var/log/dovecot.log
mail_location = maildir:/srv/mail/%n
mail_plugins = quota
protocol lmtp {
  mail_plugins = $mail_plugins quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=100M
  quota_grace = 0
}
passdb {
  driver = passwd-file
  args = username_format=%u /etc/dovecot/users
}
userdb {
  driver = passwd-file
  args = username_format=%u /etc/dovecot/users
  default_fields = uid=vmail gid=vmail home=/srv/mail/%n
}
service lmtp {
  inet_listener lmtp {
    address = 198.51.100.25
    port = 24
  }
}
DOVECOT
  file_on mx /etc/dovecot/users <<'USERS'
bob@example.com:{PLAIN}unused:::::
carol@example.com:{PLAIN}unused::::::userdb_quota_rule=*:bytes=100
USERS
  on mx dovecot
  wait_port mx 24
}

# opensmtpd_server: mx.example.com takes mail for bob and carol @example.com.
opensmtpd_server() {
  people mx bob carol
  file_on mx /etc/smtpd.conf <<'SMTPD'
listen on 198.51.100.25 hostname mx.example.com
action "local" mbox
match from any for domain "example.com" action "local"
SMTPD
  on mx smtpd
  wait_port mx 25
}

# has_new_node: Haraka wants Node.js 20 or later, which Debian 12 does not have: only where this machine has it.
has_new_node() {
  node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null ||
    { say "samples with Haraka are left as they are: no Node.js 20 here"; return 1; }
}

# haraka_server: mx.example.com takes mail for everybody @example.com, and keeps it in a file in /tmp.
haraka_server() {
  local config=/etc/haraka/config
  on mx node /opt/haraka/node_modules/.bin/haraka -i /etc/haraka >"$WORK/haraka.log" 2>&1
  file_on mx $config/me <<<mx.example.com
  file_on mx $config/host_list <<<example.com
  file_on mx $config/plugins <<<$'rcpt_to.in_host_list\nqueue/test'
  file_on mx $config/smtp.ini <<<$'listen=198.51.100.25:25\nnodes=0'
  on mx sh -c 'cd /etc/haraka
    node /opt/haraka/node_modules/.bin/haraka -c /etc/haraka >/var/log/haraka.log 2>&1 </dev/null &'
  wait_port mx 25
}

# ---------------------------------------------------------------------------------------------- Sendmail

# sendmail_files HOST FQDN < more lines for sendmail.mc, before the MAILERs: a configuration without DNS. Those on
# standard input come last, so LOCAL_RULESETS may be among them.
sendmail_files() {
  local host=$1 fqdn=$2
  { cat <<MC
divert(0)dnl
VERSIONID(\`samples')dnl
OSTYPE(\`linux')dnl
define(\`confDOMAIN_NAME', \`$fqdn')dnl
define(\`confSERVICE_SWITCH_FILE', \`/etc/mail/service.switch')dnl
define(\`confTO_IDENT', \`0')dnl
define(\`confDONT_PROBE_INTERFACES', \`True')dnl
define(\`STATUS_FILE', \`/var/lib/sendmail/sendmail.st')dnl
define(\`confTRUSTED_USER', \`smmta')dnl
define(\`confPID_FILE', \`/run/sendmail.pid')dnl
define(\`confEBINDIR', \`/usr/libexec/sendmail')dnl
undefine(\`ALIAS_FILE')dnl
FEATURE(\`local_lmtp', \`/usr/libexec/sendmail/mail.local')dnl
FEATURE(\`no_default_msa')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`accept_unresolvable_domains')dnl
MC
    cat; } | file_on "$host" /etc/mail/sendmail.mc
  file_on "$host" /etc/mail/service.switch <<<$'hosts files\naliases files'
  on "$host" sh -c 'm4 /usr/share/sendmail/cf/m4/cf.m4 /etc/mail/sendmail.mc >/etc/mail/sendmail.cf'
  on "$host" install -d -m 700 /var/spool/mqueue
}

# sendmail_server [< more of sendmail.mc]: mx.example.com takes mail for bob and carol @example.com.
sendmail_server() {
  people mx bob carol
  { cat <<'MC'
DAEMON_OPTIONS(`Family=inet, Name=MTA, Addr=198.51.100.25, Port=25')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
LOCAL_CONFIG
Cwexample.com
MC
    cat; } | sendmail_files mx mx.example.com
  on mx sendmail-mta -bd -q30m </dev/null >"$WORK/sendmail.log" 2>&1 || { cat "$WORK/sendmail.log" >&2; return 1; }
  wait_port mx 25
}

# proxy_on_mx NAME ARGUMENT...: runs proxies/NAME.py on mx; its first argument is the port it listens on.
proxy_on_mx() {
  local name=$1; shift
  file_on mx "/run/$name.py" <"$SAMPLES/proxies/$name.py"
  on mx python3 "/run/$name.py" "$@" >"$WORK/$name.log" 2>&1 </dev/null &
  wait_port mx "$1"
}

# postfix_behind PORT [< more main.cf]: as postfix_server, on 127.0.0.1:PORT; port 25 is left for what stands in front.
postfix_behind() {
  postfix_server
  on mx postconf -MX smtp/inet
  on mx postconf -M "$1/inet=127.0.0.1:$1 inet n - n - - smtpd"
  on mx postfix stop >/dev/null 2>&1
  postfix_start mx
  wait_port mx "$1"
}

# talk_from_client [PORT] < script: clients/talk.py says to mx what the script says.
talk_from_client() {
  file_on client /run/talk.py <"$SAMPLES/clients/talk.py"
  on client python3 /run/talk.py mx.example.com "${1-25}" >"$WORK/talk.log"
  sed 's/^/record:   /' "$WORK/talk.log" >&2
}
