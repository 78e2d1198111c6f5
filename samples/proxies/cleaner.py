"""A gateway that "cleans" messages on their way to the server behind it: a bare CR and a bare LF become CRLF, NULs go.

    cleaner.py PORT BEHIND_PORT      listens on PORT of all addresses, passes on to 127.0.0.1:BEHIND_PORT

Well meant, and what makes LF.LF and its kin an end of data: the server behind sees CRLF.CRLF.
"""
import socket
import sys
import threading


class Cleaner:
    """Whether a CR is followed by LF may show in the next piece only, so a last CR waits."""

    def __init__(self):
        self.waiting = b""

    def clean(self, octets):
        octets = self.waiting + octets.replace(b"\0", b"")
        self.waiting = b"\r" if octets.endswith(b"\r") else b""
        octets = octets[: len(octets) - len(self.waiting)]
        return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def pass_on(source, target, change):
    try:
        while octets := source.recv(65536):
            target.sendall(change(octets))
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


port, behind = int(sys.argv[1]), int(sys.argv[2])
with socket.create_server(("", port)) as listener:
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", behind))
        for way in ((client, server, Cleaner().clean), (server, client, bytes)):
            threading.Thread(target=pass_on, args=way, daemon=True).start()
