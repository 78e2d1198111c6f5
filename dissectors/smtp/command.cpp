#include "dissectors/smtp/command.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::smtp {
namespace {

// The length of "<...>" at the start, quoted strings and escapes respected; npos if it never
// closes.
std::size_t bracketed_length(std::string_view text) noexcept {
  const std::size_t close = text.find('>');
  if (close == std::string_view::npos) return close;
  if (text.substr(0, close).find('"') == std::string_view::npos) return close + 1;
  bool quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '>' && !quoted) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// Where the local part ends: the last "@" outside quotes.
std::size_t at_sign(std::string_view address) noexcept {
  if (address.find('"') == std::string_view::npos) return address.rfind('@');
  std::size_t at = std::string_view::npos;
  bool quoted = false;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (address[i] == '\\' && quoted) {
      ++i;
    } else if (address[i] == '"') {
      quoted = !quoted;
    } else if (address[i] == '@' && !quoted) {
      at = i;
    }
  }
  return at;
}

constexpr ascii::OctetSet of_domain([](char c) {
  return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' ||
         static_cast<unsigned char>(c) > 127;
});
// What stands in no atom (RFC 5322, 3.2.3) and is no dot between two.
constexpr ascii::OctetSet of_no_atom([](char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f ||
         std::string_view("<>()[]\\,;:\"@").find(c) != std::string_view::npos;
});
constexpr ascii::OctetSet of_keyword([](char c) { return ascii::is_alnum(c) || c == '-'; });

bool is_good_domain(std::string_view domain) noexcept {
  if (domain.empty()) return false;
  if (domain.front() == '[') return domain.size() > 2 && domain.back() == ']';
  return of_domain.has_all(domain);
}

bool is_good_address(std::string_view address, bool is_recipient) noexcept {
  if (address.empty()) return !is_recipient;  // <> is the null sender
  const std::size_t at = at_sign(address);
  if (at == std::string_view::npos) {
    // RCPT TO:<Postmaster> needs no domain (RFC 5321, 4.1.1.3); a local name elsewhere is odd but
    // used.
    return is_recipient && ascii::equal_no_case(address, "postmaster");
  }
  const std::string_view local = address.substr(0, at);
  if (local.empty() || !is_good_domain(address.substr(at + 1))) return false;
  if (local.front() == '"') return local.size() >= 2 && local.back() == '"';
  return !of_no_atom.has_any(local);
}

bool is_parameter_keyword(std::string_view word) noexcept {
  return !word.empty() && ascii::is_alnum(word.front()) && of_keyword.has_all(word);
}

void add(std::vector<PathFlaw>& flaws, PathFlaw flaw) {
  if (std::ranges::find(flaws, flaw) == flaws.end()) flaws.push_back(flaw);
}

constexpr std::string_view no_argument_verbs[] = {"DATA", "QUIT", "RSET", "STARTTLS", "TURN"};

}  // namespace

Command parse_command(const Line& line) {
  Command command;
  const std::string_view word = ascii::until_blank(line.text);
  command.verb = find_verb(word);
  command.name = command.verb == Verb::unknown ? std::string(word) : ascii::upper(word);
  if (line.text.size() > word.size()) command.argument = line.text.substr(word.size() + 1);
  command.line_end = line.end;
  command.extent = line.extent;
  command.begun = line.begun;
  command.origin = line.origin;
  command.peer_acknowledged = line.peer_acknowledged;
  return command;
}

bool is_surely_command(std::string_view line) noexcept {
  const std::string_view word = ascii::until_blank(line);
  std::string_view rest = ascii::trim(line.substr(word.size()));
  switch (find_verb(word)) {
    case Verb::mail:
      return ascii::starts_no_case(rest, "FROM:");
    case Verb::rcpt:
      return ascii::starts_no_case(rest, "TO:");
    case Verb::data:
    case Verb::quit:
    case Verb::rset:
    case Verb::starttls:
      return rest.empty();
    case Verb::noop:
      return rest.empty();
    case Verb::ehlo:
    case Verb::helo:
    case Verb::lhlo:
      return !rest.empty() && ascii::until_blank(rest) == rest;
    case Verb::bdat:
      return parse_chunk(rest).has_value();
    case Verb::auth:
      return !rest.empty() && ascii::is_upper(ascii::to_upper(rest.front())) &&
             line.substr(0, 4) == "AUTH";
    case Verb::xclient:
    case Verb::xforward:
      return rest.find('=') != std::string_view::npos;
    case Verb::x_anonymoustls:
      return rest.empty();
    case Verb::unknown:
    case Verb::vrfy:
    case Verb::expn:
    case Verb::help:
    case Verb::etrn:
    case Verb::atrn:
    case Verb::turn:
    case Verb::burl:
    case Verb::x_exps:
    case Verb::xexch50:
    case Verb::send:
    case Verb::soml:
    case Verb::saml:
      return false;
  }
  return false;
}

