// Several files as one capture.
//
//     waiting   cap_00002 (03:04)  cap_00003 (04:10)      closed, by the time of their first packets
//     open      cap_00001 (02:00...)                      each shows its next packet
//        v
//     the earliest of the packets shown; but first a file that waits is opened when its time has come
#include "analyzer/capture/file.hpp"
#include "analyzer/capture/pcap_handle.hpp"
#include "analyzer/capture/source.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace smtpscope::capture {
namespace {

// A packet whose time is that far ahead of the one before it in its file proves nothing alone: some
// captures have one that is decades off. It must not keep its file waiting for the ends of all
// others.
constexpr Nanoseconds far_ahead = std::chrono::hours{24 * 30};

// A file that was looked into.
struct Member {
  std::string path;
  std::string name;
  Timestamp first{};         // the time of its first packet
  std::uint64_t octets = 0;  // its size; 0: a pipe, whose end nobody knows
  bool is_compressed = false;
  // Of what cannot be opened again (a pipe), with its first packet.
  std::unique_ptr<Source> source;
  const Packet* head = nullptr;
};

void add(FileNotes& sum, const FileNotes& more) {
  sum.dropped_by_interface += more.dropped_by_interface;
  sum.dropped_by_system += more.dropped_by_system;
  sum.comments += more.comments;
  sum.section_comments.insert(sum.section_comments.end(), more.section_comments.begin(),
                              more.section_comments.end());
  sum.key_log += more.key_log;
  sum.limits_reached += more.limits_reached;
}

class MergedSource final : public Source {
 public:
  // `members` in the order of their first packets.
  MergedSource(std::vector<Member> members, FileNotes notes, std::string bpf, MergeLimits limits);

  const Packet* next() override;
  const std::optional<Error>& error() const noexcept override { return first_error_; }
  std::vector<Error> errors() const override { return errors_; }
  bool cut_short() const noexcept override { return cut_short_; }
  const std::string& name() const noexcept override { return name_; }
  std::vector<std::string> files() const override;
  LinkType link_type() const noexcept override { return link_type_; }
  FileNotes notes() const override;
  std::string take_key_log() override;
  bool may_bring_keys() const noexcept override { return true; }  // one of its files
  bool is_compressed() const noexcept override {
    return std::ranges::any_of(members_, &Member::is_compressed);
  }
  void decompress_ahead() override { decompresses_ahead_ = true; }
  Progress progress() const noexcept override;

 private:
  struct Open {
    std::unique_ptr<Source> source;
    const Packet* head = nullptr;  // its next packet
    std::uint32_t file = 0;
    std::uint64_t numbers_told = 0;  // of the packet told last
    Timestamp turn{};                // when `head` is due: never earlier than the packet before it
    bool doubtful = false;           // `head` was far ahead, and got its turn nevertheless
  };

  void open_due();
  void open_next();
  // Makes `head` the next packet of `it`. No: there is none.
  [[nodiscard]] bool advance(Open& it);
  static void set_turn(Open& it);
  void close(std::size_t index);
  [[nodiscard]] std::size_t earliest() const noexcept;

