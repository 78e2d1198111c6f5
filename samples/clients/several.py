"""Three messages down one connection, with Python's smtplib."""
import smtplib
import sys

server, letters = sys.argv[1], sys.argv[2:]
with smtplib.SMTP(server, 25, local_hostname="client.example.net", timeout=30) as smtp:
    for path in letters:
        with open(path, "rb") as letter:
            smtp.sendmail("alice@example.net", ["bob@example.com", "carol@example.com"], letter.read())
