#include "analyzer/findings/circumstances.hpp"

#include "analyzer/findings/clear_mail.hpp"
#include "analyzer/findings/not_tls.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace smtpscope::findings {
namespace {

using namespace std::string_view_literals;
using session::Session;
using smtp::Exchange;
using smtp::ExchangeKind;
using smtp::is_command;
using smtp::Unanswered;
using smtp::Verb;

// A client that leaves sooner than this did not wait for the greeting: a port scan, a health check,
// a script that sends all at once.
constexpr Nanoseconds greeting_patience = std::chrono::seconds{1};

struct Mark {
  std::string_view protocol;
  std::string_view octets;  // what the first octets begin with
};
constexpr std::array client_marks = {
    Mark{"SSH", "SSH-"},
    Mark{"RDP", "\x03\x00\x00"sv},
};
constexpr std::array server_marks = {
    Mark{"HTTP", "HTTP/1."}, Mark{"SSH", "SSH-"},       Mark{"POP3", "+OK"},
    Mark{"IMAP", "* OK"},    Mark{"IMAP", "* PREAUTH"},
};
constexpr std::array http_methods = {
    Mark{"HTTP", "GET "},    Mark{"HTTP", "POST "},    Mark{"HTTP", "HEAD "},
    Mark{"HTTP", "PUT "},    Mark{"HTTP", "OPTIONS "}, Mark{"HTTP", "CONNECT "},
    Mark{"HTTP", "DELETE "},
};

// IAC, and WILL, WONT, DO, DONT with an option, or a command of one octet (RFC 854).
constexpr char iac = '\xff';
struct TelnetWord {
  unsigned char octet;
  std::string_view name;
};
constexpr std::array telnet_words = {
    TelnetWord{0xf3, "BRK"}, TelnetWord{0xf4, "IP"},   TelnetWord{0xf5, "AO"},
    TelnetWord{0xf6, "AYT"}, TelnetWord{0xf7, "EC"},   TelnetWord{0xf8, "EL"},
    TelnetWord{0xfa, "SB"},  TelnetWord{0xfb, "WILL"}, TelnetWord{0xfc, "WONT"},
    TelnetWord{0xfd, "DO"},  TelnetWord{0xfe, "DONT"},
};

// Its protocol; empty if there is none. The first octet tells nearly always, and this is asked
// again and again.
template <const auto& marks>
std::string_view begins_with_mark(std::string_view octets) noexcept {
  static constexpr ascii::OctetSet first_octets([](char c) {
    return std::ranges::any_of(marks, [c](const Mark& mark) { return mark.octets.front() == c; });
  });
  if (octets.empty() || !first_octets.has(octets.front())) return {};
  const auto mark =
      std::ranges::find_if(marks, [&](const Mark& m) { return octets.starts_with(m.octets); });
  return mark == marks.end() ? std::string_view{} : mark->protocol;
}

const Exchange* first_command(const Session& session) noexcept {
  const auto found = std::ranges::find_if(session.exchanges, is_command);
  return found == session.exchanges.end() ? nullptr : &*found;
}

// "GET /path HTTP/1.1"; the end of a long line is in the command only.
bool is_http_request(const Session& session) noexcept {
  const std::string_view octets = session.first_octets[index_of(Side::client)];
  if (begins_with_mark<http_methods>(octets).empty()) return false;
  if (octets.find(" HTTP/1.") != std::string_view::npos) return true;
  const Exchange* first = first_command(session);
  return first != nullptr && first->command->argument.find(" HTTP/1.") != std::string::npos;
}

// TLS from the first octet where the server speaks in clear, or where the port says that it does.
bool is_tls_on_clear_port(const Session& session) noexcept {
  if (!session.tls || session.tls->mode != smtp::TlsFacts::Mode::implicit) return false;
  if (session.service == session::Service::submissions) return false;
  const std::string_view server = session.first_octets[index_of(Side::server)];
  if (!server.empty()) return ascii::is_printable(server.front());
  const bool clear_port = session.service != session::Service::other || session.server.port == 24;
  return clear_port && session.missing[index_of(Side::server)] == 0;
}

// No text, and no record of TLS either, where only the latter belongs.
bool is_noise_on_tls_port(const Session& session) noexcept {
  const std::string_view client = session.first_octets[index_of(Side::client)];
  return session.service == session::Service::submissions && !client.empty() &&
         static_cast<unsigned char>(client.front()) < '\t';
}

// The server's FIN was on its way when the client sent this.
bool sent_to_nobody(const Session& session, const Exchange& exchange) noexcept {
  const auto& fin = session.transport.fin[index_of(Side::server)];
  return fin && exchange.command && fin->frame <= exchange.command->begun.frame;
}

// The client's FIN was sent before it had this reply.
bool client_had_closed(const Session& session, const smtp::Reply& reply) noexcept {
  const tcp::TransportFacts& transport = session.transport;
  const auto& fin = transport.fin[index_of(Side::client)];
  const auto& had = transport.fin_had[index_of(Side::client)];
  if (!fin || !had) return fin && fin->frame < reply.origin.frame;
  const StreamOffset prelude = session.proxy ? session.proxy->octets[index_of(Side::server)] : 0;
  return *had < prelude + reply.extent.end;
}

// Behind a refusal after which the server left at once: sent before the client could know of it.
bool explained_by_refusal(const Session& session, std::size_t index) noexcept {
  for (std::size_t before = index; before-- > 0;) {
    const smtp::Reply* reply = session.exchanges[before].reply();
    if (reply == nullptr) continue;
    if (reply->code == 421) return true;
    const Departure departure = departure_of(session);
    const bool left = departure.by == Side::server;
    return left && is_refused(session.exchanges[before]) && session.exchanges[index].command &&
           knew(*session.exchanges[index].command, *reply) == false;
  }
  return false;
}

// Or it may have been: the reply to STARTTLS is lost.
bool dropped_by_starttls(const Session& session, std::size_t index) noexcept {
  const auto behind = session.exchanges.begin() + static_cast<std::ptrdiff_t>(index);
  return std::any_of(session.exchanges.begin(), behind, [&](const Exchange& earlier) {
    if (!asks_for_tls(earlier)) return false;
    if (earlier.unanswered == Unanswered::lost_in_gap) return true;
    return is_accepted(earlier) && is_ahead_of_tls(session.exchanges[index], earlier);
  });
}

// The client's octets are missing since its last message began: the end of it, or its next chunk.
bool gap_behind_data(const Session& session) noexcept {
  const std::size_t data =
      session.transactions.empty() ? session::no_exchange : session.transactions.back().data;
  return std::ranges::any_of(session.gaps, [data](const session::GapFact& gap) {
    return gap.side == Side::client && !gap.hidden_by_tls &&
           (data == session::no_exchange || gap.before >= data);
  });
}

bool said_goodbye(const Session& session) noexcept {
  const smtp::Reply* last = last_reply(session);
  return last != nullptr && is_farewell(session, *last);
}

}  // namespace

