# shellcheck shell=bash disable=SC2034,SC2153
# (variables of the other files)
# The recipes of what lies between the hosts, and of hosts that stand still: lib/topics.sh tells how recipes are made.

# Large packets vanish on their way to the server, and no ICMP says so: as the client sees it, and as the server does.
topic_mtu_black_hole() {
  sample postfix postfix postfix
  on mx nft 'add table inet filter; add chain inet filter input { type filter hook input priority 0; };
             add rule inet filter input tcp dport 25 meta length > 1000 drop'
  postfix_server </dev/null
  postfix_client <<<'smtp_data_done_timeout = 12s'
  capture_on client
  large_letter 20000 | on client sendmail -i -f alice@example.net bob@example.com
  until_true 30 in_log client /var/log/mail.log 'status=deferred'
  capture_end 2

  sample postfix-at-server postfix postfix by_router 1280
  on router nft 'add table inet filter; add chain inet filter output { type filter hook output priority 0; };
                 add rule inet filter output ip protocol icmp drop'
  postfix_server <<<'smtpd_timeout = 10s'
  postfix_client </dev/null
  capture_on mx
  large_letter 20000 | on client sendmail -i -f alice@example.net bob@example.com
  until_true 30 in_log client /var/log/mail.log 'status=deferred'
  capture_end 2
}

# The same router, and its ICMP arrives: the client sends smaller packets.
topic_packet_too_big() {
  sample postfix postfix postfix by_router 1280
  postfix_server </dev/null
  postfix_client </dev/null
  capture_on client
  large_letter 20000 | on client sendmail -i -f alice@example.net bob@example.com
  until_true 30 in_log client /var/log/mail.log 'status=sent'
  capture_end
}

# The first SYN is lost.
topic_slow_connect() {
  sample postfix postfix postfix
  on mx nft 'add table inet filter; add chain inet filter input { type filter hook input priority 0; };
             add rule inet filter input tcp dport 25 tcp flags & (syn | ack) == syn numgen inc mod 1000 == 0 drop'
  postfix_server </dev/null
  postfix_client </dev/null
  capture_on client
  post 'Report' bob@example.com
  until_true 30 in_log client /var/log/mail.log 'status=sent'
  capture_end
}

# pause_smtpd: stops the server's process in the middle of whatever it does. go_on_smtpd: lets it go on.
pause_smtpd() { on mx pkill -STOP -x smtpd; }
go_on_smtpd() { on mx pkill -CONT -x smtpd; }

# The server's process stands still for 4 s while a large message comes.
topic_zero_window() {
  sample postfix postfix tools
  on mx sysctl -q -w net.ipv4.tcp_rmem='4096 16384 16384' # a small window, so that little is sent into it
  postfix_server </dev/null
  large_letter 150000 | file_on client /run/letter
  capture_on mx
  on client mkfifo /run/asked /run/go
  python_client paused mx.example.com /run/letter /run/asked /run/go &
  local client=$!
  on client cat /run/asked >/dev/null # DATA was answered
  pause_smtpd
  on client sh -c 'echo >/run/go'
  sleep 4
  go_on_smtpd
  wait "$client"
  capture_end
}

# A server that stands still: before it greets, and after the message.
topic_silent_server() {
  sample no-greeting postfix tools
  postfix_server </dev/null
  on mx pkill -STOP -x master # the kernel goes on making connections in its name
  capture_on mx
  swaks_from_client 'Report' bob@example.com --timeout 8
  capture_end 2

  sample after-data postfix postfix
  postfix_server <<<'smtpd_end_of_data_restrictions = sleep 20'
  postfix_client <<<'smtp_data_done_timeout = 8s'
  capture_on mx
  post 'Report' bob@example.com
  until_true 30 in_log client /var/log/mail.log 'status=deferred'
  capture_end 30
}

# 100 ms to the other side and back, one packet in a hundred lost: slower than next door, and all is well.
topic_long_distance() {
  local end
  for end in client mx; do
    sample "postfix-at-$end" postfix postfix by_long_cable 50 1 25
    postfix_server </dev/null
    postfix_client </dev/null
    capture_on "$end"
    large_letter 300000 | on client sendmail -i -f alice@example.net bob@example.com
    until_true 60 in_log client /var/log/mail.log 'status=sent'
    capture_end
  done

  sample swaks postfix tools by_long_cable 50 1 7
  postfix_server </dev/null
  capture_on client
  swaks_from_client 'Report' bob@example.com,carol@example.com
  capture_end
}

# Every sixth full packet to the server is lost; the message arrives all the same.
topic_packet_loss() {
  sample postfix postfix postfix
  on mx nft 'add table inet filter; add chain inet filter input { type filter hook input priority 0; };
             add rule inet filter input tcp dport 25 meta length > 1000 numgen inc mod 6 == 3 drop'
  postfix_server </dev/null
  postfix_client </dev/null
  capture_on client
  large_letter 60000 | on client sendmail -i -f alice@example.net bob@example.com
  until_true 30 in_log client /var/log/mail.log 'status=sent'
  capture_end
}
