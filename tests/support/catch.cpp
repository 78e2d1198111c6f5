// Only here to have the precompiled header made that all tests share (tests/CMakeLists.txt).
#include "tests/support/catch.hpp"