Departure departure_of(const Session& session) noexcept {
  const tcp::TransportFacts& transport = session.transport;
  if (transport.closed == tcp::Closed::reset && transport.reset) {
    // An RST that follows a FIN only clears away what the FIN ended. A side's own RST is its last
    // word, wherever the capture has it.
    for (const Side side : {Side::client, Side::server}) {
      const auto& fin = transport.fin[index_of(side)];
      const auto& other = transport.fin[index_of(opposite(side))];
      const bool before =
          fin && (side == transport.closed_by || fin->frame < transport.reset->frame);
      if (before && (!other || fin->frame <= other->frame)) {
        return {Departure::How::fin, side, *fin};
      }
    }
    return {Departure::How::reset, transport.closed_by, *transport.reset};
  }
  if (transport.closed_by) {
    // Where its FIN is not in the capture, the other one answers it.
    for (const Side side : {*transport.closed_by, opposite(*transport.closed_by)}) {
      const auto& fin = transport.fin[index_of(side)];
      if (fin) return {Departure::How::fin, transport.closed_by, *fin};
    }
  }
  const bool silent = transport.closed == tcp::Closed::idle;
  return {silent ? Departure::How::silence : Departure::How::capture_end, std::nullopt,
          transport.last};
}

std::string telnet_in(std::string_view line) {
  if (line.size() < 2 || line[0] != iac) return {};
  const auto second = static_cast<unsigned char>(line[1]);
  const auto* const word = std::ranges::find(telnet_words, second, &TelnetWord::octet);
  if (word == telnet_words.end()) return {};
  if (second < 0xfb || line.size() < 3) return fmt::format("IAC {}", word->name);
  return fmt::format("IAC {} {}", word->name,
                     static_cast<unsigned>(static_cast<unsigned char>(line[2])));
}

