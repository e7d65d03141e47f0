// Source bytes, or choices for the expression maker, compiled and run against the reference: neither may crash, and both
// must come to the same.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "cel/differential.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::unique_ptr<lw::cel::World>> kWorlds = [] {
    std::vector<std::unique_ptr<lw::cel::World>> worlds;
    for (unsigned variant = 0; variant < 64; ++variant) worlds.push_back(std::make_unique<lw::cel::World>(variant));
    return worlds;
  }();
  if (size < 2 || size > 4096) return 0;
  const lw::cel::World& world = *kWorlds[data[0] % 64];
  const bool raw = data[0] >= 128;
  const std::string source = raw ? std::string(reinterpret_cast<const char*>(data) + 1, size - 1)
                                 : lw::cel::ExpressionMaker({data + 1, size - 1}).make();
  const std::string found = lw::cel::difference(world, source);
  if (found.empty()) return 0;
  std::fputs(found.c_str(), stderr);
  std::abort();
}
