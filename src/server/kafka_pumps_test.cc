// What a broker is needed for: tests/kafka_pumps.py starts one and says in LW_KAFKA where, and in LW_KAFKA_FOLDER of which data. Skipped without.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/kafka_feed.h"
#include "server/kafka_outlet.h"
#include "server/kafka_pump.h"
#include "server/scratch_service.h"

namespace lw::server {
namespace {

class KafkaPumps : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::getenv("LW_KAFKA")) GTEST_SKIP() << "LW_KAFKA names no broker";
    service.emplace();
  }
  static void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }
  static void broker(const std::string& action, const std::string& rest = {}) {
    run(fmt::format("{}/scripts/kafka {} {} {} >/dev/null", LW_SOURCE_DIR, action, std::getenv("LW_KAFKA_FOLDER"), rest));
  }
  static std::string place(const std::string& topic, const std::string& parameters = {}) { return fmt::format("kafka://{}/{}{}", std::getenv("LW_KAFKA"), topic, parameters); }
  void produce(const std::string& topic, int partition, const std::string& lines) {
    const std::string file = service->scratch.folder() + "/lines";
    std::ofstream(file, std::ios::binary) << lines;
    run(fmt::format("kcat -P -b {} -t {} -p {} -l {}", std::getenv("LW_KAFKA"), topic, partition, file));
  }
  // Records as "key\tvalue", of one partition in its order.
  static std::vector<std::string> consume(const std::string& topic) {
    std::vector<std::string> out;
    FILE* pipe = ::popen(fmt::format("kcat -C -b {} -t {} -e -q -f '%k\\t%s\\n'", std::getenv("LW_KAFKA"), topic).c_str(), "r");
    std::string all;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) all += static_cast<char>(c);
    EXPECT_EQ(::pclose(pipe), 0);
    for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) out.push_back(all.substr(at, all.find('\n', at) - at));
    return out;
  }
  KafkaPump::Options pump(const std::string& topic, const std::string& group, const desk::Actor& speaker = kAlpha) {
    const auto address = runtime::parse_kafka_input(place(topic, "?group=" + group));
    EXPECT_TRUE(address);
    return {&*service->ingest, *address, speaker, service->scratch.folder() + "/dead.ndjson", service->notes.sink()};
  }
  // Where the group stands.
  static std::string position(const std::string& topic, const std::string& group) {
    const auto input = runtime::KafkaInput::open(*runtime::parse_kafka_input(place(topic, "?group=" + group)), "", {});
    return input ? (*input)->position() : input.error().message;
  }
  void decide(int first, int count) {
    ASSERT_TRUE(service->db->write([&](store::Session& session) -> Status {
      for (int n = first; n < first + count; ++n) {
        session.run("INSERT INTO decision (n, id, rule, obligation, violation, severity, mode, platform, target_kind, target_id, liable_kind, liable_id, room, session, lead,"
                    " trigger_event, at, taken_in, case_id, outcome, record)"
                    " VALUES (:n, :id, 'r', 'o', 'v', 'high', 'enforce', 'alpha', 'room', 'r', 'host', 'h', 'r', 's', 'samr', 'e', 1, 1, 0, '', :record)",
                    n, "d" + std::to_string(n), fmt::format(R"({{"id":"d{}"}})", n));
      }
      return {};
    }));
  }
  static std::vector<std::string> expected(int count) {
    std::vector<std::string> out;
    for (int n = 1; n <= count; ++n) out.push_back(fmt::format("d{}\t{{\"id\":\"d{}\"}}", n, n));
    return out;
  }

  std::optional<ScratchService> service;
};

std::string events(int first, int count) {
  std::string out;
  for (int i = first; i < first + count; ++i) out += chat("e" + std::to_string(i)) + "\n";
  return out;
}

