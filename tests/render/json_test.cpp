#include "analyzer/render/json.hpp"

#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

#include <random>

namespace smtpscope::test {
namespace {

using Json = rapidjson::Document;

const rapidjson::SchemaDocument& schema() {
  static const Json document = [] {
    const std::string text = content_of(SMTPSCOPE_SCHEMA);
    Json parsed;
    parsed.Parse(text.c_str());
    REQUIRE_FALSE(parsed.HasParseError());
    return parsed;
  }();
  static const rapidjson::SchemaDocument compiled(document);
  return compiled;
}

// What the schema complains about; empty if nothing.
std::string complaint(const rapidjson::Value& value) {
  rapidjson::SchemaValidator validator(schema());
  if (value.Accept(validator)) return {};
  rapidjson::StringBuffer where;
  validator.GetInvalidDocumentPointer().StringifyUriFragment(where);
  return fmt::format("{} breaks \"{}\"", where.GetString(), validator.GetInvalidSchemaKeyword());
}

// The line, parsed; checked to be one line of valid, safe UTF-8 that follows the schema.
Json parsed(const Told& told, render::Secrets secrets = render::Secrets::mask) {
  const std::string line = json_of(told, secrets);
  REQUIRE(line.ends_with("}\n"));
  REQUIRE(std::ranges::count(line, '\n') == 1);
  REQUIRE(is_safe(line));
  Json json;
  json.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str());
  REQUIRE_FALSE(json.HasParseError());
  INFO(line);
  CHECK(complaint(json) == "");
  return json;
}

std::string text(const rapidjson::Value& value) {
  return value.IsString() ? value.GetString() : "(no text)";
}

// As it stands in the line, between `before` and the next "," or "}".
std::string raw_behind(const std::string& line, std::string_view before) {
  const std::size_t at = line.find(before);
  if (at == std::string::npos) return "(nothing)";
  const std::size_t from = at + before.size();
  return line.substr(from, line.find_first_of(",}", from) - from);
}

}  // namespace