bool first_words_lost(const Session& session) noexcept {
  return std::ranges::any_of(session.gaps, [](const session::GapFact& gap) {
    return gap.side == Side::client && gap.offset == 0;
  });
}

std::optional<OtherProtocol> other_protocol(const Session& session) noexcept {
  if (is_tls_on_clear_port(session)) return OtherProtocol{"TLS", Side::client};
  if (session.transport.opened == tcp::Opened::midstream) return std::nullopt;
  if (is_http_request(session)) return OtherProtocol{"HTTP", Side::client};
  const std::string_view of_client =
      begins_with_mark<client_marks>(session.first_octets[index_of(Side::client)]);
  if (!of_client.empty()) return OtherProtocol{of_client, Side::client};
  if (is_noise_on_tls_port(session)) return OtherProtocol{no_tls_octets, Side::client};
  if (first_words_lost(session)) return std::nullopt;
  const std::string_view of_server =
      begins_with_mark<server_marks>(session.first_octets[index_of(Side::server)]);
  if (!of_server.empty()) return OtherProtocol{of_server, Side::server};
  return std::nullopt;
}

bool has_failed(const Session& session, session::FailureKind kind) noexcept {
  return session.transcript && session.transcript->failure &&
         session.transcript->failure->kind == kind;
}

bool hidden_by_tls(const Session& session) noexcept {
  if (!session.tls || !session.tls->first || session.tls->stayed_clear || session.tls->decrypted)
    return false;
  const auto& clear_again = session.tls->clear_again;
  const bool went_back = clear_again[0] || clear_again[1];
  // The client's Finished is one, and so is its alert under TLS 1.3.
  constexpr std::uint64_t records_of_a_handshake = 2;
  return !went_back || session.tls->client_data_records > records_of_a_handshake;
}

bool is_clear_again(const Session& session, const smtp::Reply& reply) noexcept {
  if (!session.tls) return false;
  const auto& clear_again = session.tls->clear_again[index_of(Side::server)];
  return clear_again && reply.origin.frame >= clear_again->at.frame;
}

bool has_commands(const Session& session) noexcept { return first_command(session) != nullptr; }

bool has_quit(const Session& session) noexcept {
  return std::ranges::any_of(session.exchanges, [](const Exchange& exchange) {
    return is_command(exchange) && exchange.command->verb == Verb::quit;
  });
}

bool is_whole_command(const Exchange& exchange) noexcept {
  return is_command(exchange) && exchange.command->line_end != smtp::LineEnd::cut;
}

bool is_refused(const Exchange& exchange) noexcept {
  const smtp::Reply* reply = exchange.reply();
  return reply != nullptr && (reply->first_digit() == 4 || reply->first_digit() == 5);
}

bool is_accepted(const Exchange& exchange) noexcept {
  const smtp::Reply* reply = exchange.reply();
  return reply != nullptr && reply->first_digit() == 2;
}

bool says_too_many_recipients(const smtp::Reply& reply) noexcept {
  if (reply.first_digit() != 4 && reply.first_digit() != 5) return false;
  if (reply.enhanced) return reply.enhanced->subject == 5 && reply.enhanced->detail == 3;
  if (reply.code != 452 && reply.code != 552) return false;
  return std::ranges::any_of(reply.text, [](std::string_view line) {
    return ascii::contains_no_case(line, "recipient") &&
           (ascii::contains_no_case(line, "too many") || ascii::contains_no_case(line, "limit") ||
            ascii::contains_no_case(line, "maximum"));
  });
}

