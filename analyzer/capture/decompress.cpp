#include "analyzer/capture/decompress.hpp"

#include "analyzer/capture/read_ahead.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace smtpscope::capture {
namespace {

constexpr std::size_t piece_octets = 64 * 1024;  // of what is compressed

// What there is inside of another input.
class InnerInput : public Input {
 public:
  Progress progress() const noexcept override { return outer_->progress(); }
  std::string compression() const override {
    const std::string before = outer_->compression();
    return before.empty() ? name_of_form_ : before + ", in it " + name_of_form_;
  }

 protected:
  InnerInput(std::unique_ptr<Input> outer, std::string form)
      : Input(outer->name()), outer_(std::move(outer)), name_of_form_(std::move(form)) {}

  // The next octets of what is compressed; empty at the end.
  [[nodiscard]] Bytes next_piece() {
    const std::size_t octets = outer_->read(piece_);
    if (octets == 0) at_end_ = true;
    return Bytes(piece_).first(octets);
  }
  // No more octets, though the compressed data is not at its end.
  void fail_early(std::string cause) {
    if (at_end_ && outer_->failure()) return fail(*outer_->failure());
    fail(at_end_ ? InputFailure::Kind::cut_short : InputFailure::Kind::damaged, std::move(cause));
  }

 private:
  std::unique_ptr<Input> outer_;
  std::string name_of_form_;
  bool at_end_ = false;
  std::array<std::uint8_t, piece_octets> piece_;
};

// RFC 1952; several members, one behind the other, are one.
class GzipInput final : public InnerInput {
 public:
  explicit GzipInput(std::unique_ptr<Input> outer) : InnerInput(std::move(outer), "gzip") {
    constexpr int any_window = 15, with_gzip_header = 16;
    usable_ = inflateInit2(&stream_, any_window + with_gzip_header) == Z_OK;
  }
  ~GzipInput() override { inflateEnd(&stream_); }
  GzipInput(const GzipInput&) = delete;
  GzipInput& operator=(const GzipInput&) = delete;

 private:
  std::size_t read_some(std::span<std::uint8_t> buffer) override;
  [[nodiscard]] bool fetch();
  [[nodiscard]] bool begins_member();

  z_stream stream_{};
  bool usable_ = false;
  bool between_members_ = false;
  bool more_inside_ = false;  // the room was too small for all that it had decoded
};

// More octets to decode. There are none: the end, a break, or a failure.
bool GzipInput::fetch() {
  if (stream_.avail_in != 0) return true;
  const Bytes piece = next_piece();
  stream_.next_in = const_cast<Bytef*>(piece.data());
  stream_.avail_in = static_cast<uInt>(piece.size());
  return !piece.empty();
}

// What stands behind a member and is none (zeros of a tape) is not looked at.
bool GzipInput::begins_member() {
  constexpr std::uint8_t first_of_magic = 0x1f;
  if (!fetch() || *stream_.next_in != first_of_magic) return false;
  between_members_ = false;
  return inflateReset(&stream_) == Z_OK;
}

std::size_t GzipInput::read_some(std::span<std::uint8_t> buffer) {
  if (!usable_) fail_early("no memory left");
  if (failure()) return 0;
  stream_.next_out = buffer.data();
  stream_.avail_out = static_cast<uInt>(std::min(buffer.size(), std::size_t{1} << 30));
  const uInt room = stream_.avail_out;
  while (stream_.avail_out == room) {
    if (between_members_ && !begins_member()) return 0;
    if (!more_inside_ && !fetch()) {
      fail_early("it breaks off");
      return 0;
    }
    const int result = inflate(&stream_, Z_NO_FLUSH);
    more_inside_ = stream_.avail_out == 0;
    if (result == Z_STREAM_END) {
      between_members_ = true;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      fail_early(stream_.msg != nullptr ? stream_.msg : "cannot be decoded");
      break;
    }
  }
  return room - stream_.avail_out;
}

std::string cause_of(archive* it) {
  const char* const cause = archive_error_string(it);
  return cause != nullptr ? cause : "cannot be decoded";
}

struct FreeArchive {
  void operator()(archive* it) const noexcept { archive_read_free(it); }
};

// All other forms.
class ArchiveInput final : public InnerInput {
 public:
  ArchiveInput(std::unique_ptr<Input> outer, std::string form)
      : InnerInput(std::move(outer), std::move(form)) {}

 private:
  std::size_t read_some(std::span<std::uint8_t> buffer) override;
  static la_ssize_t read_piece(archive*, void* self, const void** octets);
  void open();
  void fetch();

  std::unique_ptr<archive, FreeArchive> archive_;
  Bytes decoded_;  // not given yet; lives in the archive
  bool ended_ = false;
};

la_ssize_t ArchiveInput::read_piece(archive*, void* self, const void** octets) {
  const Bytes piece = static_cast<ArchiveInput*>(self)->next_piece();
  *octets = piece.data();
  return static_cast<la_ssize_t>(piece.size());
}

void ArchiveInput::open() {
  archive_.reset(archive_read_new());
  archive* const it = archive_.get();
  if (it == nullptr) return fail_early("no memory left");
  archive_read_support_filter_bzip2(it);
  archive_read_support_filter_compress(it);
  archive_read_support_filter_lz4(it);
  archive_read_support_filter_xz(it);
  archive_read_support_filter_zstd(it);
  archive_read_support_format_empty(it);
  archive_read_support_format_raw(it);
  archive_entry* entry = nullptr;
  if (archive_read_open(it, this, nullptr, &read_piece, nullptr) != ARCHIVE_OK) {
    return fail_early(cause_of(it));
  }
  const int result = archive_read_next_header(it, &entry);
  if (result == ARCHIVE_EOF) {
    ended_ = true;
  } else if (result < ARCHIVE_WARN) {
    fail_early(cause_of(it));
  }
}

void ArchiveInput::fetch() {
  const void* octets = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(archive_.get(), &octets, &size, &offset);
  if (result == ARCHIVE_EOF) {
    ended_ = true;
  } else if (result < ARCHIVE_WARN) {
    fail_early(cause_of(archive_.get()));
  } else {
    decoded_ = {static_cast<const std::uint8_t*>(octets), size};
  }
}

std::size_t ArchiveInput::read_some(std::span<std::uint8_t> buffer) {
  if (!archive_) open();
  while (decoded_.empty() && !ended_ && !failure()) fetch();
  const std::size_t octets = std::min(buffer.size(), decoded_.size());
  if (octets != 0) std::memcpy(buffer.data(), decoded_.data(), octets);
  decoded_ = decoded_.subspan(octets);
  return octets;
}

}  // namespace

std::unique_ptr<Input> decompressed(std::unique_ptr<Input> input) {
  for (int i = 0; i < compressions_max; ++i) {
    const std::string_view form = compression_of(input->head());
    if (form.empty()) break;
    if (form == "gzip") {
      input = std::make_unique<GzipInput>(std::move(input));
    } else {
      input = std::make_unique<ArchiveInput>(std::move(input), std::string(form));
    }
  }
  if (input->compression().empty()) return input;
  return std::make_unique<ReadAhead>(std::move(input));
}

}  // namespace smtpscope::capture
