#include "analyzer/findings/wording.hpp"

#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace smtpscope::findings {
namespace {

using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::Verb;

// mx.example.com; not 5.7.1, which a refused greeting may begin with.
bool is_host_name(std::string_view word) noexcept {
  const std::size_t point = word.rfind('.');
  return point != std::string_view::npos && ascii::is_alnum(word.front()) &&
         ascii::is_alnum(word.back()) && word.size() <= 253 &&
         std::ranges::any_of(word.substr(point), ascii::is_alpha) &&
         std::ranges::all_of(word,
                             [](char c) { return ascii::is_alnum(c) || c == '-' || c == '.'; });
}

// Later lines of a reply repeat the enhanced code of the first (RFC 2034, 4).
std::string_view without_repeat(std::string_view line,
                                const std::optional<smtp::EnhancedCode>& first) {
  if (!first || smtp::parse_enhanced(line) != first) return line;
  return ascii::trim(line.substr(ascii::until_blank(line).size()));
}

// "AUTH PLAIN as alice": never what stands behind the mechanism.
std::string auth_words(const smtp::Command& command, const smtp::AuthExchange* auth) {
  std::string words = command.name;
  if (auth == nullptr) return words;
  if (!auth->mechanism.empty()) words += ' ' + shortened(auth->mechanism, 32);
  if (!auth->user.empty()) words += " as " + shortened(auth->user, 64);
  return words;
}

// 60 of the smaller unit are one of the larger: "2 min 5 s", "2 min".
std::string units_words(std::uint64_t smaller, std::string_view large, std::string_view small) {
  if (smaller % 60 == 0) return fmt::format("{} {}", smaller / 60, large);
  return fmt::format("{} {} {} {}", smaller / 60, large, smaller % 60, small);
}

}  // namespace

std::string span_words(Nanoseconds span) {
  const double seconds = to_seconds(span);
  if (seconds < 0.001) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 0.1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 120) return fmt::format("{} s", whole);
  constexpr std::uint64_t minute = 60, hour = 60 * minute, day = 24 * hour;
  if (whole >= 2 * day) return fmt::format("{} days", (whole + day / 2) / day);
  if (whole >= 2 * hour) return units_words(whole / minute, "h", "min");
  return units_words(whole, "min", "s");
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view several) {
  if (count == 1) return fmt::format("1 {}", one);
  return several.empty() ? fmt::format("{} {}s", count, one) : fmt::format("{} {}", count, several);
}

std::string ordinal(std::size_t number) {
  const bool teen = number % 100 / 10 == 1;
  const std::size_t digit = teen ? 0 : number % 10;
  const std::string_view ending = digit == 1 ? "st" : digit == 2 ? "nd" : digit == 3 ? "rd" : "th";
  return fmt::format("{}{}", number, ending);
}

std::string frame_words(const session::Session& session, const Origin& origin) {
  if (origin.frame == 0) return fmt::format("the end of the {}", record_word(session));
  const std::string_view file = session.other_file(origin.frame);
  const std::string number =
      fmt::format("{} {}", session.transcript ? "line" : "frame", origin.frame.number);
  return file.empty() ? number : fmt::format("{} of {}", number, file);
}

std::string session_words(const session::Session& session, const SessionRef& other) {
  return fmt::format("session {} ({} to {})", other.id, frame_words(session, other.first),
                     frame_words(session, other.last));
}

std::string_view record_word(const session::Session& session) noexcept {
  return session.transcript ? "transcript" : "capture";
}

std::string listed(const std::vector<std::string>& words, std::size_t most) {
  std::string list;
  const std::size_t shown = std::min(words.size(), most);
  const bool all = shown == words.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) list += all && i + 1 == shown ? " and " : ", ";
    list += words[i];
  }
  if (!all) list += fmt::format(" and {} more", words.size() - shown);
  return list;
}

