"""Greets, begins a message, and then says nothing more until the server hangs up."""
import smtplib
import sys

smtp = smtplib.SMTP(sys.argv[1], 25, local_hostname="client.example.net", timeout=60)
smtp.ehlo()
smtp.mail("alice@example.net")
print(smtp.getreply())
smtp.close()
