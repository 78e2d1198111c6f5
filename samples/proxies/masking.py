"""A firewall that "inspects" SMTP, as some do by default: it hides what it does not know behind stars and Xes.

    masking.py PORT BEHIND_PORT asa|pix      listens on PORT of all addresses, passes on to 127.0.0.1:BEHIND_PORT

Both cover the banner with stars, all but its digits 0 and 2. `asa` leaves in EHLO's answer the keywords that it knows; another
one becomes Xes of the same length, the last of them a letter that counts, so that all differ. Verbs it does not know become
Xes on their way to the server. `pix` knows RFC 821's seven verbs alone, so EHLO is among the unknown.
"""
import re
import socket
import sys
import threading

KNOWN_KEYWORDS = {"SIZE", "ETRN", "8BITMIME", "VRFY", "EXPN", "HELP", "AUTH", "DSN", "PIPELINING"}
KNOWN_VERBS = {
    "pix": {"HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT"},
    "asa": {"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "ETRN", "AUTH"},
}
port, behind, model = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


class Dialogue:
    """One connection: what the server's next reply answers, and whether the client's lines are text."""

    def __init__(self):
        self.asked = ["connect"]
        self.in_text = False
        self.masked = 0

    def from_client(self, line):
        if self.in_text:
            if line == b".\r\n":
                self.in_text = False
                self.asked.append("text")
            return line
        verb = line.split()[0].decode("latin-1").upper() if line.split() else ""
        self.asked.append(verb)
        if verb in KNOWN_VERBS[model]:
            return line
        return b"X" * len(verb) + line[len(verb):]

    def from_server(self, line):
        asked = self.asked[0] if self.asked else ""
        is_last = line[3:4] != b"-"
        if asked == "connect":
            line = line[:4] + re.sub(rb"[^02\r\n]", b"*", line[4:])
        if asked == "EHLO" and line[:3] == b"250":
            line = self.keyword(line)
        if is_last and self.asked:
            self.asked.pop(0)
            self.in_text = asked == "DATA" and line.startswith(b"354")
        return line

    def keyword(self, line):
        self.masked += 1
        words = line[4:].decode("latin-1").split()
        if self.masked == 1 or not words or words[0].upper() in KNOWN_KEYWORDS:  # the first line is no keyword
            return line
        letter = chr(ord("A") + self.masked % 26)
        return line[:4] + (b"X" * (len(line) - 7) + letter.encode()) + b"\r\n"


def pass_on(source, target, change):
    try:
        with source.makefile("rb") as lines:
            for line in lines:
                target.sendall(change(line))
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


with socket.create_server(("", port)) as listener:
    while True:
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", behind))
        dialogue = Dialogue()
        for way in ((client, server, dialogue.from_client), (server, client, dialogue.from_server)):
            threading.Thread(target=pass_on, args=way, daemon=True).start()
