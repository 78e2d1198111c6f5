#include "analyzer/findings/example.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::findings {
namespace {

// Of two that begin a line in the same way, the longer one stands first.
constexpr auto words = std::to_array<ExampleWord>({
    {"connect", "connect", "a connection is made: SYN, SYN-ACK, ACK"},
    {"syn", "syn", "the client asks for a connection (SYN)"},
    {"answer", "answer", "the server answers the SYN, and the connection is made"},
    {"refuse", "refuse", "the client asks for a connection, and gets RST"},
    {"midstream", "midstream", "the connection began before the capture"},
    {"C:fin", "C:fin", "the client closes its direction (FIN)"},
    {"S:fin", "S:fin", "the server closes its direction (FIN)"},
    {"C:rst@", "C:rst@70000", "an RST of the client, as of that octet of its stream"},
    {"S:rst@", "S:rst@70000", "an RST of the server, as of that octet of its stream"},
    {"C:rst", "C:rst", "the client resets the connection (RST)"},
    {"S:rst", "S:rst", "the server resets the connection (RST)"},
    {"C:", "C: text", "the client sends this line"},
    {"S:", "S: text", "the server sends this line"},
    {"C*:", "C*: 1000 x", "the client sends so many octets of this"},
    {"S*:", "S*: 1000 x", "the server sends so many octets of this"},
    {"C@", "C@25: text", "the client sends this as of that octet of its stream"},
    {"S@", "S@25: text", "the server sends this as of that octet of its stream"},
    {"close", "close", "both close, the client first"},
    {"ack", "ack S", "a packet of the server that only acknowledges"},
    {"keepalive", "keepalive C", "a keep-alive probe of the client"},
    {"window", "window S 0", "the server has room for so many octets now"},
    {"wait", "wait 9s", "the next packet comes so much later"},
    {"back", "back 3s", "here the clock of the capture goes back"},
    {"badsum", "badsum", "the next packet's checksum is wrong"},
    {"urgent", "urgent", "the next packet is marked as urgent"},
    {"drop", "drop", "the next packet is not in the capture"},
    {"again", "again", "the next packet is sent twice"},
    {"swap", "swap", "the next two packets come in swapped order"},
    {"snap", "snap 60", "of the next packet only so many octets are captured"},
    {"cut", "cut 3", "the next line comes in packets of so many octets"},
    {"icmp", "icmp 3 13", "an ICMP error of this type and code quotes the packet before it"},
    {"ttl", "ttl S 50", "from here on the server's packets have this hop limit"},
    {"tls", "tls C hello 1.3", "a record of TLS: a hello, a certificate, a key, data, an alert"},
    {"flow", "flow 1", "an earlier connection goes on"},
    {"===", "=== text",
     "what swaks says about the connection, where the example is a transcript of it"},
    {"***", "*** text", "what swaks says about a failure"},
    {"<-", "<-  text", "swaks read this line"},
    {"->", " -> text", "swaks sent this line"},
});

const ExampleWord* word_of(std::string_view line) noexcept {
  const auto* const found = std::ranges::find_if(
      words, [line](const ExampleWord& word) { return line.starts_with(word.begins); });
  return found == words.end() ? nullptr : found;
}

std::string_view trimmed(std::string_view line) noexcept {
  while (!line.empty() && ascii::is_blank(line.front())) line.remove_prefix(1);
  return line;
}

}  // namespace

std::span<const ExampleWord> example_words() noexcept { return words; }

std::vector<ExampleLine> example_lines(std::string_view example) {
  std::vector<ExampleLine> lines;
  while (!example.empty()) {
    const std::string_view line = trimmed(example.substr(0, example.find('\n')));
    example.remove_prefix(std::min(example.find('\n'), example.size() - 1) + 1);
    if (!line.empty()) lines.push_back({line, word_of(line)});
  }
  return lines;
}

}  // namespace smtpscope::findings
