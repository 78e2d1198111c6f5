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
constexpr std::size_t batches_ahead = 16;  // of one thread, before it waits for the others

// A session, and what its thread made of it.
struct Ended {
  session::Session session;
  std::vector<findings::Finding> alone;
  findings::Trace trace;
  std::optional<Report::Told> ahead;  // where it may be told ahead
};

// What happened when the packet of that number was taken; numbers count from 1, as all threads
// count them.
struct Happened {
  std::uint64_t packet = 0;
  std::variant<session::ConnectionOpened, session::ConnectionClosed, std::unique_ptr<Ended>> what;
};

struct Batch {
  std::vector<Happened> events;
  std::uint64_t upto = 0;  // all that happened up to this packet was told
};
constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

// A limit for all connections together, shared out.
template <typename Number>
Number share_of(Number limit, unsigned jobs) {
  return std::max<Number>(1, limit / jobs);
}

session::AnalyzerLimits limits_of_one(session::AnalyzerLimits limits, unsigned jobs) {
  limits.flows.flows = share_of(limits.flows.flows, jobs);
  limits.time_wait.connections = share_of(limits.time_wait.connections, jobs);
  limits.held_bytes = share_of(limits.held_bytes, jobs);
  limits.beginnings = share_of(limits.beginnings, jobs);
  return limits;
}

// Where the threads meet: each gives what happened, batch by batch, and one at a time puts it in
// order. That is one that is ahead of the others, and would have to wait for them soon. So those
// behind go on, and no thread more is needed.
class Meeting {
 public:
  Meeting(std::size_t threads, std::size_t waiting_exchanges, Report& report, const Output& output)
      : streams_(threads),
        order_(session::Order::first_packet, waiting_exchanges),
        report_(report),
        scratch_(report.classifier()),
        tellers_(report, report.may_tell_ahead() ? 0 : static_cast<unsigned>(threads)),
        output_(output) {}

  // Of the thread `index`: waits where it is too far ahead. False: nobody wants more.
  bool give(std::size_t index, Batch batch) {
    std::unique_lock lock(mutex_);
    Stream& own = streams_[index];
    own.upto = batch.upto;
    own.given.push_back(std::move(batch));
    changed_.notify_all();
    while (!closed_) {
      const bool is_full = own.given.size() + own.waiting.size() >= batches_ahead;
      if (may_play() && (is_full || own.upto > slowest())) {
        play(lock);
      } else if (is_full) {
        changed_.wait(lock);
      } else {
        break;
      }
    }
    const auto spent = std::exchange(own.spent, {});
    const bool is_open = !closed_;
    lock.unlock();
    // And what is spent is gone, in the thread where it was made: there memory is given back most
    // easily.
    return is_open;
  }
  // A thread that has given its last batch helps until all is told.
  void stay() {
    std::unique_lock lock(mutex_);
    while (!closed_ && played_ != to_the_end) may_play() ? play(lock) : changed_.wait(lock);
  }
  // When all threads are gone.
  void finish() {
    if (!output_.broken()) tellers_.finish();
  }
  [[nodiscard]] const std::atomic<std::uint64_t>& told() const noexcept { return told_; }

 private:
  struct Stream {
    std::vector<Batch> given;  // and nobody looked at it
    std::uint64_t upto = 0;    // of the last one that was given
    // The same of those that were looked at, and not all of them happened so far.
    std::deque<std::uint64_t> waiting;
    std::vector<std::unique_ptr<Ended>> spent;
    // Whoever plays has these for itself.
    std::deque<Happened> events;
    std::vector<std::unique_ptr<Ended>> told;
  };

  [[nodiscard]] std::uint64_t slowest() const {
    return std::ranges::min_element(streams_, {}, &Stream::upto)->upto;
  }
  [[nodiscard]] bool may_play() const { return !playing_ && slowest() > played_; }

