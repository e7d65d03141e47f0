#include "desk/rooms.h"

#include "desk/case_test.h"

namespace lw::desk {
namespace {

Json room_of(DeskScene& scene, const Actor& who) {
  const auto got = scene.as(who, [](const Act& act) { return get_room(act.session, act.who, "alpha", "r1"); });
  return got ? *got : Json();
}

TEST(Rooms, FindingsAreToldByViolationToWhomTheyConcern) {
  DeskScene scene;
  scene.decide(decision("d1"));
  scene.decide(decision("d2", {{"target", {{"kind", "product"}, {"id", "p2"}}}}));
  scene.decide(decision("d3", {{"violation", "tipping-breach"}, {"lead", "nrta"}, {"assist", Json::array()}}));
  scene.decide(decision("d4", {{"mode", "shadow"}}));
  scene.decide(decision("d5", {{"session", "s0"}}));  // of another broadcast
  EXPECT_EQ(room_of(scene, kLi)["violations"], (Json{{"false-claim", 2}}));
  EXPECT_EQ(room_of(scene, kAlpha)["violations"], (Json{{"false-claim", 2}, {"tipping-breach", 1}}));
  EXPECT_FALSE(room_of(scene, kMct).contains("violations"));
  EXPECT_TRUE(room_of(scene, kBeta).is_null());
}

TEST(Rooms, FiguresMinuteByMinuteOnTheFirstPageOfATimeline) {
  DeskScene scene;
  scene.decide(decision("d1"));
  scene.decide(decision("d2"));
  const Status filled = scene.db->write([&](store::Session& session) -> Status {
    for (const std::int64_t minute : {3, 1, 2}) {
      session.run("INSERT INTO room_minute (platform, room, at, online, gross, tips) VALUES ('alpha', 'r1', :at, :online, 5, 0)", minute * 60'000, minute * 100);
    }
    return session.status();
  });
  ASSERT_TRUE(filled) << filled.error().message;
  const auto timeline = [&](const Query& query) {
    const auto got = scene.as(kLi, [&](const Act& act) { return get_timeline(act.session, act.who, "alpha", "r1", query); });
    return got ? *got : Json();
  };
  const Json first = timeline({{"limit", "1"}});
  std::vector<int> online;
  for (const Json& point : first["series"]) online.push_back(point["online"]);
  EXPECT_EQ(online, (std::vector<int>{100, 200, 300}));
  EXPECT_FALSE(timeline({{"after", first["next"]}}).contains("series"));
}

}  // namespace
}  // namespace lw::desk
