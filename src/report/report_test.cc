#include "report/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>

namespace lw::report {
namespace {

using event::Event;
using event::Type;
namespace field = event::field;

// Builds events by hand; the texts live as long as the Stream.
class Stream {
 public:
  Summary summary;

  struct Field {
    event::FieldId id;
    cel::Value value;
  };
  static Field text(event::FieldId id, const char* value) { return {id, cel::Value::of_string(value)}; }
  static Field number(event::FieldId id, std::int64_t value) { return {id, cel::Value::of_int(value)}; }

  void add(Type type, std::int64_t second, std::initializer_list<Field> fields) {
    Event& event = events_.emplace_back();
    event.type = type;
    event.platform = "alpha";
    event.time = Time{second * kSecond};
    for (const Field& f : fields) event.set(f.id, f.value);
    summary.see(event);
  }

 private:
  std::deque<Event> events_;
};

TEST(Summary, what_the_stream_does_not_hold_is_unknown) {
  Stream stream;
  stream.add(Type::kChatPosted, 0, {Stream::text(field::kRoom, "8")});
  stream.add(Type::kChatPosted, 61, {Stream::text(field::kRoom, "8")});
  const auto rooms = stream.summary.rooms();
  ASSERT_EQ(rooms.size(), 1u);
  EXPECT_EQ(rooms[0].chats, 2);
  for (const Count& figure : {rooms[0].viewers_seen, rooms[0].viewers_suspect, rooms[0].displayed_peak, rooms[0].gifts,
                              rooms[0].orders_placed, rooms[0].net, rooms[0].pit_fee})
    EXPECT_FALSE(figure);
  const auto json = to_json({}, rooms);
  EXPECT_TRUE(json["rooms"][0]["viewers"]["seen"].is_null());
  EXPECT_TRUE(json["rooms"][0]["orders"]["net"].is_null());
  EXPECT_TRUE(json["rooms"][0]["return_on_fee"].is_null());
}

TEST(Summary, net_leaves_out_refunds_cancellations_and_suspects_once) {
  Stream s;
  const auto room = Stream::text(field::kRoom, "8");
  s.add(Type::kSessionScheduled, 0, {room, Stream::number(field::kPitFee, 10'000)});
  for (const auto& [id, amount] : {std::pair{"o1", 5'000}, {"o2", 3'000}, {"o3", 2'000}, {"o4", 7'000}, {"o5", 1'000}})
    s.add(Type::kOrderPlaced, 10, {room, Stream::text(field::kOrder, id), Stream::number(field::kAmount, amount)});
  s.add(Type::kOrderPaid, 11, {Stream::text(field::kOrder, "o1"), Stream::number(field::kAmount, 5'000)});
  s.add(Type::kOrderRefunded, 12, {Stream::text(field::kOrder, "o2"), Stream::number(field::kAmount, 1'000)});  // a part
  s.add(Type::kOrderRefunded, 13, {Stream::text(field::kOrder, "o3")});                                         // all
  s.add(Type::kOrderCancelled, 14, {Stream::text(field::kOrder, "o5")});
  s.add(Type::kOrderRefunded, 15, {Stream::text(field::kOrder, "o4"), Stream::number(field::kAmount, 7'000)});
  DecisionView decision;
  decision.platform = "alpha", decision.room = "8", decision.violation = "order-brushing", decision.severity = "high";
  decision.target_kind = "order", decision.target_id = "o4", decision.time = Time{16 * kSecond};
  s.summary.see(decision);
  decision.severity = "info", decision.target_id = "o1";
  s.summary.see(decision);
  decision.severity = "high", decision.shadow = true;
  s.summary.see(decision);

  const RoomSummary shown = s.summary.rooms().at(0);
  EXPECT_EQ(shown.orders_placed, 5);
  EXPECT_EQ(shown.orders_suspect, 1);
  EXPECT_EQ(shown.orders_refunded, 3);
  EXPECT_EQ(shown.orders_cancelled, 1);
  EXPECT_EQ(shown.gross, 17'000);           // all but o5, which was cancelled
  EXPECT_EQ(shown.refunded_amount, 10'000);  // 1,000 of o2, all of o3 and o4
  EXPECT_EQ(shown.suspect_amount, 0);        // o4 was refunded
  EXPECT_EQ(shown.net, 5'000 + 2'000);  // o1 and what is left of o2; o4 was refunded and is suspect, taken off once
  ASSERT_TRUE(shown.return_on_fee);
  EXPECT_DOUBLE_EQ(*shown.return_on_fee, 0.7);
  EXPECT_EQ(shown.violations.at("order-brushing"), 1);
}

TEST(Summary, net_is_gross_less_refunds_less_suspects) {
  Stream s;
  const auto room = Stream::text(field::kRoom, "8");
  for (const auto& [id, amount] : {std::pair{"o1", 5'000}, {"o2", 3'000}, {"o3", 2'000}, {"o4", 7'000}})
    s.add(Type::kOrderPlaced, 10, {room, Stream::text(field::kOrder, id), Stream::number(field::kAmount, amount)});
  s.add(Type::kOrderRefunded, 11, {Stream::text(field::kOrder, "o2"), Stream::number(field::kAmount, 1'000)});
  s.add(Type::kOrderRefunded, 12, {Stream::text(field::kOrder, "o4"), Stream::number(field::kAmount, 7'000)});  // refunded, then cancelled
  s.add(Type::kOrderCancelled, 13, {Stream::text(field::kOrder, "o4")});
  DecisionView decision;
  decision.platform = "alpha", decision.room = "8", decision.violation = "order-brushing", decision.severity = "high";
  decision.target_kind = "order", decision.time = Time{14 * kSecond};
  for (const char* id : {"o2", "o3", "o4"}) {
    decision.target_id = id;
    s.summary.see(decision);
  }
  const RoomSummary shown = s.summary.rooms().at(0);
  EXPECT_EQ(shown.gross, 10'000);
  EXPECT_EQ(shown.refunded_amount, 1'000);
  EXPECT_EQ(shown.suspect_amount, 2'000 + 2'000);  // what is left of o2, and o3
  EXPECT_EQ(shown.net, 5'000);
  EXPECT_EQ(*shown.net, *shown.gross - *shown.refunded_amount - *shown.suspect_amount);
  EXPECT_EQ(shown.minutes.at(0).order_amount, *shown.gross);
}

TEST(Summary, a_viewer_counts_once_and_a_suspect_is_one_of_those_seen) {
  Stream s;
  const auto room = Stream::text(field::kRoom, "8");
  for (const char* account : {"a", "b", "a", "c"}) s.add(Type::kViewerJoined, 5, {room, Stream::text(field::kAccount, account)});
  s.add(Type::kAudienceReported, 6, {room, Stream::number(field::kOnline, 900)});
  s.add(Type::kAudienceReported, 7, {room, Stream::number(field::kOnline, 400)});
  DecisionView decision;
  decision.platform = "alpha", decision.room = "8", decision.violation = "fake-traffic", decision.severity = "high";
  decision.target_kind = "account", decision.target_id = "b", decision.time = Time{8 * kSecond};
  s.summary.see(decision);
  s.summary.see(decision);
  const RoomSummary shown = s.summary.rooms().at(0);
  EXPECT_EQ(shown.viewers_seen, 3);
  EXPECT_EQ(shown.viewers_suspect, 1);
  EXPECT_EQ(shown.displayed_peak, 900);
  EXPECT_EQ(shown.minutes.at(0).viewers, 2);
  EXPECT_EQ(shown.minutes.at(0).suspect_viewers, 1);
}

TEST(Summary, two_sessions_of_a_room_stand_apart_and_two_platforms_too) {
  Stream s;
  s.add(Type::kSessionStarted, 0, {Stream::text(field::kRoom, "8"), Stream::text(field::kSession, "s1")});
  s.add(Type::kChatPosted, 1, {Stream::text(field::kRoom, "8")});
  s.add(Type::kSessionEnded, 2, {Stream::text(field::kRoom, "8"), Stream::text(field::kSession, "s1")});
  s.add(Type::kSessionStarted, 100, {Stream::text(field::kRoom, "8"), Stream::text(field::kSession, "s2")});
  s.add(Type::kChatPosted, 101, {Stream::text(field::kRoom, "8")});
  s.add(Type::kChatPosted, 102, {Stream::text(field::kRoom, "8")});
  const auto rooms = s.summary.rooms();
  ASSERT_EQ(rooms.size(), 2u);
  EXPECT_EQ(rooms[0].session, "s1");
  EXPECT_EQ(rooms[0].chats, 1);
  EXPECT_EQ(rooms[0].to, Time{2 * kSecond});
  EXPECT_EQ(rooms[1].chats, 2);
}

TEST(Page, hostile_text_stays_text) {
  Gathered gathered;
  gathered.add(R"({"time":"t","data":{"rule":"</script><img src=x onerror=alert(1)>","violation":"spam","severity":"high","mode":"enforce","message":{"zh":"<b>","en":"/*SCRIPT*/ /*STYLE*/"}}})", "<svg onload=alert(1)>");
  RoomSummary room;
  room.room = "</script><script>alert(1)</script>";
  room.from = room.to = Time{0};
  const std::string page = to_html({}, {room}, gathered);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("<svg onload"), std::string::npos);
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_NE(page.find("\\u003csvg onload"), std::string::npos);
  const std::size_t from = page.find("id=\"data\">") + 10, to = page.find("</script>", from);
  const auto data = nlohmann::json::parse(page.substr(from, to - from));
  EXPECT_EQ(data["rooms"][0]["room"], room.room);
  EXPECT_EQ(data["decisions"][0]["trigger_raw"], "<svg onload=alert(1)>");
}

TEST(Table, ids_move_no_cursor) {
  RoomSummary room;
  room.platform = "alpha";
  room.room = "8\x1b[31m\r\x7f\xc2\x9b" "房间";
  room.from = room.to = Time{0};
  const std::string table = to_table({}, {room}, {});
  EXPECT_NE(table.find("alpha/8\\x1b[31m\\x0d\\x7f\\x9b房间"), std::string::npos) << table;
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
}

TEST(Gathered, the_severe_stay_when_there_are_too_many) {
  Gathered gathered;
  const auto record = [](const char* severity) { return fmt::format(R"({{"data":{{"rule":"r","severity":"{}","mode":"enforce"}}}})", severity); };
  for (std::size_t i = 0; i < kMaxShownDecisions; ++i) gathered.add(record("low"), "");
  gathered.add(record("critical"), "");
  gathered.add(record("info"), "");
  EXPECT_EQ(gathered.decisions().size(), kMaxShownDecisions);
  EXPECT_EQ(gathered.decisions().back().record["data"]["severity"], "critical");
  EXPECT_EQ(gathered.total(), static_cast<std::int64_t>(kMaxShownDecisions) + 2);
}

}  // namespace
}  // namespace lw::report
