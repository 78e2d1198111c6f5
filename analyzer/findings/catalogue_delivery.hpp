#pragma once
// The catalogue's rows of the group delivery: across the transaction. In the order of RuleId;
// catalogue.cpp joins the groups.
#include "analyzer/findings/finding.hpp"

#include <array>

namespace smtpscope::findings::rows {

using enum RuleId;
using enum Severity;

inline constexpr auto delivery = std::to_array<RuleInfo>({
    {.id = delivery_refused,
     .name = "delivery.refused",
     .severity = error,
     .when = "A sender, a recipient or a message was refused for good (5xx).",
     .meaning = "The mail is not delivered there, and its sender gets a bounce.",
     .remedy = "Read the reply: it says why; sending the same once more gives the same result.",
     .reference = "RFC 5321, 4.2.1; RFC 3463",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 550 5.1.1 <bob@example.com>: no such user
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = delivery_deferred,
     .name = "delivery.deferred",
     .severity = warning,
     .when = "A sender, a recipient or a message was refused for now (4xx).",
     .meaning = "The client keeps the mail and tries again later, mostly for up to five days.",
     .remedy = "Wait for the next try; if the same reply comes for hours, act on what it says.",
     .reference = "RFC 5321, 4.2.1 and 4.5.4.1",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 452 4.2.2 <bob@example.com>: mailbox full
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = delivery_partial,
     .name = "delivery.partial",
     .severity = warning,
     .when = "The message was accepted for some of its recipients and refused for others.",
     .meaning =
         "Some have it and some do not; the sender hears of the others by a bounce, or later.",
     .remedy =
         "Look at the recipients that were refused; the others must not get the message again.",
     .reference = "RFC 5321, 3.3 and 4.5.4.1",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: RCPT TO:<carol@example.com>
         S: 550 5.1.1 <carol@example.com>: no such user
         C: DATA
         S: 354 go on
         C: text
         C: .
         S: 250 2.0.0 Ok
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = delivery_lost_after_data,
     .name = "delivery.lost-after-data",
     .severity = error,
     .when = "The end of the message was sent, and no reply came while the client was there.",
     .meaning = "The client cannot know whether the server has the message and sends it again: it "
                "may be delivered twice.",
     .remedy = "Look into the server's log for this message before sending it again, and for what "
               "takes it so long after the end of the message.",
     .reference = "RFC 5321, 4.5.3.2.6 and 6.1; RFC 1047",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: Subject: test
         C:
         C: text
         C: .
         wait 60s
         S:fin
         C:fin)"},
    {.id = delivery_null_sender,
     .name = "delivery.null-sender",
     .severity = note,
     .when =
         "A message was sent with the empty sender <>, as bounces and other automatic answers are.",
     .meaning = "It tells about another mail, and no bounce is sent for it: if it fails, nobody "
                "hears of it.",
     .remedy = "None for the session itself; the report says which recipient failed and why.",
     .reference = "RFC 5321, 4.5.5; RFC 3464",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<>
         S: 250 2.1.0 Ok
         C: RCPT TO:<alice@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: Subject: Undelivered Mail Returned to Sender
         C: 
         C: .
         S: 250 2.0.0 Ok: queued as 4F7)"},
    {.id = delivery_loop,
     .name = "delivery.loop",
     .severity = warning,
     .when =
         "A message has more than 50 Received fields, or a refusal says that mail goes in circles.",
     .meaning =
         "Two or more servers send the message to each other; one of them ends it with a bounce.",
     .remedy = "Compare the Received fields for names that come again, and correct the alias, "
               "forward or MX that points back.",
     .reference = "RFC 5321, 6.3; RFC 3463, 3.5 (X.4.6)",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 554 5.4.6 Too many hops)"},
    {.id = delivery_greylisted,
     .name = "delivery.greylisted",
     .severity = note,
     .when = "A recipient or a message was refused for now by greylisting: the reply says so, or "
             "gives no other cause than that the client should come again after some time.",
     .meaning =
         "The mail is late, not lost: the client keeps it, and the server takes it at the first "
         "try that comes late enough, from the same address, with the same sender and recipient.",
     .remedy = "Nothing is to be done. If it never passes, see whether the retries come from other "
               "addresses, or too early.",
     .reference = "RFC 6647",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 450 4.2.0 <bob@example.com>: Greylisted for 5 minutes
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
    {.id = delivery_again,
     .name = "delivery.again",
     .severity = note,
     .when = "A message with the same Message-ID was seen in an earlier session: it is tried again "
             "for the same recipient, or the host that took it passes it on.",
     .meaning = "The sessions belong together: a retry after a refusal or a break, a message that "
                "is or may be delivered twice, or the next step of its way.",
     .remedy =
         "Read the sessions together. Where a message comes twice, see why the client did not "
         "count the first time: a reply to the end of the message that came too late, mostly.",
     .reference = "RFC 5322, 3.6.4; RFC 5321, 4.5.4.1 and 6.1; RFC 1047",
     .example = R"(
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: Message-ID: <1@example.org>
         C: .
         S: 452 4.3.1 no space left
         C: QUIT
         S: 221 2.0.0 Bye
         close
         wait 5min
         connect
         S: 220 mx.example.com ESMTP
         C: EHLO client.example.net
         S: 250 mx.example.com
         C: MAIL FROM:<alice@example.org>
         S: 250 2.1.0 Ok
         C: RCPT TO:<bob@example.com>
         S: 250 2.1.5 Ok
         C: DATA
         S: 354 go on
         C: Message-ID: <1@example.org>
         C: .
         S: 250 2.0.0 Ok: queued as 4F7
         C: QUIT
         S: 221 2.0.0 Bye
         close)"},
});

}  // namespace smtpscope::findings::rows
