#pragma once
// The files of --rules.
#include "analyzer/delivery/classifier.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smtpscope::app {

// Reads them and says on stderr all that is wrong with them.
class OwnRules {
 public:
  explicit OwnRules(const std::vector<std::string>& files);

  [[nodiscard]] bool usable() const noexcept { return usable_; }
  // nullptr if there are no rules but the built-in ones.
  [[nodiscard]] const delivery::Classifier* classifier() const noexcept {
    return classifier_ ? &*classifier_ : nullptr;
  }

 private:
  bool usable_ = true;
  std::optional<delivery::Classifier> classifier_;
};

}  // namespace smtpscope::app
