#pragma once
// What a TLS handshake comes to, in a line or two for the timeline. Private to this folder.
#include "analyzer/session/tls.hpp"

#include <string>

namespace smtpscope::render {

// "TLSv1.3, TLS_AES_256_GCM_SHA384, for mx.example.com, resumed"; names are as on the wire.
[[nodiscard]] std::string agreed_words(const session::TlsSeen& seen);
// "handshake: TLSv1.3, ..."; "handshake breaks off after the ClientHello: TLSv1.2 at best".
[[nodiscard]] std::string handshake_words(const session::TlsSeen& seen);
// "certificate CN=mx.example.com, issued by CN=Example CA, good from 2026-01-01 to 2027-01-01".
[[nodiscard]] std::string certificate_words(const tls::Certificate& certificate);
// "the server's alert: handshake_failure, after the ClientHello".
[[nodiscard]] std::string alert_words(const tls::Alert& alert);

}  // namespace smtpscope::render
