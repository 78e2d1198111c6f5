#include "analyzer/app/sharing.hpp"

#include "analyzer/app/tellers.hpp"
#include "analyzer/findings/finding.hpp"
#include "analyzer/findings/history.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace smtpscope::app {
namespace {

constexpr std::uint64_t octets_worth_sharing = 16 * 1024 * 1024;
constexpr std::uint64_t packets_a_batch = 4096;  // at the latest; and events:
constexpr std::size_t events_a_batch = 128;
constexpr std::size_t batches_ahead = 4;  // of one thread, before it waits for the others

// A session, and what its thread made of it.
struct Ended {
  session::Session session;
  std::vector<findings::Finding> alone;
  findings::Trace trace;
  std::optional<Report::Told> ahead;  // where it may be told ahead
};

// What happened when the packet of that number was taken; numbers count from 1, as all threads count them.
struct Happened {
  std::uint64_t packet = 0;
  std::variant<session::ConnectionOpened, session::ConnectionClosed, std::unique_ptr<Ended>> what;
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
    const auto spent = std::exchange(spent_, {});
    lock.unlock();
    return true;  // and what is spent is gone, here, where it was made
  }
  // What is of no use any more goes back to the thread that it came from: memory is given back there most easily. `spent` is
  // emptied.
  void give_back(std::vector<std::unique_ptr<Ended>>& spent) {
    const std::lock_guard lock(mutex_);
    std::ranges::move(spent, std::back_inserter(spent_));
    spent.clear();
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
  std::vector<std::unique_ptr<Ended>> spent_;
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
  Worker(capture::Source& source, const AnalysisOptions& options, const KeyFiles& keys, const Report& report, unsigned index,
         unsigned jobs)
      : source_(source),
        report_(report),
        scratch_(report.classifier()),
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
      if (const auto* opened = std::get_if<session::ConnectionOpened>(&event)) {
        batch_.events.push_back({packets_, *opened});
      } else if (const auto* closed = std::get_if<session::ConnectionClosed>(&event)) {
        batch_.events.push_back({packets_, *closed});
      } else {
        batch_.events.push_back({packets_, ended(std::move(*std::get<std::unique_ptr<session::Session>>(event)))});
      }
    }
  }
  [[nodiscard]] std::unique_ptr<Ended> ended(session::Session session) {
    auto ended = std::make_unique<Ended>();
    ended->session = std::move(session);
    ended->alone = findings::judge_alone(ended->session);
    ended->trace = findings::trace_of(ended->session);
    if (report_.may_tell_ahead()) ended->ahead = report_.tell_ahead(ended->session, ended->alone, scratch_);
    return ended;
  }
  bool hand_over(Channel& channel, std::uint64_t upto) {
    Batch batch = std::exchange(batch_, {});
    batch.upto = batch_.upto = upto;
    return channel.give(std::move(batch));
  }

  capture::Source& source_;
  const Report& report_;
  Report::Scratch scratch_;
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
        scratch_(report.classifier()),
        tellers_(report, report.may_tell_ahead() ? 0 : static_cast<unsigned>(channels.size())),
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
      for (Stream& stream : streams_) stream.channel->give_back(stream.spent);
    }
  }

 private:
  struct Stream {
    Channel* channel = nullptr;
    std::deque<Happened> events;
    std::uint64_t upto = 0;
    std::vector<std::unique_ptr<Ended>> spent;
  };

  [[nodiscard]] Stream& slowest() { return *std::ranges::min_element(streams_, {}, &Stream::upto); }
  // All that happened up to this packet, packet by packet: as one thread would have seen it.
  void play(std::uint64_t upto) {
    while (const auto packet = next_packet(upto)) {
      for (Stream& stream : streams_) {
        while (!stream.events.empty() && stream.events.front().packet == *packet) {
          note(std::move(stream.events.front().what), stream);
          stream.events.pop_front();
        }
      }
      while (auto turn = order_.next()) tell(std::move(*turn));
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
  struct Turn {
    std::unique_ptr<Ended> ended;
    Stream* from = nullptr;
  };
  void note(decltype(Happened::what) what, Stream& from) {
    if (const auto* opened = std::get_if<session::ConnectionOpened>(&what)) {
      order_.opened(opened->first);
    } else if (const auto* closed = std::get_if<session::ConnectionClosed>(&what)) {
      order_.closed(closed->first);
    } else {
      auto& ended = std::get<std::unique_ptr<Ended>>(what);
      const FrameId first = ended->session.first_frame;
      const std::size_t exchanges = ended->session.exchanges.size();
      order_.finished(first, exchanges, {std::move(ended), &from});
    }
  }
  void tell(Turn turn) {
    told_.fetch_add(1, std::memory_order_relaxed);
    Ended& ended = *turn.ended;
    if (!ended.ahead) return tellers_.add(report_.judge(std::move(ended.session), std::move(ended.alone)));
    if (report_.take_ahead(*ended.ahead, ended.trace)) {
      report_.write(std::move(*ended.ahead));
      turn.from->spent.push_back(std::move(turn.ended));
      return;
    }
    report_.write(report_.tell(report_.judge(std::move(ended.session), std::move(ended.alone)), scratch_));
  }

  std::vector<Stream> streams_;
  session::SessionOrder<Turn> order_;
  Report& report_;
  Report::Scratch scratch_;
  Tellers tellers_;  // of what is not told ahead
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
    workers.push_back(std::make_unique<Worker>(*sources[index], options, keys, report, index, jobs));
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
