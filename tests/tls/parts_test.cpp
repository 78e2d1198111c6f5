// The parts of the TLS reader that need no capture: records that are passed over, and for whom a certificate is.
#include "dissectors/tls/certificate.hpp"
#include "dissectors/tls/handshake.hpp"
#include "dissectors/tls/record.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/tls_words.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace smtpscope;

namespace {

struct Told {
  tls::ContentType type;
  Extent extent;
  bool has_fragment = false;
};

std::vector<Told> records_of(const std::string& stream, std::size_t cut, bool pass_over) {
  tls::RecordReader reader;
  if (pass_over) reader.pass_over_data();
  std::vector<Told> told;
  for (std::size_t at = 0; at < stream.size(); at += cut) {
    Octets rest{at, as_bytes(stream).subspan(at, std::min(cut, stream.size() - at)), {1, {}}, std::nullopt};
    while (!rest.bytes.empty()) {
      const std::size_t used = reader.take(rest);
      rest.bytes = rest.bytes.subspan(used);
      rest.offset += used;
      if (const auto& record = reader.record())
        told.push_back({record->type, record->extent, !record->fragment.empty()});
    }
  }
  return told;
}

}  // namespace

TEST_CASE("records that are passed over stand where the others stand, however they are cut") {
  const std::string stream = test::tls_octets(Side::client, "hello 1.2") + test::tls_octets(Side::client, "data 700") +
                             test::tls_octets(Side::client, "data 1") + test::tls_octets(Side::client, "alert 0") +
                             test::tls_octets(Side::client, "data 16384");
  const std::vector<Told> whole = records_of(stream, stream.size(), false);
  REQUIRE(whole.size() == 5);
  for (std::size_t cut = 1; cut < 40; ++cut) {
    const std::vector<Told> passed = records_of(stream, cut, true);
    REQUIRE(passed.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      CHECK(passed[i].type == whole[i].type);
      CHECK(passed[i].extent == whole[i].extent);
      // One that came in one piece needs not to be put together.
      const bool in_pieces = whole[i].extent.begin / cut != (whole[i].extent.end - 1) / cut;
      CHECK(passed[i].has_fragment == (whole[i].type != tls::ContentType::application_data || !in_pieces));
    }
  }
}

TEST_CASE("a hole inside a record that is passed over does not lose the next one") {
  tls::RecordReader reader;
  reader.pass_over_data();
  const std::string first = test::tls_octets(Side::client, "data 700"), second = test::tls_octets(Side::client, "data 40");
  (void)reader.take({0, as_bytes(first).first(100), {1, {}}, std::nullopt});
  reader.gap({100, 200, GapCause::acknowledged, {2, {}}});
  Octets rest{300, as_bytes(first).subspan(300), {3, {}}, std::nullopt};
  while (!rest.bytes.empty()) {
    const std::size_t used = reader.take(rest);
    rest.bytes = rest.bytes.subspan(used);
    rest.offset += used;
    CHECK_FALSE(reader.record());
  }
  CHECK(reader.broken_records() == 1);
  CHECK(reader.take({first.size(), as_bytes(second), {4, {}}, std::nullopt}) == second.size());
  REQUIRE(reader.record());
  CHECK(reader.record()->extent == Extent{first.size(), first.size() + second.size()});
}

TEST_CASE("for whom a certificate is") {
  struct Row {
    const char* name;
    std::vector<std::string> names;
    std::string host;
    bool is_for;
  };
  for (const Row& row : std::vector<Row>{
           {"itself", {"mx.example.com"}, "mx.example.com", true},
           {"in other letters", {"MX.example.com"}, "mx.EXAMPLE.com", true},
           {"with a dot at its end", {"mx.example.com"}, "mx.example.com.", true},
           {"another", {"www.example.com"}, "mx.example.com", false},
           {"one of several", {"a.example.com", "mx.example.com"}, "mx.example.com", true},
           {"a wildcard", {"*.example.com"}, "mx.example.com", true},
           {"a wildcard is one label", {"*.example.com"}, "a.mx.example.com", false},
           {"a wildcard is not none", {"*.example.com"}, "example.com", false},
           {"a wildcard is not an empty one", {"*.example.com"}, ".example.com", false},
           {"an address", {"192.0.2.1"}, "192.0.2.1", true},
           {"the common name does not count beside names", {"a.example.com"}, "common.example.com", false},
           {"the common name without names", {}, "common.example.com", true},
       }) {
    INFO(row.name);
    tls::Certificate certificate;
    certificate.common_name = "common.example.com";
    certificate.names = row.names;
    CHECK(tls::is_for(certificate, row.host) == row.is_for);
  }
}

TEST_CASE("a certificate is read; what is none is nothing") {
  const std::string message = test::tls_octets(Side::server, "certificate name=mx.example.net until=2099-12-31");
  const Bytes body = as_bytes(message).subspan(tls::record_header_octets + 4);
  const auto chain = tls::read_certificates(body, 0x0303);
  REQUIRE(chain.size() == 1);
  const auto certificate = tls::read_certificate(chain.front());
  REQUIRE(certificate);
  CHECK(certificate->subject == "CN=mx.example.net");
  CHECK(certificate->issuer == "CN=Example-CA");
  CHECK(certificate->names == std::vector<std::string>{"mx.example.net"});
  CHECK_FALSE(certificate->is_self_signed);
  CHECK(certificate->not_after == std::chrono::sys_days(std::chrono::year(2099) / 12 / 31));
  CHECK(certificate->sha256.size() == 64);
  for (std::size_t octets = 0; octets < chain.front().size(); octets += 7)
    CHECK_FALSE(tls::read_certificate(chain.front().first(octets)));
}
