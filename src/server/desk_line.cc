#include "server/desk_line.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "desk/conduct.h"
#include "desk/fields.h"
#include "desk/records.h"
#include "desk/registry.h"
#include "desk/take_in.h"

namespace lw::server {
namespace {

constexpr std::size_t kMostParcels = 4096, kItemsOfAParcel = 256, kEventsOfAParcel = 4096, kItemsOfATransaction = 1024, kMostItems = 65'536;
constexpr std::chrono::seconds kPause{1};  // before a store that is away is asked again
constexpr std::chrono::milliseconds kDurableSoon{2};  // a group commit
constexpr std::string_view kEventsTaken = "desk.events";

using event::Type;

// What the registry learns from. Of accounts only those that a party has: not each viewer's.
bool teaches(const event::Event& event) {
  switch (event.type) {
    case Type::kAccountRegistered: {
      const auto role = event.get(event::field::kRole);
      return role.kind == cel::Kind::kString && role.text() != "viewer";
    }
    case Type::kPlatformRegistered: case Type::kPlatformObserved: case Type::kAccountVerified: case Type::kHostQualified: case Type::kMerchantRegistered:
    case Type::kLicenceFiled: case Type::kProductSubmitted: case Type::kProductListed: case Type::kAdApproved: case Type::kBrandAuthorised:
    case Type::kTrainingCompleted: case Type::kConsentRecorded: case Type::kSessionScheduled: case Type::kSessionStarted: case Type::kSessionEnded:
    case Type::kRosterFiled: case Type::kPreflightSigned: case Type::kPageCaptured: case Type::kReturnRequested: case Type::kOrderRefunded:
      return true;
    default:
      return false;
  }
}

std::string text_of(const event::Event& event, event::FieldId field) {
  const cel::Value value = event.get(field);
  return value.kind == cel::Kind::kString ? std::string(value.text()) : std::string();
}

std::int64_t number_of(const event::Event& event, event::FieldId field, std::int64_t otherwise) {
  const cel::Value value = event.get(field);
  return value.kind == cel::Kind::kInt ? value.integer : otherwise;
}

// The room's figures as they were last in that minute of the stream.
void note_minute(store::Session& session, const std::string& platform, const std::string& room, std::int64_t at) {
  constexpr std::int64_t kMinuteMillis = 60'000;
  session.run("INSERT INTO room_minute (platform, room, at, online, gross, tips) SELECT platform, id, :minute, online, gross, tips FROM room "
              "WHERE platform = :platform AND id = :id ON CONFLICT (platform, room, at) DO UPDATE SET online = excluded.online, gross = excluded.gross, tips = excluded.tips",
              at - at % kMinuteMillis, platform, room);
}

void change_room(store::Session& session, const std::string& platform, const std::string& room, const RoomChange& change) {
  session.run("INSERT INTO room (platform, id, session, host, operator, mcn, on_air, started, ended, online, gross, tips, risk, findings, last_at) "
              "VALUES (:platform, :id, '', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT (platform, id) DO NOTHING",
              platform, room);
  if (!change.session.empty()) {
    // Another broadcast counts anew.
    session.run("DELETE FROM room_minute WHERE platform = :platform AND room = :id AND NOT EXISTS (SELECT 1 FROM room WHERE platform = :same AND id = :here AND session = :session)",
                platform, room, platform, room, change.session);
    session.run("UPDATE room SET session = :session, online = 0, gross = 0, tips = 0, risk = 0, findings = 0, ended = 0, started = :started, on_air = 1 "
                "WHERE platform = :platform AND id = :id AND session <> :other",
                change.session, change.started, platform, room, change.session);
  }
  if (change.started > 0) {  // whoever neither it nor its plan names has no part in it, though they had in the broadcast before
    const store::Rows plan = session.rows("SELECT host, operator, mcn FROM plan WHERE platform = :platform AND session = :session", platform, change.session);
    const auto named = [&](const std::string& told, std::size_t column) { return told.empty() && !plan.empty() ? plan[0].text(column) : told; };
    session.run("UPDATE room SET on_air = 1, started = :started, ended = 0, host = :host, operator = :operator, mcn = :mcn WHERE platform = :platform AND id = :id",
                change.started, named(change.host, 0), named(change.operator_, 1), named(change.mcn, 2), platform, room);
  }
  session.run("UPDATE room SET online = CASE WHEN :given < 0 THEN online ELSE :online END, gross = gross + :gross, tips = tips + :tips, "
              "last_at = CASE WHEN last_at > :seen THEN last_at ELSE :last END WHERE platform = :platform AND id = :id",
              change.online, change.online, change.gross, change.tips, change.last, change.last, platform, room);
  note_minute(session, platform, room, change.last);
  if (change.ended > 0) session.run("UPDATE room SET on_air = 0, ended = :ended WHERE platform = :platform AND id = :id", change.ended, platform, room);
}

Time wall_clock() { return Time{std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count()}; }

}  // namespace

DeskLine::~DeskLine() { give_up(); }

Status DeskLine::open(std::uint64_t decisions, std::uint64_t events, Time latest) {
  latest_ = latest.ns;
  decision_ = decisions;
  event_ = events;
  const Status read = options_.db->read([&](store::Session& session) -> Status {
    known_decisions_ = desk::taken_in(session);
    const store::Rows rows = session.rows("SELECT value FROM meta WHERE name = :name", kEventsTaken);
    known_events_ = rows.empty() ? 0 : std::stoull(rows.front().text(0));
    return {};
  });
  if (!read) return read;
  if (known_decisions_ < decisions) {
    return fail("the database has {} decisions, the engine's snapshot {}: they are not of the same data folder; put a backup back of both", known_decisions_, decisions);
  }
  taken_decisions_ = known_decisions_;
  thread_ = std::thread([this] { work(); });
  return {};
}

Status DeskLine::write(std::string_view line) {
  if (++decision_ <= known_decisions_) return {};
  parcel_.items.push_back({Kind::kDecision, decision_, {}, std::string(line.substr(0, line.size() - 1))});
  return {};
}

void DeskLine::see(const engine::Decision& decision, std::string_view json) {
  acted_ = acted_ || !decision.shadow();
  if (options_.questions) options_.questions->decided(decision.trigger, json);
}

void DeskLine::see(const event::Event& event) {
  const bool acted = std::exchange(acted_, false);
  if (options_.questions) options_.questions->judged(event.source, event.id, event_ + 1);
  if (event.time.ns > latest_) latest_ = event.time.ns;
  if (++event_ <= known_events_) return;
  const bool teaching = teaches(event);
  if (teaching || acted) {
    const Kind kind = !acted ? Kind::kLearn : teaching ? Kind::kLearnEvidence : Kind::kEvidence;
    parcel_.items.push_back({kind, event_, acted ? fmt::format("{}#{}", event.source, event.id) : std::string(), std::string(event.raw)});
    if (event.type == Type::kReturnRequested || event.type == Type::kOrderRefunded) parcel_.items.back().merchant = text_of(event, event::field::kMerchant);
  }
  watch_room(event);
}

void DeskLine::watch_room(const event::Event& event) {
  switch (event.type) {
    case Type::kSessionStarted: case Type::kSessionEnded: case Type::kAudienceReported: case Type::kGiftSent: case Type::kOrderPlaced:
      break;
    default:
      return;
  }
  std::string room = text_of(event, event::field::kRoom);
  if (room.empty()) return;
  RoomChange& change = parcel_.rooms[{std::string(event.platform), std::move(room)}];
  const std::int64_t at = desk::millis(event.time);
  change.last = std::max(change.last, at);
  if (event.type == Type::kGiftSent) change.tips += number_of(event, event::field::kAmount, 0);
  if (event.type == Type::kOrderPlaced) change.gross += number_of(event, event::field::kAmount, 0);
  if (event.type == Type::kAudienceReported) change.online = number_of(event, event::field::kOnline, change.online);
  if (event.type == Type::kSessionEnded) change.ended = at;
  if (event.type != Type::kSessionStarted) return;
  // What came before belongs to another broadcast. Who takes part is read as it came: the links of packs fill in whoever had the room last.
  const auto line = nlohmann::json::parse(event.raw, nullptr, false);
  const auto& data = desk::part_of(line, "data");
  change = {.session = text_of(event, event::field::kSession),
            .host = desk::text_of(data, "host"),
            .operator_ = desk::text_of(data, "operator"),
            .mcn = desk::text_of(data, "mcn"),
            .started = at,
            .last = at};
}

Status DeskLine::pause(bool idle) {
  if (!idle && parcel_.items.size() < kItemsOfAParcel && event_ - handed_ < kEventsOfAParcel) return {};
  handed_ = event_;
  std::unique_lock lock(mutex_);
  if (parcel_.items.empty() && parcel_.rooms.empty() && parcels_.empty() && !busy_) {
    lock.unlock();
    settled(accepted_);
    return {};
  }
  changed_.wait(lock, [&] { return given_up_ || (parcels_.size() < kMostParcels && waiting_ < kMostItems); });
  if (given_up_) return fail("the service ends");
  parcel_.events = event_;
  parcel_.accepted = accepted_;
  waiting_ += parcel_.items.size();
  parcels_.push_back(std::exchange(parcel_, {}));
  changed_.notify_all();
  return {};
}

Status DeskLine::flush() {
  if (Status handed = pause(true); !handed) return handed;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return given_up_ || (parcels_.empty() && !busy_); });
  return given_up_ ? Status(fail("the service ends")) : Status{};
}

