// The recorded transcripts: as they were found right (`UPDATE_GOLDEN=1 ctest -R transcript`
// rewrites that), and each with the verdict that the capture of the same delivery in clear gets.
#include "analyzer/capture/source.hpp"
#include "analyzer/render/json.hpp"
#include "analyzer/render/timeline.hpp"
#include "analyzer/session/analyzer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/file.hpp"
#include "tests/support/golden.hpp"
#include "tests/transcript/told.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace smtpscope;
namespace fs = std::filesystem;

namespace {

const fs::path root = SMTPSCOPE_SOURCE_DIR;
const fs::path samples = root / "samples/transcripts";

std::vector<fs::path> transcripts() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(samples)) {
    if (entry.path().extension() == ".log") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

test::Explained judged(session::Session session) {
  test::Explained told;
  told.session = std::move(session);
  told.findings = findings::judge(told.session);
  told.verdict = delivery::weigh(told.session, told.findings);
  return told;
}

test::Explained of_transcript(const fs::path& path) {
  const std::string text = test::content_of(path);
  const auto tool = transcript::detect(text);
  REQUIRE(tool);
  const auto sessions = transcript::read(*tool, text);
  REQUIRE(sessions.size() == 1);
  const auto files =
      std::make_shared<const std::vector<std::string>>(1, fs::relative(path, root).string());
  session::Session session = transcript::play(sessions.front(), files);
  session.id = 1;
  return judged(std::move(session));
}

test::Explained of_capture(const fs::path& path) {
  auto source = capture::open_file(path.string());
  REQUIRE(source);
  session::Analyzer analyzer("", session::Order::first_packet);
  while (const Packet* packet = (*source)->next()) analyzer.take(*packet);
  analyzer.finish(session::FileEnd::whole);
  auto session = analyzer.next_session();
  REQUIRE(session);
  return judged(std::move(*session));
}

// Queue ids differ from one delivery to the next.
std::string without_queue_id(const std::string& reply) {
  const std::size_t at = reply.find("queued as ");
  return at == std::string::npos ? reply : reply.substr(0, at + 10) + "...";
}

// What a verdict says about whom, in one line.
std::string essence(const test::Explained& told) {
  const delivery::Verdict& verdict = told.verdict;
  std::string line = std::string(delivery::to_string(verdict.outcome)) + " / " +
                     std::string(verdict.reason) + " / " + without_queue_id(verdict.reply) + " / " +
                     (verdict.certain ? "certain" : "likely");
  for (std::size_t i = 0; i < told.session.transactions.size(); ++i) {
    const auto& recipients = told.session.transactions[i].recipients;
    for (std::size_t k = 0; k < recipients.size(); ++k) {
      line += " / " + recipients[k].address + " " +
              std::to_string(static_cast<int>(recipients[k].outcome)) + " " +
              std::string(verdict.transactions.at(i).recipients.at(k));
    }
  }
  return line;
}

}  // namespace

TEST_CASE("transcripts of the same delivery give the verdict that its capture gives") {
  for (const std::string what : {"delivered", "refused"}) {
    const std::string expected = essence(of_capture(samples / ("clear-" + what + ".pcap")));
    CHECK(expected.starts_with(what == "refused" ? "rejected / userunknown / 550 5.1.1 "
                                                 : "delivered / "));
    for (const std::string tool : {"clear", "swaks", "curl", "smtplib", "openssl"}) {
      INFO(tool << ' ' << what);
      CHECK(essence(of_transcript(samples / (tool + '-' + what + ".log"))) == expected);
    }
  }
}

TEST_CASE("a transcript has the message of the capture that was made beside it") {
  const test::Explained capture = of_capture(samples / "clear-delivered.pcap");
  const test::Explained transcript = of_transcript(samples / "clear-delivered.log");
  const auto& captured = capture.session.transactions.at(0).message;
  const auto& told = transcript.session.transactions.at(0).message;
  REQUIRE(captured);
  REQUIRE(told);
  CHECK(told->octets == captured->octets);
  CHECK(told->header.message_id == captured->header.message_id);
  CHECK(transcript.session.octets == capture.session.octets);
  CHECK(transcript.session.greeting == capture.session.greeting);
  CHECK(transcript.session.extensions == capture.session.extensions);
  CHECK(transcript.session.exchanges.size() == capture.session.exchanges.size());
}

TEST_CASE("recorded transcripts are told as they were found right") {
  const auto found = transcripts();
  REQUIRE(found.size() >= 12);
  for (const fs::path& path : found) {
    INFO(path.string());
    const test::Explained told = of_transcript(path);
    std::string text, json;
    render::TextOptions options;
    options.level = render::Level::full;
    render::render_session(text, told.session, told.findings, told.verdict, options);
    render::write_json(json, told.session, told.findings, told.verdict, {});
    const std::string golden = (root / "tests/golden/transcripts" / path.filename()).string();
    test::check_golden(golden + ".txt", text);
    test::check_golden(golden + ".json", json);
  }
}
