// The rows of the timeline: one a line of the dialogue, with what lies between them.
#include "analyzer/findings/wording.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/finding_places.hpp"
#include "analyzer/render/gloss.hpp"
#include "analyzer/render/idn.hpp"
#include "analyzer/render/names.hpp"
#include "analyzer/render/row_ends.hpp"
#include "analyzer/render/row_writer.hpp"
#include "analyzer/render/tls_words.hpp"
#include "dissectors/mail/words.hpp"
#include "dissectors/smtp/auth.hpp"
#include "dissectors/smtp/parameter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace smtpscope::render {
namespace {

using findings::counted;
using findings::RuleId;
using findings::span_words;
using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Reply;

Style style_of(findings::Severity severity) noexcept {
  switch (severity) {
    case findings::Severity::error:
      return Style::bold_red;
    case findings::Severity::warning:
      return Style::bold_yellow;
    case findings::Severity::note:
      break;
  }
  return Style::bold;
}

std::string_view mark_of(findings::Severity severity) noexcept {
  return severity == findings::Severity::note ? aside : trouble;
}

Style style_of(const Reply& reply) noexcept {
  switch (reply.first_digit()) {
    case 2:
    case 3:
      return Style::green;
    case 4:
      return Style::yellow;
    default:
      return Style::red;
  }
}

bool agrees(const Reply& reply) noexcept {
  return reply.first_digit() == 2 || reply.first_digit() == 3;
}

bool lists_extensions(const Exchange& exchange, const Reply& reply) noexcept {
  const bool is_hello = exchange.command && (exchange.command->verb == smtp::Verb::ehlo ||
                                             exchange.command->verb == smtp::Verb::lhlo);
  return is_hello && agrees(reply);
}

// The code and what parts it from the text, of line `index`.
std::string code_of(const Reply& reply, std::size_t index) {
  const bool is_last = index + 1 >= reply.text.size();
  const std::uint16_t code = is_last || reply.first_code == 0 ? reply.code : reply.first_code;
  const bool is_bare = is_last && (reply.text.empty() || reply.text[index].empty());
  return fmt::format("{:03}{}", code, is_last ? (is_bare ? "" : " ") : "-");
}

// How findings quote a reply: ": 550 5.1.1 no such user".
std::string quote_of(const Reply& reply) { return ": " + findings::reply_words(reply); }

std::size_t quote_in(std::string_view text, const Reply& reply) {
  return reply.text.empty() ? std::string_view::npos : text.find(quote_of(reply));
}

class Rows {
 public:
  Rows(Page& page, const Story& story)
      : page_(page), story_(story), session_(story.session), places_(story), rows_(page, story) {}

  void render();

 private:
  void render_exchange(std::size_t index);
  void render_command(std::size_t index);
  void render_path(const smtp::Command& command, std::string_view argument);
  void render_lost_command(const Exchange& exchange);
  void render_auth(const smtp::AuthExchange& auth);
  void render_auth_step(const smtp::AuthExchange& auth, std::size_t step);
  void render_message(const smtp::Message& message);
  void render_chunk(const Exchange& exchange);
  void render_replies(std::size_t index);
  void render_reply(const Exchange& exchange, const Reply& reply, std::optional<Nanoseconds> wait);
  void render_folded(const Row& row, const Exchange& exchange, const Reply& reply);
  void render_lines(const Row& row, const Exchange& exchange, const Reply& reply);
  void render_meaning(const Exchange& exchange, const Reply& reply);
  void render_no_reply(const Exchange& exchange);
  void render_findings(std::size_t place);
  void render_finding(const findings::Finding& finding);
  [[nodiscard]] std::string text_beside_rows(const findings::Finding& finding) const;
  void render_gaps(std::size_t before);
  void render_left_out(std::size_t before);
  void render_tls_before(std::size_t index);
  void render_tls();
  void render_decrypted(const smtp::TlsFacts& tls);
  void render_handshake();
  void render_certificate();
  void render_alert();
  void render_end();

