// What must last: batches and their names in the event log, snapshots whole or refused.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "store/event_log.h"
#include "store/output_file.h"
#include "store/snapshot_file.h"

namespace lw::store {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "lw-store-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  std::string path;
};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

void ignore(const std::string&) {}

constexpr std::int64_t kFirstDay = 20'000;

std::string line_of(std::uint64_t number) { return "{\"n\":" + std::to_string(number) + "}"; }
Key128 name_of(std::uint64_t number) { return event_name("/platforms/test", "e" + std::to_string(number)); }

// Every third is kept for ever, the others for 60 and for 180 days from their own, of which there are `a_day` events.
LogBatch batch_of(std::uint64_t first, std::uint64_t count, std::uint64_t a_day = 1000) {
  LogBatch batch;
  batch.first = first;
  for (std::uint64_t i = first; i < first + count; ++i) {
    const auto day = kFirstDay + static_cast<std::int64_t>(i / a_day);
    const auto until = static_cast<std::uint32_t>(day + (i % 3 == 1 ? 60 : 180));
    if (i % 3 == 0) batch.add(line_of(i), name_of(i), Time{day * kDay});
    else batch.add(line_of(i), name_of(i), Time{day * kDay}, i % 3 == 1 ? "short" : "long", until);
  }
  batch.mark = "up to " + std::to_string(first + count);
  return batch;
}

// The numbers of all that the log holds from an event on. Each has its own line and name.
std::vector<std::uint64_t> held(const EventLog& log, std::uint64_t from) {
  std::vector<std::uint64_t> out;
  auto cursor = log.from(from);
  LogEvents events;
  std::uint64_t before = 0;
  for (;;) {
    const auto more = cursor.next(events);
    EXPECT_TRUE(more) << more.error().message;
    if (!more || !*more) return out;
    EXPECT_GE(events.first, before);
    before = events.end;
    std::string lines;
    for (std::size_t i = 0; i < events.numbers.size(); ++i) {
      lines += line_of(events.numbers[i]) + "\n";
      EXPECT_EQ(events.names[i], name_of(events.numbers[i]));
    }
    EXPECT_EQ(events.lines, lines);
    EXPECT_EQ(events.mark, "up to " + std::to_string(events.end));
    out.insert(out.end(), events.numbers.begin(), events.numbers.end());
  }
}

std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t end, const std::function<bool(std::uint64_t)>& wanted = nullptr) {
  std::vector<std::uint64_t> out;
  for (; from < end; ++from) {
    if (!wanted || wanted(from)) out.push_back(from);
  }
  return out;
}

// The numbers of those whose names it tells.
std::vector<std::uint64_t> named(const EventLog& log, std::uint64_t from, std::uint64_t end) {
  static const std::map<Key128, std::uint64_t> known = [] {
    std::map<Key128, std::uint64_t> out;
    for (std::uint64_t number = 0; number < 2000; ++number) out[name_of(number)] = number;
    return out;
  }();
  std::vector<std::uint64_t> out;
  EXPECT_TRUE(log.read_names(from, end, [&](std::span<const Key128> more) {
    for (const Key128& name : more) out.push_back(known.at(name));
  }));
  return out;
}

TEST(EventLog, HoldsWhatWasAppendedAcrossRuns) {
  Folder folder;
  std::uint64_t end = 0;
  for (int run = 0; run < 3; ++run) {
    auto log = EventLog::open(folder.path, ignore);
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_EQ((*log)->end(), end);
    for (std::uint64_t count : {1, 7, 400}) {
      ASSERT_TRUE((*log)->append(batch_of(end, count)));
      end += count;
    }
    ASSERT_TRUE((*log)->wait(end));
    EXPECT_EQ((*log)->durable(), end);
    EXPECT_EQ((*log)->end_mark(), "up to " + std::to_string(end));
  }
  const auto log = EventLog::open(folder.path, ignore);
  ASSERT_TRUE(log);
  EXPECT_EQ((*log)->latest(), Time{(kFirstDay + 1) * kDay});
  for (const std::uint64_t from : {0, 1, 2, 7, 8, 9, 407, 408, 409, 1000, 1223, 1224}) {
    EXPECT_EQ(held(**log, from), numbers(from, end)) << from;
    for (const std::uint64_t to : {from, from + 1, from + 500}) {
      EXPECT_EQ(named(**log, from, to), numbers(from, std::min(to, end))) << from;
    }
  }
}

