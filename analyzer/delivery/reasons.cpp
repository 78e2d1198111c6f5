#include "analyzer/delivery/reasons.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::delivery {
namespace {

using enum Fault;

constexpr auto rows = std::to_array<ReasonInfo>({
    {"userunknown", sender, "The mailbox does not exist.",
     "Check the spelling of {recipient}, and take it off any list that has it."},
    {"hasmoved", sender, "The mailbox is not there any more, and nothing forwards its mail.",
     "Ask for the new address of {recipient}."},
    {"suspend", recipient, "The mailbox is disabled or locked.",
     "Reach {recipient} in another way; only its owner or provider can open the mailbox again."},
    {"filtered", recipient, "The recipient's own filter refused it, or the mailbox does not exist.",
     "Check the address {recipient}, and ask its owner in another way."},
    {"mailboxfull", recipient, "The mailbox is full.",
     "The owner of {recipient} has to make room; then send again."},
    {"hostunknown", sender, "The domain does not exist, or cannot take mail.",
     "Check the domain in {recipient}, and its MX records."},
    {"notaccept", recipient, "The host or domain takes no mail at all.",
     "Do not send mail to {recipient}; ask for an address that takes it."},
    {"rejected", sender, "The sender's address was the reason.",
     "Check that {sender} exists, that its domain has MX or address records, and that {client} may "
     "use it."},
    {"authfailure", sender, "SPF, DKIM or DMARC of the sender's domain failed.",
     "Correct the record or the signature of the domain in {sender} that the reply names; it has "
     "to allow {client}."},
    {"blocked", sender, "The client's address or host name was the reason.",
     "Look {client} up in the block list that the reply names and ask for removal, check the name "
     "it gives in EHLO, or send through your provider's relay."},
    {"badreputation", sender, "The reputation of the client's address was the reason.",
     "Send less from {client} for a while, and find out which mail from it caused complaints."},
    {"requireptr", sender, "The client's address has no valid reverse DNS.",
     "Publish a PTR record for {client}, and an address record for that name that leads back to "
     "it."},
    {"norelaying", sender, "The server does not pass mail on to this recipient for this client.",
     "If {client} is to send through {server}, let it log in first; else correct the MX records of "
     "the domain in {recipient}, which lead to a server that does not serve it."},
    {"ratelimited", sender,
     "Too many connections, messages or recipients came in too short a time.",
     "Let {client} send more slowly, with fewer connections and fewer recipients at a time."},
    {"emailtoolarge", sender, "The message is larger than the server or the mailbox allows.",
     "Make the message smaller, or send a link in place of the attachment."},
    {"spamdetected", sender, "The content was taken for spam.",
     "Look at the links, the wording and the signatures of the message, and ask the postmaster of "
     "{server}."},
    {"virusdetected", sender, "The message was taken for a virus, or has a forbidden attachment.",
     "Scan the host that wrote the message, and send it without the attachment."},
    {"policyviolation", policy, "A policy of the receiver forbids it.",
     "Read the reply and the page that it names; the postmaster of {server} can say which rule it "
     "was."},
    {"securityerror", sender, "A login or a right was missing or refused.",
     "Check user name and password in the client, and that it logs in, under TLS, before it "
     "sends."},
    {"contenterror", sender, "The header or the MIME structure of the message was refused.",
     "Correct the program that writes the message."},
    {"notcompliantrfc", sender, "The message breaks a rule of the message format.",
     "Correct the program that writes the message."},
    {"syntaxerror", client, "The server did not understand a command, or not at this point.",
     "Correct the client, or the box in between that changes what it sends; the findings name the "
     "command."},
    {"failedstarttls", unknown, "TLS was required, and it was refused or not begun.",
     "Check certificate and TLS settings on {server}, and whether {client} insists on TLS."},
    {"systemerror", server, "The receiving system has a trouble of its own.",
     "If it stays so, tell the postmaster of {server}."},
    {"systemfull", server, "The receiving system has no space left.",
     "If it stays so, tell the postmaster of {server}."},
    {"mailererror", server, "A program that delivers mail on the server failed.",
     "Tell the postmaster of {server}."},
    {"networkerror", network, "The server tells of trouble with routing, DNS or its connections.",
     "Check the DNS records of the domain in {recipient}; if they are right, ask the postmaster of "
     "{server} what it cannot reach."},
    {"expired", network, "The time that the message may wait in the queue ran out.",
     "Look at why the earlier attempts failed."},
    {"suppressed", sender,
     "The address is on the sending service's own list of those not to send to.",
     "Clear {recipient} from that list if it is good."},
    {"greylisted", none, "The server asks everybody it does not know to come again.",
     "Nothing is to be done: the next attempt, some minutes later, will pass."},
    {"onhold", unknown, "The reply says too little to tell the cause.",
     "Ask the postmaster of {server}."},
    {"undefined", unknown, "The reply says too little to tell the cause.",
     "Ask the postmaster of {server}; the reply has what there is to quote."},

    // What only a capture shows.
    {"connection-refused", server, "Nothing listens there, or a firewall says no.",
     "Check that the mail service on {server} runs, and the firewalls on the way."},
    {"connection-timeout", network,
     "A firewall drops the packets, the host is down, or the address is wrong.",
     "Check the address {server}, and whether port 25 is blocked outbound at {client}'s provider."},
    {"unreachable", network, "An ICMP error says that packets do not get there.",
     "Look at the host that sent the ICMP error, then at routes and packet filters from {client} "
     "to {server}."},
    {"host-not-found", client,
     "The server's name has no address, as far as the client can find out.",
     "Check the name {server}, and the DNS that {client} asks."},
    {"proxy-refused", network, "The proxy that the client asked did not connect it.",
     "Check the client's login at the proxy, the proxy's rules, and its way to the server that was "
     "asked for."},
    {"no-greeting", server, "The connection was made, and the server never spoke.",
     "Check on {server} that the mail service lives and is not overloaded, and that the port is "
     "the right one."},
    {"stalled", network, "Octets were sent again and again, and never acknowledged.",
     "Check the path MTU between {client} and {server}, and that ICMP is not filtered."},
    {"reset", network, "An RST cut the connection off.",
     "Look into the logs of both sides for that second; if they know nothing of it, a box in "
     "between did it."},
    {"server-closed", server, "The server closed the connection without a word.",
     "Look into the log of {server} for a time limit, a crash or a restart at that second."},
    {"client-closed", client, "The client closed the connection before it had its answer.",
     "Look into the log of {client} for a time limit or a crash at that second."},
    {"no-final-reply", unknown,
     "The end of the message was never answered in time, so it may arrive twice.",
     "Look in the log of {server} for this message before it is sent again."},
    {"tls-handshake", unknown, "The TLS handshake failed.",
     "Compare the TLS versions, ciphers and certificates of {client} and {server}."},
    {"tls-certificate", server, "A side refused the other's certificate.",
     "Correct the certificate of {server}."},
    {"starttls-stripped", network, "A box between the two hides STARTTLS.",
     "Switch the SMTP inspection off in the firewall between {client} and {server}."},
    {"protocol-mismatch", client, "The two do not speak the same protocol.",
     "Correct the port or the kind of encryption in the client: TLS from the first octet belongs "
     "to port 465, STARTTLS to 25 and 587."},
});

// Where a rule of the program knows more of the cause than its reason does.
struct RuleWords {
  std::string_view rule;
  std::string_view reason;
  std::string_view advice;
  std::string_view meaning{};  // empty: the reason's own
};
constexpr auto words_of_rules = std::to_array<RuleWords>({
    {"loop", "networkerror",
     "Look in the Received fields of the message which hosts hand it round in a circle, and "
     "correct the forwarding or the MX records there.",
     "The message goes in a circle."},
    {"dns-trouble", "networkerror",
     "Check the DNS records of the domains in {sender} and {recipient}, and that their name "
     "servers answer {server}."},
    {"too-many-errors", "policyviolation",
     "Look at the refusals before it, for {server} counts them: take unknown recipients off the "
     "list, and correct commands that it does not know."},
    {"timed-out", "networkerror",
     "Look for what kept {client} from going on: its own load, or packets that were lost on the "
     "way.",
     "The server had waited for the client, and gave up."},
    {"lost-client", "networkerror",
     "Look at the packets just before and behind it for the side that ended the connection, or the "
     "TLS in it, and into the log of {client} for that second.",
     "The server could read nothing more of what the client sent."},
});

const RuleWords* row_of(const ReasonInfo& reason, std::string_view rule) noexcept {
  const auto* const row = std::ranges::find_if(words_of_rules, [&](const RuleWords& each) {
    return each.reason == reason.name && each.rule == rule;
  });
  return row == words_of_rules.end() ? nullptr : row;
}

}  // namespace

std::string_view advice_for(const ReasonInfo& reason, std::string_view rule) noexcept {
  const RuleWords* const row = row_of(reason, rule);
  return row == nullptr ? reason.advice : row->advice;
}

std::string_view meaning_for(const ReasonInfo& reason, std::string_view rule) noexcept {
  const RuleWords* const row = row_of(reason, rule);
  return row == nullptr || row->meaning.empty() ? reason.meaning : row->meaning;
}

std::span<const ReasonInfo> reasons() noexcept { return rows; }

std::span<const ReasonInfo> reasons_of_replies() noexcept {
  const auto* const last = std::ranges::find(rows, "undefined", &ReasonInfo::name);
  return {rows.begin(), last + 1};
}

const ReasonInfo* find_reason(std::string_view name) noexcept {
  const auto* const row = std::ranges::find(rows, name, &ReasonInfo::name);
  return row == rows.end() ? nullptr : row;
}

}  // namespace smtpscope::delivery
