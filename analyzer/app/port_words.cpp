#include "analyzer/app/port_words.hpp"

#include <fmt/format.h>

#include <charconv>

namespace smtpscope::app {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stopped != end || port == 0) return std::nullopt;
  return port;
}

std::optional<session::PortRange> parse_range(std::string_view text) {
  const std::size_t hyphen = text.find('-');
  const auto first = parse_port(text.substr(0, hyphen));
  const auto last = hyphen == std::string_view::npos ? first : parse_port(text.substr(hyphen + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return session::PortRange{*first, *last};
}

}  // namespace

std::optional<std::vector<session::PortRange>> parse_ports(std::string_view text) {
  std::vector<session::PortRange> ports;
  for (;;) {
    const std::size_t comma = text.find(',');
    const auto range = parse_range(text.substr(0, comma));
    if (!range) return std::nullopt;
    ports.push_back(*range);
    if (comma == std::string_view::npos) return ports;
    text.remove_prefix(comma + 1);
  }
}

std::optional<session::ForcedPort> parse_forced_port(std::string_view text) {
  constexpr std::string_view field = "tcp.port==";
  if (!text.starts_with(field)) return std::nullopt;
  text.remove_prefix(field.size());
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto port = parse_port(text.substr(0, comma));
  const std::string_view protocol = text.substr(comma + 1);
  if (!port || (protocol != "smtp" && protocol != "lmtp")) return std::nullopt;
  return session::ForcedPort{
      *port, protocol == "lmtp" ? session::Protocol::lmtp : session::Protocol::smtp};
}

std::string filter_of(const std::vector<session::PortRange>& ports) {
  std::string filter = "tcp and (";
  const char* mark = "";
  for (const session::PortRange& range : ports) {
    filter += range.first == range.last
                  ? fmt::format("{}port {}", mark, range.first)
                  : fmt::format("{}portrange {}-{}", mark, range.first, range.last);
    mark = " or ";
  }
  return filter + ")";
}

}  // namespace smtpscope::app
