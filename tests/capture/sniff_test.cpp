#include "analyzer/capture/sniff.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/pcap_writer.hpp"

#include <string>
#include <string_view>

using namespace smtpscope;
using namespace smtpscope::capture;
using namespace std::string_view_literals;

TEST_CASE("captures, from their first octet on") {
  using test::PcapForm;
  for (const auto form : {PcapForm::micro_little, PcapForm::micro_big, PcapForm::nano_little,
                          PcapForm::nano_big, PcapForm::pcapng_little, PcapForm::pcapng_big}) {
    const std::string file = test::pcap_of({}, form);
    for (const std::size_t octets : {1U, 2U, 3U, 4U, 5U, 24U}) {
      CHECK(is_capture(as_bytes(file.substr(0, octets))));
    }
    CHECK(is_pcapng(as_bytes(file)) ==
          (form == PcapForm::pcapng_little || form == PcapForm::pcapng_big));
  }
  CHECK_FALSE(is_capture({}));
  CHECK_FALSE(is_pcapng(as_bytes("\x0a\x0d\x0d"sv)));
}

TEST_CASE("what a file looks like") {
  struct Row {
    const char* name;
    std::string head;
    std::string_view what;
  };
  const auto row = GENERATE(values<Row>({
      {"zip", "PK\x03\x04\x14", "a zip archive"},
      {"7z", "7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
      {"tar", std::string(257, 'x') + "ustar", "a tar archive"},
      {"ELF",
       "\x7f"
       "ELF\x02\x01\x01",
       "a program"},
      {"PDF", "%PDF-1.7\n\x01\x02", "a PDF document"},
      {"snoop", std::string("snoop\0\0\0\0\0\0\x02", 12), "a snoop capture"},
      {"Network Monitor", "GMBU\x01\x02", "a Network Monitor capture"},
      {"message", "Return-Path: <alice@example.net>\r\n", "an e-mail message"},
      {"message, odd case", "message-id: <1@example.net>\n", "an e-mail message"},
      {"mailbox", "From alice@example.net Fri Jan  2 03:04:05 2026\n", "an e-mail message"},
      {"HTML", "\n  <!doctype HTML>\n<html>", "an HTML page"},
      {"HTML without a type", "<HTML><body>", "an HTML page"},
      {"XML", "<?xml version=\"1.0\"?>", "XML"},
      {"JSON", "\xef\xbb\xbf{\"a\":1}", "JSON"},
      {"transcript", "220 mx.example.com ESMTP\r\nEHLO client\r\n", "text"},
      {"text in UTF-8", "g\xc3\xbcltig\n", "text"},
      {"coloured text", "\x1b[31mred\x1b[0m\n", "text"},
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0b\0",
                   6),
       "text in UTF-16"},
      {"pcapng without a head", std::string("\x06\0\0\0\x60\0\0\0\0\0\0\0", 12),
       "a part of a pcapng file, without its beginning"},
      {"big-endian, too", std::string("\0\0\0\x01\0\0\0\x20\0\x01\0\0", 12),
       "a part of a pcapng file, without its beginning"},
      {"no block has that length", std::string("\x06\0\0\0\x61\0\0\0\0\0\0\0", 12), ""},
      {"zeros", std::string(512, '\0'), "zeros: a copy that was not finished?"},
      {"something", "\x01\x02\x03\x04", ""},
  }));
  DYNAMIC_SECTION(row.name) {
    CHECK(resemblance_of(as_bytes(row.head)).what == row.what);
    CHECK_FALSE(is_capture(as_bytes(row.head)));
    // A shorter head may look like something else, and must not be read beyond.
    for (std::size_t octets = 0; octets < row.head.size(); ++octets) {
      const std::string shorter = row.head.substr(0, octets);
      (void)resemblance_of(as_bytes(shorter));
    }
  }
}

TEST_CASE("what helps") {
  CHECK(resemblance_of(as_bytes("PK\x03\x04")).remedy == "unpack it first");
  CHECK(resemblance_of(as_bytes("hello")).remedy.empty());
}

TEST_CASE("how a file is compressed") {
  struct Row {
    std::string head;
    std::string_view form;
  };
  const auto row = GENERATE(values<Row>({
      {"\x1f\x8b\x08\x08", "gzip"},
      {"\x28\xb5\x2f\xfd\x04", "zstd"},
      {std::string("\xfd\x37\x7a\x58\x5a\x00\x00", 7), "xz"},
      {"BZh91AY&SY", "bzip2"},
      {"\x04\x22\x4d\x18\x64", "lz4"},
      {"\x1f\x9d\x90", "compress"},
      {"\x1f\x8b\x07", ""},
      {"\x1f", ""},
      {"hello", ""},
      {"", ""},
  }));
  CHECK(compression_of(as_bytes(row.head)) == row.form);
  CHECK_FALSE(is_capture(as_bytes(row.head)));
}
