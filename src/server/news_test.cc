// What is told of changes: each, and nothing of what was before.
#include "server/news.h"

#include "server/scratch_service.h"

namespace lw::server {
namespace {

class NewsTest : public testing::Test {
 protected:
  void sql(const std::function<void(store::Session&)>& body) {
    const Status done = db->write([&](store::Session& session) -> Status {
      body(session);
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
  }
  void open_cases(int first, int count, const char* lead) {
    sql([&](store::Session& session) {
      for (int id = first; id < first + count; ++id) {
        session.run("INSERT INTO case_file (id, version, platform, liable_kind, liable_id, violation, session, room, state, severity, lead, assist, owner, opened, changed, due, due_what,"
                    " escalated, decisions, reports, inspections, outcome, decided_by, reason, joint, published)"
                    " VALUES (:id, 1, 'alpha', 'host', 'h1', 'spam', '', '', 'open', 'high', :lead, '[]', '', 1, :changed, 0, '', 0, 1, 0, 0, '', '', '', 0, 0)",
                    id, lead, 1'000'000'000 + id);
      }
    });
  }
  static std::string taken(Broadcast::Listener& listener) {
    std::vector<Broadcast::Text> texts;
    std::string out = listener.take(texts) ? "" : "cut off";
    for (const auto& text : texts) out += *text;
    return out;
  }

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db = scratch.open();
  Notes notes;
  Broadcast broadcast;
  News news{*db, broadcast, notes.sink()};
};

TEST_F(NewsTest, WhoBeginsToListenIsNotToldWhatWasBefore) {
  news.turn();
  open_cases(1, 400, "samr");
  news.turn();  // nobody listens
  const auto officer = broadcast.listen("department/samr", [] {});
  news.turn();
  EXPECT_EQ(taken(*officer), "");
  sql([](store::Session& session) { session.run("UPDATE case_file SET version = 2, changed = changed + 1000 WHERE id = 17"); });
  news.turn();
  const std::string told = taken(*officer);
  EXPECT_NE(told.find("\"id\":17"), std::string::npos) << told;
  EXPECT_EQ(told.find("event:"), told.rfind("event:")) << told;
}

TEST_F(NewsTest, AChangeIsToldHoweverManyCameWithIt) {
  open_cases(1, 1, "samr");
  open_cases(2, 900, "mct");
  news.turn();
  const auto officer = broadcast.listen("department/samr", [] {});
  sql([](store::Session& session) { session.run("UPDATE case_file SET version = 2, changed = changed + 100000"); });
  news.turn();
  const std::string told = taken(*officer);
  EXPECT_NE(told.find("\"version\":2"), std::string::npos) << told;
  sql([](store::Session& session) {
    for (int n = 1; n <= 900; ++n) {
      session.run("INSERT INTO intervention (id, n, decision, case_id, platform, action, target_kind, target_id, room, session, asked_by, at, state, attempts, next_at, acknowledged, effect, record)"
                  " VALUES (:id, :n, 'd', :case, 'alpha', 'warn', 'room', 'r', 'r', '', 'livewarden', 1, 'asked', 0, 0, 0, '', '{}')",
                  "i" + std::to_string(n), n, n == 2 ? 1 : 2);
    }
  });
  news.turn();
  EXPECT_NE(taken(*officer).find("\"id\":\"i2\""), std::string::npos);
}

}  // namespace
}  // namespace lw::server
