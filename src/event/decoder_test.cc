#include "event/decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cel/cel.h"
#include "cel/collection.h"
#include "event/time_reader.h"

namespace lw::event {
namespace {

// A line with its padding.
class Padded {
 public:
  explicit Padded(std::string_view text) : size_(text.size()), bytes_(text) { bytes_.append(kPadding, '#'); }
  std::string_view line() const { return std::string_view(bytes_).substr(0, size_); }

 private:
  std::size_t size_;
  std::string bytes_;
};

std::string event_with(const std::string& data, const std::string& more = "") {
  return R"({"specversion":"1.0","id":"e1","source":"/platforms/alpha","type":"live.gift.sent",)"
         R"("time":"2026-01-01T08:00:00.5+08:00")" +
         more + R"(,"data":)" + data + "}";
}

TEST(Decoder, TellsWhyALineIsNoEvent) {
  std::ifstream in(LW_SOURCE_DIR "/tests/event/bad_lines.txt");
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  std::size_t cases = 0;
  for (std::string reason, line; std::getline(in, reason);) {
    if (reason.empty() || reason.starts_with("#")) continue;
    ASSERT_TRUE(std::getline(in, line));
    const Padded padded(line);
    const Status status = decoder.decode(padded.line(), event);
    ASSERT_FALSE(status) << line;
    EXPECT_EQ(status.error().message, reason) << line;
    EXPECT_EQ(event.raw, line);
    EXPECT_TRUE(event.fields().empty());
    ++cases;
  }
  EXPECT_GT(cases, 50U);
}

TEST(Decoder, RefusesBytesThatNoTextFileCanShow) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  const auto reason = [&](const std::string& line) {
    const Padded padded(line);
    const Status status = decoder.decode(padded.line(), event);
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(reason(event_with("{\"text\":\"\xff\"}")), "invalid UTF-8");
  EXPECT_EQ(reason(event_with("{\"text\":\"\xed\xa0\x80\"}")), "invalid UTF-8");
  EXPECT_EQ(reason(event_with("{\"text\":\"a\x01\"}")), "not JSON: a control character in a string");
  EXPECT_EQ(reason(std::string("{\0}", 3)), "not JSON: a comma, colon, bracket or value is missing or misplaced");
  EXPECT_EQ(reason(event_with(std::string("{\"zz\":[true\0]}", 14))), "data.zz: not JSON: a malformed value");
  EXPECT_EQ(reason(event_with(std::string("{\"real_name_verified\":true\x01}", 28))), "data.real_name_verified: not JSON: a malformed value");
  EXPECT_EQ(reason(event_with("{\"text\":\"" + std::string(kMaxEventBytes, 'x') + "\"}")), "longer than 1048576 bytes");
  const std::string full = event_with("{\"text\":\"\"}");
  EXPECT_EQ(reason(event_with("{\"text\":\"" + std::string(kMaxEventBytes - full.size(), 'x') + "\"}")), "");
  EXPECT_EQ(reason(event_with("{\"zz\":" + std::string(500000, '[') + std::string(500000, ']') + "}")),
            "data.zz: nested deeper than 32");
}

TEST(Decoder, ReadsAttributesAndFields) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  const Padded padded(event_with(
      R"({"amount":-5,"text":"\u8d5b\"\\","account":null,"winners":["a","b"],"valid_until":"2026-03-01",)"
      R"("registered_at":"2026-03-01","score":2,"target":{"kind":"room","id":"8"},"labels":["x",{"label":"smoking","score":0.5}],)"
      R"("value":{"a":[1,2.5,null]},"sampled":false,"own":{"x":[]}})",
      R"(,"subject":"room/8","traceparent":"00-1")"));
  const Status status = decoder.decode(padded.line(), event);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(event.id, "e1");
  EXPECT_EQ(event.type, Type::kGiftSent);
  EXPECT_EQ(event.time.ns, 1767225600500000000);
  EXPECT_EQ(event.platform, "alpha");
  EXPECT_EQ(event.raw, padded.line());
  EXPECT_EQ(event.get(field::kAmount).integer, -5);
  EXPECT_EQ(event.get(field::kText).text(), "赛\"\\");
  EXPECT_FALSE(event.has(field::kAccount));
  EXPECT_EQ(event.get(field::kRoom).text(), "8");
  EXPECT_EQ(cel::to_text(event.get(field::kWinners)), R"(["a", "b"])");
  EXPECT_EQ(format_rfc3339({event.get(field::kRegisteredAt).integer * kSecond}), "2026-03-01T00:00:00+08:00");
  const cel::Value until = event.get(field::kValidUntil);
  EXPECT_EQ(format_rfc3339({until.integer * kSecond + until.size}), "2026-03-01T23:59:59.999999999+08:00");
  EXPECT_EQ(event.get(field::kScore).real, 2.0);
  EXPECT_EQ(event.get(field::kTarget).text(), "room/8");
  EXPECT_EQ(event.get(field::kLabels).list->size, 2U);
  EXPECT_EQ(cel::to_text(event.get(field::kValue)), R"({"a": [1, 2.5, null]})");
  EXPECT_TRUE(event.has(field::kSampled));
}

