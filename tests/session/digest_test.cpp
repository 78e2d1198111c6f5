// Digests of messages: of each whole one, where they are asked for, however it is sent.
#include "analyzer/session/analyzer.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/script.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace smtpscope;

namespace {

enum class Asked { no, yes };

std::vector<std::string> digests_of(std::string_view script, Asked asked = Asked::yes) {
  session::Analyzer analyzer("test.pcap", session::Order::first_packet);
  if (asked == Asked::yes) analyzer.want_digests();
  for (const test::TestPacket& packet : test::packets_of(script)) analyzer.take(packet.view());
  analyzer.finish(session::FileEnd::whole);
  std::vector<std::string> digests;
  while (const auto session = analyzer.next_session()) {
    for (const session::Transaction& transaction : session->transactions) {
      if (transaction.message) digests.push_back(transaction.message->digest);
    }
  }
  return digests;
}

const std::string opening = R"(
  connect
  S: 220 mx.example.com ESMTP
  C: EHLO client.example.net
  S: 250-mx.example.com
  S: 250 CHUNKING
  C: MAIL FROM:<alice@example.net>
  S: 250 ok
  C: RCPT TO:<bob@example.com>
  S: 250 ok
)";
// "a\r\n.b\r\n.\r\n..c\r\n", by sha256sum
constexpr auto right = "8449cd4d9773da6e9653dcef22099fb34dc5d56edf68af08d987b15c7c830bdb";

}  // namespace

TEST_CASE("sent with DATA, or in chunks: the same message, the same digest") {
  CHECK(
      digests_of(
          opening +
          "C: DATA\nS: 354 go\ncut 1\nC: a\\r\\n..b\\r\\n..\\r\\n...c\\r\\n.\nS: 250 ok\nclose\n") ==
      std::vector<std::string>{right});
  CHECK(
      digests_of(
          opening +
          "C: BDAT 5\nC: a\\r\\n.b\\\nS: 250 ok\nC: BDAT 10 LAST\nC: \\r\\n.\\r\\n..c\nS: 250 ok\nclose\n") ==
      std::vector<std::string>{right});
}

TEST_CASE("no digest: not asked for, octets missing, never ended") {
  const std::string data = opening + "C: DATA\nS: 354 go\n";
  CHECK(digests_of(data + "C: a\nC: .\nS: 250 ok\nclose\n", Asked::no) ==
        std::vector<std::string>{""});
  CHECK(digests_of(data + "drop\nC: a\nC: b\nC: .\nS: 250 ok\nclose\n") ==
        std::vector<std::string>{""});
  CHECK(digests_of(data + "C: a\nC:rst\n") == std::vector<std::string>{""});
}
