#include "desk/registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "desk/records.h"
#include "event/attributes.h"

namespace lw::desk {
namespace {

constexpr std::array<std::string_view, 4> kRoles{"host", "operator", "merchant", "mcn"};

// What is kept of an account: nothing that only its platform needs.
constexpr std::array<std::string_view, 4> kOfAccount{"role", "real_name_verified", "age_band", "registered_at"};

struct Told {
  store::Session& session;
  const Json& data;
  std::string platform, event;  // "/platforms/alpha#e17"
  std::int64_t at, now;

  std::string text(std::string_view field) const { return text_of(data, field); }
  // Of a time, or of the end of a day; 0 if there is none.
  std::int64_t until(std::string_view field) const {
    const auto time = event::read_time(text(field), true);
    return time ? millis(*time) : 0;
  }
};

Json only(const Json& data, auto&& keeps) {
  Json out = Json::object();
  for (const auto& [name, value] : data.items()) {
    if (keeps(name) && !value.is_null()) out[name] = value;
  }
  return out;
}

// It is there from now on, and no more is known of it.
void meet(const Told& told, std::string_view kind, std::string_view id) {
  if (id.empty()) return;
  told.session.run(
      "INSERT INTO party (platform, kind, id, name, since, changed, data) VALUES (:platform, :kind, :id, '', :since, :changed, '{}')"
      " ON CONFLICT (platform, kind, id) DO NOTHING",
      told.platform, kind, id, told.at, told.now);
}

// What is told anew replaces what was told before, field by field.
void meet_with(const Told& told, std::string_view kind, std::string_view id, const Json& facts) {
  if (id.empty()) return;
  meet(told, kind, id);
  const store::Rows rows = told.session.rows("SELECT data FROM party WHERE platform = :platform AND kind = :kind AND id = :id", told.platform, kind, id);
  if (rows.empty()) return;
  Json data = parsed(rows[0].text(0));
  if (!data.is_object()) data = Json::object();
  data.update(facts);
  const std::string name = told.text("name");
  told.session.run(
      "UPDATE party SET data = :data, changed = :changed, name = CASE WHEN CAST(:given AS TEXT) = '' THEN name ELSE :name END"
      " WHERE platform = :platform AND kind = :kind AND id = :id",
      written(data), told.now, name, name, told.platform, kind, id);
}

// Host, operator, agency and merchant, as far as the event names them.
void meet_named(const Told& told) {
  for (const std::string_view kind : kRoles) meet(told, kind, told.text(kind));
}

bool is_party_account(const Told& told, std::string_view account) {
  return !told.session.rows("SELECT kind FROM party WHERE platform = :platform AND id = :id AND kind <> 'platform' LIMIT 1", told.platform, account).empty();
}

struct Paper {
  std::string holder_kind, holder_id, kind, number;
  std::vector<std::string> scope;
  std::int64_t valid_until = 0;
};

void file(const Told& told, const Paper& paper) {
  if (paper.holder_id.empty() || paper.kind.empty()) return;
  told.session.run(
      "INSERT INTO paper (platform, holder_kind, holder_id, kind, number, scope, valid_until, filed, event)"
      " VALUES (:platform, :holder_kind, :holder_id, :kind, :number, :scope, :valid_until, :filed, :event)"
      " ON CONFLICT (platform, holder_kind, holder_id, kind, number)"
      " DO UPDATE SET scope = excluded.scope, valid_until = excluded.valid_until, filed = excluded.filed, event = excluded.event",
      told.platform, paper.holder_kind, paper.holder_id, paper.kind, paper.number, written(paper.scope), paper.valid_until, told.at, told.event);
}

void platform_registered(const Told& told) {
  meet_with(told, "platform", told.platform, only(told.data, [](const std::string& name) { return name == "launched_at"; }));
  if (!told.text("licence").empty()) file(told, {"platform", told.platform, "platform", told.text("licence"), {}, told.until("licence_expires")});
}

void platform_observed(const Told& told) {
  meet_with(told, "platform", told.platform, only(told.data, [](const std::string& name) { return name == "seen_in"; }));
}

// Viewers are nobody's business here.
void account_registered(const Told& told) {
  const std::string role = told.text("role");
  if (std::ranges::find(kRoles, role) == kRoles.end()) return;
  meet_with(told, role, told.text("account"), only(told.data, [](const std::string& name) { return std::ranges::find(kOfAccount, name) != kOfAccount.end(); }));
}

void account_verified(const Told& told) {
  const std::string account = told.text("account");
  if (!is_party_account(told, account)) return;
  file(told, {"account", account, "identity", told.text("method"), {}, told.text("outcome") == "passed" ? told.until("valid_until") : told.at});
}

void host_qualified(const Told& told) {
  meet(told, "host", told.text("host"));
  file(told, {"host", told.text("host"), "qualification", "", texts_of(told.data, "qualifications"), told.until("valid_until")});
}

void merchant_registered(const Told& told) {
  const std::string merchant = told.text("merchant");
  meet_with(told, "merchant", merchant, only(told.data, [](const std::string& name) { return name == "categories"; }));
  if (!told.text("licence").empty()) file(told, {"merchant", merchant, "business", told.text("licence"), texts_of(told.data, "categories"), told.until("licence_expires")});
}

void licence_filed(const Told& told) {
  const Json& target = part_of(told.data, "target");
  std::string kind = text_of(target, "kind"), id = text_of(target, "id");
  if (const std::string text = told.text("target"); !text.empty()) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) return;
    kind = text.substr(0, slash);
    id = text.substr(slash + 1);
  }
  const bool is_party = kind == "platform" || std::ranges::find(kRoles, kind) != kRoles.end();
  if (!is_party && kind != "product" && kind != "account") return;
  if (is_party) meet(told, kind, id);
  file(told, {kind, id, told.text("licence_kind"), told.text("number"), texts_of(told.data, "scope"), told.until("valid_until")});
}

