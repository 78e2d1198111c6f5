#pragma once
// A session as text for people: who spoke to whom, every line of the dialogue with its time, its
// wait and its meaning, what was odd about it, and what became of the mail.
//
//     head      who -> whom, when, how long, the verdict in one line
//     rows      one a line of the dialogue; findings under the row that they are about; a rule
//               across the page where TLS hides the rest; gaps as rows of their own
//     verdict   per recipient and in sentences, with what to do
//
//        time      wait
//       0.012     12 ms <-  220 mx.example.com ESMTP          ready
//       0.013           ->  EHLO client.example.net           greets, asks for extensions
//       0.101     80 ms <** 550 5.1.1 <bob@example.com>: User unknown
//
// The marks are those of swaks: "->" and "<-" for an expected line, "**>" and "<**" for an
// unexpected one, "===" for what is no line. A command and its reply stand together, also where
// pipelining put other lines between them; times are those of the packets.
//
// The same input gives the same octets. On a terminal no line is wider than it, and no reply that
// refuses is ever cut; without a width (a pipe) nothing is wrapped either.
#include "analyzer/delivery/verdict.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/render/page.hpp"
#include "analyzer/render/redact.hpp"
#include "analyzer/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace smtpscope::render {

enum class Level : std::uint8_t {
  summary,   // a table, one line a session
  dialogue,  // the dialogue with long, friendly replies folded
  full,      // every line of every reply, frame numbers, facts of the transport
};

struct TextOptions {
  Level level = Level::dialogue;
  Color color = Color::never;
  std::size_t width = 0;  // columns of the terminal; 0: do not wrap, do not cut
  Secrets secrets = Secrets::mask;
  enum class FileName : std::uint8_t { hide, show } file_name = FileName::hide;  // in the head
};

// Appends the session, and an empty line. Level::summary gives its row of the table.
void render_session(std::string& out, const session::Session& session,
                    const std::vector<findings::Finding>& findings,
                    const delivery::Verdict& verdict, const TextOptions& options);

// The table of sessions. On a terminal that is too narrow for all columns the less important ones
// are left out, and what is too long for its column is cut.
void render_summary_header(std::string& out, const TextOptions& options);
void render_summary_row(std::string& out, const session::Session& session,
                        const delivery::Verdict& verdict, const TextOptions& options);

}  // namespace smtpscope::render
