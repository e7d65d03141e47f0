// The desk is behind the event log, never before it.
#include "server/desk_line.h"

#include <atomic>

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

}  // namespace
}  // namespace lw::server