// Ten events a day in batches of seven.
class Terms : public testing::Test {
 protected:
  Terms() {
    reopen();
    for (; end < 700; end += 7) EXPECT_TRUE(log->append(batch_of(end, 7, 10)));
    EXPECT_TRUE(log->wait(end));
  }
  void reopen() {
    log.reset();
    auto opened = EventLog::open(folder.path, ignore);
    ASSERT_TRUE(opened) << opened.error().message;
    log = std::move(*opened);
  }
  void remove(std::uint32_t days, std::uint64_t events_below, std::uint64_t names_below) {
    log->remove({static_cast<std::uint32_t>(kFirstDay) + days, events_below, names_below});
    log->wait_removed();
  }
  // Whether its term is over so many days after the first.
  static bool over(std::uint64_t number, std::uint64_t days) { return number % 3 != 0 && number / 10 + (number % 3 == 1 ? 60 : 180) <= days; }

  Folder folder;
  std::unique_ptr<EventLog> log;
  std::uint64_t end = 0;
};

TEST_F(Terms, GoWhenTheyAreOverAndNobodyNeedsThem) {
  struct Step {
    std::uint32_t days;
    std::uint64_t events_below, names_below;
  };
  Step done{};
  for (const Step step : {Step{59, 700, 0}, Step{60, 700, 0}, Step{60, 700, 7}, Step{90, 140, 140}, Step{90, 693, 300}, Step{200, 693, 350}, Step{10, 0, 0},
                          Step{1000, 693, 693}}) {
    remove(step.days, step.events_below, step.names_below);
    done = {std::max(done.days, step.days), std::max(done.events_below, step.events_below), std::max(done.names_below, step.names_below)};
    const auto there = [&](std::uint64_t n) { return n >= done.events_below || !over(n, done.days); };
    const auto has_name = [&](std::uint64_t n) { return n / 7 * 7 >= done.names_below / 7 * 7 || !over(n, done.days); };
    for (int again = 0; again < 2; ++again) {
      EXPECT_EQ(held(*log, 0), numbers(0, end, there)) << step.days << " days, below " << step.events_below;
      EXPECT_EQ(held(*log, done.events_below), numbers(done.events_below, end));
      EXPECT_EQ(named(*log, done.names_below, end), numbers(done.names_below, end));
      EXPECT_EQ(named(*log, 0, end), numbers(0, end, has_name)) << step.days << " days, names below " << step.names_below;
      std::uint64_t counted = 0;
      const auto stats = log->stats();
      ASSERT_TRUE(stats);
      for (const auto& term : stats->terms) counted += term.events;
      EXPECT_EQ(counted, numbers(0, end, there).size());
      EXPECT_EQ(stats->accepted, end);
      reopen();
    }
    EXPECT_LE(log->whole_from(), done.events_below);
  }
  EXPECT_EQ(held(*log, 0), numbers(0, end, [](std::uint64_t n) { return n % 3 == 0; }));
  EXPECT_EQ(log->end(), end);
  EXPECT_EQ(log->end_mark(), "up to 700");
}

TEST_F(Terms, SeveralAreSoughtFromTheNewestBack) {
  const std::vector<std::uint64_t> numbers{1, 699, 900, 350, 2};
  std::vector<Key128> names;
  for (const std::uint64_t number : numbers) names.push_back(event_name("/platforms/test", "e" + std::to_string(number)));
  const auto seek = [&](std::uint64_t most) {
    std::vector<std::uint64_t> found;
    EXPECT_TRUE(log->find_newest(names, most, [&](std::size_t place, std::string_view line) {
      EXPECT_EQ(line, line_of(numbers[place]));
      found.push_back(numbers[place]);
    }));
    return found;
  };
  EXPECT_EQ(seek(1000), (std::vector<std::uint64_t>{699, 350, 2, 1}));
  EXPECT_EQ(seek(1), std::vector<std::uint64_t>{699}) << "a batch is looked through as a whole";
  remove(60, 700, 0);
  EXPECT_EQ(seek(1000), (std::vector<std::uint64_t>{699, 350, 2})) << "the term of e1 is over";
}

