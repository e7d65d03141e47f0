// Each tests/packs/bad/NAME.yaml is a pack with mistakes, NAME.txt what the loader must say of it, places and carets too.
// LW_UPDATE=1 rewrites the texts: read the difference before you keep it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "pack/load.h"

namespace lw::pack {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<fs::path> cases() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(fs::path(LW_SOURCE_DIR) / "tests/packs/bad")) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class BadPack : public testing::TestWithParam<fs::path> {};

TEST_P(BadPack, is_refused_with_every_mistake_in_its_place) {
  const fs::path path = GetParam();
  LoadOptions options;
  options.limits.nodes = 20'000;  // so that a small file can be over it
  const auto loaded = load({Source{"pack", {{path.filename().string(), read(path)}}}}, options);
  ASSERT_FALSE(loaded) << path << " was taken for good";
  std::string told;
  for (const Error& error : loaded.error()) told += error.to_string() + "\n";
  const fs::path expected = fs::path(path).replace_extension(".txt");
  if (std::getenv("LW_UPDATE")) std::ofstream(expected, std::ios::binary) << told;
  EXPECT_EQ(told, read(expected));
}

INSTANTIATE_TEST_SUITE_P(All, BadPack, testing::ValuesIn(cases()), [](const auto& tested) {
  std::string name = tested.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace lw::pack
