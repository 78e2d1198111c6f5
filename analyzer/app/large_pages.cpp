// The heap in pages of 2 MiB, where Linux gives them (transparent huge pages). A page of 4 KiB that
// is touched for the first time costs a microsecond, several on virtual machines, and a capture
// with 10,000 open connections touches 60,000 of them: a quarter of its whole time. In return what
// the heap has had once is not given back to the system before the end; it serves for what comes
// next.
//
// The C library allocates ahead of main(), and what mimalloc allocates first keeps its pages; so
// this runs ahead of every constructor. MIMALLOC_LARGE_OS_PAGES and MIMALLOC_EAGER_COMMIT_DELAY in
// the environment say otherwise.
#include <mimalloc.h>

#include <fcntl.h>
#include <unistd.h>

namespace {

bool is_zero(const char* file) noexcept {
  const int descriptor = open(file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  char text[2] = {};
  const bool is_read = read(descriptor, text, sizeof text) == sizeof text;
  close(descriptor);
  return is_read && text[0] == '0' && text[1] == '\n';
}

void use_large_pages() {
  // Where an administrator has set pages aside, mimalloc would take of those, and they are meant
  // for a database.
  if (!is_zero("/proc/sys/vm/nr_hugepages") || !is_zero("/proc/sys/vm/nr_overcommit_hugepages"))
    return;
  mi_option_set_enabled_default(mi_option_large_os_pages, true);
  mi_option_set_default(mi_option_eager_commit_delay, 0);  // the first memory of a thread, too
}

}  // namespace

[[gnu::section(".preinit_array"), gnu::used]] void (*const smtpscope_at_start)() = use_large_pages;
