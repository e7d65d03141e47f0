#include "desk/personal.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "desk/act.h"
#include "desk/evidence.h"
#include "desk/fields.h"
#include "desk/interventions.h"
#include "desk/name_keys.h"
#include "desk/records.h"
#include "desk/retention.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::size_t kMostEvents = 20'000;  // told at once
constexpr std::size_t kMostReason = 500;
constexpr std::size_t kReadAtOnce = 10'000, kWrittenAtOnce = 1'000;

std::string holding(std::string_view name) { return fmt::format("%{}%", name); }

// A decision is about a person whom its record names anywhere.
constexpr std::string_view kNames = "(decision.target_id = ? OR decision.liable_id = ? OR decision.record LIKE ?)";

// Cases that name the person, of those that the actor's body sees.
Where cases_of(const Actor& actor, std::string_view name) {
  Where where;
  see_cases(where, actor);
  where.add(fmt::format("(case_file.liable_id = ? OR EXISTS (SELECT 1 FROM decision WHERE decision.case_id = case_file.id AND {}))", kNames), name, name, name, holding(name));
  return where;
}

// The state of that case, if it is seen and names the person.
Answer<std::string> case_with(store::Session& session, const Actor& actor, std::string_view name, std::uint64_t case_id) {
  if (case_id == 0) return refuse_field("case_id", "a case that names the person has to be given");
  const auto rows = cases_of(actor, name).add("case_file.id = ?", case_id).rows(session, "SELECT case_file.state FROM case_file", "");
  if (rows.empty()) return refuse(Why::kNotFound, "there is no case {} that names {}", case_id, name);
  return rows.front().text(0);
}

Answer<void> check_pseudonym(std::string_view name) {
  if (is_pseudonym(name)) return {};
  return refuse_field("pseudonym", "a person is named as the service does: p_ and 26 letters and digits");
}

Answer<std::string> check_reason(std::string_view reason) {
  if (reason.find_first_not_of(" \t\r\n") == std::string_view::npos) return refuse_field("reason", "say why: it is kept with the act");
  if (reason.size() > kMostReason) return refuse_field("reason", fmt::format("the reason has {} bytes, at most {} are taken", reason.size(), kMostReason));
  return std::string(reason);
}

class Export {
 public:
  Export(const Actor& actor, std::string_view name) : actor_(actor), name_(name) {}

  void gather(store::Session& session) {
    for (const store::Row& row : session.rows("SELECT key_id, sealed, at FROM sealed WHERE pseudonym = :name", name_)) {
      add("name", name_, row.number(2), {{"key", row.text(0)}, {"original_sealed", !row.text(1).empty()}, {"last_seen_about", shown_time(row.number(2))}});
    }
    Where decisions;
    see_decisions(decisions, actor_);
    for (const store::Row& row : decisions.add(kNames, name_, name_, holding(name_)).rows(session, "SELECT id, at, record FROM decision", "ORDER BY n")) {
      add("decision", row.text(0), row.number(1), parsed(row.text(2)));
    }
    for (const store::Row& row : cases_of(actor_, name_).rows(session, "SELECT id, opened, violation, state, outcome FROM case_file", "ORDER BY id")) {
      add("case", std::to_string(row.number(0)), row.number(1), {{"violation", row.text(2)}, {"state", row.text(3)}, {"outcome", row.text(4)}});
    }
    Where interventions;
    see_interventions(interventions, actor_);
    for (const store::Row& row : interventions.add("intervention.target_id = ?", name_).rows(session, "SELECT id, at, action, state, effect FROM intervention", "ORDER BY n")) {
      add("intervention", row.text(0), row.number(1), {{"action", row.text(2)}, {"state", row.text(3)}, {"effect", row.text(4)}});
    }
    const auto credit = actor_.is_department() ? session.rows("SELECT n, at, class, points, reason, reversed FROM credit_entry WHERE id = :name ORDER BY n", name_) : store::Rows();
    for (const store::Row& row : credit) {
      add("credit", std::to_string(row.number(0)), row.number(1), {{"class", row.text(2)}, {"points", row.number(3)}, {"reason", row.text(4)}, {"reversed", row.number(5) != 0}});
    }
    reports(session);
    for (const store::Row& row : session.rows("SELECT n, at, body, act, text FROM act WHERE subject = :subject ORDER BY n", "personal/" + name_)) {
      Json record{{"body", row.text(2)}, {"act", row.text(3)}};
      if (row.text(2) == actor_.body) record["text"] = row.text(4);  // why another body asked is its own affair
      add("act", std::to_string(row.number(0)), row.number(1), std::move(record));
    }
  }