  [[nodiscard]] bool is_tls_before(std::size_t index) const;
  [[nodiscard]] bool is_told(RuleId rule) const {
    return std::ranges::find(story_.findings, rule, &findings::Finding::rule) !=
           story_.findings.end();
  }
  [[nodiscard]] bool is_pipelined(std::size_t index) const;
  [[nodiscard]] bool is_odd(std::size_t exchange, Side side) const;
  [[nodiscard]] bool is_explained(std::size_t exchange, const Reply& reply) const;
  [[nodiscard]] std::string_view reply_gloss(const Exchange& exchange, const Reply& reply) const;

  Page& page_;
  const Story& story_;
  const Session& session_;
  FindingPlaces places_;
  RowWriter rows_;
  std::size_t next_gap_ = 0;
  std::size_t next_left_out_ = 0;
  const smtp::Message* chunks_ = nullptr;  // as far as the message of chunks is told
  bool tls_told_ = false;
  std::set<std::string> meanings_told_;
  std::set<RuleId> rules_told_;
};

void Rows::render() {
  rows_.put_titles();
  render_opening(rows_, story_);
  render_findings(0);
  for (std::size_t i = 0; i < session_.exchanges.size(); ++i) {
    render_tls_before(i);
    render_gaps(i);
    render_left_out(i);
    render_exchange(i);
    render_findings(i + 1);
  }
  if (session_.open_message) render_message(*session_.open_message);
  render_gaps(static_cast<std::size_t>(-1));
  if (session_.tls && !tls_told_) render_tls();
  if (!session_.tls) render_findings(FindingPlaces::under_tls);
  render_end();
  render_findings(session_.exchanges.size() + 1);
}

// Is the line that `side` said in this exchange unexpected, as a finding says?
bool Rows::is_odd(std::size_t exchange, Side side) const {
  bool found = false;
  places_.each_at(exchange + 1, [&](const findings::Finding& finding) {
    found =
        found || (finding.exchange == exchange && findings::info(finding.rule).odd_line_of == side);
  });
  return found;
}

void Rows::render_exchange(std::size_t index) {
  const Exchange& exchange = session_.exchanges[index];
  const bool is_chunk = exchange.kind == ExchangeKind::command;
  if (exchange.message && !is_chunk) {
    render_message(*exchange.message);
    chunks_ = nullptr;
  }
  if (exchange.command) {
    render_command(index);
  } else {
    render_lost_command(exchange);
  }
  if (exchange.auth) render_auth(*exchange.auth);
  if (is_chunk) render_chunk(exchange);
  render_replies(index);
}

// Was it sent before the reply to the one before was there?
bool Rows::is_pipelined(std::size_t index) const {
  if (index == 0 || !session_.exchanges[index].command) return false;
  const Reply* const before = session_.exchanges[index - 1].reply();
  const Origin& sent = session_.exchanges[index].command->origin;
  return before != nullptr && before->origin.frame != 0 && sent.frame != 0 &&
         sent.frame < before->origin.frame;
}

void Rows::render_command(std::size_t index) {
  const Exchange& exchange = session_.exchanges[index];
  const smtp::Command& command = *exchange.command;
  std::string scratch;
  const Redactor::CommandLine line = story_.redactor.command(command, scratch);
  Spans body{{escaped(line.name), Style::cyan}};
  if (!line.argument.empty()) body.push_back({' ' + escaped(line.argument), Style::cyan});
  std::string gloss = story_.safe(gloss_of_command(exchange));
  if (is_pipelined(index)) gloss += ", pipelined";
  rows_.put({is_odd(index, Side::client) ? odd_from_client : from_client, command.origin, {}}, body,
            gloss);
  render_path(command, line.argument);
}

// The domain as people read it; with all details also what the parameters say.
void Rows::render_path(const smtp::Command& command, std::string_view argument) {
  if (command.verb != smtp::Verb::mail && command.verb != smtp::Verb::rcpt) return;
  const smtp::PathArgument path =
      smtp::parse_path(argument, command.verb == smtp::Verb::mail ? "FROM" : "TO");
  if (const std::string domain = unicode_domain(path.address); !domain.empty()) {
    rows_.put_words("the domain is " + escaped(domain));
  }
  if (!story_.is_full()) return;
  for (const smtp::Parameter& parameter : path.parameters) {
    const std::string words = smtp::parameter_words(command.verb, parameter);
    if (!words.empty()) rows_.put_words(escaped(parameter.keyword + ": " + words));
  }
}

void Rows::render_lost_command(const Exchange& exchange) {
  if (exchange.kind == ExchangeKind::lost_command) {
    rows_.put({absence, {}, {}},
              {{fmt::format("a command that is not in the {}", findings::record_word(session_)),
                Style::yellow}});
  } else if (exchange.kind == ExchangeKind::end_of_data) {
    if (exchange.message && exchange.message->not_shown) return;  // said with the message
    rows_.put(
        {absence, {}, {}},
        {{fmt::format("the end of the message is not in the {}", findings::record_word(session_)),
          Style::yellow}});
  }
}

void Rows::render_auth(const smtp::AuthExchange& auth) {
  const std::size_t steps = std::max(auth.challenges.size(), auth.responses.size());
  for (std::size_t i = 0; i < steps; ++i) render_auth_step(auth, i);
  if (auth.cancelled) rows_.put({from_client, {}, {}}, {{"*", Style::cyan}}, "gives the login up");
}

void Rows::render_auth_step(const smtp::AuthExchange& auth, std::size_t step) {
  if (step < auth.challenges.size()) {
    const Reply& challenge = auth.challenges[step];
    const std::string text = challenge.text.empty() ? "" : challenge.text.back();
    rows_.put(
        {from_server, challenge.origin, {}},
        {{fmt::format("{:03} ", challenge.code), Style::green}, {story_.safe(text), Style::plain}},
        story_.safe(gloss_of_challenge(auth, challenge)));
  }
  const std::size_t response = step + (auth.initial_response ? 1U : 0U);
  if (response >= auth.responses.size()) return;
  const std::string shown = escaped(story_.redactor.response(auth.responses[response]));
  rows_.put({from_client, {}, {}}, {{shown, Style::cyan}}, "answers");
}

// A chunk's exchange has all of the message up to it: what the chunks before it brought is told
// already.
void Rows::render_chunk(const Exchange& exchange) {
  if (smtp::has_verb(exchange, smtp::Verb::mail) || smtp::has_verb(exchange, smtp::Verb::rset))
    chunks_ = nullptr;
  if (!exchange.message) return;
  const smtp::Message& message = *exchange.message;
  if (chunks_ == nullptr || message.octets < chunks_->octets ||
      message.missing < chunks_->missing) {
    render_message(message);
  } else if (message.octets > chunks_->octets || message.missing > chunks_->missing) {
    std::string words =
        fmt::format("({} more of the message", counted(message.octets - chunks_->octets, "octet"));
    if (message.missing > chunks_->missing)
      words += fmt::format("; {} not in the capture",
                           counted(message.missing - chunks_->missing, "octet"));
    words += fmt::format("; {} in all)", message.octets);
    rows_.put({from_client, message.last, {}}, {{words, Style::cyan}});
  }
  chunks_ = message.complete ? nullptr : &message;
}

void Rows::render_message(const smtp::Message& message) {
  if (message.not_shown) {
    rows_.put({from_client, message.last, {}},
              {{"(the message; its text is not in the transcript)", Style::cyan}});
    return;
  }
  std::string words = fmt::format("({} of message", counted(message.octets, "octet"));
  if (!session_.transcript) words += fmt::format(" in {}", counted(message.segments, "packet"));
  if (message.first && message.last.time > message.first->time) {
    words += ", " + span_words(elapsed(message.first->time, message.last.time));
  }
  if (message.missing > 0) {
    words += fmt::format("; {} more not in the capture", counted(message.missing, "octet"));
  }
  if (!message.complete) words += "; not complete";
  rows_.put({from_client, message.first, {}}, {{words + ')', Style::cyan}});
  if (message.header.subject)
    rows_.put_words("Subject: " + story_.safe(mail::decode_words(*message.header.subject)),
                    Style::plain);
  if (message.header.message_id)
    rows_.put_words("Message-ID: <" + story_.safe(*message.header.message_id) + '>', Style::plain);
}

void Rows::render_replies(std::size_t index) {
  const Exchange& exchange = session_.exchanges[index];
  std::optional<Nanoseconds> wait = session::wait_of(session_, index);
  for (const Reply& reply : exchange.replies) {
    render_reply(exchange, reply, wait);
    wait.reset();
  }
  if (exchange.unanswered != smtp::Unanswered::no) render_no_reply(exchange);
}

std::string_view Rows::reply_gloss(const Exchange& exchange, const Reply& reply) const {
  if (reply.has(smtp::ReplyFlaw::cut_short)) return "not complete in the capture";
  if (exchange.early_reply) return "came before the end of what it answers";
  if (exchange.around_gap) return "beside a gap: likely, not certain";
  return gloss_of_reply(exchange, reply);
}

void Rows::render_reply(const Exchange& exchange, const Reply& reply,
                        std::optional<Nanoseconds> wait) {
  for (const std::string& stray : reply.strays) {
    rows_.put({odd_from_server, reply.begun, {}}, {{story_.safe(stray), Style::red}},
              "no reply line");
  }
  if (reply.code == 0 && reply.text.empty()) return;
  const auto index = static_cast<std::size_t>(&exchange - session_.exchanges.data());
  const bool is_expected = agrees(reply) && !is_odd(index, Side::server);
  const Row row{is_expected ? from_server : odd_from_server, reply.origin, wait};
  const bool is_folded =
      !story_.is_full() && agrees(reply) && reply.text.size() > 1 && reply.flaws.empty();
  is_folded ? render_folded(row, exchange, reply) : render_lines(row, exchange, reply);
  if (!agrees(reply) && !is_explained(index, reply)) render_meaning(exchange, reply);
}

// What a server says when it agrees, in one row.
void Rows::render_folded(const Row& row, const Exchange& exchange, const Reply& reply) {
  const std::size_t more = reply.text.size() - 1;
  Spans body{{fmt::format("{:03} ", reply.code), Style::green},
             {story_.safe(reply.text.front()), Style::plain}};
  if (lists_extensions(exchange, reply)) {
    std::string extensions;
    for (std::size_t i = 1; i < reply.text.size(); ++i) {
      extensions += (i == 1 ? ": " : ", ") + story_.safe(reply.text[i]);
    }
    body.push_back({extensions, Style::plain});
  } else {
    body.push_back({fmt::format(" (and {})", counted(more, "more line")), Style::dim});
  }
  rows_.put(row, body, lists_extensions(exchange, reply) ? "" : reply_gloss(exchange, reply));
}

void Rows::render_lines(const Row& row, const Exchange& exchange, const Reply& reply) {
  const std::size_t lines = std::max<std::size_t>(reply.text.size(), 1);
  for (std::size_t i = 0; i < lines; ++i) {
    const std::string text = i < reply.text.size() ? story_.safe(reply.text[i]) : "";
    const Style style = agrees(reply) ? Style::plain : style_of(reply);
    const Row first{row.mark, row.origin, row.wait};
    const Row further{row.mark, {}, {}};
    rows_.put(i == 0 ? first : further, {{code_of(reply, i), style_of(reply)}, {text, style}},
              i == 0 ? reply_gloss(exchange, reply) : std::string_view());
  }
}

// Does a finding below quote the reply? Then it says what it means as well.
bool Rows::is_explained(std::size_t exchange, const Reply& reply) const {
  bool found = false;
  places_.each_at(exchange + 1, [&](const findings::Finding& finding) {
    found = found || quote_in(finding.text, reply) != std::string::npos;
  });
  return found;
}

// The same sentence once a session is enough.
void Rows::render_meaning(const Exchange& exchange, const Reply& reply) {
  std::string meaning = meaning_of_reply(exchange, reply);
  if (!meanings_told_.insert(meaning).second) return;
  rows_.put_words(meaning);
}

void Rows::render_no_reply(const Exchange& exchange) {
  switch (exchange.unanswered) {
    case smtp::Unanswered::no:
      return;
    case smtp::Unanswered::never:
      return rows_.put({odd_from_server, {}, {}},
                       {{"(no reply: the connection ended first)", Style::yellow}});
    case smtp::Unanswered::lost_in_gap:
      return rows_.put({absence, {}, {}}, {{"the reply is not in the capture", Style::yellow}});
    case smtp::Unanswered::capture_end:
      return rows_.put(
          {absence, {}, {}},
          {{fmt::format("no reply before the {} ends", findings::record_word(session_)),
            Style::yellow}});
  }
}

void Rows::render_findings(std::size_t place) {
  places_.each_at(place, [&](const findings::Finding& finding) { render_finding(finding); });
}

// Without the reply that it quotes, where that stands one row above.
std::string Rows::text_beside_rows(const findings::Finding& finding) const {
  std::string text = finding.text;
  if (finding.exchange >= session_.exchanges.size()) return text;
  for (const Reply& reply : session_.exchanges[finding.exchange].replies) {
    const std::size_t at = quote_in(text, reply);
    if (at == std::string::npos) continue;
    text.erase(at, quote_of(reply).size());
    break;
  }
  return text;
}

void Rows::render_finding(const findings::Finding& finding) {
  const findings::RuleInfo& rule = findings::info(finding.rule);
  const findings::Severity severity = findings::severity_of(finding);
  rows_.put({mark_of(severity), {}, {}},
            {{fmt::format("{}:", findings::to_string(severity)), style_of(severity)},
             {fmt::format(" {}: ", rule.name), Style::plain},
             {story_.safe(text_beside_rows(finding)), Style::plain}});
  if (!rules_told_.insert(finding.rule).second) return;
  rows_.put_words(rule.meaning);
  if (!story_.is_full()) return;
  rows_.put_words(rule.remedy);
  rows_.put_words(rule.reference);
}

// Gaps that lie before the exchange, those of a side in one row.
void Rows::render_gaps(std::size_t before) {
  struct Sum {
    std::uint64_t octets = 0;
    std::uint64_t gaps = 0;
    Origin first;
  };
  std::array<Sum, 2> sums;
  for (; next_gap_ < session_.gaps.size() && session_.gaps[next_gap_].before <= before;
       ++next_gap_) {
    const session::GapFact& gap = session_.gaps[next_gap_];
    if (gap.hidden_by_tls) continue;
    Sum& sum = sums[static_cast<std::size_t>(gap.side)];
    if (sum.gaps == 0) sum.first = gap.origin;
    sum.octets += gap.length;
    ++sum.gaps;
  }
  for (const Side side : {Side::client, Side::server}) {
    const Sum& sum = sums[static_cast<std::size_t>(side)];
    if (sum.gaps == 0) continue;
    std::string words = fmt::format("{} of the {} are not in the capture",
                                    counted(sum.octets, "octet"), name_of(side));
    if (sum.gaps > 1) words += fmt::format(" ({} gaps)", sum.gaps);
    rows_.put({absence, sum.first, {}}, {{words, Style::yellow}});
  }
}

// Accepted messages that are not kept (session/left_out.hpp).
void Rows::render_left_out(std::size_t before) {
  if (next_left_out_ == session_.left_out.size() ||
      session_.left_out[next_left_out_].before != before)
    return;
  const session::LeftOut& left_out = session_.left_out[next_left_out_++];
  rows_.put({absence, left_out.first, {}},
            {{fmt::format("{}, accepted without a flaw, {} not kept ({})",
                          counted(left_out.transactions, "message"),
                          left_out.transactions == 1 ? "is" : "are",
                          counted(left_out.exchanges, "exchange")),
              Style::dim}});
  rows_.skip_to(left_out.last.time);
}

bool Rows::is_tls_before(std::size_t index) const {
  const Exchange& exchange = session_.exchanges[index];
  if (session_.tls->decrypted) return exchange.encrypted;
  const Reply* const reply = exchange.reply();
  const Origin origin = exchange.command   ? exchange.command->origin
                        : reply != nullptr ? reply->origin
                                           : Origin();
  const auto& first = session_.tls->first;
  return first && origin.frame != 0 && origin.frame > first->frame;
}

void Rows::render_tls_before(std::size_t index) {
  if (session_.tls && !tls_told_ && is_tls_before(index)) render_tls();
}

// "TLS begins: TLSv1.3, TLS_AES_256_GCM_SHA384, certificate CN=mx.example.com"
void Rows::render_decrypted(const smtp::TlsFacts& tls) {
  std::string words = "TLS begins";
  std::string_view mark = ": ";
  for (const std::string& fact : {tls.version, tls.cipher}) {
    if (fact.empty()) continue;
    words += std::string(std::exchange(mark, ", ")) + fact;
  }
  if (!tls.subject.empty() && !session_.tls_seen)
    words += std::string(mark) + "certificate " + tls.subject;
  if (session_.tls_seen) words = "TLS begins: " + agreed_words(*session_.tls_seen);
  rows_.put({aside, tls.first, {}}, {{story_.safe(words), Style::bold}});
  render_certificate();
  render_findings(FindingPlaces::under_tls);
}

// What shows of a handshake that hides the rest.
void Rows::render_handshake() {
  if (!session_.tls_seen || session_.tls_seen->facts.step == tls::Step::nothing) return;
  rows_.put({aside, session_.tls_seen->facts.step_at, {}},
            {{story_.safe(handshake_words(*session_.tls_seen)), Style::plain}});
  render_certificate();
  render_alert();
}

void Rows::render_certificate() {
  if (!session_.tls_seen) return;
  const tls::Certificate* const certificate = session_.tls_seen->certificate();
  if (certificate != nullptr) rows_.put_words(story_.safe(certificate_words(*certificate)));
}

void Rows::render_alert() {
  const tls::Alert* const alert =
      session_.tls_seen ? session_.tls_seen->facts.fatal_alert() : nullptr;
  if (alert != nullptr)
    rows_.put({trouble, alert->origin, {}}, {{alert_words(*alert), Style::red}});
}

void Rows::render_end() {
  // Of a TLS that was opened the alert ends what was said inside.
  if (!session_.transcript && session_.tls && session_.tls->decrypted) render_alert();
  render_closing(rows_, story_);
}

void Rows::render_tls() {
  tls_told_ = true;
  const smtp::TlsFacts& tls = *session_.tls;
  if (tls.stayed_clear) {
    rows_.put({aside, tls.accept, {}},
              {{"no TLS follows: the dialogue goes on in clear", Style::plain}});
    return;
  }
  if (tls.decrypted) return render_decrypted(tls);
  if (!tls.first) return;
  const bool clear_again = tls.clear_again[0] || tls.clear_again[1];
  page_.rule(
      '~',
      fmt::format("{}: from {} on, {}, {} octets ->, {} <-",
                  clear_again                             ? "TLS, and then clear text again"
                  : is_told(RuleId::tls_handshake_failed) ? "TLS does not come about"
                                                          : "TLS hides the rest",
                  story_.frame(*tls.first), span_words(elapsed(tls.first->time, tls.last.time)),
                  tls.client_octets, tls.server_octets),
      Style::bold);
  render_handshake();
  render_findings(FindingPlaces::under_tls);
}

}  // namespace

void render_rows(Page& page, const Story& story) { Rows(page, story).render(); }

}  // namespace smtpscope::render
