#include "analyzer/render/json.hpp"

#include "analyzer/render/escape.hpp"
#include "analyzer/render/gloss.hpp"
#include "analyzer/render/idn.hpp"
#include "analyzer/render/json_message.hpp"
#include "analyzer/render/json_part.hpp"
#include "analyzer/render/json_proxy.hpp"
#include "analyzer/render/json_tls.hpp"
#include "analyzer/render/json_writer.hpp"
#include "analyzer/render/names.hpp"
#include "dissectors/smtp/auth.hpp"
#include "dissectors/smtp/capability.hpp"
#include "dissectors/smtp/parameter.hpp"

namespace smtpscope::render {
namespace {

using session::GapFact;
using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;

constexpr std::size_t of_client = static_cast<std::size_t>(Side::client);
constexpr std::size_t of_server = static_cast<std::size_t>(Side::server);

std::string_view phase_of_command(smtp::Verb verb) noexcept {
  switch (verb) {
    case smtp::Verb::auth:
    case smtp::Verb::x_exps:
      return "auth";
    case smtp::Verb::mail:
    case smtp::Verb::rcpt:
    case smtp::Verb::data:
    case smtp::Verb::rset:
    case smtp::Verb::send:
    case smtp::Verb::soml:
    case smtp::Verb::saml:
      return "message";
    case smtp::Verb::bdat:
    case smtp::Verb::burl:
      return "data";
    case smtp::Verb::unknown:
    case smtp::Verb::ehlo:
    case smtp::Verb::helo:
    case smtp::Verb::lhlo:
    case smtp::Verb::noop:
    case smtp::Verb::quit:
    case smtp::Verb::vrfy:
    case smtp::Verb::expn:
    case smtp::Verb::help:
    case smtp::Verb::starttls:
    case smtp::Verb::etrn:
    case smtp::Verb::atrn:
    case smtp::Verb::turn:
    case smtp::Verb::xclient:
    case smtp::Verb::xforward:
    case smtp::Verb::x_anonymoustls:
    case smtp::Verb::xexch50:
      break;
  }
  return "session";
}

std::string_view phase_of(const Exchange& exchange) noexcept {
  switch (exchange.kind) {
    case ExchangeKind::greeting:
      return "connect";
    case ExchangeKind::end_of_data:
      return "data";
    case ExchangeKind::unsolicited:
      return exchange.in_data ? "data" : "session";
    case ExchangeKind::lost_command:
      return "session";
    case ExchangeKind::command:
      break;
  }
  return exchange.command ? phase_of_command(exchange.command->verb) : "session";
}

class SessionWriter : PartWriter {
 public:
  using PartWriter::PartWriter;

  void write(const std::vector<findings::Finding>& findings, const delivery::Verdict& verdict);

 private:
  void write_identity();
  void write_endpoint(const net::Endpoint& endpoint);
  void write_transcript();
  void write_left_out();
  void write_via();
  void write_counts();
  void write_transport();
  void write_told_transport();
  void write_icmp();
  void write_extensions();
  void write_slowest();
  void write_gaps();
  void write_gap(const GapFact& gap);
  void write_exchange(std::size_t index);
  void write_command(const Exchange& exchange);
  void write_path(const smtp::Command& command, std::string_view argument);
  void write_offer(const Exchange& hello, const smtp::Reply& reply);
  void write_auth(const Exchange& exchange);
  void write_challenges(const smtp::AuthExchange& auth);
  void write_replies(const Exchange& exchange);
  void write_reply(const Exchange& exchange, const smtp::Reply& reply);
  void write_lines(const std::vector<std::string>& lines);
  void write_transaction(const session::Transaction& transaction,
                         const delivery::TransactionVerdict* verdict);
  void write_recipient(const session::Recipient& recipient, std::string_view reason);
  void write_rule(std::string_view rule, std::string_view provider);
  void write_finding(const findings::Finding& finding);
  void write_evidence(const findings::Finding& finding);
  void write_verdict(const delivery::Verdict& verdict);

