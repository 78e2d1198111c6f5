#include "analyzer/render/idn.hpp"
#include "tests/support/catch.hpp"

#include <string>

namespace smtpscope::render {

TEST_CASE("A-labels are shown as people read them") {
  CHECK(unicode_domain("alice@xn--bcher-kva.example") == "bücher.example");
  CHECK(unicode_domain("mx.XN--BCHER-KVA.example") == "mx.bücher.example");
  CHECK(unicode_domain("alice@[IPv6:2001:db8::1]@xn--bcher-kva.example") == "bücher.example");
}

TEST_CASE("what is no A-label stays what it is") {
  CHECK(unicode_domain("alice@example.com").empty());
  CHECK(unicode_domain("alice@bücher.example").empty());
  CHECK(unicode_domain("").empty());
  CHECK(unicode_domain("xn--").empty());
  CHECK(unicode_domain("alice@xn--999999999.example").empty());
  CHECK(unicode_domain("alice@xn--a.xn--bcher-kva").empty());
  CHECK(unicode_domain(std::string("alice@xn--bcher-kva\0.example", 28)).empty());
  CHECK(unicode_domain("xn--" + std::string(300, 'a')).empty());
}

}  // namespace smtpscope::render
