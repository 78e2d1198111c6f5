#include "analyzer/render/redact.hpp"

#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/auth.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace smtpscope::render {
namespace {

constexpr std::size_t secret_octets_min = 4;
constexpr std::size_t beginning_octets = 8;
constexpr std::size_t begin_bits = 1U << 16;
// Longer messages that name the user are not looked for as a whole, only what is secret in them: a
// text could begin like one of them at each of its octets.
constexpr std::size_t whole_octets_max = 512;

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_base64(char c) noexcept { return ascii::is_alnum(c) || c == '+' || c == '/' || c == '='; }

// Of four octets, evenly.
std::size_t begin_hash(std::string_view text) noexcept {
  std::uint32_t gram = 0;
  for (const char c : text.substr(0, 4)) gram = (gram << 8) | static_cast<unsigned char>(c);
  return (gram * 2654435761U) >> 16;
}

std::size_t common_beginning(std::string_view a, std::string_view b) noexcept {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

std::string_view view_of(const std::string& text) noexcept { return text; }

void sort_once(std::vector<std::string>& texts) {
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

// The characters that `secret` alone decides in the base64 of a text in which it stands `shift`
// octets behind a multiple of three.
std::string base64_core(std::string_view secret, std::size_t shift) {
  std::string core;
  std::uint32_t held = 0;
  std::size_t bits = shift * 8 % 6;
  const std::size_t foreign = bits;  // bits of the first character that belong to the octet before
  for (const char c : secret) {
    held = (held << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) core += base64_alphabet[(held >> (bits - 6)) & 0x3fU];
  }
  if (foreign != 0) core.erase(0, 1);
  return core;
}

// "user=alice" and "n,a=alice,": the field of an OAuth message that holds nothing but the user.
bool is_user_field(std::string_view secret, std::string_view user) noexcept {
  if (user.empty()) return false;
  if (secret.ends_with(',')) secret.remove_suffix(1);
  if (!secret.ends_with(user)) return false;
  secret.remove_suffix(user.size());
  return secret.ends_with('=');
}

// The name of a mechanism (RFC 4422, 3.1), as opposed to a response that stands in its place. Names
// are in one case, and base64 hardly ever is; but for those names that people type as they like.
bool is_mechanism(std::string_view word) noexcept {
  constexpr std::array<std::string_view, 6> typed = {"PLAIN", "LOGIN",   "CRAM-MD5",
                                                     "NTLM",  "XOAUTH2", "DIGEST-MD5"};
  if (std::ranges::any_of(typed, [&](auto name) { return ascii::equal_no_case(name, word); }))
    return true;
  const bool is_name = word.size() <= 20 && std::ranges::all_of(word, [](char c) {
                         return ascii::is_alnum(c) || c == '-' || c == '_';
                       });
  return is_name && (std::ranges::none_of(word, ascii::is_lower) ||
                     std::ranges::none_of(word, ascii::is_upper));
}

bool is_auth(smtp::Verb verb) noexcept {
  return verb == smtp::Verb::auth || verb == smtp::Verb::x_exps;
}

// Behind `begin`, where a secret begins that ends at `end`: from where on to look for one that
// overlaps it. Two that have more in common would be one and the same; and without a limit long
// ones would take the square of their length.
std::size_t last_overlap(std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t overlap_octets_max = 64;
  return std::max(begin + 1, end - std::min(end, overlap_octets_max));
}

// Of BURL's argument: the URL's ";URLAUTH=access:mechanism:token" opens the message to whoever has
// it (RFC 4467).
std::string_view token_of(std::string_view argument) noexcept {
  constexpr std::string_view keyword = ";URLAUTH=";
  const std::size_t found = ascii::find_no_case(argument, keyword);
  if (found == std::string_view::npos) return {};
  std::string_view rights = argument.substr(found + keyword.size());
  rights = ascii::until_blank(rights);
  const std::size_t colon = rights.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : rights.substr(colon + 1);
}

std::string line_of(const smtp::Command& command) {
  return command.argument.empty() ? command.name : command.name + ' ' + command.argument;
}

}  // namespace

void SecretSet::add(std::string secret, Match match) {
  if (secret.size() < secret_octets_min) return;
  const bool is_long = secret.size() >= beginning_octets;
  note_begin(secret);
  (match == Match::beginning && is_long ? begun_ : whole_).push_back(std::move(secret));
}

void SecretSet::note_begin(std::string_view secret) {
  if (begins_.empty()) begins_.resize(begin_bits / 64);
  const std::size_t bit = begin_hash(secret);
  begins_[bit / 64] |= std::uint64_t{1} << (bit % 64);
}

void SecretSet::seal() {
  sort_once(whole_);
  sort_once(begun_);
  shorter_.assign(whole_.size(), none);
  for (std::size_t i = 1; i < whole_.size(); ++i) {
    std::size_t candidate = i - 1;
    while (candidate != none && !whole_[i].starts_with(whole_[candidate]))
      candidate = shorter_[candidate];
    shorter_[i] = candidate;
  }
}

std::size_t SecretSet::match(std::string_view text) const noexcept {
  if (text.size() < secret_octets_min || empty()) return 0;
  const std::size_t bit = begin_hash(text);
  if ((begins_[bit / 64] >> (bit % 64) & 1U) == 0) return 0;
  return std::max(match_whole(text), match_beginning(text));
}

// All secrets that `text` begins with are the last one that is not sorted behind it, or stand in
// that one's chain of ever shorter ones.
std::size_t SecretSet::match_whole(std::string_view text) const noexcept {
  const auto behind = std::ranges::upper_bound(whole_, text, {}, view_of);
  if (behind == whole_.begin()) return 0;
  auto at = static_cast<std::size_t>(behind - whole_.begin()) - 1;
  const std::size_t common = common_beginning(whole_[at], text);
  while (at != none && whole_[at].size() > common) at = shorter_[at];
  return at == none ? 0 : whole_[at].size();
}

// Of all secrets the two that `text` would stand between have the longest beginnings in common with
// it.
std::size_t SecretSet::match_beginning(std::string_view text) const noexcept {
  const auto behind = std::ranges::lower_bound(begun_, text, {}, view_of);
  std::size_t longest = behind == begun_.end() ? 0 : common_beginning(*behind, text);
  if (behind != begun_.begin())
    longest = std::max(longest, common_beginning(*std::prev(behind), text));
  return longest >= beginning_octets ? longest : 0;
}

Redactor::Redactor(const session::Session& session, Secrets secrets) : secrets_(secrets) {
  if (secrets == Secrets::show) return;
  if (session.proxy) add_login(session.proxy->said);
  for (const smtp::Exchange& exchange : session.exchanges) {
    if (exchange.auth) add_secrets(*exchange.auth);
    if (!exchange.command) continue;
    const smtp::Command& command = *exchange.command;
    const std::string_view word = ascii::first_word(command.argument);
    if (is_auth(command.verb) && !is_mechanism(word)) {
      add_response(word);
      add_response(ascii::upper(word));  // as it stands in AuthExchange::mechanism
    }
    if (command.verb == smtp::Verb::burl) add_decoded(token_of(command.argument), {});
    if (command.secret) add_response(line_of(command));
  }
  clear_.seal();
  encoded_.seal();
}

void Redactor::add_secrets(const smtp::AuthExchange& auth) {
  for (const std::string& secret : smtp::secrets_of(auth)) {
    const bool as_sent = std::ranges::any_of(
        auth.responses, [&](const std::string& line) { return ascii::trim(line) == secret; });
    const bool encoded = as_sent && smtp::decode_base64(secret);
    if (encoded) encoded_.add(secret, SecretSet::Match::beginning);
    if (!encoded) add_decoded(secret, auth.user);
  }
}

// The password of SOCKS; of HTTP's "Basic YWxpY2U6c2VjcmV0" what stands behind the scheme, and
// decoded.
void Redactor::add_login(const proxy::Facts& said) {
  add_decoded(said.password, said.user);
  const std::string_view value = said.authorization;
  const std::string_view token = ascii::trim(value.substr(std::min(value.find(' '), value.size())));
  add_response(token);
  const auto decoded = smtp::decode_base64(token);
  if (!decoded) return;
  const std::size_t colon = decoded->find(':');
  if (colon != std::string::npos) add_decoded(std::string_view(*decoded).substr(colon + 1), {});
}

// A response of which no more is known than its octets.
void Redactor::add_response(std::string_view line) {
  smtp::AuthExchange stray;
  stray.responses.emplace_back(line);
  add_secrets(stray);
}

void Redactor::add_decoded(std::string_view secret, std::string_view user) {
  if (secret.size() < secret_octets_min || is_user_field(secret, user)) return;
  const bool names_user = !user.empty() && secret.find(user) != std::string_view::npos;
  const bool is_long = secret.size() > whole_octets_max;
  if (!names_user || !is_long) {
    // The beginning of one that names the user may be that name and nothing else.
    using enum SecretSet::Match;
    clear_.add(std::string(secret), names_user ? whole : beginning);
    for (std::size_t shift = 0; shift < 3; ++shift) {
      encoded_.add(base64_core(secret, shift), is_long ? beginning : whole);
    }
  }
  constexpr std::string_view bearer = "Bearer ";  // RFC 7628: auth=Bearer token
  const std::size_t token = secret.rfind(bearer);
  if (token != std::string_view::npos) {
    add_decoded(secret.substr(token + bearer.size()), {});
  } else if (names_user && secret.starts_with(user) &&
             secret.substr(user.size()).starts_with(' ')) {
    add_decoded(secret.substr(user.size() + 1), {});  // RFC 2195: user digest
  }
}

// What to mask if a secret begins at `at`; empty if none does. Octets before `free_from` are masked
// already.
Extent Redactor::secret_at(std::string_view text, std::size_t at,
                           std::size_t free_from) const noexcept {
  Extent extent{at, at + clear_.match(text.substr(at))};
  const std::size_t encoded = encoded_.match(text.substr(at));
  if (encoded == 0) return extent;
  // The characters on either side may hold bits of the secret, or what belongs to it.
  std::size_t end = at + encoded;
  while (end < text.size() && is_base64(text[end])) ++end;
  while (extent.begin > free_from && is_base64(text[extent.begin - 1])) --extent.begin;
  extent.end = std::max<StreamOffset>(extent.end, end);
  return extent;
}

std::string_view Redactor::clean(std::string_view text, std::string& scratch) const {
  if (clear_.empty() && encoded_.empty()) return text;
  scratch.clear();
  std::size_t done = 0;  // of text: is in scratch
  for (std::size_t at = 0; at < text.size(); ++at) {
    Extent secret = secret_at(text, at, done);
    if (secret.size() == 0) continue;
    // Another one may begin in it, and reach further.
    for (std::size_t inside = last_overlap(at, secret.end); inside < secret.end; ++inside) {
      const StreamOffset end = secret_at(text, inside, inside).end;
      if (end <= secret.end) continue;
      secret.end = end;
      inside = last_overlap(inside, end) - 1;
    }
    const bool is_beside_another = done > 0 && secret.begin == done;
    scratch += text.substr(done, secret.begin - done);
    if (!is_beside_another) scratch += masked;
    done = secret.end;
    at = done - 1;
  }
  if (done == 0) return text;
  scratch += text.substr(done);
  return scratch;
}

Redactor::CommandLine Redactor::command(const smtp::Command& command, std::string& scratch) const {
  if (secrets_ == Secrets::show) return {command.name, command.argument};
  if (command.secret) return {masked, {}};
  if (is_auth(command.verb)) return auth_command(command, scratch);
  if (command.verb != smtp::Verb::unknown) return {command.name, clean(command.argument, scratch)};
  // A secret may have a blank in it, and so lie across both.
  if (clear_.empty() && encoded_.empty()) return {command.name, command.argument};
  const std::string line = line_of(command);
  if (clean(line, scratch) == line) return {command.name, command.argument};
  return {scratch, {}};
}

std::string_view Redactor::mechanism(const smtp::Exchange& exchange) const noexcept {
  const std::string_view mechanism = exchange.auth ? exchange.auth->mechanism : std::string_view();
  if (secrets_ == Secrets::show || !exchange.command) return mechanism;
  return is_mechanism(ascii::first_word(exchange.command->argument)) ? mechanism : masked;
}

// A mechanism is a word of its own; whatever stands in another place, or is none, is the client's
// secret.
Redactor::CommandLine Redactor::auth_command(const smtp::Command& command,
                                             std::string& scratch) const {
  const std::string_view argument = ascii::trim(command.argument);
  if (argument.empty()) return {command.name, {}};
  const std::string_view word = ascii::first_word(argument);
  if (!is_mechanism(word)) return {command.name, masked};
  if (word.size() == argument.size()) return {command.name, word};
  scratch = word;
  scratch += ' ';
  scratch += masked;
  return {command.name, scratch};
}

}  // namespace smtpscope::render
