#include "dissectors/mail/gmime.hpp"

namespace smtpscope::mail {

void prepare_gmime() {
  static const bool ready = [] {
    g_mime_init();
    return true;
  }();
  (void)ready;
}

}  // namespace smtpscope::mail
