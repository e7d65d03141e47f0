#include "server/clerk.h"

#include <atomic>
#include <mutex>

#include "server/scratch_service.h"

namespace lw::server {
namespace {

constexpr std::chrono::milliseconds kOften{1};
constexpr std::chrono::hours kNever{24};

TEST(Clerk, RunsTasksAgainAndAgainAndAtTheirBell) {
  std::atomic<int> often{0}, once{0}, rung{0};
  const auto count = [](std::atomic<int>& of) {
    return [&of]() -> Status {
      ++of;
      return {};
    };
  };
  Clerk clerk({{"often", kOften, count(often)}, {"once", kNever, count(once)}, {"rung", kNever, count(rung), true}}, [](const std::string&) {});
  clerk.start();
  wait_until([&] { return often > 20; });
  EXPECT_EQ(rung, 1);
  clerk.ring();
  wait_until([&] { return rung == 2; });
  clerk.stop();
  EXPECT_EQ(once, 1);
  EXPECT_EQ(rung, 2);
}

TEST(Clerk, SaysOnceThatATaskFailsAndGoesOn) {
  std::mutex mutex;
  std::vector<std::string> notes;
  std::atomic<int> runs{0}, others{0};
  Clerk clerk({{"leaves", kOften, [&]() -> Status { return ++runs <= 5 ? Status(fail("the disk is full, failure {}", runs.load())) : Status{}; }},
               {"others", kOften, [&]() -> Status {
                  ++others;
                  return {};
                }}},
              [&](const std::string& note) {
                const std::lock_guard lock(mutex);
                notes.push_back(note);
              });
  clerk.start();
  wait_until([&] { return runs > 8; });
  clerk.stop();
  EXPECT_EQ(notes, (std::vector<std::string>{"leaves: the disk is full, failure 1; it is tried again", "leaves: works again"}));
  EXPECT_GT(others, 5);
}

TEST(Clerk, WithoutTasksThereIsNothingToDo) {
  Clerk clerk({}, [](const std::string&) {});
  clerk.start();
  clerk.ring();
}

TEST(Daily, OnceADayOfTheZoneAlsoOverRestarts) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  Time now;
  std::vector<std::string> done;
  bool fails = false;
  const auto run = [&](const char* at) {
    now = parse_rfc3339(at).value();
    // Made anew each time, as by a restart.
    return daily(*db, "spot checks", [&] { return now; }, 480, [&](Time then) -> Status {
      if (fails) return fail("not today");
      done.push_back(format_rfc3339(then, 480));
      return {};
    })();
  };
  EXPECT_TRUE(run("2026-06-01T23:30:00+08:00"));
  EXPECT_TRUE(run("2026-06-01T23:59:59+08:00"));
  EXPECT_TRUE(run("2026-06-01T16:00:00Z"));  // midnight there
  fails = true;
  EXPECT_FALSE(run("2026-06-03T00:00:00+08:00"));
  fails = false;
  EXPECT_TRUE(run("2026-06-03T00:01:00+08:00"));
  EXPECT_TRUE(run("2026-06-03T00:02:00+08:00"));
  EXPECT_EQ(done, (std::vector<std::string>{"2026-06-01T23:30:00+08:00", "2026-06-02T00:00:00+08:00", "2026-06-03T00:01:00+08:00"}));
}

}  // namespace
}  // namespace lw::server
