// No false alarms: ordinary sessions of real software, recorded with default settings, give no
// finding above note but those they deserve, each of which is named below with its reason.
//
// Every topic below samples/ is either ordinary or troubled, so a new one has to be put in its
// place here first.
#include "analyzer/capture/source.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/history.hpp"
#include "analyzer/session/analyzer.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;
namespace fs = std::filesystem;

namespace {

const fs::path samples = fs::path(SMTPSCOPE_SOURCE_DIR) / "samples";

constexpr std::array ordinary_topics = {
    "bdat",
    "delivered",
    "dsn",
    "health-check",
    "ipv6",
    "long-distance",
    "ordinary",
    "packet-too-big",
    "pipelined-connect",
    "proxy-header",
    "relay-hop",
    "second-mx",
    "several-messages",
    "starttls-hidden",
    "through-proxy",
    "transcripts",
};

// What these show is a fault, a refusal, an attack, or a corner of the protocol; their goldens say
// which.
constexpr std::array troubled_topics = {
    "address-probing",
    "auth-challenged",
    "auth-failed",
    "auth-in-clear",
    "auth-token-refused",
    "bad-sequence",
    "bare-lf",
    "bdat-corners",
    "bounce",
    "certificate-refused",
    "client-override",
    "connection-refused",
    "content-refused",
    "early-talker",
    "ehlo-again",
    "etrn",
    "flawed-text",
    "greeting-refused",
    "greylisted",
    "icmp-unreachable",
    "idle-timeout",
    "implicit-tls",
    "lmtp-two-answers",
    "mail-loop",
    "middlebox",
    "mtu-black-hole",
    "not-smtp",
    "packet-loss",
    "password-guessing",
    "pipelined-one-refused",
    "prdr",
    "relay-denied",
    "rset",
    "server-gone-in-data",
    "silent-server",
    "slow-connect",
    "slow-greeting",
    "smtputf8",
    "smuggling",
    "starttls-injection",
    "starttls-not-offered",
    "starttls-refused",
    "syn-unanswered",
    "telnet",
    "text-as-commands",
    "tls-failed",
    "tls-keys",
    "too-large",
    "too-many-errors",
    "too-many-recipients",
    "user-unknown",
    "vrfy-expn",
    "zero-window",
};

// Parts of the folder that hold no captures.
constexpr std::array other_folders = {"clients", "lib", "proxies"};

struct Deserved {
  std::string_view sample;
  std::string_view finding;
  std::string_view reason;
};

constexpr std::array deserved = {
    Deserved{"transcripts/clear-refused.pcap", "delivery.refused", "its recipient does not exist"},
    Deserved{"bdat/postfix.pcap", "delivery.refused", "one of the two recipients does not exist"},
    Deserved{"bdat/postfix.pcap", "delivery.partial", "one of the two recipients does not exist"},
    Deserved{"proxy-header/unexpected.pcap", "smtp.proxy-header",
             "the server was not told of the proxy"},
    Deserved{"proxy-header/unexpected.pcap", "net.closed-early",
             "and gives the client up in the middle of a command"},
    Deserved{"relay-hop/bounced.pcap", "delivery.refused", "its recipient does not exist"},
    Deserved{"second-mx/refused.pcap", "net.refused", "nothing listens on the first MX"},
    Deserved{"second-mx/silent.pcap", "net.timeout", "the first MX drops what comes"},
    Deserved{"several-messages/postfix.pcap", "smtp.bare-lf",
             "the script hands its message to smtplib as octets with LF alone"},
    Deserved{"through-proxy/connect-refused.pcap", "net.proxy-refused",
             "no login, and the proxy wants one"},
    Deserved{"through-proxy/socks5-refused.pcap", "net.proxy-refused",
             "no server behind the proxy"},
};

template <std::size_t size>
bool has(const std::array<const char*, size>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// The findings above note, each once.
std::set<std::string> alarms(const fs::path& sample) {
  auto source = capture::open_file(sample.string());
  REQUIRE(source);
  session::Analyzer analyzer("", session::Order::first_packet);
  while (const Packet* packet = (*source)->next()) analyzer.take(*packet);
  analyzer.finish(session::FileEnd::whole);
  std::set<std::string> found;
  findings::History history;
  while (const auto session = analyzer.next_session()) {
    const auto findings = findings::judge(*session, history);
    history.add(*session);
    for (const findings::Finding& finding : findings) {
      if (findings::severity_of(finding) == findings::Severity::note) continue;
      found.emplace(findings::info(finding.rule).name);
    }
  }
  return found;
}

std::set<std::string> deserved_by(const std::string& sample) {
  std::set<std::string> found;
  for (const Deserved& row : deserved) {
    if (row.sample == sample) found.emplace(row.finding);
  }
  return found;
}

}  // namespace

TEST_CASE("every topic among the samples is known as ordinary or as troubled") {
  std::size_t topics = 0;
  for (const auto& entry : fs::directory_iterator(samples)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || has(other_folders, name)) continue;
    ++topics;
    INFO(name);
    CHECK(has(ordinary_topics, name) != has(troubled_topics, name));
  }
  CHECK(topics == ordinary_topics.size() + troubled_topics.size());
}

TEST_CASE("ordinary sessions give no finding above note that they do not deserve") {
  std::size_t seen = 0;
  for (const std::string topic : ordinary_topics) {
    for (const auto& entry : fs::directory_iterator(samples / topic)) {
      if (entry.path().extension() != ".pcap") continue;
      const std::string name = topic + "/" + entry.path().filename().string();
      INFO(name);
      CHECK(alarms(entry.path()) == deserved_by(name));
      ++seen;
    }
  }
  CHECK(seen >= 45);
}

TEST_CASE("what an ordinary session deserves is of a sample that exists") {
  for (const Deserved& row : deserved) {
    INFO(row.sample);
    CHECK(fs::exists(samples / row.sample));
    CHECK_FALSE(row.reason.empty());
  }
}
