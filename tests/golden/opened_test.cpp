// samples/tls-keys: one delivery under TLS of five kinds, with the key log that opens it. Opened,
// each tells the same exchanges, findings and verdict as the same delivery in clear, which stands
// below; closed, where TLS begins and how much it hides.
#include "analyzer/capture/source.hpp"
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/analyzer.hpp"
#include "dissectors/tls/key_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"
#include "tests/support/session_of.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;

namespace {

const std::string folder = SMTPSCOPE_SOURCE_DIR "/samples/tls-keys/";

tls::KeyLog keys_of(const std::string& name) {
  tls::KeyLog keys;
  keys.take(test::content_of(folder + name + ".keys"));
  keys.finish();
  return keys;
}

session::Session session_of(const std::string& name, const tls::KeyLog* keys = nullptr) {
  auto source = capture::open_file(folder + name + ".pcap");
  REQUIRE(source);
  session::Analyzer analyzer(name, session::Order::first_packet);
  if (keys != nullptr) analyzer.use_keys(*keys);
  while (const Packet* packet = (*source)->next()) analyzer.take(*packet);
  analyzer.finish(session::FileEnd::whole);
  auto session = analyzer.next_session();
  REQUIRE(session);
  return std::move(*session);
}

constexpr std::string_view in_clear = R"(
  connect
  S: 220 mx.example.com ESMTP Postfix (Debian/GNU)
  C: EHLO client.example.net
  S: 250-mx.example.com\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING
  C: MAIL FROM:<alice@example.net> SIZE=276
  S: 250 2.1.0 Ok
  C: RCPT TO:<bob@example.com>
  S: 250 2.1.5 Ok
  C: RCPT TO:<nouser@example.com>
  S: 550 5.1.1 <nouser@example.com>: Recipient address rejected: User unknown in local recipient table
  C: DATA
  S: 354 End data with <CR><LF>.<CR><LF>
  C: From: Alice <alice@example.net>
  C: Subject: Report
  C: Message-ID: <tls-keys.clear@client.example.net>
  C:
  C: Hello Bob,
  C: .
  S: 250 2.0.0 Ok: queued as 714DA83
  C: QUIT
  S: 221 2.0.0 Bye
  close
)";

// What differs from delivery to delivery: sizes (of the Message-ID), and the name in the server's
// queue.
std::string without_chance(std::string line) {
  for (const std::string_view mark : {" SIZE=", "queued as "}) {
    const std::size_t at = line.find(mark);
    if (at != line.npos) line.erase(at + mark.size());
  }
  return line;
}

// From MAIL on: the commands and replies of the mail.
std::vector<std::string> mail_in(const session::Session& session) {
  std::vector<std::string> lines;
  for (const smtp::Exchange& exchange : session.exchanges) {
    if (lines.empty() && !smtp::has_verb(exchange, smtp::Verb::mail)) continue;
    if (exchange.command)
      lines.push_back(without_chance(exchange.command->name + ' ' + exchange.command->argument));
    for (const smtp::Reply& reply : exchange.replies) {
      for (const std::string& line : reply.text)
        lines.push_back(std::to_string(reply.code) + ' ' + without_chance(line));
    }
  }
  return lines;
}

// Without those that are about TLS, or the lack of it.
std::vector<std::string_view> findings_in(const session::Session& session) {
  std::vector<std::string_view> ids;
  for (const findings::Finding& finding : findings::judge(session)) {
    const std::string_view id = findings::info(finding.rule).name;
    const bool about_tls = id.starts_with("tls.") || id == "security.mail-in-clear" ||
                           id == "security.starttls-not-used";
    if (!about_tls) ids.push_back(id);
  }
  return ids;
}

struct Row {
  const char* name;
  std::string_view version, cipher;
  // By tshark, of the capture alone, without what is sent again.
  std::uint64_t from_frame, client_octets, server_octets;
};

const std::vector<Row> rows = {
    {"tls12-gcm", "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 13, 941, 1893},
    {"tls12-cbc", "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", 13, 1437, 2340},
    {"tls13-aes", "TLSv1.3", "TLS_AES_128_GCM_SHA256", 13, 1211, 2139},
    {"tls13-chacha20", "TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256", 13, 1216, 2139},
    {"implicit", "TLSv1.3", "TLS_AES_256_GCM_SHA384", 6, 1226, 2240},
};

}  // namespace

