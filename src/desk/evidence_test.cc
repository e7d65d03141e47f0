// Rows become entries, whatever happens in between; a bundle holds what a case rests on; what is deleted leaves the proofs whole.
#include "desk/evidence.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "desk/case_test.h"
#include "desk/credit.h"
#include "desk/records.h"
#include "desk/rule_texts.h"
#include "ledger/leaf.h"
#include "ledger/test_tree.h"
#include "ledger/verify.h"
#include "store/scratch_database.h"

namespace lw::desk {
namespace {

using ledger::test::files_in;
using ledger::test::Folder;
using ledger::test::put_files;

const ledger::SigningKey& key() {
  static const ledger::SigningKey made = *ledger::SigningKey::make("livewarden.example/log");
  return made;
}

void add_leaves(store::Database& db, std::size_t count) {
  const Status done = db.write([&](store::Session& session) -> Status {
    for (std::size_t i = 0; i < count; ++i) add_leaf(session, i % 2 ? "event" : "act", "of a test", {{"text", "直播"}, {"i", i}}, Time{1'764'000'000'123'456'789});
    return session.status();
  });
  RC_ASSERT(bool(done));
}

std::vector<std::string> stored_entries(store::Database& db) {
  std::vector<std::string> out;
  const Status done = db.read([&](store::Session& session) -> Status {
    for (const store::Row& row : session.rows("SELECT n, at, kind, commitment FROM leaf ORDER BY n")) {
      out.push_back(fmt::format(R"({{"at":"{}","commitment":"{}","kind":"{}","n":{}}})", shown_time(row.number(1)), row.text(3), row.text(2), row.number(0)));
    }
    return session.status();
  });
  RC_ASSERT(bool(done));
  return out;
}

std::string findings(const std::string& folder) {
  const auto verified = ledger::verify_folder(folder, key().verifier());
  if (!verified) return verified.error().message;
  std::string out;
  for (const ledger::Finding& finding : verified->findings) out += finding.file + ": " + finding.what + "\n";
  return out;
}

ledger::Checkpoint checkpoint(const std::string& folder) { return *ledger::Checkpoint::open(*ledger::Reader(folder).note(), key().verifier()); }

TEST(Evidence, EachLeafOnceInItsOrder) {
  store::ScratchDatabase scratch;
  const auto db = scratch.open();
  const std::string folder = scratch.folder() + "/evidence";
  auto evidence = Evidence::open(*db, folder, key());
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(*evidence->pump(), 0U);
  EXPECT_EQ(checkpoint(folder).size, 0U);
  add_leaves(*db, 300);
  EXPECT_EQ(*evidence->pump(), 300U);
  EXPECT_EQ(*evidence->pump(), 0U);
  add_leaves(*db, 1);
  EXPECT_EQ(*evidence->pump(), 1U);
  EXPECT_EQ(findings(folder), "");
  const auto entries = stored_entries(*db);
  EXPECT_EQ(checkpoint(folder).root, ledger::test::mth(entries));
  EXPECT_EQ(*ledger::Reader(folder).entry(299, 301), entries[299]);
  EXPECT_TRUE(entries[0].starts_with(R"({"at":"2025-11-25T00:00:00.123+08:00","commitment":"sha256:)")) << entries[0];
}

// Leaves come, the tree is written, the process ends at any moment, files are lost, the folder comes back from an older copy: what was
// ever signed stays true.
TEST(Evidence, SignsOneHistory) {
  rc::check([] {
    store::ScratchDatabase scratch;
    const auto db = scratch.open();
    const std::string folder = scratch.folder() + "/evidence";
    auto evidence = Evidence::open(*db, folder, key());
    RC_ASSERT(bool(evidence));
    std::vector<ledger::Checkpoint> signed_before;
    ledger::test::Files older = files_in(folder);
    for (int step = *rc::gen::inRange(1, 5); step > 0; --step) {
      add_leaves(*db, *rc::gen::element<std::size_t>(1, 5, 120, 256));
      const auto before = files_in(folder);
      if (*rc::gen::arbitrary<bool>()) {
        RC_ASSERT(bool(evidence->pump()));
        signed_before.push_back(checkpoint(folder));
      }
      switch (*rc::gen::inRange(0, 6)) {
        case 0: {  // killed before the checkpoint was in place
          auto crashed = files_in(folder);
          crashed["checkpoint"] = before.at("checkpoint");
          for (const auto& [name, bytes] : before) crashed.insert({name, bytes});
          put_files(folder, crashed);
          break;
        }
        case 1: {
          auto damaged = files_in(folder);
          const auto lost = *rc::gen::inRange<std::size_t>(0, damaged.size());
          const auto file = std::next(damaged.begin(), static_cast<std::ptrdiff_t>(lost));
          if (file->first != "checkpoint") damaged.erase(file);
          put_files(folder, damaged);
          break;
        }
        case 2: put_files(folder, older); break;
        case 3: ledger::test::fs::remove_all(folder); break;
        default: break;
      }
      if (*rc::gen::inRange(0, 3) == 0) older = before;
      evidence = Evidence::open(*db, folder, key());
      if (!evidence) RC_FAIL(evidence.error().message);
    }
    RC_ASSERT(bool(evidence->pump()));
    RC_ASSERT(findings(folder) == "");
    const auto entries = stored_entries(*db);
    const ledger::Checkpoint now = checkpoint(folder);
    RC_ASSERT(now.size == entries.size());
    RC_ASSERT(now.root == ledger::test::mth(entries));
    for (const ledger::Checkpoint& then : signed_before) {
      const auto proof = ledger::Reader(folder).consistency(then.size, now.size);
      RC_ASSERT(proof && ledger::extends(then.root, then.size, now.root, now.size, *proof));
    }
  });
}

TEST(Evidence, KnowsItsStore) {
  store::ScratchDatabase scratch, other;
  const auto db = scratch.open(), another = other.open();
  const std::string folder = scratch.folder() + "/evidence";
  add_leaves(*db, 10);
  ASSERT_TRUE(Evidence::open(*db, folder, key())->pump());
  const auto older = Evidence::open(*another, folder, key());
  ASSERT_FALSE(older);
  EXPECT_NE(older.error().message.find("an older one"), std::string::npos);
  add_leaves(*another, 20);
  const auto strange = Evidence::open(*another, folder, key());
  ASSERT_FALSE(strange);
  EXPECT_NE(strange.error().message.find("another store's"), std::string::npos);
}

struct CaseScene : DeskScene {
  Folder folder;
  std::string tree = folder.path + "/evidence";

  void remember_event(const std::string& name) {
    ASSERT_TRUE(db->write([&](store::Session& session) -> Status {
      add_leaf(session, "event", name, {{"line", "{\"id\":\"" + name + "\"}"}}, now);
      return session.status();
    }));
  }
  void pump() {
    auto evidence = Evidence::open(*db, tree, key());
    ASSERT_TRUE(evidence) << evidence.error().message;
    ASSERT_TRUE(evidence->pump());
  }
  Answer<std::string> bundle(const BundleSubject& subject, const RuleTexts& rules = {}) {
    return in_read(*db, [&](store::Session& session) { return export_bundle(session, ledger::Reader(tree), key(), subject, rules, now); });
  }
  Answer<Json> prove(std::string_view kind, std::string_view ref) {
    return in_read(*db, [&](store::Session& session) { return prove_leaf(session, ledger::Reader(tree), key().verifier(), kind, ref); });
  }
};

TEST(Evidence, ABundleOfACase) {
  CaseScene scene;
  scene.remember_event("/platforms/alpha#d1");
  scene.remember_event("/platforms/alpha#e7");
  scene.decide(decision("d1", {{"pack", "cn@1"}, {"evidence", {"/platforms/alpha#e7", "/platforms/alpha#gone"}}}));
  scene.decide(decision("d2", {{"liable", {{"kind", "merchant"}, {"id", "m2"}}}}));  // another case
  ASSERT_TRUE(done(scene.on(kLi, claim_case, 1, {{"version", 1}})));
  scene.pump();
  const auto text = scene.bundle({1, ""}, {{{"cn@1", "false-claim/cure"}, "- id: false-claim/cure\n"}, {{"cn@2", "false-claim/cure"}, "of later\n"}});
  ASSERT_TRUE(done(text));
  const auto verified = ledger::verify_bundle(*text, key().verifier());
  ASSERT_TRUE(verified);
  ASSERT_TRUE(verified->findings.empty()) << verified->findings[0].what;
  EXPECT_EQ(verified->kinds, (std::map<std::string, std::uint64_t>{{"act", 2}, {"case", 2}, {"decision", 1}, {"event", 2}, {"intervention", 1}}));
  EXPECT_EQ(verified->deleted, 0U);
  EXPECT_EQ(verified->about["case"], 1);
  EXPECT_EQ(verified->about["missing"], Json({"event /platforms/alpha#gone"}));
  EXPECT_EQ(verified->about["rules"], Json({{{"pack", "cn@1"}, {"rule", "false-claim/cure"}, {"text", "- id: false-claim/cure\n"}}}));
  std::set<std::string> opened;
  const Json file = Json::parse(*text);
  for (const Json& leaf : file["bundle"]["leaves"]) opened.insert(leaf["opened"].get<std::string>());
  EXPECT_TRUE(opened.contains(R"({"line":"{\"id\":\"/platforms/alpha#e7\"}"})"));
  EXPECT_TRUE(opened.contains(decision("d1", {{"pack", "cn@1"}, {"evidence", {"/platforms/alpha#e7", "/platforms/alpha#gone"}}}).dump()));

  EXPECT_EQ(ledger::verify_bundle(*scene.bundle({0, "d2"}), std::nullopt)->kinds, (std::map<std::string, std::uint64_t>{{"decision", 1}}));
  EXPECT_EQ(why(scene.bundle({9, ""})), "not found");
  EXPECT_EQ(why(scene.bundle({0, "d9"})), "not found");
  ASSERT_TRUE(done(scene.act(kLi, comment_case, 1, {{"text", "more"}})));
  EXPECT_EQ(why(scene.bundle({1, ""})), "away") << "its newest act is not in the tree yet";
  scene.pump();
  EXPECT_TRUE(done(scene.bundle({1, ""})));
}

TEST(Evidence, ABundleHoldsWhatRepairedAnEntryAndThatBothWereReversed) {
  CaseScene scene;
  scene.decide(decision("d1"));
  ASSERT_TRUE(done(scene.act(kLi, claim_case, 1)));
  ASSERT_TRUE(done(scene.act(kLi, confirm_case, 1, {{"text", "x"}})));
  ASSERT_TRUE(scene.db->write([&](store::Session& session) -> Status {
    CreditEntry repair;
    repair.credit_class = "serious";
    repair.points = 20;
    repair.reason = "training";
    repair.repairs = 1;
    add_entry(session, scene.policy, {"alpha", "merchant", "m1"}, repair, "person/wang", scene.now);
    return session.status();
  }));
  const auto credit = [&] {
    scene.pump();
    return ledger::verify_bundle(*scene.bundle({1, ""}), key().verifier())->kinds["credit"];
  };
  EXPECT_EQ(credit(), 2U);
  ASSERT_TRUE(done(scene.act(kMerchant, file_appeal, 1, {{"text", "x"}})));
  ASSERT_TRUE(done(scene.on(kZhao, decide_appeal, 1, {{"outcome", "overturned"}, {"text", "x"}})));
  EXPECT_EQ(credit(), 4U);
}

TEST(Evidence, EventsThatDecisionsRestOnAreSoughtOnce) {
  CaseScene scene;
  const auto unkept = [&] {
    Unkept out;
    EXPECT_TRUE(scene.db->read([&](store::Session& session) -> Status {
      out = unkept_events(session, 2);
      return {};
    }));
    return out;
  };
  const auto keep = [&](const std::vector<KeptEvent>& found, std::uint64_t upto) {
    EXPECT_TRUE(scene.db->write([&](store::Session& session) -> Status {
      keep_events(session, found, upto, scene.now);
      return {};
    }));
  };
  EXPECT_EQ(unkept().upto, 0U);
  scene.remember_event("/platforms/alpha#d1");
  scene.decide(decision("d1", {{"evidence", {"/platforms/alpha#e1", "/platforms/alpha#e2", "/platforms/alpha#d1"}}}));
  scene.decide(decision("d2", {{"evidence", {"/platforms/alpha#e2"}}}));
  scene.decide(decision("d3", {{"mode", "shadow"}, {"evidence", {"/platforms/alpha#e3"}}}));
  const Unkept first = unkept();
  EXPECT_EQ(first.events, (std::vector<std::string>{"/platforms/alpha#d2", "/platforms/alpha#e1", "/platforms/alpha#e2"}));
  EXPECT_EQ(first.upto, 2U);
  keep({{"/platforms/alpha#e2", R"({"id":"e2"})"}, {"/platforms/alpha#d1", "again"}}, first.upto);
  const Unkept second = unkept();
  EXPECT_EQ(second.events, std::vector<std::string>()) << "what decides in shadow rests on nothing that is kept";
  EXPECT_EQ(second.upto, 3U);
  keep({}, second.upto);
  EXPECT_EQ(unkept().upto, 0U) << "what was not found is not sought again";
  scene.pump();
  EXPECT_EQ((*scene.prove("event", "/platforms/alpha#e2"))["opened"], R"({"line":"{\"id\":\"e2\"}"})");
  EXPECT_NE((*scene.prove("event", "/platforms/alpha#d1"))["opened"], R"({"line":"again"})");
  EXPECT_EQ(why(scene.prove("event", "/platforms/alpha#e1")), "not found");
}

TEST(Evidence, DeletionLeavesTheProof) {
  CaseScene scene;
  scene.remember_event("/platforms/alpha#d1");
  scene.decide(decision("d1"));
  scene.pump();
  const auto before = scene.prove("decision", "d1");
  ASSERT_TRUE(done(before));
  EXPECT_TRUE(ledger::check_opened((*before)["commitment"].get<std::string>(), (*before)["salt"].get<std::string>(), (*before)["opened"].get<std::string>()));
  ASSERT_TRUE(scene.db->write([&](store::Session& session) -> Status {
    EXPECT_EQ(forget_leaf(session, static_cast<std::uint64_t>(session.rows("SELECT n FROM leaf WHERE kind = 'event'")[0].number(0))), 1U);
    EXPECT_EQ(forget_leaf(session, (*before)["leaf"].get<std::uint64_t>()), 1U);
    EXPECT_EQ(forget_leaf(session, (*before)["leaf"].get<std::uint64_t>()), 0U) << "it is gone already";
    return session.status();
  }));
  const auto after = scene.prove("decision", "d1");
  ASSERT_TRUE(done(after));
  EXPECT_FALSE(after->contains("salt") || after->contains("opened"));
  for (const char* field : {"leaf", "entry", "commitment", "proof", "checkpoint"}) EXPECT_EQ((*after)[field], (*before)[field]) << field;
  EXPECT_EQ(findings(scene.tree), "");
  ledger::test::fs::remove_all(scene.tree);
  scene.pump();
  EXPECT_EQ((*scene.prove("decision", "d1"))["checkpoint"], (*before)["checkpoint"]) << "made anew, it is the same tree";
  const auto bundle = ledger::verify_bundle(*scene.bundle({1, ""}), std::nullopt);
  ASSERT_TRUE(bundle && bundle->findings.empty());
  EXPECT_EQ(bundle->deleted, 1U);
  EXPECT_EQ(bundle->about["missing"], Json({"event /platforms/alpha#d1"})) << "nobody can find an event's leaf by its name any more";
  EXPECT_EQ(why(scene.prove("decision", "d9")), "not found");
}

TEST(Evidence, RulesAsTheyStandInTheirPack) {
  const pack::Bundle bundle{{{"packs/test", {{"pack.yaml", "pack: {id: test, version: 1.2.0}\n"},
                                             {"rules.yaml", R"(rules:
  - id: every-chat
    obligation: fake-traffic
    violation: fake-traffic
    title: {zh: 每条, en: each}
    duty: {zh: 不得, en: must not}
    on: [live.chat.posted]

    when: event.text != ""  # said
    target: room
    severity: low
    lead: samr
    basis: [{instrument: x, article: "1", known: N, from: 2021-05-25}]
    message: {zh: 一, en: one}
    tests: [{name: a, events: [], expect: [{target: room/r}]}, {name: b, events: [], expect: []}]
# behind it
  - {id: every-like, obligation: fake-traffic, violation: fake-traffic, title: {zh: 每, en: each}, duty: {zh: 不, en: not}, on: [live.like.sent], when: event.count > 0,
     target: room, severity: low, lead: samr, basis: [{instrument: x, article: "1", known: N, from: 2021-05-25}], message: {zh: 一, en: one},
     tests: [{name: a, events: [], expect: [{target: room/r}]}, {name: b, events: [], expect: []}]}
)"}}}}, {}, {}, {}, {}};
  const auto loaded = pack::load(bundle);
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  const RuleTexts texts = rule_texts(*loaded, bundle);
  ASSERT_EQ(texts.size(), 2U);
  const std::string& chat = texts.at({"test@1.2.0", "every-chat"});
  EXPECT_TRUE(chat.starts_with("- id: every-chat\n  obligation: fake-traffic\n")) << chat;
  EXPECT_NE(chat.find("  on: [live.chat.posted]\n\n  when: event.text != \"\"  # said\n  target: room\n"), std::string::npos) << chat;
  EXPECT_TRUE(chat.ends_with("{name: b, events: [], expect: []}]\n") && chat.find("behind it") == std::string::npos) << chat;
  const std::string& like = texts.at({"test@1.2.0", "every-like"});
  EXPECT_TRUE(like.starts_with("- {id: every-like,") && like.ends_with("expect: []}]}\n")) << like;
}

}  // namespace
}  // namespace lw::desk