TEST_F(Terms, AnEventIsFoundByItsNameUntilItGoes) {
  const auto find = [&](std::uint64_t number) { return log->find("/platforms/test", "e" + std::to_string(number)).value(); };
  for (const std::uint64_t number : {0, 1, 2, 350, 699}) {
    const auto found = find(number);
    ASSERT_TRUE(found) << number;
    EXPECT_EQ(found->number, number);
    EXPECT_EQ(found->line, line_of(number));
    EXPECT_FALSE(found->held);
  }
  EXPECT_FALSE(find(700));
  EXPECT_FALSE(log->find("/platforms/other", "e1").value());
  remove(60, 700, 0);
  EXPECT_FALSE(find(1)) << "its name is there, it is not";
  EXPECT_TRUE(find(2));
}

TEST_F(Terms, WhatACaseHoldsOutlivesItsTerm) {
  const std::vector<Key128> first = {name_of(1), name_of(4), name_of(900)}, second = {name_of(4)};
  EXPECT_EQ(log->hold("case/1", first).value(), std::vector<Key128>{name_of(900)});
  EXPECT_TRUE(log->hold("case/2", second)->empty());
  EXPECT_EQ(log->hold("case/1", first).value(), std::vector<Key128>{name_of(900)}) << "the same again";
  remove(1000, 700, 700);
  reopen();
  for (const std::uint64_t number : {1, 4}) {
    const auto found = log->find("/platforms/test", "e" + std::to_string(number)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, number);
    EXPECT_EQ(found->line, line_of(number));
    EXPECT_TRUE(found->held);
  }
  EXPECT_TRUE(log->hold("case/1", second)->empty()) << "it is held already";
  EXPECT_FALSE(log->hold("case/3", second)->empty()) << "too late";
  EXPECT_EQ(log->stats()->held, 3u);
  ASSERT_TRUE(log->release("case/1"));
  EXPECT_FALSE(log->find("/platforms/test", "e1").value());
  EXPECT_TRUE(log->find("/platforms/test", "e4").value()) << "the other case holds it";
  ASSERT_TRUE(log->release("case/2"));
  EXPECT_FALSE(log->find("/platforms/test", "e4").value());
}

TEST_F(Terms, TheLogIsReadWithoutATouch) {
  log.reset();
  std::map<std::string, fs::file_time_type> before;
  for (const auto& file : fs::directory_iterator(folder.path)) before[file.path()] = file.last_write_time();
  {
    const auto opened = EventLog::open_to_read(folder.path);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(held(**opened, 0), numbers(0, end));
    EXPECT_EQ((*opened)->find("/platforms/test", "e5").value()->line, line_of(5));
  }
  std::map<std::string, fs::file_time_type> after;
  for (const auto& file : fs::directory_iterator(folder.path)) after[file.path()] = file.last_write_time();
  EXPECT_EQ(before, after);
  EXPECT_FALSE(EventLog::open_to_read(folder.path + "/none"));
}

