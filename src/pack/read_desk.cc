// Section `desk`: what is done with decisions (pack/desk.h). Names between its parts are checked once all packs were read.
#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <limits>

#include "pack/drafts.h"

namespace lw::pack {
namespace {

constexpr std::int64_t kMostPoints = 1'000'000;
constexpr std::int64_t kMostMoney = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kMostCount = 1'000'000'000;
constexpr std::size_t kLongestId = 64;

// "A", "clean-broadcasts".
bool is_desk_id(std::string_view id) {
  const auto part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return id.size() <= kLongestId && std::ranges::all_of(id, part);
}

class DeskReader {
 public:
  DeskReader(const Node& node, std::size_t pack, Drafts& drafts, Findings& findings)
      : node_(node), zone_(drafts.packs[pack].zone_minutes), all_(drafts.desk), findings_(findings), desk_(node, "desk", findings) {}

  void run() {
    all_.given = &node_;
    DeskPolicy& policy = all_.policy;
    policy.points = desk_.integer("points", 0, kMostPoints).value_or(policy.points);
    policy.ceiling = desk_.integer("ceiling", 0, kMostPoints).value_or(std::max(policy.ceiling, policy.points));
    replace(policy.kinds, desk_.words("kinds", Vocabulary::kTargetKind, "kind"));
    ordered("grades", "grade", policy.grades);
    by_id("classes", "credit class", policy.classes);
    ordered("deductions", "deduction", policy.deductions);
    by_id("conduct", "good conduct", policy.conduct);
    by_id("repairs", "repair task", policy.repairs);
    by_id("measures", "measure", policy.measures);
    std::ranges::sort(policy.measures, {}, &Measure::step);
    ordered("proposals", "proposal", policy.proposals);
    by_id("deadlines", "deadline", policy.deadlines);
    ordered("competence", "competence", policy.competence);
    by_id("requirements", "requirement", policy.requirements);
    replace(policy.opens, desk_.words("opens", Vocabulary::kSeverity, "severity"));
    replace(policy.by_machine, desk_.words("by_machine", Vocabulary::kAction, "action"));
    replace(policy.refuses, desk_.words("refuses", Vocabulary::kAction, "action"));
    replace(policy.holds, desk_.words("holds", Vocabulary::kAction, "action"));
    replace(policy.never_accused, desk_.words("never_accused", Vocabulary::kTargetKind, "kind"));
    if (const Node* node = desk_.get("spot_checks")) spot_checks(*node, policy);
    if (const Node* node = desk_.get("precision")) precision(*node, policy);
    if (const Node* node = desk_.get("risk")) risk(*node, policy);
    if (const Term term = read_term(desk_, "expiry_notice")) policy.expiry_notice = term;
    desk_.finish();
  }

 private:
  // What a later pack gives takes the place of what earlier ones gave.
  static void replace(std::vector<std::string>& old, std::vector<std::string> given) {
    if (!given.empty()) old = std::move(given);
  }

  template <class Item>
  std::vector<Item> read_all(std::string_view key, std::string_view what) {
    std::vector<Item> out;
    const Node* node = desk_.get(key);
    if (!node) return out;
    if (!node->is_sequence()) findings_.add(*node, fmt::format("`{}` is a list", key));
    for (const Node& entry : node->items) {
      Mapping mapping(entry, what, findings_);
      Item item;
      read(mapping, item);
      if constexpr (std::derived_from<Item, Dated>) read_dated(mapping, item);
      mapping.finish();
      if constexpr (requires { item.id; }) {
        if (!check_id(mapping, what, item, out)) continue;
      }
      out.push_back(std::move(item));
    }
    return out;
  }

  // A list in which the order counts: a later pack gives it as a whole.
  template <class Item>
  void ordered(std::string_view key, std::string_view what, std::vector<Item>& into) {
    auto given = read_all<Item>(key, what);
    if (!given.empty()) into = std::move(given);
  }
  // A later pack's items take the place of those of the same id.
  template <class Item>
  void by_id(std::string_view key, std::string_view what, std::vector<Item>& into) {
    auto given = read_all<Item>(key, what);
    std::erase_if(into, [&](const Item& old) { return std::ranges::find(given, old.id, &Item::id) != given.end(); });
    std::ranges::move(given, std::back_inserter(into));
  }

