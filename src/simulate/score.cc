#include "simulate/score.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "base/time.h"

namespace lw::simulate {
namespace {

using Json = nlohmann::json;
using Target = std::pair<std::string, std::string>;                    // kind, id
using Group = std::pair<std::string, std::string>;                     // violation, kind
using Shape = std::tuple<std::string, std::string, std::string, double>;  // violation, kind, shape, strength

constexpr std::array<std::string_view, 6> kFraud{"fake-traffic", "data-inflation", "order-brushing",
                                                 "fake-review", "tipping-breach", "spam"};

bool counts(const DecisionLine& decision) { return decision.mode != "shadow" && decision.severity != "info"; }

bool is_fraud_alarm(const DecisionLine& decision) {
  if (!counts(decision) || decision.severity == "low") return false;
  for (const std::string_view violation : kFraud)
    if (decision.violation == violation) return true;
  return false;
}

const Json& member(const Json& object, const char* key) {
  static const Json kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

// A string, or "" where it is absent or null; refuses other types.
std::string text(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (value.is_null()) return {};
  if (!value.is_string()) throw std::invalid_argument(fmt::format("'{}' must be a string", key));
  return value.get<std::string>();
}

std::string needed(const Json& object, const char* key) {
  std::string value = text(object, key);
  if (value.empty()) throw std::invalid_argument(fmt::format("'{}' is missing", key));
  return value;
}

std::int64_t moment(const Json& object, const char* key) {
  const auto time = parse_rfc3339(needed(object, key));
  if (!time) throw std::invalid_argument(fmt::format("'{}' is not an RFC 3339 time", key));
  return time->ns;
}

template <class Line, class Read>
Result<std::vector<Line>> read_lines(std::istream& in, const std::string& name, Read read) {
  std::vector<Line> out;
  std::string line;
  for (std::uint32_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      const Json json = Json::parse(line);
      if (!json.is_object()) throw std::invalid_argument("expected a JSON object on each line");
      out.push_back(read(json));
    } catch (const std::exception& e) {
      return tl::make_unexpected(Error{e.what(), {name, number, 1}, {}});
    }
  }
  if (in.bad()) return fail("{}: cannot be read", name);
  return out;
}

std::optional<double> ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return {};
  return static_cast<double>(part) / static_cast<double>(whole);
}

void finish_row(ScoreRow& row) {
  row.recall = ratio(row.found, row.truth);
  row.precision = ratio(row.correct, row.decided);
  if (row.kind == "room" && row.decided == 0 && row.truth > 0) row.precision = row.found > 0 ? 1.0 : 0.0;
  if (!row.recall) return;
  const double precision = row.precision.value_or(0.0), sum = precision + *row.recall;
  row.f1 = sum > 0.0 ? 2.0 * precision * *row.recall / sum : 0.0;
}

// Which targets were decided, and which rooms were named by any decision, for each violation.
struct Decided {
  std::map<Group, std::set<std::string>> targets;
  std::set<std::pair<std::string, std::string>> rooms;  // violation, room

  bool found(const TruthLine& line) const {
    const auto group = targets.find({line.violation, line.kind});
    if (group != targets.end() && group->second.contains(line.id)) return true;
    return line.kind == "room" && rooms.contains({line.violation, line.id});
  }
};

void score_spikes(const std::vector<DecisionLine>& decisions, const std::set<Target>& guilty,
                  const std::vector<SpikeLine>& spikes, Scores& out) {
  std::map<std::string, std::vector<const DecisionLine*>> by_place;  // "room/…" and "merchant/…"
  for (const DecisionLine& decision : decisions) {
    if (!is_fraud_alarm(decision) || guilty.contains({decision.kind, decision.id})) continue;
    if (!decision.room.empty()) by_place["room/" + decision.room].push_back(&decision);
    if (decision.kind == "room" && decision.room != decision.id) by_place["room/" + decision.id].push_back(&decision);
    if (decision.kind == "merchant") by_place["merchant/" + decision.id].push_back(&decision);
  }
  const auto alarmed_at = [&](const std::string& place, const SpikeLine& spike) {
    const auto found = by_place.find(place);
    if (found == by_place.end()) return false;
    for (const DecisionLine* decision : found->second)
      if (decision->ns >= spike.from_ns && decision->ns <= spike.to_ns) return true;
    return false;
  };
  std::map<std::string, SpikeRow> rows;
  for (const SpikeLine& spike : spikes) {
    SpikeRow& row = rows[spike.shape];
    row.shape = spike.shape;
    ++row.spikes;
    const bool alarmed = alarmed_at("room/" + spike.room, spike) ||
                         (!spike.merchant.empty() && alarmed_at("merchant/" + spike.merchant, spike));
    row.alarmed += alarmed;
  }
  for (auto& [shape, row] : rows) out.spikes.push_back(std::move(row));
}

std::string percent(const std::optional<double>& value) { return value ? fmt::format("{:.3f}", *value) : "-"; }

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

// 10 stays 10 and does not become 10.0.
Json strength_or_null(double strength) {
  if (strength == 0) return {};
  const bool whole = std::abs(strength) < 1e15 && std::trunc(strength) == strength;
  return whole ? Json(static_cast<std::int64_t>(strength)) : Json(strength);
}

}  // namespace

