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
  const bool is_lz4 =
      std::string_view(form) == "lz4";  // in small blocks: it comes out block by block
  const bool good =
      archive_write_add_filter_by_name(writer.get(), form) == ARCHIVE_OK &&
      (!is_lz4 ||
       archive_write_set_filter_option(writer.get(), "lz4", "block-size", "4") == ARCHIVE_OK) &&
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
