# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# (single quotes for another shell or Exim; variables of the other files)
# Hosts for the recordings: small machines made of Linux namespaces.
#
# A host is a process tree with namespaces of its own (mount, UTS, IPC, PID, network) whose root is an overlay:
#
#     upper   what this host writes: configuration, spool, users. New for every sample, gone with it.
#     lower   a "world": the packages of one mail server, put in by apt-get inside the overlay.
#     lower   the "tools" world: clients, tcpdump, nft.
#     lower   this machine's root, read only.
#
# So Postfix, Exim and OpenSMTPD, which exclude each other as Debian packages, stand side by side; every daemon finds
# its usual paths; and nothing on this machine changes. All of it lives on a tmpfs in the script's own mount namespace.

declare -A HOST_INIT=()    # host name -> pid of the first process in it, as seen from here
declare -A HOST_UNSHARE=() # host name -> pid of the unshare that holds it
CAPTURE_PID=
CABLE_PID=

say() { printf '%s\n' "record: $*" >&2; }
die() { say "$*"; exit 1; }

# until_true SECONDS COMMAND...: repeats the command until it succeeds; fails after so many seconds.
until_true() {
  local limit=$((SECONDS + $1)); shift
  until "$@"; do
    ((SECONDS < limit)) || { say "gave up waiting for: $*"; return 1; }
    sleep 0.1
  done
}

# ---------------------------------------------------------------------------------------------- worlds

world_packages() {
  case $1 in
    tools)     echo "tcpdump ethtool nftables iproute2 procps swaks curl msmtp python3 openssl ca-certificates" \
                    "libnet-ssleay-perl libauthen-sasl-perl libdigest-hmac-perl libauthen-ntlm-perl" \
                    "inetutils-telnet s-nail mutt python3-aiosmtpd" ;;
    postfix)   echo "postfix postgrey dovecot-core dovecot-lmtpd" ;;
    exim)      echo "exim4-daemon-heavy exim4-base exim4-config" ;;
    opensmtpd) echo "opensmtpd" ;;
    postfix-dns) echo "postfix dnsmasq-base" ;;
    proxies)   echo "postfix microsocks tinyproxy" ;;
    sendmail)  echo "sendmail-bin sendmail-cf sensible-mda" ;;
    courier)   echo "courier-mta" ;;
    qpsmtpd)   echo "qpsmtpd" ;;
    twisted)   echo "python3-twisted" ;;
    perl)      echo "libnet-smtp-server-perl" ;;
    nullmailer | dma | ssmtp | esmtp) echo "$1" ;;
    haraka | nodemailer) echo "" ;; # from npm, below
    *)         die "no such world: $1" ;;
  esac
}

# world_lowers WORLD: the overlay's lower layers below this world's own.
world_lowers() { if [[ $1 == tools ]]; then echo /; else echo "$WORK/world/tools:/"; fi; }

# mount_root DIR UPPER LOWERS: an overlay at DIR, with the devices and folders that programs expect.
mount_root() {
  mkdir -p "$1" "$2" "$2.work"
  mount -t overlay overlay -o "lowerdir=$3,upperdir=$2,workdir=$2.work" "$1"
  mount --rbind /dev "$1/dev"
  mount -t tmpfs tmpfs "$1/run"
  mount -t tmpfs tmpfs "$1/tmp"
  mkdir -p "$1/run/lock"
}

# make_world WORLD: installs the packages of a world, once a run.
make_world() {
  local world=$1 upper=$WORK/world/$1 root=$WORK/install
  [[ -d $upper ]] && return
  [[ $world == tools ]] || make_world tools
  say "installing world '$world'"
  mount_root "$root" "$upper" "$(world_lowers "$world")"
  mount -t proc proc "$root/proc"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no daemon starts by itself
  chmod 755 "$root/usr/sbin/policy-rc.d"
  if [[ -e /etc/resolv.conf ]]; then cat /etc/resolv.conf >"$root/etc/resolv.conf"; fi
  chroot "$root" /bin/bash -euo pipefail -c '
    export DEBIAN_FRONTEND=noninteractive
    echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
    if [[ $1 == tools ]]; then apt-get -q update; fi
    # shellcheck disable=SC2086
    if [[ -n $2 ]]; then apt-get -q -y -o DPkg::Lock::Timeout=600 --no-install-recommends install $2; fi
    if [[ $1 == haraka ]]; then
      mkdir -p /opt/haraka; cd /opt/haraka
      npm install --no-audit --no-fund --omit=optional Haraka@3.3.4
    fi
    if [[ $1 == nodemailer ]]; then
      mkdir -p /opt/nodemailer; cd /opt/nodemailer
      npm install --no-audit --no-fund nodemailer@7.0.11
    fi
  ' install "$world" "$(world_packages "$world")" >"$WORK/install-$world.log" 2>&1 ||
    { tail -20 "$WORK/install-$world.log" >&2; umount -R -l "$root"; rm -rf "$upper"; die "cannot install '$world'"; }
  umount -R "$root"
}