TEST(Decoder, KeepsNumbersOfAnySizeWhereNothingReadsThem) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  for (const char* number : {"100000000000000000000", "1e999", "-1E+999", "9223372036854775808", "0.1e-999", "-0", "[1e999,{\"a\":-1e999}]"}) {
    const Padded padded(event_with(fmt::format("{{\"zz\":{},\"text\":\"a\"}}", number), fmt::format(",\"zz\":{}", number)));
    const Status status = decoder.decode(padded.line(), event);
    EXPECT_TRUE(status) << number << ": " << status.error().message;
  }
}

TEST(Decoder, KnowsSourcesByTheirForm) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  const auto good = [&](const std::string& source) {
    std::string line = event_with("{}");
    line.replace(line.find("/platforms/alpha"), 16, source);
    const Padded padded(line);
    return decoder.decode(padded.line(), event).has_value();
  };
  for (const char* source : {"/platforms/alpha", "/platforms/alpha/ingest", "/platforms/抖音", "/departments/samr", "/livewarden"}) EXPECT_TRUE(good(source)) << source;
  for (const char* source : {"alpha", "/platforms/", "/platforms", "/platforms//a", "/departments/", "/livewarden/", "/x", "/platforms/a b", "/platforms/a\x7f",
                             "/platforms/a\\u001b[0m", "https://example.com/platforms/alpha"})
    EXPECT_FALSE(good(source)) << source;
}

TEST(Decoder, TermsBeyondAllTimeAreTheFurthestThereIs) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  const char* const table[][3] = {{"valid_until", "9999-12-31T23:59:59+08:00", "2262-01-01T07:59:59.999999999+08:00"},
                                  {"valid_until", "9999-12-31", "2262-01-01T23:59:59.999999998+08:00"},
                                  {"valid_until", "2016-12-31T23:59:60Z", "2017-01-01T08:00:00+08:00"},
                                  {"registered_at", "0001-01-01T00:00:00Z", "1678-01-01T08:00:00+08:00"},
                                  {"birth_date", "1650-01-01", "1678-01-01T00:00:00+08:00"}};
  for (const auto& [name, text, wanted] : table) {
    for (const char* end : {"", " "}) {  // read either way
      const Padded padded(event_with(fmt::format("{{\"{}\":\"{}\"}}", name, text)) + end);
      const Status status = decoder.decode(padded.line(), event);
      ASSERT_TRUE(status) << status.error().message;
      const cel::Value value = event.get(*schema.find(name));
      EXPECT_EQ(format_rfc3339({value.integer * kSecond + value.size}), wanted) << text;
    }
  }
}

TEST(Decoder, RoomAndPlatformOfDataWin) {
  const Schema schema;
  Decoder decoder(schema);
  Event event;
  const Padded padded(event_with(R"({"room":"9","platform":"beta"})", R"(,"subject":"room/8")"));
  ASSERT_TRUE(decoder.decode(padded.line(), event));
  EXPECT_EQ(event.get(field::kRoom).text(), "9");
  EXPECT_EQ(event.platform, "beta");
}