PathArgument parse_path(std::string_view argument, std::string_view keyword) {
  PathArgument path;
  std::string_view rest = ascii::trim(argument);
  if (ascii::starts_no_case(rest, keyword) && rest.substr(keyword.size()).starts_with(':')) {
    rest.remove_prefix(keyword.size() + 1);
  } else {
    add(path.flaws, PathFlaw::no_keyword);
  }
  if (!rest.empty() && ascii::is_blank(rest.front())) {
    add(path.flaws, PathFlaw::blank_after_colon);
    rest = ascii::trim(rest);
  }
  std::string_view address;
  const std::size_t closed =
      rest.starts_with('<') ? bracketed_length(rest) : std::string_view::npos;
  if (closed != std::string_view::npos) {
    address = rest.substr(1, closed - 2);
    rest.remove_prefix(closed);
  } else {
    add(path.flaws, PathFlaw::no_brackets);
    address = ascii::take_word(rest);
    if (address.starts_with('<')) address.remove_prefix(1);
  }
  // A source route, "@a.example,@b.example:user@c.example": servers ignore it (RFC 5321, appendix
  // C).
  if (address.starts_with('@')) {
    const std::size_t colon = address.find(':');
    if (colon != std::string_view::npos) address.remove_prefix(colon + 1);
  }
  path.address = address;
  if (!is_good_address(address, ascii::equal_no_case(keyword, "TO")))
    add(path.flaws, PathFlaw::bad_address);
  while (!ascii::trim(rest).empty()) {
    const std::string_view word = ascii::take_word(rest);
    const std::size_t equals = std::min(word.find('='), word.size());
    if (!is_parameter_keyword(word.substr(0, equals))) add(path.flaws, PathFlaw::bad_parameter);
    path.parameters.push_back({ascii::upper(word.substr(0, equals)),
                               std::string(word.substr(std::min(equals + 1, word.size())))});
  }
  return path;
}

std::optional<ChunkArgument> parse_chunk(std::string_view argument) noexcept {
  const std::string_view number = ascii::take_word(argument);
  if (number.empty()) return std::nullopt;
  ChunkArgument chunk;
  for (const char c : number) {
    if (!ascii::is_digit(c) || chunk.octets > (1ULL << 62) / 10) return std::nullopt;
    chunk.octets = chunk.octets * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const std::string_view last = ascii::take_word(argument);
  if (!last.empty() && !ascii::equal_no_case(last, "LAST")) return std::nullopt;
  chunk.last = !last.empty();
  if (!ascii::trim(argument).empty()) return std::nullopt;
  return chunk;
}

bool is_valid_argument(const Command& command, std::string& why) {
  if (command.verb == Verb::mail || command.verb == Verb::rcpt) {
    const std::string_view keyword = command.verb == Verb::mail ? "FROM" : "TO";
    const PathArgument path = parse_path(command.argument, keyword);
    if (path.flaws.empty()) return true;
    switch (path.flaws.front()) {
      case PathFlaw::no_keyword:
        why = std::string(keyword) + ": is missing";
        break;
      case PathFlaw::blank_after_colon:
        why = "a blank stands behind the colon";
        break;
      case PathFlaw::no_brackets:
        why = "no pair of angle brackets stands around the address";
        break;
      case PathFlaw::bad_address:
        why = "the address is not well-formed";
        break;
      case PathFlaw::bad_parameter:
        why = "a parameter is not well-formed";
        break;
    }
    return false;
  }
  const auto must = [&why](bool holds, const char* else_why) {
    if (!holds) why = else_why;
    return holds;
  };
  const std::string_view argument = ascii::trim(command.argument);
  if (command.verb == Verb::bdat) {
    return must(parse_chunk(argument).has_value(),
                "BDAT needs the number of octets, and nothing but LAST behind it");
  }
  if (is_hello(command.verb)) return must(!argument.empty(), "the name of the client is missing");
  if (command.verb == Verb::auth || command.verb == Verb::vrfy || command.verb == Verb::expn ||
      command.verb == Verb::etrn) {
    return must(!argument.empty(), "the argument is missing");
  }
  if (std::ranges::find(no_argument_verbs, std::string_view(command.name)) !=
      std::end(no_argument_verbs)) {
    return must(argument.empty(), "the command takes no argument");
  }
  return true;
}

}  // namespace smtpscope::smtp
