#include "desk/outcomes.h"

#include <array>
#include <map>

namespace lw::desk {

void settle(store::Session& session, std::uint64_t case_id, std::string_view from, std::string_view to) {
  const auto count = [&](const std::string& rule, std::string_view outcome, std::int64_t by) {
    session.run("INSERT INTO rule_outcome (rule, outcome, count) VALUES (:rule, :outcome, :by)"
                " ON CONFLICT (rule, outcome) DO UPDATE SET count = rule_outcome.count + excluded.count", rule, outcome, by);
  };
  for (const store::Row& row : session.rows("SELECT rule, COUNT(*) FROM decision WHERE case_id = :case AND outcome = :from GROUP BY rule", case_id, from)) {
    if (!from.empty()) count(row.text(0), from, -row.number(1));
    count(row.text(0), to, row.number(1));
  }
  session.run("UPDATE decision SET outcome = :to WHERE case_id = :case AND outcome = :from", to, case_id, from);
}

Json rule_precision(store::Session& session, const pack::DeskPolicy& policy) {
  constexpr std::array<const char*, 3> kOutcomes = {"confirmed", "rejected", "overturned"};
  std::map<std::string, std::map<std::string, std::int64_t>> rules;
  for (const store::Row& row : session.rows("SELECT rule, COUNT(*) FROM decision GROUP BY rule")) rules[row.text(0)]["decisions"] = row.number(1);
  for (const store::Row& row : session.rows("SELECT rule, outcome, count FROM rule_outcome")) rules[row.text(0)][row.text(1)] = row.number(2);
  Json items = Json::array();
  for (auto& [rule, counts] : rules) {
    Json item{{"rule", rule}, {"decisions", counts["decisions"]}, {"shadow", false}};
    std::int64_t all = 0;
    for (const char* outcome : kOutcomes) all += counts[outcome], item[outcome] = counts[outcome];
    if (all > 0 && all >= policy.precision.least) {
      const double precision = static_cast<double>(counts["confirmed"]) / static_cast<double>(all);
      item["precision"] = precision;
      item["shadow"] = precision < policy.precision.floor;
    }
    items.push_back(std::move(item));
  }
  return {{"items", std::move(items)}};
}

std::string export_truth(store::Session& session) {
  std::string out;
  for (const store::Row& row : session.rows("SELECT DISTINCT violation, target_kind, target_id FROM decision WHERE outcome = 'confirmed'"
                                            " ORDER BY violation, target_kind, target_id")) {
    out += written({{"violation", row.text(0)}, {"kind", row.text(1)}, {"id", row.text(2)}}) + '\n';
  }
  return out;
}

}  // namespace lw::desk
