// The floor that the pipeline is measured against: simdjson On-Demand reading every attribute and every field of `data`
// to its typed value, and nothing else.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace lw::runtime {

struct Parsed {
  std::uint64_t events = 0;
  std::uint64_t checksum = 0;  // of all that was read, so that no reading can be left out
};

// The file of JSON lines, plain, from the disk; nested values are walked to their leaves.
Result<Parsed> parse_only(const std::string& path);

}  // namespace lw::runtime
