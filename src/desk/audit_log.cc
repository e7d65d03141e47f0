#include "desk/audit_log.h"

#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

Json shown_act(const store::Row& row) {
  return {{"n", row.number(0)}, {"at", shown_time(row.number(1))}, {"who", row.text(2)}, {"body", row.text(3)}, {"act", row.text(4)}, {"subject", row.text(5)}, {"text", row.text(6)}};
}

}  // namespace

Answer<Json> list_acts(store::Database& db, const Actor& actor, const Query& query) {
  if (actor.role != Role::kAdministrator && actor.role != Role::kAuditor) return refuse(Why::kForbidden, "only an administrator or an auditor reads the audit log");
  Where where;
  where.add("body = ?", actor.body);
  for (const char* field : {"subject", "who"}) {
    if (const std::string text = asked(query, field); !text.empty()) where.add(fmt::format("{} = ?", field), text);
  }
  for (const auto& [field, condition] : {std::pair{"from", "at >= ?"}, std::pair{"to", "at < ?"}}) {
    const std::string text = asked(query, field);
    if (text.empty()) continue;
    const auto time = parse_rfc3339(text);
    if (!time) return refuse_field(field, fmt::format("{} is a time as in RFC 3339", field));
    where.add(condition, millis(*time));
  }
  if (const std::int64_t after = asked_number(query, "after", 0); after > 0) where.add("n < ?", after);
  const Page page = page_of(query);
  return in_read(db, [&](store::Session& session) -> Answer<Json> {
    const auto rows = where.rows(session, "SELECT n, at, who, body, act, subject, text FROM act", "ORDER BY n DESC" + limit_of(page));
    return listed(page, rows, shown_act, [](const store::Row& row) { return std::to_string(row.number(0)); });
  });
}

}  // namespace lw::desk
