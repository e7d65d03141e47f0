// What every journey of every plan must keep: a value is there before it is read.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "pack/assemble.h"
#include "pack/load.h"

namespace lw::pack {
namespace {

namespace fs = std::filesystem;

// Walks one journey as the engine does and tells what was read too early, or never.
class Walk {
 public:
  Walk(const Plan& plan, const Journey& journey, std::string type) : plan_(plan), journey_(journey), type_(std::move(type)) {
    for (const Slot slot : plan.field_slots) filled_.insert(slot);
    for (const Slot slot : {plan.id_slot, plan.source_slot, plan.type_slot, plan.time_slot, plan.platform_slot}) filled_.insert(slot);
  }

  void run() {
    for (const Visit& visit : journey_.links) links(visit);
    for (const Index list : journey_.lists) filled_.insert(plan_.text_slots[list]);
    for (const Index derived : journey_.derived) {
      reads(plan_.derived[derived].value, "derived." + plan_.derived[derived].name);
      filled_.insert(plan_.derived[derived].slot);
    }
    for (const Visit& visit : journey_.visits) this->visit(visit);
    for (const Index rule : journey_.disarms) {
      key(plan_.rules[rule].deadline->key, plan_.rules[rule].id);
      reads(plan_.rules[rule].deadline->unless->when, plan_.rules[rule].id);
    }
    for (const Index index : journey_.rules) rule(plan_.rules[index]);
    for (const Visit& visit : journey_.record_links) links(visit);
  }

 private:
  void reads(const Optional& expression, const std::string& who) {
    if (expression) reads(expression->program, who);
  }
  void reads(const cel::Program& program, const std::string& who) {
    for (const std::uint32_t slot : program.slots()) reads(static_cast<Slot>(slot), who);
  }
  void reads(Slot slot, const std::string& who) {
    EXPECT_LT(slot, plan_.slot_count) << type_ << ": " << who;
    EXPECT_TRUE(filled_.contains(slot)) << type_ << ": " << who << " reads slot " << slot << " before it is there";
  }
  void key(Index key, const std::string& who) {
    for (const Slot part : plan_.keys[key].parts) reads(part, who);
  }
  // Links look at fields alone, and give nothing but fields.
  void links(const Visit& visit) {
    key(visit.key, "the key " + plan_.keys[visit.key].name);
    EXPECT_FALSE(visit.steps.empty());
    for (const Visit::Step& step : visit.steps) {
      EXPECT_FALSE(step.update()) << type_;
      EXPECT_NE(plan_.features[step.feature].fills, event::kFieldLimit) << plan_.features[step.feature].id;
    }
  }
  void visit(const Visit& visit) {
    key(visit.key, "the key " + plan_.keys[visit.key].name);
    for (const Visit::Step& step : visit.steps) {
      const Feature& feature = plan_.features[step.feature];
      EXPECT_EQ(plan_.tables[visit.table].of, plan_.keys[visit.key].table) << feature.id;
      EXPECT_TRUE(feature.spec.op == feature::Op::kGet || feature.table == visit.table) << feature.id;
      const bool before = feature.spec.op == feature::Op::kSeen || feature.spec.op == feature::Op::kSince;
      if (step.update()) {
        EXPECT_TRUE(updated_.insert(step.feature).second) << type_ << ": " << feature.id << " is updated twice";
        reads(feature.where, feature.id);
        reads(feature.value, feature.id);
        continue;
      }
      const bool fed = std::find(feature.on.begin(), feature.on.end(), event::type_from_name(type_)) != feature.on.end();
      if (fed && feature.spec.op != feature::Op::kGet) {
        EXPECT_EQ(updated_.contains(step.feature), !before) << type_ << ": " << feature.id;
      }
      if (feature.spec.op == feature::Op::kGet) reads(feature.value, feature.id);
      reads(feature.probe, feature.id);
      EXPECT_TRUE(filled_.insert(step.slot).second) << type_ << ": " << feature.id << " is read twice into one slot";
    }
  }
  void rule(const Rule& rule) {
    for_each_program(rule, [&](const cel::Program& program) { reads(program, rule.id); });
    if (rule.target.slot != kNoSlot) reads(rule.target.slot, rule.id);
    for (const auto& [kind, slot] : rule.liable) reads(slot, rule.id);
    for (const auto& [name, slot] : rule.shown) reads(slot, rule.id);
    if (rule.deadline) key(rule.deadline->key, rule.id);
  }

  const Plan& plan_;
  const Journey& journey_;
  const std::string type_;
  std::set<Slot> filled_;
  std::set<Index> updated_;
};

void check(const Plan& plan) {
  for (std::size_t i = 0; i < event::kTypeCount; ++i) {
    const std::string type(event::name_of(static_cast<event::Type>(i)));
    Walk(plan, plan.journeys[i], type).run();
    if (plan.quiet[i]) Walk(plan, *plan.quiet[i], type + " (quiet)").run();
  }
}

TEST(Journeys, of_the_shipped_packs_read_nothing_before_it_is_there) {
  LoadOptions options;
  options.dirs = {(fs::path(LW_SOURCE_DIR) / "packs/cn-live-commerce").string()};
  options.enable_all = true;
  const auto loaded = load(options);
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  ASSERT_GT(loaded->plan.rules.size(), 100u);
  check(loaded->plan);
}

// Chains and joins in the wrong order of declaration: the planner has to turn them round.
TEST(Journeys, of_long_chains_are_turned_into_the_right_order) {
  std::string text = "pack: {id: chain, version: 1.0.0}\nkeys:\n";
  constexpr int kLength = 40;
  for (int i = kLength; i > 0; --i) text += fmt::format("  k{}: {{of: account, fields: [k{}.n{}]}}\n", i, i - 1, i - 1);
  text += "  k0: {of: account, fields: [host]}\nfeatures:\n";
  for (int i = kLength; i >= 0; --i) text += fmt::format("  - {{id: account.n{}, last: event.host, on: [live.follow.added], where: event.count > {}}}\n", i, i);
  for (int i = kLength; i > 0; --i) text += fmt::format("  - {{id: room.c{}, get: room.c{} + 1}}\n", i, i - 1);
  text += "  - {id: room.c0, count: true, on: [live.follow.added]}\n";
  text += fmt::format(R"(rules:
  - id: a/chain
    obligation: fake-traffic
    violation: fake-traffic
    title: {{zh: 链, en: chain}}
    duty: {{zh: 链, en: chain}}
    on: [live.follow.added]
    when: has(k{0}.n0) && room.c{0} > 3
    target: room
    severity: low
    basis: [{{instrument: A law, known: S, from: 2021-05-25}}]
    lead: samr
    message: {{zh: 链, en: chain}}
    tests: [{{name: a, events: [], expect: [{{target: room/r}}]}}, {{name: b, events: [], expect: []}}]
)", kLength);
  const auto loaded = load({Source{"chain", {{"pack.yaml", text}}}}, {});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  check(loaded->plan);
  const Journey& journey = loaded->plan.journeys[static_cast<std::size_t>(event::Type::kFollowAdded)];
  EXPECT_GT(journey.visits.size(), static_cast<std::size_t>(kLength));
}

}  // namespace
}  // namespace lw::pack
