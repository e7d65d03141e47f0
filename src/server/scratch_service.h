// For tests: waiting, what was told to people, events and where they go.
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
#include "runtime/scratch_service.h"
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
      if (std::getenv("LW_TELL")) std::fprintf(stderr, "%ld %s\n", std::time(nullptr), note.c_str());
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

// The engine of a data folder of its own, and the gate before it; may be stopped and begun anew. A database lies beside it.
class ScratchService {
 public:
  ScratchService() : db(scratch.open()) { start(); }
  ~ScratchService() { stop(); }

  void start() {
    engine = std::make_unique<runtime::ScratchService>(scratch.folder() + "/state");
    ingest.emplace(engine->inlet, [this] { return plan(); }, Hide(), Settle());
  }
  void stop() {
    if (engine) engine->stop();
    ingest.reset();
    engine.reset();
  }
  bool has(const std::string& source, const std::string& id) const { return engine->has(source, id); }
  std::uint64_t events() const { return engine->keeper->accepted(); }  // that are no repeats
  std::shared_ptr<const pack::Plan> plan() const { return std::shared_ptr<const pack::Plan>(std::shared_ptr<void>(), &engine->lineup.enforced.loaded->plan); }

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db;
  Notes notes;
  std::unique_ptr<runtime::ScratchService> engine;
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
