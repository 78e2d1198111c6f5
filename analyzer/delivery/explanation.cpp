#include "analyzer/delivery/explanation.hpp"

#include "analyzer/delivery/advice.hpp"
#include "analyzer/delivery/reasons.hpp"
#include "analyzer/delivery/sending_failure.hpp"
#include "analyzer/findings/wording.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/reference.hpp"
#include "dissectors/smtp/reply.hpp"

#include <algorithm>

namespace smtpscope::delivery {
namespace {

constexpr std::size_t address_octets_max = 254;  // RFC 5321, 4.5.3.1.3, without the brackets
constexpr std::size_t page_octets_max = 256;

std::string_view what_was(Asked asked) noexcept {
  switch (asked) {
    case Asked::connection:
      return "the connection";
    case Asked::hello:
      return "the client's EHLO";
    case Asked::starttls:
      return "STARTTLS";
    case Asked::login:
      return "the login";
    case Asked::sender:
      return "the sender";
    case Asked::recipient:
      return "the recipient";
    case Asked::data:
    case Asked::message:
      return "the message";
    case Asked::other:
      return "the command";
    case Asked::unknown:
      break;
  }
  return "the mail";
}

// Whose address stands in the reply? Where the command does not tell, the reason does: {sender} or
// {recipient}.
bool is_about_sender(const Explanation& told) noexcept {
  if (told.asked == Asked::sender) return true;
  if (told.asked == Asked::recipient) return false;
  const Reason reason = told.why.reason;
  return reason == "rejected" || reason == "authfailure" || reason == "securityerror" ||
         reason == "spamdetected";
}

// It is quoted whole or not at all: a part of an address or of a page leads nowhere.
std::string_view up_to(std::string_view words, std::size_t octets_max) noexcept {
  return words.size() > octets_max ? std::string_view() : words;
}

bool is_host(std::string_view word) noexcept {
  const auto is_of_host = [](char c) { return ascii::is_alnum(c) || c == '.' || c == '-'; };
  const std::size_t dot = word.rfind('.');
  return dot != std::string_view::npos && dot > 0 && word.size() - dot > 2 &&
         std::ranges::all_of(word, is_of_host) &&
         std::ranges::all_of(word.substr(dot + 1), ascii::is_alpha) &&
         ascii::is_alnum(word.front());
}

// "blocked using bl.example.net": the list, as the normalised text has it; empty if it names none.
std::string_view list_in(std::string_view text) noexcept {
  std::string_view before;
  while (!text.empty()) {
    std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t begin = std::min(word.find_first_not_of("([<\"'"), word.size());
    word.remove_prefix(begin);
    while (!word.empty() && !ascii::is_alnum(word.back())) word.remove_suffix(1);
    const bool leads = before == "using" || before == "by" || before == "in" || before == "on" ||
                       before == "at" || before == "list" || before == "rbl" || before == "dnsbl";
    if (leads && is_host(word)) return word;
    before = word;
  }
  return {};
}

void append_own_words(std::string& out, const ReplyText& reply) {
  if (reply.text().empty()) return;
  out += ": \"";
  const std::string_view text = reply.text();
  out += text.size() > findings::quoted_octets_max
             ? findings::shortened(text, findings::quoted_octets_max)
             : std::string(text);
  out += '"';
}

// What is known goes before what the reply says, but for the client: the address that was refused
// stands in the reply. Empty: neither tells.
AdviceNames names_in(const Explanation& told) noexcept {
  AdviceNames names{up_to(told.around.recipient, address_octets_max),
                    up_to(told.around.sender, address_octets_max),
                    up_to(told.around.client, address_octets_max),
                    up_to(told.around.server, address_octets_max)};
  const std::string_view address = up_to(told.reply.address(), address_octets_max);
  std::string_view& named = is_about_sender(told) ? names.sender : names.recipient;
  if (named.empty()) named = address;
  if (!told.reply.ip().empty()) names.client = told.reply.ip();
  return names;
}

// The refusal as a sentence, and what its reason means.
void tell_refusal(Explanation& told) {
  std::string& out = told.text;
  const bool sender = is_about_sender(told);
  const AdviceNames names = names_in(told);
  const std::string_view address = sender ? names.sender : names.recipient;
  const bool about_address = told.asked == Asked::sender || told.asked == Asked::recipient;
  out += "The server refused ";
  out += what_was(told.asked);
  if (!address.empty() && (about_address || told.asked == Asked::unknown)) {
    if (!about_address) out += sender ? " from" : " to";
    out += ' ';
    out += address;
  }
  if (told.permanent) out += *told.permanent ? " for good" : " for now";
  const bool says_little = told.why.reason == "undefined" || told.why.reason == "onhold";
  if (says_little) append_own_words(out, told.reply);
  out += ". ";
  out += meaning_for(*told.why.info, told.why.rule);
}

void advise(Explanation& told) {
  AdviceNames names = names_in(told);
  if (names.recipient.empty()) names.recipient = "the recipient";
  if (names.sender.empty()) names.sender = "the sender";
  if (names.client.empty()) names.client = "the client";
  if (names.server.empty()) names.server = "the server";
  const std::string_view page = up_to(told.reply.page(), page_octets_max);
  const bool comes_again = told.permanent && !*told.permanent && told.why.reason != "greylisted";
  if (comes_again && page.empty()) told.advice += "The client will try again by itself. ";
  const std::string_view list =
      told.why.reason == "blocked" ? list_in(told.reply.text()) : std::string_view();
  if (!list.empty()) {
    append_advice(told.advice, "Look {client} up at ", names);
    told.advice += list;
    told.advice += " and ask for removal there, or send through your provider's relay.";
  } else {
    append_advice(told.advice, advice_for(*told.why.info, told.why.rule), names);
  }
  if (page.empty()) return;
  told.advice += " The server tells more at ";
  told.advice += page;
  told.advice += '.';
}

// Logs and bounces have the lines of a reply in one: "550-5.1.1 no 550 5.1.1 such user".
void put_lines_apart(std::string& reply) {
  if (reply.size() < 4 || !smtp::looks_like_reply(reply) || reply[3] != '-') return;
  const std::string next = ' ' + reply.substr(0, 3);
  for (std::size_t at = reply.find(next, 4); at != std::string::npos;
       at = reply.find(next, at + 4)) {
    const char behind = at + 4 < reply.size() ? reply[at + 4] : ' ';
    if (behind == '-' || behind == ' ') reply[at] = '\n';
  }
}

bool begins_with_code(std::string_view text) noexcept {
  return smtp::looks_like_reply(text) || smtp::parse_enhanced(ascii::first_word(text)).has_value();
}

}  // namespace

const Explanation& Explainer::explain(std::string_view reply, Asked asked, const Around& around) {
  told_.reply.read(reply);
  told_.asked = asked;
  told_.around = around;
  told_.why = classifying_.classify(told_.reply, {asked, {}});
  told_.permanent = is_permanent(told_.reply.first_digit(), told_.why.reason);
  told_.text.clear();
  told_.advice.clear();
  told_.fault = told_.why.info == nullptr ? Fault::none : told_.why.info->fault;
  if (told_.why.info == nullptr) {
    told_.text = "The server agreed, and nothing was refused.";
  } else if (told_.reply.text().empty() && told_.reply.first_digit() == 0) {
    told_.text = "There is no reply: neither a code nor words.";
  } else {
    tell_refusal(told_);
    advise(told_);
  }
  return told_;
}

const Explanation& Explainer::explain_attempt(const ReasonInfo& reason, std::string_view text,
                                              std::optional<bool> permanent, const Around& around) {
  told_.reply.read(text);
  const std::string_view server = told_.reply.ip();  // the one that it tried
  told_.reply.read(std::string_view());
  told_.asked = Asked::unknown;
  told_.around = around;
  if (around.server.empty()) told_.around.server = server;
  told_.why = {&reason, reason.name, {}, {}};
  told_.permanent = permanent;
  told_.fault = reason.fault;
  told_.text = "The delivery";
  const std::string_view recipient = up_to(around.recipient, address_octets_max);
  if (!recipient.empty()) told_.text.append(" to ").append(recipient);
  told_.text += " failed";
  if (permanent) told_.text += *permanent ? " for good" : " for now";
  told_.text.append(". ").append(reason.meaning);
  told_.advice.clear();
  advise(told_);
  return told_;
}

const Explanation& Explainer::explain(const ToldDelivery& delivery) {
  if (!delivery.reply.empty()) {
    scratch_text_.assign(delivery.reply);
    put_lines_apart(scratch_text_);
    return explain(scratch_text_, delivery.asked, delivery.around);
  }
  scratch_text_.assign(delivery.status);
  if (!scratch_text_.empty() && !delivery.text.empty()) scratch_text_ += ' ';
  scratch_text_ += delivery.text;
  if (const auto* reason = reason_of_sending_failure(delivery.text))
    return explain_attempt(*reason, delivery.text, delivery.permanent, delivery.around);
  return explain(scratch_text_, delivery.asked, delivery.around);
}

ToldDelivery told_by_bounce(std::string_view recipient, std::string_view action,
                            std::string_view status, std::string_view diagnostic,
                            std::string_view remote_mta) {
  ToldDelivery told;
  told.around = {.recipient = recipient, .server = remote_mta};
  // Who told the other server's words says no command; only RCPT is answered so.
  const auto code = smtp::parse_enhanced(status);
  const bool of_recipient = code && code->subject == 1 && code->detail == 1 && !remote_mta.empty();
  if (of_recipient) told.asked = Asked::recipient;
  told.permanent = action != "delayed";
  told.status = status;
  (begins_with_code(diagnostic) ? told.reply : told.text) = diagnostic;
  return told;
}

}  // namespace smtpscope::delivery
