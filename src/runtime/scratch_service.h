// For tests: a service without HTTP and without a desk: an inlet, a log, an engine of an empty pack.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "pack/load.h"
#include "runtime/drive.h"
#include "runtime/inlet.h"
#include "runtime/keeper.h"

namespace lw::runtime {

class NoDecisions : public DecisionOutput {
 public:
  Status write(std::string_view) override { return {}; }
  Status pause(bool) override { return {}; }
  Status flush() override {
    ++flushes;
    late = false;
    return {};
  }
  Status deliver() override { return {}; }
  bool delivered() const override { return !late; }
  Status close() override { return {}; }
  std::atomic<bool> late{false};  // delivers nothing until it is flushed
  std::atomic<int> flushes{0};
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

class ScratchService {
 public:
  explicit ScratchService(const std::filesystem::path& folder, std::size_t most_bytes = 1 << 20, Duration snapshots = KeeperOptions().every) : inlet(most_bytes) {
    auto loaded = pack::load({pack::Source{"empty", {{"pack.yaml", "pack: {id: empty, version: 1.0.0}\n"}}}}, {});
    EXPECT_TRUE(loaded);
    lineup.enforced = Packs::of(std::move(*loaded), "", true);
    KeeperOptions kept;
    kept.folder = folder.string();
    kept.plan = &lineup.enforced.loaded->plan;
    kept.inlet = &inlet;
    kept.every = snapshots;
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
  ~ScratchService() { stop(); }
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
  bool has(const std::string& source_name, const std::string& id) const {
    const auto found = keeper->log().find(source_name, id);
    return found && found->has_value();
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

}  // namespace lw::runtime
