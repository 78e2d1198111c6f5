#pragma once
// A part of the connections of a capture: so that several threads, or several machines, share the
// work without a word between them. Each reads the whole capture and leaves out what is not its
// own.
#include "analyzer/tcp/flow_table.hpp"
#include "dissectors/net/segment.hpp"

#include <cstdint>

namespace smtpscope::session {

struct Shard {
  // What decides: both directions of a connection always fall into one shard.
  enum class By : std::uint8_t {
    flow,  // addresses and ports: as even as it gets
    // Addresses alone: all connections between two hosts stay together, and what is told across
    // them.
    hosts,
  };
  std::uint32_t index = 0;  // of this one, from 0
  std::uint32_t count = 1;
  By by = By::flow;

  // Of what belongs to no connection (ARP, UDP, fragments) the first one keeps the accounts.
  [[nodiscard]] bool is_first() const noexcept { return index == 0; }
  // The same on every machine, and in every version: outputs of both may be put together.
  [[nodiscard]] bool has(const tcp::FlowKey& key) const noexcept;
};

}  // namespace smtpscope::session
