"""Says what a script says, line by line, as somebody who knows SMTP by heart would.

    talk.py SERVER PORT < script

    EHLO client.example.net     a line is sent, and its reply awaited
    + RCPT TO:<...>             sent together with the next lines, down to one without "+": then all their replies are awaited
    = Hello Bob,                text of a message: sent together likewise, and has no reply

Stops when the server hangs up. Prints the first line of each reply.
"""
import socket
import sys

server, port = sys.argv[1], int(sys.argv[2])
with socket.create_connection((server, port), timeout=10) as connection:
    replies = connection.makefile("rb")

    def reply():
        line = first = replies.readline()
        while line[3:4] == b"-":
            line = replies.readline()
        if not first:
            raise ConnectionError("closed")
        print(first.decode("latin-1").strip())

    try:
        reply()
        together, awaited = b"", 0
        for line in sys.stdin.buffer.read().splitlines():
            mark, text = line[:2], line[2:] if line[:2] in (b"+ ", b"= ") else line
            together += text + b"\r\n"
            awaited += mark != b"= "
            if mark in (b"+ ", b"= "):
                continue
            connection.sendall(together)
            for _ in range(awaited):
                reply()
            together, awaited = b"", 0
    except OSError as error:
        print(error)