TEST(Decoder, ExtensionFieldsAreDynamic) {
  Schema schema;
  const FieldId total = *schema.add_extension("chats_total");
  Decoder decoder(schema);
  Event event;
  const Padded padded(event_with(R"({"chats_total":24})"));
  ASSERT_TRUE(decoder.decode(padded.line(), event));
  EXPECT_EQ(event.get(total).integer, 24);
  const Padded without(event_with("{}"));
  ASSERT_TRUE(decoder.decode(without.line(), event));
  EXPECT_FALSE(event.has(total));
}

// A line as most are is read a shorter way than one with a blank behind it: both must say the same.
class BothWays : public testing::Test {
 protected:
  std::string told(const std::string& line, bool thorough) {
    const Padded padded(thorough ? line + " " : line);
    const Status status = decoder_.decode(padded.line(), event_);
    if (!status) return status.error().message;
    std::string out = fmt::format("{} {} {} {} {} {}", event_.id, event_.source, event_.subject, event_.type_name, event_.platform,
                                  event_.time.ns);
    for (const FieldId field : event_.fields()) {
      const cel::Value value = event_.get(field);
      out += fmt::format(" {}:{}={}", schema_.name(field), static_cast<int>(value.kind), cel::to_text(value));
      if (value.is(cel::Kind::kDouble)) out += fmt::format("/{:x}", std::bit_cast<std::uint64_t>(value.real));
    }
    return out;
  }
  void same(const std::string& line) { EXPECT_EQ(told(line, false), told(line, true)) << line; }

  Schema schema_;
  Decoder decoder_{schema_};
  Event event_;
};

TEST_F(BothWays, SayTheSame) {
  const std::vector<std::string> values{
      "0", "-0", "7", "-7", "00", "01", "-", "+1", ".5", "1.", "1.x", "0.0", "-0.0", "0.914", "-12.5", "1e3", "1.5e3", "1e999", "-1E+999", "1e", "1e+", "-1.e5", "0x1", "1 ",
      "123456789012345678", "-123456789012345678", "1234567890123456789", "9223372036854775807", "9223372036854775808",
      "100000000000000000000", "123456789012.345", "1234567890123.456", "0.123456789012345", "0.1234567890123456", "0.30000000000000004", "99999999999999.9",
      "true", "false", "null", "nul", "truex", "tru", "nullnull", "[]", "[ ]", "[\"a\"]", "[\"a\",\"b\"]", "[\"a\", \"b\"]", "[\"a\",]",
      "[,\"a\"]", "[\"a\" \"b\"]", "[\"a\"", "[1]", "[null]", "[{\"label\":\"x\"}]", "{}", "{\"kind\":\"room\",\"id\":\"8\"}", "\"\"",
      "\"a\"", "\"a\"b", "\"a", "a\"", "\"\"\"", "\"a\tb\"", "\"\x7f\"", "\"\xe8\xb5\x9b\"", "\"\xe8\xb5\"", "\"\xed\xa0\x80\"", "\"\\n\"",
      "\"\\\"\"", "\"2026-03-01\"", "\"2026-02-30\"", "\"2026-03-01T08:00:00Z\"", "\"9999-12-31\"", "\"0001-01-01T00:00:00Z\"", "\"2016-12-31T23:59:60Z\"", "\"9999-12-31T23:59:59+08:00\"", "\"2026-03-01T08:00:00.123456789+08:00\"", "", " 1", "  1",
      "\"8\",\"room\":\"9\"", "\"" + std::string(61, 'x') + "\"", "\"" + std::string(5000, 'x') + "\""};
  const std::vector<std::string> names{"text", "amount", "count", "score", "confidence", "real_name_verified", "valid_until", "registered_at",
                                       "winners", "labels", "target", "value", "room", "platform", "zz", ""};
  for (const std::string& value : values) {
    for (const std::string& name : names) {
      same(event_with("{\"" + name + "\":" + value + "}"));
      same(event_with("{\"account\": \"u\", \"" + name + "\": " + value + ",\"device\":null}"));
    }
    for (const std::string name : {"subject", "id", "time", "zz", "data", "type"}) same(event_with("{}", ",\"" + name + "\":" + value));
    same(event_with(value));
  }
}

