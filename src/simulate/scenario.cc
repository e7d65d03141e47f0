#include "simulate/scenario.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <initializer_list>

#include "base/time.h"
#include "simulate/attacks.h"

namespace lw::simulate {
namespace {

// Thrown inside this file only, and turned into an Error with its place at the border.
struct Refusal {
  std::string message;
  YAML::Mark mark;
};

[[noreturn]] void refuse(const YAML::Node& at, std::string message) { throw Refusal{std::move(message), at.Mark()}; }

void allow(const YAML::Node& map, std::string_view what, std::initializer_list<std::string_view> keys) {
  if (!map.IsMap()) refuse(map, fmt::format("{} must be a map", what));
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      refuse(entry.first, fmt::format("unknown key '{}' in {}; known: {}", key, what, fmt::join(keys, ", ")));
  }
}

template <class T>
void read(const YAML::Node& map, const char* key, T& into, double low, double high) {
  const YAML::Node node = map[key];
  if (!node) return;
  const double value = node.as<double>();
  if (!(value >= low && value <= high)) refuse(node, fmt::format("{} must be between {} and {}", key, low, high));
  into = static_cast<T>(value);
}

std::vector<YAML::Node> one_or_many(const YAML::Node& node) {
  if (!node) return {};
  if (!node.IsSequence()) return {node};
  return {node.begin(), node.end()};
}

int minute_of_day(const YAML::Node& node) {
  const auto text = node.as<std::string>();
  int hour = -1, minute = -1;
  if (text.size() == 5 && text[2] == ':' && std::sscanf(text.c_str(), "%2d:%2d", &hour, &minute) == 2 && hour >= 0 &&
      hour < 24 && minute >= 0 && minute < 60)
    return hour * 60 + minute;
  refuse(node, fmt::format("'{}' is not a time of day such as \"20:30\"", text));
}

// Every (shape, strength) of one attack entry.
std::vector<Attack> read_attack(const YAML::Node& node) {
  allow(node, "an attack", {"kind", "shape", "strength"});
  if (!node["kind"]) refuse(node, "an attack needs a kind");
  const auto kind = node["kind"].as<std::string>();
  const AttackKind* known = find_attack(kind);
  if (!known) refuse(node["kind"], fmt::format("unknown attack '{}'; known: {}", kind, fmt::join(attack_names(), ", ")));
  std::vector<YAML::Node> shapes = one_or_many(node["shape"]);
  if (shapes.empty()) refuse(node, fmt::format("attack '{}' needs a shape", kind));
  std::vector<int> strengths;
  for (const YAML::Node& entry : one_or_many(node["strength"])) {
    const int strength = entry.as<int>();
    if (strength < 1 || strength > 95) refuse(entry, "strength is the attackers' share of the room in percent, 1 to 95");
    strengths.push_back(strength);
  }
  if (known->has_strength && strengths.empty()) refuse(node, fmt::format("attack '{}' needs a strength", kind));
  if (!known->has_strength && !strengths.empty()) refuse(node["strength"], fmt::format("attack '{}' has no strength", kind));
  if (strengths.empty()) strengths.push_back(0);
  std::vector<Attack> out;
  for (const YAML::Node& entry : shapes) {
    const auto shape = entry.as<std::string>();
    if (const Status valid = check_shape(*known, shape); !valid) refuse(entry, valid.error().message);
    for (const int strength : strengths) out.push_back({kind, shape, strength});
  }
  return out;
}

void read_rates(const YAML::Node& node, Rates& rates) {
  if (!node) return;
  allow(node, "rates", {"chat", "likes", "gifts", "follows", "orders", "reviews", "returns"});
  read(node, "chat", rates.chat, 0, 50);
  read(node, "likes", rates.likes, 0, 50);
  read(node, "gifts", rates.gifts, 0, 50);
  read(node, "follows", rates.follows, 0, 50);
  read(node, "orders", rates.orders, 0, 1);
  read(node, "reviews", rates.reviews, 0, 1);
  read(node, "returns", rates.returns, 0, 1);
}

RoomGroup read_group(const YAML::Node& node, const Texts& texts) {
  RoomGroup group;
  if (node["name"]) group.name = node["name"].as<std::string>();
  read(node, "count", group.count, 1, 4000);
  if (const YAML::Node audience = node["audience"]; audience && audience.IsMap()) {
    allow(audience, "audience", {"min", "max", "alpha"});
    read(audience, "min", group.audience_min, 10, 1e6);
    group.audience_max = group.audience_min;
    read(audience, "max", group.audience_max, group.audience_min, 1e6);
    read(audience, "alpha", group.audience_alpha, 0.1, 10);
  } else {
    read(node, "audience", group.audience_min, 10, 1e6);
    group.audience_max = group.audience_min;
  }
  for (const YAML::Node& start : one_or_many(node["start"])) group.start_minutes.push_back(minute_of_day(start));
  if (const auto minutes = one_or_many(node["minutes"]); !minutes.empty()) {
    group.minutes_min = minutes.front().as<int>();
    group.minutes_max = minutes.back().as<int>();
    if (group.minutes_min < 10 || group.minutes_max > 600 || group.minutes_max < group.minutes_min)
      refuse(node["minutes"], "minutes must be a number or [low, high] between 10 and 600");
  }
  for (const YAML::Node& entry : one_or_many(node["category"])) {
    const auto category = entry.as<std::string>();
    if (!texts.has_category(category)) refuse(entry, fmt::format("the catalogue has no category '{}'", category));
    group.categories.push_back(category);
  }
  if (group.categories.empty()) group.categories = {"food.packaged", "apparel", "home", "cosmetics.ordinary"};
  read_rates(node["rates"], group.rates);
  if (node["spike"]) {
    group.spike = node["spike"].as<std::string>();
    if (!known_spike(group.spike))
      refuse(node["spike"], fmt::format("unknown spike '{}'; known: {}", group.spike, fmt::join(spike_names(), ", ")));
  }
  return group;
}

// A group whose attacks list several shapes or strengths stands for every combination.
void cross(const RoomGroup& base, const std::vector<std::vector<Attack>>& choices, std::vector<RoomGroup>& out) {
  std::vector<RoomGroup> groups{base};
  for (const auto& variants : choices) {
    std::vector<RoomGroup> next;
    for (const RoomGroup& group : groups) {
      for (const Attack& attack : variants) {
        next.push_back(group);
        next.back().attacks.push_back(attack);
      }
    }
    groups = std::move(next);
  }
  out.insert(out.end(), groups.begin(), groups.end());
}

void read_population(const YAML::Node& node, PopulationSpec& spec) {
  if (!node) return;
  allow(node, "population",
        {"accounts", "carrier", "campus", "cafe", "phone_shop", "shared_device", "second_account", "recent", "minors"});
  read(node, "accounts", spec.accounts, 100, 20e6);
  read(node, "carrier", spec.carrier, 0, 1);
  read(node, "campus", spec.campus, 0, 1);
  read(node, "cafe", spec.cafe, 0, 1);
  read(node, "phone_shop", spec.phone_shop, 0, 1);
  read(node, "shared_device", spec.shared_device, 0, 1);
  read(node, "second_account", spec.second_account, 0, 1);
  read(node, "recent", spec.recent, 0, 1);
  read(node, "minors", spec.minors, 0, 0.5);
}

void read_scenario(const YAML::Node& root, const std::string& path, Scenario& out) {
  allow(root, "a scenario", {"name", "platform", "start", "seed", "report_seconds", "texts", "population", "rooms"});
  for (const char* key : {"name", "start", "texts", "rooms"})
    if (!root[key]) refuse(root, fmt::format("'{}' is missing", key));
  out.name = root["name"].as<std::string>();
  if (root["platform"]) out.platform = root["platform"].as<std::string>();
  const auto start = parse_rfc3339(root["start"].as<std::string>());
  if (!start) refuse(root["start"], "start must be RFC 3339, such as 2026-11-11T00:00:00+08:00");
  out.start_ms = start->ns / 1'000'000;
  if (out.start_ms < 0) refuse(root["start"], "start must not be before 1970");
  read(root, "seed", out.seed, 0, 9e15);
  read(root, "report_seconds", out.report_seconds, 1, 3600);
  const auto texts_path = std::filesystem::path(path).parent_path() / root["texts"].as<std::string>();
  Result<Texts> texts = Texts::load(texts_path.string());
  if (!texts) refuse(root["texts"], "in its texts: " + texts.error().to_string());
  out.texts = std::move(*texts);
  read_population(root["population"], out.population);
  for (const YAML::Node& node : one_or_many(root["rooms"])) {
    allow(node, "a room group",
          {"name", "count", "audience", "start", "minutes", "category", "rates", "spike", "attacks"});
    std::vector<std::vector<Attack>> choices;
    for (const YAML::Node& attack : one_or_many(node["attacks"])) choices.push_back(read_attack(attack));
    cross(read_group(node, out.texts), choices, out.groups);
  }
  if (out.groups.empty()) refuse(root["rooms"], "a scenario needs at least one room");
}

// Appeal of each hour as the hour in which a broadcast starts: late morning, afternoon, and above all the evening.
constexpr std::array<int, 24> kStartAppeal{1, 0, 0, 0, 0, 0, 1, 3, 6, 9, 10, 8, 7, 8, 9, 9, 8, 9, 12, 18, 16, 9, 0, 0};

int draw_start_minute(Rng& rng, int minutes) {
  int total = 0;
  for (const int weight : kStartAppeal) total += weight;
  auto at = static_cast<int>(rng.below(static_cast<std::size_t>(total)));
  int hour = 0;
  while (at >= kStartAppeal[hour]) at -= kStartAppeal[hour++];
  // A broadcast ends by midnight: the simulated day is one day.
  return std::min(hour * 60 + static_cast<int>(rng.range(0, 59)), 24 * 60 - minutes - 1);
}

}  // namespace

