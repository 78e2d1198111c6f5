#include "analyzer/capture/file.hpp"

#include "analyzer/capture/decompress.hpp"
#include "analyzer/capture/pcap_handle.hpp"
#include "analyzer/capture/reader.hpp"
#include "analyzer/capture/sniff.hpp"

#include <string_view>
#include <utility>

namespace smtpscope::capture {
namespace {

class FileSource final : public Source {
 public:
  explicit FileSource(std::unique_ptr<Input> input)
      : input_(std::move(input)),
        window_(*input_, window_octets),
        reader_(capture::is_pcapng(input_->head()) ? make_pcapng_reader(window_, {})
                                                   : make_pcap_reader(window_, {})) {}

  // To be called once, before next(). An error: it cannot be read, or not be filtered.
  [[nodiscard]] std::optional<Error> open(const std::string& bpf);

  const Packet* next() override;
  const std::optional<Error>& error() const noexcept override { return error_; }
  bool cut_short() const noexcept override { return cut_short_; }
  const std::string& name() const noexcept override { return input_->name(); }
  LinkType link_type() const noexcept override { return reader_->link_type(); }
  FileNotes notes() const override { return reader_->notes(); }
  std::string take_key_log() override { return reader_->take_key_log(); }
  bool may_bring_keys() const noexcept override { return reader_->is_pcapng(); }
  bool is_compressed() const noexcept override { return !input_->compression().empty(); }
  void decompress_ahead() override { input_->read_ahead(); }
  Progress progress() const noexcept override {
    const Input::Progress progress = input_->progress();
    return {progress.done, progress.total};
  }

 private:
  [[nodiscard]] bool passes();
  void fail(Reader::Step step);
  [[nodiscard]] std::string breaking_off() const;
  [[nodiscard]] std::string failing(const InputFailure& failure) const;

  std::unique_ptr<Input> input_;  // outlives the window, which reads from it
  Window window_;
  std::unique_ptr<Reader> reader_;
  std::optional<Filter> filter_;
  bool ended_ = false;
  Packet packet_;  // its number is that of the last packet read, filtered out or not
  std::optional<Error> error_;
  bool cut_short_ = false;
};

std::string at_octet(std::uint64_t offset) { return ", at octet " + std::to_string(offset); }

std::optional<Error> FileSource::open(const std::string& bpf) {
  const Reader::Step step = reader_->open();
  const auto damaged = [&](std::string what) {
    return Error{ErrorKind::damaged, name(), std::move(what), {}};
  };
  if (step != Reader::Step::packet) {
    if (step == Reader::Step::damaged) {
      const Reader::Damage& damage = reader_->damage();
      return damaged("cannot be read: " + damage.cause + at_octet(damage.offset));
    }
    if (const auto& failure = input_->failure()) return damaged(failing(*failure));
    return damaged("the file ends before its first packet" + at_octet(window_.end()));
  }
  if (bpf.empty()) return std::nullopt;
  filter_.emplace(bpf);
  return filter_->prepare(link_type(), reader_->byte_order()) ? std::nullopt : filter_->error();
}

const Packet* FileSource::next() {
  while (!ended_ && !stop_requested()) {
    const Reader::Step step = reader_->next(packet_);
    if (step != Reader::Step::packet) {
      ended_ = true;
      fail(step);
      break;
    }
    ++packet_.number;
    if (!filter_ || passes()) return &packet_;
  }
  return nullptr;
}

bool FileSource::passes() {
  const Filter::Verdict verdict = filter_->judge(packet_, reader_->byte_order());
  if (verdict == Filter::Verdict::unusable) {
    ended_ = true;
    error_ = filter_->error();
  }
  return verdict == Filter::Verdict::passes;
}

void FileSource::fail(Reader::Step step) {
  if (stop_requested()) return;  // it was us who broke off
  std::string what;
  if (step == Reader::Step::damaged) {
    const Reader::Damage& damage = reader_->damage();
    what = "packet " + std::to_string(packet_.number + 1) + " is damaged: " + damage.cause +
           at_octet(damage.offset);
  } else if (const auto& failure = input_->failure()) {
    cut_short_ = failure->kind == InputFailure::Kind::cut_short;
    what = failing(*failure);
  } else if (step == Reader::Step::cut) {
    cut_short_ = true;
    what = breaking_off();
  } else {
    return;
  }
  error_ = Error{ErrorKind::damaged, name(), std::move(what), {}};
}

std::string FileSource::breaking_off() const {
  const std::string where = reader_->is_pcapng()
                                ? "a block behind packet " + std::to_string(packet_.number)
                                : "packet " + std::to_string(packet_.number + 1);
  return "the file ends inside " + where + at_octet(window_.end());
}

std::string FileSource::failing(const InputFailure& failure) const {
  const std::string behind = packet_.number == 0
                                 ? "before its first packet"
                                 : "behind packet " + std::to_string(packet_.number);
  switch (failure.kind) {
    case InputFailure::Kind::unreadable:
      return "the file cannot be read " + behind + ": " + failure.cause;
    case InputFailure::Kind::cut_short:
      return "the compressed data (" + input_->compression() + ") breaks off " + behind;
    case InputFailure::Kind::damaged:
      break;
  }
  return "the compressed data (" + input_->compression() + ") is damaged " + behind + ": " +
         failure.cause;
}

// What comes is nothing that a reader takes.
Error no_capture(Input& input) {
  const auto error = [&](std::string what) {
    return Error{ErrorKind::open, input.name(), std::move(what), {}};
  };
  const std::string compression = input.compression();
  if (const auto& failure = input.failure()) {
    if (compression.empty()) return error(failure->cause);
    return error("not a capture file (" + compression + "-compressed data that " +
                 (failure->kind == InputFailure::Kind::cut_short
                      ? "breaks off before anything can be read"
                      : "cannot be read: " + failure->cause) +
                 ')');
  }
  if (input.head().empty()) {
    if (stop_requested()) return error("nothing came before the end was asked for");
    return error(compression.empty() ? "is empty"
                                     : "is empty (" + compression + "-compressed data of nothing)");
  }
  const Resemblance resemblance = resemblance_of(input.head());
  std::string seen;
  if (!compression.empty()) seen = compression + "-compressed data";
  if (!resemblance.what.empty()) {
    seen +=
        (seen.empty() ? "looks like " : "; in it what looks like ") + std::string(resemblance.what);
  }
  if (!resemblance.remedy.empty()) seen += "; " + std::string(resemblance.remedy);
  return error("not a capture file" + (seen.empty() ? seen : " (" + seen + ')'));
}

}  // namespace

SourceResult open_input(std::unique_ptr<Input> input, const std::string& bpf) {
  input = decompressed(std::move(input));
  if (!is_capture(input->head())) return no_capture(*input);
  auto source = std::make_unique<FileSource>(std::move(input));
  if (auto error = source->open(bpf)) return std::move(*error);
  return std::unique_ptr<Source>(std::move(source));
}

SourceResult open_file(const std::string& path, const std::string& bpf) {
  Result<std::unique_ptr<Input>> opened = Input::open(path);
  if (!opened) return opened.error();
  return open_input(std::move(*opened), bpf);
}

}  // namespace smtpscope::capture
