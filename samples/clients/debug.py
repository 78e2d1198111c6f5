"""One message under TLS, with Python's smtplib, which prints all that it sends and reads."""
import smtplib
import ssl
import sys

server, recipient, path = sys.argv[1:]
context = ssl.create_default_context()  # keeps the keys where SSLKEYLOGFILE says
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
smtplib.SMTP.debuglevel = 1  # from the connection on: set_debuglevel(1) comes too late for the greeting
smtp = smtplib.SMTP(server, 25, local_hostname="client.example.net", timeout=30)
smtp.starttls(context=context)
with open(path, "rb") as letter:
    try:
        smtp.sendmail("alice@example.net", [recipient], letter.read().replace(b"\n", b"\r\n"))
    finally:
        smtp.quit()
