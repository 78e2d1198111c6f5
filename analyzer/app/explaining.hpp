#pragma once
// Replies to standard output, explained in the form that was asked for.
#include "analyzer/app/options.hpp"
#include "analyzer/app/output.hpp"
#include "analyzer/delivery/explanation.hpp"
#include "analyzer/render/explanation.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smtpscope::app {

class Explaining {
 public:
  // All three outlive it. Without `own` rules, the built-in ones.
  Explaining(const Explain& task, const delivery::Classifier* own, Output& output)
      : task_(task), classifying_(own), explainer_(classifying_), output_(output) {}

  // A reply, "\n" between its lines.
  void tell(std::string_view reply, delivery::Asked asked, Format format);
  // One reply a line, with the command behind a tab; one answer for each line, whatever stands
  // there.
  void tell_line(std::string_view line);

  // A delivery that a log or a bounce tells of.
  struct Delivery {
    render::ReplyPlace place;
    delivery::ToldDelivery told;
  };
  void tell(const Delivery& delivery, Format format);

  [[nodiscard]] Format format_or(Format other) const noexcept {
    return task_.format.value_or(other);
  }
  [[nodiscard]] Output& output() const noexcept { return output_; }

 private:
  void put_gap(Format format);

  const Explain& task_;
  delivery::Classifying classifying_;
  delivery::Explainer explainer_;
  Output& output_;
  std::string scratch_;  // what is explained, where it is not as it came
  std::string text_;
  bool first_ = true;
};

}  // namespace smtpscope::app
