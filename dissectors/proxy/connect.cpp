#include "dissectors/proxy/connect.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace smtpscope::proxy {
namespace {

using State = Reading::State;

constexpr std::string_view word = "CONNECT ";
constexpr std::string_view version = "HTTP/1.";
constexpr std::string_view head_end = "\r\n\r\n";

Reading none() {
  Reading reading;
  reading.state = State::none;
  return reading;
}

std::string_view first_line(std::string_view head) noexcept {
  return head.substr(0, head.find("\r\n"));
}

// The value of a header field; empty if there is none.
std::string_view field_of(std::string_view head, std::string_view name) noexcept {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = first_line(head.substr(at + 2));
    if (line.size() > name.size() && line[name.size()] == ':' &&
        ascii::starts_no_case(line, name)) {
      return ascii::trim(line.substr(name.size() + 1));
    }
  }
  return {};
}

// "mx.example.com:25", "[2001:db8::1]:25"
std::optional<Address> parse_authority(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Address address;
  address.kind = Address::Kind::name;
  address.text = text.substr(0, colon);
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return address;
}

// The requests at the beginning of what the client sent, one after the other, at most `most`.
// Nothing if it is something else.
std::optional<std::size_t> read_requests(std::string_view client, std::size_t most, Facts& facts) {
  std::size_t at = 0;
  for (std::size_t n = 0; n < most; ++n) {
    const std::string_view rest = client.substr(at);
    if (!rest.starts_with(word)) {
      const bool may_become = n > 0 || word.starts_with(rest);
      return may_become ? std::optional(at) : std::nullopt;
    }
    const std::size_t end = rest.find(head_end);
    if (end == std::string_view::npos) return at;
    const std::string_view head = rest.substr(0, end + 2);
    const std::string_view line = first_line(head).substr(word.size());
    const auto destination = parse_authority(line.substr(0, line.find(' ')));
    const std::size_t last_blank = line.rfind(' ');  // some say "host:25 / HTTP/1.0"
    if (last_blank == std::string_view::npos || !line.substr(last_blank + 1).starts_with(version) ||
        !destination) {
      return std::nullopt;
    }
    facts.destination = *destination;
    facts.asked = true;
    facts.authorization = field_of(head, "Proxy-Authorization");
    at += end + head_end.size();
  }
  return at;
}

struct Answers {
  std::size_t count = 0;  // whole ones, 1xx not counted
  std::size_t octets = 0;
  bool granted = false;
  bool wrong = false;
};

// How long the body of a refusal is; what does not say it ends where the next answer begins.
std::size_t body_octets(std::string_view head, std::string_view behind) noexcept {
  const std::string_view text = field_of(head, "Content-Length");
  std::size_t length = 0;
  const char* const end = text.data() + text.size();
  if (!text.empty() && std::from_chars(text.data(), end, length).ptr == end)
    return std::min(length, behind.size());
  return std::min(behind.find(version), behind.size());
}

Answers read_answers(std::string_view server, Facts& facts) {
  Answers answers;
  for (;;) {
    const std::string_view rest = server.substr(answers.octets);
    if (!rest.starts_with(version)) {
      answers.wrong = !version.starts_with(rest);
      return answers;
    }
    const std::size_t end = rest.find(head_end);
    if (end == std::string_view::npos) return answers;
    const std::string_view head = rest.substr(0, end + 2);
    const std::string_view line = first_line(head);
    const std::string_view status = line.substr(std::min(line.find(' '), line.size() - 1) + 1);
    unsigned code = 0;
    const char* const code_end = status.data() + std::min<std::size_t>(status.size(), 3);
    if (std::from_chars(status.data(), code_end, code).ptr != code_end || code < 100) {
      answers.wrong = true;
      return answers;
    }
    answers.octets += end + head_end.size();
    if (code < 200) continue;
    ++answers.count;
    facts.answer = code;
    answers.granted = code < 300;
    facts.refusal = answers.granted || status.size() < 4
                        ? std::string()
                        : std::string(ascii::trim(status.substr(4)));
    if (answers.granted) return answers;
    answers.octets += body_octets(head, server.substr(answers.octets));
  }
}

}  // namespace

Reading read_connect(std::string_view client, std::string_view server) {
  if (!client.starts_with(word)) return word.starts_with(client) ? Reading{} : none();
  Reading reading;
  reading.is_known = true;
  Facts& facts = reading.facts;
  facts.protocol = Protocol::http_connect;
  const Answers answers = read_answers(server, facts);
  const auto asked =
      read_requests(client, answers.granted ? answers.count : answers.count + 1, facts);
  if (answers.wrong || !asked) return none();
  reading.octets = {*asked, answers.octets};
  facts.granted = answers.granted && facts.asked;
  if (facts.granted) reading.state = State::whole;
  return reading;
}

}  // namespace smtpscope::proxy
