#include "desk/edge_names.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>

#include "desk/actor.h"
#include "desk/personal.h"
#include "desk/records.h"

namespace lw::desk {
namespace {

constexpr std::size_t kMostKnown = 1 << 20;
constexpr std::int64_t kNotedEvery = 7 * 86'400'000LL;  // so exactly the store knows when somebody was last there

Key128 cache_key(std::string_view kind, std::string_view id) { return join(hash128(kind), hash128(id)); }

}  // namespace

Result<std::unique_ptr<EdgeNames>> EdgeNames::open(std::string folder, store::Database& db, Time now, store::Disk disk) {
  if (!disk.exists(folder + "/naming.json")) {
    bool named = false;
    const Status read = db.read([&](store::Session& session) -> Status {
      named = !session.rows("SELECT pseudonym FROM sealed LIMIT 1").empty();
      return session.status();
    });
    if (!read) return tl::make_unexpected(read.error());
    if (named) return fail("{}/naming.json is not there, but people have names already; put it back: without it nobody is known again", folder);
  }
  auto keys = open_name_keys(folder, disk, now);
  if (!keys) return tl::make_unexpected(keys.error());
  return std::unique_ptr<EdgeNames>(new EdgeNames(std::move(folder), db, disk, std::move(*keys)));
}

std::shared_ptr<const NameKeys> EdgeNames::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

// Under which key somebody is known; the newest if under none.
Result<EdgeNames::Known> EdgeNames::ask(const NameKeys& keys, std::string_view kind, std::string_view id) {
  Known out{event::keyed_name(keys.ring.back().key, kind, id), keys.ring.back().id};
  if (keys.ring.size() == 1) return out;
  std::vector<store::Value> names;
  std::string list;
  for (const NamingKey& key : keys.ring) {
    list += fmt::format("{}:n{}", names.empty() ? "" : ", ", names.size());
    names.emplace_back(event::keyed_name(key.key, kind, id));
  }
  const Status read = db_.read([&](store::Session& session) -> Status {
    const auto rows = session.rows_with(fmt::format("SELECT pseudonym FROM sealed WHERE pseudonym IN ({})", list), names);
    // Of several the newest: somebody who was deleted and came again.
    for (std::size_t i = names.size(); i-- > 0;) {
      if (std::ranges::none_of(rows, [&](const store::Row& row) { return row.text(0) == names[i].text(); })) continue;
      out = {names[i].text(), keys.ring[i].id};
      break;
    }
    return session.status();
  });
  if (!read) return tl::make_unexpected(read.error());
  return out;
}

Result<std::string> EdgeNames::name_of(const event::Personal& field, std::string_view id, bool lasts, Time now) {
  const Key128 key = cache_key(field.kind, id);
  const std::int64_t at = millis(now);
  const auto note = [&](Known& known) {
    if (!lasts || (known.noted != 0 && at < known.noted + kNotedEvery)) return;
    known.noted = at;
    sights_.push_back({known, std::string(field.kind), field.original ? std::string(id) : std::string()});
  };
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) {
      note(found->second);
      return found->second.name;
    }
  }
  auto asked = ask(*keys(), field.kind, id);
  if (!asked) return tl::make_unexpected(asked.error());
  const std::lock_guard lock(mutex_);
  const auto [found, fresh] = known_.try_emplace(key, std::move(*asked));  // another thread may have been quicker
  note(found->second);
  return found->second.name;
}

Result<std::string_view> EdgeNames::hide(std::string_view line, std::string& to, Time now) {
  Status good;
  const auto hidden = event::hide(line, [&](const event::Personal& field, std::string_view id) -> std::string {
    auto name = name_of(field, id, true, now);
    if (name) return std::move(*name);
    good = tl::make_unexpected(name.error());
    return {};
  }, to);
  if (!good) return tl::make_unexpected(good.error());
  return hidden;
}

