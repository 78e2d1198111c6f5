#include "analyzer/findings/again.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace smtpscope::findings {
namespace {

bool same_hosts(const Attempt& a, const Attempt& b) noexcept {
  return a.client.address == b.client.address && a.server.address == b.server.address;
}

// A host may have several addresses: then it gives in EHLO the name that it greeted with. Not where
// its client calls itself so, too, and not by a name that any host has.
bool is_by_name(const Attempt& first, const Attempt& second) noexcept {
  const std::string_view name = second.helo;
  return first.client.address != second.client.address &&
         name.find('.') != std::string_view::npos && !ascii::starts_no_case(name, "localhost") &&
         !ascii::equal_no_case(name, first.helo) && ascii::equal_no_case(name, first.server_name);
}

// Does `second` pass on what its client took in `first`? A filter before the queue does so while
// the first is open. On a host that talks to itself the port tells the next one.
bool is_passed_on(const Attempt& first, const Attempt& second) noexcept {
  if (first.server.address != second.client.address && !is_by_name(first, second)) return false;
  if (same_hosts(first, second) && first.server.port == second.server.port) return false;
  const bool while_open =
      first.begun.time <= second.begun.time && second.begun.time <= first.decided.time;
  const bool behind = first.any_accepted() && first.decided.time <= second.begun.time;
  return while_open || behind;
}

// Sent on to its server by the same client, or to the same server; not one that is seen twice, on
// its way through a box that changes addresses: that has the same reply at the same time.
bool is_tried_again(const Attempt& first, const Attempt& second) noexcept {
  if (first.client.address != second.client.address &&
      first.server.address != second.server.address)
    return false;
  if (first.sender != second.sender || first.decided.time >= second.begun.time) return false;
  return first.queued_as.empty() || first.queued_as != second.queued_as ||
         first.server.address != second.server.address;
}

// What it came to for a recipient, as far as it makes a second attempt a story.
std::optional<AgainKind> kind_of(const Tried& tried) noexcept {
  switch (tried.fate) {
    case Fate::accepted:
      return AgainKind::duplicate;
    case Fate::unheard:
      return AgainKind::may_be_twice;
    case Fate::deferred:
    case Fate::refused:
    case Fate::broken_off:
      return AgainKind::retry;
    case Fate::unknown:
      break;
  }
  return std::nullopt;
}

bool is_for(const Attempt& attempt, const Tried& tried) noexcept {
  return std::ranges::any_of(attempt.recipients, [&](const Tried& each) {
    return ascii::equal_no_case(each.recipient, tried.recipient);
  });
}

// It came back to the client after it had sent it away: a filter on another host, which is no
// server for good.
bool came_back(const Attempt& attempt, const Attempt& sent,
               std::span<const Attempt> earlier) noexcept {
  return std::ranges::any_of(earlier, [&](const Attempt& each) {
    return each.server.address == attempt.client.address && each.begun.time > sent.begun.time;
  });
}

std::optional<Again> tried_again(const Attempt& attempt, const Attempt& first,
                                 std::span<const Attempt> earlier) {
  if (!is_tried_again(first, attempt)) return std::nullopt;
  std::optional<Again> found;
  for (const Tried& tried : first.recipients) {
    const auto kind = kind_of(tried);
    if (!kind || !is_for(attempt, tried)) continue;
    if (!found || *kind < found->kind) found = Again{*kind, &first, {}, true};
    if (*kind != found->kind) continue;
    found->recipients.push_back(&tried);
    found->all_greylisted = found->all_greylisted && tried.greylisted;
  }
  const bool elsewhere = first.server.address != attempt.server.address;
  if (found && found->kind == AgainKind::duplicate && elsewhere &&
      came_back(attempt, first, earlier))
    return std::nullopt;
  return found;
}

std::optional<Again> relation(const Attempt& attempt, const Attempt& other,
                              std::span<const Attempt> earlier) {
  if (attempt.session.id == other.session.id) return std::nullopt;
  if (auto found = tried_again(attempt, other, earlier)) return found;
  if (is_passed_on(other, attempt)) return Again{AgainKind::next_hop, &other, {}, false};
  if (is_passed_on(attempt, other)) return Again{AgainKind::hop_before, &other, {}, false};
  return std::nullopt;
}

}  // namespace

std::optional<Again> again(const Attempt& attempt, std::span<const Attempt> earlier,
                           Nanoseconds age_max) {
  std::optional<Again> gravest;
  for (const Attempt& other : earlier) {
    if (elapsed(other.decided.time, attempt.begun.time) > age_max) continue;
    auto found = relation(attempt, other, earlier);
    if (found && (!gravest || found->kind <= gravest->kind)) gravest = std::move(found);
  }
  return gravest;
}

}  // namespace smtpscope::findings
