#pragma once
// Compresses octets as people's tools do, for tests.
#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace smtpscope::test {

// `form`: gzip, zstd, xz, bzip2, lz4, compress. Throws std::runtime_error if it cannot.
[[nodiscard]] inline std::string compressed(std::string_view octets, const char* form) {
  struct Free {
    void operator()(archive* it) const noexcept { archive_write_free(it); }
    void operator()(archive_entry* it) const noexcept { archive_entry_free(it); }
  };
  std::string out(octets.size() * 2 + 64 * 1024, '\0');
  std::size_t used = 0;
  const std::unique_ptr<archive, Free> writer(archive_write_new());
  const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_pathname(entry.get(), "data");
  // lz4 comes out block by block; of the others the quickest level will do, as xz sets up 94 MB for
  // its usual one.
  const std::string_view name(form);
  const char* const option = name == "lz4" ? "block-size" : "compression-level";
  const char* const value = name == "lz4" ? "4" : "1";
  const bool has_option = name != "compress";
  const bool good =
      archive_write_add_filter_by_name(writer.get(), form) == ARCHIVE_OK &&
      (!has_option ||
       archive_write_set_filter_option(writer.get(), form, option, value) == ARCHIVE_OK) &&
      archive_write_set_format_raw(writer.get()) == ARCHIVE_OK &&
      archive_write_set_bytes_per_block(writer.get(), 0) == ARCHIVE_OK &&
      archive_write_open_memory(writer.get(), out.data(), out.size(), &used) == ARCHIVE_OK &&
      archive_write_header(writer.get(), entry.get()) == ARCHIVE_OK &&
      archive_write_data(writer.get(), octets.data(), octets.size()) ==
          static_cast<la_ssize_t>(octets.size()) &&
      archive_write_close(writer.get()) == ARCHIVE_OK;
  if (!good) throw std::runtime_error(std::string("cannot compress with ") + form);
  out.resize(used);
  return out;
}

}  // namespace smtpscope::test
