// Any octets as a line of a mail log: what it says lies in the line, and is the same each time;
// whoever is said to have got a reply that refuses has a line of a log.
#include "analyzer/logs/mail_log.hpp"
#include "dissectors/base/bytes.hpp"
#include "dissectors/base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace smtpscope;

namespace {

bool is_part_of(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = as_text({data, size});
  const auto told = logs::read_log_line(line);
  const bool known = logs::is_log_line(line);
  if (!told) return 0;
  check(known, "a delivery is told by a line of a log");
  for (const std::string_view part : {told->queue_id, told->sender, told->recipient, told->host,
                                      told->address, told->reply, told->text, told->status}) {
    check(is_part_of(part, line), "what is told stands in the line");
  }
  const auto again = logs::read_log_line(line);
  check(again && again->fate == told->fate && again->reply == told->reply,
        "the same line tells the same");
  return 0;
}
