// Reply codes, in general. What they say to one command in particular is in reference_replies.cpp.
#include "dissectors/smtp/reference.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::smtp {
namespace {

constexpr std::string_view practice = "no RFC; met in practice";

constexpr auto rows = std::to_array<ReplyCodeInfo>({
    {211, "System status, or the answer to HELP.", "RFC 5321, 4.2.3"},
    {214, "A help text for people.", "RFC 5321, 4.2.3"},
    {220, "The service is ready.", "RFC 5321, 4.2.3"},
    {221, "The server closes the connection, as it was asked to.", "RFC 5321, 4.2.3"},
    {235, "The login succeeded.", "RFC 4954, 6"},
    {250, "The command was carried out.", "RFC 5321, 4.2.3"},
    {251, "The user is not local; the server takes the mail and forwards it.", "RFC 5321, 4.2.3"},
    {252, "The server does not say whether the user exists, but would take the mail and try.",
     "RFC 5321, 4.2.3"},
    {253, "So many messages wait for the node, and their delivery has begun.", "RFC 1985"},
    {334, "The server asks for the next step of the login; its text is a challenge in base64.",
     "RFC 4954, 4"},
    {353, "The message arrived; one answer for each recipient follows (PRDR).",
     "no RFC; draft-hall-prdr, Exim"},
    {354, "Go on with the message, and end it with a line that holds one dot.", "RFC 5321, 4.2.3"},
    {355,
     "The server has part of this message from an earlier try and names the octet to go on "
     "from.",
     "RFC 1845"},
    {400, "The server refuses for now; only its text tells why.", practice},
    {421, "The server is not available or gives up this connection, and closes it. Try later.",
     "RFC 5321, 4.2.3"},
    {422, "A password transition is needed, as with 432.", "RFC 5248, 2.4"},
    {432,
     "The password must be renewed, once, with a plain-text mechanism, before this mechanism "
     "works.",
     "RFC 4954, 6"},
    {450,
     "Refused for now: the mailbox is busy, or the server wants the client to come back "
     "later, as greylisting does.",
     "RFC 5321, 4.2.3"},
    {451, "Refused for now: something failed on the server's side.", "RFC 5321, 4.2.3"},
    {452, "Refused for now: the server lacks space, or a limit for now is reached.",
     "RFC 5321, 4.2.3"},
    {453, "No mail waits for the asked domains.", "RFC 2645, 5.2.1"},
    {454, "Refused for now: TLS or the login service is not available at the moment.",
     "RFC 3207, 4; RFC 4954, 6"},
    {455, "The server cannot honour the parameters at the moment.", "RFC 5321, 4.2.3"},
    {458, "The server cannot start the queue for this node.", "RFC 1985"},
    {459, "The server does not allow this for the node.", "RFC 1985"},
    {471, "Refused for now, mostly by a filter for spam or viruses; its text tells why.", practice},
    {472, "Refused for now, mostly by a policy or a lookup that failed; its text tells why.",
     practice},
    {500, "The server does not know the command, or the line is too long.", "RFC 5321, 4.2.3"},
    {501, "The arguments of the command are malformed.", "RFC 5321, 4.2.3"},
    {502, "The server knows the command but does not offer it.", "RFC 5321, 4.2.3"},
    {503, "The command comes at the wrong point of the dialogue.", "RFC 5321, 4.2.3"},
    {504, "The server does not support this argument of the command.", "RFC 5321, 4.2.3"},
    {521, "This host accepts no mail.", "RFC 7504, 3"},
    {523, "The server demands encryption before it goes on.", "RFC 5248, 2.4"},
    {524, "This mechanism may only be used on an encrypted connection.", "RFC 5248, 2.4"},
    {525, "The account is disabled.", "RFC 5248, 2.4"},
    {530, "Something must come first: a login, or STARTTLS; the text tells which.",
     "RFC 3207, 4; RFC 4954, 6"},
    {533, "Refused for good; only the server's text tells why.", practice},
    {534, "The login mechanism is too weak for this user.", "RFC 4954, 6"},
    {535, "The login failed: the credentials are not valid.", "RFC 4954, 6"},
    {538, "This login mechanism may only be used on an encrypted connection.", "RFC 4954, 6"},
    {541, "Refused for good, mostly by a filter for spam; its text tells why.", practice},
    {550, "Refused for good: no such mailbox, no access, or a policy forbids it.",
     "RFC 5321, 4.2.3"},
    {551,
     "The user is not local and the server does not forward; its text may name the right "
     "address.",
     "RFC 5321, 4.2.3"},
    {552, "Refused: it would exceed the space that is allowed.", "RFC 5321, 4.2.3"},
    {553, "The mailbox name is not allowed, or its syntax is wrong.", "RFC 5321, 4.2.3"},
    {554, "The transaction failed; in place of a greeting: no SMTP service here.",
     "RFC 5321, 4.2.3"},
    {555, "The server does not know or support these parameters of MAIL or RCPT.",
     "RFC 5321, 4.2.3"},
    {556, "The recipient's domain accepts no mail, as its DNS says.", "RFC 7504, 4"},
    {571, "Refused for good by a policy, such as a block list or a filter; its text tells why.",
     practice},
});

static_assert(std::ranges::is_sorted(rows, std::ranges::less_equal{}, &ReplyCodeInfo::code));

}  // namespace

std::span<const ReplyCodeInfo> reply_codes() noexcept { return rows; }

const ReplyCodeInfo* find_reply_code(std::uint16_t code) noexcept {
  const auto* const row = std::ranges::lower_bound(rows, code, {}, &ReplyCodeInfo::code);
  return row != rows.end() && row->code == code ? row : nullptr;
}

}  // namespace smtpscope::smtp