Status DeskLine::close() {
  const Status flushed = flush();
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  return flushed;
}

void DeskLine::give_up() {
  {
    const std::lock_guard lock(mutex_);
    over_ = given_up_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void DeskLine::settled(std::uint64_t accepted) {
  if (options_.questions) options_.questions->settled(accepted);
}

bool DeskLine::wait_until_durable(std::uint64_t accepted) {
  std::unique_lock lock(mutex_);
  while (options_.durable() < accepted) {
    changed_.wait_for(lock, kDurableSoon, [&] { return given_up_; });
    if (given_up_) return false;
  }
  return true;
}

void DeskLine::work() {
  bool away = false;
  for (;;) {
    std::vector<Parcel> parcels;  // all that wait, up to a transaction's fill
    std::size_t items = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return over_ || !parcels_.empty(); });
      if (given_up_ || parcels_.empty()) return;
      for (; !parcels_.empty() && items < kItemsOfATransaction; parcels_.pop_front()) {
        items += parcels_.front().items.size();
        parcels.push_back(std::move(parcels_.front()));
      }
      busy_ = true;
      changed_.notify_all();
    }
    if (!wait_until_durable(parcels.back().accepted)) return;
    for (Status taken = take_in(parcels); !taken; taken = take_in(parcels)) {
      if (!std::exchange(away, true)) options_.note(fmt::format("the desk's store cannot be written: {}; it is tried again", taken.error().message));
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kPause, [&] { return given_up_; });
      if (given_up_) return;
    }
    if (std::exchange(away, false)) options_.note("the desk's store can be written again");
    {
      const std::lock_guard lock(mutex_);
      busy_ = false;
      waiting_ -= items;
      changed_.notify_all();
    }
    settled(parcels.back().accepted);
    options_.taken_in();
  }
}

