#include "analyzer/app/rule_files.hpp"

#include "analyzer/app/say.hpp"
#include "dissectors/base/result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace smtpscope::app {
namespace {

constexpr delivery::RuleLimits rule_limits;

// One octet more than a file may have, at most: then it is told that it is too large.
Result<std::string> text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(rule_limits.octets + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    return Error{ErrorKind::open, path, std::string("cannot be read: ") + std::strerror(errno), {}};
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

void append(delivery::ReplyRules& all, delivery::ReplyRules&& more) {
  std::ranges::move(more.rules, std::back_inserter(all.rules));
  std::ranges::move(more.providers, std::back_inserter(all.providers));
}

}  // namespace

OwnRules::OwnRules(const std::vector<std::string>& files) {
  if (files.empty()) return;
  delivery::ReplyRules all;
  delivery::ReplyRules known;
  known.providers = delivery::built_in_rules().providers;
  known.words = delivery::built_in_rules().words;
  for (const std::string& path : files) {
    auto text = text_of(path);
    if (!text) {
      say(text.error());
      usable_ = false;
      continue;
    }
    std::vector<delivery::RuleError> errors;
    delivery::ReplyRules rules = delivery::parse_rules(*text, errors, known, rule_limits);
    for (const delivery::RuleError& error : errors) {
      say(fmt::format("{}:{}:{}: {}", render::escaped(path), error.line, error.column,
                      render::escaped(error.cause)));
    }
    usable_ = usable_ && errors.empty();
    known.providers.insert(known.providers.end(), rules.providers.begin(), rules.providers.end());
    known.words.insert(known.words.begin(), rules.words.begin(), rules.words.end());
    append(all, std::move(rules));
  }
  if (!usable_) return;
  classifier_.emplace(all);
  if (classifier_->usable()) return;
  say("--rules: the patterns are too large together");
  usable_ = false;
}

}  // namespace smtpscope::app
