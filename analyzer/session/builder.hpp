#pragma once
// Builds the Session of one connection from the events of its two directions.
//
//     tcp::Connection --(Side, StreamEvent)--> Builder [smtp::Dialogue] --> Session
#include "analyzer/session/session.hpp"
#include "dissectors/smtp/dialogue.hpp"

#include <memory>
#include <string>
#include <vector>

namespace smtpscope::session {

class Builder {
 public:
  // `files`: the names of the capture's files, by FrameId::file.
  Builder(std::shared_ptr<const std::vector<std::string>> files, smtp::Start start,
          smtp::DialogueLimits limits = {});

  void take(Side side, const StreamEvent& event);
  // Everything was taken, both Ends included. `cut_short`: the file breaks off inside a packet.
  [[nodiscard]] Session finish(const tcp::Connection& connection, bool cut_short);

 private:
  void take_exchanges();
  void note_gap(Side side, const Gap& gap);
  void read_hello(const smtp::Exchange& exchange);

  smtp::Dialogue dialogue_;
  Session session_;
};

// Where mail is spoken, by port: what a flow on it is taken for without looking at its content.
[[nodiscard]] bool is_mail_port(std::uint16_t port) noexcept;
[[nodiscard]] Service service_of(std::uint16_t port) noexcept;

}  // namespace smtpscope::session
