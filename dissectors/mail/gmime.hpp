#pragma once
// GMime, made ready and owned. For this folder's sources alone.
#include <gmime/gmime.h>

#include <memory>
#include <mutex>
#include <string_view>

namespace smtpscope::mail {

struct Unreference {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
// A GObject that is ours.
template <typename T>
using Owned = std::unique_ptr<T, Unreference>;

struct FreeText {
  void operator()(char* text) const noexcept { g_free(text); }
};
using OwnedText = std::unique_ptr<char, FreeText>;

// GMime is ours as long as this lives: before anything else is asked of it, and until all that it
// made is gone. It says nothing about threads, so one after the other.
[[nodiscard]] std::unique_lock<std::mutex> hold_gmime();

// What GMime gives as C text, where there is none: empty.
[[nodiscard]] inline std::string_view view_of(const char* text) noexcept {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace smtpscope::mail
