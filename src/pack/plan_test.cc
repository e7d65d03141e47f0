// The plan of tests/packs/good/tour.yaml as text, compared with tour.txt beside it. LW_UPDATE=1 rewrites that: read the
// difference before you keep it.
#include "pack/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "pack/load.h"

namespace lw::pack {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

class Dump {
 public:
  explicit Dump(const Plan& plan) : plan_(plan) {
    for (event::FieldId i = 0; i < plan.schema.size(); ++i) name(plan.field_slots[i], "event." + std::string(plan.schema.name(i)));
    name(plan.id_slot, "event.id");
    name(plan.type_slot, "event.type");
    name(plan.time_slot, "event.time");
    for (std::size_t i = 0; i < plan.text_slots.size(); ++i) name(plan.text_slots[i], "text." + std::string(plan.terms->list_name(static_cast<std::uint32_t>(i))));
    for (const Derived& derived : plan.derived) name(derived.slot, "derived." + derived.name);
    for (const Journey& journey : plan.journeys) {
      for (const auto* visits : {&journey.links, &journey.record_links, &journey.visits}) {
        for (const Visit& visit : *visits) {
          for (const Visit::Step& step : visit.steps) name(step.slot, read_name(visit.key, step.feature));
        }
      }
    }
  }

  std::string run() {
    line("plan {}, zone {}, {} days off, {} worked", plan_.name, plan_.zone_minutes, plan_.days_off.size(), plan_.days_worked.size());
    for (const Parameter& p : plan_.params) line("param {}: {} = {}", p.name, p.type->to_text(), cel::to_text(p.value));
    for (const RecordTerm& r : plan_.records) line("records {}: {} types for {} months and {} days, {} bases{}", r.id, r.on.size(), r.months, r.days, r.basis.size(), r.from ? ", dated" : "");
    tables();
    for (const Key& key : plan_.keys) {
      if (key.parts.size() == 1 && slot(key.parts[0]) == "event." + key.name) continue;  // a field's own
      line("key {} of {}: {}", key.name, plan_.tables[key.table].name, fmt::join(slots(key.parts), ", "));
    }
    for (const Rule& rule : plan_.rules) this->rule(rule);
    for (std::size_t i = 0; i < event::kTypeCount; ++i) journey(event::name_of(static_cast<event::Type>(i)), plan_.journeys[i]);
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  void name(Slot slot, std::string text) {
    if (slot == kNoSlot) return;
    EXPECT_LT(slot, std::max<std::size_t>(plan_.slot_count, text.starts_with("derived.") ? kNoSlot : 0)) << text;
    const auto [at, fresh] = names_.emplace(slot, text);
    EXPECT_TRUE(fresh || at->second == text) << text << " and " << at->second << " share a slot";
  }
  std::string read_name(Index key, Index feature) const {
    const std::string& id = plan_.features[feature].id;
    return plan_.keys[key].name + id.substr(id.find('.'));
  }
  std::string slot(Slot slot) const {
    const auto found = names_.find(slot);
    return found == names_.end() ? "?" : found->second;
  }
  std::vector<std::string> slots(const std::vector<Slot>& all) const {
    std::vector<std::string> out;
    for (const Slot each : all) out.push_back(slot(each));
    return out;
  }
  void tables() {
    for (const Table& table : plan_.tables) {
      if (table.features.empty()) continue;
      line("table {}", table.name);
      std::uint32_t end = 0;
      for (const Index index : table.features) {
        const Feature& feature = plan_.features[index];
        EXPECT_GE(feature.offset, end) << feature.id;
        EXPECT_EQ(feature.offset % feature::state_align(feature.spec), 0u) << feature.id;
        end = feature.offset + static_cast<std::uint32_t>(feature::state_bytes(feature.spec));
        line("  {}: {}{}", feature.id, feature.type->to_text(),
             feature.fills == event::kFieldLimit ? "" : " fills " + std::string(plan_.schema.name(feature.fills)));
      }
      EXPECT_LE(end, table.row_bytes) << table.name;
    }
  }
  void rule(const Rule& rule) {
    std::vector<std::string> shown;
    for (const auto& [text, at] : rule.shown) shown.push_back(text + (slot(at) == text ? "" : " (not on a journey)"));
    line("rule {} of {} shows {}", rule.id, rule.pack, fmt::join(shown, ", "));
    for (const Template* text : {&rule.zh, &rule.en}) {
      std::string pieces;
      for (const auto& piece : text->pieces) pieces += piece.literal + (piece.expression ? "<" + piece.expression->text + ">" : "");
      line("  says {}", pieces);
    }
    for (const Rule::Signal& signal : rule.signals) line("  signal {}: {}", signal.name, signal.expression.text);
    if (rule.target.members != kNone) line("  target {}: each of {}", rule.target.kind, read_name(rule.target.members_key, rule.target.members));
    else line("  target {}: {}", rule.target.kind, slot(rule.target.slot));
    for (const auto& [kind, at] : rule.liable) line("  liable {}: {}", kind, slot(at));
    line("  cooldown {}, from {}", rule.cooldown ? format_duration(*rule.cooldown) : "ever", rule.from ? format_rfc3339(*rule.from) : "always");
    for (const Basis& b : rule.basis) line("  basis {} {} {} {} to {}", b.instrument, b.article, b.known, format_rfc3339(*b.from), b.to ? format_rfc3339(*b.to) : "now");
    if (rule.deadline) line("  after {} working days, key {}", rule.deadline->working_days, plan_.keys[rule.deadline->key].name);
  }
  void visits(std::string_view what, const std::vector<Visit>& all) {
    for (const Visit& visit : all) {
      std::vector<std::string> steps;
      for (const Visit::Step& step : visit.steps) {
        steps.push_back(step.update() ? "update " + plan_.features[step.feature].id : "read " + slot(step.slot));
      }
      line("  {} {}: {}", what, plan_.keys[visit.key].name, fmt::join(steps, ", "));
    }
  }
  void journey(std::string_view type, const Journey& journey) {
    if (journey.empty()) return;
    line("on {}", type);
    visits("link", journey.links);
    for (const Index list : journey.lists) line("  list {}", plan_.terms->list_name(list));
    for (const event::FieldId field : journey.text_fields) line("  text of {}", plan_.schema.name(field));
    for (const Index derived : journey.derived) line("  derive {}", plan_.derived[derived].name);
    visits("visit", journey.visits);
    for (const Index rule : journey.disarms) line("  disarm {}", plan_.rules[rule].id);
    for (const Index rule : journey.rules) line("  judge {}", plan_.rules[rule].id);
    visits("record", journey.record_links);
  }

  const Plan& plan_;
  std::map<Slot, std::string> names_;
  std::string out_;
};

TEST(Plan, is_as_written_down) {
  const fs::path root = LW_SOURCE_DIR;
  const auto loaded = load({Source{"tour", {{"tour.yaml", read(root / "tests/packs/good/tour.yaml")}}}}, {},
                           [&](const std::string& id) { return read_directory((root / "packs" / id).string()); });
  if (!loaded) {
    for (const Error& error : loaded.error()) ADD_FAILURE() << error.to_string();
    return;
  }
  const std::string text = Dump(loaded->plan).run();
  const fs::path expected = root / "tests/packs/good/tour.txt";
  if (std::getenv("LW_UPDATE")) std::ofstream(expected, std::ios::binary) << text;
  EXPECT_EQ(text, read(expected));
}

}  // namespace
}  // namespace lw::pack
