#include "tests/bench/web.hpp"

#include "tests/bench/mail.hpp"
#include "tests/bench/tls_shape.hpp"

#include <string>
#include <utility>

namespace smtpscope::bench {
namespace {

constexpr std::uint16_t http_port = 80, https_port = 443;

}  // namespace

Play WebAuthor::next() {
  const bool is_clear = random_.happens(50);
  const auto host = static_cast<std::uint8_t>(1 + random_.below(254));
  Play play{{{203, 0, 113, host}, is_clear ? http_port : https_port}, {}};
  const std::uint64_t requests = 1 + random_.below(4);
  if (is_clear) {
    clear_requests(play.turns, requests);
  } else {
    hidden_requests(play.turns, requests);
  }
  return play;
}

void WebAuthor::clear_requests(std::vector<Turn>& turns, std::uint64_t requests) {
  for (std::uint64_t i = 0; i < requests; ++i) {
    const std::string number = std::to_string(++page_number_);
    say(turns, Side::client,
        {"GET /pages/" + number + " HTTP/1.1", "Host: www.example.org",
         "User-Agent: browser/1.0 (example)", "Accept: text/html, */*;q=0.8", "Accept-Language: en",
         "Connection: keep-alive", ""});
    std::string body = pools_.slice(Matter::text, body_octets(), random_);
    say(turns, Side::server,
        {"HTTP/1.1 200 OK", "Date: Fri, 02 Jan 2026 03:04:05 GMT", "Server: example",
         "Content-Type: text/html; charset=utf-8", "Content-Length: " + std::to_string(body.size()),
         "ETag: \"" + number + "\"", ""});
    turns.back().octets += body;
  }
}

void WebAuthor::hidden_requests(std::vector<Turn>& turns, std::uint64_t requests) {
  turns.push_back(
      {Side::client, tls_hello(Hello::client, pools_.slice(Matter::noise, 32, random_))});
  std::string answer = tls_hello(Hello::server, pools_.slice(Matter::noise, 32, random_));
  answer += tls_records(3000, pools_, random_);
  turns.push_back({Side::server, std::move(answer)});
  for (std::uint64_t i = 0; i < requests; ++i) {
    turns.push_back({Side::client, tls_records(200 + random_.below(600), pools_, random_)});
    turns.push_back({Side::server, tls_records(body_octets(), pools_, random_)});
  }
}

// 60 % pages, 37 % pictures, 3 % downloads.
std::size_t WebAuthor::body_octets() {
  const std::uint64_t share = random_.below(100);
  const std::size_t octets = share < 60 ? 8'000 : share < 97 ? 40'000 : 300'000;
  return octets / 2 + random_.below(octets);
}

}  // namespace smtpscope::bench
