#include "analyzer/capture/sniff.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace smtpscope::capture {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view pcapng_magic = "\x0a\x0d\x0d\x0a"sv;

constexpr std::array capture_magics{
    "\xd4\xc3\xb2\xa1"sv, "\xa1\xb2\xc3\xd4"sv,  // microseconds
    "\x4d\x3c\xb2\xa1"sv, "\xa1\xb2\x3c\x4d"sv,  // nanoseconds
    "\x34\xcd\xb2\xa1"sv, "\xa1\xb2\xcd\x34"sv,  // Kuznetzov's, with more in each packet's header
    pcapng_magic,
};

struct Compression {
  std::string_view magic;
  std::string_view name;
};
constexpr std::array compressions{
    Compression{"\x1f\x8b\x08"sv, "gzip"},
    Compression{"\x28\xb5\x2f\xfd"sv, "zstd"},
    Compression{"\xfd"
                "7zX"sv,  // and "Z\0", but a pipe may give four octets first
                "xz"},
    Compression{"BZh"sv, "bzip2"},
    Compression{"\x04\x22\x4d\x18"sv, "lz4"},
    Compression{"\x1f\x9d"sv, "compress"},
};

struct Signature {
  std::string_view magic;
  Resemblance resemblance;
  std::size_t at = 0;
};

constexpr std::string_view unpack = "unpack it first";
constexpr std::string_view convert = "convert it with editcap first";

constexpr std::array signatures{
    Signature{"PK\x03\x04"sv, {"a zip archive", unpack}},
    Signature{"7z\xbc\xaf\x27\x1c"sv, {"a 7-Zip archive", unpack}},
    Signature{"ustar"sv, {"a tar archive", unpack}, 257},
    Signature{"snoop\0\0\0"sv, {"a snoop capture", convert}},
    Signature{"GMBU"sv, {"a Network Monitor capture", convert}},
    Signature{"RTSS"sv, {"a Network Monitor capture", convert}},
    Signature{"XCP\0"sv, {"a NetXRay capture", convert}},
    Signature{"\x7f"
              "ELF"sv,
              {"a program", {}}},
    Signature{"%PDF-"sv, {"a PDF document", {}}},
    Signature{"SQLite format 3"sv, {"an SQLite database", {}}},
    Signature{"\xff\xfe"sv, {"text in UTF-16", {}}},
    Signature{"\xfe\xff"sv, {"text in UTF-16", {}}},
};

// The field names that stored messages and mailboxes begin with.
constexpr std::array mail_beginnings{
    "Received:"sv,
    "Return-Path:"sv,
    "Delivered-To:"sv,
    "X-Original-To:"sv,
    "Message-ID:"sv,
    "From "sv,
    "From:"sv,
    "DKIM-Signature:"sv,
    "Subject:"sv,
    "Date:"sv,
    "To:"sv,
    "MIME-Version:"sv,
    "Authentication-Results:"sv,
};

bool has(std::string_view text, const Signature& signature) noexcept {
  return text.size() > signature.at && text.substr(signature.at).starts_with(signature.magic);
}

std::uint32_t le32(Bytes bytes, std::size_t at) noexcept {
  return be32(std::array{bytes[at + 3], bytes[at + 2], bytes[at + 1], bytes[at]}, 0);
}

// A pcapng whose beginning is missing (the second half of a file that was split): a block of a kind
// that stands behind the section header, with a length that a block can have.
bool is_pcapng_block(Bytes head) noexcept {
  if (head.size() < 8) return false;
  constexpr std::uint32_t interface = 1, simple_packet = 3, statistics = 5, enhanced_packet = 6;
  constexpr std::uint32_t least_octets = 12, most_octets = 1U << 20;
  const bool little = head[0] != 0;
  const std::uint32_t kind = little ? le32(head, 0) : be32(head, 0);
  const std::uint32_t octets = little ? le32(head, 4) : be32(head, 4);
  const bool known =
      kind == interface || kind == simple_packet || kind == statistics || kind == enhanced_packet;
  return known && octets % 4 == 0 && octets >= least_octets && octets <= most_octets;
}

// Without control characters other than those that texts have. ESC colours the output of programs.
bool is_text(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char c) {
    constexpr std::string_view usual = "\t\n\v\f\r\x1b";
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    return is_control && usual.find(c) == usual.npos;
  });
}

Resemblance text_resemblance_of(std::string_view text) noexcept {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // UTF-8's byte order mark
  for (const std::string_view beginning : mail_beginnings) {
    if (ascii::starts_no_case(text, beginning)) return {"an e-mail message", {}};
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  text.remove_prefix(std::min(first, text.size()));
  if (ascii::starts_no_case(text, "<!doctype html") || ascii::starts_no_case(text, "<html")) {
    return {"an HTML page", {}};
  }
  if (text.starts_with("<?xml")) return {"XML", {}};
  if (text.starts_with("{")) return {"JSON", {}};
  return {"text", {}};
}

}  // namespace

bool is_capture(Bytes head) noexcept {
  const std::string_view begin = as_text(head).substr(0, 4);
  return !begin.empty() && std::ranges::any_of(capture_magics, [begin](std::string_view magic) {
    return magic.starts_with(begin);
  });
}

std::string_view compression_of(Bytes head) noexcept {
  const std::string_view text = as_text(head);
  for (const Compression& compression : compressions) {
    if (text.starts_with(compression.magic)) return compression.name;
  }
  return {};
}

bool is_pcapng(Bytes head) noexcept { return as_text(head).starts_with(pcapng_magic); }

Resemblance resemblance_of(Bytes head) noexcept {
  const std::string_view text = as_text(head);
  for (const Signature& signature : signatures) {
    if (has(text, signature)) return signature.resemblance;
  }
  if (is_pcapng_block(head)) return {"a part of a pcapng file, without its beginning", {}};
  if (std::ranges::all_of(head, [](std::uint8_t octet) { return octet == 0; })) {
    return {"zeros: a copy that was not finished?", {}};
  }
  return is_text(text) ? text_resemblance_of(text) : Resemblance{};
}

}  // namespace smtpscope::capture