TEST_F(BothWays, SayTheSameOfBrokenLines) {
  const std::string full = event_with(R"({"text":"a","amount":5,"score":0.5,"winners":["a","b"],"sampled":true,"zz":null})", R"(,"subject":"room/8")");
  for (std::size_t at = 0; at < full.size(); ++at) {
    same(full.substr(0, at));
    same(full.substr(0, at) + full.substr(at + 1));
    for (const char c : {'"', '\\', ',', ':', ' ', '{', '}', '[', ']', '0', '-', '.', 'x', '\x01', '\xff'}) {
      std::string changed = full;
      changed[at] = c;
      same(changed);
      same(full.substr(0, at) + c + full.substr(at));
    }
  }
  same(full + full);
  same(full + "}");
  for (const char* source : {"/platforms/alpha", "/platforms/alpha/ingest", "/platforms/抖音", "/departments/samr", "/livewarden", "alpha", "",
                             "/platforms/", "/platforms", "/platforms//", "/departments/", "/livewarden/", "/x", "/platforms/a b", "/platforms/a\x7f"}) {
    std::string changed = full;
    changed.replace(changed.find("/platforms/alpha"), 16, source);
    same(changed);
  }
}

TEST(TimeReader, ReadsWhatTheParserReads) {
  const std::vector<std::string> minutes{"2026-01-01T08:00", "2026-01-01T08:01", "2026-02-29T08:00", "2024-02-29t23:59", "1678-01-01T00:00", "2261-12-31T23:59", "1677-12-31T23:59", "9999-12-31T23:59", "2016-12-31T23:59"};
  const std::vector<std::string> seconds{":00", ":09", ":59", ":60", ":5", ":5x", ":-1", "x00", ""};
  const std::vector<std::string> fractions{"", ".", ".5", ".735", ".123456789", ".1234567890", ".000000001", ".x", ".5.5"};
  const std::vector<std::string> offsets{"Z", "z", "+08:00", "-08:00", "+23:59", "+24:00", "+0800", "+08:00x", "", "x"};
  TimeReader reader;
  const auto same = [&](const std::string& text) {
    const Padded padded(text);
    Time read;
    const bool good = reader.read(padded.line(), read);
    EXPECT_EQ(good ? std::optional(read) : std::nullopt, parse_rfc3339(text)) << text;
  };
  for (const std::string& minute : minutes)
    for (const std::string& offset : offsets)
      for (const std::string& second : seconds)
        for (const std::string& fraction : fractions) {
          same(minute + second + fraction + offset);
          same(minute + ":30.25" + offset);  // the minute that the next one is compared with
        }
}

// Any JSON value, as text is made of: the codec must agree with another parser on every byte.
using Json = nlohmann::json;

rc::Gen<Json> any_json(int depth) {
  const auto text = rc::gen::map(rc::gen::container<std::vector<int>>(rc::gen::element(0x22, 0x5c, 0x2f, 0x41, 0xe9, 0x8d5b, 0x1f600, 0x0a, 0x01)),
                                 [](const std::vector<int>& points) {
                                   std::string out;
                                   for (const int p : points) {
                                     if (p < 0x80) {
                                       out += static_cast<char>(p);
                                     } else if (p < 0x800) {
                                       out += static_cast<char>(0xc0 | p >> 6);
                                       out += static_cast<char>(0x80 | (p & 63));
                                     } else if (p < 0x10000) {
                                       out += static_cast<char>(0xe0 | p >> 12);
                                       out += static_cast<char>(0x80 | (p >> 6 & 63));
                                       out += static_cast<char>(0x80 | (p & 63));
                                     } else {
                                       out += static_cast<char>(0xf0 | p >> 18);
                                       out += static_cast<char>(0x80 | (p >> 12 & 63));
                                       out += static_cast<char>(0x80 | (p >> 6 & 63));
                                       out += static_cast<char>(0x80 | (p & 63));
                                     }
                                   }
                                   return Json(out);
                                 });
  const auto integer = rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t i) { return Json(i); });
  const auto real = rc::gen::map(rc::gen::arbitrary<double>(), [](double d) { return std::isfinite(d) ? Json(d) : Json(0.5); });
  const auto constant = rc::gen::element(Json(nullptr), Json(true), Json(false));
  if (depth == 0) return rc::gen::oneOf(text, integer, real, constant);
  const auto inner = rc::gen::lazy([=] { return any_json(depth - 1); });
  const auto array = rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<Json>>(inner)),
                                  [](std::vector<Json> v) { return Json(std::move(v)); });
  const auto object = rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<Json>>(inner)), [](const std::vector<Json>& v) {
    Json out = Json::object();
    for (const Json& x : v) out["k\"" + std::to_string(out.size())] = x;
    return out;
  });
  return rc::gen::oneOf(text, integer, real, constant, array, object);
}

