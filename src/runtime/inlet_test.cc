#include "runtime/inlet.h"

#include <unistd.h>

#include <vector>

#include "runtime/scratch_service.h"

namespace lw::runtime {
namespace {

namespace fs = std::filesystem;

std::string line(const std::string& id) {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/platforms/t","type":"live.chat.posted","time":"2026-06-01T20:00:00+08:00","data":{"room":"r"}})" + "\n";
}

class InletTest : public testing::Test {
 protected:
  InletTest() { fs::remove_all(folder); }
  ~InletTest() override { fs::remove_all(folder); }
  fs::path folder = fs::temp_directory_path() / ("inlet-" + std::to_string(::getpid()));
};

TEST_F(InletTest, EachHandInIsToldOfOnceItLasts) {
  ScratchService service(folder);
  for (int i = 0; i < 50; ++i) {
    const std::string id = "e" + std::to_string(i);
    ASSERT_TRUE(service.lasts(line(id), 1));
    EXPECT_TRUE(service.has("/platforms/t", id));
  }
}

TEST_F(InletTest, RepeatsAreAnsweredThoughNothingFollows) {
  ScratchService service(folder);
  ASSERT_TRUE(service.lasts(line("a") + line("b"), 2));
  ASSERT_TRUE(service.lasts(line("a"), 1));
  ASSERT_TRUE(service.lasts(line("b") + line("a"), 2));
  EXPECT_EQ(service.repeated, 3);
}

TEST_F(InletTest, WhatIsNoEventIsAnsweredThoughNothingFollows) {
  ScratchService service(folder);
  ASSERT_TRUE(service.lasts("nonsense\n", 1));
  ASSERT_TRUE(service.lasts(line("a"), 1));
}

TEST_F(InletTest, ManyHandInsAtOnceLoseNothing) {
  constexpr int kThreads = 8, kEach = 500;
  std::atomic<int> told{0};
  {
    ScratchService service(folder);
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
  ScratchService next(folder);
  ASSERT_TRUE(next.lasts(line("0-0"), 1));
  EXPECT_EQ(next.repeated, 1);
}

TEST_F(InletTest, WhoWaitsForAnAnswerPassesByTheRestOfWhatIsBeingRead) {
  Inlet inlet(1000);
  std::mutex mutex;
  std::string told;
  const auto submit = [&](const std::string& lines, std::size_t count, bool next) {
    ASSERT_TRUE(inlet.submit(std::string(lines), count, [&, lines](const Status& durable) {
      const std::lock_guard lock(mutex);
      told += durable ? lines.substr(0, 1) : "?";
    }, next));
  };
  const auto is_told = [&](const std::string& wanted) {
    for (int i = 0; i < 10'000; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (told.size() >= wanted.size()) return told == wanted;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  };
  inlet.start([](std::uint64_t) { return Status{}; });
  const auto feed = inlet.feed();
  event::Line line;
  std::string read;
  std::uint64_t end = 0;
  const auto take = [&](int lines) {
    for (int i = 0; i < lines; ++i) {
      ASSERT_TRUE(feed->next(line));
      read += line.text;
    }
    inlet.handed_over(end += lines);
  };
  submit("a\nb\nc\n", 3, false), submit("d\n", 1, false);
  take(1);
  submit("1\n2\n", 2, true);
  take(1);
  submit("3\n", 1, true);
  take(2);
  EXPECT_EQ(read, "a123");
  EXPECT_TRUE(is_told("13")) << told;
  EXPECT_TRUE(feed->ready());
  take(1);
  submit("4\n", 1, true);
  take(1);
  EXPECT_EQ(read, "a123b4");
  EXPECT_TRUE(is_told("134")) << told << ": the first is not whole yet";
  take(1);
  EXPECT_EQ(read, "a123b4c");
  EXPECT_TRUE(is_told("134a")) << told;
  submit("5\n", 1, true);
  take(1);
  EXPECT_TRUE(is_told("134a5")) << told;
  take(1);
  EXPECT_EQ(read, "a123b4c5d");
  EXPECT_TRUE(is_told("134a5d")) << told;
  EXPECT_FALSE(feed->ready());
  submit("e\nf\n", 2, false);
  take(1);
  submit("6\n", 1, true);
  inlet.close();
  take(1);
  EXPECT_TRUE(is_told("134a5d6")) << told;
  take(1);
  EXPECT_EQ(read, "a123b4c5de6f");
  EXPECT_FALSE(feed->next(line));
  EXPECT_TRUE(is_told("134a5d6e")) << told;
}

TEST_F(InletTest, WhoWaitsForAnAnswerPassesByWhatWaitsToBeRead) {
  Inlet inlet(1000);
  std::string told, read;
  const auto submit = [&](const std::string& name, bool next) {
    ASSERT_TRUE(inlet.submit(name + "\n", 1, [&told, name](const Status& durable) { told += durable ? name : "?"; }, next));
  };
  submit("a", false), submit("b", false), submit("c", true), submit("d", true);
  inlet.start([](std::uint64_t) { return Status{}; });
  const auto feed = inlet.feed();
  event::Line line;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(feed->next(line));
    read += line.text;
    inlet.handed_over(i);
  }
  inlet.stop();
  EXPECT_EQ(read, "cda");
  EXPECT_EQ(told, "cda?") << "what nobody read is not told of as lasting";
}

TEST_F(InletTest, ASnapshotCountsOnceTheDecisionsAreDelivered) {
  const auto count = [&] {
    std::size_t out = 0;
    for (const auto& one : fs::directory_iterator(folder / "snapshots")) out += one.path().filename().string().find_first_not_of("0123456789") == std::string::npos;
    return out;
  };
  ScratchService service(folder, 1 << 20, Duration{kSecond / 1000});
  service.out.late = true;
  int events = 0;
  const auto send = [&] {
    ASSERT_TRUE(service.lasts(line("e" + std::to_string(events++)), 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  };
  for (int i = 0; i < 100; ++i) send();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  EXPECT_GT(service.out.flushes, 0);  // there snapshots are written in place, and wait
#else
  EXPECT_EQ(service.out.flushes, 0) << "the stream does not wait";
  EXPECT_EQ(count(), 0u);
#endif
  service.out.late = false;
  for (int i = 0; i < 1000 && count() == 0; ++i) send();
  EXPECT_GT(count(), 0u);
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