  // An id is given once, or again for other days.
  template <class Item>
  bool check_id(Mapping& mapping, std::string_view what, const Item& item, const std::vector<Item>& before) {
    const Node* node = mapping.node().find("id");
    if (item.id.empty()) return false;
    if (!is_desk_id(item.id)) findings_.add(*node, fmt::format("the id of a {} is letters, digits, - and _, {} at most", what, kLongestId));
    for (const Item& other : before) {
      if (other.id != item.id) continue;
      if constexpr (std::derived_from<Item, Dated>) {
        if ((item.to && other.from && *item.to <= *other.from) || (other.to && item.from && *other.to <= *item.from)) continue;
      }
      findings_.add(*node, fmt::format("duplicate {} {}", what, item.id));
      return false;
    }
    return true;
  }

  void read_dated(Mapping& mapping, Dated& item) {
    if (mapping.get("basis") && !read_bases(mapping, zone_, item.basis, findings_)) {
      findings_.add(*mapping.get("basis"), "every basis rests on memory (M): name one that was read, or none");
    }
    read_effect(mapping, zone_, item.from, item.to, findings_);
  }

  Term read_term(Mapping& mapping, std::string_view key, bool required = false) {
    const Written written = required ? mapping.require_written(key) : mapping.written(key);
    if (!written) return {};
    const auto term = parse_term(written.text);
    if (!term) written.refuse(findings_, fmt::format("{} is no term: write 15d, 6mo, 3y or 7wd, of 100 years at most", written.text));
    return term.value_or(Term{});
  }
  Severity read_severity(Mapping& mapping) {
    if (!mapping.get("severity")) return Severity::kInfo;
    return static_cast<Severity>(find_word(Vocabulary::kSeverity, mapping.word("severity", Vocabulary::kSeverity, "severity")).value_or(0));
  }
  std::int64_t read_points(Mapping& mapping) {
    mapping.require("points");
    return mapping.integer("points", 1, kMostPoints).value_or(1);
  }
  std::uint32_t read_count(Mapping& mapping, std::string_view key, std::uint32_t otherwise, std::uint32_t least = 0) {
    return static_cast<std::uint32_t>(mapping.integer(key, least, kMostCount).value_or(otherwise));
  }
  std::string refer(Mapping& mapping, std::string_view key, DeskDraft::Kind kind) {
    const Written name = mapping.require_written(key);
    if (name) all_.references.push_back({kind, name});
    return name.text;
  }
  std::vector<std::string> refer_all(Mapping& mapping, std::string_view key, DeskDraft::Kind kind) {
    std::vector<std::string> out;
    for (const Written& name : mapping.list(key)) {
      all_.references.push_back({kind, name});
      out.push_back(name.text);
    }
    return out;
  }

  void read(Mapping& mapping, Grade& grade) {
    grade.id = mapping.require_text("id");
    grade.name = read_localised(mapping, "name", true, findings_);
    mapping.require("from");
    grade.from = mapping.integer("from", 0, kMostPoints).value_or(0);
    grade.keep = mapping.integer("keep", 0, kMostPoints).value_or(grade.from);
    if (grade.keep > grade.from) findings_.add(*mapping.get("keep"), fmt::format("`keep` is at most `from`, {}", grade.from));
    if (const Node* node = mapping.require("entitlements")) entitlements(*node, grade.entitlements);
  }
  void entitlements(const Node& node, Entitlements& out) {
    Mapping mapping(node, "set of entitlements", findings_);
    out.tip_once = mapping.integer("tip_once", 0, kMostMoney);
    out.tip_session = mapping.integer("tip_session", 0, kMostMoney);
    out.tip_day = mapping.integer("tip_day", 0, kMostMoney);
    out.tip_month = mapping.integer("tip_month", 0, kMostMoney);
    out.audience = mapping.integer("audience", 0, kMostCount);
    out.exposure = read_count(mapping, "exposure", out.exposure);
    for (const Written& category : mapping.list("categories")) out.categories.push_back(category.text);
    mapping.finish();
  }

  void read(Mapping& mapping, CreditClass& out) {
    out.id = mapping.require_text("id");
    out.name = read_localised(mapping, "name", true, findings_);
    out.half_life = read_term(mapping, "half_life");
    out.decays = bool(out.half_life);
    out.most = mapping.integer("most", 0, kMostPoints).value_or(0);
    out.within = read_term(mapping, "within");
  }

