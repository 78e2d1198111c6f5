// Who the client says it is: EHLO and HELO, and what a proxy claims for it.
#include "analyzer/findings/circumstances.hpp"
#include "analyzer/findings/evidence.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "analyzer/findings/rules.hpp"
#include "analyzer/findings/wording.hpp"
#include "analyzer/session/offer.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/smtp/parameter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Command;
using smtp::Exchange;
using smtp::Verb;

bool is_whole_hello(const Exchange& exchange) noexcept {
  return is_whole_command(exchange) && is_hello(exchange.command->verb);
}

// ---- The name -----------------------------------------------------------------------------------
bool is_ip_address(std::string_view name) { return net::parse_address(name).has_value(); }

// [192.0.2.1], [IPv6:2001:db8::1], [tag:text] (RFC 5321, 4.1.3).
bool is_address_literal(std::string_view name) {
  if (name.size() < 3 || name.back() != ']') return false;
  const std::string_view inside = name.substr(1, name.size() - 2);
  if (ascii::starts_no_case(inside, "IPv6:")) {
    const std::string_view address = inside.substr(5);
    return address.find(':') != std::string_view::npos && is_ip_address(address);
  }
  if (inside.find(':') == std::string_view::npos) return is_ip_address(inside);
  const std::string_view tag = inside.substr(0, inside.find(':'));
  return !is_ip_address(inside) && tag.size() + 1 < inside.size() &&
         std::ranges::all_of(tag, [](char c) { return ascii::is_alnum(c) || c == '-'; });
}

bool is_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return ascii::is_alnum(c) || c == '-'; });
}

bool is_domain(std::string_view name) noexcept {
  while (true) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

// What is wrong with the name; nothing if it is as RFC 5321, 4.1.1.1 wants it.
std::optional<std::string_view> fault_of_name(const Session& session, std::string_view name) {
  if (name.starts_with('[')) {
    if (is_address_literal(name)) return std::nullopt;
    return "is no address literal as [192.0.2.1] or [IPv6:2001:db8::1] are";
  }
  if (is_ip_address(name)) return "is an IP address without its brackets";
  if (ascii::equal_no_case(name, "localhost") ||
      ascii::equal_no_case(name, "localhost.localdomain"))
    return "names no host that others could know";
  if (!is_domain(name)) return "is no domain name";
  if (name.find('.') == std::string_view::npos)
    return "has no dot: it is no name that others could look up";
  const std::string_view server = ascii::first_word(session.greeting);
  const bool one_host = session.client.address == session.server.address;
  if (!one_host && server.find('.') != std::string_view::npos && ascii::equal_no_case(name, server))
    return "is the server's own name";
  return std::nullopt;
}

// Users' programs often do not know a name of their own, and servers of submission do not mind (RFC
// 6409, 4.2 lets them add what is missing); behind a proxy or inside one host nobody looks at it.
bool nobody_minds(const Session& session) noexcept {
  const bool submits = session.service == session::Service::submission ||
                       session.service == session::Service::submissions;
  const bool logged_in = std::ranges::any_of(session.exchanges, [](const Exchange& exchange) {
    return exchange.auth && is_accepted(exchange);
  });
  return submits || logged_in || session.protocol == session::Protocol::lmtp ||
         session.client.address == session.server.address;
}

// ---- XCLIENT, XFORWARD --------------------------------------------------------------------------
std::string attributes_words(std::string_view argument) {
  std::vector<std::string> words;
  for (const smtp::Parameter& attribute : smtp::parse_attributes(argument)) {
    words.push_back(fmt::format("{} {}", shortened(attribute.keyword, quoted_octets_max),
                                quoted(attribute.value)));
  }
  return listed(words, 8);
}

}  // namespace

std::vector<Finding> smtp_helo_invalid(const Session& session) {
  if (other_protocol(session)) return {};
  std::vector<Finding> findings;
  std::vector<std::string_view> told;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!is_whole_hello(exchange) || exchange.around_gap) continue;
    const std::string_view name = ascii::first_word(exchange.command->argument);
    if (name.empty() || std::ranges::find(told, name) != told.end())
      continue;  // smtp.bad-syntax tells of none
    const auto fault = fault_of_name(session, name);
    if (!fault) continue;
    told.push_back(name);
    Finding finding =
        found(session, RuleId::smtp_helo_invalid,
              fmt::format("The client named itself {} in {}, which {}; {}.", quoted(name),
                          exchange.command->name, *fault,
                          is_accepted(exchange) ? "the server took it" : answer_words(exchange)),
              packets_of(exchange), index);
    if (nobody_minds(session) && !is_refused(exchange)) finding.severity = Severity::note;
    findings.push_back(std::move(finding));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

std::vector<Finding> smtp_downgrade_to_helo(const Session& session) {
  if (other_protocol(session)) return {};
  const Exchange* refused = nullptr;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!is_whole_hello(exchange) || exchange.around_gap) continue;
    if (exchange.command->verb == Verb::ehlo) refused = is_refused(exchange) ? &exchange : nullptr;
    if (exchange.command->verb != Verb::helo || refused == nullptr) continue;
    std::vector<Origin> evidence = packets_of(*refused);
    std::ranges::copy(packets_of(exchange), std::back_inserter(evidence));
    return {found(session, RuleId::smtp_downgrade_to_helo,
                  fmt::format("The server refused EHLO ({}), and the client went back to HELO: no "
                              "extensions, no TLS.",
                              reply_words(*refused->reply())),
                  std::move(evidence), index)};
  }
  return {};
}

std::vector<Finding> smtp_no_ehlo_after_tls(const Session& session) {
  const bool seen =
      session.tls && (session.tls->decrypted || (session.tls->accept && session.tls->stayed_clear));
  if (!seen || not_tls(session)) return {};
  const auto first = std::ranges::find_if(session.exchanges, [&](const Exchange& exchange) {
    return is_whole_command(exchange) && session::came_under_tls(session.tls, exchange);
  });
  if (first == session.exchanges.end() || is_whole_hello(*first) || first->around_gap) return {};
  const Verb verb = first->command->verb;
  // QUIT, RSET and NOOP need no EHLO; what is no command was no TLS either.
  if (verb == Verb::quit || verb == Verb::noop || verb == Verb::rset || verb == Verb::unknown)
    return {};
  return {found(session, RuleId::smtp_no_ehlo_after_tls,
                fmt::format("The first command after STARTTLS is {}, and not EHLO; {}.",
                            asked_words(*first), answer_words(*first)),
                packets_of(*first), static_cast<std::size_t>(first - session.exchanges.begin()))};
}

std::vector<Finding> smtp_client_override(const Session& session) {
  std::vector<Finding> findings;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!is_whole_command(exchange) || exchange.around_gap) continue;
    const Command& command = *exchange.command;
    if (command.verb != Verb::xclient && command.verb != Verb::xforward) continue;
    const std::string attributes = attributes_words(command.argument);
    if (attributes.empty()) continue;
    findings.push_back(found(session, RuleId::smtp_client_override,
                             fmt::format("{} speaks for another client by {}: {}; {}.",
                                         side_first(session, Side::client), command.name,
                                         attributes, answer_words(exchange)),
                             packets_of(exchange), index));
    if (findings.size() == told_per_rule_max) break;
  }
  return findings;
}

}  // namespace smtpscope::findings