# ---------------------------------------------------------------------------------------------- hosts

# start_host NAME WORLD FQDN: a host with no network yet.
start_host() {
  local name=$1 world=$2 fqdn=$3 root=$WORK/host/$1 holder
  make_world "$world"
  local lowers; lowers=$WORK/world/$world:$(world_lowers "$world")
  mount_root "$root" "$WORK/upper/$SAMPLE.$name" "$lowers"
  printf '%s\n' "$fqdn" >"$root/etc/hostname"
  printf '%s\n' "$fqdn" >"$root/etc/mailname"
  cat >"$root/etc/hosts" <<-HOSTS
	127.0.0.1            localhost
	::1                  localhost
	198.51.100.25        mx.example.com
	2001:db8:2::25       mx.example.com
	192.0.2.10           client.example.net
	2001:db8:1::10       client.example.net
	HOSTS
  echo 'hosts: files' >"$root/etc/nsswitch.conf.new"
  sed '/^hosts:/d' "$root/etc/nsswitch.conf" >>"$root/etc/nsswitch.conf.new" 2>/dev/null || true
  mv "$root/etc/nsswitch.conf.new" "$root/etc/nsswitch.conf"
  printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$root/etc/resolv.conf" # nobody listens
  unshare --mount --uts --ipc --pid --net --fork --kill-child --root="$root" --mount-proc \
    /bin/sh -c 'hostname "$1"; : >/run/up; exec sleep infinity' init "$fqdn" </dev/null >/dev/null 2>&1 &
  holder=$!
  HOST_UNSHARE[$name]=$holder
  until_true 10 test -e "$root/run/up"
  read -r "HOST_INIT[$name]" <"/proc/$holder/task/$holder/children" || true # the line has no end
  on "$name" ip link set lo up
}

# on HOST COMMAND...: runs a command in a host, with a clean environment.
on() {
  local name=$1; shift
  nsenter --target "${HOST_INIT[$name]}" --mount --uts --ipc --pid --net --root --wd -- \
    /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 USER=root LOGNAME=root "$@"
}

# file_on HOST PATH: writes standard input to a file there.
file_on() { on "$1" /bin/sh -c 'mkdir -p "$(dirname "$1")"; cat >"$1"' sh "$2"; }

