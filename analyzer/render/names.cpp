#include "analyzer/render/names.hpp"

namespace smtpscope::render {

std::string_view name_of(session::Protocol protocol) noexcept {
  return protocol == session::Protocol::smtp ? "smtp" : "lmtp";
}

std::string_view name_of(session::Service service) noexcept {
  switch (service) {
    case session::Service::mx:
      return "mx";
    case session::Service::submission:
      return "submission";
    case session::Service::submissions:
      return "submissions";
    case session::Service::other:
      return "other";
  }
  return {};
}

std::string_view name_of(session::RecipientOutcome outcome) noexcept {
  switch (outcome) {
    case session::RecipientOutcome::accepted:
      return "accepted";
    case session::RecipientOutcome::rejected:
      return "rejected";
    case session::RecipientOutcome::deferred:
      return "deferred";
    case session::RecipientOutcome::unknown:
      return "unknown";
  }
  return {};
}

std::string_view name_of(session::TransactionOutcome outcome) noexcept {
  switch (outcome) {
    case session::TransactionOutcome::delivered:
      return "delivered";
    case session::TransactionOutcome::partially_delivered:
      return "partially-delivered";
    case session::TransactionOutcome::rejected:
      return "rejected";
    case session::TransactionOutcome::deferred:
      return "deferred";
    case session::TransactionOutcome::aborted:
      return "aborted";
    case session::TransactionOutcome::unknown:
      return "unknown";
  }
  return {};
}

std::string_view name_of(session::Step step) noexcept {
  switch (step) {
    case session::Step::connect:
      return "connect";
    case session::Step::reply:
      return "reply";
    case session::Step::command:
      return "command";
    case session::Step::message:
      return "message";
  }
  return {};
}

std::string_view name_of(tcp::Opened opened) noexcept {
  switch (opened) {
    case tcp::Opened::handshake:
      return "handshake";
    case tcp::Opened::midstream:
      return "midstream";
    case tcp::Opened::refused:
      return "refused";
    case tcp::Opened::timeout:
      return "timeout";
  }
  return {};
}

std::string_view name_of(tcp::Closed closed) noexcept {
  switch (closed) {
    case tcp::Closed::fin:
      return "fin";
    case tcp::Closed::reset:
      return "reset";
    case tcp::Closed::idle:
      return "idle";
    case tcp::Closed::capture_end:
      return "capture-end";
  }
  return {};
}

std::string_view name_of(session::FailureKind kind) noexcept {
  using enum session::FailureKind;
  switch (kind) {
    case refused:
      return "refused";
    case timed_out:
      return "timeout";
    case unreachable:
      return "unreachable";
    case host_unknown:
      return "host-unknown";
    case tls:
      return "tls";
    case closed:
      return "closed";
    case other:
      break;
  }
  return "other";
}

std::string_view name_of(GapCause cause) noexcept {
  switch (cause) {
    case GapCause::acknowledged:
      return "acknowledged";
    case GapCause::end_of_stream:
      return "end-of-stream";
    case GapCause::limit:
      return "limit";
    case GapCause::not_shown:
      return "not-shown";
    case GapCause::cut_packet:
      return "cut-packet";
  }
  return {};
}

std::string_view name_of(smtp::Unanswered unanswered) noexcept {
  switch (unanswered) {
    case smtp::Unanswered::no:
      return "no";
    case smtp::Unanswered::never:
      return "never";
    case smtp::Unanswered::lost_in_gap:
      return "lost-in-gap";
    case smtp::Unanswered::capture_end:
      return "capture-end";
  }
  return {};
}

std::string_view name_of(smtp::ReplyFlaw flaw) noexcept {
  switch (flaw) {
    case smtp::ReplyFlaw::no_code:
      return "no-code";
    case smtp::ReplyFlaw::bad_separator:
      return "bad-separator";
    case smtp::ReplyFlaw::bad_code:
      return "bad-code";
    case smtp::ReplyFlaw::code_changed:
      return "code-changed";
    case smtp::ReplyFlaw::bare_lf:
      return "bare-lf";
    case smtp::ReplyFlaw::cut_short:
      return "cut-short";
    case smtp::ReplyFlaw::over_limit:
      return "over-limit";
    case smtp::ReplyFlaw::unfinished:
      return "unfinished";
  }
  return {};
}

std::string_view name_of(smtp::LineEnd end) noexcept {
  switch (end) {
    case smtp::LineEnd::crlf:
      return "crlf";
    case smtp::LineEnd::lf:
      return "lf";
    case smtp::LineEnd::cut:
      return "cut";
  }
  return {};
}

std::string_view name_of(smtp::TlsFacts::Mode mode) noexcept {
  return mode == smtp::TlsFacts::Mode::starttls ? "starttls" : "implicit";
}

std::string_view name_of(tls::Closed closed) noexcept {
  switch (closed) {
    case tls::Closed::open:
      return "open";
    case tls::Closed::no_log:
      return "no-log";
    case tls::Closed::no_key:
      return "no-key";
    case tls::Closed::no_handshake:
      return "no-handshake";
    case tls::Closed::not_supported:
      return "not-supported";
    case tls::Closed::do_not_fit:
      return "do-not-fit";
  }
  return {};
}

std::string_view name_of(Side side) noexcept { return side == Side::client ? "client" : "server"; }

std::string_view name_of_tlv(std::uint8_t type) noexcept {
  switch (type) {
    case proxy::tlv_alpn:
      return "alpn";
    case proxy::tlv_authority:
      return "authority";
    case proxy::tlv_unique_id:
      return "unique_id";
    case proxy::tlv_namespace:
      return "namespace";
    case proxy::tlv_ssl_version:
      return "ssl_version";
    case proxy::tlv_ssl_cn:
      return "ssl_cn";
    case proxy::tlv_ssl_cipher:
      return "ssl_cipher";
    case proxy::tlv_ssl_sig_alg:
      return "ssl_sig_alg";
    case proxy::tlv_ssl_key_alg:
      return "ssl_key_alg";
    default:
      return {};
  }
}

}  // namespace smtpscope::render
