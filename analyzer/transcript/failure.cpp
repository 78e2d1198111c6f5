#include "analyzer/transcript/failure.hpp"

#include "dissectors/base/ascii.hpp"

#include <algorithm>
#include <array>

namespace smtpscope::transcript {
namespace {

using session::FailureKind;

struct Words {
  std::string_view words;
  FailureKind kind;
};
// The first that is found counts. What libc, Perl, Python and OpenSSL say.
constexpr std::array known = {
    Words{"certificate", FailureKind::tls},
    Words{"SSL routines", FailureKind::tls},
    Words{"TLS startup failed", FailureKind::tls},
    Words{"TLS alert", FailureKind::tls},
    Words{"SSL:", FailureKind::tls},
    Words{"SSL_connect", FailureKind::tls},
    Words{"SSL connect error", FailureKind::tls},
    Words{"SSL connection timeout", FailureKind::tls},
    Words{"handshake", FailureKind::tls},
    Words{"Connection refused", FailureKind::refused},
    Words{"ConnectionRefusedError", FailureKind::refused},
    Words{"timed out", FailureKind::timed_out},
    Words{"Timeout", FailureKind::timed_out},
    Words{"No route to host", FailureKind::unreachable},
    Words{"is unreachable", FailureKind::unreachable},
    Words{"Could not resolve", FailureKind::host_unknown},
    Words{"Couldn't resolve", FailureKind::host_unknown},
    Words{"Name or service not known", FailureKind::host_unknown},
    Words{"nodename nor servname", FailureKind::host_unknown},
    Words{"No address associated", FailureKind::host_unknown},
    Words{"name resolution", FailureKind::host_unknown},
    Words{"Bad hostname", FailureKind::host_unknown},
    Words{"closed connection", FailureKind::closed},
    Words{"unexpectedly closed", FailureKind::closed},
    Words{"Connection reset", FailureKind::closed},
    Words{"Broken pipe", FailureKind::closed},
    Words{"response reading failed", FailureKind::closed},
    Words{"Empty reply", FailureKind::closed},
    Words{"Recv failure", FailureKind::closed},
    Words{"unexpected eof", FailureKind::closed},
};

}  // namespace

FailureKind failure_kind(std::string_view words) noexcept {
  const auto* const row = std::ranges::find_if(
      known, [&](const Words& each) { return ascii::contains_no_case(words, each.words); });
  return row == known.end() ? FailureKind::other : row->kind;
}

}  // namespace smtpscope::transcript
