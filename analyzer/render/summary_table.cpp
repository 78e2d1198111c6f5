// The table of sessions, one line each.
#include "analyzer/findings/wording.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/numbers.hpp"
#include "analyzer/render/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace smtpscope::render {
namespace {

enum class Cell : std::uint8_t {
  number,
  date,
  clock,
  duration,
  client,
  server,
  helo,
  sender,
  recipients,
  messages,
  octets,
  tls,
  verdict,
  ground
};

struct Column {
  Cell cell = Cell::number;
  std::string_view title;
  std::size_t columns = 0;
  unsigned rank = 0;  // the higher, the earlier it is left out
  enum class Side : std::uint8_t { left, right } side = Side::left;
};

using enum Column::Side;
// The last one takes what is left.
constexpr auto all_columns = std::to_array<Column>({
    {Cell::number, "#", 4, 0, right},
    {Cell::date, "date", 10, 9},
    {Cell::clock, "time UTC", 12, 4},
    {Cell::duration, "seconds", 8, 5, right},
    {Cell::client, "client", 22, 2},
    {Cell::server, "server", 22, 1},
    {Cell::helo, "says it is", 22, 11},
    {Cell::sender, "sender", 24, 3},
    {Cell::recipients, "ok/all", 6, 2, right},
    {Cell::messages, "mails", 5, 8, right},
    {Cell::octets, "octets", 9, 7, right},
    {Cell::tls, "tls", 8, 6},
    {Cell::verdict, "verdict", 19, 0},
    {Cell::ground, "reason, reply", 20, 1},
});

constexpr std::size_t gap = 2;

// Which columns fit, in their order.
std::vector<Column> columns_for(std::size_t width) {
  std::vector<Column> columns(all_columns.begin(), all_columns.end());
  const auto needed = [&] {
    std::size_t sum = 0;
    for (const Column& column : columns) sum += column.columns + gap;
    return sum - gap;
  };
  while (width != 0 && needed() > width && columns.size() > 1) {
    columns.erase(std::ranges::max_element(columns, {}, &Column::rank));
  }
  return columns;
}

struct Count {
  std::size_t accepted = 0;
  std::size_t all = 0;
};

Count recipients_of(const session::Session& session) {
  const auto left_out = static_cast<std::size_t>(session::sum_of(session.left_out).recipients);
  Count count{left_out, left_out};
  for (const session::Transaction& transaction : session.transactions) {
    count.all += transaction.recipients.size();
    count.accepted += static_cast<std::size_t>(std::ranges::count(
        transaction.recipients, session::RecipientOutcome::accepted, &session::Recipient::outcome));
  }
  return count;
}

std::uint64_t messages_of(const session::Session& session) {
  const auto kept = std::ranges::count_if(
      session.transactions,
      [](const session::Transaction& each) { return each.message.has_value(); });
  return static_cast<std::uint64_t>(kept) + session::sum_of(session.left_out).transactions;
}

std::string clock_of(Timestamp time) { return date_and_time(time).substr(11, 12); }

std::string endpoint_of(const Story& story, Side side) {
  const session::Session& session = story.session;
  const net::Endpoint& endpoint = side == Side::client ? session.client : session.server;
  if (!session.transcript) return net::to_string(endpoint);
  const std::string host = story.safe(findings::host_words(session, side));
  return host.empty() ? "-" : host;
}

std::string tls_of(const session::Session& session) {
  if (!session.tls) return "no";
  if (session.tls->stayed_clear) return "unused";
  return session.tls->mode == smtp::TlsFacts::Mode::starttls ? "starttls" : "implicit";
}

std::string ground_of(const Story& story) {
  std::string ground(story.verdict.reason);
  if (!story.verdict.reply.empty())
    ground += (ground.empty() ? "" : ": ") + story.safe(story.verdict.reply);
  return ground;
}

std::string text_of(Cell cell, const Story& story) {
  const session::Session& session = story.session;
  switch (cell) {
    case Cell::number:
      return std::to_string(session.id);
    case Cell::date:
      return session.transcript ? "-" : date_and_second(session.start).substr(0, 10);
    case Cell::clock:
      return session.transcript ? "-" : clock_of(session.start);
    case Cell::duration:
      return session.transcript ? "-" : plain_seconds(session.duration);
    case Cell::client:
      return endpoint_of(story, Side::client);
    case Cell::server:
      return endpoint_of(story, Side::server);
    case Cell::helo:
      return session.helo.empty() ? "-" : story.safe(session.helo);
    case Cell::sender:
      return session.transactions.empty() ? "-" : sender_of(story, session.transactions.front());
    case Cell::recipients: {
      const Count count = recipients_of(session);
      return fmt::format("{}/{}", count.accepted, count.all);
    }
    case Cell::messages:
      return std::to_string(messages_of(session));
    case Cell::octets:
      return std::to_string(session.octets[0] + session.octets[1]);
    case Cell::tls:
      return tls_of(session);
    case Cell::verdict:
      return std::string(delivery::to_string(story.verdict.outcome));
    case Cell::ground:
      return ground_of(story);
  }
  return {};
}

std::string fitted(const Column& column, std::string text, std::size_t width, std::size_t used) {
  const bool is_last = column.cell == Cell::ground;
  if (width != 0)
    text = cut_to_width(text, is_last ? width - std::min(used, width) : column.columns);
  if (is_last) return text;
  if (column.side == Column::Side::left) return pad_to_width(text, column.columns);
  const std::size_t taken = display_width(std::string_view(text));
  return std::string(column.columns - std::min(taken, column.columns), ' ') + text;
}

// A row, given what stands in each column and in which style.
template <typename TextOf, typename StyleOf>
void put_row(std::string& out, const TextOptions& options, const TextOf& text_of_column,
             const StyleOf& style_of_column) {
  const std::size_t width = options.width == 0 ? 0 : std::max(options.width, Page::width_min);
  Spans row;
  std::size_t used = 0;
  for (const Column& column : columns_for(width)) {
    if (used > 0) {
      row.push_back({std::string(gap, ' '), Style::plain});
      used += gap;
    }
    row.push_back({fitted(column, text_of_column(column), width, used), style_of_column(column)});
    used += display_width(std::string_view(row.back().text));
  }
  while (!row.empty() && row.back().text.find_first_not_of(' ') == std::string::npos)
    row.pop_back();
  if (!row.empty()) row.back().text.erase(row.back().text.find_last_not_of(' ') + 1);
  Page(out, options.color, 0).line(row, {});
}

}  // namespace

void render_summary_header(std::string& out, const TextOptions& options) {
  put_row(
      out, options, [](const Column& column) { return std::string(column.title); },
      [](const Column&) { return Style::bold; });
}

void render_summary_row(std::string& out, const session::Session& session,
                        const delivery::Verdict& verdict, const TextOptions& options) {
  const Redactor redactor(session, options.secrets);
  const std::vector<findings::Finding> none;
  const Story story{session, none, verdict, options, redactor};
  put_row(
      out, options, [&](const Column& column) { return text_of(column.cell, story); },
      [&](const Column& column) {
        return column.cell == Cell::verdict ? style_of(verdict.outcome) : Style::plain;
      });
}

}  // namespace smtpscope::render
