#include "analyzer/app/accounts_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace smtpscope::app {
namespace {

constexpr std::size_t ports_shown = 8;

std::string ports_text(const session::Accounts& accounts) {
  std::vector<std::pair<std::uint16_t, std::uint64_t>> ports(accounts.other_ports.begin(),
                                                             accounts.other_ports.end());
  std::ranges::stable_sort(ports, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < std::min(ports.size(), ports_shown); ++i) {
    text += fmt::format("{}{}: {}", i == 0 ? "" : ", ", ports[i].first, ports[i].second);
  }
  if (ports.size() > ports_shown) text += fmt::format(", and {} more", ports.size() - ports_shown);
  return text;
}

// What became of the datagrams that came in pieces.
void append_fragments(std::string& text, const ip::FragmentCounts& counts) {
  const auto line = [&text](std::uint64_t count, const char* what) {
    if (count > 0) fmt::format_to(std::back_inserter(text), "  {:>12}  {}\n", count, what);
  };
  line(counts.completed, "datagrams put together from IP fragments");
  line(counts.incomplete, "datagrams left incomplete: an IP fragment is missing");
  line(counts.overlapping, "datagrams left out: their IP fragments overlap");
  line(counts.oversized, "datagrams left out: longer than IP can say");
  line(counts.dropped, "datagrams dropped: limit of IP fragments reached");
  line(counts.repeated, "IP fragments came twice");
  line(counts.misfits, "IP fragments with a length that none can have");
}

}  // namespace

std::string fragments_note(const session::Accounts& accounts) {
  const std::uint64_t count = accounts.fragments.overlapping;
  if (count == 0) return {};
  return fmt::format("{} IP datagram{} left out: {} fragments overlap, as attacks do (RFC 5722)",
                     count, count == 1 ? "" : "s", count == 1 ? "its" : "their");
}

std::string contents_text(const session::Accounts& accounts) {
  std::string text = fmt::format("{} packet{}", accounts.packets, accounts.packets == 1 ? "" : "s");
  const char* mark = ": ";
  if (accounts.other_tcp > 0) {
    text += fmt::format("{}{} TCP (packets by port: {})", mark, accounts.other_tcp,
                        ports_text(accounts));
    mark = ", ";
  }
  if (accounts.duplicates > 0) {
    text += fmt::format("{}{} captured twice", mark, accounts.duplicates);
    mark = ", ";
  }
  for (std::size_t why = 0; why < accounts.not_tcp.size(); ++why) {
    if (accounts.not_tcp[why] == 0) continue;
    text += fmt::format("{}{} {}", mark, accounts.not_tcp[why],
                        net::to_string(static_cast<net::NotTcpWhy>(why)));
    mark = ", ";
  }
  return text;
}

namespace {

// Connections by their fate, and what they carried: the sums are those of the sessions that are
// told.
void append_flows(std::string& text, const session::Accounts& accounts) {
  const auto fact = [&text](std::uint64_t count, const char* what) {
    if (count > 0) fmt::format_to(std::back_inserter(text), "  {:>12}  {}\n", count, what);
  };
  const auto ended = [&accounts](tcp::Closed how) {
    return accounts.ended[static_cast<std::size_t>(how)];
  };
  fmt::format_to(std::back_inserter(text), "  {:>12}  sessions\n", accounts.sessions);
  fact(ended(tcp::Closed::fin), "of them closed");
  fact(ended(tcp::Closed::reset), "of them reset");
  fact(ended(tcp::Closed::idle), "of them quiet for too long");
  fact(ended(tcp::Closed::capture_end), "of them open at the end");
  fact(accounts.other_flows, "other TCP connections");
  fact(accounts.flows, "TCP connections in all");
  fact(accounts.octets_told, "octets of sessions told");
  fact(accounts.octets_missing, "octets of sessions missing");
  fact(accounts.gaps, "gaps, in which they are missing");
}

}  // namespace

std::string accounts_text(const session::Accounts& accounts) {
  std::string text;
  std::uint64_t sum = 0;
  const auto line = [&text, &sum](std::uint64_t count, const char* what) {
    sum += count;
    if (count > 0) fmt::format_to(std::back_inserter(text), "  {:>12}  {}\n", count, what);
  };
  line(accounts.mail, "mail");
  line(accounts.late, "mail, and late: of sessions that were told, with nothing new");
  line(accounts.duplicates, "captured twice: the same packet, not analysed again");
  line(accounts.other_tcp, "TCP that is no mail");
  for (std::size_t why = 0; why < accounts.not_tcp.size(); ++why) {
    line(accounts.not_tcp[why], net::to_string(static_cast<net::NotTcpWhy>(why)));
  }
  fmt::format_to(std::back_inserter(text), "  {:>12}  packets counted, of {} read\n", sum,
                 accounts.packets);
  append_flows(text, accounts);
  if (accounts.guessed_flows > 0) {
    fmt::format_to(
        std::back_inserter(text),
        "  {:>12}  flows taken by their ports: a limit ended the wait for what they say\n",
        accounts.guessed_flows);
  }
  append_fragments(text, accounts.fragments);
  if (accounts.checked_checksums > 0) {
    fmt::format_to(
        std::back_inserter(text), "  {:>12}  of {} TCP checksums looked at are wrong{}\n",
        accounts.wrong_checksums, accounts.checked_checksums,
        accounts.wrong_checksums > 0 ? " (offload, as in captures on the sending host; ignored)"
                                     : "");
  }
  const auto fact = [&text](std::uint64_t count, const char* what) {
    if (count > 0) fmt::format_to(std::back_inserter(text), "  {:>12}  {}\n", count, what);
  };
  fact(accounts.icmp_errors, "ICMP errors about sessions, counted as mail");
  fact(accounts.icmp_misfits,
       "ICMP errors that quote what their session never sent, counted as ICMP");
  fact(accounts.ignored_segments, "segments left out for a wrong TCP checksum (--check-sums)");
  fact(accounts.evicted_flows, "connections given up before their end, to stay within the limit");
  fact(accounts.memory_reached,
       "times that the limit of octets held in all connections was reached");
  using session::Limit;
  const auto reached = [&](Limit limit) {
    return accounts.limits[static_cast<std::size_t>(limit)];
  };
  fact(reached(Limit::held_segments),
       "times that the limit of what waits behind a hole was reached");
  fact(reached(Limit::held_dialogue), "times that the limit of what waits for replies was reached");
  fact(reached(Limit::exchanges), "sessions of which not all exchanges were kept");
  return text;
}

std::string drops_text(const capture::FileNotes& notes) {
  if (notes.dropped() == 0) return {};
  return fmt::format("{} packet{} lost while capturing ({} by the interface, {} by the system)",
                     notes.dropped(), notes.dropped() == 1 ? " was" : "s were",
                     notes.dropped_by_interface, notes.dropped_by_system);
}

std::string notes_text(const capture::FileNotes& notes) {
  std::string text;
  const auto line = [&text](std::uint64_t count, const char* what) {
    if (count > 0) fmt::format_to(std::back_inserter(text), "  {:>12}  {}\n", count, what);
  };
  line(notes.dropped_by_interface, "packets lost by the interface while capturing");
  line(notes.dropped_by_system, "packets lost by the system while capturing");
  line(notes.comments, "comments in the capture");
  line(notes.key_log.size(), "octets of TLS secrets in the capture");
  line(notes.limits_reached, "times a limit of reading was reached");
  return text;
}

}  // namespace smtpscope::app
