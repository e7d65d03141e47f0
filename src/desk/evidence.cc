#include "desk/evidence.h"

#include <algorithm>
#include <set>

#include "desk/fields.h"
#include "desk/records.h"
#include "ledger/leaf.h"

namespace lw::desk {
namespace {

constexpr std::uint64_t kAtOnce = 1 << 16;  // leaves under one checkpoint

std::string entry_of(const store::Row& row) {
  return ledger::Leaf{static_cast<std::uint64_t>(row.number(0)), shown_time(row.number(2)), row.text(1), row.text(3)}.entry();
}

// Entries of the leaves [from, from + count), or of those that there are.
Result<std::vector<std::string>> entries(store::Database& db, std::uint64_t from, std::uint64_t count) {
  std::vector<std::string> out;
  const Status done = db.read([&](store::Session& session) -> Status {
    out.clear();
    for (const store::Row& row : session.rows("SELECT n, kind, at, commitment FROM leaf WHERE n >= :from AND n < :to ORDER BY n", from, from + count)) {
      if (row.number(0) != static_cast<std::int64_t>(from + out.size())) return fail("the store has no leaf {}, but leaf {}", from + out.size(), row.number(0));
      out.push_back(entry_of(row));
    }
    return {};
  });
  if (!done) return tl::make_unexpected(done.error());
  return out;
}

ledger::Opened opened_of(const store::Row& row) { return {static_cast<std::uint64_t>(row.number(0)), row.text(1), row.text(2)}; }

store::Rows leaves_of(store::Session& session, std::string_view kind, std::string_view ref) {
  return session.rows("SELECT n, salt, opened FROM leaf WHERE kind = :kind AND ref = :ref ORDER BY n", kind, ref);
}

Result<ledger::Checkpoint> checkpoint_of(const ledger::Reader& tree, const ledger::VerifierKey& key, std::string& note) {
  auto read = tree.note();
  if (!read) return tl::make_unexpected(read.error());
  note = std::move(*read);
  return ledger::Checkpoint::open(note, key);
}

tl::unexpected<Refusal> not_yet(std::uint64_t n) { return refuse(Why::kAway, "leaf {} is not under a checkpoint yet; ask again in a second", n); }

constexpr std::size_t kMostSought = 50'000;  // events at once, or a decision's more
constexpr std::string_view kEventsKept = "evidence.events";  // in `meta`: the last decision whose events were sought

bool is_leaf(store::Session& session, std::string_view event) {
  return !session.rows("SELECT n FROM leaf WHERE kind = 'event' AND ref = :ref LIMIT 1", event).empty();
}

// Leaves that belong into a bundle, each once, and names that none was found for.
class Gathered {
 public:
  explicit Gathered(store::Session& session) : session_(session) {}

  // False if there is none.
  bool add(std::string_view kind, std::string_view ref) {
    const store::Rows rows = leaves_of(session_, kind, ref);
    for (const store::Row& row : rows) leaves_.insert_or_assign(static_cast<std::uint64_t>(row.number(0)), opened_of(row));
    return !rows.empty();
  }

  // With the events that it rests on.
  void add_decision(const std::string& id, const std::string& record) {
    if (!add("decision", id)) missing_.insert("decision " + id);
    const Json json = Json::parse(record, nullptr, false);
    if (!json.is_object() || !json.contains("data") || !json["data"].is_object()) return;
    const Json& data = json["data"];
    rules_.insert({text_of(data, "pack"), text_of(data, "rule")});
    for (const std::string& event : events_of(data)) {
      if (!add("event", event)) missing_.insert("event " + event);
    }
  }

  std::vector<ledger::Opened> leaves() const {
    std::vector<ledger::Opened> out;
    for (const auto& [n, leaf] : leaves_) out.push_back(leaf);
    return out;
  }
  Json rules(const RuleTexts& texts) const {
    Json out = Json::array();
    for (const auto& name : rules_) {
      if (const auto text = texts.find(name); text != texts.end()) out.push_back({{"pack", name.first}, {"rule", name.second}, {"text", text->second}});
    }
    return out;
  }
  const std::set<std::string>& missing() const { return missing_; }

