"""A sender with a large message and little haste: a piece of the body every tenth of a second, until it cannot."""
import socket
import sys
import time

server, path = sys.argv[1:]
with socket.create_connection((server, 25), timeout=30) as connection:
    replies = connection.makefile("rb")

    def reply():
        line = replies.readline()
        while line[3:4] == b"-":
            line = replies.readline()

    def command(text):
        connection.sendall(text.encode() + b"\r\n")
        reply()

    reply()
    command("EHLO client.example.net")
    command("MAIL FROM:<alice@example.net>")
    command("RCPT TO:<bob@example.com>")
    command("DATA")
    try:
        with open(path, "rb") as letter:
            for line in letter:
                connection.sendall(line.rstrip(b"\r\n") + b"\r\n")
                if len(line) > 70:
                    time.sleep(0.1)
        command(".")
        command("QUIT")
    except OSError as error:
        print(error)
