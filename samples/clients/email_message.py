"""One message made and sent with Python's own email and smtplib, as its documentation shows it."""
import smtplib
import sys
from email.message import EmailMessage
from email.utils import formatdate

server, message_id = sys.argv[1:]
message = EmailMessage()
message["From"] = "Alice <alice@example.net>"
message["To"] = "Bob <bob@example.com>"
message["Subject"] = "Report"
message["Message-ID"] = f"<{message_id}@client.example.net>"
message["Date"] = formatdate()
message.set_content("Hello Bob,\n\nthe report you asked for is ready.\n\nAlice\n")
with smtplib.SMTP(server, local_hostname="client.example.net", timeout=30) as smtp:
    smtp.send_message(message)
