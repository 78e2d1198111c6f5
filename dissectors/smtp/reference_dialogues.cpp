// Worked examples: short dialogues as they could be on the wire. "C: " is the client's line, "S: "
// the server's; what stands in parentheses is told, not sent.
#include "dissectors/smtp/reference.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::smtp {
namespace {

constexpr std::string_view ehlo_scene =
    "S: 220 mx.example.com ESMTP\n"
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250-PIPELINING\n"
    "S: 250-SIZE 36700160\n"
    "S: 250-STARTTLS\n"
    "S: 250-ENHANCEDSTATUSCODES\n"
    "S: 250-8BITMIME\n"
    "S: 250 CHUNKING";
constexpr std::string_view helo_scene =
    "S: 220 mx.example.com SMTP\n"
    "C: EHLO client.example.org\n"
    "S: 500 Command not recognized\n"
    "C: HELO client.example.org\n"
    "S: 250 mx.example.com";
constexpr std::string_view lhlo_scene =
    "S: 220 store.example.com LMTP\n"
    "C: LHLO mx.example.com\n"
    "S: 250-store.example.com\n"
    "S: 250-PIPELINING\n"
    "S: 250 ENHANCEDSTATUSCODES\n"
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: RCPT TO:<carol@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: DATA\n"
    "S: 354 End with a line that holds one dot\n"
    "C: Subject: lunch\n"
    "C: \n"
    "C: At noon?\n"
    "C: .\n"
    "S: 250 2.1.5 <bob@example.com> delivered\n"
    "S: 452 4.2.2 <carol@example.com> is over quota";
constexpr std::string_view mail_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: DATA\n"
    "S: 354 End with a line that holds one dot\n"
    "C: From: Alice <alice@example.org>\n"
    "C: To: Bob <bob@example.com>\n"
    "C: Subject: lunch\n"
    "C: \n"
    "C: At noon?\n"
    "C: .\n"
    "S: 250 2.0.0 Queued as 4F1A2\n"
    "C: QUIT\n"
    "S: 221 2.0.0 Bye";
constexpr std::string_view rcpt_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: RCPT TO:<nobody@example.com>\n"
    "S: 550 5.1.1 No such mailbox\n"
    "C: DATA\n"
    "S: 354 End with a line that holds one dot\n"
    "C: Subject: lunch\n"
    "C: \n"
    "C: At noon?\n"
    "C: .\n"
    "S: 250 2.0.0 Queued for one recipient";
constexpr std::string_view data_scene =
    "C: DATA\n"
    "S: 354 End with a line that holds one dot\n"
    "C: Subject: dots\n"
    "C: \n"
    "C: The next line begins with a dot, so it is sent with two.\n"
    "C: ..profile\n"
    "C: .\n"
    "S: 250 2.0.0 Queued as 4F1A2";
constexpr std::string_view bdat_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: BDAT 16\n"
    "C: Subject: lunch\n"
    "S: 250 2.0.0 16 octets received\n"
    "C: BDAT 12 LAST\n"
    "C: \n"
    "C: At noon?\n"
    "S: 250 2.0.0 Queued, 28 octets";
constexpr std::string_view rset_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<nobody@example.com>\n"
    "S: 550 5.1.1 No such mailbox\n"
    "C: RSET\n"
    "S: 250 2.0.0 Flushed\n"
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok";
constexpr std::string_view noop_scene =
    "C: NOOP\n"
    "S: 250 2.0.0 Ok";
constexpr std::string_view quit_scene =
    "C: QUIT\n"
    "S: 221 2.0.0 mx.example.com closes the connection";
constexpr std::string_view vrfy_scene =
    "C: VRFY bob\n"
    "S: 252 2.5.0 Send some mail, I will try";
constexpr std::string_view expn_scene =
    "C: EXPN staff\n"
    "S: 250-Alice <alice@example.com>\n"
    "S: 250 Bob <bob@example.com>\n"
    "C: EXPN everybody\n"
    "S: 550 5.7.2 Not for you";
constexpr std::string_view help_scene =
    "C: HELP\n"
    "S: 214-Commands: EHLO HELO MAIL RCPT DATA RSET NOOP QUIT\n"
    "S: 214 More at https://www.example.com/mail";
constexpr std::string_view starttls_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 STARTTLS\n"
    "C: STARTTLS\n"
    "S: 220 2.0.0 Ready to start TLS\n"
    "C: (the TLS handshake, and from here on under TLS)\n"
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 AUTH PLAIN LOGIN";
constexpr std::string_view auth_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mail.example.com\n"
    "S: 250 AUTH PLAIN LOGIN\n"
    "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n"
    "S: 235 2.7.0 Authentication succeeded";
constexpr std::string_view auth_login_scene =
    "C: AUTH LOGIN\n"
    "S: 334 VXNlcm5hbWU6\n"
    "C: YWxpY2U=\n"
    "S: 334 UGFzc3dvcmQ6\n"
    "C: c2VjcmV0\n"
    "S: 235 2.7.0 Authentication succeeded";
constexpr std::string_view etrn_scene =
    "C: ETRN example.org\n"
    "S: 253 14 messages for example.org have been started\n"
    "C: ETRN example.net\n"
    "S: 459 Node example.net not allowed: unknown here";
constexpr std::string_view atrn_scene =
    "S: 220 provider.example.net on-demand mail relay\n"
    "C: EHLO host.example.org\n"
    "S: 250-provider.example.net\n"
    "S: 250-AUTH CRAM-MD5\n"
    "S: 250 ATRN\n"
    "C: AUTH CRAM-MD5\n"
    "S: 334 PDE4OTYuNjk3MTcwOTUyQHByb3ZpZGVyLmV4YW1wbGUubmV0Pg==\n"
    "C: YWxpY2UgMjI3ZTRkZDhiMDUwYjU5Y2NiYmVhMWI3NWYwNzY4Mzk=\n"
    "S: 235 2.7.0 Authentication succeeded\n"
    "C: ATRN example.org\n"
    "S: 250 Ok, the roles are swapped\n"
    "C: 220 host.example.org ready\n"
    "S: EHLO provider.example.net\n"
    "C: 250-host.example.org\n"
    "C: 250 SIZE\n"
    "S: MAIL FROM:<alice@example.com>\n"
    "C: 250 2.1.0 Sender ok";
constexpr std::string_view turn_scene =
    "C: TURN\n"
    "S: 502 5.5.1 Not offered";
constexpr std::string_view burl_scene =
    "C: MAIL FROM:<alice@example.com>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.org>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: BURL imap://alice@imap.example.com/Drafts;uidvalidity=7/;uid=1"
    ";urlauth=submit+alice:internal:0123456789abcdef0123456789abcdef LAST\n"
    "S: 250 2.0.0 Fetched and queued";
constexpr std::string_view xclient_scene =
    "S: 220 inner.example.com ESMTP\n"
    "C: EHLO proxy.example.com\n"
    "S: 250-inner.example.com\n"
    "S: 250 XCLIENT NAME ADDR PORT PROTO HELO LOGIN\n"
    "C: XCLIENT NAME=client.example.org ADDR=192.0.2.10 PORT=41022\n"
    "S: 220 inner.example.com ESMTP\n"
    "C: EHLO client.example.org\n"
    "S: 250 inner.example.com";
constexpr std::string_view xforward_scene =
    "C: EHLO mx.example.com\n"
    "S: 250-filter.example.com\n"
    "S: 250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\n"
    "C: XFORWARD NAME=client.example.org ADDR=192.0.2.10 PROTO=ESMTP\n"
    "S: 250 2.0.0 Ok\n"
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok";
constexpr std::string_view x_anonymoustls_scene =
    "C: EHLO ex1.example.com\n"
    "S: 250-ex2.example.com\n"
    "S: 250-X-ANONYMOUSTLS\n"
    "S: 250 X-EXPS GSSAPI NTLM\n"
    "C: X-ANONYMOUSTLS\n"
    "S: 220 2.0.0 SMTP server ready\n"
    "C: (the TLS handshake, and from here on under TLS)\n"
    "C: EHLO ex1.example.com\n"
    "S: 250-ex2.example.com\n"
    "S: 250 X-EXPS EXCHANGEAUTH GSSAPI NTLM";
constexpr std::string_view x_exps_scene =
    "C: X-EXPS GSSAPI\n"
    "S: 334 GSSAPI supported\n"
    "C: (a Kerberos token in base64)\n"
    "S: 235 2.7.0 Authentication successful";
constexpr std::string_view xexch50_scene =
    "C: MAIL FROM:<alice@example.com>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: XEXCH50 768 2\n"
    "S: 354 Send binary data\n"
    "C: (768 octets that are no text)\n"
    "S: 250 XEXCH50 OK\n"
    "C: DATA\n"
    "S: 354 End with a line that holds one dot";
constexpr std::string_view send_scene =
    "C: SEND FROM:<alice@example.org>\n"
    "S: 502 5.5.1 Not offered";
constexpr std::string_view soml_scene =
    "C: SOML FROM:<alice@example.org>\n"
    "S: 502 5.5.1 Not offered";
constexpr std::string_view saml_scene =
    "C: SAML FROM:<alice@example.org>\n"
    "S: 502 5.5.1 Not offered";
constexpr std::string_view pipelining_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "C: RCPT TO:<bob@example.com>\n"
    "C: RCPT TO:<nobody@example.com>\n"
    "C: DATA\n"
    "S: 250 2.1.0 Sender ok\n"
    "S: 250 2.1.5 Recipient ok\n"
    "S: 550 5.1.1 No such mailbox\n"
    "S: 354 End with a line that holds one dot";
constexpr std::string_view size_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 SIZE 10485760\n"
    "C: MAIL FROM:<alice@example.org> SIZE=52428800\n"
    "S: 552 5.3.4 Larger than 10485760 octets";
constexpr std::string_view dsn_scene =
    "C: MAIL FROM:<alice@example.org> RET=HDRS ENVID=QQ314159\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.com\n"
    "S: 250 2.1.5 Recipient ok, reports as asked";
constexpr std::string_view smtputf8_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250-8BITMIME\n"
    "S: 250 SMTPUTF8\n"
    "C: MAIL FROM:<jürgen@example.org> BODY=8BITMIME SMTPUTF8\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<böb@example.com>\n"
    "S: 250 2.1.5 Recipient ok";
constexpr std::string_view eight_bit_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 8BITMIME\n"
    "C: MAIL FROM:<alice@example.org> BODY=8BITMIME\n"
    "S: 250 2.1.0 Sender ok, 8 bits";
constexpr std::string_view binarymime_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250-CHUNKING\n"
    "S: 250 BINARYMIME\n"
    "C: MAIL FROM:<alice@example.org> BODY=BINARYMIME\n"
    "S: 250 2.1.0 Sender ok, binary\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: BDAT 200000 LAST\n"
    "C: (200000 octets)\n"
    "S: 250 2.0.0 Queued";
constexpr std::string_view enhanced_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 ENHANCEDSTATUSCODES\n"
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<nobody@example.com>\n"
    "S: 550 5.1.1 No such mailbox\n"
    "C: RCPT TO:<carol@example.com>\n"
    "S: 452 4.2.2 Mailbox full";
constexpr std::string_view limits_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 LIMITS RCPTMAX=2 MAILMAX=50\n"
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: RCPT TO:<carol@example.com>\n"
    "S: 250 2.1.5 Recipient ok\n"
    "C: RCPT TO:<dave@example.com>\n"
    "S: 452 4.5.3 Too many recipients";
constexpr std::string_view requiretls_scene =
    "C: (under TLS from here on)\n"
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 REQUIRETLS\n"
    "C: MAIL FROM:<alice@example.org> REQUIRETLS\n"
    "S: 250 2.1.0 Sender ok, TLS all the way";
constexpr std::string_view deliverby_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 DELIVERBY 240\n"
    "C: MAIL FROM:<alice@example.org> BY=600;R\n"
    "S: 250 2.1.0 Sender ok, within 600 seconds or back";
constexpr std::string_view futurerelease_scene =
    "C: EHLO client.example.org\n"
    "S: 250-submit.example.org\n"
    "S: 250 FUTURERELEASE 604800 2027-01-01T00:00:00Z\n"
    "C: MAIL FROM:<alice@example.org> HOLDFOR=86400\n"
    "S: 250 2.1.0 Sender ok, held for a day";
constexpr std::string_view priority_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 MT-PRIORITY MIXER\n"
    "C: MAIL FROM:<alice@example.org> MT-PRIORITY=4\n"
    "S: 250 2.3.6 Sender ok, priority 2";
constexpr std::string_view rrvs_scene =
    "C: EHLO client.example.org\n"
    "S: 250-mx.example.com\n"
    "S: 250 RRVS\n"
    "C: MAIL FROM:<bank@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com> RRVS=2014-04-03T23:01:00Z\n"
    "S: 550 5.7.17 The mailbox has another owner since";
constexpr std::string_view prdr_scene =
    "C: MAIL FROM:<alice@example.org> PRDR\n"
    "S: 250 Sender ok, PRDR requested\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 250 Recipient ok\n"
    "C: RCPT TO:<carol@example.com>\n"
    "S: 250 Recipient ok\n"
    "C: DATA\n"
    "S: 354 End with a line that holds one dot\n"
    "C: Subject: lunch\n"
    "C: \n"
    "C: At noon?\n"
    "C: .\n"
    "S: 353 Content analysis begins\n"
    "S: 250 Taken for <bob@example.com>\n"
    "S: 550 Refused for <carol@example.com>\n"
    "S: 250 Queued as 4F1A2";
constexpr std::string_view checkpoint_scene =
    "C: MAIL FROM:<alice@example.org> TRANSID=<12345@client.example.org>\n"
    "S: 355 6135 is the transaction offset\n"
    "C: DATA\n"
    "S: 354 Send the message from octet 6135 on";
constexpr std::string_view refused_greeting_scene =
    "S: 554 mx.example.com No service for 192.0.2.10\n"
    "C: QUIT\n"
    "S: 221 mx.example.com Bye";
constexpr std::string_view no_mail_here_scene =
    "S: 521 www.example.com does not accept mail\n"
    "C: QUIT\n"
    "S: 221 Bye";
constexpr std::string_view overload_scene =
    "S: 421 4.3.2 mx.example.com Too many connections, come back later";
constexpr std::string_view greylisted_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 450 4.2.0 Greylisted, come back in five minutes\n"
    "C: QUIT\n"
    "S: 221 2.0.0 Bye";
constexpr std::string_view local_error_scene =
    "C: DATA\n"
    "S: 354 End with a line that holds one dot\n"
    "C: Subject: lunch\n"
    "C: \n"
    "C: At noon?\n"
    "C: .\n"
    "S: 451 4.3.0 The filter does not answer, try again later";
constexpr std::string_view tls_not_now_scene =
    "C: STARTTLS\n"
    "S: 454 4.7.0 TLS not available for a temporary reason";
constexpr std::string_view not_in_order_scene =
    "C: EHLO client.example.org\n"
    "S: 250 mx.example.com\n"
    "C: RCPT TO:<bob@example.com>\n"
    "S: 503 5.5.1 MAIL first";
constexpr std::string_view bad_argument_scene =
    "C: MAIL FROM: alice\n"
    "S: 501 5.1.7 Bad address syntax";
constexpr std::string_view unknown_mechanism_scene =
    "C: AUTH NTLM\n"
    "S: 504 5.5.4 Mechanism not known";
constexpr std::string_view tls_first_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 530 5.7.0 Must issue a STARTTLS command first";
constexpr std::string_view wrong_password_scene =
    "C: AUTH PLAIN AGFsaWNlAHdyb25n\n"
    "S: 535 5.7.8 Authentication failed";
constexpr std::string_view cover_first_scene =
    "C: AUTH PLAIN\n"
    "S: 538 5.7.11 Encryption required for this mechanism";
constexpr std::string_view weak_mechanism_scene =
    "C: AUTH CRAM-MD5\n"
    "S: 534 5.7.9 Mechanism too weak for this user";
constexpr std::string_view transition_scene =
    "C: AUTH CRAM-MD5\n"
    "S: 432 4.7.12 A password transition is needed";
constexpr std::string_view forwarded_scene =
    "C: RCPT TO:<bob@example.com>\n"
    "S: 251 2.1.5 Bob is not here, I forward to <bob@example.net>";
constexpr std::string_view moved_scene =
    "C: RCPT TO:<bob@example.com>\n"
    "S: 551 5.1.6 Bob is not here, try <bob@example.net>";
constexpr std::string_view not_your_address_scene =
    "C: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n"
    "S: 235 2.7.0 Authentication succeeded\n"
    "C: MAIL FROM:<bob@example.com>\n"
    "S: 553 5.7.1 This sender is not yours";
constexpr std::string_view unknown_parameter_scene =
    "C: MAIL FROM:<alice@example.org> COLOUR=blue\n"
    "S: 555 5.5.4 Parameter not known";
constexpr std::string_view null_mx_scene =
    "C: MAIL FROM:<alice@example.org>\n"
    "S: 250 2.1.0 Sender ok\n"
    "C: RCPT TO:<bob@example.net>\n"
    "S: 556 5.1.10 example.net takes no mail, its MX is null";

struct KeywordScene {
  std::string_view keyword;
  std::string_view scene;
};
constexpr auto keyword_scenes = std::to_array<KeywordScene>({
    {"8BITMIME", eight_bit_scene},
    {"ATRN", atrn_scene},
    {"AUTH", auth_scene},
    {"AUTH=", auth_login_scene},
    {"BINARYMIME", binarymime_scene},
    {"BURL", burl_scene},
    {"CHECKPOINT", checkpoint_scene},
    {"CHUNKING", bdat_scene},
    {"DELIVERBY", deliverby_scene},
    {"DSN", dsn_scene},
    {"ENHANCEDSTATUSCODES", enhanced_scene},
    {"ETRN", etrn_scene},
    {"EXPN", expn_scene},
    {"FUTURERELEASE", futurerelease_scene},
    {"HELP", help_scene},
    {"LIMITS", limits_scene},
    {"MT-PRIORITY", priority_scene},
    {"PIPELINING", pipelining_scene},
    {"PRDR", prdr_scene},
    {"REQUIRETLS", requiretls_scene},
    {"RRVS", rrvs_scene},
    {"SAML", saml_scene},
    {"SEND", send_scene},
    {"SIZE", size_scene},
    {"SMTPUTF8", smtputf8_scene},
    {"SOML", soml_scene},
    {"STARTTLS", starttls_scene},
    {"TURN", turn_scene},
    {"VRFY", vrfy_scene},
    {"X-ANONYMOUSTLS", x_anonymoustls_scene},
    {"X-EXPS", x_exps_scene},
    {"XCLIENT", xclient_scene},
    {"XEXCH50", xexch50_scene},
    {"XFORWARD", xforward_scene},
});

struct CodeScene {
  std::uint16_t code = 0;
  std::string_view scene;
};
constexpr auto code_scenes = std::to_array<CodeScene>({
    {214, help_scene},
    {220, starttls_scene},
    {221, quit_scene},
    {235, auth_scene},
    {250, mail_scene},
    {251, forwarded_scene},
    {252, vrfy_scene},
    {253, etrn_scene},
    {334, auth_login_scene},
    {353, prdr_scene},
    {354, mail_scene},
    {355, checkpoint_scene},
    {421, overload_scene},
    {432, transition_scene},
    {450, greylisted_scene},
    {451, local_error_scene},
    {452, limits_scene},
    {454, tls_not_now_scene},
    {459, etrn_scene},
    {500, helo_scene},
    {501, bad_argument_scene},
    {502, turn_scene},
    {503, not_in_order_scene},
    {504, unknown_mechanism_scene},
    {521, no_mail_here_scene},
    {530, tls_first_scene},
    {534, weak_mechanism_scene},
    {535, wrong_password_scene},
    {538, cover_first_scene},
    {550, rcpt_scene},
    {551, moved_scene},
    {552, size_scene},
    {553, not_your_address_scene},
    {554, refused_greeting_scene},
    {555, unknown_parameter_scene},
    {556, null_mx_scene},
});

}  // namespace

