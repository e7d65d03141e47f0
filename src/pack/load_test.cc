#include "pack/load.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "pack/contract.h"
#include "pack/scan.h"

namespace lw::pack {
namespace {

Source pack_of(std::string text, std::string id = "test") {
  return {id, {{"pack.yaml", "pack: {id: " + id + ", version: 1.0.0}\n" + std::move(text)}}};
}

std::string first_error(const tl::expected<Loaded, Errors>& loaded) { return loaded ? "" : loaded.error().front().message; }

std::string rule(const std::string& id, const std::string& more = "") {
  return "  - id: " + id + R"(
    obligation: fake-traffic
    violation: fake-traffic
    title: {zh: 设备, en: devices}
    duty: {zh: 不得虚构, en: nothing is to be made up}
    on: [live.viewer.joined]
    when: event.room == 'r1'
    target: account
    severity: high
    basis: [{instrument: A law, article: "1", known: S, from: 2021-05-25}]
    lead: samr
    message: {zh: "{event.account}", en: "{event.account}"}
    tests:
      - {name: one, events: [{at: "10:00:00", type: live.viewer.joined, room: r1, account: a1}], expect: [{target: account/a1}]}
      - {name: none, events: [{at: "10:00:00", type: live.viewer.joined, room: r2, account: a1}], expect: []}
)" + more;
}

TEST(Load, parameters_are_overridden_in_order_and_within_their_range) {
  const std::string text = "params:\n  most: {value: 3, min: 1, max: 9}\n  share: {value: 0.5}\n  wait: {value: 1h}\n  name: {value: a}\n";
  const auto load_with = [&](std::vector<std::string> params) {
    LoadOptions options;
    options.params = std::move(params);
    return load({pack_of(text)}, options);
  };
  const auto loaded = load_with({"most=4", "most=5", "share=1", "wait=2h", "name=7"});
  ASSERT_TRUE(loaded) << first_error(loaded);
  EXPECT_EQ(loaded->plan.params[0].value.integer, 5);
  EXPECT_EQ(loaded->plan.params[1].value.real, 1.0);
  EXPECT_EQ(loaded->plan.params[2].value.integer, 2 * kHour);
  EXPECT_EQ(loaded->plan.params[3].value.text(), "7");
  EXPECT_EQ(first_error(load_with({"most=10"})), "params.most is from 1 to 9");
  EXPECT_EQ(first_error(load_with({"most=4.5"})), "params.most is of type int");
  EXPECT_EQ(first_error(load_with({"mots=4"})), "unknown parameter mots (did you mean most?)");
  EXPECT_EQ(first_error(load_with({"most"})), "--param most is not NAME=VALUE");
}

TEST(Load, rules_that_are_off_are_listed_but_not_planned) {
  const std::string text = "rules:\n" + rule("a/on") + rule("b/off", "    enabled: false\n");
  const auto loaded = load({pack_of(text)}, {});
  ASSERT_TRUE(loaded) << first_error(loaded);
  ASSERT_EQ(loaded->plan.rules.size(), 1u);
  EXPECT_EQ(loaded->plan.rules[0].id, "a/on");
  ASSERT_EQ(loaded->rules.size(), 2u);
  EXPECT_FALSE(loaded->rules[1].on);
  EXPECT_EQ(loaded->tests.size(), 2u);
  EXPECT_EQ(loaded->packs[0].off, 1u);

  LoadOptions enable;
  enable.enable = {"b/off"};
  const auto both = load({pack_of(text)}, enable);
  ASSERT_TRUE(both) << first_error(both);
  EXPECT_EQ(both->plan.rules.size(), 2u);
  EXPECT_EQ(both->tests.size(), 4u);
  enable.enable = {"b/of"};
  EXPECT_EQ(first_error(load({pack_of(text)}, enable)), "no rule b/of to enable (did you mean b/off?)");
}

TEST(Load, a_used_pack_comes_first_and_once) {
  const FindPack find = [](const std::string& id) -> Result<Source> {
    if (id == "one") return pack_of("params: {a: {value: 1}}\n", "one");
    if (id == "ring") return Source{"ring", {{"p.yaml", "pack: {id: ring, version: 1.0.0, uses: [test]}\n"}}};
    if (id == "liar") return pack_of("", "other");
    return fail("there is none");
  };
  const auto using_pack = [&](const std::string& uses) {
    return load({Source{"test", {{"pack.yaml", "pack: {id: test, version: 1.0.0, uses: [" + uses + "]}\n"}}}}, {}, find);
  };
  const auto loaded = using_pack("one, ring, one");
  ASSERT_TRUE(loaded) << first_error(loaded);
  ASSERT_EQ(loaded->packs.size(), 3u);
  EXPECT_EQ(loaded->packs[0].name, "one@1.0.0");
  EXPECT_EQ(loaded->packs[2].name, "test@1.0.0");
  EXPECT_EQ(loaded->plan.name, "test@1.0.0");
  const auto both = load({Source{"test", {{"pack.yaml", "pack: {id: test, version: 1.0.0, uses: [one]}\n"}}}, pack_of("params: {a: {value: 1}}\n", "one")}, {}, find);
  ASSERT_TRUE(both) << first_error(both);
  EXPECT_EQ(both->plan.name, "one@1.0.0+test@1.0.0");
  EXPECT_EQ(first_error(load({pack_of(""), pack_of("")}, {})), "the pack test is given twice");
  EXPECT_EQ(first_error(using_pack("two")), "no pack two: there is none");
  EXPECT_EQ(first_error(using_pack("liar")), "the pack found for liar has another id");
}

TEST(Load, what_nothing_reads_is_noted) {
  const std::string text =
      "params: {most: {value: 3}, least: {value: 1}}\n"
      "terms: [{id: unread, fields: [text], list: [甲]}]\n"
      "features:\n"
      "  - {id: device.joins, count: true, on: [live.viewer.joined]}\n"
      "  - {id: device.read, count: true, on: [live.viewer.joined], where: event.count > params.most}\n"
      "derived: {n: {value: params.least}}\n"
      "rules:\n" + rule("a/b", "    score: \"device.read > 1 ? 1.0 : 0.5\"\n");
  const auto loaded = load({pack_of(text)}, {});
  ASSERT_TRUE(loaded) << first_error(loaded);
  ASSERT_EQ(loaded->notes.size(), 2u);
  EXPECT_EQ(loaded->notes[0].message, "the term list unread is read nowhere");
  EXPECT_EQ(loaded->notes[1].message, "the feature device.joins is read nowhere");
}

TEST(Load, tests_become_events_of_the_wire) {
  const std::string text = "rules:\n" + rule("a/b", R"(      - name: written out
        params: {most: 4, names: [a, b]}
        events:
          - {at: "10:00:00.5", every: 1500ms, repeat: 2, type: live.viewer.joined, room: "8", account: "a{n}", hops: 3, odds: 0.25, published: true, labels: [x, {label: "y\"", score: 1}]}
          - {at: +30s, type: live.viewer.left, source: /platforms/p, id: last, lang: ~}
          - {at: 2026-06-02T00:00:00Z, type: live.viewer.left, platform: q}
        end: +1h
        expect: [{target: account/a1, time: "10:00:01", room: null}]
)");
  const auto loaded = load({pack_of("params: {most: {value: 1}}\n" + text)}, {});
  ASSERT_TRUE(loaded) << first_error(loaded);
  const TestCase& test = loaded->tests.back();
  ASSERT_EQ(test.events.size(), 4u);
  EXPECT_EQ(test.events[1],
            R"({"specversion":"1.0","id":"e2","source":"/platforms/test","type":"live.viewer.joined","time":"2026-06-01T10:00:02+08:00","data":)"
            R"({"room":"8","account":"a2","hops":3,"odds":0.25,"published":true,"labels":["x",{"label":"y\"","score":1}]}})");
  EXPECT_EQ(test.events[2],
            R"({"specversion":"1.0","id":"last","source":"/platforms/p","type":"live.viewer.left","time":"2026-06-01T10:00:32+08:00","data":{"lang":null}})");
  EXPECT_EQ(test.events[3],
            R"({"specversion":"1.0","id":"e4","source":"/platforms/q","type":"live.viewer.left","time":"2026-06-02T08:00:00+08:00","data":{"platform":"q"}})");
  EXPECT_EQ(test.params, (std::vector<std::string>{"most=4", R"(names=["a","b"])"}));
  EXPECT_EQ(format_rfc3339(*test.end), "2026-06-02T09:00:00+08:00");
  const std::vector<std::pair<std::string, std::string>> expected{
      {"target", "account/a1"}, {"time", "2026-06-01T10:00:01+08:00"}, {"room", "null"}};
  EXPECT_EQ(test.expect.at(0).values, expected);
}