  void since_start(const Origin& origin) {
    origin.frame == 0 || session_.transcript ? json_.null()
                                             : json_.seconds(elapsed(session_.start, origin.time));
  }
};

void SessionWriter::write_left_out() {
  if (!session_.left_out.empty()) {
    json_.key("left_out").begin_array();
    for (const session::LeftOut& left_out : session_.left_out) {
      json_.begin_object();
      json_.key("before").number(left_out.before + 1);
      json_.key("messages").number(left_out.transactions);
      json_.key("recipients").number(left_out.recipients);
      json_.key("exchanges").number(left_out.exchanges);
      json_.end_object();
    }
    json_.end_array();
  }
  if (session_.exchanges_dropped > 0)
    json_.key("exchanges_dropped").number(session_.exchanges_dropped);
}

void SessionWriter::write(const std::vector<findings::Finding>& findings,
                          const delivery::Verdict& verdict) {
  json_.begin_object();
  write_identity();
  if (session_.proxy) {
    json_.key("proxy");
    write_proxy(json_, session_, redactor_);
  }
  write_counts();
  write_transport();
  json_.key("tls");
  write_tls(json_, session_, redactor_);
  write_extensions();
  json_.key("exchanges").begin_array();
  for (std::size_t i = 0; i < session_.exchanges.size(); ++i) write_exchange(i);
  json_.end_array();
  write_left_out();
  json_.key("transactions").begin_array();
  for (std::size_t i = 0; i < session_.transactions.size(); ++i) {
    const bool is_judged = i < verdict.transactions.size();
    write_transaction(session_.transactions[i], is_judged ? &verdict.transactions[i] : nullptr);
  }
  json_.end_array();
  write_slowest();
  write_gaps();
  json_.key("findings").begin_array();
  for (const findings::Finding& finding : findings) write_finding(finding);
  json_.end_array();
  write_verdict(verdict);
  json_.end_object();
}

void SessionWriter::write_identity() {
  json_.key("schema").text("smtpscope.session/1");
  json_.key("id").number(session_.id);
  json_.key("file").text_or_null(session_.file);
  json_.key("protocol").text(name_of(session_.protocol));
  json_.key("service").text(name_of(session_.service));
  json_.key("client").begin_object();
  write_endpoint(session_.client);
  json_.key("helo");
  wire_or_null(session_.helo);
  json_.end_object();
  json_.key("server").begin_object();
  write_endpoint(session_.server);
  json_.key("greeting");
  wire_or_null(session_.greeting);
  json_.end_object();
  write_via();
  json_.key("start");
  session_.transcript ? json_.null() : json_.time(session_.start);
  json_.key("duration_s");
  session_.transcript ? json_.null() : json_.seconds(session_.duration);
  write_transcript();
}

// A transcript may tell neither.
void SessionWriter::write_endpoint(const net::Endpoint& endpoint) {
  const bool has_address = !session_.transcript || session::is_known(endpoint.address);
  json_.key("ip");
  has_address ? json_.text(net::to_string(endpoint.address)) : json_.null();
  json_.key("port");
  session_.transcript&& endpoint.port == 0 ? json_.null() : json_.number(endpoint.port);
}

// Only where one was read.
void SessionWriter::write_transcript() {
  if (!session_.transcript) return;
  const session::TranscriptFacts& transcript = *session_.transcript;
  json_.key("transcript").begin_object();
  json_.key("tool").text(transcript.tool);
  json_.key("server");
  wire_or_null(transcript.server);
  json_.key("has_commands").truth(transcript.has_commands);
  json_.key("failure");
  if (transcript.failure) {
    json_.begin_object();
    json_.key("kind").text(name_of(transcript.failure->kind));
    json_.key("text");
    wire(transcript.failure->words);
    frame(transcript.failure->at);
    json_.end_object();
  } else {
    json_.null();
  }
  json_.end_object();
}

void SessionWriter::write_via() {
  if (session_.via.empty()) return;
  json_.key("via").begin_array();
  for (std::size_t i = 0; i < session_.via.told(); ++i) json_.text(net::to_string(session_.via[i]));
  json_.end_array();
}

void SessionWriter::write_counts() {
  json_.key("frames").begin_object();
  json_.key("first").number(session_.first_frame.number);
  frame(Origin{session_.last_frame, {}}, "last", "last_file");
  json_.key("count").number(session_.frames);
  json_.end_object();
  json_.key("octets").begin_object();
  json_.key("client").number(session_.octets[of_client]);
  json_.key("server").number(session_.octets[of_server]);
  json_.key("missing_client");
  session_.transcript ? json_.null() : json_.number(session_.missing[of_client]);  // nobody counted
  json_.key("missing_server");
  session_.transcript ? json_.null() : json_.number(session_.missing[of_server]);
  json_.key("skipped_client").number(session_.skipped[of_client]);
  json_.key("skipped_server").number(session_.skipped[of_server]);
  json_.end_object();
  json_.key("unseen").side(session_.unseen);
  json_.key("file_cut_short").truth(session_.file_cut_short);
}

// As far as a tool tells of it.
void SessionWriter::write_told_transport() {
  const tcp::TransportFacts& transport = session_.transport;
  const auto& failure = session_.transcript->failure;
  const bool is_told = transport.opened != tcp::Opened::timeout ||
                       (failure && failure->kind == session::FailureKind::timed_out);
  json_.key("transport").begin_object();
  json_.key("opened");
  is_told ? json_.text(name_of(transport.opened)) : json_.null();
  json_.key("rtt_ms").null();
  json_.key("closed");
  transport.closed_by ? json_.text(name_of(transport.closed)) : json_.null();
  json_.key("closed_by").side(transport.closed_by);
  json_.key("retransmissions").null();
  json_.end_object();
}

void SessionWriter::write_transport() {
  if (session_.transcript) return write_told_transport();
  const tcp::TransportFacts& transport = session_.transport;
  const auto& counts = session_.reassembly;
  json_.key("transport").begin_object();
  json_.key("opened").text(name_of(transport.opened));
  json_.key("rtt_ms");
  transport.round_trip ? json_.milliseconds(*transport.round_trip) : json_.null();
  json_.key("syn_tries").number(transport.syn_tries);
  json_.key("closed").text(name_of(transport.closed));
  json_.key("closed_by").side(transport.closed_by);
  json_.key("retransmissions")
      .number(counts[of_client].retransmitted_segments + counts[of_server].retransmitted_segments);
  json_.key("out_of_order")
      .number(counts[of_client].out_of_order_segments + counts[of_server].out_of_order_segments);
  json_.key("conflicting_octets")
      .number(counts[of_client].conflicting_octets + counts[of_server].conflicting_octets);
  if (session_.duplicates > 0) json_.key("duplicates").number(session_.duplicates);
  write_icmp();
  json_.end_object();
}

// Only where there are any.
void SessionWriter::write_icmp() {
  if (session_.transport.icmp.empty()) return;
  json_.key("icmp").begin_array();
  for (const tcp::IcmpReport& report : session_.transport.icmp) {
    json_.begin_object();
    json_.key("from").text(net::to_string(report.error.reporter));
    json_.key("about").side(report.about);
    json_.key("type").number(report.error.type);
    json_.key("code").number(report.error.code);
    json_.key("text").text(net::words_of(report.error));
    if (report.error.mtu > 0) json_.key("mtu").number(report.error.mtu);
    json_.key("count").number(report.count);
    frame(report.first);
    json_.key("overcome").truth(report.is_overcome);
    json_.end_object();
  }
  json_.end_array();
}

void SessionWriter::write_extensions() {
  json_.key("extensions");
  write_lines(session_.extensions);
}

void SessionWriter::write_lines(const std::vector<std::string>& lines) {
  json_.begin_array();
  for (const std::string& line : lines) wire(line);
  json_.end_array();
}

// Only where any step was measured.
void SessionWriter::write_slowest() {
  const auto wait = session::slowest_step(session_);
  if (!wait) return;
  json_.key("slowest").begin_object();
  json_.key("step").text(name_of(wait->step));
  if (wait->exchange < session_.exchanges.size()) json_.key("exchange").number(wait->exchange + 1);
  frame(wait->to);
  json_.key("wait_s").seconds(wait->span);
  if (wait->step == session::Step::reply)
    json_.key("server_s").seconds(session::own_time(session_, *wait));
  if (wait->limit) {
    json_.key("limit_s").seconds(wait->limit->limit);
    json_.key("limit_reference").text_or_null(wait->limit->reference);
  }
  json_.end_object();
}

void SessionWriter::write_gaps() {
  json_.key("gaps").begin_array();
  for (const GapFact& gap : session_.gaps) write_gap(gap);
  json_.end_array();
  json_.key("gap_count").number(session_.gap_count);
}

void SessionWriter::write_gap(const GapFact& gap) {
  json_.begin_object();
  json_.key("side").side(gap.side);
  json_.key("offset").number(gap.offset);
  json_.key("octets").number(gap.length);
  json_.key("cause").text(name_of(gap.cause));
  frame(gap.origin);
  json_.key("exchange").number(gap.before + 1);
  json_.key("inside_tls").truth(gap.hidden_by_tls);
  json_.end_object();
}

void SessionWriter::write_exchange(std::size_t index) {
  const Exchange& exchange = session_.exchanges[index];
  json_.begin_object();
  json_.key("n").number(index + 1);
  json_.key("phase").text(phase_of(exchange));
  json_.key("command");
  exchange.command ? write_command(exchange) : json_.null();
  write_replies(exchange);
  json_.key("latency_ms");
  const auto wait = session::wait_of(session_, index);
  wait ? json_.milliseconds(*wait) : json_.null();
  json_.key("encrypted").truth(exchange.encrypted);
  if (exchange.unanswered != smtp::Unanswered::no) {
    json_.key("unanswered").text(name_of(exchange.unanswered));
  }
  if (exchange.kind == ExchangeKind::lost_command) json_.key("command_lost").truth(true);
  if (exchange.around_gap) json_.key("around_gap").truth(true);
  if (exchange.early_reply) json_.key("early_reply").truth(true);
  if (exchange.auth) write_auth(exchange);
  json_.end_object();
}

void SessionWriter::write_command(const Exchange& exchange) {
  const smtp::Command& command = *exchange.command;
  const Redactor::CommandLine shown = redactor_.command(command, scratch_);
  json_.begin_object();
  json_.key("verb").text(shown.name);
  json_.key("argument").text(shown.argument);
  frame(command.origin);
  json_.key("time_s");
  since_start(command.origin);
  json_.key("meaning").text(meaning_of_command(command));
  if (command.line_end != smtp::LineEnd::crlf)
    json_.key("line_end").text(name_of(command.line_end));
  write_path(command, shown.argument);
  json_.end_object();
}

// What MAIL and RCPT say beside the address, and its domain as people read it: where there is any.
void SessionWriter::write_path(const smtp::Command& command, std::string_view argument) {
  if (command.verb != smtp::Verb::mail && command.verb != smtp::Verb::rcpt) return;
  const smtp::PathArgument path =
      smtp::parse_path(argument, command.verb == smtp::Verb::mail ? "FROM" : "TO");
  if (const std::string domain = unicode_domain(path.address); !domain.empty()) {
    json_.key("domain_unicode");
    wire(domain);
  }
  if (path.parameters.empty()) return;
  json_.key("parameters").begin_array();
  for (const smtp::Parameter& parameter : path.parameters) {
    json_.begin_object();
    json_.key("keyword");
    wire(parameter.keyword);
    json_.key("value");
    wire_or_null(parameter.value);
    const std::string words = smtp::parameter_words(command.verb, parameter);
    json_.key("meaning");
    wire_or_null(words);
    json_.end_object();
  }
  json_.end_array();
}

// The keywords of EHLO's answer, parsed.
// As it was read for the session; a reply that is not whole was not.
void SessionWriter::write_offer(const Exchange& hello, const smtp::Reply& reply) {
  const auto index = static_cast<std::size_t>(&hello - session_.exchanges.data());
  const session::Offer* const known = &reply == hello.reply() ? session_.offers.of(index) : nullptr;
  const std::vector<smtp::Capability> read =
      known == nullptr ? smtp::capabilities_of(reply) : std::vector<smtp::Capability>();
  json_.key("offers").begin_array();
  for (const smtp::Capability& capability : known == nullptr ? read : known->capabilities) {
    json_.begin_object();
    json_.key("keyword");
    wire(capability.keyword);
    json_.key("values");
    write_lines(capability.values);
    json_.end_object();
  }
  json_.end_array();
}

void SessionWriter::write_auth(const Exchange& exchange) {
  const smtp::AuthExchange& auth = *exchange.auth;
  json_.key("auth").begin_object();
  json_.key("mechanism");
  wire(redactor_.mechanism(exchange));
  json_.key("user");
  wire_or_null(auth.user);
  const auto write_name = [&](const auto& key, const std::string& name) {
    if (name.empty()) return;
    json_.key(key);
    wire(name);
  };
  write_name("acting_as", auth.acting_as);
  write_name("domain", auth.domain);
  write_name("workstation", auth.workstation);
  json_.key("steps").number(auth.steps);
  json_.key("initial_response").truth(auth.initial_response);
  json_.key("cancelled").truth(auth.cancelled);
  write_challenges(auth);
  if (redactor_.secrets() == Secrets::show) {
    json_.key("responses");
    write_lines(auth.responses);
  }
  json_.end_object();
}

// What the server asked, and why it did not take a token.
void SessionWriter::write_challenges(const smtp::AuthExchange& auth) {
  if (!auth.challenges.empty()) {
    json_.key("challenges").begin_array();
    for (const smtp::Reply& challenge : auth.challenges) {
      const auto decoded = smtp::decoded_challenge(challenge);
      decoded&& is_plain(*decoded) ? wire(*decoded) : json_.null();
    }
    json_.end_array();
  }
  const auto error = smtp::oauth_error(auth);
  if (!error) return;
  json_.key("error").begin_object();
  json_.key("status");
  wire_or_null(error->status);
  json_.key("schemes");
  wire_or_null(error->schemes);
  json_.key("scope");
  wire_or_null(error->scope);
  json_.end_object();
}

void SessionWriter::write_replies(const Exchange& exchange) {
  json_.key("reply");
  const smtp::Reply* const reply = exchange.reply();
  reply != nullptr ? write_reply(exchange, *reply) : json_.null();
  const bool is_lmtp_answer = session_.protocol == session::Protocol::lmtp && exchange.message;
  if (exchange.replies.size() < 2 && !is_lmtp_answer) return;
  json_.key("replies").begin_array();
  for (const smtp::Reply& each : exchange.replies) write_reply(exchange, each);
  json_.end_array();
}

void SessionWriter::write_reply(const Exchange& exchange, const smtp::Reply& reply) {
  json_.begin_object();
  json_.key("code");
  json_.number_or_null(reply.code);
  json_.key("enhanced");
  reply.enhanced ? json_.text(to_string(*reply.enhanced)) : json_.null();
  json_.key("text");
  write_lines(reply.text);
  frame(reply.origin);
  json_.key("time_s");
  since_start(reply.origin);
  json_.key("meaning").text(meaning_of_reply(exchange, reply));
  const bool is_hello = exchange.command && (exchange.command->verb == smtp::Verb::ehlo ||
                                             exchange.command->verb == smtp::Verb::lhlo);
  if (is_hello && reply.first_digit() == 2) write_offer(exchange, reply);
  if (!reply.strays.empty()) {
    json_.key("strays");
    write_lines(reply.strays);
  }
  if (!reply.flaws.empty()) {
    json_.key("flaws").begin_array();
    for (const smtp::ReplyFlaw flaw : reply.flaws) json_.text(name_of(flaw));
    json_.end_array();
  }
  json_.end_object();
}

void SessionWriter::write_transaction(const session::Transaction& transaction,
                                      const delivery::TransactionVerdict* verdict) {
  json_.begin_object();
  json_.key("sender");
  transaction.sender_known ? wire(transaction.sender) : json_.null();
  json_.key("recipients").begin_array();
  for (std::size_t i = 0; i < transaction.recipients.size(); ++i) {
    const bool is_judged = verdict != nullptr && i < verdict->recipients.size();
    write_recipient(transaction.recipients[i],
                    is_judged ? verdict->recipients[i] : delivery::Reason());
  }
  json_.end_array();
  json_.key("message");
  write_message(json_, session_, redactor_, transaction.message, verdict);
  json_.key("queued_as");
  wire_or_null(transaction.queued_as);
  json_.key("outcome").text(name_of(transaction.outcome));
  if (!transaction.certain) json_.key("certain").truth(false);
  json_.key("reason").text_or_null(verdict != nullptr ? verdict->reason : delivery::Reason());
  if (verdict != nullptr) write_rule(verdict->rule, verdict->provider);
  json_.end_object();
}

// Which rule told the reason, where a reply was classified, and whose server it was, where that is
// known.
void SessionWriter::write_rule(std::string_view rule, std::string_view provider) {
  if (!rule.empty()) json_.key("rule").text(rule);
  if (!provider.empty()) json_.key("provider").text(provider);
}

void SessionWriter::write_recipient(const session::Recipient& recipient, std::string_view reason) {
  const smtp::Reply* reply = nullptr;
  if (recipient.decided_by < session_.exchanges.size()) {
    const auto& replies = session_.exchanges[recipient.decided_by].replies;
    if (recipient.reply < replies.size()) reply = &replies[recipient.reply];
  }
  json_.begin_object();
  json_.key("address");
  wire(recipient.address);
  json_.key("outcome").text(name_of(recipient.outcome));
  json_.key("code").number_or_null(reply != nullptr ? reply->code : 0);
  json_.key("enhanced");
  reply != nullptr && reply->enhanced ? json_.text(to_string(*reply->enhanced)) : json_.null();
  frame(reply != nullptr ? std::optional(reply->origin) : std::nullopt);
  json_.key("reason").text_or_null(reason);
  json_.end_object();
}

void SessionWriter::write_finding(const findings::Finding& finding) {
  const findings::RuleInfo& rule = findings::info(finding.rule);
  const Origin origin = finding.evidence.empty() ? Origin() : finding.evidence.front();
  json_.begin_object();
  json_.key("id").text(rule.name);
  json_.key("severity").text(findings::to_string(findings::severity_of(finding)));
  frame(origin);
  json_.key("time_s");
  since_start(origin);
  json_.key("exchange");
  finding.exchange < session_.exchanges.size() ? json_.number(finding.exchange + 1) : json_.null();
  json_.key("text");
  wire(finding.text);
  json_.key("reference").text_or_null(rule.reference);
  write_evidence(finding);
  json_.end_object();
}

void SessionWriter::write_evidence(const findings::Finding& finding) {
  bool in_other_files = false;
  json_.key("frames").begin_array();
  for (const Origin& evidence : finding.evidence) {
    if (evidence.frame != 0) json_.number(evidence.frame.number);
    in_other_files = in_other_files || !session_.other_file(evidence.frame).empty();
  }
  json_.end_array();
  if (!in_other_files) return;
  json_.key("files").begin_array();  // one a frame
  for (const Origin& evidence : finding.evidence) {
    if (evidence.frame == 0) continue;
    const std::string_view other = session_.other_file(evidence.frame);
    json_.text(other.empty() ? session_.file : other);
  }
  json_.end_array();
}

void SessionWriter::write_verdict(const delivery::Verdict& verdict) {
  json_.key("verdict").begin_object();
  json_.key("outcome").text(delivery::to_string(verdict.outcome));
  if (!verdict.certain) json_.key("certain").truth(false);
  json_.key("reason").text_or_null(verdict.reason);
  write_rule(verdict.rule, verdict.provider);
  json_.key("reply");
  wire_or_null(verdict.reply);
  frame(verdict.decided_at);
  json_.key("permanent");
  verdict.permanent ? json_.truth(*verdict.permanent) : json_.null();
  json_.key("fault").text(delivery::to_string(verdict.fault));
  json_.key("text");
  wire(verdict.text);
  json_.key("advice");
  wire(verdict.advice);
  json_.end_object();
}

}  // namespace

void write_json(std::string& out, const Session& session,
                const std::vector<findings::Finding>& findings, const delivery::Verdict& verdict,
                const JsonOptions& options) {
  const Redactor redactor(session, options.secrets);
  {
    JsonWriter json(out);
    SessionWriter(json, session, redactor).write(findings, verdict);
  }  // and `out` has all of it
  out += '\n';
}

}  // namespace smtpscope::render
