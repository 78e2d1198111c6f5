"""starttls_reset.py HOST VERSION: STARTTLS, a ClientHello of TLS 1.2 or 1.3, and an RST when the server has answered it."""
import socket
import ssl
import struct
import sys

host, version = sys.argv[1], {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[sys.argv[2]]
connection = socket.create_connection((host, 25), timeout=20)
replies = connection.makefile("rb")


def reply():
    while (line := replies.readline())[3:4] == b"-":
        pass
    return line


reply()
for command in (b"EHLO client.example.net\r\n", b"STARTTLS\r\n"):
    connection.sendall(command)
    reply()

context = ssl.create_default_context()
context.minimum_version = context.maximum_version = version
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname=host)
try:
    tls.do_handshake()
except ssl.SSLWantReadError:
    connection.sendall(outgoing.read())
replies.read1(65536)
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
replies.close()
connection.close()