  // `lock` is held, but not while it plays.
  void play(std::unique_lock<std::mutex>& lock) {
    playing_ = true;
    for (Stream& stream : streams_) {
      for (Batch& batch : stream.given) {
        std::ranges::move(batch.events, std::back_inserter(stream.events));
        stream.waiting.push_back(batch.upto);
      }
      stream.given.clear();
    }
    const std::uint64_t upto = slowest();
    lock.unlock();
    play(upto);
    lock.lock();
    played_ = upto;
    for (Stream& stream : streams_) {
      while (!stream.waiting.empty() && stream.waiting.front() <= played_)
        stream.waiting.pop_front();
      std::ranges::move(stream.told, std::back_inserter(stream.spent));
      stream.told.clear();
    }
    closed_ = closed_ || output_.broken();
    playing_ = false;
    changed_.notify_all();
  }
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
    if (!ended.ahead)
      return tellers_.add(report_.judge(std::move(ended.session), std::move(ended.alone)));
    if (report_.take_ahead(*ended.ahead, ended.trace)) {
      report_.write(*ended.ahead);
      turn.from->told.push_back(std::move(turn.ended));
      return;
    }
    report_.write(
        report_.tell(report_.judge(std::move(ended.session), std::move(ended.alone)), scratch_));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Stream> streams_;
  std::uint64_t played_ = 0;  // up to this packet
  bool playing_ = false;      // some thread
  bool closed_ = false;       // nobody wants more
  session::SessionOrder<Turn> order_;
  Report& report_;
  Report::Scratch scratch_;
  Tellers tellers_;  // of what is not told ahead
  const Output& output_;
  std::atomic<std::uint64_t> told_ = 0;  // sessions
};

// What one thread does.
class Worker {
 public:
  Worker(capture::Source& source, const AnalysisOptions& options, const KeyFiles& keys,
         const Report& report, unsigned index, unsigned jobs)
      : index_(index),
        source_(source),
        report_(report),
        scratch_(report.classifier()),
        analyzer_(source.files(), session::Order::first_packet, limits_of_one(options.limits, jobs),
                  options.ports, options.checksums),
        keys_(keys.log()) {
    analyzer_.tell_events();
    analyzer_.take_only(options.shard);
    analyzer_.take_only({index, jobs, session::Shard::By::flow});
    if (options.digest) analyzer_.want_digests();
    if (keys.given()) analyzer_.use_keys(keys_);
  }

  // Each packet, and how many sessions were told so far, to `progress`, if there is one.
  void run(Meeting& meeting, Progress* progress) {
    const bool may_bring_keys = source_.may_bring_keys();
    while (const Packet* packet = source_.next()) {
      if (const std::string text = may_bring_keys ? source_.take_key_log() : std::string();
          !text.empty()) {
        keys_.take(text);
        key_text_ += text;
        analyzer_.use_keys(keys_);
      }
      ++packets_;
      if (progress != nullptr)
        progress->step(source_, packets_, meeting.told().load(std::memory_order_relaxed));
      analyzer_.take(*packet);
      if (analyzer_.has_events()) collect();
      if (packets_ - batch_.upto >= packets_a_batch || batch_.events.size() >= events_a_batch) {
        if (!hand_over(meeting, packets_)) return;
      }
    }
    if (tell_the_rest(meeting) && hand_over(meeting, to_the_end)) meeting.stay();
  }

  [[nodiscard]] const session::Accounts& accounts() const noexcept { return analyzer_.accounts(); }
  // Of the capture: what follows it may need it.
  [[nodiscard]] const std::string& key_text() const noexcept { return key_text_; }