std::optional<bool> knew(const smtp::Command& command, const smtp::Reply& reply) noexcept {
  if (!command.peer_acknowledged) return std::nullopt;
  return *command.peer_acknowledged >= reply.extent.end;
}

bool gap_up_to(const Session& session, Side side, std::size_t index) noexcept {
  return std::ranges::any_of(session.gaps, [&](const session::GapFact& gap) {
    return !gap.hidden_by_tls && gap.side == side && gap.before <= index;
  });
}

bool is_farewell(const Session& session, const smtp::Reply& reply) noexcept {
  if (reply.code == 421) return true;
  const Exchange& last = session.exchanges.back();
  return last.kind == ExchangeKind::unsolicited && !last.in_data && last.reply() == &reply &&
         is_refused(last) && departure_of(session).by == Side::server;
}

const smtp::Reply* last_reply(const Session& session) noexcept {
  const smtp::Reply* last = nullptr;
  for (const Exchange& exchange : session.exchanges) {
    const smtp::Reply* reply = exchange.reply();
    if (reply != nullptr && (last == nullptr || reply->extent.end > last->extent.end)) last = reply;
  }
  return last;
}

bool is_ahead_of_tls(const Exchange& exchange, const Exchange& starttls) noexcept {
  return exchange.command && !exchange.around_gap &&
         knew(*exchange.command, *starttls.reply()) == false;
}

std::optional<std::size_t> first_unanswered(const Session& session) noexcept {
  if (session.unseen) return std::nullopt;
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.unanswered != Unanswered::never || !exchange.replies.empty()) continue;
    const bool asks = exchange.kind == ExchangeKind::end_of_data || is_command(exchange);
    if (!asks || exchange.around_gap) continue;
    if (exchange.command && exchange.command->verb == Verb::quit) continue;
    if (exchange.command && exchange.command->line_end == smtp::LineEnd::cut) continue;
    if (dropped_by_starttls(session, index)) continue;
    if (sent_to_nobody(session, exchange) || explained_by_refusal(session, index))
      return std::nullopt;
    return index;
  }
  return std::nullopt;
}

std::optional<std::size_t> lost_end_of_message(const Session& session) noexcept {
  if (session.unseen) return std::nullopt;
  const auto unanswered = first_unanswered(session);
  if (unanswered && ends_message(session.exchanges[*unanswered])) return unanswered;
  // LMTP and PRDR: some of the recipients were answered for, and then the connection ended.
  const auto cut = std::ranges::find_if(session.exchanges, [](const Exchange& exchange) {
    return ends_message(exchange) && exchange.unanswered == Unanswered::never &&
           !exchange.replies.empty();
  });
  if (cut != session.exchanges.end())
    return static_cast<std::size_t>(cut - session.exchanges.begin());
  // A client that closed, and then answered the late reply by RST, had gone. One that only closed
  // its own direction (half-close) may have read it.
  const tcp::TransportFacts& transport = session.transport;
  const auto& fin = transport.fin[index_of(Side::client)];
  if (!transport.reset ||
      (transport.closed == tcp::Closed::reset && transport.closed_by != Side::client)) {
    return std::nullopt;
  }
  for (std::size_t index = 0; index < session.exchanges.size(); ++index) {
    const Exchange& exchange = session.exchanges[index];
    if (!ends_message(exchange) || exchange.replies.empty()) continue;
    const smtp::Reply& reply = exchange.replies.back();
    if (client_had_closed(session, reply)) return index;
    if (!fin && transport.reset->frame < reply.origin.frame) return index;
  }
  return std::nullopt;
}

std::optional<std::size_t> refused_in_message(const Session& session) noexcept {
  if (!session.open_message) return std::nullopt;
  for (std::size_t index = session.exchanges.size(); index-- > 0;) {
    const Exchange& exchange = session.exchanges[index];
    if (exchange.kind != ExchangeKind::unsolicited || !exchange.in_data) return std::nullopt;
    if (is_refused(exchange)) return index;
  }
  return std::nullopt;
}