Result<std::vector<TruthLine>> read_truth(std::istream& in, const std::string& name) {
  return read_lines<TruthLine>(in, name, [](const Json& json) {
    TruthLine line{needed(json, "violation"), needed(json, "kind"), needed(json, "id"), text(json, "shape"), 0};
    const Json& strength = member(json, "strength");
    if (!strength.is_null() && !strength.is_number()) throw std::invalid_argument("'strength' must be a number");
    if (!strength.is_null()) line.strength = strength.get<double>();
    return line;
  });
}

Result<std::vector<DecisionLine>> read_decisions(std::istream& in, const std::string& name) {
  return read_lines<DecisionLine>(in, name, [](const Json& json) {
    const Json& data = member(json, "data");
    if (!data.is_object()) throw std::invalid_argument("'data' must be an object");
    const Json& target = member(data, "target");
    if (!target.is_object()) throw std::invalid_argument("'data.target' must be an object");
    return DecisionLine{needed(data, "violation"), needed(target, "kind"), needed(target, "id"), text(data, "room"),
                        needed(data, "severity"),  text(data, "mode"),     moment(json, "time")};
  });
}

Result<std::vector<SpikeLine>> read_spikes(std::istream& in, const std::string& name) {
  return read_lines<SpikeLine>(in, name, [](const Json& json) {
    return SpikeLine{needed(json, "room"), text(json, "merchant"), needed(json, "shape"), moment(json, "from"), moment(json, "to")};
  });
}

std::optional<double> Scores::spike_alarm_share() const {
  std::int64_t all = 0, alarmed = 0;
  for (const SpikeRow& row : spikes) {
    all += row.spikes;
    alarmed += row.alarmed;
  }
  return ratio(alarmed, all);
}

Scores score(const std::vector<DecisionLine>& decisions, const std::vector<TruthLine>& truth, const std::vector<SpikeLine>& spikes,
             const std::string& excepted) {
  Scores out;
  Decided decided;
  std::map<Group, std::set<std::string>> excused;
  std::map<Group, std::set<std::string>> lines;
  std::set<Target> guilty, alarmed;
  for (const TruthLine& line : truth) {
    const bool except = !excepted.empty() && line.shape.find(excepted) != std::string::npos;
    (except ? excused : lines)[{line.violation, line.kind}].insert(line.id);
    guilty.insert({line.kind, line.id});
  }
  for (const DecisionLine& decision : decisions) {
    ++(counts(decision) ? out.counted : out.ignored);
    if (!counts(decision)) continue;
    decided.targets[{decision.violation, decision.kind}].insert(decision.id);
    if (!decision.room.empty()) decided.rooms.insert({decision.violation, decision.room});
    if (is_fraud_alarm(decision) && !guilty.contains({decision.kind, decision.id})) alarmed.insert({decision.kind, decision.id});
  }
  out.fraud_alarms = static_cast<std::int64_t>(alarmed.size());

  std::map<Group, ScoreRow> rows;
  for (const auto& [group, ids] : lines) rows[group].truth = static_cast<std::int64_t>(ids.size());
  for (const auto& [group, ids] : decided.targets) {
    ScoreRow& row = rows[group];
    const auto& known = lines[group];
    const auto& forgiven = excused[group];
    for (const std::string& id : ids) {
      row.correct += known.contains(id);
      row.decided += known.contains(id) || !forgiven.contains(id);
    }
  }
  std::map<Shape, RecallRow> shapes;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  std::set<std::tuple<std::string, std::string, std::string, std::string, double>> seen_in_shape;
  for (const TruthLine& line : truth) {
    const bool found = decided.found(line);
    const bool judged = lines[{line.violation, line.kind}].contains(line.id);
    if (judged && seen.insert({line.violation, line.kind, line.id}).second) rows[{line.violation, line.kind}].found += found;
    if (line.shape.empty() && line.strength == 0) continue;
    if (!seen_in_shape.insert({line.violation, line.kind, line.id, line.shape, line.strength}).second) continue;
    RecallRow& row = shapes[{line.violation, line.kind, line.shape, line.strength}];
    ++row.truth;
    row.found += found;
  }
  for (auto& [group, row] : rows) {
    std::tie(row.violation, row.kind) = group;
    finish_row(row);
    out.rows.push_back(std::move(row));
  }
  for (auto& [shape, row] : shapes) {
    std::tie(row.violation, row.kind, row.shape, row.strength) = shape;
    row.recall = *ratio(row.found, row.truth);
    out.by_shape.push_back(std::move(row));
  }
  score_spikes(decisions, guilty, spikes, out);
  return out;
}