  // Of a report that names them a person learns that it is there; who made it and in which words would give the reporter away.
  void reports(store::Session& session) {
    if (!actor_.is_department()) return;
    for (const store::Row& row : session.rows("SELECT id, filed, violation, state, text, reporter FROM report WHERE department = :department AND (reporter = :reporter OR target_id = :target)"
                                               " ORDER BY id", actor_.department(), name_, name_)) {
      Json record{{"violation", row.text(2)}, {"state", row.text(3)}, {"by_this_person", row.text(5) == name_}};
      if (row.text(5) == name_) record["text"] = row.text(4);
      add("report", std::to_string(row.number(0)), row.number(1), std::move(record));
    }
  }

  void add_event(std::string_view line) {
    if (events_ == kMostEvents) more_ = true;
    if (more_) return;
    Json event = parsed(std::string(line));
    if (!event.is_object()) return;
    ++events_;
    if (const auto data = event.find("data"); data != event.end() && data->is_object() && text_of(*data, "reporter") != name_) data->erase("reporter");
    const auto time = parse_rfc3339(text_of(event, "time"));
    const std::string ref = text_of(event, "source") + "#" + text_of(event, "id");
    add("event", ref, time ? millis(*time) : 0, std::move(event));
  }

  Json finish() {
    Json out{{"pseudonym", name_}, {"items", std::move(items_)}};
    if (more_) out["more"] = true;
    return out;
  }

 private:
  void add(std::string_view kind, std::string_view ref, std::int64_t at, Json record) {
    Json item{{"kind", kind}, {"ref", ref}, {"record", record.is_object() ? std::move(record) : Json::object()}};
    if (at != 0) item["at"] = shown_time(at);
    items_.push_back(std::move(item));
  }

  const Actor& actor_;
  const std::string name_;
  Json items_ = Json::array();
  std::size_t events_ = 0;
  bool more_ = false;
};

// Keys of the rows of a table that hold the name, found page by page while others write. `holds` is a condition with a ? for each of `names`.
template <class Key>
Answer<std::vector<Key>> keys_of(store::Database& db, std::string_view table, std::string_view key, std::string_view holds, const std::vector<std::string>& names, Key after) {
  std::string condition;
  for (std::size_t number = 0; const char c : holds) condition += c == '?' ? fmt::format(":v{}", number++) : std::string(1, c);
  const std::string sql = fmt::format("SELECT {0}, CASE WHEN {1} THEN 1 ELSE 0 END FROM {2} WHERE {0} > :after ORDER BY {0} LIMIT {3}", key, condition, table, kReadAtOnce);
  std::vector<Key> out;
  for (bool more = true; more;) {
    std::vector<store::Value> values(names.begin(), names.end());
    values.emplace_back(after);
    store::Rows rows;
    const auto page = in_read(db, [&](store::Session& session) -> Answer<bool> {
      rows = session.rows_with(sql, values);
      return true;
    });
    if (!page) return tl::make_unexpected(page.error());
    more = rows.size() == kReadAtOnce;
    for (const store::Row& row : rows) {
      if constexpr (std::is_same_v<Key, std::string>) after = row.text(0);
      else after = row.number(0);
      if (row.number(1) != 0) out.push_back(after);
    }
  }
  return out;
}

// Changes them by `change(session, key) -> count`, some at a time, so that others get to write in between.
template <class Key, class Change>
Answer<std::uint64_t> change_all(store::Database& db, const std::vector<Key>& keys, const Change& change) {
  std::uint64_t changed = 0;
  for (std::size_t from = 0; from < keys.size(); from += kWrittenAtOnce) {
    const auto done = in_write(db, [&](store::Session& session) -> Answer<std::uint64_t> {
      std::uint64_t count = 0;
      for (std::size_t i = from; i < std::min(keys.size(), from + kWrittenAtOnce); ++i) count += change(session, keys[i]);
      return count;
    });
    if (!done) return done;
    changed += *done;
  }
  return changed;
}

