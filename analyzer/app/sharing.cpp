#include "analyzer/app/sharing.hpp"

#include "analyzer/app/tellers.hpp"
#include "analyzer/findings/finding.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

namespace smtpscope::app {
namespace {

constexpr std::uint64_t octets_worth_sharing = 16 * 1024 * 1024;
constexpr std::uint64_t packets_a_batch = 4096;  // at the latest; and events:
constexpr std::size_t events_a_batch = 128;
constexpr std::size_t batches_ahead = 16;  // of one thread, before it waits for the others

// What happened when the packet of that number was taken; numbers count from 1, as all threads count them.
struct Happened {
  std::uint64_t packet = 0;
  session::SessionEvent event;
  std::vector<findings::Finding> alone;  // of a session
};

struct Batch {
  std::vector<Happened> events;
  std::uint64_t upto = 0;  // all that happened up to this packet was told
};
constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

// From one thread to the one that puts in order.
class Channel {
 public:
  // Waits for room. False: nobody wants more.
  bool give(Batch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || batches_.size() < batches_ahead; });
    if (closed_) return false;
    batches_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }
  Batch take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !batches_.empty(); });
    Batch batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.notify_all();
    return batch;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;
  bool closed_ = false;
};

// A limit for all connections together, shared out.
template <typename Number>
Number share_of(Number limit, unsigned jobs) {
  return std::max<Number>(1, limit / jobs);
}

session::AnalyzerLimits limits_of_one(session::AnalyzerLimits limits, unsigned jobs) {
  limits.flows.flows = share_of(limits.flows.flows, jobs);
  limits.held_bytes = share_of(limits.held_bytes, jobs);
  limits.beginnings = share_of(limits.beginnings, jobs);
  return limits;
}

// What one thread does.
class Worker {
 public:
  Worker(capture::Source& source, const AnalysisOptions& options, const KeyFiles& keys, unsigned index, unsigned jobs)
      : source_(source),
        analyzer_(source.files(), session::Order::first_packet, limits_of_one(options.limits, jobs), options.ports, options.checksums),
        keys_(keys.log()) {
    analyzer_.tell_events();
    analyzer_.take_only(options.shard);
    analyzer_.take_only({index, jobs, session::Shard::By::flow});
    if (options.digest) analyzer_.want_digests();
    if (keys.given()) analyzer_.use_keys(keys_);
  }

  // Each packet, and how many sessions were told so far, to `progress`, if there is one.
  void run(Channel& channel, Progress* progress, const std::atomic<std::uint64_t>& sessions) {
    while (const Packet* packet = source_.next()) {
      if (const std::string text = source_.take_key_log(); !text.empty()) {
        keys_.take(text);
        key_text_ += text;
        analyzer_.use_keys(keys_);
      }
      ++packets_;
      if (progress != nullptr) progress->step(source_, packets_, sessions.load(std::memory_order_relaxed));
      analyzer_.take(*packet);
      if (analyzer_.has_events()) collect();
      if (packets_ - batch_.upto >= packets_a_batch || batch_.events.size() >= events_a_batch) {
        if (!hand_over(channel, packets_)) return;
      }
    }
    analyzer_.finish(source_.cut_short() ? session::FileEnd::cut_short : session::FileEnd::whole);
    ++packets_;
    collect();
    (void)hand_over(channel, to_the_end);
  }

  [[nodiscard]] const session::Accounts& accounts() const noexcept { return analyzer_.accounts(); }
  // Of the capture: what follows it may need it.
  [[nodiscard]] const std::string& key_text() const noexcept { return key_text_; }

 private:
  void collect() {
    analyzer_.take_events(events_);
    for (session::SessionEvent& event : events_) {
      Happened happened{packets_, std::move(event), {}};
      if (const auto* session = std::get_if<std::unique_ptr<session::Session>>(&happened.event))
        happened.alone = findings::judge_alone(**session);
      batch_.events.push_back(std::move(happened));
    }
  }
  bool hand_over(Channel& channel, std::uint64_t upto) {
    Batch batch = std::exchange(batch_, {});
    batch.upto = batch_.upto = upto;
    return channel.give(std::move(batch));
  }

  capture::Source& source_;
  session::Analyzer analyzer_;
  tls::KeyLog keys_;
  std::string key_text_;
  std::uint64_t packets_ = 0;
  std::vector<session::SessionEvent> events_;
  Batch batch_;  // its `upto` is that of the batch before
};

