#include "server/shown_policy.h"

#include <algorithm>
#include <map>

#include "desk/credit.h"
#include "desk/outcomes.h"
#include "desk/records.h"
#include "desk/sight.h"
#include "engine/decision.h"

namespace lw::server {
namespace {

using desk::Json;

Json named(const pack::Localised& name) { return {{"zh", name.zh}, {"en", name.en}}; }

template <class Item>
Json id_and_name(const Item& item) {
  return {{"id", item.id}, {"name", named(item.name)}};
}

Json bases(const std::vector<pack::Basis>& all, Time now) {
  Json out = Json::array();
  for (const pack::Basis& basis : all) {
    if (!engine::in_force(basis, now)) continue;
    Json one{{"instrument", basis.instrument}, {"known", std::string(1, basis.known)}};
    if (!basis.article.empty()) one["article"] = basis.article;
    out.push_back(std::move(one));
  }
  return out;
}

constexpr const char* kSeverities[] = {"info", "low", "medium", "high", "critical"};

// Days since 1970 as people write them; those that were before last year count for no term any more.
Json shown_days(const std::vector<std::int32_t>& days, Time now) {
  constexpr std::int64_t kDayMillis = 86'400'000;
  Json out = Json::array();
  for (const std::int64_t day : days) {
    if (day * kDayMillis > desk::millis(now) - 400 * kDayMillis) out.push_back(desk::shown_time(day * kDayMillis).substr(0, 10));
  }
  return out;
}

Json shown_rule(const pack::Rule& rule, Time now) {
  return {{"rule", rule.id},
          {"obligation", rule.obligation},
          {"violation", rule.violation},
          {"severity", kSeverities[static_cast<std::size_t>(rule.severity)]},
          {"mode", rule.shadow ? "shadow" : "enforce"},
          {"message", named(rule.title)},
          {"basis", bases(rule.basis, now)},
          {"decisions", 0},
          {"confirmed", 0},
          {"rejected", 0},
          {"overturned", 0},
          {"shadow", false}};
}

}  // namespace

Json shown_policy(const pack::DeskPolicy& policy, Time now) {
  Json out{{"points", policy.points}, {"kinds", policy.kinds}};
  for (const char* list : {"grades", "classes", "conduct", "measures", "repairs", "deadlines", "requirements"}) out[list] = Json::array();
  for (const pack::Grade& grade : policy.grades) {
    Json one = id_and_name(grade);
    one["from"] = grade.from;
    one["keep"] = grade.keep;
    one["entitlements"] = desk::to_json(grade.entitlements);
    out["grades"].push_back(std::move(one));
  }
  for (const pack::CreditClass& one : policy.classes) out["classes"].push_back(id_and_name(one));
  for (const pack::Conduct& one : policy.conduct) {
    if (one.holds(now)) out["conduct"].push_back(id_and_name(one));
  }
  for (const pack::Measure& measure : policy.measures) {
    if (!measure.holds(now)) continue;
    Json one = id_and_name(measure);
    one["step"] = measure.step;
    one["grave"] = measure.grave;
    one["departments"] = measure.departments;
    out["measures"].push_back(std::move(one));
  }
  for (const pack::RepairTask& repair : policy.repairs) {
    if (!repair.holds(now)) continue;
    Json one = id_and_name(repair);
    one["points"] = repair.points;
    one["classes"] = repair.classes;
    one["due"] = pack::to_text(repair.due);
    out["repairs"].push_back(std::move(one));
  }
  for (const pack::DeskDeadline& deadline : policy.deadlines) {
    if (deadline.holds(now)) out["deadlines"].push_back({{"id", deadline.id}, {"within", pack::to_text(deadline.within)}, {"basis", bases(deadline.basis, now)}});
  }
  for (const pack::Requirement& requirement : policy.requirements) {
    if (requirement.holds(now)) out["requirements"].push_back(id_and_name(requirement));
  }
  out["calendar"] = {{"days_off", shown_days(policy.days_off, now)}, {"days_worked", shown_days(policy.days_worked, now)}};
  return out;
}

desk::Answer<Json> shown_rules(const desk::Act& act, const pack::Plan& plan, const desk::Query& query) {
  const desk::Page page = desk::page_of(query);
  std::map<std::string, Json> outcomes;
  const Json measured = desk::rule_precision(act.session, act.policy);
  for (const Json& one : measured["items"]) outcomes[one["rule"]] = one;

  // A feature is declared on one key and may be read through others of the same kind of entity.
  std::map<std::string, const pack::Localised*, std::less<>> docs;
  for (const pack::Feature& feature : plan.features) {
    const std::string name = feature.id.substr(feature.id.find('.'));
    for (const pack::Key& key : plan.keys) {
      if (key.table == plan.keys[feature.key].table) docs.try_emplace(key.name + name, &feature.doc);
    }
  }
  for (const pack::Feature& feature : plan.features) docs[feature.id] = &feature.doc;

  Json out{{"items", Json::array()}};
  for (const pack::Rule& rule : plan.rules) {  // by id
    if (rule.id <= page.after) continue;
    if (out["items"].size() == page.limit) {
      out["next"] = out["items"].back()["rule"];
      break;
    }
    Json one = shown_rule(rule, act.now);
    for (const auto& [name, slot] : rule.shown) {
      if (const auto doc = docs.find(name); doc != docs.end()) one["values"].push_back({{"id", name}, {"doc", named(*doc->second)}});
    }
    if (const auto found = outcomes.find(rule.id); found != outcomes.end()) one.update(found->second);
    out["items"].push_back(std::move(one));
  }
  return out;
}

}  // namespace lw::server
