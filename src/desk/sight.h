// What a body sees (docs/service.md), as conditions of a query: what it may not see is not found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "desk/actor.h"
#include "desk/fields.h"
#include "store/database.h"

namespace lw::desk {

// A WHERE that grows.
class Where {
 public:
  // A condition with a ? for each value, in their order.
  template <class... Values>
  Where& add(std::string_view condition, const Values&... values) {
    return add_with(condition, {store::Value(values)...});
  }
  Where& add_with(std::string_view condition, const std::vector<store::Value>& values);
  Where& nothing() { return add("1 = 0"); }

  // `select`, the conditions, `rest`.
  store::Rows rows(store::Session& session, std::string_view select, std::string_view rest) const;

 private:
  std::string text_;
  std::vector<store::Value> values_;
};

// Of the tables case_file, decision and intervention, which the query has to name so.
// A department sees what it leads, what it assists in, and what is handled jointly with a case that it leads or assists in;
// a platform what happens on it, a party what it is liable for or, of interventions, what is aimed at it. Decisions in shadow
// mode are seen by departments alone: they act on nobody.
void see_cases(Where& where, const Actor& actor);
void see_decisions(Where& where, const Actor& actor);
void see_interventions(Where& where, const Actor& actor);

// For `assist LIKE`: it is a JSON list of words of the vocabulary, so that one is in it if it stands there between quotes.
std::string listed_in(std::string_view department);

// Of a column that holds severities: that one or a graver one; all if it is "".
void at_least(Where& where, std::string_view column, std::string_view severity);

// Platforms and parties: they see no comments of staff, no names of officers, no reports.
inline bool outside(const Actor& actor) { return !actor.is_department(); }

// A list as the API gives it: {"items": […], "next": …}; `next` is what `after` has to be for the rest, and is left out at the end.
// A query is asked for one row more than `limit`.
struct Page {
  std::size_t limit = 50;
  std::string after;  // "" at the beginning
};
Page page_of(const Query& query);
std::string limit_of(const Page& page);  // " LIMIT 51"
template <class Shown>
Json listed(const Page& page, const store::Rows& rows, const Shown& shown, const std::function<std::string(const store::Row&)>& cursor) {
  Json items = Json::array();
  for (const store::Row& row : rows) {
    if (items.size() < page.limit) items.push_back(shown(row));
  }
  Json out{{"items", std::move(items)}};
  if (rows.size() > page.limit) out["next"] = cursor(rows[page.limit - 1]);
  return out;
}

}  // namespace lw::desk
