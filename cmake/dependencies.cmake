# The libraries that come from the system; ./dev installs their packages.
find_package(PkgConfig REQUIRED)
pkg_check_modules(PCAP REQUIRED IMPORTED_TARGET libpcap)      # capture and BPF
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)    # compressed captures
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)             # gzip, to the last octet before a break
pkg_check_modules(GMIME REQUIRED IMPORTED_TARGET gmime-3.0)         # RFC 2047 in header fields
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)               # patterns in the text of replies
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)  # UTF-8, display width
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)          # domains of other scripts
find_package(OpenSSL REQUIRED)                                # TLS: keys, records, certificates
find_package(mimalloc REQUIRED)                               # memory, faster than the C library's
find_package(CLI11 REQUIRED)                                  # command line
find_package(Threads REQUIRED)                                # several threads for one capture
find_package(fmt REQUIRED)                                    # formatting
find_package(tsl-robin-map REQUIRED)                          # flow table
find_path(RAPIDJSON_INCLUDE rapidjson/writer.h REQUIRED)      # JSON, streaming
add_library(rapidjson INTERFACE)
target_include_directories(rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE})
find_path(HIGHWAY_INCLUDE hwy/highway.h REQUIRED)             # vectors, for the scan of message text: the headers alone
add_library(highway INTERFACE)
target_include_directories(highway SYSTEM INTERFACE ${HIGHWAY_INCLUDE})