TEST(Load, limits_are_told_with_their_figure) {
  LoadOptions options;
  options.limits.file_bytes = 64;
  options.limits.rules = 1;
  options.limits.names = 1;
  options.limits.features = 1;
  EXPECT_EQ(first_error(load({pack_of("params: {a_long_name: {value: 1}}\n")}, options)), "the file has 67 bytes; at most 64 are read");
  options.limits.file_bytes = 4096;
  EXPECT_EQ(first_error(load({pack_of("rules:\n" + rule("a/a") + rule("b/b"))}, options)), "more than 1 rules");
  EXPECT_EQ(first_error(load({pack_of("features:\n  - {id: room.a, count: true, on: live.chat.posted}\n  - {id: room.b, count: true, on: live.chat.posted}\n")}, options)),
            "more than 1 features");
  for (const auto& [section, what] : {std::pair("params: {a: {value: 1}, b: {value: 2}}", "parameters"), {"fields: [a, b]", "fields"},
                                      {"derived: {a: {value: \"1\"}, b: {value: \"1\"}}", "derived values"},
                                      {"keys: {a: {fields: [room]}, b: {fields: [room]}}", "keys"},
                                      {"terms: [{id: a, fields: [text], list: [x]}, {id: b, fields: [text], list: [x]}]", "term lists"}}) {
    EXPECT_EQ(first_error(load({pack_of(section)}, options)), std::string("more than 1 ") + what);
  }
}

