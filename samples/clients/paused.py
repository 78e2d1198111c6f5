"""Sends a message, but stops for somebody else between the 354 and the text: writes to one pipe, waits for another."""
import smtplib
import sys

server, path, asked, go = sys.argv[1:]
with open(path, "rb") as letter:
    text = letter.read().replace(b"\n", b"\r\n")
smtp = smtplib.SMTP(server, 25, local_hostname="client.example.net", timeout=60)
smtp.ehlo()
smtp.mail("alice@example.net")
smtp.rcpt("bob@example.com")
smtp.putcmd("data")
smtp.getreply()
with open(asked, "w") as pipe:
    pipe.write("354\n")
with open(go) as pipe:
    pipe.read()
smtp.send(text + b".\r\n")
print(smtp.getreply())
print(smtp.quit())