Status DeskLine::take_in(const std::vector<Parcel>& parcels) {
  const auto policy = options_.policy();
  std::uint64_t last = taken_decisions_;
  const Status taken = options_.db->write([&](store::Session& session) -> Status {
    const Time now = wall_clock();
    for (const Parcel& parcel : parcels) {
      for (const Item& item : parcel.items) {
        auto json = nlohmann::json::parse(item.text, nullptr, false);
        if (json.is_discarded()) return fail("a line of the engine is no JSON: {}", item.text.substr(0, 200));
        if (item.kind == Kind::kDecision) {
          desk::take_in(session, *policy, item.number, json, now);
          last = item.number;
          continue;
        }
        if (item.kind != Kind::kEvidence) {
          if (!item.merchant.empty()) json["data"]["merchant"] = item.merchant;
          desk::learn(session, json, now);
          desk::notice(session, *policy, json, now);
        }
        // The line as it came: what was committed to is what was judged.
        if (item.kind != Kind::kLearn) desk::add_leaf(session, "event", item.name, {{"line", item.text}}, now);
      }
      for (const auto& [place, change] : parcel.rooms) change_room(session, place.first, place.second, change);
    }
    session.run("INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", kEventsTaken, std::to_string(parcels.back().events));
    return {};
  });
  if (taken) taken_decisions_ = last;
  return taken;
}

}  // namespace lw::server