TEST_F(KafkaPumps, TakesInEachPartitionAndTellsTheGroupWhatLasts) {
  broker("topic", "pumped 3");
  for (int part = 0; part < 3; ++part) produce("pumped", part, events(part * 10'000, 4000));  // more than the inlet takes at once
  produce("pumped", 1, "nonsense\n" + chat("foreign", "beta") + "\n");
  {
    KafkaPump one(pump("pumped", "g"));
    one.start();
    wait_until([&] { return position("pumped", "g") == "0:4000,1:4002,2:4000"; });
    one.stop();
  }
  EXPECT_EQ(service->events(), 12'000u);
  EXPECT_TRUE(service->has("/platforms/alpha", "e23999"));
  EXPECT_FALSE(service->has("/platforms/beta", "foreign"));
  std::ifstream in(service->scratch.folder() + "/dead.ndjson");
  const std::string dead{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(std::count(dead.begin(), dead.end(), '\n'), 2) << dead;
  EXPECT_NE(dead.find("/pumped/1\",\"line\":4000"), std::string::npos) << dead;

  // Another goes on there.
  produce("pumped", 2, events(50'000, 10));
  KafkaPump two(pump("pumped", "g"));
  two.start();
  wait_until([&] { return position("pumped", "g") == "0:4000,1:4002,2:4010"; });
  two.stop();
  EXPECT_EQ(service->events(), 12'010u);
  EXPECT_EQ(service->engine->repeated, 0);

  // What was not told to the group before a crash comes again, and is dropped.
  KafkaPump three(pump("pumped", "another"));
  three.start();
  wait_until([&] { return service->engine->repeated == 12'010; });
  three.stop();
  EXPECT_EQ(service->events(), 12'010u);
}

TEST_F(KafkaPumps, ABrokerThatIsAwayIsWaitedForAndSoIsATopic) {
  KafkaPump early(pump("late", "g"));
  early.start();
  wait_until([&] { return service->notes.has("there is no such topic"); });
  broker("topic", "late 2");
  produce("late", 0, events(0, 100));
  wait_until([&] { return service->events() == 100; });
  broker("kill");
  wait_until([&] { return service->notes.has("no broker answers"); });
  {
    KafkaPump other(pump("late", "other"));
    other.start();
    wait_until([&] { return service->notes.count("it is tried again") >= 2; });
    other.stop();
  }
  broker("restart");
  produce("late", 1, events(100, 100));
  wait_until([&] { return position("late", "g") == "0:100,1:100"; });
  early.stop();
  EXPECT_EQ(service->events(), 200u);
}

TEST_F(KafkaPumps, DecisionsGoOutInOrderAndOn) {
  broker("topic", "decisions 1");
  const KafkaOutlet::Options options{service->db.get(), KafkaOutlet::What::kDecisions, *runtime::parse_kafka_output(place("decisions")), service->notes.sink()};
  decide(1, 1200);
  {
    KafkaOutlet one(options);
    one.start();
    wait_until([&] { return consume("decisions").size() == 1200; });
    decide(1201, 10);
    one.ring();
    wait_until([&] { return consume("decisions").size() == 1210; });
  }
  decide(1211, 5);
  {
    KafkaOutlet two(options);
    two.start();
    wait_until([&] { return consume("decisions").size() >= 1215; });
  }
  EXPECT_EQ(consume("decisions"), expected(1215));
}

TEST_F(KafkaPumps, NoDecisionIsLostWhereTheBrokerFails) {
  broker("topic", "unlucky 1");
  const KafkaOutlet::Options options{service->db.get(), KafkaOutlet::What::kDecisions, *runtime::parse_kafka_output(place("unlucky")), service->notes.sink()};
  decide(1, 600);
  KafkaOutlet one(options);
  one.start();
  wait_until([&] { return !consume("unlucky").empty(); });
  broker("kill");
  decide(601, 2000);
  {
    KafkaOutlet other(options);  // ends, though nobody answers
    other.start();
    wait_until([&] { return service->notes.has("it is tried again"); });
  }
  broker("restart");
  std::vector<std::string> found;
  wait_until([&] {
    found.clear();
    for (std::string& record : consume("unlucky")) {
      if (std::ranges::find(found, record) == found.end()) found.push_back(std::move(record));  // its key tells what comes twice
    }
    return found.size() >= 2600;
  });
  EXPECT_EQ(found, expected(2600));
}

TEST_F(KafkaPumps, InterventionsGoOutToo) {
  broker("topic", "interventions 1");
  ASSERT_TRUE(service->db->write([&](store::Session& session) -> Status {
    for (int n = 1; n <= 3; ++n) {
      session.run("INSERT INTO intervention (id, n, decision, case_id, platform, action, target_kind, target_id, room, session, asked_by, at, state, attempts, next_at, acknowledged,"
                  " effect, record) VALUES (:id, :n, 'd', 0, 'alpha', 'warn', 'room', 'r', 'r', 's', 'livewarden', 1, 'asked', 0, 0, 0, '', :record)",
                  "i" + std::to_string(n), n, fmt::format(R"({{"id":"i{}"}})", n));
    }
    return {};
  }));
  KafkaOutlet one({service->db.get(), KafkaOutlet::What::kInterventions, *runtime::parse_kafka_output(place("interventions")), service->notes.sink()});
  one.start();
  wait_until([&] { return consume("interventions").size() == 3; });
  EXPECT_EQ(consume("interventions").back(), "i3\t{\"id\":\"i3\"}");
}

}  // namespace
}  // namespace lw::server