// Puts in order what several threads tell.
class Orderer {
 public:
  Orderer(std::vector<Channel>& channels, std::size_t waiting_exchanges, Report& report, const Output& output)
      : streams_(channels.size()),
        order_(session::Order::first_packet, waiting_exchanges),
        report_(report),
        tellers_(report, static_cast<unsigned>(channels.size())),
        output_(output) {
    for (std::size_t at = 0; at < channels.size(); ++at) streams_[at].channel = &channels[at];
  }

  [[nodiscard]] const std::atomic<std::uint64_t>& told() const noexcept { return told_; }

  void run() {
    while (!output_.broken()) {
      Stream& last = slowest();
      if (last.upto == to_the_end) return tellers_.finish();
      Batch batch = last.channel->take();
      last.upto = batch.upto;
      std::ranges::move(batch.events, std::back_inserter(last.events));
      play(slowest().upto);
    }
  }

 private:
  struct Stream {
    Channel* channel = nullptr;
    std::deque<Happened> events;
    std::uint64_t upto = 0;
  };

  [[nodiscard]] Stream& slowest() { return *std::ranges::min_element(streams_, {}, &Stream::upto); }
  // All that happened up to this packet, packet by packet: as one thread would have seen it.
  void play(std::uint64_t upto) {
    while (const auto packet = next_packet(upto)) {
      for (Stream& stream : streams_) {
        while (!stream.events.empty() && stream.events.front().packet == *packet) {
          note(std::move(stream.events.front()));
          stream.events.pop_front();
        }
      }
      while (auto session = order_.next()) tell(std::move(*session));
    }
  }
  [[nodiscard]] std::optional<std::uint64_t> next_packet(std::uint64_t upto) const {
    std::optional<std::uint64_t> next;
    for (const Stream& stream : streams_) {
      if (stream.events.empty() || stream.events.front().packet > upto) continue;
      next = std::min(next.value_or(to_the_end), stream.events.front().packet);
    }
    return next;
  }
  void note(Happened happened) {
    if (const auto* opened = std::get_if<session::ConnectionOpened>(&happened.event)) {
      order_.opened(opened->first);
    } else if (const auto* closed = std::get_if<session::ConnectionClosed>(&happened.event)) {
      order_.closed(closed->first);
    } else {
      session::Session& session = *std::get<std::unique_ptr<session::Session>>(happened.event);
      alone_[session.first_frame] = std::move(happened.alone);
      order_.finished(std::move(session));
    }
  }
  void tell(session::Session session) {
    const auto found = alone_.find(session.first_frame);
    std::vector<findings::Finding> alone = std::move(found->second);
    alone_.erase(found);
    tellers_.add(report_.judge(std::move(session), std::move(alone)));
    told_.fetch_add(1, std::memory_order_relaxed);
  }

  std::vector<Stream> streams_;
  session::SessionOrder order_;
  std::map<FrameId, std::vector<findings::Finding>> alone_;  // of sessions that wait for their turn
  Report& report_;
  Tellers tellers_;
  const Output& output_;
  std::atomic<std::uint64_t> told_ = 0;  // sessions
};

}  // namespace

unsigned useful_jobs(const Read& task, const capture::Source& source) {
  const bool needs_one = source.progress().total == 0 || task.packets_max != 0 ||
                         task.analysis.checksums == session::Checksums::check;
  if (needs_one) return 1;
  if (task.jobs != 0) return task.jobs;
  if (source.is_compressed() || source.progress().total < octets_worth_sharing) return 1;
  return std::max(1U, std::thread::hardware_concurrency());
}

session::Accounts analyse_shared(const std::vector<std::unique_ptr<capture::Source>>& sources, const AnalysisOptions& options,
                                 KeyFiles& keys, Progress& progress, Report& report, const Output& output) {
  const auto jobs = static_cast<unsigned>(sources.size());
  std::vector<Channel> channels(jobs);
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned index = 0; index < jobs; ++index)
    workers.push_back(std::make_unique<Worker>(*sources[index], options, keys, index, jobs));
  Orderer orderer(channels, options.limits.waiting_exchanges, report, output);
  std::vector<std::jthread> threads;
  for (unsigned index = 0; index < jobs; ++index) {
    Progress* const shown = index == 0 ? &progress : nullptr;
    threads.emplace_back([&worker = *workers[index], &channel = channels[index], &orderer, shown] {
      worker.run(channel, shown, orderer.told());
    });
  }
  orderer.run();
  for (Channel& channel : channels) channel.close();
  for (std::jthread& thread : threads) thread.join();
  session::Accounts accounts;
  for (const auto& worker : workers) accounts += worker->accounts();
  if (const std::string& text = workers.front()->key_text(); !text.empty()) keys.add(text);
  return accounts;
}

}  // namespace smtpscope::app