TEST(EventLog, TheDiskHasItsRoomBack) {
  Folder folder;
  auto log = EventLog::open(folder.path, ignore);
  ASSERT_TRUE(log);
  std::uint64_t seed = 1;
  for (std::uint64_t first = 0; first < 40'000; first += 100) {
    LogBatch batch;
    batch.first = first;
    for (int i = 0; i < 100; ++i) {
      std::string line(500, ' ');
      for (char& c : line) c = static_cast<char>('a' + (seed = seed * 6364136223846793005 + 1442695040888963407) % 59 % 26);
      batch.add(line, name_of(first + static_cast<std::uint64_t>(i)), Time{0}, "term", 100 + static_cast<std::uint32_t>(first / 10'000));
    }
    ASSERT_TRUE((*log)->append(std::move(batch)));
  }
  ASSERT_TRUE((*log)->wait(40'000));
  const std::uint64_t full = (*log)->stats()->disk_bytes;
  log->reset();
  log = EventLog::open(folder.path, ignore);
  ASSERT_TRUE(log);
  (*log)->remove({102, 40'000, 40'000});
  (*log)->wait_removed();
  log->reset();
  log = EventLog::open(folder.path, ignore);
  ASSERT_TRUE(log);
  EXPECT_LT((*log)->stats()->disk_bytes, full * 2 / 5);
  EXPECT_EQ((*log)->stats()->terms[0].events, 10'000u);
}

// What the next test runs in a process of its own.
TEST(EventLog, DISABLED_IsKilled) {
  const char* folder = std::getenv("LW_LOG");
  ASSERT_TRUE(folder);
  auto log = EventLog::open(folder, ignore);
  ASSERT_TRUE(log);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE((*log)->append(batch_of((*log)->end(), 10)));
  ASSERT_TRUE((*log)->wait((*log)->end()));
  ::kill(::getpid(), SIGKILL);
}

TEST(EventLog, WhatWasWaitedForOutlivesAKill) {
  Folder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("LW_LOG", folder.path.c_str(), 1);
    ::execl("/proc/self/exe", "store_test", "--gtest_also_run_disabled_tests", "--gtest_filter=EventLog.DISABLED_IsKilled", nullptr);
    ::_exit(1);
  }
  int how = 0;
  ASSERT_EQ(::waitpid(child, &how, 0), child);
  ASSERT_TRUE(WIFSIGNALED(how));
  const auto log = EventLog::open(folder.path, ignore);
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ((*log)->end(), 500u);
  EXPECT_EQ(held(**log, 0).size(), 500u);
}

TEST(Snapshot, IsReadAsItWasWritten) {
  Folder folder;
  const std::string path = snapshot_path(folder.path, 42), part = unfinished_path(folder.path, 42);
  const std::vector<std::pair<std::string, std::string>> sections = {{"run", "{}"}, {"empty", ""}, {"much", std::string(1 << 20, 'x') + "y"}};
  SnapshotWriter writer(Disk(), part);
  for (const auto& [name, bytes] : sections) writer.section(name, bytes);
  ASSERT_TRUE(writer.finish());
  EXPECT_TRUE(snapshots_in(Disk(), folder.path).empty()) << "unfinished";
  ASSERT_TRUE(publish(Disk(), part, path));
  EXPECT_EQ(snapshots_in(Disk(), folder.path), std::vector<std::uint64_t>{42});
  EXPECT_TRUE(verify_snapshot(Disk(), path));
  EXPECT_EQ(first_section(Disk(), path).value_or("none"), "{}");
  std::vector<std::pair<std::string, std::string>> got;
  ASSERT_TRUE(read_snapshot(Disk(), path, [&](std::string_view name, std::string_view bytes) -> Status {
    got.emplace_back(name, bytes);
    return {};
  }));
  EXPECT_EQ(got, sections);
}

TEST(Snapshot, EveryFlippedBitAndEveryCutIsFound) {
  Folder folder;
  const std::string path = folder.path + "/one";
  SnapshotWriter writer(Disk(), path);
  writer.section("run", "{\"events\":3}");
  writer.section("group-00", std::string(300, 'a'));
  ASSERT_TRUE(writer.finish());
  const std::string whole = read(path);
  ASSERT_TRUE(verify_snapshot(Disk(), path));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    write(path, damaged);
    ASSERT_FALSE(verify_snapshot(Disk(), path)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(path, std::string_view(whole).substr(0, size));
    ASSERT_FALSE(verify_snapshot(Disk(), path)) << "cut to " << size;
  }
  write(path, whole + "x");
  EXPECT_FALSE(verify_snapshot(Disk(), path));
}

TEST(OutputFile, IsCutBackAndGoesOn) {
  Folder folder;
  const std::string path = folder.path + "/out";
  write(path, "one\ntwo\nthr");
  auto file = OutputFile::resume(path, "lines", 8);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->write("three\n"));
  EXPECT_EQ(file->bytes(), 14u);
  ASSERT_TRUE(file->close());
  EXPECT_EQ(read(path), "one\ntwo\nthree\n");
  EXPECT_FALSE(OutputFile::resume(path, "lines", 15)) << "it is shorter";
  EXPECT_FALSE(OutputFile::resume(folder.path + "/none", "lines", 1));
  EXPECT_FALSE(OutputFile::resume("-", "lines", 0));
  EXPECT_TRUE(OutputFile::resume(folder.path + "/none", "lines", 0));
}

}  // namespace
}  // namespace lw::store