// In what the engine and the desk recorded. Where a case was opened meanwhile that needs it, it stays.
Answer<Json> forget_records(store::Database& db, const std::string& name) {
  const std::string any = holding(name);
  const auto decisions = keys_of<std::int64_t>(db, "decision", "n", "target_id = ? OR liable_id = ? OR record LIKE ?", {name, name, any}, -1);
  if (!decisions) return tl::make_unexpected(decisions.error());
  const auto interventions = keys_of<std::string>(db, "intervention", "id", "target_id = ? OR record LIKE ? OR effect LIKE ?", {name, any, any}, "");
  if (!interventions) return tl::make_unexpected(interventions.error());
  // What staff did stays provable: the name says nothing any more.
  const auto leaves = keys_of<std::int64_t>(db, "leaf", "n", "kind <> 'act' AND opened LIKE ?", {any}, -1);
  if (!leaves) return tl::make_unexpected(leaves.error());
  constexpr std::string_view kNotNeeded = "case_id NOT IN (SELECT id FROM case_file WHERE state <> 'closed')";
  const auto of_decisions = change_all(db, *decisions, [&](store::Session& session, std::int64_t n) {
    const std::uint64_t about = session.run(fmt::format("UPDATE decision SET record = '{{}}', target_id = '', liable_id = '' WHERE n = :n AND (target_id = :target OR liable_id = :liable) AND {}",
                                                        kNotNeeded), n, name, name);
    return about > 0 ? about : session.run(fmt::format("UPDATE decision SET record = REPLACE(record, :name, '') WHERE n = :n AND {}", kNotNeeded), name, n);
  });
  if (!of_decisions) return tl::make_unexpected(of_decisions.error());
  const auto of_interventions = change_all(db, *interventions, [&](store::Session& session, const std::string& id) {
    return session.run(fmt::format("UPDATE intervention SET {} WHERE id = :id AND {}", kBlankIntervention, kNotNeeded), id);
  });
  if (!of_interventions) return tl::make_unexpected(of_interventions.error());
  const auto of_leaves = change_all(db, *leaves, [](store::Session& session, std::int64_t n) { return forget_leaf(session, static_cast<std::uint64_t>(n)); });
  if (!of_leaves) return tl::make_unexpected(of_leaves.error());
  return Json{{"decisions", *of_decisions}, {"interventions", *of_interventions}, {"openings", *of_leaves}};
}

// What speaks against a deletion; nothing if nothing does.
Answer<void> may_delete(store::Session& session, std::string_view name, const pack::Plan& plan, Time now) {
  if (!session.rows("SELECT id FROM party WHERE id = :name LIMIT 1", name).empty() || !session.rows("SELECT id FROM credit_entry WHERE id = :other LIMIT 1", name).empty()) {
    return refuse(Why::kConflict, "{} is a party that is supervised: the registry and its ledger are kept by law", name);
  }
  // Of all bodies: whose case it is, is not told.
  Where where;
  where.add(fmt::format("(case_file.liable_id = ? OR EXISTS (SELECT 1 FROM decision WHERE decision.case_id = case_file.id AND {}))", kNames), name, name, name, holding(name));
  for (const store::Row& row : where.rows(session, "SELECT case_file.state, case_file.changed FROM case_file", "")) {
    if (row.text(0) != "closed") return refuse(Why::kConflict, "an open case holds {}", name);
    const std::int64_t until = case_kept_until(plan, row.number(1));
    if (until == 0) return refuse(Why::kConflict, "a case names {}, and the packs give no term after which cases may go", name);
    if (until > millis(now)) return refuse(Why::kConflict, "a case names {}; it is kept by law until {}", name, shown_time(until));
  }
  if (!session.rows("SELECT id FROM report WHERE state NOT IN ('refused', 'decided') AND (target_id = :target OR reporter = :reporter) LIMIT 1", name, name).empty()) {
    return refuse(Why::kConflict, "a report that is not answered yet holds {}", name);
  }
  return {};
}

}  // namespace

