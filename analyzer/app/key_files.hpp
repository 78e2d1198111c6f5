#pragma once
// The key logs of --keys and SSLKEYLOGFILE, and what a capture brings itself: all in one
// tls::KeyLog. None of it is ever printed.
#include "dissectors/base/result.hpp"
#include "dissectors/tls/key_log.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtpscope::app {

struct KeyOptions {
  std::vector<std::string> files;  // --keys
  std::string of_environment;      // SSLKEYLOGFILE; read if it is there, and if nothing was given
};

class KeyFiles {
 public:
  // Is the capture over, or does it go on while this runs? Then files may come and grow.
  enum class While : std::uint8_t { reading, capturing };

  KeyFiles(const KeyOptions& options, While when);
  ~KeyFiles();
  KeyFiles(const KeyFiles&) = delete;
  KeyFiles& operator=(const KeyFiles&) = delete;

  // Every file that was named can be read; what is wrong was said on stderr.
  [[nodiscard]] bool usable() const noexcept { return usable_; }
  // Keys were asked for, or the capture has some.
  [[nodiscard]] bool given() const noexcept { return given_; }
  [[nodiscard]] const tls::KeyLog& log() const noexcept { return log_; }

  // What was written since.
  void read_more();
  // Keys that stand in the capture.
  void add(std::string_view text);

 private:
  struct File {
    std::string path;
    int descriptor = -1;
    std::uint64_t offset = 0;  // read so far: whole lines
  };
  // False: it is not there, or cannot be read.
  [[nodiscard]] bool open(File& file) const;
  void read(File& file);
  void read_pipe(const File& file);
  void say_what_is_wrong(const File& file, std::uint64_t bad_lines, std::size_t sessions) const;

  While when_;
  bool usable_ = true;
  bool given_ = false;
  std::vector<File> files_;
  tls::KeyLog log_;
};

}  // namespace smtpscope::app
