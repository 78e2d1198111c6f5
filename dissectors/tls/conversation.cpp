#include "dissectors/tls/conversation.hpp"

#include <algorithm>

namespace smtpscope::tls {

// One direction: its records, its handshake messages, what protects it now.
struct Conversation::Direction {
  RecordReader records;
  HandshakeReader handshake;
  std::optional<Protection> protection;
  Secret traffic;         // TLS 1.3: that the protection was made of
  bool sealed = false;    // records are encrypted from here on
  bool finished = false;  // its part of the handshake is over
  bool early = false;     // the client's, while it sends 0-RTT data
  std::uint64_t opened = 0, failed = 0;
  // What could not be read of its handshake: a hole, in which some of what follows may lie, too, or
  // what came before the key.
  std::optional<Extent> lost;
  unsigned tried_as_data = 0;  // open_as_data()
};

namespace {

bool is_supported(std::uint16_t version) noexcept {
  return (version >= tls10 && version <= tls13) || is_known_draft(version);
}

}  // namespace

Conversation::Conversation(const KeyLog* keys, ConversationLimits limits)
    : keys_(keys), limits_(limits) {
  for (auto& direction : directions_) direction = std::make_unique<Direction>();
}
Conversation::~Conversation() = default;
Conversation::Conversation(Conversation&&) noexcept = default;
Conversation& Conversation::operator=(Conversation&&) noexcept = default;

std::size_t Conversation::held_bytes() const noexcept {
  std::size_t held = certificate_octets_ + transcript_.size();
  for (const auto& direction : directions_) {
    held += direction->records.pending_octets() + direction->handshake.held_octets();
  }
  return held;
}

bool Conversation::is_no_tls(Side side) const noexcept {
  return directions_[index_of(side)]->records.state() == RecordReader::State::no_tls;
}

void Conversation::reach(Step step, const Origin& origin) {
  if (step <= facts_.step) return;
  facts_.step = step;
  facts_.step_at = origin;
}

// ---- Records ------------------------------------------------------------------------------------
std::size_t Conversation::take(Side side, const Octets& octets) {
  Direction& direction = *directions_[index_of(side)];
  const std::size_t used = direction.records.take(octets);
  if (direction.records.record())
    on_record(side, *direction.records.record(), octets.peer_acknowledged);
  return used;
}

void Conversation::gap(Side side, const Gap& gap) {
  Direction& direction = *directions_[index_of(side)];
  direction.records.gap(gap);
  facts_.side[index_of(side)].broken_records = direction.records.broken_records();
  if (!direction.sealed || !direction.finished) direction.handshake.gap();
  if (direction.protection) direction.protection->lost_some();
  if (!direction.finished) direction.lost = Extent{gap.offset, gap.offset + gap.length};
  if (direction.sealed && direction.finished)
    tell_gap(side, {gap.offset, gap.offset + gap.length}, gap.origin);
}

std::optional<std::pair<Side, StreamEvent>> Conversation::next() {
  if (told_.empty()) return std::nullopt;
  auto event = told_.front();
  told_.pop_front();
  return event;
}

void Conversation::on_record(Side side, const Record& record,
                             std::optional<StreamOffset> peer_acknowledged) {
  Direction& direction = *directions_[index_of(side)];
  SideFacts& facts = facts_.side[index_of(side)];
  ++facts.records;
  if (!facts.first) facts.first = record.first;
  facts.last = record.last;
  const bool was_finished = direction.finished;
  // TLS 1.3 sends a ChangeCipherSpec that says nothing, in clear, for the sake of old boxes in
  // between; so does a client ahead of its 0-RTT data, when the server has not said yet that it is
  // TLS 1.3. Application data is never in clear: where it looks so, the handshake is not in the
  // capture.
  const bool in_clear = record.type != ContentType::application_data &&
                        (!direction.sealed || is_13() || direction.early);
  if (in_clear) {
    on_plain(side, {record.type, record.fragment}, record, peer_acknowledged);
  } else {
    on_sealed(side, record, peer_acknowledged);
  }
  (was_finished ? facts.application_octets : facts.handshake_octets) += record.extent.size();
}

void Conversation::on_sealed(Side side, const Record& record,
                             std::optional<StreamOffset> peer_acknowledged) {
  Direction& direction = *directions_[index_of(side)];
  if (is_ahead_of_server_hello(side)) facts_.early_data = true;
  if (!direction.protection) {
    look_for_keys();
    if (direction.protection || protect(side)) direction.protection->lost_some();
  }
  if (direction.protection) {
    auto plain = direction.protection->open(record);
    if (!plain) plain = open_behind_refused(side, record);
    if (!plain) plain = open_as_data(side, record);
    if (plain) {
      if (!is_13() && record.type == ContentType::application_data)
        direction.sealed = direction.finished = true;
      ++direction.opened;
      facts_.closed = Closed::open;
      on_plain(side, *plain, record, peer_acknowledged);
      return;
    }
    ++direction.failed;
    if (direction.opened == 0) facts_.closed = Closed::do_not_fit;
  }
  could_not_open(side, record);
}

// Opens a record with other keys of TLS 1.3 than the side's own, which are its own from then on if
// they fit.
std::optional<PlainRecord> Conversation::open_with(Side side, SecretKind kind, const Record& record,
                                                   Behind behind) {
  Direction& direction = *directions_[index_of(side)];
  std::optional<Protection> before = std::move(direction.protection);
  const Secret traffic = direction.traffic;
  use_traffic(side, kind);
  if (direction.protection) {
    if (behind == Behind::hole) direction.protection->lost_some();
    if (auto plain = direction.protection->open(record)) return plain;
  }
  direction.protection = std::move(before);
  direction.traffic = traffic;
  return std::nullopt;
}

// A server that does not take 0-RTT data has the client go on with the handshake, without a word
// (RFC 8446, 4.2.10).
std::optional<PlainRecord> Conversation::open_behind_refused(Side side, const Record& record) {
  Direction& direction = *directions_[index_of(side)];
  if (!is_13() || !direction.early || directions_[index_of(Side::server)]->opened == 0)
    return std::nullopt;
  auto plain = open_with(side, SecretKind::client_handshake, record, Behind::all);
  if (plain) direction.early = false;
  return plain;
}

// TLS 1.3: a Finished that lies in a hole has changed the keys all the same.
std::optional<PlainRecord> Conversation::open_as_data(Side side, const Record& record) {
  Direction& direction = *directions_[index_of(side)];
  constexpr unsigned tries_max = 4;
  if (!is_13() || direction.finished || direction.early || !direction.lost ||
      direction.tried_as_data == tries_max)
    return std::nullopt;
  ++direction.tried_as_data;
  const SecretKind kind =
      side == Side::client ? SecretKind::client_application : SecretKind::server_application;
  auto plain = open_with(side, kind, record, Behind::hole);
  if (!plain) return std::nullopt;
  direction.finished = true;
  if (side == Side::client) reach(Step::client_key, record.last);
  if (directions_[0]->finished && directions_[1]->finished) reach(Step::finished, record.last);
  if (direction.protection->skipped() > 0) tell_gap(side, *direction.lost, record.first);
  return plain;
}

// 0-RTT data: the client has said nothing but its hello, and the server nothing at all.
bool Conversation::is_ahead_of_server_hello(Side side) const noexcept {
  return directions_[index_of(side)]->early && facts_.step == Step::client_hello;
}

// Two octets, the type and a tag: no other message of a handshake is that short.
bool Conversation::is_as_short_as_alert(const Record& record) const noexcept {
  const std::size_t tag = suite_ && suite_->mode == Mode::ccm8 ? 8 : 16;
  return record.type == ContentType::application_data && record.fragment_octets() == 2 + 1 + tag;
}

// What cannot be opened shows its size and its place all the same.
void Conversation::could_not_open(Side side, const Record& record) {
  Direction& direction = *directions_[index_of(side)];
  SideFacts& facts = facts_.side[index_of(side)];
  if (keys_ == nullptr) direction.records.pass_over_data();
  if (is_ahead_of_server_hello(side)) {  // its handshake is still to come
    tell_gap(side, record.extent, record.last);
    return;
  }
  if (!direction.finished && side == Side::client && is_13() && is_as_short_as_alert(record)) {
    facts_.sealed_alert = SealedAlert{facts_.step, record.last};
    return;
  }
  if (!direction.finished) {
    direction.lost = record.extent;
    // TLS 1.2: Finished is the one encrypted handshake record of a side. TLS 1.3: the client's
    // first encrypted record ends the handshake, and so does what the server sends behind its own
    // flight, as far as anybody can see.
    const bool ends = is_13() ? side == Side::client : record.type == ContentType::handshake;
    if (side == Side::client) reach(Step::client_key, record.last);
    direction.finished = ends || record.type == ContentType::application_data;
    if (is_13() && side == Side::server && facts_.step < Step::client_key)
      direction.finished = false;
    const bool both = directions_[0]->finished && directions_[1]->finished;
    if (both || (is_13() && side == Side::server && facts_.step >= Step::client_key))
      reach(Step::finished, record.last);
    if (direction.finished && !ends) tell_gap(side, record.extent, record.last);
    return;
  }
  if (record.type == ContentType::alert && !is_13()) {
    if (facts_.alerts.size() < limits_.alerts)
      facts_.alerts.push_back({side, 0, 0, facts_.step, record.last});
    return;
  }
  reach(Step::finished, record.last);
  if (!facts.application_since) facts.application_since = record.first;
  if (facts.sizes.size() < sizes_kept)
    facts.sizes.push_back(static_cast<std::uint16_t>(record.fragment_octets()));
  tell_gap(side, record.extent, record.last);
}

void Conversation::tell_gap(Side side, const Extent& extent, const Origin& origin) {
  Gap gap;
  gap.offset = extent.begin;
  gap.length = std::max<std::uint64_t>(extent.size(), 1);
  gap.origin = origin;
  told_.emplace_back(side, gap);
}

void Conversation::on_plain(Side side, const PlainRecord& plain, const Record& record,
                            std::optional<StreamOffset> peer_acknowledged) {
  switch (plain.type) {
    case ContentType::handshake:
      on_handshake(side, plain.octets, record);
      return;
    case ContentType::alert:
      on_alert(side, plain.octets, record);
      return;
    case ContentType::change_cipher_spec:
      on_change_cipher_spec(side, record);
      return;
    case ContentType::heartbeat:
      return;
    case ContentType::application_data:
      break;
  }
  SideFacts& facts = facts_.side[index_of(side)];
  if (!facts.application_since) facts.application_since = record.first;
  if (facts.sizes.size() < sizes_kept)
    facts.sizes.push_back(static_cast<std::uint16_t>(record.fragment_octets()));
  if (plain.octets.empty()) return;
  facts.plain_octets += plain.octets.size();
  told_.emplace_back(side,
                     Octets{record.extent.begin, plain.octets, record.last, peer_acknowledged});
}

// ---- What the handshake says --------------------------------------------------------------------
void Conversation::on_handshake(Side side, Bytes octets, const Record& record) {
  HandshakeReader& reader = directions_[index_of(side)]->handshake;
  reader.take(octets);
  while (const auto message = reader.next()) on_message(side, *message, record);
}

void Conversation::on_message(Side side, const HandshakeMessage& message, const Record& record) {
  Direction& direction = *directions_[index_of(side)];
  if (keys_ != nullptr && keys_->has_premasters()) keep_for_master(message);
  switch (message.type) {
    case HandshakeType::client_hello:
      if (side == Side::server) return;
      if (auto hello = read_client_hello(message.body)) {
        facts_.renegotiated = facts_.renegotiated || facts_.step == Step::finished;
        facts_.client_hello = std::move(*hello);
        reach(Step::client_hello, record.last);
        if (facts_.client_hello->early_data && !facts_.hello_retry) {
          direction.sealed = direction.early = true;  // what follows may be 0-RTT data
          suite_.reset();
        }
      }
      return;
    case HandshakeType::server_hello:
      if (side == Side::server) on_server_hello(message, record);
      return;
    case HandshakeType::certificate:
      keep_certificates(side, message.body);
      if (side == Side::server) reach(Step::certificate, record.last);
      return;
    case HandshakeType::certificate_request:
      facts_.client_asked = true;
      return;
    case HandshakeType::client_key_exchange:
      derive_master(message.body);
      transcript_ = {};
      reach(Step::client_key, record.last);
      return;
    case HandshakeType::end_of_early_data:
      direction.early = false;
      use_traffic(side, SecretKind::client_handshake);
      return;
    case HandshakeType::finished:
      direction.finished = true;
      if (side == Side::client) reach(Step::client_key, record.last);
      if (is_13()) {
        use_traffic(side, side == Side::client ? SecretKind::client_application
                                               : SecretKind::server_application);
      }
      if (directions_[0]->finished && directions_[1]->finished) reach(Step::finished, record.last);
      return;
    case HandshakeType::key_update:
      if (!suite_ || direction.traffic.empty()) return;
      ++facts_.key_updates;
      direction.traffic = next_traffic_secret(*suite_, direction.traffic);
      direction.protection =
          Protection::make(*suite_, version_of_13(), keys_of_traffic(*suite_, direction.traffic));
      return;
    case HandshakeType::hello_request:
    case HandshakeType::new_session_ticket:
    case HandshakeType::encrypted_extensions:
    case HandshakeType::server_key_exchange:
    case HandshakeType::server_hello_done:
    case HandshakeType::certificate_verify:
    case HandshakeType::certificate_status:
    case HandshakeType::message_hash:
      return;
  }
}

void Conversation::on_server_hello(const HandshakeMessage& message, const Record& record) {
  auto hello = read_server_hello(message.body);
  if (!hello) return;
  if (hello->is_hello_retry) {
    facts_.hello_retry = true;
    Direction& client = *directions_[index_of(Side::client)];
    client.sealed = client.early = false;  // early data is refused with it
    client.protection.reset();
    reach(Step::hello_retry, record.last);
    return;
  }
  const bool session_again = facts_.client_hello && !hello->session_id.empty() &&
                             hello->version < tls13 &&
                             hello->session_id == facts_.client_hello->session_id;
  facts_.resumed = session_again || hello->pre_shared_key;
  facts_.server_hello = std::move(*hello);
  suite_ = find_suite(facts_.server_hello->suite);
  reach(Step::server_hello, record.last);
  pending_.reset();
  if (is_13()) {
    transcript_ = {};  // it makes no master secret
    Direction& client = *directions_[index_of(Side::client)];
    for (auto& direction : directions_) direction->sealed = true;
    directions_[index_of(Side::server)]->protection.reset();
    if (!client.early) client.protection.reset();
  }
  look_for_keys();
}

// TLS 1.2 and before: what the sender writes from here on is encrypted.
void Conversation::on_change_cipher_spec(Side side, const Record& record) {
  if (is_13() || !facts_.server_hello) return;
  Direction& direction = *directions_[index_of(side)];
  direction.sealed = true;
  direction.finished = false;
  direction.protection.reset();
  if (side == Side::client) reach(Step::client_key, record.last);
  look_for_keys();
  (void)protect(side);
}

// TLS 1.2 and before: what its key log knew at the ChangeCipherSpec, or has learnt since.
bool Conversation::protect(Side side) {
  if (is_13() || !pending_ || !suite_) return false;
  Direction& direction = *directions_[index_of(side)];
  const MacOrder order = facts_.server_hello->encrypt_then_mac && suite_->mode == Mode::cbc
                             ? MacOrder::encrypt_then_mac
                             : MacOrder::mac_then_encrypt;
  const RecordKeys& keys = side == Side::client ? pending_->client : pending_->server;
  direction.protection = Protection::make(*suite_, facts_.version(), keys, order);
  if (!direction.protection) facts_.closed = Closed::not_supported;
  return direction.protection.has_value();
}

void Conversation::on_alert(Side side, Bytes octets, const Record& record) {
  if (octets.size() != 2 || facts_.alerts.size() >= limits_.alerts) return;
  facts_.alerts.push_back({side, octets[0], octets[1], facts_.step, record.last});
}

void Conversation::keep_certificates(Side side, Bytes body) {
  auto& kept = side == Side::server ? facts_.certificates : facts_.client_certificates;
  kept.clear();
  std::size_t octets = 0;
  for (const Bytes certificate : read_certificates(body, facts_.version())) {
    octets += certificate.size();
    if (kept.size() >= limits_.certificates || octets > limits_.certificate_octets) return;
    kept.emplace_back(certificate.begin(), certificate.end());
    certificate_octets_ += certificate.size();
  }
}

// ---- Premaster secrets --------------------------------------------------------------------------
void Conversation::keep_for_master(const HandshakeMessage& message) {
  if (message.type == HandshakeType::client_hello) {
    transcript_.clear();
    master_ = Secret();
  }
  const bool is_part = message.type != HandshakeType::hello_request && master_.empty() && !is_13();
  if (!is_part || transcript_.size() + message.whole.size() > limits_.transcript_octets) return;
  transcript_.insert(transcript_.end(), message.whole.begin(), message.whole.end());
}

// TLS 1.2 and before, from a line of the log that knows the premaster secret only.
void Conversation::derive_master(Bytes client_key_exchange) {
  if (keys_ == nullptr || !keys_->has_premasters() || !facts_.client_hello ||
      !facts_.server_hello || !suite_ || is_13())
    return;
  const SessionSecrets* const secrets = keys_->find(facts_.client_hello->random);
  const Secret* premaster = secrets == nullptr ? nullptr : &(*secrets)[SecretKind::premaster];
  if (premaster == nullptr || premaster->empty()) {
    constexpr std::size_t length_octets = 2;  // of the encrypted secret (RFC 5246, 7.4.7.1)
    KeyLog::EncryptedStart start{};
    if (client_key_exchange.size() < length_octets + start.size()) return;
    std::ranges::copy(client_key_exchange.subspan(length_octets, start.size()), start.begin());
    premaster = keys_->find_premaster(start);
  }
  if (premaster == nullptr) return;
  const Random& client = facts_.client_hello->random;
  const Random& server = facts_.server_hello->random;
  master_ = facts_.server_hello->extended_master_secret
                ? extended_master_of_premaster(*suite_, facts_.version(), *premaster, transcript_)
                : master_of_premaster(*suite_, facts_.version(), *premaster, client, server);
}

// ---- Keys ---------------------------------------------------------------------------------------
// The log may have grown since it was asked last.
void Conversation::look_for_keys() {
  if (keys_ == nullptr || pending_) return;
  const bool early_only = !facts_.server_hello && directions_[index_of(Side::client)]->early;
  if (!facts_.client_hello || (!facts_.server_hello && !early_only)) {
    facts_.closed = Closed::no_handshake;
    return;
  }
  const SessionSecrets* const secrets = keys_->find(facts_.client_hello->random);
  if (secrets == nullptr && master_.empty()) {
    if (facts_.closed != Closed::open) facts_.closed = Closed::no_key;
    return;
  }
  if (early_only) {
    // The suite of early data is that of the ticket; a client offers it first, mostly.
    for (const std::uint16_t offered : facts_.client_hello->suites) {
      suite_ = find_suite(offered);
      if (suite_ && suite_->exchange.empty() && suite_->is_aead()) break;
      suite_.reset();
    }
    use_traffic(Side::client, SecretKind::client_early);
    return;
  }
  if (!suite_ || !is_supported(facts_.version())) {
    facts_.closed = Closed::not_supported;
    return;
  }
  if (!is_13()) {
    const bool is_logged = secrets != nullptr && !(*secrets)[SecretKind::master].empty();
    const Secret& master = is_logged ? (*secrets)[SecretKind::master] : master_;
    if (master.empty()) return;
    pending_ = keys_of_master(*suite_, facts_.version(), master, facts_.client_hello->random,
                              facts_.server_hello->random);
    return;
  }
  for (const Side side : {Side::client, Side::server}) {
    Direction& direction = *directions_[index_of(side)];
    if (direction.protection || (side == Side::client && direction.early)) continue;
    const bool is_client = side == Side::client;
    if (direction.finished) {
      use_traffic(side,
                  is_client ? SecretKind::client_application : SecretKind::server_application);
    } else {
      use_traffic(side, is_client ? SecretKind::client_handshake : SecretKind::server_handshake);
    }
  }
}

void Conversation::use_traffic(Side side, SecretKind kind) {
  Direction& direction = *directions_[index_of(side)];
  direction.protection.reset();
  const SessionSecrets* const secrets =
      keys_ != nullptr && facts_.client_hello ? keys_->find(facts_.client_hello->random) : nullptr;
  if (secrets == nullptr || (*secrets)[kind].empty() || !suite_ || !suite_->exchange.empty())
    return;
  direction.traffic = (*secrets)[kind];
  direction.protection =
      Protection::make(*suite_, version_of_13(), keys_of_traffic(*suite_, direction.traffic));
  if (!direction.protection) facts_.closed = Closed::not_supported;
}

}  // namespace smtpscope::tls
