#include "analyzer/render/timeline.hpp"

#include "analyzer/findings/wording.hpp"
#include "analyzer/render/escape.hpp"
#include "analyzer/render/names.hpp"
#include "analyzer/render/numbers.hpp"
#include "analyzer/render/story.hpp"
#include "dissectors/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtpscope::render {
namespace {

// "192.0.2.10:41872"; of a transcript what it tells: "mx.example.com:25", nothing.
std::string endpoint_words(const Story& story, Side side) {
  const session::Session& session = story.session;
  const net::Endpoint& endpoint = side == Side::client ? session.client : session.server;
  if (!session.transcript) return net::to_string(endpoint);
  if (session::is_known(endpoint.address) && endpoint.port != 0) return net::to_string(endpoint);
  const std::string host = story.safe(findings::host_words(session, side));
  return host.empty() || endpoint.port == 0 ? host : fmt::format("{}:{}", host, endpoint.port);
}

// "client.example.net (192.0.2.10:41872)"
std::string who(const Story& story, std::string_view name, Side side) {
  std::string address = endpoint_words(story, side);
  if (name.empty() && address.empty()) return fmt::format("the {}", findings::name_of(side));
  if (address.empty()) return story.safe(name);
  // The name is all there is.
  if (story.session.transcript && address.starts_with(name)) return address;
  return name.empty() ? address : fmt::format("{} ({})", story.safe(name), address);
}

std::string first_sentence(std::string_view text) {
  const std::size_t end = text.find(". ");
  return std::string(text.substr(0, end == std::string_view::npos ? text.size() : end + 1));
}

// What the verdict rests on, for the head: the reply where there is one.
std::string ground_of(const Story& story) {
  const delivery::Verdict& verdict = story.verdict;
  if (verdict.reply.empty()) return story.safe(first_sentence(verdict.text));
  std::string ground = story.safe(verdict.reply);
  if (verdict.decided_at && verdict.decided_at->frame != 0) {
    ground += fmt::format(" ({})", story.frame(*verdict.decided_at));
  }
  return ground;
}

std::string facts_of(const Story& story) {
  const session::Session& session = story.session;
  if (const auto& transcript = session.transcript) {
    return fmt::format("transcript of {}   {} ({}-{})   {} octets ->, {} <-", transcript->tool,
                       findings::counted(transcript->lines, "line"), session.first_frame.number,
                       session.last_frame.number, session.octets[0], session.octets[1]);
  }
  const std::string_view last_file = session.other_file(session.last_frame);
  const std::string last = fmt::format("{}{}{}", session.last_frame.number,
                                       last_file.empty() ? "" : " of ", escaped(last_file));
  std::string frames = fmt::format("{} ({}-{})", findings::counted(session.frames, "frame"),
                                   session.first_frame.number, last);
  if (session.duplicates > 0) frames += fmt::format(" and {} captured twice", session.duplicates);
  return fmt::format("{}   {} s   {}   {} octets ->, {} <-", date_and_time(session.start),
                     plain_seconds(session.duration), frames, session.octets[0], session.octets[1]);
}

// "   via gre, vxlan 42"
std::string way_of(const session::Session& session) {
  std::string way;
  for (std::size_t i = 0; i < session.via.told(); ++i) {
    way += (way.empty() ? "   via " : ", ") + net::to_string(session.via[i]);
  }
  return way;
}

// "via socks5 to mx.example.com:25", "via PROXY v2 for 203.0.113.7:4444 to 198.51.100.25:25". As
// sent.
std::string proxy_words(const session::ProxyFacts& proxy) {
  const proxy::Facts& said = proxy.said;
  std::string words = fmt::format("via {}", proxy::name_of(said.protocol));
  if (!proxy::is_header(said.protocol)) {
    if (said.asked) words += " to " + session::to_string(said.destination);
    if (!said.user.empty()) words += " as " + said.user;
    return session::is_refused(proxy) ? words + ", refused" : words;
  }
  if (said.local) return words + ", which names no client";
  if (said.client.kind == proxy::Address::Kind::none) return words;
  return words + fmt::format(" for {} to {}", session::to_string(said.client),
                             session::to_string(said.server));
}

}  // namespace

std::string Story::safe(std::string_view octets) const {
  std::string scratch;
  return escaped(redactor.clean(octets, scratch));
}

std::string Story::frame(const Origin& origin) const {
  return escaped(findings::frame_words(session, origin));
}

Style style_of(delivery::Outcome outcome) noexcept {
  switch (outcome) {
    case delivery::Outcome::delivered:
      return Style::bold_green;
    case delivery::Outcome::rejected:
    case delivery::Outcome::failed_network:
    case delivery::Outcome::failed_tls:
      return Style::bold_red;
    case delivery::Outcome::partially_delivered:
    case delivery::Outcome::deferred:
    case delivery::Outcome::aborted:
      return Style::bold_yellow;
    case delivery::Outcome::no_mail:
    case delivery::Outcome::hidden_by_tls:
    case delivery::Outcome::incomplete:
      break;
  }
  return Style::bold;
}

std::string in_capitals(delivery::Outcome outcome) {
  return ascii::upper(delivery::to_string(outcome));
}

std::string_view name_in_greeting(std::string_view greeting) noexcept {
  const std::string_view word = greeting.substr(0, greeting.find(' '));
  const bool is_name =
      word.find('.') != std::string_view::npos && std::ranges::all_of(word, [](char c) {
        return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_';
      });
  return is_name ? word : std::string_view();
}

std::string sender_of(const Story& story, const session::Transaction& transaction) {
  if (!transaction.sender_known)
    return fmt::format("(not in the {})", findings::record_word(story.session));
  return transaction.sender.empty() ? "<>" : story.safe(transaction.sender);
}

void render_head(Page& page, const Story& story) {
  const session::Session& session = story.session;
  page.line({{fmt::format("#{}  ", session.id), Style::bold}},
            {{who(story, session.helo, Side::client), Style::bold},
             {" -> ", Style::plain},
             {who(story, name_in_greeting(session.greeting), Side::server), Style::bold},
             {fmt::format("   {}/{}", name_of(session.protocol), name_of(session.service)) +
                  way_of(session),
              Style::dim}});
  page.line({{"    ", Style::plain}}, {{facts_of(story), Style::plain}});
  if (session.proxy) {
    page.line({{"    ", Style::plain}}, {{story.safe(proxy_words(*session.proxy)), Style::plain}});
  }
  if (story.options.file_name == TextOptions::FileName::show && !session.file.empty()) {
    page.line({{"    ", Style::plain}}, {{"file " + escaped(session.file), Style::plain}});
  }
  Spans headline{{in_capitals(story.verdict.outcome), style_of(story.verdict.outcome)}};
  if (!story.verdict.reason.empty())
    headline.push_back({fmt::format(" ({})", story.verdict.reason), Style::plain});
  const std::string ground = ground_of(story);
  if (!ground.empty()) headline.push_back({": " + ground, Style::plain});
  page.line({{"    ", Style::plain}}, headline);
}

void render_session(std::string& out, const session::Session& session,
                    const std::vector<findings::Finding>& findings,
                    const delivery::Verdict& verdict, const TextOptions& options) {
  if (options.level == Level::summary) {
    render_summary_row(out, session, verdict, options);
    return;
  }
  const Redactor redactor(session, options.secrets);
  const Story story{session, findings, verdict, options, redactor};
  Page page(out, options.color, options.width);
  render_head(page, story);
  page.blank();
  render_rows(page, story);
  page.blank();
  render_verdict(page, story);
  page.blank();
}

}  // namespace smtpscope::render
