// A run that is kept, on a disk and a clock that misbehave: torn writes, lost writes, a full disk, flipped bits, a clock that
// jumps, a crash at any write, over events that come twice, late, in disorder, or as no events at all. All of it follows from
// one seed. What is decided in the end is compared with an undisturbed run, and each decision with windows counted anew and
// a condition walked as a tree.
//
//   LW_SEED=77 LW_STORIES=1 build/release/runtime_test --gtest_filter='Faults.*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "cel/parser.h"
#include "cel/reference_eval.h"
#include "pack/bundle.h"
#include "runtime/decision_file.h"
#include "runtime/drive.h"
#include "store/sim_disk.h"

namespace lw::runtime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCondition = "room.orders_10m >= 3 && (room.amount_10m % 7 != 0 || room.buyers_1h > 2)";

constexpr std::string_view kPack = R"(
pack: {{id: faults, version: 1.0.0}}
features:
  - {{id: room.orders_10m, count: true, on: [live.order.placed], window: 10m, doc: {{zh: 订单, en: orders}}}}
  - {{id: room.amount_10m, sum: event.amount, on: [live.order.placed], window: 10m, doc: {{zh: 金额, en: amount}}}}
  - {{id: room.buyers_1h, distinct: event.account, on: [live.order.placed], window: 1h, doc: {{zh: 买家, en: buyers}}}}
rules:
  - id: every-order
    obligation: fake-traffic
    violation: fake-traffic
    title: {{zh: 订单, en: orders}}
    duty: {{zh: 不得, en: must not}}
    on: [live.order.placed]
    when: {0}
    target: order
    severity: low
    basis: [{{instrument: 甲, article: "1", known: S, from: 2020-01-01}}]
    lead: samr
    cooldown: ever
    message: {{zh: "{{room.orders_10m}}", en: "{{room.orders_10m}} {{room.amount_10m}} {{room.buyers_1h}}"}}
    tests:
      - {{name: one, events: [{{at: "10:00:00", type: live.order.placed, room: r, account: a, order: o, amount: 1}}], expect: []}}
      - {{name: four, events: [{{at: "10:00:00", every: 1s, repeat: 4, type: live.order.placed, room: r, account: "a{{n}}", order: "o{{n}}", amount: 1}}],
         expect: [{{target: order/o3}}, {{target: order/o4}}]}}
  - id: unshipped
    obligation: duty-overdue
    violation: duty-overdue
    title: {{zh: 未发货, en: unshipped}}
    duty: {{zh: 应当, en: must}}
    on: [live.order.placed]
    when: has(event.order)
    after: 5m
    unless: {{on: [live.order.shipped], key: order}}
    target: order
    severity: low
    basis: [{{instrument: 甲, article: "1", known: S, from: 2020-01-01}}]
    lead: samr
    cooldown: ever
    message: {{zh: "{{event.order}}", en: "{{event.order}}"}}
    tests:
      - {{name: shipped, events: [{{at: "10:00:00", type: live.order.placed, room: r, account: a, order: o, amount: 1}}, {{at: "+1m", type: live.order.shipped, order: o}}], end: "18:00:00", expect: []}}
      - {{name: not, events: [{{at: "10:00:00", type: live.order.placed, room: r, account: a, order: o, amount: 1}}], end: "18:00:00", expect: [{{target: order/o}}]}}
)";

Lineup lineup() {
  pack::LoadOptions options;
  options.root = LW_SOURCE_DIR "/packs";
  pack::Bundle bundle;
  bundle.packs = {pack::Source{"faults", {{"pack.yaml", fmt::format(kPack, kCondition)}}}};
  auto loaded = pack::load(bundle);
  if (!loaded) {
    for (const Error& error : loaded.error()) ADD_FAILURE() << error.to_string();
    std::abort();
  }
  return {Packs::of(std::move(*loaded), bundle.to_text(), true), {}};
}

struct Told {  // an event, as the oracle sees it
  Time time;
  std::string id, room, account, order;
  std::int64_t amount = 0;
  bool placed = true;
};

// What is sent: events and what disturbs them.
struct Story {
  std::vector<std::string> lines;
  std::vector<Told> accepted;  // without repeats
  std::uint64_t bad = 0;
  static constexpr Duration kLateness{30 * kSecond};

