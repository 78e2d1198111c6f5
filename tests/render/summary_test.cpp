#include "analyzer/render/escape.hpp"
#include "tests/render/samples.hpp"
#include "tests/support/catch.hpp"

namespace smtpscope::test {
namespace {

using render::TextOptions;

std::string header(const TextOptions& options) {
  std::string out;
  render::render_summary_header(out, options);
  return out;
}

std::string row(const Told& told, const TextOptions& options) {
  std::string out;
  render::render_summary_row(out, told.session, told.verdict, options);
  return out;
}

// Where a word begins, in columns.
std::size_t column_of(const std::string& line, std::string_view word) {
  return render::display_width(std::string_view(line).substr(0, line.find(word)));
}

}  // namespace

TEST_CASE("a row of the table") {
  CHECK(header({}) ==
        "   #  date        time UTC       seconds  client                  server                  "
        "says it is     "
        "         sender                    ok/all  mails     octets  tls       verdict            "
        "  reason, reply\n");
  CHECK(row(refused(), {}) ==
        "   1  2026-01-02  03:04:05.000     0.140  192.0.2.10:40000        198.51.100.25:25        "
        "client.example.net"
        "      alice@example.net            0/1      0        218  no        rejected             "
        "userunknown: "
        "550 5.1.1 No such user\n");
}

TEST_CASE("columns stand under their titles, with wide characters as well") {
  Told told = refused();
  for (const char* helo : {"c", "日本語の名前", "\x1b[31m", ""}) {
    told.session.helo = helo;
    const std::string line = row(told, {});
    CHECK(column_of(line, "alice@") == column_of(header({}), "sender"));
    CHECK(column_of(line, "rejected") == column_of(header({}), "verdict"));
  }
}

TEST_CASE("on a terminal the table fits, and the verdict is always there") {
  Told told = refused();
  told.session.helo = std::string(100, 'h');
  told.verdict.reply = "550 " + std::string(300, 'x');
  for (std::size_t width = render::Page::width_min; width < 300; ++width) {
    for (const std::string& text : {header({.width = width}), row(told, {.width = width})}) {
      REQUIRE(lines_of(text).size() == 1);
      CHECK(render::display_width(std::string_view(text).substr(0, text.size() - 1)) <= width);
    }
    CHECK(row(told, {.width = width}).find("rejected") != std::string::npos);
  }
}

TEST_CASE("in a pipe nothing is cut") {
  Told told = refused();
  told.session.helo = std::string(100, 'h');
  told.session.transactions.at(0).sender = std::string(100, 's');
  CHECK(row(told, {}).find(told.session.helo) != std::string::npos);
  CHECK(row(told, {}).find(told.session.transactions.at(0).sender) != std::string::npos);
}

TEST_CASE("sessions without mail have a row, too") {
  const Told told = told_of("refuse");
  CHECK(row(told, {}).find("  0/0  ") != std::string::npos);
  CHECK(row(told, {.width = 80}).find("incomplete") != std::string::npos);
}

}  // namespace smtpscope::test
