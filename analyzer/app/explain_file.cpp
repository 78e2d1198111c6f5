#include "analyzer/app/explain_file.hpp"

#include "analyzer/app/line_input.hpp"
#include "analyzer/app/say.hpp"
#include "analyzer/capture/source.hpp"
#include "analyzer/logs/mail_log.hpp"
#include "dissectors/base/ascii.hpp"
#include "dissectors/base/bytes.hpp"
#include "dissectors/mail/bounce.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace smtpscope::app {
namespace {

using delivery::Asked;

// So much of a file tells what it is; and of a message no more is read.
constexpr std::size_t detect_octets_max = 64 * 1024;
constexpr std::size_t message_octets_max = std::size_t{64} * 1024 * 1024;

enum class Kind : std::uint8_t { replies, log, message };

std::string beginning_of(const std::string& path, std::size_t octets_max) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 64 * 1024> chunk{};
  while (text.size() < octets_max && file.read(chunk.data(), chunk.size()).gcount() > 0) {
    text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
  }
  text.resize(std::min(text.size(), octets_max));
  return text;
}

// "Received: ...", and mbox's "From ".
bool is_field(std::string_view line) noexcept {
  const std::size_t name =
      line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
  const bool named = name != std::string_view::npos && name > 1 && line[name] == ':';
  return (named && !ascii::is_digit(line.front())) || line.starts_with("From ");
}

std::vector<std::string_view> lines_of(std::string_view text, std::size_t lines_max) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < lines_max) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

// A message begins with two fields of a header at least; lines that begin one may have more behind
// them.
Kind kind_of(std::string_view beginning) {
  constexpr std::size_t lines_max = 200;
  const auto lines = lines_of(beginning, lines_max);
  if (std::ranges::any_of(lines, logs::is_log_line)) return Kind::log;
  const auto end = std::ranges::find_if(lines, [](std::string_view line) { return line.empty(); });
  const auto is_of_header = [](std::string_view line) {
    return is_field(line) || ascii::is_blank(line.front());
  };
  const bool is_header = std::all_of(lines.begin(), end, is_of_header);
  return is_header && std::count_if(lines.begin(), end, is_field) >= 2 ? Kind::message
                                                                       : Kind::replies;
}

// ---- A bounce -----------------------------------------------------------------------------------
Explaining::Delivery delivery_of(const mail::Bounce& bounce,
                                 const mail::BouncedRecipient& recipient) {
  const std::string& name = recipient.recipient.empty() ? recipient.original : recipient.recipient;
  Explaining::Delivery delivery;
  delivery.place = {.outcome = recipient.action, .recipient = name, .sender = bounce.sender};
  delivery.told = delivery::told_by_bounce(name, recipient.action, recipient.status,
                                           recipient.diagnostic, recipient.remote_mta);
  delivery.told.around.client = bounce.reporting_mta;
  return delivery;
}

ExitCode explain_message(const std::string& path, Explaining& explaining) {
  const std::string message = beginning_of(path, message_octets_max);
  const auto bounce = mail::read_bounce(as_bytes(message));
  if (!bounce) {
    say(render::escaped(path) + ": a message, but no bounce: it tells of no delivery");
    return ExitCode::unusable;
  }
  const Format format = explaining.format_or(Format::text);
  for (const mail::BouncedRecipient& recipient : bounce->recipients) {
    explaining.tell(delivery_of(*bounce, recipient), format);
  }
  return ExitCode::analysed;
}

// ---- A log --------------------------------------------------------------------------------------
std::string_view word_of(logs::Fate fate) noexcept {
  switch (fate) {
    case logs::Fate::delivered:
      return "delivered";
    case logs::Fate::deferred:
      return "deferred";
    case logs::Fate::bounced:
      return "bounced";
    case logs::Fate::refused:
      return "refused";
  }
  return {};
}

