"""One message with Python's smtplib, which declares its SIZE. A refusal is printed, and is no failure here."""
import smtplib
import sys

server, path, *recipients = sys.argv[1:]
with open(path, "rb") as letter, smtplib.SMTP(server, 25, local_hostname="client.example.net", timeout=30) as smtp:
    try:
        print(smtp.sendmail("alice@example.net", recipients, letter.read()))
    except smtplib.SMTPException as refusal:
        print(refusal)
