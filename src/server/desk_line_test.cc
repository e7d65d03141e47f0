// The desk is behind the event log, never before it.
#include "server/desk_line.h"

#include <fmt/format.h>

#include <atomic>

#include "event/decoder.h"
#include "server/scratch_service.h"

namespace lw::server {
namespace {

std::string decision(const std::string& id) {
  return R"({"specversion":"1.0","id":")" + id + R"(","source":"/livewarden","type":"live.decision.made","time":"2026-06-01T20:00:00+08:00","data":{"rule":"r","violation":"v",)"
         R"("platform":"alpha","target":{"kind":"room","id":"r1"},"room":"r1","session":"s1","severity":"low","trigger":"/platforms/alpha#e","mode":"enforce"}})" "\n";
}

TEST(DeskLine, TakesInWhatTheLogHasForGood) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  Notes notes;
  std::atomic<std::uint64_t> durable{0};
  const auto policy = std::make_shared<const pack::DeskPolicy>();
  const auto decided = [&] {
    std::int64_t out = -1;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      out = session.rows("SELECT COUNT(*) FROM decision")[0].number(0);
      return {};
    }));
    return out;
  };
  const auto hand_in = [&](DeskLine& line) {
    ASSERT_TRUE(line.open(0, 0, {}));
    ASSERT_TRUE(line.write(decision("d1")));
    line.see_accepted(3);
    ASSERT_TRUE(line.pause(true));
    ASSERT_TRUE(line.write(decision("d2")));
    line.see_accepted(7);
    ASSERT_TRUE(line.pause(true));
  };
  const DeskLine::Options options{.db = db.get(), .policy = [&] { return policy; }, .note = notes.sink(), .durable = [&] { return durable.load(); }};
  {
    DeskLine line(options);
    hand_in(line);
    line.give_up();
    EXPECT_EQ(decided(), 0);
  }
  durable = 7;
  DeskLine line(options);
  hand_in(line);
  ASSERT_TRUE(line.flush());
  EXPECT_EQ(decided(), 2);
  ASSERT_TRUE(line.close());
}

// A link fills in whoever had the room last; of the broadcast itself only what it names counts, or its plan.
TEST(DeskLine, WhoeverABroadcastDoesNotNameHasNoPartInIt) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  const auto policy = std::make_shared<const pack::DeskPolicy>();
  DeskLine line({.db = db.get(), .policy = [&] { return policy; }});
  ASSERT_TRUE(line.open(0, 0, {}));
  const event::Schema schema;
  event::Decoder decoder(schema);
  int number = 0;
  const auto take = [&](const std::string& type, const std::string& data) {
    std::string text = fmt::format(R"({{"specversion":"1.0","id":"e{}","source":"/platforms/alpha","type":"{}","time":"2026-06-01T20:00:00+08:00","data":{{"room":"r1",{}}}}})", ++number, type, data);
    const std::size_t size = text.size();
    text.append(event::kPadding, ' ');
    event::Event event;
    ASSERT_TRUE(decoder.decode({text.data(), size}, event));
    if (!event.has(event::field::kOperator)) event.add_text(event::field::kOperator, "op1");
    line.see(event);
    ASSERT_TRUE(line.flush());
  };
  const auto room = [&] {
    std::string out;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      for (const store::Row& row : session.rows("SELECT session, host, operator FROM room")) out = row.text(0) + " " + row.text(1) + " " + row.text(2);
      return {};
    }));
    return out;
  };
  take("live.session.started", R"("session":"s1","host":"h1","operator":"op1")");
  EXPECT_EQ(room(), "s1 h1 op1");
  take("live.session.started", R"("session":"s2","host":"h2")");
  EXPECT_EQ(room(), "s2 h2 ");
  take("live.session.scheduled", R"("session":"s3","host":"h3","operator":"op3","starts_at":"2026-06-02T20:00:00+08:00")");
  take("live.session.started", R"("session":"s3")");
  EXPECT_EQ(room(), "s3 h3 op3");
  ASSERT_TRUE(line.close());
}

}  // namespace
}  // namespace lw::server
