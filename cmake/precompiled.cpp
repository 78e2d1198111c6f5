// Only here to have the header precompiled that all libraries share (flags.cmake).
#include "cmake/precompiled.hpp"
