#include "desk/spot_checks.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "desk/accused.h"
#include "desk/records.h"
#include "desk/sight.h"

namespace lw::desk {
namespace {

constexpr std::int64_t kMost = 200;

// Numbers out of a seed.
class Stream {
 public:
  explicit Stream(const Seed& seed) : seed_(seed) {}

  // Below `limit`, all as likely.
  std::uint64_t below(std::uint64_t limit) {
    const std::uint64_t unfair = (0 - limit) % limit;  // so many of the 2^64 are left over
    for (;;) {
      const std::uint64_t number = next();
      if (number >= unfair) return number % limit;
    }
  }

 private:
  std::uint64_t next() {
    if (at_ + sizeof(std::uint64_t) > bytes_.size()) {  // a longer stream begins with the shorter one
      bytes_.resize(std::max<std::size_t>(1024, 2 * bytes_.size()));
      randombytes_buf_deterministic(bytes_.data(), bytes_.size(), seed_.data());
    }
    std::uint64_t number = 0;
    std::memcpy(&number, bytes_.data() + at_, sizeof number);
    at_ += sizeof number;
    return number;
  }

  Seed seed_;
  std::vector<unsigned char> bytes_;
  std::size_t at_ = 0;
};

std::string hex(const Seed& seed) {
  std::string out(2 * seed.size() + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), seed.data(), seed.size());
  out.pop_back();
  return out;
}

constexpr std::string_view kColumns =
    "SELECT id, drawn, platform, room, session, cause, weight, pool, department, officer, state, done, finding, text, case_id, draw FROM spot_check";

Json shown(const Act& act, const store::Row& row) {
  Json out{{"id", row.number(0)}, {"drawn", shown_time(row.number(1))}, {"platform", row.text(2)}, {"room", row.text(3)}, {"session", row.text(4)},
           {"cause", row.text(5)}, {"weight", row.number(6)}, {"pool", row.number(7)}, {"department", row.text(8)}, {"officer", row.text(9)}, {"state", row.text(10)},
           {"done", shown_time(row.number(11))}, {"finding", row.text(12)}, {"text", row.text(13)}, {"draw", row.number(15)}};
  // A finding may have joined a case that is another department's alone.
  if (row.number(14) && case_for(act, static_cast<std::uint64_t>(row.number(14)))) out["case_id"] = row.number(14);
  if (row.text(10) == "drawn") out["due"] = shown_time(due_after(act, "spot-check-recorded", time_of(row.number(1))));
  return without_nothing(std::move(out));
}

std::int64_t left_today(const Act& act) {
  const store::Rows rows = act.session.rows("SELECT COUNT(*) FROM spot_check WHERE department = :department AND drawn >= :since", act.who.department(),
                                             millis(act.policy.before(act.now, {})));  // since the day began
  return std::max<std::int64_t>(0, std::int64_t{act.policy.spot_checks.a_day} - (rows.empty() ? 0 : rows[0].number(0)));
}

}  // namespace

std::vector<Pick> pick(const std::vector<std::int64_t>& weights, std::size_t by_lot, std::size_t by_risk, const Seed& seed) {
  Stream stream(seed);
  std::vector<Pick> out;
  std::vector<std::size_t> left(weights.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  const auto take = [&](std::size_t place, bool lot) {
    out.push_back({left[place], lot});
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(place));
  };
  while (by_lot-- > 0 && !left.empty()) take(stream.below(left.size()), true);
  std::uint64_t total = 0;
  for (const std::size_t index : left) total += static_cast<std::uint64_t>(weights[index]);
  while (by_risk-- > 0 && total > 0) {
    std::uint64_t point = stream.below(total);
    std::size_t place = 0;
    while (point >= static_cast<std::uint64_t>(weights[left[place]])) point -= static_cast<std::uint64_t>(weights[left[place++]]);
    total -= static_cast<std::uint64_t>(weights[left[place]]);
    take(place, false);
  }
  return out;
}