Result<std::string> EdgeNames::hide_id(std::string_view kind, std::string_view id, bool lasts, Time now) {
  if (is_pseudonym(id)) return std::string(id);
  for (const event::Personal& field : event::personal_fields()) {
    if (field.field == kind && !field.kind.empty()) return name_of(field, id, lasts, now);
  }
  return std::string(id);
}

Result<std::string> EdgeNames::hide_body(std::string_view body, Time now) {
  const Actor of{{}, std::string(body), Role::kNone, {}, 0};
  if (!of.is_party()) return std::string(body);
  const auto name = hide_id(of.party_kind(), of.party_id(), true, now);
  if (!name) return name;
  return fmt::format("{}/{}/{}", of.party_kind(), of.platform(), *name);
}

Status EdgeNames::settle(Time now) {
  const std::lock_guard settling(settling_);
  std::vector<Sight> sights;
  {
    const std::lock_guard lock(mutex_);
    sights.swap(sights_);
  }
  if (sights.empty()) return {};
  const Sealer sealer(*keys());
  std::vector<std::string> sealed;  // before the transaction, which others wait for
  for (const Sight& sight : sights) sealed.push_back(sight.id.empty() ? std::string() : sealer.seal(sight.known.name, sight.kind + "/" + sight.id));
  const Status written = db_.write([&](store::Session& session) -> Status {
    for (std::size_t i = 0; i < sights.size(); ++i) {
      const Sight& sight = sights[i];
      session.run("INSERT INTO sealed (pseudonym, key_id, sealed, at) VALUES (:name, :key, :sealed, :at) ON CONFLICT (pseudonym) DO UPDATE SET at = excluded.at",
                  sight.known.name, sight.known.key_id, sealed[i], millis(now));
    }
    return {};
  });
  const std::lock_guard lock(mutex_);
  if (!written) sights_.insert(sights_.begin(), std::make_move_iterator(sights.begin()), std::make_move_iterator(sights.end()));
  else if (known_.size() > kMostKnown && sights_.empty()) known_.clear();
  return written;
}

Status EdgeNames::replace(std::vector<NamingKey> ring) {
  if (Status written = write_ring(folder_, disk_, ring); !written) return written;
  NameKeys next;
  const auto before = keys();
  next.ring = std::move(ring);
  next.sealing_id = before->sealing_id;
  next.sealing = before->sealing;
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const NameKeys>(std::move(next));
  return {};
}

Status EdgeNames::rotate(Time now, Duration every) {
  std::vector<NamingKey> ring = keys()->ring;
  if (now - time_of(ring.back().from) < every) return {};
  ring.push_back(make_naming_key(ring, now));
  return replace(std::move(ring));
}

Result<std::vector<std::string>> EdgeNames::retire() {
  const std::lock_guard settling(settling_);
  std::vector<NamingKey> ring = keys()->ring;
  std::vector<std::string> used, dropped;
  const Status read = db_.read([&](store::Session& session) -> Status {
    for (const store::Row& row : session.rows("SELECT DISTINCT key_id FROM sealed")) used.push_back(row.text(0));
    return session.status();
  });
  if (!read) return tl::make_unexpected(read.error());
  {
    const std::lock_guard lock(mutex_);
    for (const Sight& sight : sights_) used.push_back(sight.known.key_id);
  }
  const std::string newest = ring.back().id;
  std::erase_if(ring, [&](const NamingKey& key) {
    const bool unused = key.id != newest && std::ranges::find(used, key.id) == used.end();
    if (unused) dropped.push_back(key.id);
    return unused;
  });
  if (!dropped.empty()) {
    if (Status replaced = replace(std::move(ring)); !replaced) return tl::make_unexpected(replaced.error());
    forget();
  }
  return dropped;
}

// Names that are not written yet are known here alone.
void EdgeNames::forget() {
  const std::lock_guard lock(mutex_);
  absl::flat_hash_set<std::string_view> waiting;
  for (const Sight& sight : sights_) waiting.insert(sight.known.name);
  absl::erase_if(known_, [&](const auto& entry) { return !waiting.contains(entry.second.name); });
}

}  // namespace lw::desk
