// What a reply code says in answer to one command: the same 454 means one thing after STARTTLS and
// another after AUTH. Variants of a command (HELO, X-EXPS, SAML ...) have rows where they differ.
#include "dissectors/smtp/reference.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace smtpscope::smtp {
namespace {

using enum Answered;

constexpr auto rows = std::to_array<CommandReplyInfo>({
    // The answer to the connection itself.
    {greeting, Verb::unknown, 220, "The server is there and ready to begin."},
    {greeting, Verb::unknown, 421,
     "The server takes no session now, for lack of room or to slow this client down, and closes."},
    {greeting, Verb::unknown, 450, "The server does not want this client now; it may come back."},
    {greeting, Verb::unknown, 451,
     "The server cannot judge this client now, as when a lookup failed; it may come back."},
    {greeting, Verb::unknown, 521, "No mail is accepted on this host at all."},
    {greeting, Verb::unknown, 550,
     "The server refuses this client before any command, mostly for its address."},
    {greeting, Verb::unknown, 554,
     "No SMTP service for this client: its address is blocked, or the host takes no mail."},

    {command, Verb::ehlo, 250, "The server accepts the name and lists its extensions."},
    {command, Verb::ehlo, 421, "The server gives up the connection instead of starting a session."},
    {command, Verb::ehlo, 450, "The server does not accept this name or client now."},
    {command, Verb::ehlo, 451, "The server cannot check this name or client now."},
    {command, Verb::ehlo, 500,
     "The server does not know this greeting: it is too old for EHLO, speaks LMTP where LHLO is "
     "said, or something in between rewrites the dialogue."},
    {command, Verb::ehlo, 501, "The name that the client gives is malformed."},
    {command, Verb::ehlo, 502, "The server does not offer EHLO; the client may try HELO."},
    {command, Verb::ehlo, 503, "The greeting is not expected at this point."},
    {command, Verb::ehlo, 504, "The server wants a full host name, or does not offer EHLO."},
    {command, Verb::ehlo, 550, "A policy refuses the name that the client gives, or the client."},
    {command, Verb::ehlo, 554, "The server refuses any session with this client."},
    {command, Verb::helo, 250, "The server accepts the name. No extensions are in use."},
    {command, Verb::lhlo, 250, "The LMTP server accepts the name and lists its extensions."},
    {command, Verb::lhlo, 500, "This port speaks SMTP, not LMTP."},
    {command, Verb::lhlo, 502, "This port speaks SMTP, not LMTP."},

    {command, Verb::mail, 250, "The sender is accepted; the transaction is open."},
    {command, Verb::mail, 355,
     "The server has part of this message from an earlier try and names the octet to go on from."},
    {command, Verb::mail, 421, "The server gives up the connection; no transaction was opened."},
    {command, Verb::mail, 450,
     "The sender is refused for now: its domain cannot be checked, or this client sends too much."},
    {command, Verb::mail, 451, "The server cannot take a transaction now for a reason of its own."},
    {command, Verb::mail, 452,
     "The server lacks the space for a message of this size at the moment."},
    {command, Verb::mail, 455, "The server cannot honour the parameters of MAIL at the moment."},
    {command, Verb::mail, 501, "The sender's address or a parameter is malformed."},
    {command, Verb::mail, 503,
     "MAIL comes too early, before EHLO or a demanded login, or a transaction is open already."},
    {command, Verb::mail, 504, "A parameter's value is not supported."},
    {command, Verb::mail, 530, "A login or STARTTLS is demanded before mail may be sent."},
    {command, Verb::mail, 535, "A login is demanded before mail may be sent, or it did not hold."},
    {command, Verb::mail, 550,
     "The sender is refused: the address, its domain or this client may not send here."},
    {command, Verb::mail, 552,
     "The declared SIZE is above what the server takes; the message was not sent."},
    {command, Verb::mail, 553,
     "The sender's address is not allowed, for instance not owned by the account that logged in."},
    {command, Verb::mail, 554, "The server takes no transaction from this client or sender."},
    {command, Verb::mail, 555, "The server does not know a parameter of MAIL."},

    {command, Verb::rcpt, 250, "The recipient is accepted."},
    {command, Verb::rcpt, 251, "The recipient is not local; the server forwards the mail."},
    {command, Verb::rcpt, 252,
     "The server cannot tell whether the recipient exists, and takes the mail to try."},
    {command, Verb::rcpt, 421, "The server gives up the connection; the transaction is lost."},
    {command, Verb::rcpt, 450,
     "This recipient is refused for now: mailbox busy, greylisting, or too much mail. Try later."},
    {command, Verb::rcpt, 451,
     "This recipient cannot be decided now: a lookup or policy service failed, or greylisting."},
    {command, Verb::rcpt, 452,
     "No more recipients in this transaction, or this mailbox is full for now; send it later."},
    {command, Verb::rcpt, 454, "Relaying for this recipient is refused for now."},
    {command, Verb::rcpt, 455, "The server cannot honour the parameters of RCPT at the moment."},
    {command, Verb::rcpt, 501, "The recipient's address or a parameter is malformed."},
    {command, Verb::rcpt, 503, "RCPT comes without an accepted MAIL before it."},
    {command, Verb::rcpt, 530, "A login or STARTTLS is demanded before this recipient is taken."},
    {command, Verb::rcpt, 550,
     "The recipient is refused: no such mailbox, relaying denied, or a policy forbids it."},
    {command, Verb::rcpt, 551, "The recipient moved; the text may name the new address."},
    {command, Verb::rcpt, 552, "The recipient's mailbox is full."},
    {command, Verb::rcpt, 553,
     "The recipient's address is not allowed here: its syntax, or its domain is not served."},
    {command, Verb::rcpt, 554, "The recipient is refused, mostly by a policy against this client."},
    {command, Verb::rcpt, 555, "The server does not know a parameter of RCPT."},
    {command, Verb::rcpt, 556, "The recipient's domain takes no mail: its DNS has a null MX."},

    {command, Verb::data, 354, "The server waits for the message and a final line with one dot."},
    {command, Verb::data, 421, "The server gives up the connection before the message."},
    {command, Verb::data, 450, "A policy refuses the message for now, before its text was sent."},
    {command, Verb::data, 451, "The server cannot take a message now for a reason of its own."},
    {command, Verb::data, 452, "The server lacks the space for a message at the moment."},
    {command, Verb::data, 501, "DATA takes no argument."},
    {command, Verb::data, 503,
     "DATA comes without an accepted MAIL and RCPT before it, or inside a BDAT transfer."},
    {command, Verb::data, 550, "A policy refuses the message before its text was sent."},
    {command, Verb::data, 554, "No recipient is left that the message could go to."},

    {command, Verb::bdat, 250,
     "The piece arrived. After LAST: the server takes responsibility for the message."},
    {command, Verb::bdat, 501, "The size of the piece is malformed."},
    {command, Verb::bdat, 503,
     "BDAT comes without an accepted MAIL and RCPT before it, or after a piece was refused."},
    {command, Verb::bdat, 554, "No recipient is left, or the message is refused."},

    {command, Verb::rset, 250, "The transaction is dropped; the session goes on."},
    {command, Verb::noop, 250, "The connection lives."},
    {command, Verb::quit, 221, "The server says goodbye and closes."},

    {command, Verb::vrfy, 250, "The user exists; the text has the address."},
    {command, Verb::vrfy, 251, "The user is not local; the server would forward."},
    {command, Verb::vrfy, 252,
     "The server does not tell whether the user exists; RCPT has to be tried."},
    {command, Verb::vrfy, 502,
     "The server does not offer VRFY, mostly against address harvesting."},
    {command, Verb::vrfy, 550, "There is no such user, or the client may not ask."},
    {command, Verb::vrfy, 551, "The user is not local; the text may name the right address."},
    {command, Verb::vrfy, 553, "The name fits more than one user."},

    {command, Verb::expn, 250, "The members of the list follow, one a line."},
    {command, Verb::expn, 252, "The server cannot or will not expand the list."},
    {command, Verb::expn, 502,
     "The server does not offer EXPN, mostly against address harvesting."},
    {command, Verb::expn, 550, "There is no such list, or the client may not ask."},

    {command, Verb::help, 211, "The server tells its status or a help text."},
    {command, Verb::help, 214, "The server's help text follows."},
    {command, Verb::help, 502, "The server has no help."},
    {command, Verb::help, 504, "The server has no help on this word."},

    {command, Verb::starttls, 220, "The TLS handshake begins now."},
    {command, Verb::starttls, 421, "The server gives up the connection instead of starting TLS."},
    {command, Verb::starttls, 454,
     "TLS is not available for a temporary reason; the connection stays in clear."},
    {command, Verb::starttls, 500, "The server does not know STARTTLS."},
    {command, Verb::starttls, 501, "STARTTLS takes no argument."},
    {command, Verb::starttls, 502, "The server does not offer STARTTLS."},
    {command, Verb::starttls, 503, "TLS is active already, or EHLO must come first."},
    {command, Verb::starttls, 554, "TLS cannot be started, mostly an error in the server's setup."},

    {command, Verb::auth, 235, "User and password hold; the session is logged in now."},
    {command, Verb::auth, 334, "The server asks for the next step of the login."},
    {command, Verb::auth, 421, "The server gives up the connection, often after too many tries."},
    {command, Verb::auth, 454,
     "The login could not be checked for a temporary reason; the password may well be right."},
    {command, Verb::auth, 500, "The server does not know AUTH, or the login line is too long."},
    {command, Verb::auth, 501,
     "The client broke off the login, or its answer is not valid base64."},
    {command, Verb::auth, 502,
     "The server does not offer AUTH here, perhaps only after STARTTLS or on another port."},
    {command, Verb::auth, 503,
     "AUTH is not allowed at this point: logged in already, inside a transaction, or not offered."},
    {command, Verb::auth, 504, "The server does not know this mechanism."},
    {command, Verb::auth, 530, "STARTTLS must come before a login."},
    {command, Verb::auth, 534,
     "This mechanism is too weak for the user, or another way is demanded."},
    {command, Verb::auth, 535,
     "User or password is wrong, or the account may not log in this way."},
    {command, Verb::auth, 538, "This mechanism is only allowed under TLS."},
    {command, Verb::auth, 554, "The login failed for good."},

    {command, Verb::etrn, 250, "The server starts to deliver what waits for this host."},
    {command, Verb::etrn, 251, "No mail waits for this host."},
    {command, Verb::etrn, 252, "Mail waits for this host, and its delivery begins."},
    {command, Verb::etrn, 253, "So many messages wait for this host, and their delivery begins."},
    {command, Verb::etrn, 458, "The server cannot start this queue now."},
    {command, Verb::etrn, 459, "The server does not allow this for the named host."},
    {command, Verb::etrn, 501, "The name of the host or queue is malformed."},
    {command, Verb::etrn, 503, "ETRN is not allowed at this point."},

    {command, Verb::atrn, 250, "The roles are swapped: the server now sends as a client."},
    {command, Verb::atrn, 450, "The request is refused: these domains are not this user's."},
    {command, Verb::atrn, 451, "The request cannot be served now."},
    {command, Verb::atrn, 453, "No mail waits for these domains."},
    {command, Verb::atrn, 502, "The server does not offer ATRN."},
    {command, Verb::atrn, 530, "A login must come before ATRN."},

    {command, Verb::turn, 250, "The roles are swapped: the server now sends as a client."},
    {command, Verb::turn, 502, "The server does not offer TURN, as it should not."},
    {command, Verb::turn, 503, "TURN is not allowed at this point."},

    {command, Verb::burl, 250,
     "The part was fetched. After LAST: the server takes responsibility for the message."},
    {command, Verb::burl, 501, "The URL is malformed."},
    {command, Verb::burl, 503, "BURL comes without an accepted MAIL and RCPT before it."},
    {command, Verb::burl, 554, "The part cannot be fetched, or no recipient is left."},

    {command, Verb::xclient, 220,
     "The claim is accepted; the session starts anew for the named client."},
    {command, Verb::xclient, 421, "The server cannot start anew and closes."},
    {command, Verb::xclient, 501, "An attribute or its value is malformed."},
    {command, Verb::xclient, 503, "XCLIENT is not allowed inside a transaction."},
    {command, Verb::xclient, 550, "This client is not trusted with XCLIENT."},
    {command, Verb::xclient, 554, "The named client is refused, as if it had connected itself."},

    {command, Verb::xforward, 250, "The attributes are taken for the logs."},
    {command, Verb::xforward, 501, "An attribute or its value is malformed."},
    {command, Verb::xforward, 503, "XFORWARD is not allowed inside a transaction."},
    {command, Verb::xforward, 550, "This client is not trusted with XFORWARD."},

    {command, Verb::x_exps, 235, "The other Exchange server is known and trusted."},
    {command, Verb::x_exps, 535, "The other Exchange server's credentials do not hold."},

    {command, Verb::xexch50, 250, "The properties arrived."},
    {command, Verb::xexch50, 354, "The server waits for the announced octets."},
    {command, Verb::xexch50, 504, "The other server must log in before it may send properties."},

    // The answer to the message, after the final dot.
    {end_of_data, Verb::unknown, 250, "The server takes responsibility for the message."},
    {end_of_data, Verb::unknown, 353,
     "The message arrived; one answer for each recipient follows, and one for all (PRDR)."},
    {end_of_data, Verb::unknown, 421,
     "The server gives up the connection and did not take the message."},
    {end_of_data, Verb::unknown, 450,
     "The message is refused for now, by a policy or a busy mailbox."},
    {end_of_data, Verb::unknown, 451,
     "The server could not store or check the message now; it was not taken. Try later."},
    {end_of_data, Verb::unknown, 452, "The server lacks the space for this message at the moment."},
    {end_of_data, Verb::unknown, 521, "The message is refused: this host takes no mail."},
    {end_of_data, Verb::unknown, 550,
     "The message is refused for its content or sender, mostly by a filter or a policy."},
    {end_of_data, Verb::unknown, 552,
     "The message is larger than the server takes, or carries what it forbids."},
    {end_of_data, Verb::unknown, 553, "An address in the message or envelope is not allowed."},
    {end_of_data, Verb::unknown, 554,
     "The transaction failed: the message is refused, mostly for its content."},
});

constexpr auto place(const CommandReplyInfo& row) {
  return std::tuple(row.answered, row.verb, row.code);
}
static_assert(std::ranges::is_sorted(rows, std::ranges::less_equal{}, place));

}  // namespace

std::span<const CommandReplyInfo> command_replies() noexcept { return rows; }

}  // namespace smtpscope::smtp
