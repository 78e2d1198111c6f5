"""Logs in with Python's smtplib and sends nothing. smtplib puts LOGIN's user on the line of AUTH."""
import smtplib
import sys

server, port, user, password = sys.argv[1:]
with smtplib.SMTP(server, int(port), local_hostname="client.example.net", timeout=30) as smtp:
    smtp.login(user, password)
