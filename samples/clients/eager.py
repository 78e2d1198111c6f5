"""A sender that does not wait for the greeting, as some that send spam do."""
import socket
import sys

with socket.create_connection((sys.argv[1], 25), timeout=3) as connection:
    connection.sendall(b"EHLO client.example.net\r\nMAIL FROM:<alice@example.net>\r\nRCPT TO:<bob@example.com>\r\n")
    try:
        while connection.recv(4096):
            pass
    except OSError as error:
        print(error)