std::string shortened(std::string_view wire, std::size_t octets_max) {
  if (wire.size() <= octets_max) return std::string(wire);
  std::size_t end = octets_max;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(wire[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && octets_max - end < 3 && continues(end)) --end;
  return std::string(wire.substr(0, end)) + "...";
}

std::string_view name_of(Side side) noexcept { return side == Side::client ? "client" : "server"; }

std::string quoted(std::string_view wire) { return '"' + shortened(wire, quoted_octets_max) + '"'; }

std::string reply_words(const smtp::Reply& reply, std::size_t octets_max) {
  std::string words = fmt::format("{:03}", reply.code);
  for (std::size_t line = 0; line < reply.text.size() && words.size() <= octets_max; ++line) {
    const std::string_view text = line == 0 ? std::string_view(reply.text[line])
                                            : without_repeat(reply.text[line], reply.enhanced);
    if (text.empty()) continue;
    words += ' ';
    words += text;
  }
  return shortened(words, octets_max);
}

std::string asked_words(const Exchange& exchange) {
  if (exchange.kind == ExchangeKind::greeting) return "the connection";
  if (exchange.kind == ExchangeKind::end_of_data) return "the end of the message";
  if (!exchange.command) return "a command that is not in the capture";
  const smtp::Command& command = *exchange.command;
  if (command.secret) return "a line that looks like an authentication response";
  if (command.verb == Verb::auth || command.verb == Verb::x_exps) {
    return auth_words(command, exchange.auth ? &*exchange.auth : nullptr);
  }
  if (command.name.empty() && command.argument.empty()) return "an empty line";
  std::string words = command.name;
  if (!command.argument.empty()) words += ' ' + command.argument;
  return shortened(words, quoted_octets_max);
}

std::string answer_words(const Exchange& exchange) {
  if (const smtp::Reply* reply = exchange.reply())
    return "the server answered " + reply_words(*reply);
  if (exchange.unanswered == smtp::Unanswered::never) return "the server never answered";
  return "the answer is not in the capture";
}

std::string departure_words(const session::Session& session, const Departure& departure) {
  const std::string who = departure.by ? side_words(session, *departure.by) : "a side";
  switch (departure.how) {
    case Departure::How::fin:
      return who + (session.transcript ? " closed the connection" : " closed the connection (FIN)");
    case Departure::How::reset:
      return who + " reset the connection (RST)";
    case Departure::How::silence:
      return "there was silence";
    case Departure::How::capture_end:
      break;
  }
  return fmt::format("the {} ended", record_word(session));
}

std::string host_words(const session::Session& session, Side side) {
  const net::Endpoint& endpoint = side == Side::client ? session.client : session.server;
  if (!session.transcript || session::is_known(endpoint.address))
    return net::to_string(endpoint.address);
  return side == Side::server ? session.transcript->server : std::string();
}

std::string side_words(const session::Session& session, Side side) {
  const std::string host = host_words(session, side);
  return fmt::format("the {}{}{}", name_of(side), host.empty() ? "" : " ", host);
}

std::string side_first(const session::Session& session, Side side) {
  std::string words = side_words(session, side);
  words.front() = ascii::to_upper(words.front());
  return words;
}

std::string hop_limit_words(const session::Session& session, std::optional<Side> by,
                            std::uint8_t hop_limit) {
  if (!by) return {};
  const tcp::HopLimits& others = session.transport.hop_limits[static_cast<std::size_t>(*by)];
  if (!others.any() || others.has(hop_limit)) return {};
  const std::string range = others.least == others.most
                                ? fmt::format("{}", others.least)
                                : fmt::format("{} to {}", others.least, others.most);
  return fmt::format(
      ", and its hop limit is {} where the {}'s other packets have {}: it may come from a box in "
      "between",
      hop_limit, name_of(*by), range);
}

std::string server_name(const session::Session& session) {
  const std::string_view word = ascii::until_blank(session.greeting);
  if (session.has_greeting() && !word.empty() && is_host_name(word)) return std::string(word);
  const std::string host = host_words(session, Side::server);
  return host.empty() ? std::string("the server") : host;
}

}  // namespace smtpscope::findings
