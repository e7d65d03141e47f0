#include "runtime/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace lw::runtime {
namespace {

constexpr auto kBetweenDraws = std::chrono::milliseconds(200);

std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

}  // namespace

Progress::Progress(bool wanted) : shown_(wanted && isatty(STDERR_FILENO) == 1) {}

void Progress::update(std::uint64_t events, std::uint64_t bytes, std::uint64_t total) {
  if (!shown_) return;
  const auto now = Clock::now();
  if (now - last_ < kBetweenDraws) return;
  last_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  std::string line = fmt::format("\r\x1b[K{} events  {:.0f}/s  {}", events, static_cast<double>(events) / elapsed, megabytes(bytes));
  if (total > 0 && bytes > 0) {
    const double share = static_cast<double>(bytes) / static_cast<double>(total);
    line += fmt::format(" of {}  {:.0f} %  {:.0f} s left", megabytes(total), 100 * share, elapsed * (1 - share) / share);
  }
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

}  // namespace lw::runtime
