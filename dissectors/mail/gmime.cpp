#include "dissectors/mail/gmime.hpp"

namespace smtpscope::mail {
namespace {

// Its tables are filled once, and stay.
struct Library {
  Library() { g_mime_init(); }
  mutable std::mutex in_use;
};

}  // namespace

std::unique_lock<std::mutex> hold_gmime() {
  static const Library library;
  return std::unique_lock(library.in_use);
}

}  // namespace smtpscope::mail
