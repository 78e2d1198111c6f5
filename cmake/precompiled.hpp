#pragma once
// What nearly every source includes, compiled once: the standard library's headers and fmt's are
// most of what the compiler reads. Sources include what they use all the same: the presets tidy,
// fuzz and coverage build the libraries without this.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
