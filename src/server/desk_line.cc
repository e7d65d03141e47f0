#include "server/desk_line.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "desk/conduct.h"
#include "desk/fields.h"
#include "desk/records.h"
#include "desk/registry.h"
#include "desk/take_in.h"
#include "store/disk.h"

namespace lw::server {
namespace {

constexpr std::size_t kMostParcels = 4096, kItemsOfAParcel = 256, kEventsOfAParcel = 4096, kItemsOfATransaction = 1024, kMostItems = 65'536;
constexpr std::chrono::seconds kPause{1};  // before a store that is away is asked again
constexpr std::chrono::milliseconds kDurableSoon{2};  // a group commit
constexpr std::string_view kEventsTaken = "desk.events", kDecisionsTaken = "desk.decisions";
constexpr std::int64_t kMostSum = 4'000'000'000'000'000'000;  // of a room: two of them still fit

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

std::int64_t sum_of(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (__builtin_add_overflow(a, b, &out)) out = a < 0 ? -kMostSum : kMostSum;
  return std::clamp(out, -kMostSum, kMostSum);
}

std::uint64_t noted(store::Session& session, std::string_view name) {
  const store::Rows rows = session.rows("SELECT value FROM meta WHERE name = :name", name);
  return rows.empty() ? 0 : static_cast<std::uint64_t>(rows.front().number(0));
}

void note(store::Session& session, std::string_view name, std::uint64_t value) {
  session.run("INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, std::to_string(value));
}

// The last decision that was taken in, or put aside.
std::uint64_t decisions_taken(store::Session& session) { return std::max(desk::taken_in(session), noted(session, kDecisionsTaken)); }

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
  if (change.online >= 0) session.run("UPDATE room SET online = :online WHERE platform = :platform AND id = :id", change.online, platform, room);
  const store::Rows sums = session.rows("SELECT gross, tips FROM room WHERE platform = :platform AND id = :id", platform, room);
  if (sums.empty()) return;
  session.run("UPDATE room SET gross = :gross, tips = :tips, last_at = CASE WHEN last_at > :seen THEN last_at ELSE :last END WHERE platform = :platform AND id = :id",
              sum_of(sums.front().number(0), change.gross), sum_of(sums.front().number(1), change.tips), change.last, change.last, platform, room);
  note_minute(session, platform, room, change.last);
  if (change.ended > 0) session.run("UPDATE room SET on_air = 0, ended = :ended WHERE platform = :platform AND id = :id", change.ended, platform, room);
}

}  // namespace

DeskLine::DeskLine(Options options) : options_(std::move(options)), dead_letter_(options_.dead_letter, store::Disk().size(options_.dead_letter).value_or(0)) {}

DeskLine::~DeskLine() { give_up(); }

Status DeskLine::open(std::uint64_t decisions, std::uint64_t events, Time latest) {
  latest_ = latest.ns;
  decision_ = decisions;
  event_ = events;
  const Status read = options_.db->read([&](store::Session& session) -> Status {
    known_decisions_ = decisions_taken(session);
    known_events_ = noted(session, kEventsTaken);
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
  if (event.type == Type::kGiftSent) change.tips = sum_of(change.tips, number_of(event, event::field::kAmount, 0));
  if (event.type == Type::kOrderPlaced) change.gross = sum_of(change.gross, number_of(event, event::field::kAmount, 0));
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
  ++handed_parcels_;
  changed_.notify_all();
  return {};
}

Status DeskLine::deliver() {
  if (Status handed = pause(true); !handed) return handed;
  delivering_ = handed_parcels_;
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
    bool singly = false;
    for (Status taken = take_in(parcels, singly); !taken; taken = take_in(parcels, singly)) {
      if (!std::exchange(singly, true)) continue;  // one of them may be at fault
      if (!away_.exchange(true)) options_.note(fmt::format("the desk's store cannot be written: {}; it is tried again", taken.error().message));
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kPause, [&] { return given_up_; });
      if (given_up_) return;
    }
    aside_.clear();
    if (away_.exchange(false)) options_.note("the desk's store can be written again");
    {
      const std::lock_guard lock(mutex_);
      busy_ = false;
      waiting_ -= items;
      taken_parcels_ += parcels.size();
      changed_.notify_all();
    }
    settled(parcels.back().accepted);
    options_.taken_in();
  }
}

Status DeskLine::put_aside(std::string_view what, std::uint64_t number, std::string_view reason, std::string_view text) {
  if (aside_.contains(std::string(text))) return {};
  options_.note(fmt::format("{} {} cannot be taken in by the desk and is put aside in {}: {}", what, number, dead_letter_.path(), reason));
  bool full = false;
  if (Status written = dead_letter_.write(what, number, reason, text); !written) return written;
  if (Status flushed = dead_letter_.flush(); !flushed) return flushed;
  if (Status forced = dead_letter_.force(full); !forced) return forced;
  aside_.emplace(text);
  return {};
}

Status DeskLine::take_in(const std::vector<Parcel>& parcels, bool singly) {
  const auto policy = options_.policy();
  std::uint64_t last = taken_decisions_;
  const Status taken = options_.db->write([&](store::Session& session) -> Status {
    const Time now = wall_clock();
    // Where nobody answered a commit, this comes again, though it may be there.
    const std::uint64_t events = noted(session, kEventsTaken);
    const auto part = [&](std::string_view what, std::uint64_t number, std::string_view text, const std::function<Status()>& body) -> Status {
      if (!singly) return body();
      const Status good = session.attempt(body);
      return good || !session.status() ? good : put_aside(what, number, good.error().message, text);
    };
    for (const Parcel& parcel : parcels) {
      for (const Item& item : parcel.items) {
        const bool decides = item.kind == Kind::kDecision, learns = item.kind == Kind::kLearn || item.kind == Kind::kLearnEvidence;
        if (!decides && item.number <= events) continue;
        if (decides) last = item.number;
        if (decides || learns) {
          const Status done = part(decides ? "decision" : "event", item.number, item.text, [&]() -> Status {
            auto json = nlohmann::json::parse(item.text, nullptr, false);
            if (json.is_discarded()) return fail("its line cannot be read whole: it holds a number beyond all doubles, or a text that is no Unicode");
            if (decides) {
              desk::take_in(session, *policy, item.number, json, now);
              return {};
            }
            if (!item.merchant.empty()) json["data"]["merchant"] = item.merchant;
            desk::learn(session, json, now);
            desk::notice(session, *policy, json, now);
            return {};
          });
          if (!done) return done;
        }
        if (decides || item.kind == Kind::kLearn) continue;
        // The line as it came: what was committed to is what was judged.
        const Status kept = part("event", item.number, item.text, [&]() -> Status {
          desk::add_leaf(session, "event", item.name, {{"line", item.text}}, now);
          return {};
        });
        if (!kept) return kept;
      }
      if (parcel.events <= events) continue;
      for (const auto& [place, change] : parcel.rooms) {
        const Status done = part("room", parcel.events, place.first + "/" + place.second, [&]() -> Status {
          change_room(session, place.first, place.second, change);
          return {};
        });
        if (!done) return done;
      }
    }
    note(session, kEventsTaken, parcels.back().events);
    note(session, kDecisionsTaken, last);
    return {};
  });
  if (taken) taken_decisions_ = last;
  return taken;
}

}  // namespace lw::server