  std::vector<Member> members_;
  std::size_t waiting_ = 0;  // members from here on were not opened yet
  std::vector<Open> open_;
  std::optional<std::size_t> told_;  // the one of open_ whose packet was told last
  FileNotes notes_;
  std::string key_log_;  // of files that are closed, not taken yet
  std::string bpf_;
  MergeLimits limits_;
  std::string name_;
  LinkType link_type_ = LinkType::ethernet;
  Packet packet_;
  std::uint64_t order_ = 0;
  std::uint64_t octets_done_ = 0;
  std::vector<Error> errors_;
  std::optional<Error> first_error_;
  bool cut_short_ = false;
  bool decompresses_ahead_ = false;
};

MergedSource::MergedSource(std::vector<Member> members, FileNotes notes, std::string bpf,
                           MergeLimits limits)
    : members_(std::move(members)),
      notes_(std::move(notes)),
      key_log_(notes_.key_log),
      bpf_(std::move(bpf)),
      limits_(limits),
      name_(members_.size() == 1 ? members_.front().name
                                 : std::to_string(members_.size()) + " files") {}

const Packet* MergedSource::next() {
  if (stop_requested()) return nullptr;
  if (told_ && !advance(open_[*told_])) close(*told_);
  told_.reset();
  open_due();
  if (open_.empty() || stop_requested()) return nullptr;
  told_ = earliest();
  Open& it = open_[*told_];
  packet_ = *it.head;
  order_ += packet_.number - it.numbers_told;
  it.numbers_told = packet_.number;
  packet_.file = it.file;
  packet_.order = order_;
  return &packet_;
}

std::size_t MergedSource::earliest() const noexcept {
  std::size_t best = 0;
  for (std::size_t i = 1; i < open_.size(); ++i) {
    const bool is_earlier = open_[i].turn < open_[best].turn ||
                            (open_[i].turn == open_[best].turn && open_[i].file < open_[best].file);
    if (is_earlier) best = i;
  }
  return best;
}

// Files whose first packet comes before all that is shown.
void MergedSource::open_due() {
  while (waiting_ < members_.size() && !stop_requested()) {
    if (!open_.empty()) {
      if (members_[waiting_].first > open_[earliest()].turn) return;
      if (open_.size() >= limits_.open_files) {
        ++notes_.limits_reached;
        return;
      }
    }
    open_next();
  }
}

void MergedSource::open_next() {
  const auto index = static_cast<std::uint32_t>(waiting_++);
  Member& member = members_[index];
  Open it;
  it.file = index;
  it.turn = member.first;
  if (member.source) {
    it.source = std::move(member.source);
    it.head = member.head;
  } else {
    SourceResult source = open_file(member.path, bpf_);
    if (!source) {  // it was there a moment ago
      errors_.push_back(source.error());
      if (!first_error_) first_error_ = errors_.front();
      return;
    }
    it.source = std::move(*source);
  }
  if (decompresses_ahead_) it.source->decompress_ahead();
  if (index == 0) link_type_ = it.source->link_type();
  const bool has_packet = it.head != nullptr || advance(it);
  open_.push_back(std::move(it));
  if (!has_packet) close(open_.size() - 1);
}

bool MergedSource::advance(Open& it) {
  it.head = it.source->next();
  if (it.head == nullptr) return false;
  set_turn(it);
  return true;
}

void MergedSource::set_turn(Open& it) {
  const Timestamp time = it.head->time;
  const bool is_far = it.numbers_told != 0 && elapsed(it.turn, time) > far_ahead;
  if (is_far && !it.doubtful) {
    it.doubtful = true;
    return;
  }
  it.doubtful = false;
  it.turn = std::max(it.turn, time);
}

void MergedSource::close(std::size_t index) {
  Source& source = *open_[index].source;
  key_log_ += source.take_key_log();
  if (source.error()) {
    errors_.push_back(*source.error());
    if (!first_error_) first_error_ = errors_.front();
  }
  cut_short_ = source.cut_short();
  add(notes_, source.notes());
  octets_done_ += members_[open_[index].file].octets;
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
}

std::vector<std::string> MergedSource::files() const {
  std::vector<std::string> names;
  for (const Member& member : members_) names.push_back(member.name);
  return names;
}

std::string MergedSource::take_key_log() {
  std::string text = std::exchange(key_log_, {});
  for (const Open& it : open_) text += it.source->take_key_log();
  return text;
}

FileNotes MergedSource::notes() const {
  FileNotes sum = notes_;
  for (const Open& it : open_) add(sum, it.source->notes());
  return sum;
}

Source::Progress MergedSource::progress() const noexcept {
  Progress progress{octets_done_, 0};
  for (const Member& member : members_) {
    if (member.octets == 0) return {};
    progress.total += member.octets;
  }
  for (const Open& it : open_) progress.done += it.source->progress().done;
  return progress;
}

// Looks into files: which of them are captures, and when they begin.
class Probe {
 public:
  explicit Probe(const std::string& bpf) : bpf_(bpf), filter_(bpf) {}

  // Stops at the first error that is the user's, not a file's.
  void look_at(const std::vector<NamedFile>& files);
  [[nodiscard]] OpenedFiles result(MergeLimits limits) &&;

 private:
  void look_at(const NamedFile& file);
  void reject(const NamedFile& file, const Error& error);

