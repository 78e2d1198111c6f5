#pragma once
// The advice of a reason, with actual names in the place of {recipient}, {sender}, {client} and
// {server}.
#include <string>
#include <string_view>

namespace smtpscope::delivery {

struct AdviceNames {
  std::string_view recipient;
  std::string_view sender;
  std::string_view client;
  std::string_view server;
};

void append_advice(std::string& out, std::string_view advice, const AdviceNames& names);

}  // namespace smtpscope::delivery
