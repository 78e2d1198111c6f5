#include "dissectors/smtp/capability.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <vector>

namespace smtpscope::smtp {
namespace {

struct Row {
  std::string line;
  std::string keyword;
  std::vector<std::string> values;
  bool well_formed = true;
};

std::vector<Capability> offered(const std::vector<std::string>& lines) {
  Reply reply;
  reply.text = {"mx.example.com"};
  reply.text.insert(reply.text.end(), lines.begin(), lines.end());
  return capabilities_of(reply);
}

}  // namespace

TEST_CASE("a line of EHLO's answer is a keyword and its values") {
  const auto row = GENERATE(values<Row>({
      {"PIPELINING", "PIPELINING", {}},
      {"size 10240000", "SIZE", {"10240000"}},
      {"AUTH PLAIN LOGIN", "AUTH", {"PLAIN", "LOGIN"}},
      {"AUTH=PLAIN LOGIN", "AUTH", {"PLAIN", "LOGIN"}},
      {"AUTH=", "AUTH", {}},
      {"LIMITS RCPTMAX=20\tMAILMAX=5", "LIMITS", {"RCPTMAX=20", "MAILMAX=5"}},
      {"  8BITMIME  ", "8BITMIME", {}},
      {"X_PIPE_CONNECT", "X_PIPE_CONNECT", {}},
      {"X-A.B-1 c", "X-A.B-1", {"c"}},
      {"", "", {}, false},
      {"Welcome, stranger", "WELCOME,", {"stranger"}, false},
      {"****", "****", {}, false},
  }));
  DYNAMIC_SECTION('"' << row.line << '"') {
    const Capability capability = parse_capability(row.line);
    CHECK(capability.keyword == row.keyword);
    CHECK(capability.values == row.values);
    CHECK(capability.well_formed == row.well_formed);
  }
}

TEST_CASE("SIZE is a limit where it has a value above 0") {
  CHECK(size_limit(offered({"SIZE 10240000"})) == 10240000U);
  CHECK_FALSE(size_limit(offered({"SIZE"})));
  CHECK_FALSE(size_limit(offered({"SIZE 0"})));
  CHECK_FALSE(size_limit(offered({"SIZE 99999999999999999999"})));
  CHECK_FALSE(size_limit(offered({"SIZE 12x"})));
  CHECK_FALSE(size_limit(offered({"PIPELINING"})));
}

TEST_CASE("LIMITS names numbers") {
  const auto limits = offered({"LIMITS MAILMAX=20 RCPTMAX=100 RCPTMAXX=7"});
  CHECK(limit_of(limits, "RCPTMAX") == 100U);
  CHECK(limit_of(limits, "mailmax") == 20U);
  CHECK_FALSE(limit_of(limits, "RCPTDOMAINMAX"));
  CHECK_FALSE(limit_of(offered({"LIMITS RCPTMAX RCPTMAX=x"}), "RCPTMAX"));
  CHECK(limit_of(offered({"LIMITS RCPTMAX RCPTMAX=3"}), "RCPTMAX") == 3U);
  CHECK_FALSE(limit_of(offered({"RCPTMAX=3"}), "RCPTMAX"));
}

TEST_CASE("mechanisms may stand in either form of AUTH, or in both") {
  const auto both = offered({"AUTH PLAIN", "AUTH=LOGIN"});
  CHECK(offers_mechanism(both, "plain"));
  CHECK(offers_mechanism(both, "LOGIN"));
  CHECK_FALSE(offers_mechanism(both, "CRAM-MD5"));
  CHECK_FALSE(offers_mechanism(offered({"X-EXPS NTLM"}), "NTLM"));
}

TEST_CASE("the first line is the server's name and no keyword") {
  CHECK(offered({}).empty());
  CHECK(capabilities_of(Reply{}).empty());
  CHECK(find_capability(offered({"DSN"}), "mx.example.com") == nullptr);
}

}  // namespace smtpscope::smtp