TEST(Load, bytes_that_are_not_utf_8_are_refused) {
  EXPECT_EQ(first_error(load({pack_of("# \xff\n")}, {})), "the file is not UTF-8");
}

TEST(Directory, files_are_read_in_the_order_of_their_paths) {
  namespace fs = std::filesystem;
  const fs::path dir = fs::path(testing::TempDir()) / "lw_pack_directory";
  fs::remove_all(dir);
  fs::create_directories(dir / "a/b");
  for (const char* name : {"z.yaml", "a.yaml", "a/b/c.yaml", "a/terms.txt", "a/notes.md"}) std::ofstream(dir / name) << "# " << name;
  const auto source = read_directory(dir.string() + "/");
  ASSERT_TRUE(source) << source.error().message;
  EXPECT_EQ(source->name, dir.string());
  std::vector<std::string> paths;
  for (const SourceFile& file : source->files) paths.push_back(file.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"a.yaml", "a/b/c.yaml", "a/terms.txt", "z.yaml"}));
  fs::remove_all(dir);
  EXPECT_FALSE(read_directory(dir.string()));
}

TEST(Contract, the_nearest_word_is_offered) {
  const std::vector<std::string_view> words{"samr", "cac", "nrta"};
  EXPECT_EQ(nearest("sarm", words), "samr");
  EXPECT_EQ(nearest("zzzz", words), "");
  EXPECT_EQ(suggestion("zzzz", words), " (one of: samr, cac, nrta)");
  EXPECT_EQ(edit_distance("abcd", "acbd", 3), 1u);
  EXPECT_EQ(edit_distance("abcd", "xbcdy", 3), 2u);
  EXPECT_EQ(edit_distance("abcd", "wxyz", 2), 3u);
}

TEST(Scan, names_are_found_outside_strings_and_comments) {
  std::vector<std::string> found;
  for (const Mention& m : scan_mentions("a.b + 'c.d' + e.?f // g.h\n + i . j + k.l.m + n().o + 1.5 + p[0].q + r\"\\\".s\"")) {
    found.push_back(std::string(m.object) + "." + std::string(m.field));
  }
  EXPECT_EQ(found, (std::vector<std::string>{"a.b", "e.f", "i.j", "k.l"}));
}

}  // namespace
}  // namespace lw::pack
