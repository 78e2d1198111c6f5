#include "tests/corpus/differences.hpp"

#include "tests/corpus/corpus.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::test {
namespace {

constexpr std::string_view loose_end =
    "it does not take LF . LF for the end of data, though the server does";
constexpr std::string_view refused_chunk =
    "it waits for the octets of a BDAT that the server has refused";
constexpr std::string_view unreadable_chunk =
    "it shows no BDAT whose size it cannot read, and then waits for its octets";

constexpr std::array<Difference, 10> differences{{
    {Peer::tshark, "snort3_snort3_demo/inspectors__smtp--alert_before_server_response.pcap", 4715,
     Field::commands, "QUIT", "", loose_end},
    {Peer::tshark, "snort3_snort3_demo/ips_options__appids--appids_smtp.pcap", 3306,
     Field::commands, "QUIT", "", loose_end},
    {Peer::tshark, "zeek_zeek/smtp-bdat-cmd-chunk-size-overflow.pcap", 41610, Field::commands,
     "BDAT QUIT", "", unreadable_chunk},
    {Peer::tshark, "zeek_zeek/smtp-bdat-cmd-chunk-size-overflow2.pcap", 33762, Field::commands,
     "BDAT QUIT", "", unreadable_chunk},
    {Peer::tshark, "zeek_zeek/smtp-bdat-cmd-negative-chunk-size.pcap", 54028, Field::commands,
     "BDAT QUIT", "", unreadable_chunk},
    {Peer::tshark, "zeek_zeek/smtp-bdat-cmd-invalid.pcapng", 33472, Field::commands, "QUIT", "",
     refused_chunk},
    {Peer::tshark, "zeek_zeek/smtp-bdat-cmd-invalid.pcapng", 52364, Field::commands, "QUIT", "",
     refused_chunk},
    {Peer::tshark, "zeek_zeek/smtp-bdat-gap.pcap", 12345, Field::commands, "DATA QUIT", "",
     "it waits for octets of a chunk that lie in the gap"},
    {Peer::zeek, "zeek_zeek/smtp-mail-transactions-invalid.pcap", 44478, Field::transactions, "",
     "-/1/500 mail/-/500",
     "refused commands open no transaction, and DATA that is refused ends none"},
    {Peer::zeek, "zeek_zeek/smtp-starttls.pcap", 54170, Field::transactions, "", "-/-/220",
     "it logs a session without mail as if it were one"},
}};

std::string_view name_of(Field field) {
  switch (field) {
    case Field::commands:
      return "commands";
    case Field::replies:
      return "replies";
    case Field::transactions:
      return "transactions";
    case Field::senders:
      return "senders";
    case Field::recipients:
      return "recipients";
    case Field::hello:
      return "hello";
  }
  return "";
}

// What is only in `left`, and what is only in `right`: all but the longest common subsequence.
struct Only {
  std::vector<std::string> left, right;
};

Only difference_of(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  std::vector<std::vector<std::size_t>> common(left.size() + 1,
                                               std::vector<std::size_t>(right.size() + 1, 0));
  for (std::size_t i = left.size(); i-- > 0;) {
    for (std::size_t j = right.size(); j-- > 0;) {
      common[i][j] = left[i] == right[j] ? common[i + 1][j + 1] + 1
                                         : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  Only only;
  std::size_t i = 0, j = 0;
  while (i < left.size() || j < right.size()) {
    if (i < left.size() && j < right.size() && left[i] == right[j]) {
      ++i, ++j;
    } else if (j == right.size() || (i < left.size() && common[i + 1][j] >= common[i][j + 1])) {
      only.left.push_back(left[i++]);
    } else {
      only.right.push_back(right[j++]);
    }
  }
  return only;
}

}  // namespace

void Comparison::compare(const std::string& capture, std::uint16_t client_port, Field field,
                         const std::vector<std::string>& ours,
                         const std::vector<std::string>& theirs) {
  ++compared_;
  const Only only = difference_of(ours, theirs);
  const auto* listed =
      std::find_if(differences.begin(), differences.end(), [&](const Difference& row) {
        return row.peer == peer_ && row.capture == capture && row.client_port == client_port &&
               row.field == field;
      });
  const bool is_listed = listed != differences.end();
  if (is_listed) met_.push_back(listed);
  INFO(capture << ", client port " << client_port << ", " << name_of(field));
  INFO("smtpscope: " << joined(ours) << "\nthe peer:  " << joined(theirs));
  CHECK(joined(only.left) == (is_listed ? listed->peer_lacks : ""));
  CHECK(joined(only.right) == (is_listed ? listed->peer_has : ""));
}

void Comparison::finish() const {
  for (const Difference& row : differences) {
    if (row.peer != peer_) continue;
    INFO("listed: " << row.capture << ", client port " << row.client_port << ", "
                    << name_of(row.field));
    CHECK(std::find(met_.begin(), met_.end(), &row) != met_.end());
    CHECK_FALSE(row.reason.empty());
    CHECK_FALSE((row.peer_lacks.empty() && row.peer_has.empty()));
  }
}

}  // namespace smtpscope::test
