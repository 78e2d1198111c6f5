#include "analyzer/transcript/tool_reader.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace smtpscope::transcript {
namespace {

// "--:--:--" or "0:00:01", eight columns wide.
bool is_clock_of_meter(std::string_view text) noexcept {
  return text.size() == 8 && text[2] == ':' && text[5] == ':' &&
         std::ranges::all_of(
             text, [](char c) { return ascii::is_digit(c) || c == '-' || c == ':' || c == ' '; });
}

bool is_of_meter(char c) noexcept {
  return ascii::is_digit(c) || c == ' ' || c == '-' || c == ':' || c == '.' || c == 'k' ||
         c == 'M' || c == 'G';
}

// "100   100    0     0  100   100      0   3485 --:--:-- --:--:-- --:--:--  3571", and what curl writes next behind it.
std::size_t meter_octets(std::string_view text) noexcept {
  constexpr std::size_t clock = 8, speed_behind = 6;
  std::size_t end = 0;
  for (std::size_t at = 0; at + clock + speed_behind <= text.size() && is_of_meter(text[at]);
       ++at) {
    if (is_clock_of_meter(text.substr(at, clock))) end = at + clock + speed_behind;
  }
  return end;
}

}  // namespace

bool begins_with_code(std::string_view line) noexcept {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5') return false;
  if (!ascii::is_digit(line[1]) || !ascii::is_digit(line[2])) return false;
  return line.size() == 3 || line[3] == ' ' || line[3] == '-';
}

std::string_view without_clock(std::string_view line) noexcept {
  constexpr std::string_view form = "00:00:00.000000 ";
  if (line.size() < form.size()) return line;
  for (std::size_t at = 0; at < form.size(); ++at) {
    if (form[at] == '0' ? !ascii::is_digit(line[at]) : line[at] != form[at]) return line;
  }
  return line.substr(form.size());
}

std::string_view shown_part(std::string_view line) noexcept {
  while (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t back = line.rfind('\r');
  if (back == std::string_view::npos) return line;
  const std::string_view last = line.substr(back + 1);
  const std::size_t meter = meter_octets(last);
  return meter > 0 ? last.substr(meter) : line;
}

std::string_view between(std::string_view line, std::string_view begin,
                         std::string_view end) noexcept {
  const std::size_t at = line.find(begin);
  if (at == std::string_view::npos) return {};
  line.remove_prefix(at + begin.size());
  return line.substr(0, line.find(end));
}

std::uint16_t port_of(std::string_view digits) noexcept {
  std::uint16_t port = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? port
                                                                             : std::uint16_t{0};
}

// ---- Gatherer -----------------------------------------------------------------------------------
Transcript& Gatherer::current() {
  if (full_) return left_out_;
  if (sessions_.empty()) {
    sessions_.emplace_back().tool = tool_;
    sessions_.back().first_line = line_;
  }
  sessions_.back().last_line = line_;
  return sessions_.back();
}

void Gatherer::begin_connection() {
  if (sessions_.empty() || full_) return;
  const Transcript& last = sessions_.back();
  if (last.pieces.empty() && !last.ending && !last.tls)
    return;  // another address of the same server
  if (sessions_.size() >= limits_.sessions) {
    sessions_.back().cut_short = full_ = true;
    return;
  }
  sessions_.emplace_back().tool = tool_;
  sessions_.back().first_line = line_;
}

bool Gatherer::has_room() {
  if (full_) return false;
  if (pieces_++ < limits_.pieces) return true;
  current().cut_short = true;
  return false;
}

void Gatherer::say(Side side, std::string_view text) {
  std::string octets(text);
  octets += "\r\n";
  say_octets(side, std::move(octets));
}

void Gatherer::say_octets(Side side, std::string octets) {
  if (octets.empty() || !has_room()) return;
  Transcript& session = current();
  session.pieces.push_back({side, std::move(octets), line_, session.tls.has_value()});
}

void Gatherer::hide_message() {
  if (!has_room()) return;
  Transcript& session = current();
  session.pieces.push_back({Side::client, {}, line_, session.tls.has_value()});
}

void Gatherer::take_back_line_of(std::string_view letters) {
  auto& pieces = current().pieces;
  if (pieces.empty() || pieces.back().side != Side::client || pieces.back().octets.empty()) return;
  if (letters.find(pieces.back().octets.front()) != std::string_view::npos) pieces.pop_back();
}

// Without a dialogue before it, it is TLS from the first octet on.
void Gatherer::begin_tls() {
  Transcript& session = current();
  if (session.tls) return;
  session.tls.emplace();
  session.tls->line = line_;
  session.tls->mode =
      session.pieces.empty() ? smtp::TlsFacts::Mode::implicit : smtp::TlsFacts::Mode::starttls;
}

void Gatherer::connected() {
  Transcript& session = current();
  if (!session.connected) session.connected = line_;
  if (session.pieces.empty()) session.failure.reset();  // of an address before
}

void Gatherer::set_server(std::string_view name, std::uint16_t port) {
  Transcript& session = current();
  if (const auto address = net::parse_address(name)) session.server.address = *address;
  if (!name.empty() && (session.server_name.empty() || !net::parse_address(name)))
    session.server_name = bounded(name);
  if (port != 0) session.server.port = port;
}

void Gatherer::fail(session::FailureKind kind, std::string_view words) {
  Transcript& session = current();
  if (!session.failure) session.failure = Failure{kind, bounded(ascii::trim(words)), line_};
}

void Gatherer::end(Side by, bool is_shown) {
  Transcript& session = current();
  if (!session.ending) session.ending = Ending{by, line_, is_shown};
}

}  // namespace smtpscope::transcript