TEST_CASE("the contract: a delivered mail") {
  const Json json = parsed(delivered());
  CHECK(text(json["schema"]) == "smtpscope.session/1");
  CHECK(json["id"].GetInt() == 1);
  CHECK(text(json["file"]) == "script");
  CHECK(text(json["protocol"]) == "smtp");
  CHECK(text(json["service"]) == "mx");
  CHECK(text(json["client"]["ip"]) == "192.0.2.10");
  CHECK(json["client"]["port"].GetInt() == 40000);
  CHECK(text(json["client"]["helo"]) == "client.example.net");
  CHECK(text(json["server"]["greeting"]) == "mx.example.com ESMTP");
  CHECK(text(json["start"]) == "2026-01-02T03:04:05.000000Z");
  CHECK(json["frames"]["first"].GetInt() == 1);
  CHECK(text(json["transport"]["opened"]) == "handshake");
  CHECK(text(json["transport"]["closed"]) == "fin");
  CHECK(text(json["transport"]["closed_by"]) == "client");
  CHECK(json["tls"].IsNull());
  REQUIRE(json["extensions"].Size() == 2);
  CHECK(text(json["extensions"][1]) == "SIZE 10240000");

  const auto& exchanges = json["exchanges"];
  REQUIRE(exchanges.Size() == 7);
  const std::vector<const char*> phases{"connect", "session", "message", "message",
                                        "message", "data",    "session"};
  const std::vector<const char*> verbs{"(no text)", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"};
  for (rapidjson::SizeType i = 0; i < exchanges.Size(); ++i) {
    CHECK(exchanges[i]["n"].GetUint() == i + 1);
    CHECK(text(exchanges[i]["phase"]) == phases[i]);
    if (i > 0) CHECK(text(exchanges[i]["command"]["verb"]) == verbs[i]);
    CHECK_FALSE(exchanges[i]["encrypted"].GetBool());
  }
  CHECK(exchanges[0]["command"].IsNull());
  CHECK(text(exchanges[2]["command"]["argument"]) == "FROM:<alice@example.net> SIZE=30");
  CHECK(exchanges[2]["reply"]["code"].GetInt() == 250);
  CHECK(text(exchanges[2]["reply"]["enhanced"]) == "2.1.0");
  CHECK(text(exchanges[2]["reply"]["text"][0]) == "2.1.0 Ok");
  CHECK(exchanges[1]["reply"]["enhanced"].IsNull());
  CHECK(exchanges[1]["reply"]["text"].Size() == 3);

  const auto& mail = json["transactions"][0];
  CHECK(text(mail["sender"]) == "alice@example.net");
  CHECK(text(mail["recipients"][0]["address"]) == "bob@example.com");
  CHECK(text(mail["recipients"][0]["outcome"]) == "accepted");
  CHECK(text(mail["message"]["subject"]) == "lunch");
  CHECK(text(mail["message"]["message_id"]) == "1@example.net");
  CHECK(mail["message"]["complete"].GetBool());
  CHECK(text(mail["queued_as"]) == "4F1A2");
  CHECK(text(mail["outcome"]) == "delivered");
  CHECK(mail["reason"].IsNull());

  CHECK(text(json["verdict"]["outcome"]) == "delivered");
  CHECK(json["verdict"]["reason"].IsNull());
  CHECK(json["verdict"]["permanent"].IsNull());
  CHECK(text(json["verdict"]["fault"]) == "none");
  CHECK(text(json["verdict"]["advice"]).empty());
}

TEST_CASE("the contract: a refused recipient") {
  const Told told = refused();
  const Json json = parsed(told);
  const auto& recipient = json["transactions"][0]["recipients"][0];
  const auto frame = told.verdict.decided_at->frame;
  CHECK(text(recipient["outcome"]) == "rejected");
  CHECK(recipient["code"].GetInt() == 550);
  CHECK(text(recipient["enhanced"]) == "5.1.1");
  CHECK(recipient["frame"].GetUint64() == frame);
  CHECK(text(recipient["reason"]) == "userunknown");
  const auto& finding = json["findings"][0];
  CHECK(text(finding["id"]) == "delivery.refused");
  CHECK(finding["frame"].GetUint64() == frame);
  CHECK(finding["exchange"].GetInt() == 4);
  CHECK(text(json["exchanges"][3]["command"]["verb"]) == "RCPT");
  CHECK(finding["frames"][0].GetUint64() == frame);
  CHECK(json["verdict"]["permanent"].GetBool());
  CHECK(json["verdict"]["frame"].GetUint64() == frame);
  CHECK(text(json["verdict"]["reply"]) == "550 5.1.1 No such user");
}

TEST_CASE("numbers have fixed digits, made of integers") {
  const std::string line = json_of(delivered());
  CHECK(raw_behind(line, "\"duration_s\":") == "2.180000");
  CHECK(raw_behind(line, "\"rtt_ms\":") == "20.000");
  CHECK(raw_behind(line, "\"argument\":\"TO:<bob@example.com>\",\"frame\":9,\"time_s\":") ==
        "0.080000");
  CHECK(line.find("\"latency_ms\":2000.000,") != std::string::npos);
}

TEST_CASE("the same session, the same line") {
  CHECK(json_of(refused()) == json_of(refused()));
  std::string out = "before ";
  const Told told = refused();
  render::write_json(out, told.session, told.findings, told.verdict);
  render::write_json(out, told.session, told.findings, told.verdict);
  CHECK(out == "before " + json_of(told) + json_of(told));
}

TEST_CASE("tunnels, and packets captured twice, only where there are any") {
  Told told = told_of("connect\nS: 220 mx\nclose");
  CHECK(json_of(told).find("\"via\"") == std::string::npos);
  CHECK(json_of(told).find("\"duplicates\"") == std::string::npos);
  told.session.via.enter(net::TunnelKind::gre);
  told.session.via.enter(net::TunnelKind::vxlan, 42);
  told.session.duplicates = 3;
  const std::string json = json_of(told);
  CHECK(json.find(R"("via":["gre","vxlan 42"])") != std::string::npos);
  CHECK(json.find(R"("duplicates":3)") != std::string::npos);
  Json parsed;
  parsed.Parse(json.c_str());
  CHECK(complaint(parsed) == "");
}

TEST_CASE("exchanges beyond the limit are counted, where there are any") {
  Told told = refused();
  CHECK_FALSE(parsed(told).HasMember("exchanges_dropped"));
  told.session.exchanges_dropped = 99'000;
  CHECK(parsed(told)["exchanges_dropped"].GetUint64() == 99'000);
  told.session.left_out = {{.before = 2,
                            .exchanges = 40,
                            .transactions = 10,
                            .recipients = 10,
                            .first = {},
                            .last = {}}};
  const Json json = parsed(told);
  CHECK(json["left_out"][0]["before"].GetUint64() == 3);  // counted from 1
  CHECK(json["left_out"][0]["exchanges"].GetUint64() == 40);
  CHECK(json["left_out"][0]["messages"].GetUint64() == 10);
  CHECK(complaint(json) == "");
}

TEST_CASE("sessions of all kinds follow the schema") {
  struct Row {
    const char* name;
    const char* script;
    const char* contains;
  };
  const auto row = GENERATE(values<Row>({
      {"refused", "refuse", R"("opened":"refused")"},
      {"unanswered", "syn\nwait 1s\nsyn", R"("opened":"timeout")"},
      {"nothing said", "connect", R"("exchanges":[])"},
      {"in the middle", "midstream\nC: NOOP\nS: 250 Ok", R"("opened":"midstream")"},
      {"IPv6", "connect client=[2001:db8::1]:50000 server=[2001:db8::25]:587\nS: 220 mx",
       R"("ip":"2001:db8::1")"},
      {"LMTP",
       "connect port=24\nS: 220 store\nC: LHLO c\nS: 250 store\nC: MAIL FROM:<>\nS: 250 Ok\n"
       "C: RCPT TO:<a@example.com>\nS: 250 Ok\nC: RCPT TO:<b@example.com>\nS: 250 Ok\nC: DATA\nS: "
       "354 Go\n"
       "C: x\nC: .\nS: 250 a\nS: 452 4.2.2 b\nC: QUIT\nS: 221 Bye\nclose",
       R"("replies":[{"code":250)"},
      {"an empty sender", "connect\nS: 220 mx\nC: HELO c\nS: 250 mx\nC: MAIL FROM:<>\nS: 250 Ok",
       R"("sender":"")"},
      {"STARTTLS",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250-mx\\r\\n250 STARTTLS\nC: STARTTLS\nS: 220 Go\n"
       "C: \\x16\\x03\\x01\\x00\\x02ab\\\nS: \\x16\\x03\\x03\\x00\\x02ab\\\nclose",
       R"("hidden":{"from_frame":)"},
      {"implicit TLS", "connect port=465\nC: \\x16\\x03\\x01\\x00\\x02ab\\\nclose",
       R"("mode":"implicit")"},
      {"STARTTLS that nothing follows",
       "connect\nS: 220 mx\nC: STARTTLS\nS: 220 Go\nC: EHLO c\nS: 250 mx\nclose",
       R"("stayed_clear":true,"hidden":null)"},
      {"clear text after TLS",
       "connect\nS: 220 mx\nC: STARTTLS\nS: 220 Go\nC: \\x16\\x03\\x01\\x00\\x02ab\\\nS: \\x15\\x03\\x03\\x00\\x02ab454 no\nclose",
       R"("clear_again":[{"from":"server","frame":8}])"},
      {"a gap",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\ndrop\nC: NOOP\nS: 250 Ok\nC: QUIT\nS: 221 "
       "Bye\nclose",
       R"("cause":"acknowledged")"},
      {"a login",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWxpY2U=\n"
       "S: 334 UGFzc3dvcmQ6\nC: c2VjcmV0\nS: 235 Ok\nC: QUIT\nS: 221 Bye\nclose",
       R"("auth":{"mechanism":"LOGIN","user":"alice","steps":2,)"},
      {"no reply", "connect\nS: 220 mx\nC: EHLO c\nC:rst", R"("unanswered":"never")"},
      {"the capture ends", "connect\nS: 220 mx\nC: EHLO c", R"("unanswered":"capture-end")"},
      {"lines without a code", "connect\nS: hello there\nS: 220 mx", R"("strays":["hello there"])"},
      {"a code of a kind that is none", "connect\nS: 999 mx", R"("flaws":["bad-code"])"},
      {"another code in the last line", "connect\nS: 220-mx\\r\\n221 mx",
       R"("flaws":["code-changed"])"},
      {"LF alone", "connect\nS: 220 mx\nC: NOOP\\n\\\nS: 250 Ok", R"("line_end":"lf")"},
      {"a reply to nothing", "connect\nS: 220 mx\nS: 421 Bye",
       R"("phase":"session","command":null)"},
      {"BDAT",
       "connect\nS: 220 mx\nC: EHLO c\nS: 250 mx\nC: MAIL FROM:<a@example.net>\nS: 250 Ok\n"
       "C: RCPT TO:<b@example.com>\nS: 250 Ok\nC: BDAT 3 LAST\nC: abc\\\nS: 250 Ok\nclose",
       R"("phase":"data","command":{"verb":"BDAT")"},
      {"an unknown verb", "connect\nS: 220 mx\nC: HelloThere you\nS: 500 what",
       R"("verb":"HelloThere","argument":"you")"},
      {"only the server seen", "connect\nS: 220 mx\nS: 250 mx\nS: 221 Bye\nclose",
       R"("phase":"connect")"},
  }));
  DYNAMIC_SECTION(row.name) {
    const Told told = told_of(row.script);
    (void)parsed(told);
    (void)parsed(told, render::Secrets::show);
    INFO(json_of(told));
    CHECK(json_of(told).find(row.contains) != std::string::npos);
  }
}

TEST_CASE("facts that are absent are null or left out") {
  Told told = refused();
  Told without = told;
  without.session.helo.clear();
  without.session.greeting.clear();
  without.session.file.clear();
  without.session.transport.round_trip.reset();
  without.session.transport.closed_by.reset();
  without.session.extensions.clear();
  without.session.transactions.at(0).sender_known = false;
  without.session.transactions.at(0).recipients.at(0).decided_by = session::no_exchange;
  without.findings.at(0).evidence = {Origin{}};
  without.findings.at(0).exchange = session::no_exchange;
  without.verdict = {};
  const Json json = parsed(without);
  CHECK(json["client"]["helo"].IsNull());
  CHECK(json["server"]["greeting"].IsNull());
  CHECK(json["file"].IsNull());
  CHECK(json["transport"]["rtt_ms"].IsNull());
  CHECK(json["transport"]["closed_by"].IsNull());
  CHECK(json["extensions"].Empty());
  CHECK(json["transactions"][0]["sender"].IsNull());
  CHECK(json["transactions"][0]["message"].IsNull());
  CHECK(json["transactions"][0]["recipients"][0]["code"].IsNull());
  CHECK(json["transactions"][0]["recipients"][0]["reason"].IsNull());
  CHECK(json["findings"][0]["frame"].IsNull());
  CHECK(json["findings"][0]["time_s"].IsNull());
  CHECK(json["findings"][0]["exchange"].IsNull());
  CHECK(json["verdict"]["reply"].IsNull());
  CHECK(json["verdict"]["frame"].IsNull());
}

TEST_CASE("doubts about an exchange are told where they are true, and nowhere else") {
  Told told = refused();
  for (const char* name : {"around_gap", "early_reply", "command_lost"}) {
    CHECK_FALSE(parsed(told)["exchanges"][1].HasMember(name));
  }
  smtp::Exchange& exchange = told.session.exchanges.at(1);
  exchange.around_gap = exchange.early_reply = true;
  exchange.kind = smtp::ExchangeKind::lost_command;
  for (const char* name : {"around_gap", "early_reply", "command_lost"}) {
    CHECK(parsed(told)["exchanges"][1][name].GetBool());
  }
}

TEST_CASE("each value of each enumeration follows the schema") {
  Told told = refused();
  for (int i = 0; i < 10; ++i) {
    told.verdict.outcome = static_cast<delivery::Outcome>(i);
    told.verdict.fault = static_cast<delivery::Fault>(i % 8);
    told.session.service = static_cast<session::Service>(i % 4);
    told.session.protocol = static_cast<session::Protocol>(i % 2);
    told.session.transport.opened = static_cast<tcp::Opened>(i % 4);
    told.session.transport.closed = static_cast<tcp::Closed>(i % 4);
    told.session.unseen = static_cast<Side>(i % 2);
    told.session.gaps.assign(
        1, {Side::server, 7, 100, static_cast<GapCause>(i % 4), {5, {}}, 1, false});
    auto& exchange = told.session.exchanges.at(0);
    exchange.unanswered = static_cast<smtp::Unanswered>(i % 4);
    exchange.kind = static_cast<smtp::ExchangeKind>(i % 5);
    exchange.replies.at(0).flaws.assign(1, static_cast<smtp::ReplyFlaw>(i % 8));
    auto& transaction = told.session.transactions.at(0);
    transaction.outcome = static_cast<session::TransactionOutcome>(i % 6);
    transaction.recipients.at(0).outcome = static_cast<session::RecipientOutcome>(i % 4);
    (void)parsed(told);
  }
  for (const findings::RuleInfo& rule : findings::catalogue()) {
    told.findings.at(0).rule = rule.id;
    CHECK(text(parsed(told)["findings"][0]["id"]) == rule.name);
  }
}

TEST_CASE("the schema is strict where the contract is") {
  struct Row {
    const char* name;
    const char* from;
    const char* to;
  };
  const auto row = GENERATE(values<Row>({
      {"another contract", "smtpscope.session/1", "smtpscope.session/2"},
      {"an unknown outcome", R"("outcome":"rejected","code")", R"("outcome":"lost","code")"},
      {"a missing name", "\"latency_ms\"", "\"latency\""},
      {"a number as text", "\"port\":25", "\"port\":\"25\""},
      {"a frame that is none", "\"command_frame\":", "\"x\":"},
      {"a phase that is none", "\"phase\":\"connect\"", "\"phase\":\"greeting\""},
      {"a time of another form", "T03:04:05.000000Z", "T03:04:05Z"},
      {"frame 0", R"("id":"delivery.refused","severity":"error","frame":)",
       R"("id":"delivery.refused","severity":"error","frame":0)"},
  }));
  DYNAMIC_SECTION(row.name) {
    Told told = refused();
    told.session.tls.emplace();
    std::string line = json_of(told);
    const std::size_t at = line.find(row.from);
    REQUIRE(at != std::string::npos);
    line.replace(at, std::string_view(row.from).size(), row.to);
    if (std::string_view(row.name) == "frame 0")
      line.erase(line.find(row.to) + std::string_view(row.to).size(), 2);
    Json json;
    json.Parse(line.c_str());
    REQUIRE_FALSE(json.HasParseError());
    CHECK(complaint(json) != "");
  }
}

TEST_CASE("hostile octets in every field are safe JSON") {
  std::mt19937 random(1);
  const auto octets = [&] {
    std::string text;
    for (std::size_t length = random() % 40; length > 0; --length)
      text += static_cast<char>(random());
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    Told told = delivered();
    session::Session& session = told.session;
    session.helo = octets();
    session.greeting = octets();
    session.file = octets();
    session.extensions = {octets(), octets()};
    for (smtp::Exchange& exchange : session.exchanges) {
      if (exchange.command) exchange.command->argument = octets();
      for (smtp::Reply& reply : exchange.replies) {
        reply.text = {octets(), octets()};
        reply.strays = {octets()};
      }
    }
    session.exchanges.at(1).command->name = octets();
    session.exchanges.at(1).command->verb = smtp::Verb::unknown;
    session.exchanges.at(2).auth.emplace();
    session.exchanges.at(2).auth->mechanism = octets();
    session.exchanges.at(2).auth->user = octets();
    session.exchanges.at(2).auth->responses = {octets()};
    session::Transaction& transaction = session.transactions.at(0);
    transaction.sender = octets();
    transaction.recipients.at(0).address = octets();
    transaction.queued_as = octets();
    transaction.message->header.subject = octets();
    transaction.message->header.message_id = octets();
    told.findings.push_back(
        {findings::RuleId::smtp_not_smtp, "x" + octets(), {Origin{3, session.start}}, 1});
    told.verdict.reply = octets();
    told.verdict.text = octets();
    told.verdict.advice = octets();
    (void)parsed(told);
    (void)parsed(told, render::Secrets::show);
    for (const auto level :
         {render::Level::summary, render::Level::dialogue, render::Level::full}) {
      for (const std::size_t width : {std::size_t{0}, std::size_t{90}}) {
        CHECK(is_safe(text_of(
            told,
            {.level = level, .width = width, .file_name = render::TextOptions::FileName::show})));
      }
    }
  }
}

}  // namespace smtpscope::test
