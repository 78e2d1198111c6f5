#pragma once
// What a server's answer to EHLO or LHLO offers: a keyword a line, with its values (RFC 5321,
// 4.1.1.1).
//
//     250-mx.example.com        the first line is the server's name, and a greeting
//     250-SIZE 10240000         SIZE, one value
//     250-AUTH PLAIN LOGIN      AUTH, two values
//     250 AUTH=PLAIN LOGIN      the form from before the RFC: AUTH, too
//
// Pure. Every octet sequence is a legal input.
#include "dissectors/smtp/reply.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::smtp {

struct Capability {
  std::string keyword;              // in capitals; "AUTH" for AUTH= too
  std::vector<std::string> values;  // as sent
  std::string line;                 // the whole line as sent, trimmed
  // The keyword is one: letters, digits and "-" (also "_" and ".", as Exim and others do).
  bool well_formed = true;
};

// One line of the answer, behind the first.
[[nodiscard]] Capability parse_capability(std::string_view line);
// All lines but the first. The reply need not be complete.
[[nodiscard]] std::vector<Capability> capabilities_of(const Reply& hello);
[[nodiscard]] const Capability* find_capability(const std::vector<Capability>& offered,
                                                std::string_view keyword) noexcept;

// SIZE (RFC 1870, 4): the largest message in octets. Nothing where there is no fixed limit: no
// value, 0, or one that is no number.
[[nodiscard]] std::optional<std::uint64_t> size_limit(
    const std::vector<Capability>& offered) noexcept;
// LIMITS (RFC 9422, 3 and 6): "LIMITS RCPTMAX=100 MAILMAX=20". The value of one of them.
[[nodiscard]] std::optional<std::uint64_t> limit_of(const std::vector<Capability>& offered,
                                                    std::string_view name) noexcept;
// Is this a mechanism that AUTH offers? In any case.
[[nodiscard]] bool offers_mechanism(const std::vector<Capability>& offered,
                                    std::string_view mechanism) noexcept;

}  // namespace smtpscope::smtp