void product_submitted(const Told& told) {
  const std::string id = told.text("product");
  if (id.empty()) return;
  meet(told, "merchant", told.text("merchant"));
  const Json facts = only(told.data, [](const std::string& name) { return name != "product" && name != "platform"; });
  told.session.run(
      "INSERT INTO product (platform, id, merchant, title, category, amount, changed, data) VALUES (:platform, :id, :merchant, :title, :category, :amount, :changed, :data)"
      " ON CONFLICT (platform, id) DO UPDATE SET merchant = excluded.merchant, title = excluded.title, category = excluded.category, amount = excluded.amount,"
      " changed = excluded.changed, data = excluded.data",
      told.platform, id, told.text("merchant"), told.text("title"), told.text("category"), number_of(told.data, "amount"), told.now, written(facts));
}

void ad_approved(const Told& told) { file(told, {"product", told.text("product"), "ad-approval", told.text("approval"), {}, told.until("valid_until")}); }

void brand_authorised(const Told& told) {
  meet(told, "merchant", told.text("merchant"));
  file(told, {"merchant", told.text("merchant"), "brand", told.text("brand"), {told.text("brand")}, told.until("valid_until")});
}

void training_completed(const Told& told) {
  file(told, {"account", told.text("account"), "training", told.text("course"), {told.text("course")}, told.until("valid_until")});
}

void consent_recorded(const Told& told) {
  const std::string account = told.text("account"), kind = told.text("kind");
  if (!is_party_account(told, account)) return;
  file(told, {"account", account, kind + "-consent", kind, {kind}, told.until("valid_until")});
}

void endorsement_contracted(const Told& told) {
  const Json& sampled = part_of(told.data, "sampled");
  std::vector<std::string> scope;
  if (sampled.is_boolean() && sampled.get<bool>()) scope.push_back("sampled");
  file(told, {"product", told.text("product"), "endorsement", told.text("account"), std::move(scope), 0});
}

void plan_is_there(const Told& told) {
  told.session.run(
      "INSERT INTO plan (platform, session, room, host, operator, mcn, starts, products, roster, data, reviewer, reviewed, outcome)"
      " VALUES (:platform, :session, :room, '', '', '', 0, '[]', '[]', '{}', '', 0, '') ON CONFLICT (platform, session) DO NOTHING",
      told.platform, told.text("session"), told.text("room"));
}