std::string_view example_dialogue(Verb verb) noexcept {
  switch (verb) {
    case Verb::unknown:
      break;
    case Verb::ehlo:
      return ehlo_scene;
    case Verb::helo:
      return helo_scene;
    case Verb::lhlo:
      return lhlo_scene;
    case Verb::mail:
      return mail_scene;
    case Verb::rcpt:
      return rcpt_scene;
    case Verb::data:
      return data_scene;
    case Verb::bdat:
      return bdat_scene;
    case Verb::rset:
      return rset_scene;
    case Verb::noop:
      return noop_scene;
    case Verb::quit:
      return quit_scene;
    case Verb::vrfy:
      return vrfy_scene;
    case Verb::expn:
      return expn_scene;
    case Verb::help:
      return help_scene;
    case Verb::starttls:
      return starttls_scene;
    case Verb::auth:
      return auth_scene;
    case Verb::etrn:
      return etrn_scene;
    case Verb::atrn:
      return atrn_scene;
    case Verb::turn:
      return turn_scene;
    case Verb::burl:
      return burl_scene;
    case Verb::xclient:
      return xclient_scene;
    case Verb::xforward:
      return xforward_scene;
    case Verb::x_anonymoustls:
      return x_anonymoustls_scene;
    case Verb::x_exps:
      return x_exps_scene;
    case Verb::xexch50:
      return xexch50_scene;
    case Verb::send:
      return send_scene;
    case Verb::soml:
      return soml_scene;
    case Verb::saml:
      return saml_scene;
  }
  return {};
}

std::string_view example_dialogue_of_keyword(std::string_view keyword) noexcept {
  const KeywordInfo* const known = find_keyword(keyword);
  if (known == nullptr) return {};
  const auto* const row = std::ranges::find(keyword_scenes, known->keyword, &KeywordScene::keyword);
  return row != keyword_scenes.end() ? row->scene : std::string_view{};
}

std::string_view example_dialogue_of_code(std::uint16_t code) noexcept {
  const auto* const row = std::ranges::find(code_scenes, code, &CodeScene::code);
  return row != code_scenes.end() ? row->scene : std::string_view{};
}

}  // namespace smtpscope::smtp
