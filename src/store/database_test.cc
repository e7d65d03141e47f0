// One table of tests for both stores. PostgreSQL is tested where LW_POSTGRES holds the address of a server (tests/postgres.sh).
#include "store/database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <thread>

#include "store/scratch_database.h"

namespace lw::store {
namespace {

namespace fs = std::filesystem;

class OnBoth : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (on_server() && !ScratchDatabase::server()) GTEST_SKIP() << "LW_POSTGRES is not set";
    scratch = std::make_unique<ScratchDatabase>(on_server());
    db = scratch->open();
    ASSERT_TRUE(db);
    EXPECT_EQ(db->kind(), GetParam());
  }
  void TearDown() override { db.reset(); }
  bool on_server() const { return GetParam() == std::string_view("postgresql"); }

  Status set(std::string_view name, std::string_view value) {
    return db->write([&](Session& s) -> Status {
      s.run("INSERT INTO meta (name, value) VALUES (:n, :v) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);
      return {};
    });
  }
  std::string get(std::string_view name) {
    std::string out = "none";
    const Status done = db->read([&](Session& s) -> Status {
      for (const Row& row : s.rows("SELECT value FROM meta WHERE name = :n", name)) out = row.text(0);
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }
  std::int64_t count(std::string_view sql) {
    std::int64_t out = -1;
    const Status done = db->read([&](Session& s) -> Status {
      const Rows rows = s.rows(sql);
      if (rows.size() == 1) out = rows[0].number(0);
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }

  std::unique_ptr<ScratchDatabase> scratch;
  std::unique_ptr<Database> db;
};
INSTANTIATE_TEST_SUITE_P(Stores, OnBoth, testing::Values("sqlite", "postgresql"), [](const auto& store) { return std::string(store.param); });

TEST_P(OnBoth, GivesBackWhatItWasGiven) {
  using Limits = std::numeric_limits<std::int64_t>;
  const std::vector<std::int64_t> numbers{0, 1, -1, 2147483647, 2147483648, -2147483649, 9007199254740993, Limits::max(), Limits::min()};
  const std::vector<std::string> texts{"", " ", "it's \"quoted\"", ":name ::text $1 ?1 %s \\n \\", "直播带货 🧧", "line\nbreak\ttab\r", "'; DROP TABLE meta; --", "0123", std::string(1 << 20, 'x')};
  const Status done = db->write([&](Session& s) -> Status {
    for (std::size_t i = 0; i < numbers.size(); ++i) s.run("INSERT INTO counter (name, value) VALUES (:n, :v)", std::to_string(i), numbers[i]);
    for (std::size_t i = 0; i < texts.size(); ++i) s.run("INSERT INTO meta (name, value) VALUES (:n, :v)", std::to_string(i), texts[i]);
    s.run("INSERT INTO meta (name, value) VALUES (:n, :v)", "nul", std::string_view("a\0b", 3));
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(get(std::to_string(i)), texts[i]);
  EXPECT_EQ(get("nul"), "a\xEF\xBF\xBD" "b");
  const Status read = db->read([&](Session& s) -> Status {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const Rows rows = s.rows("SELECT value, name FROM counter WHERE name = :n AND value = :v", std::to_string(i), numbers[i]);
      EXPECT_EQ(rows.size(), 1u) << numbers[i];
      if (rows.empty()) continue;
      EXPECT_EQ(rows[0].size(), 2u);
      EXPECT_EQ(rows[0].number(0), numbers[i]);
      EXPECT_EQ(rows[0].text(1), std::to_string(i));
    }
    return {};
  });
  EXPECT_TRUE(read) << read.error().message;
}

TEST_P(OnBoth, OneStatementTakesTextsAndNumbersInTurn) {
  const Status done = db->write([&](Session& s) -> Status {
    s.run("INSERT INTO counter (name, value) VALUES (:n, :v)", "a", 5'000'000'000);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(s.rows("SELECT name FROM counter WHERE value = :v", 5'000'000'000).size(), 1u);
      EXPECT_EQ(s.rows("SELECT name FROM counter WHERE value = :v", "5000000000").size(), 1u);
      EXPECT_EQ(s.rows("SELECT name FROM counter WHERE value = :v", 7).size(), 0u);
    }
    return {};
  });
  EXPECT_TRUE(done) << done.error().message;
}

TEST_P(OnBoth, CountsAndSumsAreNumbers) {
  ASSERT_TRUE(db->write([&](Session& s) -> Status {
    for (int i = 1; i <= 3; ++i) s.run("INSERT INTO counter (name, value) VALUES (:n, :v)", std::to_string(i), i * 4'000'000'000);
    return {};
  }));
  EXPECT_EQ(count("SELECT COUNT(*) FROM counter"), 3);
  EXPECT_EQ(count("SELECT SUM(value) FROM counter"), 24'000'000'000);
  EXPECT_EQ(count("SELECT MAX(value) FROM counter"), 12'000'000'000);
  EXPECT_EQ(count("SELECT MIN(value) - MAX(value) FROM counter"), -8'000'000'000);
  EXPECT_EQ(count("SELECT COALESCE(SUM(value), 0) FROM counter WHERE name = 'none'"), 0);
  EXPECT_EQ(count("SELECT SUM(value) FROM counter WHERE name = 'none'"), 0);
  EXPECT_EQ(count("SELECT EXISTS (SELECT 1 FROM counter)"), 1);
  EXPECT_EQ(count("SELECT COUNT(*) FROM counter WHERE name LIKE 'A%'"), 0);
}

TEST_P(OnBoth, ARunTellsHowManyRowsItChanged) {
  ASSERT_TRUE(db->write([&](Session& s) -> Status {
    EXPECT_EQ(s.run("INSERT INTO counter (name, value) VALUES ('a', 1), ('b', 1), ('c', 2)"), 3u);
    EXPECT_EQ(s.run("UPDATE counter SET value = :v WHERE value = :w", 9, 1), 2u);
    EXPECT_EQ(s.run("UPDATE counter SET value = :v WHERE value = :w", 9, 1), 0u);
    EXPECT_EQ(s.run("INSERT INTO counter (name, value) VALUES (:n, 1) ON CONFLICT (name) DO NOTHING", "a"), 0u);
    EXPECT_EQ(s.run("DELETE FROM counter"), 3u);
    return {};
  }));
}

TEST_P(OnBoth, PlacesAreFilledInOrderWhateverTheirNames) {
  const Status done = db->write([&](Session& s) -> Status {
    s.run("INSERT INTO meta (name, value) VALUES (:x, :x)", "first", "second");
    s.run("UPDATE meta SET value = value || ':x' WHERE name = :x", "first");
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(get("first"), "second:x");
  const Status few = db->write([&](Session& s) -> Status {
    s.run("INSERT INTO meta (name, value) VALUES (:n, :v)", "alone");
    return {};
  });
  ASSERT_FALSE(few);
  EXPECT_NE(few.error().message.find("2 places for 1 values"), std::string::npos) << few.error().message;
}

TEST_P(OnBoth, ARefusalUndoesAll) {
  const Status done = db->write([&](Session& s) -> Status {
    s.run("INSERT INTO meta (name, value) VALUES ('a', '1')");
    EXPECT_EQ(s.next("thing"), 1u);
    return fail("somebody has it");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "somebody has it");
  EXPECT_EQ(get("a"), "none");
  EXPECT_EQ(count("SELECT COUNT(*) FROM counter"), 0);
}

TEST_P(OnBoth, WhatABodyThrowsUndoesAll) {
  const Status done = db->write([&](Session& s) -> Status {
    s.run("INSERT INTO meta (name, value) VALUES ('a', '1')");
    throw std::runtime_error("what it threw");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "what it threw");
  EXPECT_EQ(get("a"), "none");
  EXPECT_TRUE(set("a", "2"));
}

TEST_P(OnBoth, TheFirstFailureDecides) {
  ASSERT_TRUE(set("a", "1"));
  const Status done = db->write([&](Session& s) -> Status {
    s.run("INSERT INTO meta (name, value) VALUES ('b', '1')");
    EXPECT_TRUE(s.status());
    s.run("INSERT INTO meta (name, value) VALUES (:n, :v)", "a", "a secret value");
    EXPECT_FALSE(s.status());
    EXPECT_EQ(s.run("INSERT INTO meta (name, value) VALUES ('c', '1')"), 0u);
    EXPECT_TRUE(s.rows("SELECT name FROM meta").empty());
    EXPECT_EQ(s.next("thing"), 0u);
    return {};  // nobody asked
  });
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("INSERT INTO meta"), std::string::npos) << done.error().message;
  EXPECT_EQ(done.error().message.find("secret"), std::string::npos) << done.error().message;
  EXPECT_EQ(done.error().message.find("(a)"), std::string::npos) << done.error().message;
  EXPECT_EQ(get("b"), "none");
  EXPECT_EQ(get("c"), "none");
  EXPECT_TRUE(set("b", "2")) << "the session goes on";
  EXPECT_EQ(get("b"), "2");
}

TEST_P(OnBoth, AStatementThatIsNotSqlSaysSo) {
  const Status done = db->read([&](Session& s) -> Status {
    s.rows("SELECT nothing FROM nowhere WHERE a = :a", 1);
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("nowhere"), std::string::npos) << done.error().message;
  EXPECT_EQ(get("schema_version"), "4");
}

TEST_P(OnBoth, CountersCountEachOnItsOwn) {
  std::vector<std::uint64_t> got;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(db->write([&](Session& s) -> Status {
      got.push_back(s.next("case"));
      got.push_back(s.next("case"));
      got.push_back(s.next("leaf"));
      return {};
    }));
  }
  EXPECT_EQ(got, (std::vector<std::uint64_t>{1, 2, 1, 3, 4, 2, 5, 6, 3}));
}

TEST_P(OnBoth, AReadChangesNothing) {
  const Status done = db->read([&](Session& s) -> Status {
    s.run("INSERT INTO meta (name, value) VALUES ('a', '1')");
    return {};
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(get("a"), "none");
}

TEST_P(OnBoth, AReadSeesOneMoment) {
  ASSERT_TRUE(set("a", "before"));
  ASSERT_TRUE(db->read([&](Session& s) -> Status {
    EXPECT_EQ(s.rows("SELECT value FROM meta WHERE name = 'a'").at(0).text(0), "before");
    EXPECT_TRUE(set("a", "after"));
    EXPECT_EQ(s.rows("SELECT value FROM meta WHERE name = 'a'").at(0).text(0), "before");
    return {};
  }));
  EXPECT_EQ(get("a"), "after");
}

TEST_P(OnBoth, ManyReadWhileOneWrites) {
  ASSERT_TRUE(db->write([&](Session& s) -> Status {
    s.run("INSERT INTO counter (name, value) VALUES ('left', 1000), ('right', 0)");
    return {};
  }));
  std::atomic<bool> ends = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {  // more than there are sessions
    readers.emplace_back([&] {
      while (!ends) {
        const Status done = db->read([&](Session& s) -> Status {
          const std::int64_t left = s.rows("SELECT value FROM counter WHERE name = 'left'").at(0).number(0);
          const std::int64_t right = s.rows("SELECT value FROM counter WHERE name = 'right'").at(0).number(0);
          EXPECT_EQ(left + right, 1000);
          return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        ++reads;
      }
    });
  }
  for (int i = 0; i < 100; ++i) {
    const Status done = db->write([&](Session& s) -> Status {
      s.run("UPDATE counter SET value = value - 1 WHERE name = 'left'");
      s.run("UPDATE counter SET value = value + 1 WHERE name = 'right'");
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
  }
  while (reads < 100) std::this_thread::yield();
  ends = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(count("SELECT value FROM counter WHERE name = 'right'"), 100);
}

TEST_P(OnBoth, WritersTakeTurns) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (int n = 0; n < 25; ++n) {
        EXPECT_TRUE(db->write([](Session& s) -> Status {
          s.next("thing");
          return {};
        }));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(count("SELECT value FROM counter WHERE name = 'thing'"), 100);
}

TEST_P(OnBoth, IsThereWhenItIsOpenedAgain) {
  ASSERT_TRUE(set("a", "kept"));
  db.reset();
  db = scratch->open();
  ASSERT_TRUE(db);
  EXPECT_EQ(get("a"), "kept");
  EXPECT_EQ(get("schema_version"), "4");
}

TEST_P(OnBoth, ASchemaOfAnOlderProgramComesForwardWithWhatItHolds) {
  ASSERT_TRUE(set("a", "kept"));
  ASSERT_TRUE(db->write([](Session& s) -> Status {
    for (const char* later : {"TABLE refund_ask", "INDEX intervention_n", "INDEX case_changed", "INDEX decision_session"}) s.run(fmt::format("DROP {}", later));
    return {};
  }));
  ASSERT_TRUE(set("schema_version", "1"));
  db.reset();
  db = scratch->open();
  ASSERT_TRUE(db);
  EXPECT_EQ(get("schema_version"), "4");
  EXPECT_EQ(get("a"), "kept");
  EXPECT_EQ(count("SELECT COUNT(*) FROM refund_ask"), 0);
}

TEST_P(OnBoth, ASchemaOfANewerProgramIsRefused) {
  ASSERT_TRUE(set("schema_version", "99"));
  db.reset();
  const auto opened = Database::open(scratch->place());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("version 99, this program knows 4"), std::string::npos) << opened.error().message;
}

TEST_P(OnBoth, ATableMetaOfSomebodyElseIsRefused) {
  ASSERT_TRUE(db->write([](Session& s) -> Status {
    s.run("DELETE FROM meta");
    return {};
  }));
  db.reset();
  const auto opened = Database::open(scratch->place());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("not ours"), std::string::npos) << opened.error().message;
}

TEST_P(OnBoth, APartMayFailAlone) {
  Status duplicate, refused, thrown, good;
  const Status done = db->write([&](Session& s) -> Status {
    const auto put = [&](const char* name) { s.run("INSERT INTO meta (name, value) VALUES (:n, 'x')", name); };
    put("a");
    duplicate = s.attempt([&]() -> Status {
      put("undone");
      put("a");
      return {};
    });
    refused = s.attempt([&]() -> Status {
      put("undone");
      return fail("not so");
    });
    thrown = s.attempt([&]() -> Status {
      put("undone");
      throw std::runtime_error("thrown");
    });
    good = s.attempt([&]() -> Status {
      put("b");
      return {};
    });
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(duplicate);
  EXPECT_EQ(refused.error().message, "not so");
  EXPECT_EQ(thrown.error().message, "thrown");
  EXPECT_TRUE(good);
  EXPECT_EQ(get("a") + get("b") + get("undone"), "xxnone");
  // What is no part's fault is everybody's.
  const Status broken = db->write([&](Session& s) -> Status {
    const Status part = s.attempt([&]() -> Status {
      s.run("INSERT INTO nowhere (name) VALUES ('x')");
      return {};
    });
    EXPECT_FALSE(part);
    EXPECT_FALSE(s.status());
    return {};
  });
  EXPECT_FALSE(broken);
}

TEST_P(OnBoth, IsReadBesideWhoeverUsesIt) {
  ASSERT_TRUE(set("a", "1"));
  {
    const auto reader = Database::open_to_read(scratch->place());
    ASSERT_TRUE(reader) << reader.error().message;
    std::string found;
    EXPECT_TRUE((*reader)->read([&](Session& s) -> Status {
      found = s.rows("SELECT value FROM meta WHERE name = 'a'").at(0).text(0);
      return {};
    }));
    EXPECT_EQ(found, "1");
    EXPECT_FALSE((*reader)->write([](Session&) -> Status { return {}; }));
    ASSERT_TRUE(set("a", "2")) << "the other holds no lock";
  }
  ASSERT_TRUE(set("schema_version", "1"));
  const auto older = Database::open_to_read(scratch->place());
  ASSERT_FALSE(older);
  EXPECT_NE(older.error().message.find("version 1, this program reads 4"), std::string::npos) << older.error().message;
  EXPECT_EQ(get("schema_version"), "1") << "and stays";
}

TEST(Place, ThatIsNoneIsRefusedWithoutItsPassword) {
  for (const char* place : {"", "desk.sqlite", "sqlite:", "mysql://li:hunter2@host/desk", "sqlite:/nowhere/desk.sqlite"}) {
    const auto opened = Database::open(place);
    ASSERT_FALSE(opened) << place;
    EXPECT_EQ(opened.error().message.find("hunter2"), std::string::npos) << opened.error().message;
  }
  EXPECT_FALSE(Database::open_to_read("sqlite:/nowhere/desk.sqlite"));
  const auto away = Database::open("postgresql://li:hunter2@127.0.0.1:1/desk?sslpassword=hunter2");
  ASSERT_FALSE(away);
  EXPECT_TRUE(away.error().message.starts_with("postgresql://li@127.0.0.1:1/desk: ")) << away.error().message;
  EXPECT_EQ(away.error().message.find("hunter2"), std::string::npos) << away.error().message;
  EXPECT_NE(away.error().message.find("refused"), std::string::npos) << away.error().message;
}

TEST(Sqlite, AFileThatIsNoDatabaseIsRefused) {
  const ScratchDatabase scratch(false);
  std::ofstream(scratch.folder() + "/desk.sqlite") << std::string(5000, 'x');
  const auto opened = Database::open(scratch.place());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("not a database"), std::string::npos) << opened.error().message;
}

TEST(Sqlite, OnlyItsOwnerMayReadIt) {
  const ScratchDatabase scratch(false);
  const auto db = scratch.open();
  for (const auto& file : fs::directory_iterator(scratch.folder())) EXPECT_EQ(file.status().permissions(), fs::perms::owner_read | fs::perms::owner_write) << file.path();
}

TEST(Sqlite, ABackupIsOfOneMomentWhileOthersWrite) {
  const ScratchDatabase scratch(false);
  const auto db = scratch.open();
  std::atomic<bool> ends = false;
  std::atomic<int> writes = 0;
  std::thread writer([&] {
    while (!ends) {
      const Status done = db->write([](Session& s) -> Status {
        s.next("left");
        s.run("INSERT INTO meta (name, value) VALUES (:n, :v)", std::to_string(s.next("right")), std::string(2000, 'x'));
        return {};
      });
      EXPECT_TRUE(done) << done.error().message;
      ++writes;
    }
  });
  while (writes < 50) std::this_thread::yield();
  const std::string path = scratch.folder() + "/copy.sqlite";
  const Status made = Database::backup(scratch.place(), path);
  const int before = writes;
  while (writes < before + 10) std::this_thread::yield();
  ends = true;
  writer.join();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(Database::backup(scratch.place(), path)) << "it is there";
  EXPECT_FALSE(Database::backup(scratch.place(), scratch.folder() + "/none/copy.sqlite"));
  const auto copy = Database::open("sqlite:" + path);
  ASSERT_TRUE(copy) << copy.error().message;
  ASSERT_TRUE((*copy)->read([](Session& s) -> Status {
    const std::int64_t left = s.rows("SELECT value FROM counter WHERE name = 'left'").at(0).number(0);
    EXPECT_GE(left, 50);
    EXPECT_EQ(s.rows("SELECT value FROM counter WHERE name = 'right'").at(0).number(0), left);
    EXPECT_EQ(s.rows("SELECT COUNT(*) FROM meta WHERE name <> 'schema_version'").at(0).number(0), left);
    return {};
  }));
}

class Postgresql : public testing::Test {
 protected:
  void SetUp() override {
    if (!ScratchDatabase::server()) GTEST_SKIP() << "LW_POSTGRES is not set";
    scratch = std::make_unique<ScratchDatabase>(true);
    db = scratch->open();
    ASSERT_TRUE(db);
  }
  void TearDown() override { db.reset(); }
  void cut() { ScratchDatabase::order("SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" + scratch->name() + "'"); }
  std::int64_t thing() {
    std::int64_t out = -1;
    const Status done = db->read([&](Session& s) -> Status {
      out = s.rows("SELECT COALESCE(MAX(value), 0) FROM counter WHERE name = 'thing'").at(0).number(0);
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return out;
  }

  std::unique_ptr<ScratchDatabase> scratch;
  std::unique_ptr<Database> db;
};

TEST_F(Postgresql, ASecondProcessIsRefused) {
  const auto second = Database::open(scratch->place());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another process"), std::string::npos) << second.error().message;
  db.reset();
  EXPECT_TRUE(Database::open(scratch->place()));
}

TEST_F(Postgresql, GoesOnWhenConnectionsWereCut) {
  EXPECT_EQ(thing(), 0);
  for (int i = 1; i <= 3; ++i) {
    cut();
    const Status done = db->write([](Session& s) -> Status {
      s.next("thing");
      return {};
    });
    ASSERT_TRUE(done) << done.error().message;
    cut();
    EXPECT_EQ(thing(), i);
  }
}

TEST_F(Postgresql, ATransactionThatIsCutInItsMiddleIsTriedAgain) {
  int runs = 0;
  const Status done = db->write([&](Session& s) -> Status {
    s.next("thing");
    if (++runs < 3) cut();
    s.next("thing");
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(thing(), 2);
}

// A server that waits for a standby has committed already, but has not said so.
TEST_F(Postgresql, ACommitThatNobodyAnsweredCountsOnce) {
  const auto standby = [](const char* name) {
    ScratchDatabase::order(std::string("ALTER SYSTEM SET synchronous_standby_names = '") + name + "'");
    ScratchDatabase::order("SELECT pg_reload_conf()");
  };
  const std::string waiting = " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = '" + scratch->name() + "'";
  soci::session watch(soci::postgresql, ScratchDatabase::of_server());
  standby("nobody");
  for (std::string names; names != "nobody";) soci::session(soci::postgresql, ScratchDatabase::of_server()) << "SHOW synchronous_standby_names", soci::into(names);
  int runs = 0;
  Status done;
  std::thread writer([&] {
    done = db->write([&](Session& s) -> Status {
      ++runs;
      s.next("thing");
      return {};
    });
  });
  for (int found = 0; found == 0; std::this_thread::yield()) watch << "SELECT CAST(COUNT(*) AS INTEGER)" + waiting, soci::into(found);
  watch << "SELECT COUNT(pg_terminate_backend(pid))" + waiting;
  writer.join();
  standby("");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(thing(), 1);
}

TEST_F(Postgresql, ABackupIsRestoredIntoAnEmptyDatabase) {
  ASSERT_TRUE(db->write([](Session& s) -> Status {
    s.run("INSERT INTO meta (name, value) VALUES ('said', :value)", "a'b\\c 直播");
    return {};
  }));
  const std::string path = scratch->folder() + "/copy.pgdump";
  const Status made = Database::backup(scratch->place(), path);
  ASSERT_TRUE(made) << made.error().message;
  const ScratchDatabase other(true);
  const Status restored = Database::restore(other.place(), path);
  ASSERT_TRUE(restored) << restored.error().message;
  const Status again = Database::restore(other.place(), path);
  EXPECT_FALSE(again) << "it is not empty any more";
  const auto copy = other.open();
  ASSERT_TRUE(copy);
  ASSERT_TRUE(copy->read([](Session& s) -> Status {
    EXPECT_EQ(s.rows("SELECT value FROM meta WHERE name = 'said'").at(0).text(0), "a'b\\c 直播");
    return {};
  }));
}

TEST_F(Postgresql, ABackupThatFailsLeavesNothing) {
  const std::string path = scratch->folder() + "/copy.pgdump", nobody = scratch->place() + "_that_is_not_there";
  const Status made = Database::backup(nobody, path);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("pg_dump failed: "), std::string::npos) << made.error().message;
  EXPECT_TRUE(std::filesystem::is_empty(scratch->folder()));
}

}  // namespace
}  // namespace lw::store
