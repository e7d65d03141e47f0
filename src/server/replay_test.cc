#include "server/replay.h"

#include <filesystem>
#include <fstream>

#include "server/scratch_service.h"

namespace lw::server {
namespace {

namespace fs = std::filesystem;

TEST(MovedLine, MovesTimesAndNothingElse) {
  const Duration day{kDay};
  EXPECT_EQ(moved_line(R"({"id":"2026-11-11","time":"2026-11-11T20:00:00.5+08:00","data":{"until":"2026-12-31T16:00:00Z","text":"say \"2026-11-11T20:00:00Z\""}})", day),
            R"({"id":"2026-11-11","time":"2026-11-12T20:00:00.5+08:00","data":{"until":"2027-01-02T00:00:00+08:00","text":"say \"2026-11-11T20:00:00Z\""}})");
  EXPECT_EQ(moved_line("no quote", day), "no quote");
  EXPECT_EQ(moved_line(R"(one " alone)", day), R"(one " alone)");
}

class ReplayTest : public testing::Test {
 protected:
  fs::path written(const std::string& text) {
    const fs::path path = fs::path(service.scratch.folder()) / "evening.ndjson";
    std::ofstream(path) << text;
    return path;
  }
  Result<std::unique_ptr<Replay>> open(const fs::path& recording) {
    return Replay::open(recording.string(), {&*service.ingest, kKeeper, (fs::path(service.scratch.folder()) / "dead.ndjson").string(), 1, [this] { return now.load(); }, service.notes.sink()});
  }
  static std::string event(const std::string& id, const std::string& type, const std::string& time) {
    return R"({"specversion":"1.0","id":")" + id + R"(","source":"/platforms/alpha","type":")" + type + R"(","time":")" + time + R"(","data":{"room":"r","session":"s"}})" + "\n";
  }

  ScratchService service;
  std::atomic<Time> now = *parse_rfc3339("2027-03-01T12:00:00+08:00");
};

TEST_F(ReplayTest, WhatWasBeforeTheFirstEndComesAtOnceAndTheRestWhenItIsDue) {
  auto replay = open(written(event("a", "live.session.started", "2026-11-11T19:00:00+08:00") + event("b", "live.session.ended", "2026-11-11T20:00:00+08:00") +
                             event("c", "live.session.started", "2026-11-11T20:00:30+08:00") + event("d", "live.session.ended", "2026-11-11T20:01:00+08:00")));
  ASSERT_TRUE(replay) << replay.error().message;
  (*replay)->start();
  wait_until([&] { return service.events() >= 2; });
  std::this_thread::sleep_for(std::chrono::milliseconds(700));  // longer than it rests between two looks
  EXPECT_EQ(service.events(), 2u);
  now = now.load() + Duration{30 * kSecond};
  wait_until([&] { return service.has("/platforms/alpha", "c"); });
  EXPECT_FALSE(service.has("/platforms/alpha", "d"));
  now = now.load() + Duration{30 * kSecond};
  wait_until([&] { return service.has("/platforms/alpha", "d"); });
  (*replay)->stop();
}

TEST_F(ReplayTest, RefusesWhatIsNoEveningOfEvents) {
  const auto none = open(fs::path(service.scratch.folder()) / "none.ndjson");
  EXPECT_FALSE(none);
  const auto timeless = open(written(event("a", "live.session.started", "2026-11-11T19:00:00+08:00") + event("b", "live.session.ended", "soon")));
  ASSERT_FALSE(timeless);
  EXPECT_NE(timeless.error().message.find("line 2"), std::string::npos) << timeless.error().message;
  EXPECT_FALSE(open(written(R"({"time":1,"type":2})" "\n")));
  EXPECT_FALSE(open(written("[]\n")));
}

}  // namespace
}  // namespace lw::server
