// For tests: the engine room on a data folder of its own, with an empty pack, and the gate before it; may be stopped and begun anew.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "desk/actor.h"
#include "pack/load.h"
#include "server/engine_room.h"
#include "server/ingest.h"
#include "store/scratch_database.h"

namespace lw::server {

inline void wait_until(const std::function<bool()>& holds) {
  while (!holds()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// What was told to people.
class Notes {
 public:
  std::function<void(const std::string&)> sink() {
    return [this](const std::string& note) {
      const std::lock_guard lock(mutex_);
      notes_.push_back(note);
    };
  }
  bool has(std::string_view part) const { return count(part) > 0; }
  std::size_t count(std::string_view part) const {
    const std::lock_guard lock(mutex_);
    std::size_t out = 0;
    for (const std::string& note : notes_) out += note.find(part) != std::string::npos;
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;
};

class ScratchService {
 public:
  ScratchService() : db(scratch.open()) { start(); }
  ~ScratchService() { stop(); }

  void start() {
    auto loaded = pack::load({pack::Source{"empty", {{"pack.yaml", "pack: {id: empty, version: 1.0.0}\n"}}}}, {});
    ASSERT_TRUE(loaded);
    EngineRoomOptions options;
    options.folder = scratch.folder();
    options.lineup.enforced = runtime::Packs::of(std::move(*loaded), "", true);
    options.db = db.get();
    options.note = notes.sink();
    options.failed = [](const Error& error) { ADD_FAILURE() << error.message; };
    auto opened = EngineRoom::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
    room = std::move(*opened);
    room->start();
    ingest.emplace(room->inlet(), [this] { return room->plan(); }, Hide());
  }
  void stop() {
    if (!room) return;
    const Status stopped = room->stop();
    EXPECT_TRUE(stopped) << stopped.error().message;
    ingest.reset();
    room.reset();
  }
  bool has(const std::string& source, const std::string& id) const {
    const auto found = room->log().find(source, id);
    return found && found->has_value();
  }
  std::uint64_t events() const { return room->log().end(); }  // that are no repeats

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db;
  Notes notes;
  std::unique_ptr<EngineRoom> room;
  std::optional<Ingest> ingest;
};

// An event of a platform, as a line without its end.
inline std::string chat(const std::string& id, const std::string& platform = "alpha") {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/platforms/)" + platform + R"(","type":"live.chat.posted","time":"2026-06-01T20:00:00+08:00","data":{"platform":")" +
         platform + R"(","room":"r","user":"u","text":"hello"}})";
}

inline const desk::Actor kKeeper{"livewarden", "livewarden", desk::Role::kNone, {}, 0};
inline const desk::Actor kAlpha{"token/1", "platform/alpha", desk::Role::kNone, {"events:write"}, 0};

}  // namespace lw::server
