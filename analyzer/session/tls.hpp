#pragma once
// What shows of a session's TLS: its handshake, its records, and with keys what they opened.
#include "dissectors/tls/certificate.hpp"
#include "dissectors/tls/facts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::session {

struct TlsSeen {
  tls::Facts facts;  // certificates as octets are not kept: they are read below
  // Of the server, its own first; those that could be read.
  std::vector<tls::Certificate> certificates;
  std::vector<tls::Certificate> client_certificates;  // likewise
  std::string ja3, ja3s, ja4;                         // empty without the hello that they are of
  [[nodiscard]] const tls::Certificate* certificate() const noexcept {
    return certificates.empty() ? nullptr : &certificates.front();
  }
  // What the client called the server; empty if it did not.
  [[nodiscard]] std::string_view server_name() const noexcept {
    return facts.client_hello ? std::string_view(facts.client_hello->server_name)
                              : std::string_view();
  }
};

}  // namespace smtpscope::session
