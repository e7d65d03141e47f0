#include "simulate/simulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/time.h"

namespace lw::simulate {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

class Lines final : public LineWriter {
 public:
  Status write(std::string_view line) override {
    text += line;
    text += '\n';
    return {};
  }
  std::vector<Json> parsed() const {
    std::vector<Json> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(Json::parse(line));
    return out;
  }
  std::string text;
};

const std::string kScenarios = std::string(LW_SOURCE_DIR) + "/scenarios/";

// A scenario's output with seed 5, parsed. Drawn once for all tests that look at the same one.
struct Output {
  std::vector<Json> events, truth, spikes;
};

const Output& run_of(const std::string& name) {
  static std::map<std::string, Output> cache;
  const auto found = cache.find(name);
  if (found != cache.end()) return found->second;
  Output run;
  const auto scenario = load_scenario(kScenarios + name);
  EXPECT_TRUE(scenario) << scenario.error().to_string();
  Lines events, truth, spikes;
  EXPECT_TRUE(simulate(*scenario, 5, events, truth, &spikes));
  return cache[name] = {events.parsed(), truth.parsed(), spikes.parsed()};
}

const char* const kSmall[] = {"demo.yaml", "farm.yaml", "claims.yaml", "goods-price.yaml", "pk.yaml", "diversion.yaml", "tips.yaml", "reviews.yaml", "spikes.yaml"};

std::string text(const Json& data, const char* key) { return data.value(key, ""); }

TEST(Simulate, SameSeedSameBytesAnotherSeedOthers) {
  for (const char* name : {"farm.yaml", "demo.yaml"}) {
    const auto scenario = load_scenario(kScenarios + name);
    ASSERT_TRUE(scenario) << scenario.error().to_string();
    Lines events[3], truth[3], spikes[3];
    const std::uint64_t seeds[] = {7, 7, 8};
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(simulate(*scenario, seeds[i], events[i], truth[i], &spikes[i]));
    EXPECT_TRUE(events[0].text == events[1].text) << name;
    EXPECT_TRUE(truth[0].text == truth[1].text) << name;
    EXPECT_TRUE(spikes[0].text == spikes[1].text) << name;
    EXPECT_FALSE(events[0].text == events[2].text) << name;
    EXPECT_FALSE(truth[0].text.empty()) << name;
  }
}

TEST(Simulate, EnvelopesAreWholeOrderedAndUnique) {
  const std::set<std::string> contract{
      "live.platform.registered", "live.account.registered", "live.account.verified", "live.host.qualified",
      "live.merchant.registered", "live.licence.filed", "live.product.submitted", "live.brand.authorised",
      "live.training.completed", "live.endorsement.contracted", "live.session.scheduled", "live.roster.filed",
      "live.preflight.signed", "live.session.started", "live.session.ended", "live.viewer.joined", "live.viewer.left",
      "live.audience.reported", "live.chat.posted", "live.like.sent", "live.follow.added", "live.gift.sent",
      "live.gift.refunded", "live.recharge.made", "live.payout.made", "live.notice.sent", "live.pk.started",
      "live.pk.ended", "live.product.listed", "live.price.changed", "live.inventory.reported",
      "live.speech.transcribed", "live.screen.recognised", "live.frame.detected", "live.room.described",
      "live.page.captured", "live.lottery.configured", "live.lottery.drawn", "live.moderators.reported",
      "live.order.placed", "live.order.paid", "live.order.cancelled", "live.order.refunded", "live.order.shipped",
      "live.order.delivered", "live.return.requested", "live.return.decided", "live.review.posted",
      "live.filing.made", "live.record.stored"};
  for (const char* name : kSmall) {
    std::int64_t last_ns = 0;
    std::string last_id;
    std::set<std::string> ids;
    for (const Json& event : run_of(name).events) {
      ASSERT_EQ(event.at("specversion"), "1.0");
      ASSERT_EQ(event.at("source"), "/platforms/alpha");
      ASSERT_TRUE(contract.contains(event.at("type"))) << event;
      ASSERT_TRUE(event.at("data").is_object()) << event;
      const std::string id = event.at("id");
      ASSERT_TRUE(ids.insert(id).second) << name << ": repeated id " << id;
      const auto time = parse_rfc3339(event.at("time").get<std::string>());
      ASSERT_TRUE(time) << event;
      ASSERT_TRUE(time->ns > last_ns || (time->ns == last_ns && id > last_id)) << name << ": out of order: " << event;
      last_ns = time->ns;
      last_id = id;
    }
  }
}

TEST(Simulate, EveryFieldHasTheTypeOfTheVocabulary) {
  const char* const strings[] = {
      "platform", "account", "device", "ip", "room", "session", "host", "operator", "mcn", "merchant", "product", "order",
      "currency", "text", "lang", "category", "licence", "licence_expires", "launched_at", "role", "identity_hash", "birth_date",
      "age_band", "registered_at", "method", "outcome", "valid_until", "target", "licence_kind", "title", "brand", "manufacturer",
      "manufacturer_address", "production_date", "expires", "quality_certificate", "label_text", "course", "script", "starts_at",
      "reviewer", "referrer", "gift", "of", "payer_hash", "payee_hash", "address_hash", "notice", "by", "opponent", "lottery",
      "reason", "tracking", "filing", "period", "department", "record", "kind", "subject", "retain_until", "number"};
  const char* const integers[] = {"quantity", "amount", "followers", "original_amount", "fee", "pit_fee", "online", "total_views",
                                  "likes", "sales_shown", "orders_shown", "count", "value", "start_ms", "end_ms", "frame_ms", "hops",
                                  "prize_amount", "on_duty", "rooms_open", "weight_g", "rating"};
  const char* const reals[] = {"commission_rate", "confidence", "odds"};
  const char* const booleans[] = {"real_name_verified", "sampled", "penalty", "synthetic_host", "ai_label_visible", "shows_operator",
                                  "shows_seller", "shows_ad_mark", "published"};
  const char* const lists[] = {"categories", "scope", "products", "accounts", "labels", "winners", "qualifications"};
  std::map<std::string, char> types;
  for (const char* key : strings) types[key] = 's';
  for (const char* key : integers) types[key] = 'i';
  for (const char* key : reals) types[key] = 'r';
  for (const char* key : booleans) types[key] = 'b';
  for (const char* key : lists) types[key] = 'l';
  for (const char* name : kSmall) {
    for (const Json& event : run_of(name).events) {
      for (const auto& [key, value] : event.at("data").items()) {
        const auto known = types.find(key);
        ASSERT_NE(known, types.end()) << "not in the vocabulary: " << key << " in " << event;
        const char type = known->second;
        const bool right = type == 's' ? value.is_string() && !value.get<std::string>().empty()
                           : type == 'i' ? value.is_number_integer()
                           : type == 'r' ? value.is_number()
                           : type == 'b' ? value.is_boolean()
                                         : value.is_array();
        ASSERT_TRUE(right) << key << " in " << event;
      }
      ASSERT_EQ(event.dump().find("[["), std::string::npos) << "a mark left the simulator: " << event;
      ASSERT_EQ(event.dump().find("{product}"), std::string::npos) << "a slot was not filled: " << event;
    }
  }
}

TEST(Simulate, NothingIsNamedBeforeItIsKnown) {
  for (const char* name : kSmall) {
    std::set<std::string> accounts, orders, gifts, products, sessions;
    for (const Json& event : run_of(name).events) {
      const Json& data = event.at("data");
      const std::string type = event.at("type");
      if (type == "live.account.registered") accounts.insert(data.at("account"));
      if (type == "live.order.placed") orders.insert(data.at("order"));
      if (type == "live.product.submitted") products.insert(data.at("product"));
      if (type == "live.session.started") sessions.insert(data.at("session"));
      if (type == "live.gift.sent") gifts.insert(event.at("source").get<std::string>() + "#" + event.at("id").get<std::string>());
      if (data.contains("account")) { ASSERT_TRUE(accounts.contains(data.at("account"))) << event; }
      if (data.contains("order")) { ASSERT_TRUE(orders.contains(data.at("order"))) << event; }
      if (data.contains("product")) { ASSERT_TRUE(products.contains(data.at("product"))) << event; }
      if (data.contains("session") && type != "live.session.scheduled" && type != "live.roster.filed" && type != "live.preflight.signed") {
        ASSERT_TRUE(sessions.contains(data.at("session"))) << event;
      }
      if (type == "live.gift.refunded") { ASSERT_TRUE(gifts.contains(data.at("of"))) << event; }
    }
  }
}

TEST(Simulate, TruthNamesWhatTheStreamHoldsAndSpikesAreInnocent) {
  for (const char* name : kSmall) {
    const Output& run = run_of(name);
    std::map<std::string, std::set<std::string>> known;
    for (const Json& event : run.events)
      for (const char* kind : {"account", "room", "order", "merchant", "product"})
        if (event.at("data").contains(kind)) known[kind].insert(event.at("data").at(kind));
    std::set<std::string> guilty_rooms;
    for (const Json& line : run.truth) {
      ASSERT_TRUE(known[line.at("kind")].contains(line.at("id"))) << name << ": " << line;
      ASSERT_FALSE(line.at("shape").get<std::string>().empty()) << line;
      if (line.at("kind") == "room") guilty_rooms.insert(line.at("id"));
    }
    for (const Json& spike : run.spikes) {
      ASSERT_TRUE(known["room"].contains(spike.at("room"))) << spike;
      ASSERT_FALSE(guilty_rooms.contains(spike.at("room"))) << spike;
      ASSERT_LT(parse_rfc3339(text(spike, "from"))->ns, parse_rfc3339(text(spike, "to"))->ns) << spike;
    }
  }
  EXPECT_TRUE(run_of("spikes.yaml").truth.empty());
  EXPECT_EQ(run_of("spikes.yaml").spikes.size(), 30u);
}

// Bots ÷ everyone who came, for each room with a bought audience.
TEST(Simulate, StrengthIsTheShareOfTheAudience) {
  const Output& run = run_of("viewers.yaml");
  std::map<std::string, std::set<std::string>> audience;
  for (const Json& event : run.events)
    if (event.at("type") == "live.viewer.joined") audience[event.at("data").at("room")].insert(event.at("data").at("account"));
  std::set<std::string> bots;
  for (const Json& line : run.truth)
    if (line.at("kind") == "account") bots.insert(line.at("id"));
  std::set<std::pair<std::string, int>> combinations;
  for (const Json& line : run.truth) {
    if (line.at("kind") != "room") continue;
    const auto& came = audience.at(line.at("id"));
    const auto bought = std::count_if(came.begin(), came.end(), [&](const std::string& who) { return bots.contains(who); });
    const double share = 100.0 * static_cast<double>(bought) / static_cast<double>(came.size());
    EXPECT_NEAR(share, line.at("strength").get<double>(), 1.0) << line;
    combinations.emplace(line.at("shape").get<std::string>(), line.at("strength").get<int>());
  }
  EXPECT_EQ(combinations.size(), 20u);
}

TEST(Simulate, StrengthIsTheShareOfTheOrders) {
  const Output& run = run_of("brushing.yaml");
  std::map<std::string, std::pair<int, int>> orders;  // by merchant: brushed, all
  std::set<std::string> brushed;
  for (const Json& line : run.truth)
    if (line.at("kind") == "order") brushed.insert(line.at("id"));
  for (const Json& event : run.events) {
    if (event.at("type") != "live.order.placed" || !event.at("data").contains("room")) continue;
    auto& [bad, all] = orders[event.at("data").at("merchant")];
    bad += brushed.contains(event.at("data").at("order"));
    ++all;
  }
  for (const Json& line : run.truth) {
    if (line.at("kind") != "merchant") continue;
    const auto& [bad, all] = orders.at(line.at("id"));
    EXPECT_NEAR(100.0 * bad / all, line.at("strength").get<double>(), 3.0) << line;
  }
}

TEST(Simulate, HonestPeopleShareDevicesAddressesPayersAndWords) {
  const Output& run = run_of("spikes.yaml");  // everyone in it is honest
  std::map<std::string, std::set<std::string>> devices, ips, payers, parcels, said;
  int fresh = 0, returns = 0, refunds_unshipped = 0;
  std::set<std::string> shipped;
  for (const Json& event : run.events) {
    const Json& data = event.at("data");
    const std::string type = event.at("type"), account = text(data, "account");
    if (type == "live.viewer.joined") {
      devices[data.at("device")].insert(account);
      ips[data.at("ip")].insert(account);
    }
    if (type == "live.order.placed") {
      payers[data.at("payer_hash")].insert(account);
      parcels[data.at("address_hash")].insert(account);
    }
    if (type == "live.chat.posted") said[data.at("text")].insert(account);
    if (type == "live.order.shipped") shipped.insert(data.at("order"));
    if (type == "live.order.refunded" && !shipped.contains(data.at("order"))) ++refunds_unshipped;
    returns += type == "live.return.requested";
    if (type == "live.account.registered" && text(data, "role") == "viewer")
      fresh += parse_rfc3339(text(event, "time"))->ns - parse_rfc3339(text(data, "registered_at"))->ns < kDay;
  }
  const auto largest = [](const auto& groups) {
    std::size_t most = 0;
    for (const auto& [key, members] : groups) most = std::max(most, members.size());
    return most;
  };
  EXPECT_GE(largest(devices), 15u);
  EXPECT_GE(largest(ips), 100u);
  EXPECT_GE(largest(payers), 5u);
  EXPECT_GE(largest(parcels), 10u);
  EXPECT_GE(largest(said), 100u);
  EXPECT_GT(fresh, 50);
  EXPECT_GT(returns, 50);
  EXPECT_GT(refunds_unshipped, 3);
}

TEST(Simulate, DisplayedFiguresExceedTheCountOnlyWhereInflated) {
  const Output& run = run_of("inflation.yaml");
  std::map<std::string, std::string> inflated;  // room → shape
  for (const Json& line : run.truth) inflated[line.at("id")] = line.at("shape");
  struct Count {
    std::int64_t joins = 0, online = 0, likes = 0, placed = 0, sum = 0, base = 0, follows = 0;
  };
  std::map<std::string, Count> counts;
  std::map<std::string, std::int64_t> followers_of;
  std::map<std::string, std::set<std::string>> exceeded;
  for (const Json& event : run.events) {
    const Json& data = event.at("data");
    const std::string type = event.at("type");
    if (text(data, "role") == "host") followers_of[data.at("account")] = data.at("followers");
    Count& c = counts[text(data, "room")];
    if (type == "live.session.started") c.base = followers_of.at(data.at("host"));
    c.joins += type == "live.viewer.joined";
    c.online += (type == "live.viewer.joined") - (type == "live.viewer.left");
    if (type == "live.like.sent") c.likes += data.at("count").get<std::int64_t>();
    c.follows += type == "live.follow.added";
    if (type == "live.order.placed") ++c.placed, c.sum += data.at("amount").get<std::int64_t>();
    if (type != "live.audience.reported") continue;
    auto& over = exceeded[data.at("room")];
    if (data.at("online") > c.online || data.at("total_views") > c.joins) over.insert("inflation/audience");
    if (data.at("likes") > c.likes) over.insert("inflation/likes");
    if (data.at("followers") > c.base + c.follows) over.insert("inflation/followers");
    if (data.at("sales_shown") > c.sum || data.at("orders_shown") > c.placed) over.insert("inflation/sales");
  }
  EXPECT_EQ(inflated.size(), 16u);
  for (const auto& [room, over] : exceeded) {
    std::set<std::string> expected;
    if (inflated.contains(room)) expected.insert(inflated[room]);
    EXPECT_EQ(over, expected) << "room " << room;
  }
}

TEST(Simulate, OnlyRegisteredMinorsOfTheTruthTip) {
  const Output& run = run_of("tips.yaml");
  std::set<std::string> minors, unverified, tipping_minors, tipping_unverified, expected_minors, expected_unverified;
  for (const Json& event : run.events) {
    const Json& data = event.at("data");
    const std::string account = text(data, "account");
    if (event.at("type") == "live.account.registered") {
      if (text(data, "age_band") == "minor" || text(data, "birth_date") > "2008-11-11") minors.insert(account);
      if (!data.at("real_name_verified")) unverified.insert(account);
    }
    if (event.at("type") != "live.gift.sent") continue;
    if (minors.contains(account)) tipping_minors.insert(account);
    if (unverified.contains(account)) tipping_unverified.insert(account);
  }
  for (const Json& line : run.truth) {
    if (line.at("violation") == "minor-protection") expected_minors.insert(line.at("id"));
    if (line.at("shape") == "tips/unverified") expected_unverified.insert(line.at("id"));
  }
  EXPECT_GT(minors.size(), tipping_minors.size()) << "honest minors watch and do not tip";
  EXPECT_EQ(tipping_minors, expected_minors);
  EXPECT_EQ(tipping_unverified, expected_unverified);
}

TEST(Scenarios, AllLoad) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(kScenarios)) {
    if (entry.path().filename() == "texts.yaml") continue;
    const auto scenario = load_scenario(entry.path().string());
    EXPECT_TRUE(scenario) << scenario.error().to_string();
    ++count;
  }
  EXPECT_GE(count, 14);
  const auto day = load_scenario(kScenarios + "day.yaml");
  ASSERT_TRUE(day);
  EXPECT_EQ(resolve_rooms(*day, 1).size(), 200u);
}