  explicit Story(std::mt19937_64& random) {
    std::int64_t now = 1'780'000'000;
    const std::size_t most = 200 + random() % 1200;
    for (std::size_t i = 0; i < most; ++i) {
      now += static_cast<std::int64_t>(random() % 4) + (random() % 200 == 0 ? static_cast<std::int64_t>(random() % 3000) : 0);
      Told told;
      std::int64_t time = now;
      if (random() % 12 == 0) time -= static_cast<std::int64_t>(random() % 20);   // in disorder
      if (random() % 80 == 0) time -= static_cast<std::int64_t>(random() % 900);  // late
      if (random() % 300 == 0) time -= 86'400;                                    // a day late
      told.time = {time * kSecond};
      told.placed = random() % 5 != 0;
      told.id = fmt::format("e{}", i);
      told.room = fmt::format("r{}", random() % 3);
      told.account = fmt::format("a{}", random() % 6);
      told.order = fmt::format("o{}", told.placed ? i : random() % (i + 1));
      told.amount = static_cast<std::int64_t>(random() % 100);
      const std::string data = told.placed ? fmt::format(R"("room":"{}","account":"{}","amount":{},"order":"{}")", told.room, told.account, told.amount, told.order)
                                           : fmt::format(R"("order":"{}")", told.order);
      lines.push_back(fmt::format(R"({{"specversion":"1.0","id":"{}","source":"/platforms/t","type":"live.order.{}","time":"{}","data":{{{}}}}})", told.id,
                                  told.placed ? "placed" : "shipped", format_rfc3339(told.time, 480), data));
      accepted.push_back(told);
      if (random() % 40 == 0) lines.push_back(lines[random() % lines.size()]);
      if (random() % 60 == 0) lines.push_back(lines.back().substr(0, random() % lines.back().size()));
    }
    std::erase_if(lines, [](const std::string& line) { return line.find_first_not_of(" \t\r") == std::string::npos; });
    bad = static_cast<std::uint64_t>(std::ranges::count_if(lines, [](const std::string& line) { return !line.ends_with("}}"); }));
  }

  // In the order in which they are judged: each held back until a later one shows that none before it will come.
  std::vector<Told> judged() const {
    std::vector<Told> out, held;
    Time newest;
    const auto give = [&](bool all) {
      std::ranges::stable_sort(held, [](const Told& a, const Told& b) { return std::tie(a.time, a.id) < std::tie(b.time, b.id); });
      std::size_t due = 0;
      while (due < held.size() && (all || held[due].time <= newest - kLateness)) ++due;
      out.insert(out.end(), held.begin(), held.begin() + static_cast<std::ptrdiff_t>(due));
      held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(due));
    };
    for (const Told& told : accepted) {
      newest = std::max(newest, told.time);
      held.push_back(told);
      give(false);
    }
    give(true);
    return out;
  }
};

// The condition as a tree, over values counted anew.
class Condition {
 public:
  Condition() {
    const auto declared = env_.add_object("room", {{"orders_10m", cel::Type::integer(), 0}, {"amount_10m", cel::Type::integer(), 1}, {"buyers_1h", cel::Type::integer(), 2}});
    auto parsed = cel::parse(kCondition, cel::Limits{});
    if (!declared || !parsed) std::abort();
    ast_ = std::move(*parsed);
  }
  bool holds(const std::array<std::int64_t, 3>& values) {
    std::array<cel::Value, 3> slots;
    std::ranges::transform(values, slots.begin(), [](std::int64_t value) { return cel::Value::of_int(value); });
    arena_.reset();
    return cel::Reference(env_, ast_, slots, arena_).run().is_true();
  }

 private:
  cel::Env env_;
  cel::Ast ast_;
  cel::Arena arena_;
};

using Expected = std::vector<std::pair<std::string, std::array<std::int64_t, 3>>>;  // trigger, and the values shown