  const std::string& bpf_;
  Filter filter_;
  std::vector<Member> members_;
  std::map<std::string, std::size_t> captures_in_;  // folders
  FileNotes notes_;
  std::size_t captures_ = 0;
  bool filter_is_bad_ = false;
  OpenedFiles opened_;
};

void Probe::look_at(const std::vector<NamedFile>& files) {
  for (const NamedFile& file : files) {
    if (filter_is_bad_ || stop_requested()) return;
    look_at(file);
  }
  for (const auto& [folder, captures] : captures_in_) {
    if (captures == 0) {
      opened_.errors.push_back({ErrorKind::open, folder, "no capture is in this directory", {}});
    }
  }
}

void Probe::reject(const NamedFile& file, const Error& error) {
  const bool is_left_out = !file.folder.empty() && error.kind == ErrorKind::open;
  (is_left_out ? opened_.left_out : opened_.errors).push_back(error);
}

void Probe::look_at(const NamedFile& file) {
  if (!file.folder.empty()) captures_in_.try_emplace(file.folder, 0);
  // Standard input and pipes are read once, so with the filter; of files the first packet counts,
  // whether it passes or not, because finding one that passes can take all of the file.
  std::error_code ignored;
  const bool is_read_twice =
      file.path != "-" && std::filesystem::is_regular_file(file.path, ignored);
  SourceResult opened = open_file(file.path, is_read_twice ? std::string() : bpf_);
  if (!opened) return reject(file, opened.error());
  std::unique_ptr<Source> source = std::move(*opened);
  if (!bpf_.empty() && !filter_.prepare(source->link_type(), ByteOrder::ours)) {
    filter_is_bad_ = true;
    opened_.errors.push_back(*filter_.error());
    return;
  }
  ++captures_;
  if (!file.folder.empty()) ++captures_in_[file.folder];
  const Packet* const first = source->next();
  if (first == nullptr) {
    add(notes_, source->notes());
    if (source->error()) opened_.errors.push_back(*source->error());
    return;
  }
  Member member;
  member.path = file.path;
  member.name = source->name();
  member.first = first->time;
  member.octets = source->progress().total;
  member.is_compressed = source->is_compressed();
  if (!is_read_twice) {
    member.head = first;
    member.source = std::move(source);
  }
  members_.push_back(std::move(member));
}

OpenedFiles Probe::result(MergeLimits limits) && {
  if (captures_ == 0 || filter_is_bad_) return std::move(opened_);
  std::ranges::stable_sort(members_, {}, &Member::first);
  opened_.source =
      std::make_unique<MergedSource>(std::move(members_), std::move(notes_), bpf_, limits);
  return std::move(opened_);
}

// How many folders in it are not looked into.
std::string folders_words(std::size_t folders) {
  return folders == 1 ? "the directory in it"
                      : "the " + std::to_string(folders) + " directories in it";
}

void add_folder(const std::string& folder, NamedFiles& named) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<std::string> paths;
  std::size_t folders = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;  // what cannot be looked at is no regular file
    if (entry->is_regular_file(ignored)) paths.push_back(entry->path().string());
    if (entry->is_directory(ignored)) ++folders;
  }
  if (error) {
    named.errors.push_back({ErrorKind::open, folder, error.message(), {}});
  } else if (paths.empty()) {
    named.errors.push_back({ErrorKind::open, folder, "no file is in this directory", {}});
  }
  if (folders > 0) named.left_out.push_back({ErrorKind::open, folder, folders_words(folders), {}});
  std::ranges::sort(paths);
  for (std::string& path : paths) named.files.push_back({std::move(path), folder});
}

}  // namespace

NamedFiles files_of(const std::vector<std::string>& paths) {
  NamedFiles named;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (path != "-" && std::filesystem::is_directory(path, ignored)) {
      add_folder(path, named);
    } else {
      named.files.push_back({path, {}});
    }
  }
  return named;
}

OpenedFiles open_files(const std::vector<std::string>& paths, const std::string& bpf,
                       MergeLimits limits) {
  const NamedFiles named = files_of(paths);
  Probe probe(bpf);
  probe.look_at(named.files);
  OpenedFiles opened = std::move(probe).result(limits);
  opened.errors.insert(opened.errors.begin(), named.errors.begin(), named.errors.end());
  opened.left_out.insert(opened.left_out.end(), named.left_out.begin(), named.left_out.end());
  return opened;
}

}  // namespace smtpscope::capture
