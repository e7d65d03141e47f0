#include "desk/admission.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "desk/fields.h"
#include "desk/records.h"
#include "desk/registry.h"

namespace lw::desk {
namespace {

using pack::Requirement;

struct Paper {
  std::string kind;
  std::vector<std::string> scope;
  std::int64_t valid_until = 0, filed = 0;
};

Json bilingual(const pack::Localised& text) { return {{"zh", text.zh}, {"en", text.en}}; }

bool is_empty(const Json& value) { return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) || (value.is_structured() && value.empty()); }

// A product or a planned broadcast, with all that may be asked of it: `fields` by their names in events.
struct Subject {
  std::string of, id;
  Json fields;
  std::vector<std::string> categories;  // its own, or those of all that the broadcast sells
};

// One answer: what it asks the registry for, it asks once.
class Admission {
 public:
  Admission(const Act& act, std::string_view platform) : act_(act), platform_(platform) {}

  std::optional<Subject> product(std::string_view id) const {
    for (const store::Row& row : act_.session.rows("SELECT category, data FROM product WHERE platform = :platform AND id = :id", platform_, id)) {
      Subject out{"product", std::string(id), parsed(row.text(1)), {row.text(0)}};
      out.fields["product"] = id;
      return out;
    }
    return {};
  }

  // Its reviewer is one who let it pass.
  std::optional<Subject> plan(std::string_view id) {
    const store::Rows rows = act_.session.rows(
        "SELECT room, host, operator, mcn, products, roster, data, reviewer, reviewed, outcome FROM plan WHERE platform = :platform AND session = :session", platform_, id);
    if (rows.empty()) return {};
    const store::Row& row = rows[0];
    Subject out{"session", std::string(id), parsed(row.text(6)), {}};
    out.fields["session"] = id;
    out.fields["room"] = row.text(0);
    out.fields["host"] = row.text(1);
    out.fields["operator"] = row.text(2);
    out.fields["mcn"] = row.text(3);
    out.fields["products"] = parsed(row.text(4));
    out.fields["roster"] = parsed(row.text(5));
    out.fields["reviewer"] = row.text(9) == "passed" ? row.text(7) : "";
    if (row.number(8) != 0) review_ = {{"reviewer", row.text(7)}, {"reviewed", shown_time(row.number(8))}, {"outcome", row.text(9)}};
    return out;
  }

  // `plan`: of the broadcast that sells the product; null: none.
  void ask(const Subject& subject, const Subject* plan) {
    for (const Requirement& one : act_.policy.requirements) {
      if (one.of != subject.of || !one.holds(act_.now) || !is_about(one, subject) || !is_asked(one, subject)) continue;
      ask(one, subject, plan);
    }
  }

  void not_submitted(std::string_view product) {
    missing_.push_back({{"requirement", "product"}, {"state", "missing"}, {"blocks", true}, {"product", product},
                        {"name", {{"zh", "商品资料"}, {"en", "the product's particulars"}}},
                        {"cure", {{"zh", "先提交该商品的资料"}, {"en", "submit the product first"}}}});
    admitted_ = false;
  }

  Json answer(const Subject& subject) {
    Json out{{"platform", platform_}, {"of", subject.of}, {"id", subject.id}, {"admitted", admitted_}, {"missing", std::move(missing_)}};
    if (review_.is_object()) out.update(review_);
    return out;
  }

 private:
  static bool is_about(const Requirement& one, const Subject& subject) {
    if (one.categories.empty()) return true;
    return std::ranges::any_of(subject.categories, [&](const std::string& category) {
      return std::ranges::any_of(one.categories, [&](const std::string& prefix) { return pack::holds_category(prefix, category); });
    });
  }

  bool is_asked(const Requirement& one, const Subject& subject) {
    if (one.where.empty()) return true;
    const Json value = field(subject, one.where);
    if (is_empty(value)) return false;
    return one.is.empty() || (value.is_string() ? value.get<std::string>() : value.dump()) == one.is;
  }

  // "brand" of the subject itself, "host.age_band" of the party that it names.
  Json field(const Subject& subject, std::string_view name) {
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return part_of(subject.fields, name);
    const std::string kind(name.substr(0, dot)), id = text_of(subject.fields, kind);
    for (const store::Row& row : act_.session.rows("SELECT data FROM party WHERE platform = :platform AND kind = :kind AND id = :id", platform_, kind, id)) {
      return part_of(parsed(row.text(0)), name.substr(dot + 1));
    }
    return {};
  }