std::string to_table(const Scores& scores) {
  std::string out;
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "{:<24} {:<10} {:>8} {:>8} {:>8} {:>9} {:>7} {:>7}\n", "violation", "target", "true", "decided", "found",
                 "precision", "recall", "F1");
  for (const ScoreRow& row : scores.rows)
    fmt::format_to(to, "{:<24} {:<10} {:>8} {:>8} {:>8} {:>9} {:>7} {:>7}\n", row.violation, row.kind, row.truth, row.decided,
                   row.found, percent(row.precision), percent(row.recall), percent(row.f1));
  if (!scores.by_shape.empty())
    fmt::format_to(to, "\n{:<24} {:<10} {:<32} {:>8} {:>8} {:>8} {:>7}\n", "violation", "target", "shape", "strength", "true", "found", "recall");
  for (const RecallRow& row : scores.by_shape)
    fmt::format_to(to, "{:<24} {:<10} {:<32} {:>8} {:>8} {:>8} {:>7.3f}\n", row.violation, row.kind, row.shape,
                   row.strength != 0 ? fmt::format("{:g} %", row.strength) : "-", row.truth, row.found, row.recall);
  if (!scores.spikes.empty()) fmt::format_to(to, "\n{:<24} {:>8} {:>8}\n", "honest spike", "spikes", "alarmed");
  for (const SpikeRow& row : scores.spikes) fmt::format_to(to, "{:<24} {:>8} {:>8}\n", row.shape, row.spikes, row.alarmed);
  if (const auto share = scores.spike_alarm_share()) fmt::format_to(to, "share of honest spikes with a fraud alarm: {:.3f}\n", *share);
  fmt::format_to(to, "\nfraud alarms on targets without any true violation: {}; decisions counted: {}, in shadow or info: {}\n",
                 scores.fraud_alarms, scores.counted, scores.ignored);
  return out;
}

std::string to_json(const Scores& scores) {
  Json rows = Json::array(), shapes = Json::array(), spikes = Json::array();
  for (const ScoreRow& row : scores.rows)
    rows.push_back({{"violation", row.violation}, {"kind", row.kind}, {"true", row.truth}, {"decided", row.decided},
                    {"correct", row.correct}, {"found", row.found}, {"precision", number_or_null(row.precision)},
                    {"recall", number_or_null(row.recall)}, {"f1", number_or_null(row.f1)}});
  for (const RecallRow& row : scores.by_shape)
    shapes.push_back({{"violation", row.violation}, {"kind", row.kind}, {"shape", row.shape},
                      {"strength", strength_or_null(row.strength)}, {"true", row.truth}, {"found", row.found},
                      {"recall", row.recall}});
  for (const SpikeRow& row : scores.spikes)
    spikes.push_back({{"shape", row.shape}, {"spikes", row.spikes}, {"alarmed", row.alarmed}});
  return Json{{"scores", rows}, {"by_shape", shapes}, {"spikes", spikes},
              {"spike_alarm_share", number_or_null(scores.spike_alarm_share())}, {"fraud_alarms", scores.fraud_alarms},
              {"decisions_counted", scores.counted}, {"decisions_ignored", scores.ignored}}.dump(2);
}

}  // namespace lw::simulate