bool greeting_never_came(const Session& session) noexcept {
  const tcp::TransportFacts& transport = session.transport;
  if (transport.opened != tcp::Opened::handshake || session.has_greeting() || session.unseen)
    return false;
  if (session.dialogue_octets(Side::server) > 0 || session.missing[index_of(Side::server)] > 0)
    return false;
  if (session.proxy && session::is_refused(*session.proxy)) return false;
  if (transport.sent_unseen[index_of(Side::server)] > 0) return false;  // it counts octets as sent
  if (session.service == session::Service::submissions || session.tls) return false;
  const Departure departure = departure_of(session);
  if (departure.how == Departure::How::capture_end) return false;
  const auto connected = transport.handshake_done ? transport.handshake_done : transport.syn;
  const bool left_at_once = departure.by == Side::client && connected &&
                            elapsed(connected->time, departure.at.time) < greeting_patience;
  return !left_at_once;
}

bool message_left_open(const Session& session) noexcept {
  return session.open_message && session.open_message->missing == 0 && !session.unseen &&
         !refused_in_message(session) && !gap_behind_data(session);
}

bool transaction_left_open(const Session& session) noexcept {
  if (session.transactions.empty()) return false;
  const session::Transaction& last = session.transactions.back();
  const bool undecided =
      last.end_of_data == session::no_exchange && last.decided_by == session::no_exchange;
  if (!undecided || std::ranges::none_of(last.recipients, &session::Recipient::rcpt_accepted))
    return false;
  // RSET and EHLO end it.
  const std::size_t from =
      last.data != session::no_exchange ? last.data : last.recipients.back().rcpt;
  return std::none_of(session.exchanges.begin() + static_cast<std::ptrdiff_t>(from + 1),
                      session.exchanges.end(), [](const Exchange& exchange) {
                        if (!is_command(exchange)) return false;
                        const Verb verb = exchange.command->verb;
                        return verb == Verb::rset || verb == Verb::ehlo || verb == Verb::helo ||
                               verb == Verb::lhlo || verb == Verb::quit;
                      });
}

bool reset_midway(const Session& session) noexcept {
  const Departure departure = departure_of(session);
  if (departure.how != Departure::How::reset || hidden_by_tls(session) || session.unseen)
    return false;
  if (session.transport.opened == tcp::Opened::refused ||
      session.transport.opened == tcp::Opened::timeout) {
    return false;
  }
  if (greeting_never_came(session) || other_protocol(session) || lost_end_of_message(session))
    return false;
  if (refused_in_message(session) || said_goodbye(session) || fails_for_want_of_tls(session))
    return false;
  if (message_left_open(session) || first_unanswered(session)) return true;
  if (has_quit(session)) return false;
  const bool nothing_asked = !has_commands(session);
  if (departure.by == Side::client) return !nothing_asked && transaction_left_open(session);
  // The server's RST after a refusal is explained by the refusal.
  const smtp::Reply* last = last_reply(session);
  return last != nullptr && last->first_digit() < 4;
}

bool asks_for_more(const smtp::Reply& reply) noexcept {
  return reply.code == 503 || reply.code == 530 || reply.code == 538;
}

bool was_tried_again(const Session& session, const session::Transaction& refused) noexcept {
  if (refused.mail == session::no_exchange || refused.decided_by != refused.mail ||
      !refused.recipients.empty()) {
    return false;
  }
  const smtp::Reply* reply = session.exchanges[refused.mail].reply();
  if (reply == nullptr || (reply->first_digit() != 4 && !asks_for_more(*reply))) return false;
  const bool again =
      std::ranges::any_of(session.transactions, [&](const session::Transaction& later) {
        return later.mail != session::no_exchange && later.mail > refused.mail &&
               later.decided_by != later.mail && later.sender == refused.sender;
      });
  return again || (asks_for_more(*reply) && hidden_by_tls(session));
}

}  // namespace smtpscope::findings
