"""One message with a sender, a subject and a text beyond ASCII, with Python's smtplib, which asks for SMTPUTF8."""
import smtplib
import sys
from email.message import EmailMessage
from email.policy import SMTPUTF8
from email.utils import formatdate

server, message_id = sys.argv[1:]
message = EmailMessage(policy=SMTPUTF8)
message["From"] = "Älice <älice@bücher.example.net>"
message["To"] = "Bob <bob@example.com>"
message["Subject"] = "Überblick über das Jahr"
message["Message-ID"] = f"<{message_id}@client.example.net>"
message["Date"] = formatdate()
message.set_content("Grüße aus München\n", cte="8bit")
with smtplib.SMTP(server, local_hostname="client.example.net", timeout=30) as smtp:
    smtp.send_message(message)
