#pragma once
// The words of --ports and -d.
#include "analyzer/session/ports.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::app {

// "25,587,10000-10030". Nothing if it is no such list.
[[nodiscard]] std::optional<std::vector<session::PortRange>> parse_ports(std::string_view text);
// "tcp.port==2525,smtp", as tshark writes it. Nothing if it is none.
[[nodiscard]] std::optional<session::ForcedPort> parse_forced_port(std::string_view text);
// What captures these ports and no others.
[[nodiscard]] std::string filter_of(const std::vector<session::PortRange>& ports);

}  // namespace smtpscope::app