struct Refused {
  const char* yaml;
  const char* message;
  std::uint32_t line;
};

TEST(Scenarios, MistakesAreRefusedWithTheirPlace) {
  const std::string head = "name: x\nstart: \"2026-11-11T00:00:00+08:00\"\ntexts: texts.yaml\n";
  const Refused cases[] = {
      {"rooms:\n  - {audience: 100, colour: red}\n", "unknown key 'colour'", 5},
      {"rooms:\n  - {audience: 5}\n", "audience must be between", 5},
      {"rooms:\n  - {attacks: [{kind: magic, shape: x}]}\n", "unknown attack 'magic'", 5},
      {"rooms:\n  - {attacks: [{kind: viewers, shape: clicker, strength: 10}]}\n", "no shape 'clicker'", 5},
      {"rooms:\n  - {attacks: [{kind: viewers, shape: mixed}]}\n", "needs a strength", 5},
      {"rooms:\n  - {attacks: [{kind: viewers, shape: mixed, strength: 100}]}\n", "1 to 95", 5},
      {"rooms:\n  - {attacks: [{kind: pk, shape: late, strength: 10}]}\n", "has no strength", 5},
      {"rooms:\n  - {attacks: [{kind: false-claim, shape: speech}]}\n", "an evasion", 5},
      {"rooms:\n  - {attacks: [{kind: false-claim, shape: speech-loud}]}\n", "unknown evasion", 5},
      {"rooms:\n  - {start: \"25:00\"}\n", "not a time of day", 5},
      {"rooms:\n  - {minutes: 3}\n", "between 10 and 600", 5},
      {"rooms:\n  - {category: magic}\n", "no category 'magic'", 5},
      {"rooms:\n  - {spike: flood}\n", "unknown spike 'flood'", 5},
      {"rooms:\n  - {count: many}\n", "bad conversion", 5},
      {"rooms: []\n", "at least one room", 4},
      {"population: {accounts: 1}\nrooms:\n  - {}\n", "accounts must be between", 4},
      {"rooms: [\n", "", 0},
  };
  const fs::path folder = fs::temp_directory_path() / ("lw-scenarios-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
                                                       std::to_string(reinterpret_cast<std::uintptr_t>(&cases)));
  fs::create_directories(folder);
  fs::copy_file(kScenarios + "texts.yaml", folder / "texts.yaml");
  for (const Refused& c : cases) {
    const fs::path path = folder / "scenario.yaml";
    std::ofstream(path) << head << c.yaml;
    const auto scenario = load_scenario(path.string());
    ASSERT_FALSE(scenario) << c.yaml;
    EXPECT_NE(scenario.error().message.find(c.message), std::string::npos) << scenario.error().to_string();
    if (c.line) { EXPECT_EQ(scenario.error().place.line, c.line) << scenario.error().to_string(); }
    EXPECT_EQ(scenario.error().place.file, path.string());
  }
  fs::remove_all(folder);
  EXPECT_FALSE(load_scenario((folder / "absent.yaml").string()));
}

}  // namespace
}  // namespace lw::simulate
