#include "runtime/source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

namespace lw::runtime {
namespace {

namespace fs = std::filesystem;

struct Given {
  std::int64_t second;
  std::string source, id;
  auto key() const { return std::tie(second, source, id); }
};

std::string line_of(const Given& event, const std::string& data = "{}", const std::string& type = "live.chat.posted") {
  return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"{}","type":"{}","time":"{}","data":{}}})", event.id, event.source, type,
                     format_rfc3339(Time{event.second * kSecond}), data);
}

// Every test has a folder of its own; files go with it.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / fmt::format("source-{}", ::getpid())) { fs::create_directories(path_); }
  ~Folder() { fs::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

struct Result {
  std::vector<std::string> names;  // source#id in order
  std::vector<std::string> raws;
  Counts counts;
  std::vector<std::string> notes;
};

Result drain(const SourceOptions& options, DeadLetter* dead_letter = nullptr, std::size_t most = 32, bool keep = false) {
  static const event::Schema schema;
  Result out;
  auto source = Source::open(schema, options, dead_letter);
  EXPECT_TRUE(source) << source.error().message;
  if (!source) return out;
  Batch batch(schema, most, keep);
  for (;;) {
    const auto more = source->fill(batch);
    EXPECT_TRUE(more);
    if (!more || !*more) break;
    EXPECT_LE(batch.events().size(), most);
    for (const event::Event* event : batch.events()) {
      out.names.push_back(std::string(event->source) + "#" + std::string(event->id));
      out.raws.emplace_back(event->raw);
    }
  }
  EXPECT_GE(source->bytes_read(), source->bytes_total());  // a total of 0 is not known
  out.counts = source->counts();
  out.notes = source->notes();
  return out;
}

// Several inputs: always the least head by (time, source, id). With lateness: what is held is given once the newest time
// read is that much later; again the least first.
std::vector<std::string> reference(const std::vector<std::vector<Given>>& files, std::int64_t lateness) {
  std::vector<Given> merged;
  std::vector<std::size_t> at(files.size());
  for (;;) {
    const Given* least = nullptr;
    std::size_t from = 0;
    for (std::size_t f = 0; f < files.size(); ++f) {
      if (at[f] == files[f].size()) continue;
      const Given& head = files[f][at[f]];
      if (!least || head.key() < least->key()) least = &head, from = f;
    }
    if (!least) break;
    merged.push_back(*least);
    ++at[from];
  }
  std::vector<std::string> out;
  std::vector<Given> held;
  const auto give = [&] {
    const auto first = std::min_element(held.begin(), held.end(), [](const Given& a, const Given& b) { return a.key() < b.key(); });
    out.push_back(first->source + "#" + first->id);
    held.erase(first);
  };
  std::int64_t newest = INT64_MIN;
  for (const Given& event : merged) {
    if (lateness == 0) {
      out.push_back(event.source + "#" + event.id);
      continue;
    }
    held.push_back(event);
    newest = std::max(newest, event.second);
    while (!held.empty() && std::min_element(held.begin(), held.end(), [](const Given& a, const Given& b) { return a.key() < b.key(); })->second <=
                                newest - lateness)
      give();
  }
  while (!held.empty()) give();
  return out;
}

RC_GTEST_PROP(SourceProperty, MergesAndReordersAsTheReferenceDoes, ()) {
  const Folder folder;
  const auto shape = *rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<std::vector<std::vector<int>>>(
                                             rc::gen::resize(15, rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20))))));
  const std::int64_t lateness = *rc::gen::element(0, 1, 5, 100);
  std::vector<std::vector<Given>> files(shape.size());
  SourceOptions options;
  options.lateness = Duration{lateness * kSecond};
  int number = 0;
  std::int64_t total = 0;
  for (std::size_t f = 0; f < shape.size(); ++f) {
    std::string text;
    for (const int second : shape[f]) {
      files[f].push_back({1'767'225'600 + second, number % 3 ? "/platforms/a" : "/platforms/b", fmt::format("e{}", number++ * 7919 % 1000)});
      text += line_of(files[f].back()) + "\n";
      ++total;
    }
    options.inputs.push_back(folder.write(fmt::format("{}", f), text));
  }
  const Result found = drain(options, nullptr, *rc::gen::element<std::size_t>(1, 3, 32), *rc::gen::arbitrary<bool>());
  RC_ASSERT(found.names == reference(files, lateness));
  RC_ASSERT(found.counts.events == static_cast<std::uint64_t>(total));
  if (lateness == 100) RC_ASSERT(found.counts.late == 0U);
}

const Given kFirst{1'767'225'600, "/platforms/a", "e1"}, kSecond2{1'767'225'601, "/platforms/a", "e2"};

TEST(Source, CountsWhatIsBadLateRepeatedAndUnknown) {
  const Folder folder;
  SourceOptions options;
  options.inputs = {folder.write("in", line_of(kSecond2) + "\nnot an event\n" + line_of(kFirst) + "\n" + line_of(kSecond2) + "\n" +
                                           line_of({kFirst.second, "/platforms/b", "e1"}, "{}", "live.own.kind") + "\n" +
                                           line_of({kFirst.second, "/platforms/a", "e3"}, R"({"amount":"1"})") + "\n")};
  DeadLetter dead_letter(folder.path("dead"));
  const Result found = drain(options, &dead_letter);
  ASSERT_TRUE(dead_letter.close());
  EXPECT_EQ(found.names, (std::vector<std::string>{"/platforms/a#e2", "/platforms/a#e1", "/platforms/b#e1"}));
  EXPECT_EQ(found.counts.events, 3U);
  EXPECT_EQ(found.counts.bad, 2U);
  EXPECT_EQ(found.counts.late, 2U);
  EXPECT_EQ(found.counts.duplicates, 1U);
  EXPECT_EQ(found.counts.unknown_types, 1U);
  EXPECT_EQ(found.counts.broken_inputs, 0U);
  std::istringstream letters(folder.read("dead"));
  std::string line;
  ASSERT_TRUE(std::getline(letters, line));
  EXPECT_EQ(line, fmt::format(R"({{"file":"{}","line":2,"reason":"not a JSON object","raw":"not an event"}})", options.inputs[0]));
  ASSERT_TRUE(std::getline(letters, line));
  EXPECT_EQ(nlohmann::json::parse(line)["reason"], "data.amount: expected an integer of minor units, found a string");
  EXPECT_EQ(nlohmann::json::parse(line)["line"], 6);
}

TEST(Source, ABrokenInputIsNotedAndTheOthersGoOn) {
  const Folder folder;
  SourceOptions options;
  options.inputs = {folder.write("a", "<i><d p=\"1,1,1,1,1767225600000,0,7,0\">x</d>"), folder.write("b", line_of(kSecond2))};
  const Result found = drain(options);
  EXPECT_EQ(found.counts.events, 2U);
  EXPECT_EQ(found.counts.bad, 1U);
  EXPECT_EQ(found.counts.broken_inputs, 1U);
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_NE(found.notes[0].find("the XML breaks off"), std::string::npos);
}

TEST(Source, RepeatsAreForgottenPastTheHorizonOnly) {
  const Folder folder;
  SourceOptions options;
  options.repeat_horizon = 10;
  std::string text;
  const auto add = [&](int n) { text += line_of({1'767'225'600, "/platforms/a", fmt::format("e{}", n)}) + "\n"; };
  for (int n = 0; n < 10; ++n) add(n);
  add(0);  // ten events ago: found
  for (int n = 10; n < 40; ++n) add(n);
  add(0);  // long ago: not
  options.inputs = {folder.write("in", text)};
  EXPECT_EQ(drain(options).counts.duplicates, 1U);
}

TEST(Source, APipeIsReadAsItComes) {
  const Folder folder;
  const std::string pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int writer = ::open(pipe.c_str(), O_RDWR);  // it stays open: the end never comes
  ASSERT_GE(writer, 0);
  const auto write = [&](const std::string& text) { ASSERT_EQ(::write(writer, text.data(), text.size()), static_cast<ssize_t>(text.size())); };
  const event::Schema schema;
  SourceOptions options;
  options.inputs = {pipe};
  write(line_of(kFirst) + "\n");
  auto source = Source::open(schema, options, nullptr);
  ASSERT_TRUE(source);
  Batch batch(schema, 8, false);
  const auto first = source->fill(batch);
  ASSERT_TRUE(first && *first);
  ASSERT_EQ(batch.events().size(), 1u) << "what comes later is not waited for";
  EXPECT_EQ(batch.events()[0]->id, "e1");
  write(line_of(kSecond2) + "\n" + line_of({kFirst.second, "/platforms/a", "e3"}) + "\n");
  const auto second = source->fill(batch);
  ASSERT_TRUE(second && *second);
  EXPECT_EQ(batch.events()[0]->id, "e2");
  ::close(writer);
}

// Events that are read ahead look into the feed's buffer: none of them may move before it is given out.
TEST(Source, WhatIsReadAheadStaysAsItWas) {
  const Folder folder;
  const std::vector<std::size_t> sizes{1, 300, 7, 70'000, 20, 150'000, 4'100, 0, 900'000, 33, 250, 1'200'000, 60, 2'000};
  std::string text;
  std::vector<std::string> expected;
  std::uint64_t bad = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    const std::size_t size = i % 3 == 0 ? sizes[i % sizes.size()] : i % 97;
    const std::string data = fmt::format(R"({{"text":"{}"}})", std::string(size, static_cast<char>('a' + i % 26)));
    const std::string line = line_of({static_cast<std::int64_t>(1'000'000 + i), "/platforms/a", fmt::format("e{}", i)}, data);
    text += line + (i % 5 == 0 ? "\r\n" : i % 7 == 0 ? "\n \n\n" : i % 11 == 0 ? "\nno event\n" : "\n");
    bad += i % 5 != 0 && i % 7 != 0 && i % 11 == 0;
    if (line.size() > event::kMaxEventBytes) ++bad;
    else expected.push_back(line);
  }
  SourceOptions options;
  options.inputs = {folder.write("in", text)};
  const Result found = drain(options);
  EXPECT_EQ(found.counts.bad, bad);
  EXPECT_TRUE(found.raws == expected);  // megabytes: not to be shown
}

TEST(Source, RefusesBeforeItReads) {
  const Folder folder;
  const event::Schema schema;
  const std::string good = folder.write("good", line_of(kFirst));
  const auto refused = [&](SourceOptions options) {
    const auto source = Source::open(schema, options, nullptr);
    return source ? std::string() : source.error().message;
  };
  SourceOptions options;
  options.inputs = {good, folder.path("none")};
  EXPECT_EQ(refused(options), folder.path("none") + ": no such file");
  options.inputs = {good, folder.path("")};
  EXPECT_NE(refused(options).find("is a directory"), std::string::npos);
  options.inputs = {good};
  options.format = "nonsense";
  EXPECT_NE(refused(options).find("nonsense"), std::string::npos);
  options.format = "auto";
  options.pseudonym_key = folder.write("short", "0123456789");
  EXPECT_NE(refused(options).find("has 16 to 64 bytes, this one 10"), std::string::npos);
}

TEST(Source, PseudonymsHideOneAndTheSamePersonEverywhere) {
  const Folder folder;
  SourceOptions options;
  options.inputs = {folder.write(
      "in", line_of(kFirst, R"({"account":"u1","device":"d1","ip":"1.2.3.4","host":"u1","target":"host/u1","text":"u1"})") + "\n" +
                line_of(kSecond2, R"({"winners":["u1","u2"],"payer_hash":"x","payee_hash":"x","room":"8"})", "live.lottery.drawn") + "\n")};
  options.pseudonym_key = folder.write("key", "0123456789abcdef\n");
  const Result found = drain(options);
  ASSERT_EQ(found.raws.size(), 2U);
  const auto first = nlohmann::json::parse(found.raws[0])["data"], second = nlohmann::json::parse(found.raws[1])["data"];
  EXPECT_TRUE(first["account"].get<std::string>().starts_with("p_"));
  EXPECT_EQ(first["account"].get<std::string>().size(), 28U);
  EXPECT_EQ(first["account"], second["winners"][0]);
  EXPECT_NE(second["winners"][0], second["winners"][1]);
  EXPECT_EQ(second["payer_hash"], second["payee_hash"]);
  EXPECT_NE(first["device"], "d1");
  EXPECT_NE(first["ip"], "1.2.3.4");
  EXPECT_EQ(first["host"], first["account"]) << "a host is an account too";
  EXPECT_EQ(first["target"], "host/" + first["account"].get<std::string>());
  EXPECT_EQ(first["text"], "u1");  // free text is not searched
  EXPECT_EQ(second["room"], "8");
  EXPECT_EQ(drain(options).raws, found.raws);
  options.pseudonym_key = folder.write("key", "0123456789abcdeg");
  EXPECT_NE(drain(options).raws, found.raws);
}

TEST(DeadLetter, IsJsonWhateverTheRawIs) {
  std::string line;
  append_dead_letter(line, "in\xff", 3, "no", "\xff\"\n" + std::string(10'000, 'x'));
  const auto read = nlohmann::json::parse(line);
  EXPECT_EQ(read["raw"].get<std::string>().substr(0, 5), "\xef\xbf\xbd\"\n");
  EXPECT_LT(line.size(), kMaxRawBytes + 200);
  EXPECT_FALSE(DeadLetter("/none/at/all").open());
}

TEST(DeadLetter, AFullDiskShows) {
  DeadLetter letter("/dev/full");
  if (!letter.open()) GTEST_SKIP() << "no /dev/full here";
  Status status = letter.write("in", 1, "no", std::string(2000, 'x'));
  if (status) status = letter.close();
  EXPECT_FALSE(status);
}

}  // namespace
}  // namespace lw::runtime