  void read(Mapping& mapping, Deduction& out) {
    out.violations = mapping.words("violations", Vocabulary::kViolation, "violation");
    out.severity = read_severity(mapping);
    out.credit_class = refer(mapping, "class", DeskDraft::Kind::kClass);
    out.points = read_points(mapping);
    out.repeat_percent = read_count(mapping, "repeat_percent", 100, 100);
    out.repeat_within = read_term(mapping, "repeat_within", mapping.get("repeat_percent") != nullptr);
  }

  void read(Mapping& mapping, Conduct& out) {
    out.id = mapping.require_text("id");
    out.name = read_localised(mapping, "name", true, findings_);
    out.credit_class = refer(mapping, "class", DeskDraft::Kind::kClass);
    out.points = read_points(mapping);
    out.count = read_count(mapping, "count", 1, 1);
    out.within = read_term(mapping, "within");
    out.prompt = read_term(mapping, "prompt");
  }

  void read(Mapping& mapping, RepairTask& out) {
    out.id = mapping.require_text("id");
    out.name = read_localised(mapping, "name", true, findings_);
    mapping.require("classes");
    out.classes = refer_all(mapping, "classes", DeskDraft::Kind::kClass);
    out.points = read_points(mapping);
    out.due = read_term(mapping, "due", true);
  }

  void read(Mapping& mapping, Measure& out) {
    out.id = mapping.word("id", Vocabulary::kMeasure, "measure");
    out.name = read_localised(mapping, "name", true, findings_);
    mapping.require("step");
    out.step = read_count(mapping, "step", 0);
    out.grave = mapping.boolean("grave").value_or(false);
    out.departments = mapping.words("departments", Vocabulary::kDepartment, "department");
  }

  void read(Mapping& mapping, Proposal& out) {
    out.severity = read_severity(mapping);
    out.confirmed = read_count(mapping, "confirmed", 0);
    out.within = read_term(mapping, "within", out.confirmed > 0);
    out.grades = refer_all(mapping, "grades", DeskDraft::Kind::kGrade);
    mapping.require("measures");
    out.measures = refer_all(mapping, "measures", DeskDraft::Kind::kMeasure);
  }

  void read(Mapping& mapping, DeskDeadline& out) {
    // Those that the service keeps; another one would be a promise that nothing keeps.
    out.id = one_of(mapping.require_written("id"), {"report-acknowledged", "report-decided", "case-claimed", "case-decided", "measure-approved", "appeal-filed", "appeal-decided", "spot-check-recorded"});
    out.within = read_term(mapping, "within", true);
    const bool shown = out.id == "measure-approved" || out.id == "appeal-filed" || out.id == "spot-check-recorded";
    if (shown && mapping.get("escalate")) findings_.add(*mapping.get("escalate"), fmt::format("{} is shown where it runs, and nobody is told when it passes", out.id));
    if (mapping.get("escalate")) out.escalate = mapping.word("escalate", Vocabulary::kDepartment, "department");
  }

  void read(Mapping& mapping, Competence& out) {
    out.violations = mapping.words("violations", Vocabulary::kViolation, "violation");
    out.lead = mapping.word("lead", Vocabulary::kDepartment, "department");
    out.assist = mapping.words("assist", Vocabulary::kDepartment, "department");
  }

  void read(Mapping& mapping, Requirement& out) {
    out.id = mapping.require_text("id");
    out.name = read_localised(mapping, "name", true, findings_);
    out.cure = read_localised(mapping, "cure", true, findings_);
    out.of = one_of(mapping.require_written("of"), {"product", "session"});
    for (const Written& category : mapping.list("categories")) out.categories.push_back(category.text);
    out.where = mapping.text("where");
    out.is = mapping.text("is");
    out.paper = mapping.text("paper");
    out.field = mapping.text("field");
    out.grade = mapping.boolean("grade").value_or(false);
    out.scope = mapping.get("scope") ? mapping.text("scope") : out.scope;
    out.within = read_term(mapping, "within");
    out.blocks = mapping.boolean("blocks").value_or(true);
    const bool held = !out.paper.empty() || out.grade;
    if (held) out.holder = one_of(mapping.require_written("holder"), {"merchant", "host", "operator", "mcn", "product"});
    if (int{!out.paper.empty()} + int{!out.field.empty()} + int{out.grade} != 1) {
      findings_.add(mapping.node(), "a requirement asks for one thing: a `paper`, a `field` or `grade: true`");
    }
  }
  std::string one_of(const Written& written, const std::vector<std::string_view>& known) {
    if (written && std::ranges::find(known, written.text) == known.end()) {
      written.refuse(findings_, fmt::format("unknown {}{}", written.text, suggestion(written.text, known)));
    }
    return written.text;
  }

