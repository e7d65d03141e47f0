// Which fields rules read, by whatever way.
#include "desk/field_use.h"

#include <gtest/gtest.h>

#include <map>

#include "pack/load.h"

namespace lw::desk {
namespace {

constexpr const char* kPack = R"(
pack: {id: test, version: 1.0.0, timezone: "+08:00"}
derived:
  late: {value: "event.rating + 1"}
keys:
  pair: {fields: [device, gift]}
features:
  - {id: pair.joins, count: true, on: [live.viewer.joined], where: "event.referrer == 'x'", window: 1h}
  - {id: order.buyer, first: event.account, on: [live.order.placed], fills: account}
rules:
  - id: by-feature
    obligation: fake-traffic
    violation: fake-traffic
    title: {zh: 一, en: one}
    duty: {zh: 一, en: one}
    on: [live.viewer.joined]
    when: "pair.joins > 3"
    target: room
    severity: high
    lead: samr
    actions: [limit-traffic]
    basis: [{instrument: A law, article: "1", known: S, from: 2016-12-01}]
    message: {zh: 一, en: one}
    tests: [{name: a, events: [], expect: [{target: room/r}]}, {name: b, events: [], expect: []}]
  - id: direct
    obligation: fake-traffic
    violation: fake-traffic
    title: {zh: 二, en: two}
    duty: {zh: 二, en: two}
    on: [live.review.posted]
    when: "derived.late > 2 && event.account != ''"
    target: account
    severity: high
    lead: samr
    actions: [warn]
    basis: [{instrument: B law, article: "2", known: S, from: 2016-12-01}]
    message: {zh: 二, en: "about {event.product}"}
    tests: [{name: a, events: [], expect: [{target: account/a}]}, {name: b, events: [], expect: []}]
)";

TEST(FieldUse, FindsFieldsThroughFeaturesKeysLinksDerivedValuesAndMessages) {
  const auto loaded = pack::load({pack::Source{"pack", {{"pack.yaml", kPack}}}}, {});
  ASSERT_TRUE(loaded) << loaded.error().front().to_string();
  std::map<std::string, std::string> found;
  for (const FieldUse& use : field_uses(loaded->plan)) {
    for (const pack::Rule* rule : use.rules) found[use.field] += rule->id + " ";
  }
  EXPECT_EQ(found, (std::map<std::string, std::string>{{"account", "direct "}, {"device", "by-feature "}, {"gift", "by-feature "}, {"order", "direct "}, {"product", "direct "},
                                                       {"rating", "direct "}, {"referrer", "by-feature "}, {"room", "by-feature "}}));
  const auto unused = fields_without_use(loaded->plan);
  const auto is_unused = [&](std::string_view field) { return std::find(unused.begin(), unused.end(), field) != unused.end(); };
  for (const char* field : {"birth_date", "ip", "text", "payer_hash", "tracking"}) EXPECT_TRUE(is_unused(field)) << field;
  for (const char* field : {"account", "device", "host", "session", "order"}) EXPECT_FALSE(is_unused(field)) << field;
}

TEST(FieldUse, EveryPersonalFieldIsOfTheVocabulary) {
  const event::Schema schema;
  for (const event::Personal& personal : event::personal_fields()) EXPECT_TRUE(schema.find(personal.field)) << personal.field;
}

}  // namespace
}  // namespace lw::desk
