// Typical cases for the public: what cases.h decided to tell, and nothing else.
#include <set>

#include "desk/cases.h"
#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

// Top categories of the goods that the case is about, as far as they are known.
std::set<std::string> categories_of(store::Session& session, std::int64_t id) {
  std::set<std::string> out;
  for (const store::Row& row : session.rows("SELECT DISTINCT product.category FROM decision JOIN product ON product.platform = decision.platform AND product.id = decision.target_id"
                                            " WHERE decision.case_id = :case AND decision.target_kind = 'product'", id)) {
    if (const std::string top = row.text(0).substr(0, row.text(0).find('.')); !top.empty()) out.insert(top);
  }
  return out;
}

Json measures_in(const Act& act, std::int64_t id) {
  Json out = Json::array();
  for (const store::Row& row : act.session.rows("SELECT kind, amount, department FROM measure WHERE case_id = :case AND state IN ('in-force', 'lifted') ORDER BY id", id)) {
    const pack::Measure* known = act.policy.measure(row.text(0));
    if (!known) continue;  // what platforms were asked for leads to the broadcast
    Json measure{{"kind", row.text(0)}, {"department", row.text(2)}};
    if (row.number(1)) measure["amount"] = row.number(1);
    measure["name"] = {{"zh", known->name.zh}, {"en", known->name.en}};
    out.push_back(std::move(measure));
  }
  return out;
}

}  // namespace

Answer<Json> list_published(const Act& act, const Query& query) {
  const Page page = page_of(query);
  Where where;
  where.add("published <> 0 AND outcome = 'confirmed'");
  if (const std::string violation = asked(query, "violation"); !violation.empty()) where.add("violation = ?", violation);
  if (!page.after.empty()) where.add("id < ?", asked_number(query, "after", 0));
  const store::Rows rows = where.rows(act.session, "SELECT id, violation, liable_kind, lead, published, severity, published_text FROM case_file", "ORDER BY id DESC" + limit_of(page));
  return listed(page, rows,
                [&](const store::Row& row) {
                  return Json{{"id", row.number(0)}, {"violation", row.text(1)}, {"party", row.text(2)}, {"lead", row.text(3)}, {"published", shown_time(row.number(4))},
                              {"severity", row.text(5)}, {"text", row.text(6)}, {"categories", categories_of(act.session, row.number(0))}, {"measures", measures_in(act, row.number(0))}};
                },
                [](const store::Row& row) { return std::to_string(row.number(0)); });
}

}  // namespace lw::desk