bool is_pseudonym(std::string_view text) {
  return text.size() == 28 && text.starts_with("p_") &&
         std::ranges::all_of(text.substr(2), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'); });
}

Answer<Json> export_personal(store::Database& db, const Actor& actor, std::string_view pseudonym, std::uint64_t case_id, const ReadEvents& events, Time now) {
  if (const auto good = check_pseudonym(pseudonym); !good) return tl::make_unexpected(good.error());
  const bool administers = actor.role == Role::kAdministrator && (actor.is_department() || actor.body == "livewarden");
  if (!administers && !(is_officer(actor) && actor.is_department())) {
    return refuse(Why::kForbidden, "an officer of a department with a case, or an administrator of a department or of the service, exports what is held of a person");
  }
  const auto noted = in_write(db, [&](store::Session& session) -> Answer<bool> {
    if (!administers) {
      if (const auto state = case_with(session, actor, pseudonym, case_id); !state) return tl::make_unexpected(state.error());
    }
    note_act(session, actor, "exportPersonal", fmt::format("personal/{}", pseudonym), administers ? std::string() : fmt::format("case {}", case_id), now);
    return true;
  });
  if (!noted) return tl::make_unexpected(noted.error());
  Export out(actor, pseudonym);
  const auto read = in_read(db, [&](store::Session& session) -> Answer<bool> {
    out.gather(session);
    return true;
  });
  if (!read) return tl::make_unexpected(read.error());
  if (const Status all = events(pseudonym, [&](std::string_view line) { out.add_event(line); }); !all) return refuse(Why::kFailed, "{}", all.error().message);
  return out.finish();
}

Answer<Json> unseal_personal(store::Database& db, const Actor& actor, std::string_view pseudonym, std::uint64_t case_id, std::string_view reason, const std::string& key_file, Time now,
                             const store::Disk& disk) {
  if (const auto good = check_pseudonym(pseudonym); !good) return tl::make_unexpected(good.error());
  if (!is_officer(actor) || !actor.is_department()) return refuse(Why::kForbidden, "an officer of a department, with a case, learns who somebody is");
  const auto why = check_reason(reason);
  if (!why) return tl::make_unexpected(why.error());
  return in_write(db, [&](store::Session& session) -> Answer<Json> {
    const auto state = case_with(session, actor, pseudonym, case_id);
    if (!state) return tl::make_unexpected(state.error());
    if (*state == "closed") return refuse(Why::kConflict, "case {} is closed: it needs nobody's name any more", case_id);
    const auto rows = session.rows("SELECT sealed FROM sealed WHERE pseudonym = :name", pseudonym);
    if (rows.empty() || rows.front().text(0).empty()) return refuse(Why::kNotFound, "no original is sealed for {}", pseudonym);
    const auto original = unseal(key_file, disk, pseudonym, rows.front().text(0));
    if (!original) return refuse(Why::kConflict, "{}", original.error().message);
    note_act(session, actor, "unsealPersonal", fmt::format("personal/{}", pseudonym), fmt::format("case {}: {}", case_id, *why), now);
    const std::size_t slash = std::min(original->find('/'), original->size());
    return Json{{"pseudonym", pseudonym}, {"kind", original->substr(0, slash)}, {"original", original->substr(std::min(slash + 1, original->size()))}};
  });
}

Answer<Json> delete_personal(store::Database& db, const Actor& actor, std::string_view pseudonym, std::string_view reason, const pack::Plan& plan, Time now) {
  if (const auto good = check_pseudonym(pseudonym); !good) return tl::make_unexpected(good.error());
  if (actor.role != Role::kAdministrator || !(actor.is_department() || actor.body == "livewarden")) {
    return refuse(Why::kForbidden, "an administrator of a department or of the service deletes what is held of a person");
  }
  const auto why = check_reason(reason);
  if (!why) return tl::make_unexpected(why.error());
  const std::string name(pseudonym);
  const auto may = in_read(db, [&](store::Session& session) -> Answer<bool> {
    if (const auto speaks = may_delete(session, name, plan, now); !speaks) return tl::make_unexpected(speaks.error());
    return true;
  });
  if (!may) return tl::make_unexpected(may.error());
  auto deleted = forget_records(db, name);
  if (!deleted) return deleted;
  // The original goes last: a deletion that was broken off can be asked for again.
  return in_write(db, [&](store::Session& session) -> Answer<Json> {
    Json all = *deleted;
    all["originals"] = session.run("DELETE FROM sealed WHERE pseudonym = :name", name);
    all["measures"] = session.run("UPDATE measure SET target_id = '' WHERE target_id = :name", name);
    all["reports"] = session.run("UPDATE report SET reporter = '', contact = '', text = '' WHERE reporter = :name AND state IN ('refused', 'decided')", name) +
                     session.run("UPDATE report SET target_id = '', text = '' WHERE target_id = :name AND state IN ('refused', 'decided')", name);
    std::uint64_t count = 0;
    for (const auto& [kind, of_kind] : all.items()) count += of_kind.get<std::uint64_t>();
    if (count == 0) return refuse(Why::kNotFound, "nothing is held of {} beside what the event log keeps until its terms end", name);
    note_act(session, actor, "deletePersonal", fmt::format("personal/{}", name), *why, now);
    return Json{{"deleted", all}};
  });
}

}  // namespace lw::desk
