#include "runtime/judges.h"

#include <algorithm>
#include <utility>

#include "pack/bundle.h"

namespace lw::runtime {
namespace {

// A seat's decisions, with what writes them.
class Sink : public engine::DecisionSink {
 public:
  Sink(DecisionLines& out, const engine::DecisionWriter& writer) : out_(out), writer_(writer) {}
  void decide(const engine::Decision& decision) override { out_.decide(decision, writer_); }

 private:
  DecisionLines& out_;
  const engine::DecisionWriter& writer_;
};

bool same_fields(const event::Schema& a, const event::Schema& b) {
  if (a.size() != b.size()) return false;
  for (event::FieldId field = 0; field < a.size(); ++field) {
    if (a.name(field) != b.name(field)) return false;
  }
  return true;
}

}  // namespace

Packs Packs::of(pack::Loaded loaded, std::string text, bool enforced) {
  if (!enforced) {
    for (pack::Rule& rule : loaded.plan.rules) rule.shadow = true;
  }
  std::string print = pack::print_of(text);
  return {std::make_shared<const pack::Loaded>(std::move(loaded)), std::move(text), std::move(print)};
}

Judges::Seat::Seat(Packs given, const event::Schema& decoded_by, bool own_events)
    : packs(std::move(given)),
      owned(std::make_unique<engine::Engine>(packs.loaded->plan)),
      engine(owned.get()),
      writer(packs.loaded->plan),
      again(own_events || !same_fields(decoded_by, packs.loaded->plan.schema)) {}

Judges::Seat::Seat(engine::Engine& borrowed) : engine(&borrowed), writer(borrowed.plan()) {}

// What was given was decoded once, so it can be again.
std::span<event::Event* const> Judges::Seat::events_of(std::span<event::Event* const> given) {
  if (!again) return given;
  events.clear();
  while (own.size() < given.size()) own.emplace_back(engine->plan().schema);
  for (std::size_t i = 0; i < given.size(); ++i) {
    static_cast<void>(own[i].decoder.decode(given[i]->raw, own[i].event));
    events.push_back(&own[i].event);
  }
  return events;
}

Judges::Judges(engine::Engine& engine, const event::Schema& decoded_by) : decoded_by_(decoded_by), enforced_(std::make_unique<Seat>(engine)) {
  publish();
}

// Links fill the fields of an event: those in shadow mode have their own.
Judges::Judges(Lineup lineup, const event::Schema& decoded_by)
    : decoded_by_(decoded_by), enforced_(std::make_unique<Seat>(std::move(lineup.enforced), decoded_by, false)) {
  if (lineup.shadow) shadow_ = std::make_unique<Seat>(std::move(lineup.shadow), decoded_by, true);
  publish();
}

// It lives as long as its pack; that of an engine that was lent lives as long as this.
void Judges::publish() {
  const std::lock_guard lock(mutex_);
  plan_ = {enforced_->packs.loaded, &enforced_->engine->plan()};
}

std::shared_ptr<const pack::Plan> Judges::plan() const {
  const std::lock_guard lock(mutex_);
  return plan_;
}

void Judges::schedule(std::uint64_t at, Lineup lineup) { changes_.push_back({at, std::move(lineup)}); }

void Judges::offer(Lineup lineup) {
  const std::lock_guard lock(mutex_);
  offered_ = std::move(lineup);
}

// What was scheduled to come later no longer does.
Status Judges::take_offer() {
  std::optional<Lineup> lineup;
  {
    const std::lock_guard lock(mutex_);
    lineup = std::exchange(offered_, std::nullopt);
  }
  if (!lineup) return {};
  const std::uint64_t at = enforced().events();
  if (!lineup->same(this->lineup()) || !changes_.empty()) {
    if (Status recorded = record(at, *lineup); !recorded) return recorded;
  }
  changes_.clear();
  return change(std::move(*lineup));
}

Status Judges::replace(std::unique_ptr<Seat>& seat, Packs packs, const event::Schema& decoded_by, bool own_events) {
  if (seat && seat->packs.print == packs.print) return {};
  std::unique_ptr<Seat> next;
  if (packs) next = std::make_unique<Seat>(std::move(packs), decoded_by, own_events);
  if (next && seat) {
    if (Status taken = next->engine->take_over(*seat->engine); !taken) return taken;
  }
  seat = std::move(next);
  return {};
}

Status Judges::change(Lineup lineup) {
  if (Status replaced = replace(enforced_, std::move(lineup.enforced), decoded_by_, false); !replaced) return replaced;
  if (Status replaced = replace(shadow_, std::move(lineup.shadow), decoded_by_, true); !replaced) return replaced;
  publish();
  ++changes_made_;
  changed(enforced().events());
  return {};
}

void Judges::judge(const Batch& batch, std::size_t from, std::size_t to, DecisionLines& out, const std::function<void(const event::Event&)>& seen) {
  const auto given = batch.events().subspan(from, to - from);
  const auto events = enforced_->events_of(given);
  engine::Engine& engine = *enforced_->engine;
  const auto heard = [&](std::size_t i) { return enforced_->again ? nullptr : batch.heard(from + i, engine.plan()); };
  Sink sink(out, enforced_->writer);
  engine.announce(events);
  if (!shadow_) {
    for (std::size_t i = 0; i < events.size(); ++i) {
      engine.process(*events[i], sink, heard(i));
      if (seen) seen(*events[i]);
    }
    return;
  }
  const auto shadowed = shadow_->events_of(given);
  Sink shadow(out, shadow_->writer);
  shadow_->engine->announce(shadowed);
  for (std::size_t i = 0; i < events.size(); ++i) {
    engine.process(*events[i], sink, heard(i));
    if (seen) seen(*events[i]);
    shadow_->engine->process(*shadowed[i], shadow);
  }
}

Status Judges::judge(const Batch& batch, DecisionLines& out, const std::function<void(const event::Event&)>& seen) {
  if (!batch.replayed) {
    if (Status taken = take_offer(); !taken) return taken;
  }
  const std::size_t events = batch.events().size();
  std::size_t judged = 0;
  while (!changes_.empty() && changes_.front().at < enforced().events() + events - judged) {
    const std::uint64_t at = std::max(changes_.front().at, enforced().events());
    const std::size_t next = judged + (at - enforced().events());
    judge(batch, judged, next, out, seen);
    judged = next;
    Lineup lineup = std::move(changes_.front().lineup);
    changes_.pop_front();
    if (Status done = change(std::move(lineup)); !done) return done;
  }
  judge(batch, judged, events, out, seen);
  return {};
}

void Judges::finish(DecisionLines& out) {
  for (Seat* seat : {enforced_.get(), shadow_.get()}) {
    if (!seat) continue;
    Sink sink(out, seat->writer);
    seat->engine->finish(sink);
  }
}

}  // namespace lw::runtime
