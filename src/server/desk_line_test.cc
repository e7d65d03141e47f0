// The desk is behind the event log, never before it.
#include "server/desk_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>

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
  Notes notes;
  const auto policy = std::make_shared<const pack::DeskPolicy>();
  DeskLine line({.db = db.get(), .policy = [&] { return policy; }, .note = notes.sink()});
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

class DeskLineTest : public testing::Test {
 protected:
  std::string path() const { return scratch.folder() + "/dead.ndjson"; }
  DeskLine::Options options(store::Database* database) {
    return {.db = database, .policy = [this] { return policy; }, .note = notes.sink(), .dead_letter = path()};
  }
  // As the judging thread sees it; `acts`: a decision of it does.
  void see(DeskLine& line, const std::string& id, const std::string& type, const std::string& data, bool acts = false) {
    std::string text = R"({"specversion":"1.0","id":")" + id + R"(","source":"/platforms/alpha","type":"live.)" + type + R"(","time":"2026-06-01T20:00:00+08:00","data":)" + data + "}";
    const std::size_t size = text.size();
    text.append(event::kPadding, '\0');
    event::Event event;
    const Status good = decoder.decode({text.data(), size}, event);
    ASSERT_TRUE(good) << good.error().message;
    engine::Decision decision;
    decision.rule = &rule;
    if (acts) line.see(decision, "{}");
    line.see(event);
  }
  std::int64_t number(std::string_view sql) {
    std::int64_t out = -1;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      const store::Rows rows = session.rows(sql);
      if (!rows.empty()) out = rows[0].number(0);
      return {};
    }));
    return out;
  }
  std::vector<std::string> put_aside() const {
    std::vector<std::string> out;
    std::ifstream in(path());
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db = scratch.open();
  Notes notes;
  event::Schema schema;
  event::Decoder decoder{schema};
  pack::Rule rule;
  std::shared_ptr<const pack::DeskPolicy> policy = std::make_shared<const pack::DeskPolicy>();
};

TEST_F(DeskLineTest, WhatCannotBeTakenInHoldsUpNobody) {
  {
    DeskLine line(options(db.get()));
    ASSERT_TRUE(line.open(0, 0, {}));
    see(line, "1", "merchant.registered", R"({"merchant":"m1"})");
    see(line, "2", "merchant.registered", R"({"merchant":"bad","zz":1e999})", true);
    ASSERT_TRUE(line.write(decision("d1")));
    ASSERT_TRUE(line.write("{\"no\n"));
    see(line, "3", "merchant.registered", R"({"merchant":"m2"})");
    ASSERT_TRUE(line.close());
  }
  EXPECT_EQ(number("SELECT COUNT(*) FROM party WHERE kind = 'merchant'"), 2);
  EXPECT_EQ(number("SELECT COUNT(*) FROM decision"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM leaf WHERE kind = 'event'"), 1) << "that it was judged is evidence all the same";
  const auto aside = put_aside();
  ASSERT_EQ(aside.size(), 2u);
  EXPECT_TRUE(aside[0].starts_with(R"({"file":"event","line":2,"reason":"its line cannot be read whole)")) << aside[0];
  EXPECT_TRUE(aside[1].starts_with(R"({"file":"decision","line":2,)")) << aside[1];
  EXPECT_EQ(notes.count("put aside in " + path()), 2u);
  EXPECT_FALSE(notes.has("m1"));
  // A start that begins behind them is as good as any.
  DeskLine again(options(db.get()));
  ASSERT_TRUE(again.open(2, 3, {}));
  ASSERT_TRUE(again.close());
}

TEST_F(DeskLineTest, SumsOfARoomEndWhereNumbersDo) {
  DeskLine line(options(db.get()));
  ASSERT_TRUE(line.open(0, 0, {}));
  for (int i = 0; i < 3; ++i) see(line, std::to_string(i), "gift.sent", R"({"room":"r1","amount":9000000000000000000})");
  ASSERT_TRUE(line.flush());
  for (int i = 3; i < 6; ++i) see(line, std::to_string(i), "gift.sent", R"({"room":"r1","amount":9000000000000000000})");
  see(line, "6", "audience.reported", R"({"room":"r1","online":9000000000000000000})");
  ASSERT_TRUE(line.close());
  EXPECT_EQ(number("SELECT tips FROM room WHERE id = 'r1'"), 4'000'000'000'000'000'000);
  EXPECT_EQ(number("SELECT online FROM room WHERE id = 'r1'"), 9'000'000'000'000'000'000);
  EXPECT_TRUE(put_aside().empty());
}

TEST_F(DeskLineTest, ASnapshotDoesNotWaitForTheDeskAndCountsOnceItHasAll) {
  std::atomic<std::uint64_t> durable{0};
  auto late = options(db.get());
  late.durable = [&] { return durable.load(); };
  DeskLine line(std::move(late));
  ASSERT_TRUE(line.open(0, 0, {}));
  ASSERT_TRUE(line.deliver());
  EXPECT_TRUE(line.delivered()) << "there is nothing";
  line.see_accepted(1);
  see(line, "1", "gift.sent", R"({"room":"r1","amount":500})");
  ASSERT_TRUE(line.deliver());
  EXPECT_FALSE(line.delivered());
  EXPECT_EQ(number("SELECT COUNT(*) FROM room"), 0);
  durable = 1;
  wait_until([&] { return line.delivered(); });
  EXPECT_EQ(number("SELECT tips FROM room WHERE id = 'r1'"), 500);
  ASSERT_TRUE(line.close());
}

// Commits, and is away when it is asked whether it did.
class Unanswering : public store::Database {
 public:
  explicit Unanswering(store::Database& inner) : inner_(inner) {}
  Status write(const std::function<Status(store::Session&)>& body) override {
    const Status done = inner_.write(body);
    return done && ++commits == 1 ? fail("the database does not answer") : done;
  }
  Status read(const std::function<Status(store::Session&)>& body) override { return inner_.read(body); }
  std::string kind() const override { return inner_.kind(); }
  int commits = 0;

 private:
  store::Database& inner_;
};

TEST_F(DeskLineTest, WhatNobodyAnsweredCountsOnce) {
  Unanswering unanswering(*db);
  DeskLine line(options(&unanswering));
  ASSERT_TRUE(line.open(0, 0, {}));
  see(line, "1", "gift.sent", R"({"room":"r1","amount":500})", true);
  ASSERT_TRUE(line.write(decision("d1")));
  ASSERT_TRUE(line.flush());
  EXPECT_EQ(unanswering.commits, 2);
  EXPECT_EQ(number("SELECT tips FROM room WHERE id = 'r1'"), 500);
  EXPECT_EQ(number("SELECT COUNT(*) FROM leaf WHERE kind = 'event'"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM decision"), 1);
  ASSERT_TRUE(line.close());
}

}  // namespace
}  // namespace lw::server