Expected expected_of(const Story& story) {
  Condition condition;
  struct Past : Told {
    Past(const Told& told, Time at) : Told(told), watermark(at) {}
    Time watermark;
  };
  std::vector<Past> past;
  Expected out;
  Time watermark;
  for (const Told& told : story.judged()) {
    watermark = std::max(watermark, told.time);
    if (!told.placed) continue;
    past.emplace_back(told, watermark);
    std::array<std::int64_t, 3> values{};
    std::set<std::string> buyers;
    for (const Past& one : past) {
      if (one.room != told.room) continue;
      const auto inside = [&](Duration width) { return one.time > one.watermark - width && one.time > watermark - width; };
      if (inside({10 * kMinute})) ++values[0], values[1] += one.amount;
      if (inside({kHour})) buyers.insert(one.account);
    }
    values[2] = static_cast<std::int64_t>(buyers.size());
    if (condition.holds(values)) out.emplace_back("/platforms/t#" + told.id, values);
  }
  return out;
}

Expected decided_in(const std::string& decisions) {
  Expected out;
  std::istringstream in(decisions);
  for (std::string line; std::getline(in, line);) {
    const auto record = nlohmann::json::parse(line);
    const auto& data = record.at("data");
    if (data.at("rule") != "every-order") continue;
    const auto& shown = data.at("features");
    out.emplace_back(data.at("trigger"), std::array<std::int64_t, 3>{shown.at("room.orders_10m"), shown.at("room.amount_10m"), shown.at("room.buyers_1h")});
  }
  return out;
}

constexpr const char* kDecisions = "/run/decisions.ndjson";
constexpr const char* kDeadLetter = "/run/dead-letter.ndjson";

// One start of the program, to its end or to the end of the power.
Status start(store::SimDisk& disk, std::mt19937_64& random, const Lineup& given, const std::string& input, Counts& counts, std::uint64_t& snapshots) {
  disk.env().CreateDirIfMissing("/run");
  KeeperOptions options;
  options.folder = "/run/state";
  options.every = {static_cast<std::int64_t>(random() % 1000) * 1000};  // the clock goes on by 50 microseconds with each look
  options.disk = store::Disk(&disk.env());
  options.turn = [&] { return random() % 3 == 0; };
  options.plan = &given.enforced.loaded->plan;
  auto keeper = Keeper::open(options);
  if (!keeper) return tl::make_unexpected(keeper.error());
  DeadLetter dead(kDeadLetter, (*keeper)->dead_letter_bytes(kDeadLetter), options.disk);
  SourceOptions sources;
  sources.inputs = {input};
  sources.format = "cloudevents";
  sources.lateness = Story::kLateness;
  auto source = Source::open(given.enforced.loaded->plan.schema, sources, &dead);
  if (!source) return tl::make_unexpected(source.error());
  dead.wait_for_room([](const std::string&) {});
  if (Status opened = dead.open(); !opened) return opened;
  auto file = DecisionFile::resume(kDecisions, (*keeper)->decision_bytes(kDecisions), options.disk);
  if (!file) return tl::make_unexpected(file.error());
  file->file()->wait_for_room([](const std::string&) {});
  std::vector<Keeper::Later> later;
  Judges judges((*keeper)->lineups(given, later), source->schema());
  if (Status restored = (*keeper)->restore(judges, *source, *file); !restored) return restored;
  for (Keeper::Later& one : later) judges.schedule(one.at, std::move(one.lineup));
  const auto summary = drive(*source, judges, {.out = &*file, .keeper = keeper->get()});
  snapshots += (*keeper)->told().snapshots;
  if (!summary) return tl::make_unexpected(summary.error());
  counts = summary->counts;
  return dead.close();
}

struct Outcome {
  std::string wrong;  // empty: all is as it should be
  int crashes = 0, flips = 0, refusals = 0;
  std::uint64_t snapshots = 0;
};

// Misfortunes of one seed.
class Misfortunes {
 public:
  Misfortunes(std::uint64_t seed, const Lineup& given, const std::string& folder) : random_(seed), given_(given), story_(random_), disk_(random_()), input_(folder + "/events.ndjson") {
    std::ofstream out(input_, std::ios::binary);
    for (const std::string& line : story_.lines) out << line << '\n';
  }

  store::SimDisk& disk() { return disk_; }

