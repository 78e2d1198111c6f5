#pragma once
// What a key log opens in a capture: the plain text of each connection, on any port.
#include "dissectors/tls/conversation.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace smtpscope::test {

struct OpenedConnection {
  std::pair<unsigned, unsigned> ports;  // the client's, the server's
  std::string client, server;           // plain octets; what is missing leaves nothing behind
  bool gaps = false;
  tls::Facts facts;
};

// In the order of their first packets. `stop_at_tls`: octets before the first record (STARTTLS and
// kin) are passed over.
[[nodiscard]] std::vector<OpenedConnection> opened_connections(const std::filesystem::path& capture,
                                                               const tls::KeyLog& keys);

}  // namespace smtpscope::test
