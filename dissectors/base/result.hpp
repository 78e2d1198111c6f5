#pragma once
// Result<T>: a value, or the Error that kept the world from giving one (no such file, no right,
// ...). Member names are those of std::expected, which C++23 brings; this is the part that we use.
#include "dissectors/base/check.hpp"

#include <string>
#include <utility>
#include <variant>

namespace smtpscope {

// What kind of trouble: decides the exit status (see analyzer/app/exit_code.hpp).
enum class ErrorKind : std::uint8_t {
  usage,       // what was asked makes no sense (bad filter, unknown interface)
  open,        // cannot be opened or is no capture
  damaged,     // the input breaks off or is damaged; what came before was told
  permission,  // no right to capture
  output,      // stdout cannot be written
};

struct Error {
  ErrorKind kind = ErrorKind::open;
  std::string subject;  // the file, interface or filter it is about
  std::string what;     // the cause, as a sentence without a final point
  std::string advice;   // what to do next; may be empty
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& value() & { return checked(); }
  [[nodiscard]] T&& value() && { return std::move(checked()); }
  [[nodiscard]] T& operator*() & { return checked(); }
  [[nodiscard]] T* operator->() { return &checked(); }
  [[nodiscard]] const Error& error() const {
    check(!has_value(), "error() of a Result that has a value");
    return *std::get_if<1>(&state_);
  }

 private:
  T& checked() {
    check(has_value(), "value() of a Result that holds an error");
    return *std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

}  // namespace smtpscope
