#include "cli/hang_up.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace lw::cli {

namespace {

bool is_service() { return !::isatty(STDERR_FILENO); }

sigset_t hang_up() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void HangUp::hold() {
  if (!is_service()) return;
  const sigset_t set = hang_up();
  std::signal(SIGHUP, SIG_DFL);  // one that is ignored, as under nohup, would not be kept for sigwait()
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

HangUp::HangUp(std::function<void()> on_signal) {
  if (!is_service()) return;
  thread_ = std::thread([this, set = hang_up(), call = std::move(on_signal)] {
    for (int signal = 0; sigwait(&set, &signal) == 0 && !over_;) call();
  });
}

HangUp::~HangUp() {
  if (!thread_.joinable()) return;
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGHUP);
  thread_.join();
}

}  // namespace lw::cli
