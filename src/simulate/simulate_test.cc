#include "simulate/simulate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lw::simulate {
namespace {

class Lines final : public LineWriter {
 public:
  Status write(std::string_view line) override {
    text += line;
    text += '\n';
    return {};
  }
  std::string text;
};

const std::string kScenarios = std::string(LW_SOURCE_DIR) + "/scenarios/";

TEST(Simulate, SameSeedSameBytesAnotherSeedOthers) {
  const auto scenario = load_scenario(kScenarios + "farm.yaml");
  ASSERT_TRUE(scenario) << scenario.error().to_string();
  Lines events[3], truth[3];
  const std::uint64_t seeds[] = {7, 7, 8};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(simulate(*scenario, seeds[i], events[i], truth[i]));
  EXPECT_EQ(events[0].text, events[1].text);
  EXPECT_EQ(truth[0].text, truth[1].text);
  EXPECT_NE(events[0].text, events[2].text);
  EXPECT_FALSE(truth[0].text.empty());
}

}  // namespace
}  // namespace lw::simulate
