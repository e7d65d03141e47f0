
#include "desk/records.h"
#include "desk/registry.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;
constexpr std::int64_t kMostDays = 3650;
constexpr std::size_t kMostShown = 1000;  // papers, products of one party

constexpr std::string_view kPaper = "SELECT platform, holder_kind, holder_id, kind, number, scope, valid_until, filed, event FROM paper";

Json shown_paper(const store::Row& row) {
  Json scope = parsed(row.text(5));
  Json out{{"platform", row.text(0)}, {"holder", {{"kind", row.text(1)}, {"id", row.text(2)}}}, {"kind", row.text(3)}, {"number", row.text(4)},
           {"filed", shown_time(row.number(7))}, {"event", row.text(8)}};
  if (scope.is_array() && !scope.empty()) out["scope"] = std::move(scope);
  if (row.number(6) != 0) out["valid_until"] = shown_time(row.number(6));
  return out;
}

constexpr std::string_view kParty = "SELECT platform, kind, id, name, since, changed, data FROM party";

Json shown_party(const store::Row& row) {
  Json out{{"platform", row.text(0)}, {"kind", row.text(1)}, {"id", row.text(2)}, {"name", row.text(3).empty() ? row.text(2) : row.text(3)},
           {"changed", shown_time(row.number(5))}};
  if (row.number(4) != 0) out["since"] = shown_time(row.number(4));
  return out;
}

// The rest of a list begins behind what its last page ended with: those values, as a JSON list.
std::string cursor_of(const Json& values) { return written(values); }

Answer<std::vector<store::Value>> values_of(const std::string& after, std::size_t count) {
  std::vector<store::Value> out;
  const Json values = parsed(after);
  for (const Json& value : values.is_array() ? values : Json::array()) {
    if (value.is_string()) out.emplace_back(value.get<std::string>());
    if (value.is_number_integer()) out.emplace_back(value.get<std::int64_t>());
  }
  if (out.size() != count) return refuse_field("after", "`after` is what `next` of the page before said");
  return out;
}

// Departments see all, a platform its own, a party itself.
void see_parties(Where& where, const Actor& actor) {
  if (actor.is_department()) return;
  if (actor.is_platform()) where.add("platform = ?", actor.platform());
  else if (actor.is_party()) where.add("platform = ? AND kind = ? AND id = ?", actor.platform(), actor.party_kind(), actor.party_id());
  else where.nothing();
}

// A party sees what it holds, as itself or as an account, and what its products do.
void see_papers(Where& where, const Actor& actor) {
  if (actor.is_department()) return;
  if (actor.is_platform()) {
    where.add("paper.platform = ?", actor.platform());
  } else if (actor.is_party()) {
    where.add("paper.platform = ?", actor.platform());
    where.add("((paper.holder_kind IN (?, 'account') AND paper.holder_id = ?) OR (paper.holder_kind = 'product' AND EXISTS"
              " (SELECT 1 FROM product WHERE product.platform = paper.platform AND product.id = paper.holder_id AND product.merchant = ? AND 'merchant' = CAST(? AS TEXT))))",
              actor.party_kind(), actor.party_id(), actor.party_id(), actor.party_kind());
  } else {
    where.nothing();
  }
}

}  // namespace

bool sees_party(const Actor& actor, std::string_view platform, std::string_view kind, std::string_view id) {
  if (actor.is_department()) return true;
  if (actor.is_platform()) return actor.platform() == platform;
  return actor.is_party() && actor.platform() == platform && actor.party_kind() == kind && actor.party_id() == id;
}