Json to_json(const cel::Value& value) {
  switch (value.kind) {
    case cel::Kind::kBool: return value.boolean;
    case cel::Kind::kInt: return value.integer;
    case cel::Kind::kDouble: return value.real;
    case cel::Kind::kString: return std::string(value.text());
    case cel::Kind::kList: {
      Json out = Json::array();
      for (const cel::Value& item : value.list->span()) out.push_back(to_json(item));
      return out;
    }
    case cel::Kind::kMap: {
      Json out = Json::object();
      for (const auto& entry : value.map->span()) out[std::string(entry.key.text())] = to_json(entry.value);
      return out;
    }
    default: return nullptr;
  }
}

RC_GTEST_PROP(DecoderProperty, ReadsWhatAnotherWriterWrote, (bool ascii)) {
  static const Schema schema;
  static Decoder decoder(schema);
  Event event;
  const Json value = *any_json(3);
  const Json json{{"specversion", "1.0"},
                  {"id", "i"},
                  {"source", "/livewarden"},
                  {"type", "x"},
                  {"time", "2026-01-01T00:00:00Z"},
                  {"unknown", value},
                  {"data", {{"value", value}, {"other", value}}}};
  const Padded padded(json.dump(-1, ' ', ascii));
  const Status status = decoder.decode(padded.line(), event);
  RC_ASSERT(status.has_value());
  RC_ASSERT(to_json(event.get(field::kValue)) == value);
}

// A number beyond all doubles is JSON too, though this parser cannot read it.
bool is_json(const std::string& text) {
  try {
    return !Json::parse(text).is_discarded();
  } catch (const Json::out_of_range&) {
    return true;
  } catch (const Json::parse_error&) {
    return false;
  }
}

// One byte changed: both parsers take the line, or neither, but for what the contract refuses on top of JSON.
RC_GTEST_PROP(DecoderProperty, TakesNothingThatIsNotJson, ()) {
  static const Schema schema;
  static Decoder decoder(schema);
  Event event;
  const Json json{{"specversion", "1.0"}, {"id", "i"}, {"source", "/livewarden"}, {"type", "x"}, {"time", "2026-01-01T00:00:00Z"},
                  {"data", {{"zz", *any_json(2)}}}};
  std::string text = json.dump(-1, ' ', *rc::gen::arbitrary<bool>());
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
  text[at] = static_cast<char>(*rc::gen::inRange(1, 256));
  const Padded padded(text);
  if (decoder.decode(padded.line(), event)) {
    RC_ASSERT(is_json(text));
  } else if (Json::accept(text) && Json::parse(text).is_object()) {
    // Refused as an event though it is JSON: then an attribute must be what is wrong, or a number too large.
    const Json read = Json::parse(text);
    const bool same = read.contains("data") && read["data"] == json["data"] && read.value("id", Json()) == json["id"] &&
                      read.value("source", Json()) == json["source"] && read.value("type", Json()) == json["type"] &&
                      read.value("time", Json()) == json["time"] && read.value("specversion", Json()) == json["specversion"];
    RC_ASSERT(!same);
  }
}

}  // namespace
}  // namespace lw::event
