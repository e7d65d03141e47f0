#include "runtime/inlet.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "runtime/drive.h"
#include "runtime/keeper.h"

namespace lw::runtime {
namespace {

namespace fs = std::filesystem;

std::string line(const std::string& id) {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/platforms/t","type":"live.chat.posted","time":"2026-06-01T20:00:00+08:00","data":{"room":"r"}})" + "\n";
}

class NoDecisions : public DecisionOutput {
 public:
  Status write(std::string_view) override { return {}; }
  Status pause(bool) override { return {}; }
  Status flush() override { return {}; }
  Status close() override { return {}; }
};

class Counter : public Observer {
 public:
  using Observer::see;
  void see(const event::Event& event) override {
    ids.emplace(event.id);
    ++seen;
  }
  std::set<std::string> ids;
  std::uint64_t seen = 0;
};

// A service without HTTP: an inlet, a log, an engine of an empty pack.
class Service {
 public:
  explicit Service(const fs::path& folder, std::size_t most_bytes = 1 << 20) : inlet(most_bytes) {
    auto loaded = pack::load({pack::Source{"empty", {{"pack.yaml", "pack: {id: empty, version: 1.0.0}\n"}}}}, {});
    EXPECT_TRUE(loaded);
    lineup.enforced = Packs::of(std::move(*loaded), "", true);
    KeeperOptions kept;
    kept.folder = folder.string();
    kept.plan = &lineup.enforced.loaded->plan;
    kept.inlet = &inlet;
    kept.repeated = [this](const event::Event&) { ++repeated; };
    auto opened = Keeper::open(kept);
    EXPECT_TRUE(opened) << opened.error().message;
    keeper = std::move(*opened);
    SourceOptions from;
    from.inlet = &inlet;
    auto made = Source::open(lineup.enforced.loaded->plan.schema, from, nullptr);
    EXPECT_TRUE(made);
    source.emplace(std::move(*made));
    judges.emplace(lineup, source->schema());
    const Status restored = keeper->restore(*judges, *source, out);
    EXPECT_TRUE(restored) << restored.error().message;
    inlet.start([this](std::uint64_t end) { return keeper->log().wait(end); });
    thread = std::thread([this] {
      const auto summary = drive(*source, *judges, {.out = &out, .observer = &seen, .keeper = keeper.get(), .threads = 2, .goes_on = true});
      EXPECT_TRUE(summary) << summary.error().message;
    });
  }
  ~Service() { stop(); }
  void stop() {
    inlet.close();
    if (thread.joinable()) thread.join();
    inlet.stop();
  }
  // Waits until it lasts.
  bool lasts(std::string lines, std::size_t count) {
    std::latch told(1);
    bool good = false;
    if (!inlet.submit(std::move(lines), count, [&](const Status& durable) {
          good = durable.has_value();
          told.count_down();
        })) {
      return false;
    }
    told.wait();
    return good;
  }

  Inlet inlet;
  Lineup lineup;
  std::unique_ptr<Keeper> keeper;
  NoDecisions out;
  Counter seen;
  std::optional<Source> source;
  std::optional<Judges> judges;
  std::atomic<int> repeated{0};
  std::thread thread;
};

class InletTest : public testing::Test {
 protected:
  InletTest() { fs::remove_all(folder); }
  ~InletTest() override { fs::remove_all(folder); }
  fs::path folder = fs::temp_directory_path() / ("inlet-" + std::to_string(::getpid()));
};

TEST_F(InletTest, EachHandInIsToldOfOnceItLasts) {
  Service service(folder);
  for (int i = 0; i < 50; ++i) {
    const std::string id = "e" + std::to_string(i);
    ASSERT_TRUE(service.lasts(line(id), 1));
    EXPECT_TRUE(*service.keeper->log().find("/platforms/t", id));
  }
}

TEST_F(InletTest, RepeatsAreAnsweredThoughNothingFollows) {
  Service service(folder);
  ASSERT_TRUE(service.lasts(line("a") + line("b"), 2));
  ASSERT_TRUE(service.lasts(line("a"), 1));
  ASSERT_TRUE(service.lasts(line("b") + line("a"), 2));
  EXPECT_EQ(service.repeated, 3);
}

TEST_F(InletTest, WhatIsNoEventIsAnsweredThoughNothingFollows) {
  Service service(folder);
  ASSERT_TRUE(service.lasts("nonsense\n", 1));
  ASSERT_TRUE(service.lasts(line("a"), 1));
}

TEST_F(InletTest, ManyHandInsAtOnceLoseNothing) {
  constexpr int kThreads = 8, kEach = 500;
  std::atomic<int> told{0};
  {
    Service service(folder);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string id = std::to_string(t) + "-" + std::to_string(i);
          while (!service.inlet.submit(line(id), 1, [&](const Status& durable) { told += durable.has_value(); })) std::this_thread::yield();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    service.stop();
    EXPECT_EQ(service.seen.ids.size(), kThreads * kEach);
  }
  EXPECT_EQ(told, kThreads * kEach);
  // Another one goes on, and knows them all.
  Service next(folder);
  ASSERT_TRUE(next.lasts(line("0-0"), 1));
  EXPECT_EQ(next.repeated, 1);
}

TEST_F(InletTest, FullIsFullAndClosedIsClosed) {
  Inlet inlet(100);
  EXPECT_TRUE(inlet.submit(std::string(300, 'x') + "\n", 1, [](const Status&) {}));  // a large one alone is taken
  EXPECT_FALSE(inlet.submit("x\n", 1, [](const Status&) {}));
  bool failed = false;
  Inlet other(100);
  EXPECT_TRUE(other.submit("x\n", 1, [&](const Status& durable) { failed = !durable; }));
  other.stop();
  EXPECT_TRUE(failed);
  EXPECT_FALSE(other.submit("x\n", 1, [](const Status&) {}));
}

}  // namespace
}  // namespace lw::runtime