  void ask(const Requirement& one, const Subject& subject, const Subject* plan) {
    if (!one.field.empty()) {
      if (is_empty(field(subject, one.field))) missing(one, subject, "missing", "", {});
      return;
    }
    std::string holder = one.holder == "product" ? subject.id : text_of(subject.fields, one.holder);
    if (holder.empty() && plan) holder = text_of(plan->fields, one.holder);
    const bool is_asked_of_broadcast = one.holder == "host" || one.holder == "operator" || one.holder == "mcn";
    if (holder.empty() && subject.of == "product" && !plan && is_asked_of_broadcast) return;
    if (one.grade) ask_grade(one, subject, holder);
    else ask_paper(one, subject, holder);
  }

  void ask_grade(const Requirement& one, const Subject& subject, const std::string& holder) {
    const pack::Grade* grade = grade_of(one.holder, holder);
    if (!grade) return;
    for (const std::string& category : subject.categories) {
      if (!category.empty() && !grade->entitlements.may_sell(category)) return missing(one, subject, "grade-too-low", holder, {});
    }
  }

  // Who has no credit yet begins with the policy's points.
  const pack::Grade* grade_of(const std::string& kind, const std::string& id) {
    if (std::ranges::find(act_.policy.kinds, kind) == act_.policy.kinds.end()) return nullptr;
    for (const store::Row& row : act_.session.rows("SELECT grade FROM credit WHERE platform = :platform AND kind = :kind AND id = :id", platform_, kind, id)) {
      return act_.policy.grade(row.text(0));
    }
    const auto begins = std::ranges::find_if(act_.policy.grades, [&](const pack::Grade& grade) { return grade.from <= act_.policy.points; });
    return begins == act_.policy.grades.end() ? nullptr : &*begins;
  }

  // What its scope has to hold, one after another; "" for any.
  std::vector<std::string> wanted(const Requirement& one, const Subject& subject) {
    if (one.scope.empty()) return {""};
    if (one.scope == "category" && !subject.categories.empty()) return subject.categories;
    const Json value = field(subject, one.scope);
    return {value.is_string() ? value.get<std::string>() : std::string()};
  }

  void ask_paper(const Requirement& one, const Subject& subject, const std::string& holder) {
    const std::vector<Paper>& papers = papers_of(one.holder, holder);
    const std::int64_t now = millis(act_.now), since = one.within ? millis(act_.policy.before(act_.now, one.within)) : 0;
    for (const std::string& scope : wanted(one, subject)) {
      const Paper* best = nullptr;  // of those that would do but for their time
      bool is_there = false, is_held = false;
      for (const Paper& paper : papers) {
        if (paper.kind != one.paper) continue;
        is_there = true;
        const auto holds = [&](const std::string& prefix) { return pack::holds_category(prefix, scope); };
        if (!scope.empty() && !paper.scope.empty() && std::ranges::none_of(paper.scope, holds)) continue;
        is_held |= (paper.valid_until == 0 || paper.valid_until > now) && paper.filed >= since;
        if (!best || paper.filed > best->filed) best = &paper;
      }
      if (!is_held) return missing(one, subject, best ? "expired" : is_there ? "out-of-scope" : "missing", holder, best ? best->valid_until : 0);
    }
  }

  const std::vector<Paper>& papers_of(const std::string& kind, const std::string& id) {
    const auto [at, is_new] = papers_.try_emplace({kind, id});
    if (!is_new || id.empty()) return at->second;
    const char* select = "SELECT kind, scope, valid_until, filed FROM paper WHERE platform = :platform AND holder_id = :id AND holder_kind IN (:kind, :account)";
    for (const store::Row& row : act_.session.rows(select, platform_, id, kind, kind == "product" ? "product" : "account")) {
      Paper& paper = at->second.emplace_back(Paper{row.text(0), {}, row.number(2), row.number(3)});
      const Json scope = parsed(row.text(1));
      for (const Json& item : scope) paper.scope.push_back(item.get<std::string>());
    }
    return at->second;
  }

  void missing(const Requirement& one, const Subject& subject, std::string_view state, const std::string& holder, std::int64_t valid_until) {
    Json item{{"requirement", one.id}, {"state", state}, {"blocks", one.blocks}, {"name", bilingual(one.name)}, {"cure", bilingual(one.cure)}};
    if (subject.of == "product") item["product"] = subject.id;
    if (!holder.empty()) item["holder"] = {{"kind", one.holder}, {"id", holder}};
    if (!one.paper.empty()) item["paper"] = one.paper;
    if (valid_until != 0) item["valid_until"] = shown_time(valid_until);
    for (const pack::Basis& basis : one.basis) item["basis"].push_back({{"instrument", basis.instrument}, {"article", basis.article}, {"known", std::string(1, basis.known)}});
    missing_.push_back(std::move(item));
    if (one.blocks) admitted_ = false;
  }

