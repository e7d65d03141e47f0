// For fuzzers: what was found ends the run.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace lw {

[[noreturn]] inline void fuzz_found(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace lw