TEST_CASE("TLS that is opened tells what the same delivery in clear tells") {
  const session::Session clear = test::session_of(in_clear);
  REQUIRE(mail_in(clear).size() > 8);
  const auto clear_verdict = delivery::weigh(clear, findings::judge(clear));
  for (const Row& row : rows) {
    INFO(row.name);
    const tls::KeyLog keys = keys_of(row.name);
    const session::Session opened = session_of(row.name, &keys);
    REQUIRE(opened.tls);
    CHECK(opened.tls->decrypted);
    CHECK(opened.tls->version == row.version);
    CHECK(opened.tls->cipher == row.cipher);
    CHECK(opened.tls_seen->facts.closed == tls::Closed::open);
    CHECK(opened.tls_seen->facts.step == tls::Step::finished);
    REQUIRE(opened.tls_seen->certificate() != nullptr);
    CHECK(opened.tls_seen->certificate()->subject == "CN=mx.example.com");
    CHECK(mail_in(opened) == mail_in(clear));
    CHECK(findings_in(opened) == findings_in(clear));
    const auto verdict = delivery::weigh(opened, findings::judge(opened));
    CHECK(verdict.outcome == clear_verdict.outcome);
    CHECK(verdict.reason == clear_verdict.reason);
    CHECK(verdict.certain == clear_verdict.certain);
    CHECK(std::ranges::all_of(opened.exchanges, [](const smtp::Exchange& exchange) {
      const bool in_front = smtp::has_verb(exchange, smtp::Verb::starttls);
      return !in_front || !exchange.encrypted;
    }));
    CHECK(opened.exchanges.back().encrypted);
    CHECK(std::ranges::none_of(opened.extensions,
                               [](const std::string& line) { return line == "STARTTLS"; }));
    CHECK(opened.gap_count == 0);
  }
}

TEST_CASE("TLS that stays closed is told by where it begins and how much it hides") {
  for (const Row& row : rows) {
    INFO(row.name);
    const session::Session closed = session_of(row.name);
    REQUIRE(closed.tls);
    CHECK_FALSE(closed.tls->decrypted);
    REQUIRE(closed.tls->first);
    CHECK(closed.tls->first->frame.number == row.from_frame);
    CHECK(closed.tls->client_octets == row.client_octets);
    CHECK(closed.tls->server_octets == row.server_octets);
    const auto& sides = closed.tls_seen->facts.side;
    CHECK(sides[0].handshake_octets + sides[0].application_octets == row.client_octets);
    CHECK(sides[1].handshake_octets + sides[1].application_octets == row.server_octets);
    CHECK(closed.tls->version == row.version);
    CHECK(delivery::weigh(closed, findings::judge(closed)).outcome ==
          delivery::Outcome::hidden_by_tls);
  }
}

TEST_CASE("fingerprints of the hellos: JA3 and JA3S as tshark's") {
  const session::Session old = session_of("tls12-gcm"), fresh = session_of("implicit");
  CHECK(old.tls_seen->ja3 == "c9fa8970d440ef99919837cd825beadd");
  CHECK(old.tls_seen->ja3s == "76c691f46143bf86e2d1bb73c6187767");
  CHECK(fresh.tls_seen->ja3 == "8f2dfd01a68a182e6d58f285ff59c02b");
  CHECK(fresh.tls_seen->ja3s == "15af977ce25de452b96affa2addb1036");
  CHECK(fresh.tls_seen->ja4 == "t13d311100_e8f1e7e78f70_b26ce05bbdd6");
}

TEST_CASE("a packet that is lost inside TLS is a gap, and the dialogue goes on behind it") {
  for (const Row& row : rows) {
    const tls::KeyLog keys = keys_of(row.name);
    auto whole = capture::open_file(folder + row.name + ".pcap");
    REQUIRE(whole);
    std::uint64_t packets = 0;
    while ((*whole)->next() != nullptr) ++packets;
    for (std::uint64_t lost = row.from_frame + 4; lost + 6 < packets; ++lost) {
      INFO(row.name << " without packet " << lost);
      auto source = capture::open_file(folder + row.name + ".pcap");
      session::Analyzer analyzer(row.name, session::Order::first_packet);
      analyzer.use_keys(keys);
      for (std::uint64_t number = 1; const Packet* packet = (*source)->next(); ++number) {
        if (number != lost) analyzer.take(*packet);
      }
      analyzer.finish(session::FileEnd::whole);
      const auto session = analyzer.next_session();
      REQUIRE(session);
      CHECK(session->tls->decrypted);
      const auto has_quit = [](const smtp::Exchange& exchange) {
        return smtp::has_verb(exchange, smtp::Verb::quit);
      };
      CHECK(std::ranges::any_of(session->exchanges, has_quit));
    }
  }
}

TEST_CASE("keys are in no output") {
  for (const Row& row : rows) {
    INFO(row.name);
    const tls::KeyLog keys = keys_of(row.name);
    const session::Session opened = session_of(row.name, &keys);
    const auto findings = findings::judge(opened);
    const auto verdict = delivery::weigh(opened, findings);
    std::string told;
    render::TextOptions all;
    all.level = render::Level::full;
    render::render_session(told, opened, findings, verdict, all);
    render::write_json(told, opened, findings, verdict, {});
    std::string text = test::content_of(folder + row.name + ".keys");
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      CHECK(told.find(line.substr(line.rfind(' ') + 1)) == std::string::npos);
    }
  }
}
