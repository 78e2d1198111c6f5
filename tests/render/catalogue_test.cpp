#include "analyzer/render/catalogue.hpp"

#include "analyzer/findings/finding.hpp"
#include "analyzer/render/escape.hpp"
#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

namespace smtpscope::render {

TEST_CASE("the catalogue has each finding in a line") {
  std::string out;
  render_catalogue(out, {});
  const auto lines = test::lines_of(out);
  REQUIRE(lines.size() == findings::catalogue().size() + 1);
  for (std::size_t i = 0; i < findings::catalogue().size(); ++i) {
    const findings::RuleInfo& rule = findings::catalogue()[i];
    CHECK(lines[i + 1].starts_with(std::string(rule.name) + ' '));
    CHECK(lines[i + 1].ends_with(rule.when));
    CHECK(lines[i + 1].find(rule.when) == lines[0].find("When"));
  }
}

TEST_CASE("each finding has an entry") {
  for (const findings::RuleInfo& rule : findings::catalogue()) {
    std::string out;
    REQUIRE(render_catalogue_entry(out, rule.name, {}) == Known::yes);
    for (const auto words : {rule.name, rule.when, rule.meaning, rule.remedy, rule.reference}) {
      CHECK(out.find(words) != std::string::npos);
    }
  }
}

TEST_CASE("an entry ends with its example, each word explained once") {
  std::string out;
  REQUIRE(render_catalogue_entry(out, "net.slow-reply", {}) == Known::yes);
  const std::string example = out.substr(out.find("  Example"));
  CHECK(
      example ==
      "  Example     connect                                         a connection is made: SYN, SYN-ACK, ACK\n"
      "              S: 220 mx.example.com ESMTP                     the server sends this line\n"
      "              C: EHLO client.example.net                      the client sends this line\n"
      "              wait 9s                                         the next packet comes so much later\n"
      "              S: 250 mx.example.com\n"
      "              C: QUIT\n"
      "              S: 221 2.0.0 Bye\n"
      "              close                                           both close, the client first\n");
}

TEST_CASE("the catalogue fits the terminal") {
  std::string out;
  render_catalogue(out, {.width = 80});
  for (const findings::RuleInfo& rule : findings::catalogue()) {
    (void)render_catalogue_entry(out, rule.name, {.color = Color::always, .width = 80});
  }
  for (const std::string& line : test::lines_of(test::without_colour(out))) {
    CHECK(display_width(std::string_view(line)) <= 80);
  }
}

TEST_CASE("unknown findings, and what could have been meant") {
  std::string out;
  CHECK(render_catalogue_entry(out, "smtp.nothing", {}) == Known::no);
  CHECK(out.empty());
  CHECK(near_selection_words("smtp.earlytalker") == std::vector<std::string>{"smtp.early-talker"});
  CHECK(near_selection_words("gap") == std::vector<std::string>{"capture.gap"});
  CHECK(near_selection_words("nothing").empty());
  CHECK(near_selection_words("errors") == std::vector<std::string>{"error"});
  CHECK(near_selection_words("captur").front() == "capture");
  CHECK(near_selection_words("bad-reply") == std::vector<std::string>{"smtp.bad-reply"});
}

}  // namespace smtpscope::render