# hosts SERVER_WORLD CLIENT_WORLD [WAY...]: the two hosts of a sample, joined by a cable or another WAY:
#   mx      mx.example.com      198.51.100.25  2001:db8:2::25
#   client  client.example.net  192.0.2.10     2001:db8:1::10
hosts() {
  start_host mx "$1" mx.example.com
  start_host client "$2" client.example.net
  local way=("${@:3}")
  ((${#way[@]})) || way=(by_cable)
  "${way[@]}"
}

# link HOST INTERFACE MAC PEER INTERFACE MAC: a veth cable.
link() {
  ip link add name "$2" netns "${HOST_INIT[$1]}" address "$3" type veth \
    peer name "$5" netns "${HOST_INIT[$4]}" address "$6"
  plain_interface "$1" "$2"
  plain_interface "$4" "$5"
}

# plain_interface HOST INTERFACE: without offloads, so that the capture shows the segments and checksums that would be
# on a wire; and without router solicitations, as no router answers them.
plain_interface() {
  on "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null 2>&1 || true
  on "$1" sysctl -q -w "net.ipv6.conf.$2.accept_ra=0" "net.ipv6.conf.$2.autoconf=0" \
    "net.ipv6.conf.$2.router_solicitations=0" "net.ipv6.conf.$2.addr_gen_mode=1"
  if [[ $IP_VERSION == 4 ]]; then on "$1" sysctl -q -w "net.ipv6.conf.$2.disable_ipv6=1"; fi
  on "$1" ip link set "$2" up
}

# one_wire: addresses and routes where nothing stands between the two.
one_wire() {
  on mx ip addr add 198.51.100.25/24 dev eth0
  on mx ip route add 192.0.2.0/24 dev eth0
  on client ip addr add 192.0.2.10/24 dev eth0
  on client ip route add 198.51.100.0/24 dev eth0
  if [[ $IP_VERSION == 6 ]]; then
    on mx ip addr add 2001:db8:2::25/64 dev eth0 nodad
    on mx ip -6 route add 2001:db8:1::/64 dev eth0
    on client ip addr add 2001:db8:1::10/64 dev eth0 nodad
    on client ip -6 route add 2001:db8:2::/64 dev eth0
  fi
}

by_cable() {
  link mx eth0 02:00:00:00:00:25 client eth0 02:00:00:00:00:10
  one_wire
}

# by_long_cable DELAY_MS LOSS_PERCENT SEED: the same by cable.py, each way with this delay.
by_long_cable() {
  local log=$WORK/cable.log
  : >"$log"
  python3 "$SAMPLES/lib/cable.py" "${HOST_INIT[client]}" "${HOST_INIT[mx]}" "$@" >"$log" 2>&1 &
  CABLE_PID=$!
  until_true 10 grep -q up "$log"
  on mx ip link set eth0 address 02:00:00:00:00:25
  on client ip link set eth0 address 02:00:00:00:00:10
  plain_interface mx eth0
  plain_interface client eth0
  one_wire
}

# by_router MTU: a router (192.0.2.1, 198.51.100.1) stands between them, and its link to mx takes packets of at most
# so many octets. IPv4 alone.
by_router() {
  start_host router tools router.example.org
  link client eth0 02:00:00:00:00:10 router eth0 02:00:00:00:00:01
  link mx eth0 02:00:00:00:00:25 router eth1 02:00:00:00:00:02
  on router ip link set eth1 mtu "$1"
  on router sysctl -q -w net.ipv4.ip_forward=1
  on router ip addr add 192.0.2.1/24 dev eth0
  on router ip addr add 198.51.100.1/24 dev eth1
  on client ip addr add 192.0.2.10/24 dev eth0
  on client ip route add default via 192.0.2.1
  on mx ip addr add 198.51.100.25/24 dev eth0
  on mx ip route add default via 198.51.100.1
}

# by_relay WORLD: a third host takes the mail of the client on one link, and passes it on to mx on another. IPv4 alone.
#   relay   relay.example.net   192.0.2.1, 198.51.100.1
by_relay() {
  local name
  start_host relay "$1" relay.example.net
  link client eth0 02:00:00:00:00:10 relay eth0 02:00:00:00:00:01
  link mx eth0 02:00:00:00:00:25 relay eth1 02:00:00:00:00:02
  on relay ip addr add 192.0.2.1/24 dev eth0
  on relay ip addr add 198.51.100.1/24 dev eth1
  on client ip addr add 192.0.2.10/24 dev eth0
  on mx ip addr add 198.51.100.25/24 dev eth0
  on client /bin/sh -c 'echo "192.0.2.1 relay.example.net" >>/etc/hosts'
  on mx /bin/sh -c 'echo "198.51.100.1 relay.example.net" >>/etc/hosts'
}

listening() { [[ -n $(on "$1" ss -Hltn "sport = :$2") ]]; }
# wait_port HOST PORT: until something listens there (asked of the kernel; no connection is made).
wait_port() { until_true 20 listening "$1" "$2"; }

# no_connections: nothing is open between the hosts, or about to be.
no_connections() {
  local open; open=$(on mx ss -Htn state connected exclude time-wait | grep -vc 127.0.0.1 || true)
  ((open == 0))
}
# in_log HOST FILE PATTERN [TIMES]: has the log that line, so many times?
in_log() {
  local found; found=$(on "$1" cat "$2" 2>/dev/null | grep -c -e "$3" || true)
  ((found >= ${4:-1}))
}

# stop_hosts: ends every process of the hosts; the kernel takes the namespaces, cable and all, away with them.
stop_hosts() {
  local name
  if [[ -n $CABLE_PID ]]; then kill "$CABLE_PID" 2>/dev/null || true; wait "$CABLE_PID" || true; CABLE_PID=; fi
  for name in "${!HOST_UNSHARE[@]}"; do
    kill -KILL "${HOST_INIT[$name]:-${HOST_UNSHARE[$name]}}" 2>/dev/null || true
    wait "${HOST_UNSHARE[$name]}" 2>/dev/null || true
    until_true 10 umount -R "$WORK/host/$name" 2>/dev/null || umount -R -l "$WORK/host/$name" 2>/dev/null || true
    [[ -n ${KEEP_UPPER-} ]] || rm -rf "$WORK/upper/$SAMPLE.$name" "$WORK/upper/$SAMPLE.$name.work"
  done
  HOST_UNSHARE=() HOST_INIT=()
}

# ---------------------------------------------------------------------------------------------- capturing

# capture_on HOST [INTERFACE]: starts tcpdump on that host's cable; `any` are all it has.
capture_on() {
  local host=$1 log=$WORK/tcpdump.log
  : >"$log"
  on "$host" tcpdump -i "${2-eth0}" -n -U -s 0 -Z root --immediate-mode -w /run/sample.pcap 2>"$log" &
  CAPTURE_PID=$!
  CAPTURE_HOST=$host
  until_true 10 grep -q 'listening on' "$log"
}

# capture_end [SECONDS]: when all connections have ended, or after so many seconds, stops tcpdump and puts the capture
# in its place.
capture_end() {
  until_true "${1:-20}" no_connections 2>/dev/null || say "a connection is still open at the end of the capture"
  sleep 0.4
  # By name, in the pid namespace of this host alone, where no other tcpdump can be.
  on "$CAPTURE_HOST" pkill -INT -x tcpdump
  wait "$CAPTURE_PID" || true
  CAPTURE_PID=
  mkdir -p "$SAMPLES/$TOPIC"
  on "$CAPTURE_HOST" cat /run/sample.pcap >"$SAMPLES/$TOPIC/$NAME.pcap"
  say "wrote $TOPIC/$NAME.pcap, $(stat -c %s "$SAMPLES/$TOPIC/$NAME.pcap") octets"
}
