// Keys that open TLS: from --keys, from SSLKEYLOGFILE, out of the capture, and late.
#include "tests/cli/json.hpp"
#include "tests/cli/scratch.hpp"
#include "tests/support/block_writer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace smtpscope;
using namespace smtpscope::test;

namespace {

const std::string folder = SMTPSCOPE_SOURCE_DIR "/samples/tls-keys/";

std::string capture_named(const std::string& name) { return content_of(folder + name + ".pcap"); }
std::string keys_named(const std::string& name) { return content_of(folder + name + ".keys"); }

// The records of a pcap (little-endian, microseconds), behind its header.
struct Record {
  std::uint64_t microseconds = 0;
  std::string frame;
  std::size_t end = 0;  // in the file
};
std::uint32_t number_at(const std::string& pcap, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<std::uint8_t>(pcap[at + i]);
  return number;
}
std::vector<Record> records_of(const std::string& pcap) {
  std::vector<Record> records;
  for (std::size_t at = 24; at + 16 <= pcap.size();) {
    const std::size_t length = number_at(pcap, at + 8);
    records.push_back({std::uint64_t{number_at(pcap, at)} * 1'000'000 + number_at(pcap, at + 4),
                       pcap.substr(at + 16, length), at + 16 + length});
    at = records.back().end;
  }
  return records;
}

Json session_in(const std::string& out) {
  std::vector<Json> sessions = sessions_in(out);
  REQUIRE(sessions.size() == 1);
  CHECK(SessionSchema().broken_rule(sessions[0]) == "");
  return std::move(sessions[0]);
}
void check_opened(const Outcome& outcome) {
  CHECK(outcome.err.empty());
  CHECK(outcome.status == 0);
  const Json session = session_in(outcome.out);
  CHECK(text_at(session, "/tls/keys") == "open");
  CHECK(text_at(session, "/verdict/outcome") == "partially-delivered");
  CHECK(has(outcome.out, "\"decrypted\":true"));
}

}  // namespace

TEST_CASE("--keys and SSLKEYLOGFILE open TLS") {
  const Scratch scratch;
  for (const std::string name : {"tls12-gcm", "tls13-chacha20"}) {
    scratch.file("mail.pcap", capture_named(name));
    scratch.file("keys.log", keys_named(name));
    check_opened(scratch.run({"-T", "json", "--keys", "keys.log", "mail.pcap"}));
    Launch launch = scratch.launch({"-T", "json", "mail.pcap"});
    launch.environment = {{"SSLKEYLOGFILE", "keys.log"}};
    check_opened(run(launch));
    launch.environment = {{"SSLKEYLOGFILE", "not-there.log"}};
    const Json closed = session_in(run(launch).out);
    CHECK(text_at(closed, "/tls/keys") == "no-log");
  }
}

TEST_CASE("several --keys are one, and what is none is said without a word of it") {
  const Scratch scratch;
  scratch.file("mail.pcap", capture_named("tls13-aes"));
  scratch.file("one.log", keys_named("tls12-gcm"));
  scratch.file("two.log", keys_named("tls13-aes"));
  check_opened(scratch.run({"-T", "json", "--keys", "one.log", "--keys", "two.log", "mail.pcap"}));
  const Outcome others = scratch.run({"--keys", "one.log", "mail.pcap"});
  CHECK(has(others.out, "tls.key-missing"));
  scratch.file("bad.log", "CLIENT_RANDOM 0011 hunter2\n" + keys_named("tls13-aes"));
  const Outcome bad = scratch.run({"-T", "json", "--keys", "bad.log", "mail.pcap"});
  CHECK(bad.err == "smtpscope: bad.log: 1 line of it is no keys\n");
  CHECK(has(bad.out, "\"decrypted\":true"));
  const Outcome missing = scratch.run({"--keys", "not-there.log", "mail.pcap"});
  CHECK(missing.status == 2);
  CHECK(is_one_line(missing.err));
  CHECK(has(missing.err, "not-there.log"));
  CHECK(scratch.run({"--keys", ".", "mail.pcap"}).status == 2);
}

TEST_CASE("keys in a pcapng: a block of secrets, or a comment") {
  const Scratch scratch;
  const std::string keys = keys_named("tls13-aes");
  const auto write = [&](Blocks file) {
    for (const Record& record : records_of(capture_named("tls13-aes")))
      file.packet(0, record.microseconds, record.frame);
    scratch.file("mail.pcapng", file.file());
    check_opened(scratch.run({"-T", "json", "mail.pcapng"}));
  };
  write(Blocks().section().interface(1).secrets(keys));
  write(Blocks().section({{1, keys}}).interface(1));
}

TEST_CASE("a key log that grows while the capture goes on") {
  for (const std::string name : {"tls12-gcm", "tls12-cbc", "tls13-aes", "tls13-chacha20"}) {
    const std::string pcap = capture_named(name);
    const std::vector<Record> records = records_of(pcap);
    // Before TLS; behind the ClientHello; behind what the server answers.
    for (const std::size_t packets : {std::size_t{10}, std::size_t{13}, std::size_t{14}}) {
      INFO(name << ", keys behind packet " << packets);
      const Scratch scratch;
      const auto log = scratch.file("keys.log", "# begun\n");
      Launch launch = scratch.launch({"-T", "json", "--keys", "keys.log", "-"});
      launch.from = Launch::Input::open;
      Process process(launch);
      const std::size_t at = records[packets - 1].end;
      process.write(pcap.substr(0, at));
      process.watch(std::chrono::milliseconds(300));
      std::ofstream(log, std::ios::binary | std::ios::app) << keys_named(name);
      process.write(pcap.substr(at));
      process.end_input();
      check_opened(process.finish());
    }
  }
}
