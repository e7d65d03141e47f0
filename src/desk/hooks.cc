#include "desk/hooks.h"

#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::size_t kMost = 10;  // hooks of a platform
constexpr std::size_t kMostOfUrl = 1000;
constexpr std::string_view kColumns = "SELECT id, body, url, state, made, failing_since FROM hook";

Json shown(const store::Row& row) {
  Json out{{"id", row.number(0)}, {"body", row.text(1)}, {"url", row.text(2)}, {"state", row.text(3)}, {"made", shown_time(row.number(4))}};
  if (row.number(5) != 0) out["failing_since"] = shown_time(row.number(5));
  return out;
}

Answer<void> check(const Actor& who) {
  if (who.role != Role::kAdministrator) return refuse(Why::kForbidden, "hooks are managed by administrators");
  if (!who.is_platform()) return refuse(Why::kForbidden, "only platforms have hooks: interventions are sent to nobody else");
  return {};
}

}  // namespace

Answer<Json> list_hooks(store::Session& session, const Actor& who, const Query& query) {
  if (const auto may = check(who); !may) return tl::make_unexpected(may.error());
  const Page page = page_of(query);
  Where where;
  where.add("hook.body = ? AND hook.id > ?", who.body, asked_number(query, "after", 0));
  const store::Rows rows = where.rows(session, kColumns, "ORDER BY hook.id" + limit_of(page));
  return listed(page, rows, shown, [](const store::Row& row) { return std::to_string(row.number(0)); });
}

Answer<Json> add_hook(store::Session& session, const Actor& who, const HookKey& key, const std::string& url, Time now) {
  if (const auto may = check(who); !may) return tl::make_unexpected(may.error());
  if (url.size() > kMostOfUrl) return refuse_field("url", fmt::format("has {} bytes, at most {} are taken", url.size(), kMostOfUrl));
  if (!session.rows("SELECT id FROM hook WHERE body = :body AND url = :url", who.body, url).empty()) return refuse(Why::kConflict, "there is a hook with this URL already");
  if (session.rows("SELECT id FROM hook WHERE body = :body", who.body).size() >= kMost) return refuse(Why::kConflict, "there are {} hooks already; remove one first", kMost);
  const std::string kept = key.make();
  const auto secret = key.secret(kept);
  if (!secret) return refuse(Why::kFailed, "{}", secret.error().message);
  const std::uint64_t id = session.next("hook");
  session.run("INSERT INTO hook (id, body, url, secret, state, made, failing_since) VALUES (:id, :body, :url, :secret, 'active', :made, 0)", id, who.body, url, kept, millis(now));
  note_act(session, who, "addHook", fmt::format("hook/{}", id), url.substr(0, url.find('?')), now);
  const store::Rows rows = session.rows(std::string(kColumns) + " WHERE id = :id", id);
  if (rows.empty()) return refuse(Why::kFailed, "the hook was not written");
  Json out = shown(rows.front());
  out["secret"] = shown_secret(*secret);
  return out;
}

Answer<void> remove_hook(store::Session& session, const Actor& who, std::uint64_t id, Time now) {
  if (const auto may = check(who); !may) return may;
  if (session.run("DELETE FROM hook WHERE id = :id AND body = :body", id, who.body) == 0) return refuse(Why::kNotFound, "there is no hook {}", id);
  note_act(session, who, "removeHook", fmt::format("hook/{}", id), "", now);
  return {};
}

std::vector<Hook> all_hooks(store::Session& session) {
  std::vector<Hook> out;
  for (const store::Row& row : session.rows("SELECT id, body, url, secret, failing_since FROM hook WHERE state = 'active' ORDER BY id")) {
    out.push_back({static_cast<std::uint64_t>(row.number(0)), row.text(1).substr(row.text(1).find('/') + 1), row.text(2), row.text(3), row.number(4) != 0});
  }
  return out;
}

void hook_failed(store::Session& session, std::uint64_t id, Time now) {
  session.run("UPDATE hook SET failing_since = :now WHERE id = :id AND failing_since = 0", millis(now), id);
}

void hook_recovered(store::Session& session, const Hook& hook, Time now) {
  session.run("UPDATE hook SET failing_since = 0 WHERE id = :id", hook.id);
  session.run("UPDATE intervention SET next_at = :now WHERE platform = :platform AND state = 'asked' AND next_at > :later", millis(now), hook.platform, millis(now));
}

}  // namespace lw::desk
