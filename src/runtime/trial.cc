#include "runtime/trial.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "engine/engine.h"
#include "event/decoder.h"

namespace lw::runtime {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

// A decision under the names that a test may ask for.
struct Decided {
  Values values;
  std::string features;

  const std::string* find(std::string_view name) const {
    for (const auto& [key, value] : values)
      if (key == name) return &value;
    return nullptr;
  }
  std::string to_text() const {
    std::string out;
    for (const auto& [key, value] : values)
      if (value != "null") out += fmt::format("{}{}: {}", out.empty() ? "{" : ", ", key, value);
    return out + "}  " + features;
  }
};

std::string entity(const engine::Entity& entity) {
  return entity.id.empty() ? "null" : fmt::format("{}/{}", entity.kind, entity.id);
}
std::string text(std::string_view value) { return value.empty() ? "null" : std::string(value); }

class Collector : public engine::DecisionSink {
 public:
  Collector(const std::string& rule, int zone_minutes) : rule_(rule), zone_minutes_(zone_minutes) {}
  void decide(const engine::Decision& decision) override {
    if (decision.rule->id != rule_) return;
    static constexpr const char* kSeverities[] = {"info", "low", "medium", "high", "critical"};
    std::size_t bases = 0;
    for (const pack::Basis& basis : decision.rule->basis) bases += engine::in_force(basis, decision.judged);
    decided.push_back({{{"target", entity(decision.target)},
                        {"liable", entity(decision.liable)},
                        {"room", text(decision.room)},
                        {"session", text(decision.session)},
                        {"host", text(decision.host)},
                        {"operator", text(decision.operator_)},
                        {"mcn", text(decision.mcn)},
                        {"merchant", text(decision.merchant)},
                        {"platform", text(decision.platform)},
                        {"severity", kSeverities[static_cast<std::size_t>(decision.rule->severity)]},
                        {"mode", decision.shadow() ? "shadow" : "enforce"},
                        {"trigger", text(decision.trigger)},
                        {"time", format_rfc3339(decision.time, zone_minutes_)},
                        {"basis", std::to_string(bases)}},
                       std::string(decision.features)});
  }
  std::vector<Decided> decided;

 private:
  const std::string& rule_;
  int zone_minutes_;
};

// Times are compared as instants, all else as texts.
bool same(const std::string& key, const std::string& wanted, const std::string& found) {
  if (key != "time") return wanted == found;
  const auto a = parse_rfc3339(wanted), b = parse_rfc3339(found);
  return a && b && *a == *b;
}

bool meets(const Decided& decided, const pack::Expectation& expected) {
  for (const auto& [key, value] : expected.values) {
    const std::string* found = decided.find(key);
    if (!found || !same(key, value, *found)) return false;
  }
  return true;
}

constexpr std::size_t kFree = static_cast<std::size_t>(-1);

// A largest pairing of expectations with decisions that meet them: by expectation the decision, kFree for none.
std::vector<std::size_t> pair_up(const std::vector<pack::Expectation>& expected, const std::vector<Decided>& decided) {
  std::vector<std::size_t> of_decision(decided.size(), kFree);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::vector<bool> tried(decided.size());
    const std::function<bool(std::size_t)> settle = [&](std::size_t one) {
      for (std::size_t d = 0; d < decided.size(); ++d) {
        if (tried[d] || !meets(decided[d], expected[one])) continue;
        tried[d] = true;
        if (of_decision[d] != kFree && !settle(of_decision[d])) continue;
        of_decision[d] = one;
        return true;
      }
      return false;
    };
    settle(i);
  }
  std::vector<std::size_t> out(expected.size(), kFree);
  for (std::size_t d = 0; d < decided.size(); ++d)
    if (of_decision[d] != kFree) out[of_decision[d]] = d;
  return out;
}

std::string describe(const pack::Expectation& expected) {
  std::string out;
  for (const auto& [key, value] : expected.values) out += fmt::format("{}{}: {}", out.empty() ? "{" : ", ", key, value);
  return out.empty() ? "{any}" : out + "}";
}

}  // namespace

Result<Verdict> try_rule(const pack::Plan& plan, const pack::TestCase& test) {
  engine::Engine engine(plan);
  event::Decoder decoder(plan.schema);
  event::Event event;
  Collector collector(test.rule, plan.zone_minutes);
  std::string padded;
  for (std::size_t i = 0; i < test.events.size(); ++i) {
    padded = test.events[i];
    padded.append(event::kPadding, '\0');
    if (const Status good = decoder.decode({padded.data(), test.events[i].size()}, event); !good) {
      return tl::make_unexpected(Error{fmt::format("event {} of the test \"{}\": {}", i + 1, test.name, good.error().message), {test.file, test.line, 0}, {}});
    }
    engine.process(event, collector);
  }
  if (test.end) engine.advance(*test.end, collector);
  engine.finish(collector);

  Verdict verdict;
  const auto pairs = pair_up(test.expect, collector.decided);
  std::vector<bool> used(collector.decided.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i] == kFree) verdict.difference += fmt::format("    expected and not decided: {}\n", describe(test.expect[i]));
    else used[pairs[i]] = true;
  }
  for (std::size_t d = 0; d < used.size(); ++d)
    if (!used[d]) verdict.difference += fmt::format("    decided and not expected: {}\n", collector.decided[d].to_text());
  verdict.passed = verdict.difference.empty();
  for (std::size_t i = 0; i < plan.rules.size() && !verdict.passed; ++i) {
    if (plan.rules[i].id != test.rule) continue;
    const engine::RuleCount& count = engine.rule_counts()[i];
    verdict.difference += fmt::format("    the rule was asked {} times, fired {}, could not tell {} times (something was absent), failed {} times\n",
                                      count.evaluated, count.fired, count.unknown, count.errors);
  }
  return verdict;
}

}  // namespace lw::runtime
