#include "mapping/row_feed.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "event/decoder.h"

namespace lw::mapping {
namespace {

using Json = nlohmann::json;

std::string file(const std::string& name) {
  std::ifstream in(std::string(LW_SOURCE_DIR) + "/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Read {
  std::vector<Json> events;
  std::vector<std::string> faults;
  std::string refused;
};

Read read(const std::string& mapping, const std::string& text, const std::string& name = "export.csv") {
  Read out;
  const auto definition = parse_definition("map.yaml", mapping);
  if (!definition) {
    out.refused = joined(definition.error()).to_string();
    return out;
  }
  auto feed = export_feed(event::ByteStream::of(text), name, *definition);
  if (!feed) {
    out.refused = feed.error().message;
    return out;
  }
  const event::Schema schema;
  event::Decoder decoder(schema);
  event::Event event;
  event::Line line;
  while ((*feed)->next(line)) {
    std::string reason = line.fault;
    if (reason.empty()) {
      const Status good = decoder.decode(line.text, event);
      if (good) out.events.push_back(Json::parse(line.text));
      else reason = good.error().message;
    }
    if (!reason.empty()) out.faults.push_back(std::to_string(line.number) + ": " + reason);
  }
  return out;
}

// Four orders of five (one was closed unpaid), three of them paid. By hand: 39.90 + 2,576.00 + 59.005 + 119.70.
TEST(Mapping, TheMerchantsExampleHoldsWhatWasCountedByHand) {
  const std::string mapping = file("mappings/merchant-orders.yaml");
  const Read orders = read(mapping, file("mappings/samples/orders.csv"));
  EXPECT_EQ(orders.faults, std::vector<std::string>{});
  ASSERT_EQ(orders.events.size(), 7U) << orders.refused;
  std::int64_t placed = 0, paid = 0;
  std::vector<std::string> times;
  for (const Json& event : orders.events) {
    times.push_back(event["time"]);
    (event["type"] == "live.order.placed" ? placed : paid) += event["data"]["amount"].get<std::int64_t>();
  }
  EXPECT_EQ(placed, 3990 + 257600 + 5901 + 11970);
  EXPECT_EQ(paid, 3990 + 257600 + 5901);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(orders.events[0]["data"]["order"], "2026061800005");
  EXPECT_EQ(orders.events[0]["time"], "2026-06-18T20:37:44+08:00");
  EXPECT_EQ(orders.events[0]["data"]["account"].get<std::string>().size(), 32U);
  const Read refunds = read(mapping, file("mappings/samples/refunds.csv"));
  ASSERT_EQ(refunds.events.size(), 1U) << refunds.refused;
  EXPECT_EQ(refunds.events[0]["data"], Json::parse(R"({"order":"2026061800007","amount":257600,"reason":"七天无理由"})"));
  const Read fees = read(mapping, file("mappings/samples/fees.csv"));
  ASSERT_EQ(fees.events.size(), 1U) << fees.refused;
  EXPECT_EQ(fees.events[0]["data"]["pit_fee"], 2'000'000);
  EXPECT_EQ(fees.events[0]["data"]["commission_rate"], 0.18);
}

TEST(Mapping, ThePlatformsExampleHoldsWhatWasCountedByHand) {
  const Read log = read(file("mappings/platform-jsonl.yaml"), file("mappings/samples/platform.jsonl"), "platform.jsonl");
  EXPECT_EQ(log.faults, std::vector<std::string>{});
  ASSERT_EQ(log.events.size(), 7U) << log.refused;
  EXPECT_EQ(log.events[0]["time"], "2026-06-18T20:00:00+08:00");
  EXPECT_EQ(log.events[0]["data"], Json::parse(R"({"room":"77","account":"9001","device":"d-1","ip":"203.0.113.5","device_model":"phone-a"})"));
  EXPECT_EQ(log.events[1]["data"], Json::parse(R"({"room":"77","account":"9002"})"));  // what is not there is absent
  EXPECT_EQ(log.events[3]["data"]["amount"], 299);  // 2.985
  EXPECT_EQ(log.events[4]["data"]["amount"], 19'900);
}

const std::string kHead = "source: /platforms/shop\nforms:\n  - form: a\n    columns: {id: 编号, at: 时间, x: 值}\n    events:\n      - type: live.chat.posted\n        id: row.id\n        time: row.at\n        data:\n";

struct Case {
  const char* data;  // of the event, in YAML
  const char* row;
  const char* event;  // its data, or the fault
};

TEST(Mapping, ValuesBecomeFields) {
  const Case table[] = {
      {"{text: row.x}", "1,2026-01-01 00:00:00,你好", R"({"text":"你好"})"},
      {"{text: row.x}", "1,2026-01-01 00:00:00,", R"({})"},
      {"{text: 'row.x + \"!\"'}", "1,2026-01-01 00:00:00,", R"({})"},
      {"{quantity: int(row.x)}", "1,2026-01-01 00:00:00,12", R"({"quantity":12})"},
      {"{quantity: int(row.x)}", "1,2026-01-01 00:00:00,zwölf", "2: live.chat.posted: data.quantity: "},
      {"{amount: {value: row.x, as: money}}", "1,2026-01-01 00:00:00,\"¥1,234.565\"", R"({"amount":123457})"},
      {"{amount: {value: row.x, as: money}}", "1,2026-01-01 00:00:00,-0.5元", R"({"amount":-50})"},
      {"{amount: {value: row.x, as: money, digits: 0}}", "1,2026-01-01 00:00:00,99.5", R"({"amount":100})"},
      {"{amount: {value: row.x, as: money}}", "1,2026-01-01 00:00:00,12.3.4", "2: live.chat.posted: data.amount: expected an amount such as 12.30, found \"12.3.4\""},
      {"{amount: {value: double(row.x), as: money}}", "1,2026-01-01 00:00:00,1.005", R"({"amount":101})"},
      {"{starts_at: {value: row.x, as: time, timezone: \"+00:00\"}}", "1,2026-01-01 00:00:00,2026/1/2 3:04", R"({"starts_at":"2026-01-02T11:04:00+08:00"})"},
      {"{starts_at: {value: row.x, as: unix-s}}", "1,2026-01-01 00:00:00,1767225600.5", R"({"starts_at":"2026-01-01T08:00:00.5+08:00"})"},
      {"{starts_at: {value: row.x, as: time}}", "1,2026-01-01 00:00:00,31/12/2025", "2: live.chat.posted: data.starts_at: expected a date and time such as 2025-08-31 11:57:37"},
      {"{valid_until: {value: row.x, as: time}}", "1,2026-01-01 00:00:00,9999-12-31", R"({"valid_until":"2261-12-31T23:59:59.999999999+08:00"})"},
      {"{text: row.x}", "1,9999-12-31 00:00:00,a", "2: live.chat.posted: time: expected a date and time"},
      {"{address_hash: {value: row.x, as: hash}}", "1,2026-01-01 00:00:00,", R"({})"},
      {"{products: 'row.x.split(\";\")'}", "1,2026-01-01 00:00:00,a;b", R"({"products":["a","b"]})"},
      {"{published: row.x == \"是\"}", "1,2026-01-01 00:00:00,是", R"({"published":true})"},
      {"{value: '{\"file\": file, \"line\": line}'}", "1,2026-01-01 00:00:00,", R"({"value":{"file":"export.csv","line":2}})"},
      {"{text: row.x}", ",2026-01-01 00:00:00,a", "2: live.chat.posted: id: required, but the row has none"},
      {"{text: row.x}", "1,,a", "2: live.chat.posted: time: required, but the row has none"},
      {"{text: row.x}", "1,2026-02-30 00:00:00,a", "2: live.chat.posted: time: expected a date and time such as 2025-08-31 11:57:37, found \"2026-02-30 00:00:00\""},
      {"{text: row.x}", "1,2026-01-01 00:00:00,a,b", "2: 4 cells under a header of 3"},
      {"{text: row.x}", "1,2026-01-01 00:00:00", "2: 2 cells under a header of 3"},
      {"{text: row.x}", "1,2026-01-01 00:00:00,a,,", R"({"text":"a"})"},
      {"{text: row.x}", "1,2026-01-01 00:00:00,\xb6\xa9", "2: invalid UTF-8; a form of another encoding says so, such as `encoding: gb18030`"},
      {"{text: row.x}", "1,2026-01-01 00:00:00,\"a", "2: a quote is not closed"},
  };
  for (const Case& one : table) {
    const Read found = read(kHead + "          " + one.data + "\n", std::string("编号,时间,值\n") + one.row + "\n");
    ASSERT_EQ(found.refused, "") << one.data;
    ASSERT_EQ(found.events.size() + found.faults.size(), 1U) << one.data << one.row;
    if (one.event[0] == '{') {
      ASSERT_EQ(found.faults, std::vector<std::string>{}) << one.data << one.row;
      EXPECT_EQ(found.events[0]["data"], Json::parse(one.event)) << one.data;
    } else {
      ASSERT_EQ(found.faults.size(), 1U) << one.data << one.row;
      EXPECT_TRUE(found.faults[0].starts_with(one.event)) << found.faults[0];
    }
  }
}

TEST(Mapping, MistakesAreRefusedWhereTheyStand) {
  struct Mistake {
    std::string from, to, said;  // in kHead + "{text: row.x}"
  };
  const Mistake table[] = {
      {"source: /platforms/shop", "source: shop", "map.yaml:1:9: expected /platforms/{platform}, /departments/{department} or /livewarden, such as /platforms/shop"},
      {"live.chat.posted", "live.chat.post", "map.yaml:6:15: unknown event type live.chat.post"},
      {"id: row.id", "id: row.idd", "map.yaml:7:"},
      {"time: row.at", "time: row.at +", "map.yaml:8:"},
      {"text: row.x", "texts: row.x", "map.yaml:10:12: texts is not in the vocabulary"},
      {"text: row.x", "amount: row.x", "map.yaml:10:20: data.amount: expected an integer of minor units, found string; `as: money` makes minor units of it"},
      {"text: row.x", "text: {value: row.x, as: coin}", "`as` is one of itself, money, time, unix-s, unix-ms, hash"},
      {"text: row.x", "text: {value: row.x, digits: 2}", "`digits` is for `as: money` alone"},
      {"text: row.x", "text: {value: row.x, as: money}", "data.text: expected a string, which `as: money` does not give"},
      {"columns:", "colums:", "map.yaml:4:5: "},
      {"{id: 编号, at: 时间, x: 值}", "{id: 编号, at: 时间, x: 值, id: 号}", "map.yaml:4:"},
      {"forms:", "timezone: Asia/Shanghi\nforms:", "map.yaml:2:11: a time zone is an offset"},
      {"        time: row.at\n", "", "map.yaml:6:9: "},
      {"    events:", "    when: row.x\n    events:", "`when` is a bool, not string"},
      {"  - form: a", "  - form: a\n    encoding: latin", "map.yaml:4:15: `encoding` is one of"},
  };
  const std::string good = kHead + "          {text: row.x}\n";
  EXPECT_EQ(read(good, "编号,时间,值\n").refused, "");
  for (const Mistake& one : table) {
    std::string bad = good;
    const std::size_t at = bad.find(one.from);
    ASSERT_NE(at, std::string::npos) << one.from;
    bad.replace(at, one.from.size(), one.to);
    const Read found = read(bad, "编号,时间,值\n");
    EXPECT_NE(found.refused.find(one.said), std::string::npos) << one.to << ": " << found.refused;
    EXPECT_NE(found.refused.find('^'), std::string::npos) << found.refused;
  }
}

TEST(Mapping, FormsAreChosenByNameAndColumns) {
  const std::string mapping =
      "source: /platforms/shop\nforms:\n"
      "  - {form: named, files: [\"chat-*.csv\"], columns: {id: id, at: at}, events: [{type: live.chat.posted, id: '\"n\" + row.id', time: row.at}]}\n"
      "  - {form: wide, columns: {id: id, at: at, more: more}, events: [{type: live.chat.posted, id: '\"w\" + row.id', time: row.at}]}\n"
      "  - {form: lines, format: json-lines, columns: {id: id, at: at}, events: [{type: live.chat.posted, id: '\"j\" + row.id', time: row.at}]}\n";
  const auto id = [&](const std::string& text, const std::string& name) {
    const Read found = read(mapping, text, name);
    return found.events.empty() ? found.refused : found.events[0]["id"].get<std::string>();
  };
  EXPECT_EQ(id("id,at\n1,2026-01-01\n", "dir/chat-1.csv"), "n1");
  EXPECT_EQ(id("id,at\n1,2026-01-01\n", "chat-1.csv.gz"), "n1");
  EXPECT_EQ(id("more,at,id\n,2026-01-01,1\n", "other.csv"), "w1");
  EXPECT_EQ(id("{\"id\":\"1\",\"at\":\"2026-01-01\"}\n", "other"), "j1");
  EXPECT_EQ(id("id,at\n1,2026-01-01\n", "other.csv"),
            "other.csv: no form of map.yaml takes it:\n  form named: takes files named chat-*.csv\n  form wide: the file has no column more\n"
            "  form lines: not a JSON object");
}

TEST(Mapping, OtherEncodingsAndDelimiters) {
  const std::string mapping = "source: /platforms/shop\nforms:\n  - {form: a, encoding: gb18030, delimiter: \";\", skip: 1, columns: {id: \"\xe7\xbc\x96\xe5\x8f\xb7\", at: at}, "
                              "events: [{type: live.chat.posted, id: row.id, time: row.at, data: {text: row.id}}]}\n";
  const Read found = read(mapping, "a title\n\xb1\xe0\xba\xc5;at\n\xb2\xe8;2026-01-01\n\xff\xff;2026-01-01\n");
  ASSERT_EQ(found.events.size(), 1U) << found.refused;
  EXPECT_EQ(found.events[0]["data"]["text"], "茶");
  ASSERT_EQ(found.faults.size(), 1U);
  EXPECT_EQ(found.faults[0], "4: bytes that are no text in the form's encoding");
}

TEST(Mapping, JsonLinesThatAreNoneAreFaults) {
  const std::string mapping = "source: /platforms/shop\nforms:\n  - {form: a, format: json-lines, columns: {id: id, at: at}, events: [{type: live.chat.posted, id: row.id, time: {value: row.at, as: unix-ms}}]}\n";
  const Read found = read(mapping, "{\"id\":\"1\",\"at\":0}\nhello\n{\"id\":\"2\",\"at\":1,\"zz\":tru}\n{\"id\":\"3\",\"at\":1.5} x\n{\"id\":7,\"at\":\"2\"}\n");
  ASSERT_EQ(found.events.size(), 2U) << found.refused;
  EXPECT_EQ(found.events[0]["time"], "1970-01-01T08:00:00+08:00");
  EXPECT_EQ(found.events[1]["id"], "7");
  EXPECT_EQ(found.faults, (std::vector<std::string>{"2: not a JSON object", "3: zz: not JSON: a malformed value", "4: more after the object on its line"}));
}

}  // namespace
}  // namespace lw::mapping
