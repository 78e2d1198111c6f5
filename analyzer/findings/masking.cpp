#include "analyzer/findings/masking.hpp"

#include "analyzer/findings/circumstances.hpp"
#include "dissectors/base/ascii.hpp"

#include <algorithm>

namespace smtpscope::findings {
namespace {

using session::Session;
using smtp::Exchange;
using smtp::Verb;

// The shortest keywords and verbs that are masked: HELP, EHLO.
constexpr std::size_t masked_octets_min = 4;
constexpr std::size_t stars_min = 5;
// Of words of one kind: an answer has no more lines worth a name.
constexpr std::size_t kept_max = 16;
constexpr std::string_view starttls = "STARTTLS";

void keep(std::vector<std::string>& words, const std::string& word) {
  if (words.size() < kept_max && std::ranges::find(words, word) == words.end())
    words.push_back(word);
}

bool is_no_keyword(const smtp::Capability& capability) noexcept {
  return !capability.well_formed && std::ranges::count(capability.keyword, '*') >= 2;
}

bool is_smtp_hello(const Exchange& exchange) noexcept {
  if (!exchange.command) return false;
  const Verb verb = exchange.command->verb;
  return verb == Verb::ehlo || verb == Verb::helo;
}

class Reader {
 public:
  explicit Reader(const Session& session) : session_(session) {}
  Masking read();

 private:
  void note(std::size_t index) {
    masking_.exchange = std::min(masking_.exchange, index);
    const Exchange& exchange = session_.exchanges[index];
    masking_.evidence.push_back(exchange.replies.empty() ? exchange.command->origin
                                                         : exchange.reply()->origin);
  }
  void read_offer(const session::Offer& offer);
  void read_verbs();

  const Session& session_;
  Masking masking_;
};

void Reader::read_offer(const session::Offer& offer) {
  if (offer.under_tls) return;
  bool any = false;
  for (const smtp::Capability& capability : offer.capabilities) {
    if (is_masked(capability.keyword)) {
      keep(masking_.keywords, capability.keyword);
      masking_.could_hide_starttls =
          masking_.could_hide_starttls || capability.keyword.size() == starttls.size();
      any = true;
    } else if (is_no_keyword(capability)) {
      keep(masking_.no_keywords, capability.line);
      any = true;
    }
  }
  if (any) note(offer.hello);
}

void Reader::read_verbs() {
  for (std::size_t index = 0; index < session_.exchanges.size(); ++index) {
    const auto& command = session_.exchanges[index].command;
    if (!command || command->verb != Verb::unknown || command->secret || !is_masked(command->name))
      continue;
    keep(masking_.verbs, command->name);
    masking_.could_hide_starttls =
        masking_.could_hide_starttls || command->name.size() == starttls.size();
    note(index);
  }
}

Masking Reader::read() {
  if (session_.has_greeting() && is_banner_of_stars(session_.greeting)) {
    masking_.banner = true;
    masking_.could_hide_starttls = std::ranges::any_of(session_.exchanges, is_smtp_hello);
    note(0);
  }
  for (const session::Offer& offer : session_.offers.all()) read_offer(offer);
  read_verbs();
  return std::move(masking_);
}

}  // namespace

bool is_masked(std::string_view word) noexcept {
  if (word.size() < masked_octets_min) return false;
  const std::string_view front = word.substr(0, word.size() - 1);
  const bool crossed =
      front.find_first_not_of('X') == std::string_view::npos && ascii::is_upper(word.back());
  return crossed || word.find_first_not_of('*') == std::string_view::npos;
}

bool is_banner_of_stars(std::string_view greeting) noexcept {
  const auto stars = static_cast<std::size_t>(std::ranges::count(greeting, '*'));
  const std::size_t others =
      greeting.size() - stars - static_cast<std::size_t>(std::ranges::count(greeting, ' '));
  return stars >= stars_min && stars > others;
}

Masking masking_of(const Session& session) {
  if (session.unseen || other_protocol(session)) return {};
  return Reader(session).read();
}

bool is_starttls_stripped(const Session& session, const Masking& masking) {
  if (!masking.could_hide_starttls || (session.tls && session.tls->accept)) return false;
  return std::ranges::none_of(session.offers.all(), [](const session::Offer& offer) {
    return offer.find(starttls) != nullptr;
  });
}

}  // namespace smtpscope::findings