Answer<Json> list_parties(store::Session& session, const Actor& actor, const Query& query) {
  const Page page = page_of(query);
  Where where;
  see_parties(where, actor);
  for (const char* column : {"platform", "kind"}) {
    if (const std::string value = asked(query, column); !value.empty()) where.add(fmt::format("{} = ?", column), value);
  }
  if (const std::string search = asked(query, "search"); !search.empty()) {
    where.add("(substr(id, 1, length(CAST(? AS TEXT))) = ? OR substr(name, 1, length(CAST(? AS TEXT))) = ?)", search, search, search, search);
  }
  if (!page.after.empty()) {
    const auto after = values_of(page.after, 3);
    if (!after) return tl::make_unexpected(after.error());
    where.add_with("(platform, kind, id) > (?, ?, ?)", *after);
  }
  const store::Rows rows = where.rows(session, kParty, "ORDER BY platform, kind, id" + limit_of(page));
  return listed(page, rows, shown_party, [](const store::Row& row) { return cursor_of({row.text(0), row.text(1), row.text(2)}); });
}

Answer<Json> get_party(store::Session& session, const Actor& actor, std::string_view platform, std::string_view kind, std::string_view id) {
  const auto none = refuse(Why::kNotFound, "there is no {} {} on {}", kind, id, platform);
  if (!sees_party(actor, platform, kind, id)) return none;
  const store::Rows rows = session.rows(fmt::format("{} WHERE platform = :platform AND kind = :kind AND id = :id", kParty), platform, kind, id);
  if (rows.empty()) return none;
  Json out = shown_party(rows[0]);
  out["data"] = parsed(rows[0].text(6));
  Json& papers = out["papers"] = Json::array();
  for (const store::Row& row : session.rows(fmt::format("{} WHERE platform = :platform AND holder_id = :id AND holder_kind IN (:kind, 'account') ORDER BY kind, number LIMIT {}",
                                                        kPaper, kMostShown), platform, id, kind)) {
    papers.push_back(shown_paper(row));
  }
  for (const store::Row& row : session.rows("SELECT score, grade, counters, as_of FROM credit WHERE platform = :platform AND kind = :kind AND id = :id", platform, kind, id)) {
    out["credit"] = {{"platform", platform}, {"kind", kind}, {"id", id}, {"score", row.number(0)}, {"grade", row.text(1)}, {"counters", parsed(row.text(2))},
                     {"as_of", shown_time(row.number(3))}};
  }
  if (kind != "merchant") return out;
  Json& products = out["products"] = Json::array();
  for (const store::Row& row : session.rows(fmt::format("SELECT id, title, category, amount FROM product WHERE platform = :platform AND merchant = :id ORDER BY id LIMIT {}",
                                                        kMostShown), platform, id)) {
    products.push_back({{"id", row.text(0)}, {"title", row.text(1)}, {"category", row.text(2)}, {"amount", row.number(3)}});
  }
  return out;
}

Answer<Json> list_expiries(store::Session& session, const pack::DeskPolicy& policy, const Actor& actor, const Query& query, Time now) {
  const Page page = page_of(query);
  const std::int64_t days = asked_number(query, "days", -1);
  const std::int64_t until = days < 0 ? millis(policy.after(now, policy.expiry_notice)) : millis(now) + std::min(days, kMostDays) * kDayMs;
  Where where;
  see_papers(where, actor);
  where.add("valid_until <> 0 AND valid_until <= ?", until);
  where.add("NOT EXISTS (SELECT 1 FROM paper newer WHERE newer.platform = paper.platform AND newer.holder_kind = paper.holder_kind AND newer.holder_id = paper.holder_id"
            " AND newer.kind = paper.kind AND newer.scope = paper.scope AND (newer.valid_until = 0 OR newer.valid_until > paper.valid_until))");
  if (const std::string platform = asked(query, "platform"); !platform.empty()) where.add("platform = ?", platform);
  if (!page.after.empty()) {
    const auto after = values_of(page.after, 6);
    if (!after) return tl::make_unexpected(after.error());
    where.add_with("(valid_until, platform, holder_kind, holder_id, kind, number) > (?, ?, ?, ?, ?, ?)", *after);
  }
  const store::Rows rows = where.rows(session, kPaper, "ORDER BY valid_until, platform, holder_kind, holder_id, kind, number" + limit_of(page));
  return listed(page, rows, shown_paper, [](const store::Row& row) {
    return cursor_of({row.number(6), row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)});
  });
}

}  // namespace lw::desk