Answer<Json> draw_spot_checks(const Act& act, const Json& body) {
  if (!act.who.is_department() || !is_officer(act.who) || act.who.person == 0) return refuse(Why::kForbidden, "an officer of a department draws spot checks");
  const std::int64_t count = std::min(number_of(body, "count", left_today(act)), kMost);
  if (count <= 0) return refuse_field("count", "count is above 0; without it, all that the policy names for a day is drawn already");
  Where where;
  where.add("room.on_air = 1");
  where.add("NOT EXISTS (SELECT 1 FROM spot_check WHERE spot_check.platform = room.platform AND spot_check.room = room.id AND spot_check.department = ?"
            " AND spot_check.state = 'drawn')", act.who.department());
  if (const std::string platform = text_of(body, "platform"); !platform.empty()) where.add("room.platform = ?", platform);
  const store::Rows rooms = where.rows(act.session, "SELECT platform, id, session, risk FROM room", "ORDER BY platform, id");
  std::vector<std::int64_t> weights;
  Json pool = Json::array(), drawn = Json::array(), items = Json::array();
  for (const store::Row& room : rooms) {
    weights.push_back(room.number(3) + 1);  // a room without findings may have them
    pool.push_back({room.text(0), room.text(1), weights.back()});
  }
  const auto by_lot = static_cast<std::size_t>((count * act.policy.spot_checks.random_percent + 99) / 100);
  Seed seed;
  randombytes_buf(seed.data(), seed.size());
  const std::uint64_t number = act.session.next("draw");
  for (const Pick& picked : pick(weights, by_lot, static_cast<std::size_t>(count) - std::min(by_lot, static_cast<std::size_t>(count)), seed)) {
    const store::Row& room = rooms[picked.index];
    const std::uint64_t id = act.session.next("spot_check");
    act.session.run("INSERT INTO spot_check (id, drawn, platform, room, session, cause, weight, pool, department, officer, state, done, finding, text, case_id, draw) VALUES"
                    " (:id, :drawn, :platform, :room, :session, :cause, :weight, :pool, :department, '', 'drawn', 0, '', '', 0, :draw)",
                    id, millis(act.now), room.text(0), room.text(1), room.text(2), picked.by_lot ? "lot" : "risk", weights[picked.index], rooms.size(), act.who.department(), number);
    drawn.push_back({room.text(0), room.text(1), picked.by_lot ? "lot" : "risk"});
    for (const store::Row& row : act.session.rows(std::string(kColumns) + " WHERE id = :id", id)) items.push_back(shown(act, row));
  }
  note_act(act.session, act.who, "drawSpotChecks", fmt::format("draw/{}", number), fmt::format("{} of {} rooms", drawn.size(), rooms.size()), act.now);
  add_leaf(act.session, "spot-check", std::to_string(number),
           {{"draw", number}, {"at", shown_time(millis(act.now))}, {"department", act.who.department()}, {"seed", hex(seed)}, {"by_lot", by_lot}, {"count", count},
            {"pool", std::move(pool)}, {"drawn", std::move(drawn)}}, act.now);
  return Json{{"draw", number}, {"seed", hex(seed)}, {"pool", rooms.size()}, {"items", std::move(items)}};
}

Answer<Json> list_spot_checks(const Act& act, const Query& query) {
  const Page page = page_of(query);
  Where where;
  if (act.who.is_department()) where.add("department = ?", act.who.department());
  else where.nothing();
  for (const char* field : {"state", "platform"}) {
    if (const std::string text = asked(query, field); !text.empty()) where.add(fmt::format("{} = ?", field), text);
  }
  if (!page.after.empty()) where.add("id < ?", asked_number(query, "after", 0));
  return listed(page, where.rows(act.session, kColumns, "ORDER BY id DESC" + limit_of(page)), [&](const store::Row& row) { return shown(act, row); }, [](const store::Row& row) { return std::to_string(row.number(0)); });
}

Answer<Json> record_spot_check(const Act& act, std::uint64_t id, const Json& body) {
  const auto find = [&] { return act.session.rows(std::string(kColumns) + " WHERE id = :id AND department = :department", id, act.who.department()); };
  const store::Rows rows = find();
  if (rows.empty() || !act.who.is_department()) return refuse(Why::kNotFound, "there is no spot check {}", id);
  if (!is_officer(act.who) || act.who.person == 0) return refuse(Why::kForbidden, "an officer of the department records what they saw");
  if (rows[0].text(10) != "drawn") return refuse(Why::kConflict, "spot check {} was recorded by {} already", id, rows[0].text(9));
  const std::string finding = text_of(body, "finding");
  if (finding != "none" && finding != "violation") return refuse_field("finding", "finding is none or violation");
  const auto text = asked_text(body, "text");
  if (!text) return tl::make_unexpected(text.error());
  const bool failed = finding == "violation";
  const auto target = part_of(body, "liable").is_null() ? Answer<Named>(Named{"room", rows[0].text(3)}) : asked_entity(body, "liable");
  if (!target) return tl::make_unexpected(target.error());
  const auto case_id = accuse(act, {rows[0].text(2), *target, rows[0].text(3), rows[0].text(4), failed ? text_of(body, "violation") : "", text_of(body, "severity"),
                                    "spot-check", failed ? "failed" : "passed", *text, fmt::format("spot-check/{}", id)});
  if (!case_id) return tl::make_unexpected(case_id.error());
  if (failed && *case_id == 0) return refuse_field("liable", fmt::format("nobody is known to answer for {} {}: name the party itself", target->kind, target->id));
  act.session.run("UPDATE spot_check SET officer = :officer, state = 'done', done = :done, finding = :finding, text = :text, case_id = :case WHERE id = :id", act.who.name,
                  millis(act.now), finding, *text, *case_id, id);
  note_act(act.session, act.who, "recordSpotCheck", fmt::format("spot-check/{}", id), finding, act.now);
  return shown(act, find()[0]);
}

}  // namespace lw::desk
