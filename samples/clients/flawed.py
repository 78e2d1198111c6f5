"""One message with a flaw in its text, sent as it is to a server.

    flawed.py SERVER FLAW      8bit, long-line, nul, bare-cr, control, no-dot-stuffing
"""
import socket
import sys

server, flaw = sys.argv[1:]
TEXT = {
    "8bit": "Grüße aus München".encode(),
    "long-line": b"0123456789" * 150,
    "nul": b"before\0behind",
    "bare-cr": b"before\rbehind",
    "control": b"\x1b[31mred\x1b[0m and a bell\x07",
    "no-dot-stuffing": b"What is on the list:\r\n.\r\nNothing, as you see.",
}[flaw]

with socket.create_connection((server, 25), timeout=10) as connection:
    replies = connection.makefile("rb")

    def reply():
        line = replies.readline()
        while line[3:4] == b"-":
            line = replies.readline()
        print(line.decode("latin-1").strip())
        if not line:
            raise ConnectionError("closed")

    def command(octets):
        connection.sendall(octets + b"\r\n")
        reply()

    header = f"From: Alice <alice@example.net>\r\nTo: Bob <bob@example.com>\r\nSubject: {flaw}\r\n" \
             f"Message-ID: <{flaw}@client.example.net>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n"
    try:
        reply()
        command(b"EHLO client.example.net")
        command(b"MAIL FROM:<alice@example.net>")
        command(b"RCPT TO:<bob@example.com>")
        command(b"DATA")
        command(header.encode() + TEXT + b"\r\n.")
        connection.settimeout(1)
        while True:  # what a line of text behind a lone dot provokes
            reply()
    except TimeoutError:
        connection.sendall(b"QUIT\r\n")
    except OSError as error:
        print(error)
