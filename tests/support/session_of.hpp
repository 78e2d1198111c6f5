#pragma once
// Sessions of a text-made capture, by the whole way that packets take.
//
//     const Session session = session_of("connect\nS: 220 mx.example.com\n ...");
#include "analyzer/session/analyzer.hpp"
#include "analyzer/session/session.hpp"
#include "tests/support/script.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace smtpscope::test {

[[nodiscard]] inline std::vector<session::Session> sessions_of(
    std::string_view script, session::FileEnd end = session::FileEnd::whole,
    const session::AnalyzerLimits& limits = {}) {
  session::Analyzer analyzer("script", session::Order::first_packet, limits);
  for (const TestPacket& packet : packets_of(script)) analyzer.take(packet.view());
  analyzer.finish(end);
  std::vector<session::Session> sessions;
  while (auto session = analyzer.next_session()) sessions.push_back(std::move(*session));
  return sessions;
}

// Of a script with one connection.
[[nodiscard]] inline session::Session session_of(std::string_view script,
                                                 session::FileEnd end = session::FileEnd::whole,
                                                 const session::AnalyzerLimits& limits = {}) {
  auto sessions = sessions_of(script, end, limits);
  if (sessions.size() != 1) throw std::invalid_argument("the script has not exactly one session");
  return std::move(sessions.front());
}

}  // namespace smtpscope::test
