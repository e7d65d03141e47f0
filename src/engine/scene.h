// All that is known while one event is judged. Reused from event to event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cel/arena.h"
#include "cel/value.h"
#include "event/event.h"
#include "feature/terms.h"
#include "pack/plan.h"

namespace lw::engine {

// What an event's texts say.
struct Heard {
  feature::Hits hits;                      // of term lists
  std::vector<feature::FieldText> texts;   // those that the hits are of
  // Of the field `text`, if it was normalised on the way:
  struct Text {
    std::uint32_t size = 0;
    std::optional<std::uint64_t> key;
  };
  std::optional<Text> text;
};

struct Scene {
  explicit Scene(const pack::Plan& plan) : slots(plan.slot_count) {}

  event::Event* event = nullptr;
  Time watermark;
  std::uint64_t number = 0;        // of the event, from 1: the engine's own order
  std::vector<cel::Value> slots;   // what expressions read; absent outside an event's journey
  cel::Arena arena;                // values made on the way; emptied before each event
  Heard own;
  const Heard* heard = &own;       // what was heard ahead, or its own

  const cel::Value& slot(pack::Slot at) const { return slots[at]; }

  // "source#id", made when somebody asks.
  std::string_view event_name() {
    if (name_.empty()) {
      name_.append(event->source);
      name_ += '#';
      name_.append(event->id);
    }
    return name_;
  }
  void forget_name() { name_.clear(); }

 private:
  std::string name_;
};

}  // namespace lw::engine