  const Act& act_;
  const std::string platform_;
  std::map<std::pair<std::string, std::string>, std::vector<Paper>> papers_;
  Json missing_ = Json::array(), review_;
  bool admitted_ = true;
};

// Besides departments and the platform, whoever takes part in it.
bool sees_plan(const Actor& actor, std::string_view platform, const Subject& plan) {
  for (const char* kind : {"host", "operator", "mcn"}) {
    if (sees_party(actor, platform, kind, text_of(plan.fields, kind))) return true;
  }
  return false;
}

// Besides them, its merchant and those who plan to sell it.
bool sees_product(const Act& act, std::string_view platform, const Subject& product) {
  if (sees_party(act.who, platform, "merchant", text_of(product.fields, "merchant"))) return true;
  if (!act.who.is_party() || act.who.platform() != platform) return false;
  const std::string party(act.who.party_id());
  for (const store::Row& row : act.session.rows("SELECT host, operator, mcn, products FROM plan WHERE platform = :platform AND (host = :id OR operator = :id OR mcn = :id)", platform,
                                                party, party, party)) {
    const std::string_view kind = act.who.party_kind();
    const bool is_theirs = (kind == "host" && row.text(0) == party) || (kind == "operator" && row.text(1) == party) || (kind == "mcn" && row.text(2) == party);
    const Json products = parsed(row.text(3));
    if (is_theirs && std::ranges::find(products, Json(product.id)) != products.end()) return true;
  }
  return false;
}

Json admission_of(Admission& admission, Subject& plan) {
  std::vector<std::pair<std::string, std::optional<Subject>>> products;
  for (const std::string& id : texts_of(plan.fields, "products")) {
    const auto& [_, product] = products.emplace_back(id, admission.product(id));
    if (product && std::ranges::find(plan.categories, product->categories[0]) == plan.categories.end()) plan.categories.push_back(product->categories[0]);
  }
  admission.ask(plan, nullptr);
  for (const auto& [id, product] : products) {
    if (product) admission.ask(*product, &plan);
    else admission.not_submitted(id);
  }
  return admission.answer(plan);
}

tl::unexpected<Refusal> no_plan(std::string_view platform, std::string_view id) { return refuse(Why::kNotFound, "no broadcast {} is planned on {}", id, platform); }

}  // namespace

Answer<Json> admit_product(const Act& act, std::string_view platform, std::string_view id) {
  Admission admission(act, platform);
  const auto product = admission.product(id);
  if (!product || !sees_product(act, platform, *product)) return refuse(Why::kNotFound, "no product {} was submitted on {}", id, platform);
  admission.ask(*product, nullptr);
  return admission.answer(*product);
}

Answer<Json> admit_session(const Act& act, std::string_view platform, std::string_view id) {
  Admission admission(act, platform);
  auto plan = admission.plan(id);
  if (!plan || !sees_plan(act.who, platform, *plan)) return no_plan(platform, id);
  return admission_of(admission, *plan);
}

Answer<Json> sign_preflight(const Act& act, std::string_view platform, std::string_view id, const Json& body) {
  const auto plan = Admission(act, platform).plan(id);
  if (!plan || !sees_plan(act.who, platform, *plan)) return no_plan(platform, id);
  const bool is_of_platform = act.who.is_platform(), is_of_operator = sees_party(act.who, platform, "operator", text_of(plan->fields, "operator"));
  if (!is_officer(act.who) || act.who.is_department() || !(is_of_platform || is_of_operator)) {
    return refuse(Why::kForbidden, "a review before a broadcast is signed by an officer of the platform or of the room's operator");
  }
  const std::string outcome = text_of(body, "outcome");
  if (outcome != "passed" && outcome != "failed") return refuse_field("outcome", "outcome is passed or failed");
  const std::vector<std::string> planned = texts_of(plan->fields, "products"), reviewed = texts_of(body, "products");
  for (const std::string& product : reviewed) {
    if (std::ranges::find(planned, product) == planned.end()) return refuse_field("products", fmt::format("{} is not planned for this broadcast", product));
  }
  for (const std::string& product : planned) {
    if (reviewed.empty() || std::ranges::find(reviewed, product) != reviewed.end()) continue;
    return refuse_field("products", fmt::format("{} is planned for this broadcast and was not reviewed", product));
  }
  act.session.run("UPDATE plan SET reviewer = :reviewer, reviewed = :reviewed, outcome = :outcome WHERE platform = :platform AND session = :session", act.who.name,
                  millis(act.now), outcome, platform, id);
  note_act(act.session, act.who, "signPreflight", fmt::format("plan/{}/{}", platform, id), outcome, act.now);
  Json data{{"platform", platform}, {"session", id}, {"room", text_of(plan->fields, "room")}, {"reviewer", act.who.name}, {"products", planned}, {"outcome", outcome}};
  if (const std::string text = text_of(body, "text"); !text.empty()) data["text"] = text;
  tell_engine(act.session, "live.preflight.signed", fmt::format("preflight-{}", act.session.next("preflight")), act.now, data);
  return admit_session(act, platform, id);
}

}  // namespace lw::desk