 private:
  void collect() {
    analyzer_.take_events(events_);
    for (session::SessionEvent& event : events_) collect(std::move(event), packets_);
  }
  void collect(session::SessionEvent event, std::uint64_t packet) {
    if (const auto* opened = std::get_if<session::ConnectionOpened>(&event)) {
      batch_.events.push_back({packet, *opened});
    } else if (const auto* closed = std::get_if<session::ConnectionClosed>(&event)) {
      batch_.events.push_back({packet, *closed});
    } else {
      batch_.events.push_back(
          {packet, ended(std::move(*std::get<std::unique_ptr<session::Session>>(event)))});
    }
  }
  // What the end of the capture finishes. It is told in the order of the first packets, and here it
  // comes so: with numbers behind that of the last packet which say where each stands among those
  // of all threads, none has to wait for the last. False: nobody wants more.
  bool tell_the_rest(Meeting& meeting) {
    const session::FileEnd end =
        source_.cut_short() ? session::FileEnd::cut_short : session::FileEnd::whole;
    std::uint64_t place = packets_ + 1;
    while (analyzer_.finish_one(end)) {
      analyzer_.take_events(events_);
      for (session::SessionEvent& event : events_) {
        const std::uint64_t before =
            std::exchange(place, std::max(place, packets_ + first_of(event).order));
        if (batch_.events.size() >= events_a_batch && place > before && !hand_over(meeting, before))
          return false;
        collect(std::move(event), place);
      }
    }
    return true;
  }
  [[nodiscard]] static const FrameId& first_of(const session::SessionEvent& event) {
    if (const auto* opened = std::get_if<session::ConnectionOpened>(&event)) return opened->first;
    if (const auto* closed = std::get_if<session::ConnectionClosed>(&event)) return closed->first;
    return std::get<std::unique_ptr<session::Session>>(event)->first_frame;
  }
  [[nodiscard]] std::unique_ptr<Ended> ended(session::Session session) {
    auto ended = std::make_unique<Ended>();
    ended->session = std::move(session);
    ended->alone = findings::judge_alone(ended->session);
    ended->trace = findings::trace_of(ended->session);
    if (report_.may_tell_ahead())
      ended->ahead = report_.tell_ahead(ended->session, ended->alone, scratch_);
    return ended;
  }
  bool hand_over(Meeting& meeting, std::uint64_t upto) {
    Batch batch = std::exchange(batch_, {});
    batch.upto = batch_.upto = upto;
    return meeting.give(index_, std::move(batch));
  }

  unsigned index_;
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

}  // namespace

unsigned useful_jobs(const Read& task, const capture::Source& source) {
  const bool needs_one = source.progress().total == 0 || task.packets_max != 0 ||
                         task.analysis.checksums == session::Checksums::check;
  if (needs_one) return 1;
  if (task.jobs != 0) return task.jobs;
  if (source.is_compressed() || source.progress().total < octets_worth_sharing) return 1;
  return std::max(1U, std::thread::hardware_concurrency());
}

bool may_decompress_ahead(const Read& task, std::size_t threads) {
  return threads == 1 && task.jobs != 1 && std::thread::hardware_concurrency() > 1;
}

session::Accounts analyse_shared(const std::vector<std::unique_ptr<capture::Source>>& sources,
                                 const AnalysisOptions& options, KeyFiles& keys, Progress& progress,
                                 Report& report, const Output& output) {
  const auto jobs = static_cast<unsigned>(sources.size());
  Meeting meeting(jobs, options.limits.waiting_exchanges, report, output);
  std::vector<std::unique_ptr<Worker>> workers;
  for (unsigned index = 0; index < jobs; ++index)
    workers.push_back(
        std::make_unique<Worker>(*sources[index], options, keys, report, index, jobs));
  {
    std::vector<std::jthread> threads;
    for (unsigned index = 0; index < jobs; ++index) {
      Progress* const shown = index == 0 ? &progress : nullptr;
      threads.emplace_back(
          [&worker = *workers[index], &meeting, shown] { worker.run(meeting, shown); });
    }
  }
  meeting.finish();
  session::Accounts accounts;
  for (const auto& worker : workers) accounts += worker->accounts();
  if (const std::string& text = workers.front()->key_text(); !text.empty()) keys.add(text);
  return accounts;
}

}  // namespace smtpscope::app