  void spot_checks(const Node& node, DeskPolicy& policy) {
    Mapping mapping(node, "spot check", findings_);
    policy.spot_checks.a_day = read_count(mapping, "a_day", policy.spot_checks.a_day);
    policy.spot_checks.random_percent =
        static_cast<std::uint32_t>(mapping.integer("random_percent", 0, 100).value_or(policy.spot_checks.random_percent));
    mapping.finish();
  }
  void precision(const Node& node, DeskPolicy& policy) {
    Mapping mapping(node, "precision", findings_);
    policy.precision.floor = mapping.number("floor").value_or(policy.precision.floor);
    if (policy.precision.floor < 0 || policy.precision.floor > 1) findings_.add(*mapping.get("floor"), "`floor` is from 0.0 to 1.0");
    policy.precision.least = read_count(mapping, "least", policy.precision.least);
    mapping.finish();
  }
  void risk(const Node& node, DeskPolicy& policy) {
    Mapping mapping(node, "risk", findings_);
    const auto& severities = words(Vocabulary::kSeverity);
    for (std::size_t i = 0; i < severities.size(); ++i) policy.risk.weights[i] = read_count(mapping, severities[i], policy.risk.weights[i]);
    policy.risk.half_life_minutes = read_count(mapping, "half_life_minutes", policy.risk.half_life_minutes, 1);
    mapping.finish();
  }

  const Node& node_;
  int zone_;
  DeskDraft& all_;
  Findings& findings_;
  Mapping desk_;
};

// From the best to the worst, each lower than the one before, the last for whoever has nothing left.
void check_grades(const DeskPolicy& policy, const Node& desk, Findings& findings) {
  const Node& at = desk.find("grades") ? *desk.find("grades") : desk;
  if (policy.grades.empty()) return findings.add(at, "a desk has `grades`, from the best to the worst");
  for (std::size_t i = 1; i < policy.grades.size(); ++i) {
    const Grade &better = policy.grades[i - 1], &worse = policy.grades[i];
    if (worse.from < better.from && worse.keep < better.keep) continue;
    findings.add(at, fmt::format("grades go from the best to the worst: `from` and `keep` of {} are not below those of {}", worse.id, better.id));
  }
  if (policy.grades.back().from != 0) findings.add(at, fmt::format("the worst grade, {}, has `from: 0`", policy.grades.back().id));
  if (policy.points > policy.ceiling) findings.add(desk, fmt::format("`points` is at most `ceiling`, {}", policy.ceiling));
  if (policy.grades.front().from > policy.ceiling) findings.add(at, fmt::format("nobody reaches grade {}: `ceiling` is {}", policy.grades.front().id, policy.ceiling));
}

template <class Item>
std::vector<std::string_view> ids(const std::vector<Item>& items) {
  std::vector<std::string_view> out;
  for (const Item& item : items) out.push_back(item.id);
  return out;
}

}  // namespace

void read_desk(const Node& root, std::size_t pack, Drafts& drafts, Findings& findings) {
  const Node* node = root.find("desk");
  if (!node) return;
  if (drafts.packs[pack].desk) return findings.add(*node, "a pack has one `desk` section");
  drafts.packs[pack].desk = true;
  DeskReader(*node, pack, drafts, findings).run();
}

void check_desk(const DeskDraft& desk, Findings& findings) {
  if (!desk.given) return;
  const DeskPolicy& policy = desk.policy;
  check_grades(policy, *desk.given, findings);
  for (std::size_t i = 1; i < policy.measures.size(); ++i) {
    if (policy.measures[i].step != policy.measures[i - 1].step) continue;
    findings.add(*desk.given, fmt::format("measures {} and {} have the same `step`", policy.measures[i - 1].id, policy.measures[i].id));
  }
  struct Known {
    std::string_view what;
    std::vector<std::string_view> ids;
  };
  const Known known[] = {{"credit class", ids(policy.classes)}, {"grade", ids(policy.grades)}, {"measure", ids(policy.measures)}};
  for (const DeskDraft::Reference& reference : desk.references) {
    const Known& all = known[static_cast<std::size_t>(reference.kind)];
    if (std::ranges::find(all.ids, reference.name.text) != all.ids.end()) continue;
    reference.name.refuse(findings, fmt::format("no {} {} in this desk{}", all.what, reference.name.text, suggestion(reference.name.text, all.ids)));
  }
}

}  // namespace lw::pack
