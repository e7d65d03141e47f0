#include "server/outbox.h"

#include "desk/records.h"
#include "server/scratch_service.h"

namespace lw::server {
namespace {

void tell(store::Database& db, int first, int count) {
  const Status told = db.write([&](store::Session& session) -> Status {
    for (int i = first; i < first + count; ++i) {
      desk::tell_engine(session, "live.credit.changed", "credit/" + std::to_string(i), parse_rfc3339("2026-06-01T20:00:00+08:00").value(),
                        {{"platform", "alpha"}, {"kind", "merchant"}, {"party", "m1"}, {"grade", "B"}});
    }
    return {};
  });
  ASSERT_TRUE(told) << told.error().message;
}

std::size_t left(store::Database& db) {
  std::size_t out = 0;
  EXPECT_TRUE(db.read([&](store::Session& session) -> Status {
    out = session.rows("SELECT n FROM outbox").size();
    return {};
  }));
  return out;
}

void turn_until_empty(ScratchService& service, Outbox& outbox) {
  wait_until([&] {
    EXPECT_TRUE(outbox.turn());
    return left(*service.db) == 0;
  });
}

TEST(Outbox, WhatTheDeskTellsIsLoggedAndThenForgotten) {
  ScratchService service;
  Outbox outbox(*service.db, service.engine->inlet);
  EXPECT_TRUE(outbox.turn());
  tell(*service.db, 0, 1200);
  turn_until_empty(service, outbox);
  EXPECT_EQ(service.events(), 1200u);
  for (const int i : {0, 499, 500, 1199}) EXPECT_TRUE(service.has("/livewarden", "credit/" + std::to_string(i))) << i;
  tell(*service.db, 1200, 3);
  turn_until_empty(service, outbox);
  EXPECT_EQ(service.events(), 1203u);
}

TEST(Outbox, WhatACrashLeavesIsHandedInAgainAndIsARepeat) {
  ScratchService service;
  tell(*service.db, 0, 10);
  {
    Outbox outbox(*service.db, service.engine->inlet);
    EXPECT_TRUE(outbox.turn());
    wait_until([&] { return service.has("/livewarden", "credit/9"); });
  }
  EXPECT_EQ(left(*service.db), 10u);
  service.stop();
  service.start();
  Outbox outbox(*service.db, service.engine->inlet);
  tell(*service.db, 10, 1);
  turn_until_empty(service, outbox);
  EXPECT_EQ(service.events(), 11u);
}

TEST(Outbox, HandsInEachRowOnceAndOnlyWhereThereIsRoom) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  runtime::Inlet inlet(1000);  // which nobody reads
  Outbox outbox(*db, inlet);
  tell(*db, 0, 2);
  EXPECT_TRUE(outbox.turn());
  const std::size_t two = inlet.waiting_bytes();
  EXPECT_GT(two, 0u);
  EXPECT_TRUE(outbox.turn());
  EXPECT_EQ(inlet.waiting_bytes(), two);
  tell(*db, 2, 20);
  EXPECT_TRUE(outbox.turn());
  EXPECT_EQ(inlet.waiting_bytes(), two) << "twenty more have no room";
  EXPECT_EQ(left(*db), 22u);
  inlet.stop();
}

}  // namespace
}  // namespace lw::server