 private:
  store::Session& session_;
  std::map<std::uint64_t, ledger::Opened> leaves_;
  std::set<std::string> missing_;
  std::set<std::pair<std::string, std::string>> rules_;
};

}  // namespace

Result<Evidence> Evidence::open(store::Database& db, std::string folder, const ledger::SigningKey& key) {
  Evidence out(db, std::move(folder), key);
  if (Status opened = out.reopen(); !opened) return tl::make_unexpected(opened.error());
  return out;
}

Status Evidence::reopen() {
  store::Database& db = *db_;
  auto log = ledger::Log::open(folder_, key_, [&db](std::uint64_t from, std::uint64_t count) { return entries(db, from, count); });
  if (!log) return tl::make_unexpected(log.error());
  if (const std::uint64_t size = log->size(); size > 0) {
    const auto kept = log->reader().entry(size - 1, size);
    const auto stored = entries(db, size - 1, 1);
    if (!kept || !stored) return tl::make_unexpected(kept ? stored.error() : kept.error());
    if (stored->empty()) return fail("{}: has {} entries, the store fewer leaves: the store is an older one; restore the newest, or move the tree away for it to be made anew", folder_, size);
    if (stored->front() != *kept) return fail("{}: entry {} is not that of the store: the tree is another store's", folder_, size - 1);
  }
  repaired_.insert(repaired_.end(), log->repaired().begin(), log->repaired().end());
  log_ = std::move(*log);
  return {};
}

Result<std::uint64_t> Evidence::pump() {
  if (!log_) {
    if (Status opened = reopen(); !opened) return tl::make_unexpected(opened.error());
  }
  std::uint64_t appended = 0;
  while (true) {
    const auto fresh = entries(*db_, log_->size(), kAtOnce);
    if (!fresh) return tl::make_unexpected(fresh.error());
    if (const Status done = log_->append(*fresh); !done) {
      log_.reset();
      return tl::make_unexpected(done.error());
    }
    appended += fresh->size();
    if (fresh->size() < kAtOnce) return appended;
  }
}

std::set<std::string> events_of(const Json& data) {
  std::set<std::string> out{text_of(data, "trigger")};
  if (data.contains("evidence") && data["evidence"].is_array()) {
    for (const Json& event : data["evidence"]) {
      if (event.is_string()) out.insert(event.get<std::string>());
    }
  }
  out.erase("");
  return out;
}

Unkept unkept_events(store::Session& session, std::uint64_t decisions) {
  Unkept out;
  const store::Rows mark = session.rows("SELECT value FROM meta WHERE name = :name", kEventsKept);
  std::set<std::string> events;
  for (const store::Row& row : session.rows("SELECT n, mode, record FROM decision WHERE n > :mark ORDER BY n LIMIT :most", mark.empty() ? 0 : mark[0].number(0), decisions)) {
    if (events.size() >= kMostSought) break;
    out.upto = static_cast<std::uint64_t>(row.number(0));
    if (row.text(1) == "enforce") events.merge(events_of(part_of(Json::parse(row.text(2), nullptr, false), "data")));
  }
  for (const std::string& event : events) {
    if (!is_leaf(session, event)) out.events.push_back(event);
  }
  return out;
}

void keep_events(store::Session& session, std::span<const KeptEvent> found, std::uint64_t upto, Time now) {
  for (const KeptEvent& event : found) {
    if (!is_leaf(session, event.name)) add_leaf(session, "event", event.name, {{"line", event.line}}, now);
  }
  if (upto == 0) return;
  session.run("INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", kEventsKept, std::to_string(upto));
}

Answer<Json> prove_leaf(store::Session& session, const ledger::Reader& tree, const ledger::VerifierKey& key, std::string_view kind, std::string_view ref) {
  const store::Rows rows = leaves_of(session, kind, ref);
  if (rows.empty()) return refuse(Why::kNotFound, "no {} {} is among the evidence", kind, ref);
  const ledger::Opened leaf = opened_of(rows.back());
  std::string note;
  const auto checkpoint = checkpoint_of(tree, key, note);
  if (!checkpoint) return refuse(Why::kFailed, "{}", checkpoint.error().message);
  if (leaf.n >= checkpoint->size) return not_yet(leaf.n);
  auto proven = ledger::proven(tree, *checkpoint, leaf);
  if (!proven) return refuse(Why::kFailed, "{}", proven.error().message);
  const auto parsed = ledger::Leaf::parse((*proven)["entry"].get_ref<const std::string&>());
  Json out{{"leaf", leaf.n}, {"size", checkpoint->size}, {"entry", (*proven)["entry"]}, {"commitment", parsed->commitment}, {"proof", (*proven)["proof"]}, {"checkpoint", note}};
  if (!leaf.salt.empty()) out["salt"] = leaf.salt, out["opened"] = leaf.record;
  return out;
}

Answer<std::string> export_bundle(store::Session& session, const ledger::Reader& tree, const ledger::SigningKey& key, const BundleSubject& subject,
                                  const RuleTexts& rules, Time now) {
  Gathered gathered(session);
  Json about{{"made", format_rfc3339(now)}};
  if (subject.case_id == 0) {
    const store::Rows rows = session.rows("SELECT record FROM decision WHERE id = :id", subject.decision);
    if (rows.empty()) return refuse(Why::kNotFound, "there is no decision {}", subject.decision);
    about["decision"] = subject.decision;
    gathered.add_decision(subject.decision, rows[0].text(0));
  } else {
    const std::string id = std::to_string(subject.case_id);
    if (session.rows("SELECT id FROM case_file WHERE id = :id", subject.case_id).empty()) return refuse(Why::kNotFound, "there is no case {}", id);
    about["case"] = subject.case_id;
    for (const store::Row& row : session.rows("SELECT id, record FROM decision WHERE case_id = :id ORDER BY n", subject.case_id)) gathered.add_decision(row.text(0), row.text(1));
    for (const store::Row& row : session.rows("SELECT n FROM act WHERE subject = :subject ORDER BY n", "case/" + id)) gathered.add("act", std::to_string(row.number(0)));
    for (const store::Row& row : session.rows("SELECT n FROM case_act WHERE case_id = :id ORDER BY n", subject.case_id)) gathered.add("case", fmt::format("{}/{}", id, row.number(0)));
    for (const store::Row& row : session.rows("SELECT id FROM intervention WHERE case_id = :id ORDER BY n", subject.case_id)) gathered.add("intervention", row.text(0));
    for (const store::Row& row : session.rows("SELECT n FROM credit_entry WHERE case_id = :id OR repairs IN (SELECT n FROM credit_entry WHERE case_id = :id2) ORDER BY n", subject.case_id,
                                              subject.case_id)) {
      gathered.add("credit", std::to_string(row.number(0)));
    }
    // A report's leaf does not say who made it.
    for (const store::Row& row : session.rows("SELECT id FROM report WHERE case_id = :id ORDER BY id", subject.case_id)) gathered.add("report", std::to_string(row.number(0)));
  }
  const std::vector<ledger::Opened> leaves = gathered.leaves();
  std::string note;
  const auto checkpoint = checkpoint_of(tree, key.verifier(), note);
  if (!checkpoint) return refuse(Why::kFailed, "{}", checkpoint.error().message);
  if (!leaves.empty() && leaves.back().n >= checkpoint->size) return not_yet(leaves.back().n);
  about["rules"] = gathered.rules(rules);
  about["missing"] = gathered.missing();
  auto text = ledger::write_bundle(tree, key, leaves, std::move(about));
  if (!text) return refuse(Why::kFailed, "{}", text.error().message);
  return std::move(*text);
}

std::uint64_t forget_leaf(store::Session& session, std::uint64_t n) {
  return session.run("UPDATE leaf SET salt = '', opened = '', ref = (CASE WHEN kind = 'event' THEN '' ELSE ref END) WHERE n = :n AND salt <> ''", n);
}

}  // namespace lw::desk