Result<Scenario> load_scenario(const std::string& path) {
  const auto refusal = [&](const std::string& message, const YAML::Mark& mark) {
    Error error{message, {path, 0, 0}, {}};
    if (mark.line >= 0) error.place.line = static_cast<std::uint32_t>(mark.line + 1);
    if (mark.line >= 0) error.place.column = static_cast<std::uint32_t>(mark.column + 1);
    return tl::make_unexpected(std::move(error));
  };
  try {
    Scenario out;
    read_scenario(YAML::LoadFile(path), path, out);
    return out;
  } catch (const Refusal& e) {
    return refusal(e.message, e.mark);
  } catch (const YAML::BadFile&) {
    return fail("{}: cannot be read", path);
  } catch (const YAML::Exception& e) {
    return refusal(e.msg, e.mark);
  }
}

std::vector<RoomSpec> resolve_rooms(const Scenario& scenario, std::uint64_t seed) {
  std::vector<RoomSpec> out;
  for (const RoomGroup& group : scenario.groups) {
    for (int i = 0; i < group.count; ++i) {
      RoomSpec room;
      room.index = static_cast<std::uint32_t>(out.size());
      room.group = &group;
      Rng rng(seed, "room", room.index);
      room.audience = group.audience_max > group.audience_min
                          ? static_cast<std::int64_t>(rng.pareto(group.audience_min, group.audience_alpha, group.audience_max))
                          : static_cast<std::int64_t>(group.audience_min);
      const int minutes = static_cast<int>(rng.range(group.minutes_min, group.minutes_max));
      const int start = group.start_minutes.empty() ? draw_start_minute(rng, minutes)
                                                    : group.start_minutes[static_cast<std::size_t>(i) % group.start_minutes.size()];
      room.start_ms = scenario.start_ms + start * 60'000LL + rng.range(0, 59'999);
      room.end_ms = room.start_ms + minutes * 60'000LL;
      room.category = group.categories[room.index % group.categories.size()];
      out.push_back(room);
    }
  }
  return out;
}

}  // namespace lw::simulate
