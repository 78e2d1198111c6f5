#pragma once
// Where packets come from: a capture file, standard input, or a live interface. The only place that
// knows <pcap.h>.
//
//     auto source = capture::open_file("mail.pcap");          // Result<std::unique_ptr<Source>>
//     while (const Packet* packet = (*source)->next()) ...;   // view; lives until the next next()
//     if (const auto& error = (*source)->error()) ...;        // why it ended, if not in order
#include "dissectors/base/packet.hpp"
#include "dissectors/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smtpscope::capture {

// What the kernel says about a live capture. Absent for files.
struct LiveCounts {
  std::uint64_t received = 0;
  std::uint64_t dropped_by_kernel = 0;
  std::uint64_t dropped_by_interface = 0;
};

// What a capture says beside its packets (pcapng does).
struct FileNotes {
  std::uint64_t dropped_by_interface = 0;  // packets that were to be captured and are not there
  std::uint64_t dropped_by_system = 0;
  std::uint64_t comments = 0;                 // on sections, interfaces and packets
  std::vector<std::string> section_comments;  // as many as ReadLimits::comment_octets allows
  std::string key_log;                        // TLS secrets, as in SSLKEYLOGFILE
  std::uint64_t limits_reached = 0;           // something was left out of these notes

  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_by_interface + dropped_by_system;
  }
};

class Source {
 public:
  virtual ~Source() = default;
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // The next packet, or nullptr at the end (of the file, after request_stop(), or on an error).
  //
  // A live source also tells that time passes: while nothing comes, once a second, a Packet without
  // octets whose number is 0 (packets count from 1) and whose time is that of the clock. A packet
  // that the kernel was still holding may follow with a time that is earlier by a fraction of a
  // second.
  [[nodiscard]] virtual const Packet* next() = 0;
  // Set when next() ended because the input is damaged or cut in a packet, or a device failed. What
  // came before was good.
  [[nodiscard]] virtual const std::optional<Error>& error() const noexcept = 0;
  // All such errors, where there are several files; else the one that error() tells.
  [[nodiscard]] virtual std::vector<Error> errors() const {
    return error() ? std::vector<Error>{*error()} : std::vector<Error>();
  }
  // Is the end due to a file that breaks off inside a packet (as against other damage)?
  [[nodiscard]] virtual bool cut_short() const noexcept = 0;
  // "mail.pcap", "standard input", "eth0".
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  // The names of its files, by Packet::file: of one file or interface, its name.
  [[nodiscard]] virtual std::vector<std::string> files() const { return {name()}; }
  // The link type of the first interface, as a number of LinkType or one that is none of ours. Each
  // packet has its own.
  [[nodiscard]] virtual LinkType link_type() const noexcept = 0;
  [[nodiscard]] virtual std::optional<LiveCounts> live_counts() { return std::nullopt; }
  // Grows as the capture is read.
  [[nodiscard]] virtual FileNotes notes() const { return {}; }
  // TLS secrets (FileNotes::key_log) that were read since this was asked last; those that a packet
  // needs come before it.
  [[nodiscard]] virtual std::string take_key_log() { return {}; }
  // False: it never gives any, and need not be asked packet by packet.
  [[nodiscard]] virtual bool may_bring_keys() const noexcept { return false; }
  // Octets come through a decompressor: to read it takes longer than all else.
  [[nodiscard]] virtual bool is_compressed() const noexcept { return false; }
  // Before the first packet: a thread of its own decompresses, ahead of next(). What is told is the
  // same.
  virtual void decompress_ahead() {}
  // For a progress line: octets read of octets in all; 0 of 0 where unknown.
  struct Progress {
    std::uint64_t done = 0, total = 0;
  };
  [[nodiscard]] virtual Progress progress() const noexcept { return {}; }
};

using SourceResult = Result<std::unique_ptr<Source>>;

// Opens a capture file; "-" is standard input. Content decides the form, never the name; what is
// compressed is decompressed. `bpf`, if not empty, filters; packets keep the number that they have
// in the file. Errors: open (no such file, a directory, empty, not a capture - with what it looks
// like), damaged (ends in its own header), usage (bad filter).
[[nodiscard]] SourceResult open_file(const std::string& path, const std::string& bpf = {});

// Several captures as one: in the order of their first packets, and where their times overlap,
// packet by packet in order of time. (Inside of one file, packets stay as they are.) A path may be
// a folder: it stands for the captures in it, but not for those in folders in it.
struct MergeLimits {
  // Files that are read at the same time: each has a descriptor and a window. Further ones wait
  // until one of them ends, and then come late.
  std::size_t open_files = 64;
};
struct OpenedFiles {
  std::unique_ptr<Source> source;  // nullptr: none of them can be read
  std::vector<Error> errors;       // about what was named and cannot be read
  std::vector<Error> left_out;     // about what is in a folder: no captures, and folders
};
[[nodiscard]] OpenedFiles open_files(const std::vector<std::string>& paths,
                                     const std::string& bpf = {}, MergeLimits limits = {});
struct NamedFile {
  std::string path;
  std::string folder{};  // that it was found in; empty: it was named itself
};
struct NamedFiles {
  std::vector<NamedFile> files;
  std::vector<Error> errors;    // folders that have no file, or cannot be read
  std::vector<Error> left_out;  // the folders in a folder
};
// The files that `paths` stand for: folders replaced by the files in them, sorted by name.
[[nodiscard]] NamedFiles files_of(const std::vector<std::string>& paths);

struct LiveOptions {
  std::string interface;
  std::string bpf{};          // kept in the kernel
  int snap_length = 262'144;  // octets a packet
  int buffer_mib = 16;        // kernel buffer
  bool promiscuous = true;
};
// Opens an interface. next() returns nullptr after request_stop(). Errors: usage (no such
// interface, bad filter), permission (with the setcap line for `program`).
[[nodiscard]] SourceResult open_live(const LiveOptions& options, const std::string& program);
// Async-signal-safe: makes next() of every source return nullptr soon, also where it waits for a
// pipe or an interface. It stays so, for sources opened later too, until forget_stop().
void request_stop() noexcept;
[[nodiscard]] bool stop_requested() noexcept;
void forget_stop() noexcept;

// The filter for live capture when the user gives none: TCP on the ports of mail. It compiles for
// every link type. Linux takes the (outer) VLAN tag off before a filter looks, so tagged packets
// are caught; elsewhere, or behind two tags, it takes "vlan and (...)", which most link types
// refuse.
[[nodiscard]] std::string default_filter();

struct Interface {
  std::string name;
  std::string description;  // addresses, "loopback", ...; may be empty
  bool up = false;
  bool loopback = false;
};
[[nodiscard]] Result<std::vector<Interface>> list_interfaces();

}  // namespace smtpscope::capture
