#pragma once
// The words for our enumerations, as they stand in JSON (docs/session.schema.json) and in text.
#include "analyzer/session/session.hpp"
#include "analyzer/session/timing.hpp"

#include <cstdint>
#include <string_view>

namespace smtpscope::render {

[[nodiscard]] std::string_view name_of(session::Protocol protocol) noexcept;
[[nodiscard]] std::string_view name_of(session::Service service) noexcept;
[[nodiscard]] std::string_view name_of(session::RecipientOutcome outcome) noexcept;
[[nodiscard]] std::string_view name_of(session::TransactionOutcome outcome) noexcept;
[[nodiscard]] std::string_view name_of(session::Step step) noexcept;
[[nodiscard]] std::string_view name_of(tcp::Opened opened) noexcept;
[[nodiscard]] std::string_view name_of(tcp::Closed closed) noexcept;
[[nodiscard]] std::string_view name_of(GapCause cause) noexcept;
[[nodiscard]] std::string_view name_of(session::FailureKind kind) noexcept;
[[nodiscard]] std::string_view name_of(smtp::Unanswered unanswered) noexcept;
[[nodiscard]] std::string_view name_of(smtp::ReplyFlaw flaw) noexcept;
[[nodiscard]] std::string_view name_of(smtp::LineEnd end) noexcept;
[[nodiscard]] std::string_view name_of(smtp::TlsFacts::Mode mode) noexcept;
[[nodiscard]] std::string_view name_of(tls::Closed closed) noexcept;
[[nodiscard]] std::string_view name_of(Side side) noexcept;
// An addition to a PROXY header: "authority"; empty for those that the specification does not name.
[[nodiscard]] std::string_view name_of_tlv(std::uint8_t type) noexcept;

}  // namespace smtpscope::render
