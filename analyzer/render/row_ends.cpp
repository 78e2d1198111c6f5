#include "analyzer/render/row_ends.hpp"

#include "analyzer/findings/wording.hpp"
#include "analyzer/render/names.hpp"

#include <fmt/format.h>

#include <string>

namespace smtpscope::render {
namespace {

using findings::counted;
using findings::span_words;

void render_failure(RowWriter& rows, const Story& story) {
  const auto& failure = story.session.transcript->failure;
  if (failure) {
    rows.put({trouble, failure->at, {}},
             {{fmt::format("{}: {}", story.session.transcript->tool, story.safe(failure->words)),
               Style::plain}});
  }
}

// As a tool tells it.
void render_told_opening(RowWriter& rows, const Story& story) {
  const tcp::TransportFacts& transport = story.session.transport;
  const bool is_refused =
      transport.opened == tcp::Opened::refused || transport.opened == tcp::Opened::timeout;
  if (is_refused) return render_failure(rows, story);
  if (transport.opened == tcp::Opened::midstream) {
    rows.put({aside, transport.first, {}},
             {{"the transcript does not show the beginning", Style::plain}});
  } else if (transport.handshake_done) {
    rows.put({aside, transport.handshake_done, {}}, {{"connected", Style::plain}});
  }
}

void render_told_closing(RowWriter& rows, const Story& story) {
  const tcp::TransportFacts& transport = story.session.transport;
  if (transport.opened == tcp::Opened::refused || transport.opened == tcp::Opened::timeout) return;
  render_failure(rows, story);
  if (!transport.closed_by) {
    rows.put({aside, {}, {}}, {{"the transcript ends", Style::plain}});
    return;
  }
  rows.put({aside, transport.fin[index_of(*transport.closed_by)], {}},
           {{fmt::format("the {} closes", name_of(*transport.closed_by)), Style::plain}});
}

void render_transport(RowWriter& rows, const Story& story) {
  const tcp::TransportFacts& transport = story.session.transport;
  for (const Side side : {Side::client, Side::server}) {
    const auto i = static_cast<std::size_t>(side);
    const tcp::ReassemblyCounts& counts = story.session.reassembly[i];
    std::string words =
        fmt::format("{}: {}, {}", name_of(side), counted(transport.packets_by_side[i], "packet"),
                    counted(story.session.octets[i], "octet"));
    const auto add = [&](std::uint64_t count, std::string_view what) {
      if (count > 0) words += fmt::format(", {} {}", count, what);
    };
    add(counts.retransmitted_segments, "retransmitted");
    add(counts.out_of_order_segments, "out of order");
    add(counts.keep_alives, "keep-alive");
    add(counts.conflicting_octets, "octets repeated with another value");
    add(story.session.missing[i], "octets missing");
    rows.put_words(words);
  }
}

}  // namespace

void render_opening(RowWriter& rows, const Story& story) {
  const tcp::TransportFacts& transport = story.session.transport;
  if (story.session.transcript) return render_told_opening(rows, story);
  const Row at_start{aside, transport.syn ? *transport.syn : transport.first, {}};
  switch (transport.opened) {
    case tcp::Opened::handshake: {
      std::string words = "connected";
      if (transport.syn_tries > 1)
        words += fmt::format(" at the {} SYN", findings::ordinal(transport.syn_tries));
      if (transport.round_trip) words += ", round trip " + span_words(*transport.round_trip);
      rows.put({aside, transport.handshake_done ? transport.handshake_done : at_start.origin, {}},
               {{words, Style::plain}});
      break;
    }
    case tcp::Opened::midstream:
      rows.put(at_start, {{"the connection began before the capture", Style::plain}});
      break;
    case tcp::Opened::refused:
      rows.put({trouble, transport.reset ? transport.reset : at_start.origin, {}},
               {{"connection refused: SYN is answered by RST", Style::plain}});
      break;
    case tcp::Opened::timeout: {
      std::string words = "no answer to " + counted(transport.syn_tries, "SYN");
      if (transport.syn && transport.last_syn && transport.syn_tries > 1) {
        words += ", the last one after " +
                 span_words(elapsed(transport.syn->time, transport.last_syn->time));
      }
      rows.put({trouble, at_start.origin, {}}, {{words, Style::plain}});
      break;
    }
  }
  if (story.is_full()) render_transport(rows, story);
}

void render_closing(RowWriter& rows, const Story& story) {
  const tcp::TransportFacts& transport = story.session.transport;
  if (story.session.transcript) return render_told_closing(rows, story);
  if (transport.opened == tcp::Opened::refused || transport.opened == tcp::Opened::timeout) return;
  const std::string who = transport.closed_by ? fmt::format("the {}", name_of(*transport.closed_by))
                                              : std::string("one side");
  switch (transport.closed) {
    case tcp::Closed::fin: {
      const auto& fin =
          transport.fin[static_cast<std::size_t>(transport.closed_by.value_or(Side::client))];
      rows.put({aside, fin ? fin : transport.last, {}},
               {{fmt::format("{} closes (FIN)", who), Style::plain}});
      break;
    }
    case tcp::Closed::reset:
      rows.put({aside, transport.reset ? transport.reset : transport.last, {}},
               {{fmt::format("{} breaks the connection off (RST)", who), Style::plain}});
      break;
    case tcp::Closed::idle:
      rows.put({aside, transport.last, {}},
               {{"silence from here on; not waited for any longer", Style::plain}});
      break;
    case tcp::Closed::capture_end:
      rows.put({aside, transport.last, {}},
               {{"the capture ends, the connection is open", Style::plain}});
      break;
  }
}

}  // namespace smtpscope::render
