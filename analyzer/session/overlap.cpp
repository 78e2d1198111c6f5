#include "analyzer/session/overlap.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace smtpscope::session {
namespace {

// The octets of a command as they must have been on the wire; nothing if blanks or a bare LF make
// it unsure.
std::optional<std::string> wire_text(const smtp::Command& command) {
  if (command.line_end != smtp::LineEnd::crlf) return std::nullopt;
  std::string text = command.name;
  if (!command.argument.empty()) text += ' ' + command.argument;
  text += "\r\n";
  return text.size() == command.extent.size() ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<std::string> wire_text(const smtp::Reply& reply) {
  if (!reply.flaws.empty() || !reply.strays.empty() || reply.text.empty()) return std::nullopt;
  std::string text;
  for (std::size_t line = 0; line < reply.text.size(); ++line) {
    text += std::to_string(reply.code);
    text += line + 1 < reply.text.size() ? '-' : ' ';
    text += reply.text[line] + "\r\n";
  }
  return text.size() == reply.extent.size() ? std::optional(std::move(text)) : std::nullopt;
}

// A verb is kept in capitals, whatever it was on the wire.
bool differs(char told, char other) noexcept {
  return told != other && ascii::to_lower(told) != ascii::to_lower(other);
}

}  // namespace

void Repeats::add(Side side, StreamOffset offset, Bytes bytes, Origin origin,
                  const std::vector<smtp::Exchange>& told) {
  if (octets_ + bytes.size() > limits_.octets || pieces_.size() >= limits_.pieces) return;
  Piece piece{side, offset, std::string(as_text(bytes)), origin};
  constexpr std::size_t looked_back = 64;  // a copy follows what it repeats
  const std::size_t first = told.size() - std::min(told.size(), looked_back);
  for (std::size_t index = first; index < told.size(); ++index) compare(piece, told[index]);
  octets_ += bytes.size();
  pieces_.push_back(std::move(piece));
}

void Repeats::look_at(const smtp::Exchange& exchange) {
  for (const Piece& piece : pieces_) compare(piece, exchange);
  // The exchange that lies behind a piece ends its waiting.
  std::erase_if(pieces_, [&](const Piece& piece) {
    const bool passed = piece.side == Side::client
                            ? exchange.command && exchange.command->extent.begin >=
                                                      piece.offset + piece.octets.size()
                            : !exchange.replies.empty() && exchange.replies.front().extent.begin >=
                                                               piece.offset + piece.octets.size();
    if (passed) octets_ -= piece.octets.size();
    return passed;
  });
}

void Repeats::compare(const Piece& piece, const smtp::Exchange& exchange) {
  if (piece.side == Side::client) {
    if (!exchange.command || exchange.kind != smtp::ExchangeKind::command) return;
    if (const auto text = wire_text(*exchange.command)) {
      compare(piece, exchange.command->extent, *text, exchange.command->origin);
    }
    return;
  }
  for (const smtp::Reply& reply : exchange.replies) {
    if (const auto text = wire_text(reply)) compare(piece, reply.extent, *text, reply.origin);
  }
}

// `text` lies at `place`.
void Repeats::compare(const Piece& piece, Extent place, const std::string& text, Origin origin) {
  const StreamOffset begin = std::max(place.begin, piece.offset);
  const StreamOffset end = std::min<StreamOffset>(place.end, piece.offset + piece.octets.size());
  std::optional<Extent> different;
  for (StreamOffset at = begin; at < end; ++at) {
    if (!differs(text[at - place.begin], piece.octets[at - piece.offset])) continue;
    if (!different) different = Extent{at, at + 1};
    different->end = at + 1;
  }
  if (!different || overlaps_.size() >= limits_.overlaps) return;
  const auto length =
      static_cast<std::size_t>(std::min<StreamOffset>(different->size(), limits_.overlap_octets));
  overlaps_.push_back({piece.side, *different, text.substr(different->begin - place.begin, length),
                       piece.octets.substr(different->begin - piece.offset, length), origin,
                       piece.origin});
}

}  // namespace smtpscope::session
