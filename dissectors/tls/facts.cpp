#include "dissectors/tls/facts.hpp"

#include <algorithm>

namespace smtpscope::tls {

std::string_view name_of(Step step) noexcept {
  switch (step) {
    case Step::nothing:
      return "before the handshake";
    case Step::client_hello:
      return "after the ClientHello";
    case Step::hello_retry:
      return "after the HelloRetryRequest";
    case Step::server_hello:
      return "after the ServerHello";
    case Step::certificate:
      return "after the server's certificate";
    case Step::client_key:
      return "after the client's key";
    case Step::finished:
      return "after the handshake";
  }
  return {};
}

std::string_view word_of(Step step) noexcept {
  switch (step) {
    case Step::nothing:
      return "none";
    case Step::client_hello:
      return "client-hello";
    case Step::hello_retry:
      return "hello-retry";
    case Step::server_hello:
      return "server-hello";
    case Step::certificate:
      return "certificate";
    case Step::client_key:
      return "client-key";
    case Step::finished:
      return "finished";
  }
  return {};
}

const Alert* Facts::fatal_alert() const noexcept {
  constexpr std::uint8_t close_notify = 0, user_canceled = 90, warning = 1;
  const auto found = std::ranges::find_if(alerts, [](const Alert& alert) {
    return alert.level > warning && alert.description != close_notify &&
           alert.description != user_canceled;
  });
  return found == alerts.end() ? nullptr : &*found;
}

}  // namespace smtpscope::tls