// A review is of what was planned then: other goods or another script have to be reviewed anew.
void session_scheduled(const Told& told) {
  const std::string session = told.text("session");
  if (session.empty()) return;
  meet_named(told);
  plan_is_there(told);
  const Json facts = only(told.data, [](const std::string& name) { return name != "session" && name != "platform"; });
  const std::string products = written(texts_of(told.data, "products"));
  const store::Rows rows = told.session.rows("SELECT products, data FROM plan WHERE platform = :platform AND session = :session", told.platform, session);
  if (rows.empty()) return;
  const Json before = parsed(rows[0].text(1));
  const bool is_new = before.empty();
  const auto starts = event::read_time(told.text("starts_at"), false);
  told.session.run(
      "UPDATE plan SET room = :room, host = :host, operator = :operator, mcn = :mcn, starts = :starts, products = :products, data = :data"
      " WHERE platform = :platform AND session = :session",
      told.text("room"), told.text("host"), told.text("operator"), told.text("mcn"), starts ? millis(*starts) : 0, products, written(facts), told.platform, session);
  if (is_new || (products == rows[0].text(0) && text_of(before, "script") == told.text("script"))) return;
  told.session.run("UPDATE plan SET reviewer = '', reviewed = 0, outcome = '' WHERE platform = :platform AND session = :session", told.platform, session);
}

void roster_filed(const Told& told) {
  if (told.text("session").empty()) return;
  plan_is_there(told);
  told.session.run("UPDATE plan SET roster = :roster WHERE platform = :platform AND session = :session", written(texts_of(told.data, "accounts")), told.platform,
                   told.text("session"));
}

// Platforms say "passed" or "approved"; whatever else they say, it did not pass.
void preflight_signed(const Told& told) {
  if (told.text("session").empty()) return;
  plan_is_there(told);
  const std::string outcome = told.text("outcome");
  told.session.run("UPDATE plan SET reviewer = :reviewer, reviewed = :reviewed, outcome = :outcome WHERE platform = :platform AND session = :session", told.text("reviewer"),
                   told.at, outcome == "passed" || outcome == "approved" ? "passed" : "failed", told.platform, told.text("session"));
}

struct Lesson {
  std::string_view type;
  void (*take)(const Told&);
};
constexpr std::array kLessons{
    Lesson{"live.platform.registered", platform_registered}, Lesson{"live.platform.observed", platform_observed},
    Lesson{"live.account.registered", account_registered},   Lesson{"live.account.verified", account_verified},
    Lesson{"live.host.qualified", host_qualified},           Lesson{"live.merchant.registered", merchant_registered},
    Lesson{"live.licence.filed", licence_filed},             Lesson{"live.product.submitted", product_submitted},
    Lesson{"live.ad.approved", ad_approved},                 Lesson{"live.brand.authorised", brand_authorised},
    Lesson{"live.training.completed", training_completed},   Lesson{"live.consent.recorded", consent_recorded},
    Lesson{"live.endorsement.contracted", endorsement_contracted}, Lesson{"live.session.scheduled", session_scheduled},
    Lesson{"live.roster.filed", roster_filed},               Lesson{"live.preflight.signed", preflight_signed},
    Lesson{"live.session.started", meet_named},              Lesson{"live.session.ended", meet_named},
    Lesson{"live.product.listed", meet_named},
};

const Lesson* lesson_of(std::string_view type) {
  const auto found = std::ranges::find(kLessons, type, &Lesson::type);
  return found == kLessons.end() ? nullptr : &*found;
}

}  // namespace

bool tells_of_registry(std::string_view type) { return lesson_of(type) != nullptr; }

void learn(store::Session& session, const Json& event, Time now) {
  const Lesson* lesson = lesson_of(text_of(event, "type"));
  const std::string source = text_of(event, "source");
  const Json& data = part_of(event, "data");
  if (!lesson || source == "/livewarden" || !data.is_object()) return;
  std::string platform = text_of(data, "platform");
  if (platform.empty()) platform = event::platform_of(source);
  if (platform.empty()) return;
  const auto at = parse_rfc3339(text_of(event, "time"));
  const Told told{session, data, platform, source + "#" + text_of(event, "id"), millis(at.value_or(now)), millis(now)};
  meet(told, "platform", platform);
  lesson->take(told);
}

}  // namespace lw::desk
