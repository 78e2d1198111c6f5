#pragma once
// Builds the Session of one connection from the events of its two directions.
//
//     tcp::Connection --(Side, StreamEvent)--> Builder [proxy::Prelude -> smtp::Dialogue] --> Session
#include "analyzer/session/session.hpp"
#include "dissectors/proxy/prelude.hpp"
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
  // LMTP, although the capture does not show LHLO.
  void assume_lmtp() noexcept { dialogue_.assume_lmtp(); }

  void take(Side side, const StreamEvent& event);
  // Everything was taken, both Ends included. `cut_short`: the file breaks off inside a packet.
  [[nodiscard]] Session finish(const tcp::Connection& connection, bool cut_short);

 private:
  void take_prelude(Side side, const StreamEvent& event);
  void note_prelude();
  void take_exchanges();
  [[nodiscard]] bool answers_header(const smtp::Exchange& exchange) const noexcept;
  void note_gap(Side side, const Gap& gap);
  void read_hello(const smtp::Exchange& exchange);

  proxy::Prelude prelude_;
  smtp::Dialogue dialogue_;
  Session session_;
};

}  // namespace smtpscope::session
