# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# The recipes of deliveries that take more than one session: another MX, another hop, a bounce on its way back.

# mx_records: the client asks its own DNS server, which knows two MX of example.com. mx-1 has no host of its own: it is
# a second address of mx, on which the mail server does not listen.
mx_records() {
  on mx ip addr add 198.51.100.26/24 dev eth0
  on client /bin/sh -c 'echo "198.51.100.26 mx-1.example.com" >>/etc/hosts'
  on client dnsmasq --port=53 --listen-address=127.0.0.1 --bind-interfaces --no-resolv --no-hosts --user=root \
    --pid-file=/run/dnsmasq.pid --mx-host=example.com,mx-1.example.com,10 --mx-host=example.com,mx.example.com,20 \
    --host-record=mx-1.example.com,198.51.100.26 --host-record=mx.example.com,198.51.100.25
}

# direct_client [< more main.cf]: Postfix that looks MX records up.
direct_client() {
  people client alice
  { cat <<'MAIN_CF'
myhostname = client.example.net
mydomain = example.net
myorigin = $mydomain
mydestination = $mydomain, $myhostname, localhost
MAIN_CF
    cat; } | postfix_files client
  on client postconf disable_dns_lookups=no smtp_dns_support_level=enabled smtp_host_lookup=dns
  postfix_start client
}

topic_second_mx() {
  sample refused postfix postfix-dns
  postfix_server <<<'inet_interfaces = 198.51.100.25, 127.0.0.1'
  mx_records
  direct_client </dev/null
  capture_on mx
  post 'Report' bob@example.com
  until_true 40 in_log client /var/log/mail.log 'status=sent'
  capture_end

  sample silent postfix postfix-dns
  postfix_server <<<'inet_interfaces = 198.51.100.25, 127.0.0.1'
  mx_records
  on mx nft -f - <<'NFT'
table inet filter {
  chain input { type filter hook input priority 0; ip daddr 198.51.100.26 drop; }
}
NFT
  direct_client <<<'smtp_connect_timeout = 5s'
  capture_on mx
  post 'Report' bob@example.com
  until_true 40 in_log client /var/log/mail.log 'status=sent'
  capture_end
}

# relay_between: relay.example.net takes mail from the client's network for everybody, and passes it on.
relay_between() {
  postfix_files relay <<'MAIN_CF'
myhostname = relay.example.net
mydomain = example.net
myorigin = $myhostname
mydestination = $myhostname, localhost
mynetworks = 127.0.0.0/8, 192.0.2.0/24
transport_maps = inline:{ {example.net = smtp:[client.example.net]} }
relayhost = [mx.example.com]
MAIN_CF
  postfix_start relay
  wait_port relay 25
}

# client_of_relay: a Postfix that sends everything to the relay, and takes mail for alice.
client_of_relay() {
  people client alice
  postfix_files client <<'MAIN_CF'
myhostname = client.example.net
mydomain = example.net
myorigin = $mydomain
mydestination = $mydomain, $myhostname, localhost
mynetworks = 127.0.0.0/8
relayhost = [relay.example.net]
MAIN_CF
  postfix_start client
  wait_port client 25
}

topic_relay_hop() {
  sample delivered postfix postfix by_relay postfix
  postfix_server </dev/null
  relay_between
  client_of_relay
  capture_on relay any
  post 'Report' bob@example.com
  until_true 40 in_log relay /var/log/mail.log 'status=sent'
  capture_end

  sample bounced postfix postfix by_relay postfix
  postfix_server </dev/null
  relay_between
  client_of_relay
  capture_on relay any
  post 'Report' nouser@example.com
  until_true 40 in_log client /var/log/mail.log 'to=<alice@example.net>.*status=sent'
  capture_end
}
