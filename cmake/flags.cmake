# Warnings and sanitizers for our own targets; linked PRIVATE, so nobody inherits them.
add_library(smtpscope_flags INTERFACE)
target_include_directories(smtpscope_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(smtpscope_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum
  $<$<BOOL:${SMTPSCOPE_WERROR}>:-Werror>)
# Some of the libraries want it, and what is precompiled must have been compiled alike.
target_compile_options(smtpscope_flags INTERFACE -pthread)
target_link_options(smtpscope_flags INTERFACE -pthread)
if(SMTPSCOPE_SANITIZE)
  target_compile_options(smtpscope_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # At a fixed address: a quarter of each start went into moving what the sanitizers know of the program.
  target_link_options(smtpscope_flags INTERFACE -fsanitize=address,undefined -no-pie)
endif()
if(SMTPSCOPE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # As clang does by itself: the tests start the program some thousand times, and look symbols up in one library less.
  target_link_options(smtpscope_flags INTERFACE -static-libasan -static-libubsan)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=gold SMTPSCOPE_HAS_GOLD)  # twice as fast, and there are fifty programs to link
  if(SMTPSCOPE_HAS_GOLD)
    target_link_options(smtpscope_flags INTERFACE -fuse-ld=gold)
  endif()
endif()
if(SMTPSCOPE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(smtpscope_flags INTERFACE
    -fsanitize-ignorelist=${CMAKE_CURRENT_LIST_DIR}/sanitizer_ignore.txt)
endif()
if(SMTPSCOPE_LIBFUZZER)
  target_compile_options(smtpscope_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# smtpscope_precompiled(TARGET): precompiled.hpp, made once for all, where that is asked for.
function(smtpscope_precompiled target)
  if(NOT SMTPSCOPE_PCH)
    return()
  endif()
  if(NOT TARGET smtpscope_pch)
    add_library(smtpscope_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
    target_link_libraries(smtpscope_pch PRIVATE smtpscope_flags fmt::fmt)
    target_precompile_headers(smtpscope_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
  endif()
  target_link_libraries(${target} PRIVATE fmt::fmt)
  target_precompile_headers(${target} REUSE_FROM smtpscope_pch)
endfunction()

# smtpscope_unity(TARGET APART sources...): its sources are compiled eight at a time, where that is asked for. Headers and what
# is instantiated from them are most of what the compiler does, and then done once for all of them. What stands in a nameless
# namespace is then seen by the others: those whose names are another's, too, are named, and compiled by themselves. A source
# includes what it uses all the same: the presets tidy, tsan, fuzz and coverage compile each alone.
function(smtpscope_unity target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "APART")
  if(NOT SMTPSCOPE_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  set_source_files_properties(${arg_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# smtpscope_library(NAME sources... DEPENDS targets...): a static library of this project, with its
# headers checked to compile alone. NOT_PRECOMPILED: a library that it uses wants other flags than the rest. What it may depend on is in the table of docs/ARCHITECTURE.md.
function(smtpscope_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NOT_PRECOMPILED" "" "SOURCES;HEADERS;DEPENDS;PRIVATE_DEPENDS")
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE smtpscope_flags ${arg_PRIVATE_DEPENDS})
  if(NOT arg_NOT_PRECOMPILED)
    smtpscope_precompiled(${name})
  endif()
endfunction()
