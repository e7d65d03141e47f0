// What the event's texts say: hits of term lists, and the values that the plan derives from text and time without CEL.
#pragma once

#include "engine/scene.h"
#include "feature/normalise.h"
#include "feature/terms.h"
#include "pack/plan.h"

namespace lw::engine {

// Seeks terms in texts ahead of their events' turn, on a thread of its own.
class Listener {
 public:
  explicit Listener(const pack::Plan& plan) : plan_(plan) {}

  // False if the event says nothing, or it takes a link to know what it says: the engine looks itself then. Views in `out`
  // point into the event.
  bool hear(const event::Event& event, Heard& out);

 private:
  const pack::Plan& plan_;
  feature::Terms::Scratch scratch_;
};

class Texts {
 public:
  explicit Texts(const pack::Plan& plan) : plan_(plan) {}

  // Seeks the journey's lists in the event's texts, unless that was done; false if nothing hits.
  bool seek(const pack::Journey& journey, Scene& scene);

  // Then: puts the terms hit into the slots of the journey's lists: each term once, in order of appearance, and for a
  // pattern the original words that it found first.
  void fill_slots(const pack::Journey& journey, Scene& scene);

  cel::Value builtin(pack::Builtin which, Scene& scene);  // but kNetwork, which Entities knows

  // JSON array of the hits of these lists in this event, with the original words and where they stand (bytes of the
  // original text); empty if there are none. At most kMaxHits.
  void append_hits(const Scene& scene, const std::vector<std::uint32_t>& lists, std::string& out) const;

 private:
  const feature::Normaliser& normalised(std::string_view text, const Scene& scene);
  cel::Value terms_of(std::uint32_t list, Scene& scene);

  static constexpr std::size_t kMaxHits = 64;
  const pack::Plan& plan_;
  feature::Terms::Scratch scratch_;
  feature::Normaliser normaliser_;
  feature::Normaliser* normal_ = &normaliser_;  // one of the two, which holds
  std::uint64_t normalised_ = 0;                 // `text` of the event of this number
};

}  // namespace lw::engine