  Outcome run() {
    Outcome outcome;
    store::SimDisk calm(1);
    Counts straight, counts;
    std::uint64_t snapshots = 0;
    if (Status done = start(calm, random_, given_, input_, straight, snapshots); !done) return {"undisturbed: " + done.error().message};
    const std::string want = calm.read(kDecisions);
    if (decided_in(want) != expected_of(story_)) return {"an undisturbed run decides otherwise than windows counted anew and the tree say"};
    for (bool done = false; !done;) {
      const bool last = outcome.crashes >= 40;
      if (!last) disk_.crash_at(disk_.operations() + 1 + random_() % std::array{30, 300, 3000}[random_() % 3]);
      if (random_() % 4 == 0) disk_.full_during(disk_.operations() + random_() % 40, disk_.operations() + 40 + random_() % 60);
      if (random_() % 3 == 0) disk_.jump(static_cast<std::int64_t>(random_() % 4'000'000'000) - 2'000'000'000);
      const Status ended = start(disk_, random_, given_, input_, counts, outcome.snapshots);
      done = ended && !disk_.crashed();
      // A start that needs room refuses; it is made again.
      if (!ended && !disk_.crashed() && ended.error().message.find("No space") != std::string::npos) {
        disk_.full_during(0, 0);
        if (++outcome.refusals < 100) continue;
      }
      if (!ended && !disk_.crashed()) {
        outcome.wrong = "the run refuses to go on: " + ended.error().message;
        return outcome;
      }
      if (done) break;
      ++outcome.crashes;
      disk_.restart();
      if (random_() % 5 == 0) outcome.flips += flip();
    }
    if (disk_.read(kDecisions) != want) outcome.wrong = "decisions differ from those of an undisturbed run";
    if (disk_.read(kDeadLetter) != calm.read(kDeadLetter)) outcome.wrong = "the dead letter differs from that of an undisturbed run";
    if (counts.events + counts.bad + counts.duplicates != story_.lines.size()) outcome.wrong = "what came in is not what was judged, refused and repeated";
    if (counts.bad != story_.bad || counts.events != story_.accepted.size()) outcome.wrong = "events are not those that were sent";
    return outcome;
  }

 private:
  // A bit of the newest snapshot, if there is one before it, or the log has all.
  int flip() {
    const auto snapshots = disk_.list("/run/state/snapshots");
    if (snapshots.empty()) return 0;
    disk_.flip_bit("/run/state/snapshots/" + snapshots.back(), random_());
    return 1;
  }

  std::mt19937_64 random_;
  const Lineup& given_;
  Story story_;
  store::SimDisk disk_;
  std::string input_;
};

class Faults : public testing::Test {
 protected:
  Faults() : folder_((fs::temp_directory_path() / fmt::format("livewarden-faults-{}", ::getpid())).string()) { fs::create_directories(folder_); }
  ~Faults() override { fs::remove_all(folder_); }
  std::string folder_;
};

std::uint64_t asked(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST_F(Faults, ARunGoesOnAsIfNothingHadHappened) {
  const Lineup given = lineup();
  const std::uint64_t first = asked("LW_SEED", std::random_device()());
  const std::uint64_t stories = asked("LW_STORIES", 4);
  int crashes = 0, flips = 0;
  std::uint64_t snapshots = 0;
  for (std::uint64_t seed = first; seed < first + stories; ++seed) {
    const Outcome outcome = Misfortunes(seed, given, folder_).run();
    ASSERT_EQ(outcome.wrong, "") << "LW_SEED=" << seed << " LW_STORIES=1 after " << outcome.crashes << " crashes";
    crashes += outcome.crashes;
    flips += outcome.flips;
    snapshots += outcome.snapshots;
  }
  std::printf("faults: seeds %llu to %llu, %d crashes, %d flipped bits, %llu snapshots\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + stories - 1), crashes, flips, static_cast<unsigned long long>(snapshots));
  EXPECT_GT(crashes, 0);
}

// A bug that is planted: decisions that a snapshot counts are not forced to the disk before it.
TEST_F(Faults, ADecisionThatIsNotForcedIsMissed) {
  const Lineup given = lineup();
  const std::uint64_t first = asked("LW_SEED", 1);
  for (std::uint64_t seed = first; seed < first + 20; ++seed) {
    Misfortunes misfortunes(seed, given, folder_);
    misfortunes.disk().ignore_forcing_of("decisions.ndjson");
    const Outcome outcome = misfortunes.run();
    if (outcome.wrong.empty()) continue;
    EXPECT_NE(outcome.wrong.find("decisions"), std::string::npos) << outcome.wrong;
    std::printf("faults: the planted bug is found by seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.wrong.c_str());
    return;
  }
  FAIL() << "twenty seeds did not find it";
}

}  // namespace
}  // namespace lw::runtime