// "RCPT TO", "end of DATA", "pipelined MAIL FROM:<...>", "CONN".
Asked asked_in(std::string_view answers) noexcept {
  if (ascii::contains_no_case(answers, "end of data")) return Asked::message;
  if (ascii::contains_no_case(answers, "initial connection")) return Asked::connection;
  std::string_view word = ascii::take_word(answers);
  if (ascii::equal_no_case(word, "pipelined")) word = ascii::take_word(answers);
  return delivery::asked_of(word.substr(0, word.find(':')));
}

// Of a line that names no code, only whether the server will try again, or said that it may be
// tried again.
std::string_view status_of(const logs::LogLine& line, std::string_view whole) noexcept {
  if (!line.status.empty()) return line.status;
  const bool for_now = line.fate == logs::Fate::deferred ||
                       whole.find(" temporarily rejected ") != std::string_view::npos;
  return for_now ? "4.0.0" : "5.0.0";
}

Explaining::Delivery delivery_of(const logs::LogLine& line, std::string_view whole,
                                 std::uint64_t number) {
  Explaining::Delivery delivery;
  delivery.place = {word_of(line.fate), line.recipient, line.sender, line.queue_id, number};
  delivery::ToldDelivery& told = delivery.told;
  told.around.recipient = line.recipient;
  told.around.sender = line.sender;
  // In a refusal the other side is the client.
  const std::string_view other = line.address.empty() ? line.host : line.address;
  (line.fate == logs::Fate::refused ? told.around.client : told.around.server) = other;
  told.reply = line.reply;
  told.asked = asked_in(line.answers);
  told.text = line.text;
  told.status = status_of(line, whole);
  if (!told.status.empty())
    told.permanent = told.status.front() == '5' || line.fate == logs::Fate::bounced;
  return delivery;
}

ExitCode end_of(const LineInput& input) {
  if (!input.error()) return ExitCode::analysed;
  say(*input.error());
  return exit_code_of(input.error()->kind);
}

// Each line to `take`; what is known is told before more is waited for.
ExitCode each_line(int descriptor, std::string_view begun, Output& output, auto&& take) {
  LineInput input(descriptor, begun);
  while (!output.broken() && !capture::stop_requested()) {
    while (const auto line = input.next()) take(*line);
    output.flush();
    if (input.ended()) break;
    input.read();
  }
  return end_of(input);
}

ExitCode explain_log(int descriptor, const std::string& path, Explaining& explaining) {
  const Format format = explaining.format_or(Format::text);
  std::uint64_t number = 0;
  std::uint64_t told = 0;
  const ExitCode code = each_line(descriptor, {}, explaining.output(), [&](std::string_view line) {
    ++number;
    const auto read = logs::read_log_line(line);
    if (!read || read->fate == logs::Fate::delivered) return;
    explaining.tell(delivery_of(*read, line, number), format);
    ++told;
  });
  if (told == 0 && code == ExitCode::analysed) {
    say(fmt::format("{}: {} line{} of a mail log, and no delivery that failed",
                    render::escaped(path), number, number == 1 ? "" : "s"));
  }
  return code;
}

}  // namespace

ExitCode explain_lines(int descriptor, std::string_view begun, Explaining& explaining) {
  return each_line(descriptor, begun, explaining.output(),
                   [&](std::string_view line) { explaining.tell_line(line); });
}

ExitCode explain_file(const std::string& path, Explaining& explaining) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    say(Error{ErrorKind::open, path, std::string("cannot be opened: ") + std::strerror(errno), {}});
    return ExitCode::unusable;
  }
  // Of a pipe nothing can be looked at first.
  const bool can_be_read_again = ::lseek(descriptor, 0, SEEK_CUR) >= 0;
  const Kind kind =
      can_be_read_again ? kind_of(beginning_of(path, detect_octets_max)) : Kind::replies;
  ExitCode code = ExitCode::analysed;
  switch (kind) {
    case Kind::message:
      code = explain_message(path, explaining);
      break;
    case Kind::log:
      code = explain_log(descriptor, path, explaining);
      break;
    case Kind::replies:
      code = explain_lines(descriptor, {}, explaining);
      break;
  }
  ::close(descriptor);
  return code;
}

}  // namespace smtpscope::app
