"""Asks the server about addresses and for help; sends no mail."""
import smtplib
import sys

with smtplib.SMTP(sys.argv[1], 25, local_hostname="client.example.net", timeout=30) as smtp:
    smtp.ehlo()
    smtp.vrfy("bob@example.com")
    smtp.vrfy("nouser@example.com")
    smtp.expn("staff")
    smtp.noop()
    smtp.help()
    smtp.docmd("HELP", "VRFY")
    smtp.mail("alice@example.net")
    smtp.rset()
