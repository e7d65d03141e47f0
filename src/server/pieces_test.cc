// The parts of the server that know no sockets: requests from bytes, compressed bodies, lines of events, streams, the console's files.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

#include "server/broadcast.h"
#include "server/connection.h"
#include "server/event_text.h"
#include "server/files.h"
#include "server/inflate.h"
#include "server/metrics.h"
#include "server/reply.h"
#include "server/request.h"

namespace lw::server {
namespace {

using State = RequestReader::State;
using namespace std::chrono_literals;

std::string gzipped(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstded(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

// What becomes of a request, given in pieces of that size: its status if it is bad, else method, target and body.
std::string read_request(std::string bytes, std::size_t piece, std::string* rest = nullptr) {
  RequestReader reader(1024);
  std::string buffer, body;
  State state = State::kMore;
  while (state == State::kMore) {
    if (bytes.empty() && buffer.empty()) return "cut short";
    const std::size_t before = bytes.size();
    buffer += bytes.substr(0, piece);
    bytes.erase(0, piece);
    state = reader.read_head(buffer);
    if (state == State::kMore && before == 0) return "cut short";
  }
  if (state == State::kBad) return std::to_string(reader.status());
  if (reader.request().has_body) {
    state = reader.read_body(buffer, body);
    while (state == State::kMore) {
      if (bytes.empty()) return "cut short";
      buffer += bytes.substr(0, piece);
      bytes.erase(0, piece);
      state = reader.read_body(buffer, body);
    }
    if (state == State::kBad) return std::to_string(reader.status());
  }
  if (rest) *rest = buffer + bytes;
  return reader.request().method + " " + reader.request().target + " " + body;
}

TEST(Requests, AreReadOrRefused) {
  const std::string huge(2000, 'x');
  const std::vector<std::pair<std::string, std::string>> all = {
      {"GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a "},
      {"\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a "},
      {"GET /a HTTP/1.0\r\nHost: h\r\n\r\n", "GET /a "},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "POST /a abc"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", "POST /a abc"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", "POST /a "},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabc", "cut short"},
      {"GET /a HTTP/1.1\r\n\r\n", "400"},
      {"GET /a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "400"},
      {"GET /a HTTP/2.0\r\nHost: h\r\n\r\n", "505"},
      {"GET /a\r\n\r\n", "400"},
      {"GET  /a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"GET /a HTTP/1.1\r\nHost : h\r\n\r\n", "400"},
      {"GET /a HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "GET /a "},
      {"GET /a HTTP/1.1\r\nHost: h\r\nA: " + huge + "\r\n\r\n", "431"},
      {"GET /" + huge + " HTTP/1.1\r\nHost: h\r\n\r\n", "431"},
      // What two readers might read as two different requests.
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3, 3\r\n\r\nabc", "POST /a abc"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: -3\r\n\r\nabc", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\nabc", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\nabc", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", "400"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nExpect: the-unexpected\r\n\r\n", "417"},
      // Without an end, and bounded all the same.
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + huge, "431"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: " + huge, "431"},
      {"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + huge + "\r\n0\r\nA: b\r\n\r\n", "POST /a " + huge},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"},
  };
  for (const auto& [bytes, expected] : all) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) EXPECT_EQ(read_request(bytes, piece), expected) << bytes << " in pieces of " << piece;
  }
}

TEST(Requests, FollowEachOther) {
  std::string rest;
  EXPECT_EQ(read_request("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\nHost: h\r\n\r\n", 4096, &rest), "POST /a x");
  EXPECT_EQ(rest, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(read_request(rest, 4096, &rest), "GET /b ");
  EXPECT_EQ(rest, "");
}

// What comes out of a body given in pieces, or why not.
std::string inflated(std::string_view coding, std::string bytes, std::size_t piece, std::size_t room, std::uint64_t most = 64 << 20, std::uint64_t ratio = 100) {
  const auto inflater = Inflater::of(coding, most, ratio);
  if (!inflater) return "unknown";
  std::string out;
  while (!bytes.empty()) {
    const std::string now = bytes.substr(0, piece);
    bytes.erase(0, piece);
    std::string_view in = now;
    Inflater::Flow flow = Inflater::Flow::kFull;
    while (flow == Inflater::Flow::kFull || !in.empty()) {
      flow = inflater->step(in, out, room);
      if (flow == Inflater::Flow::kDamaged) return "damaged";
      if (flow == Inflater::Flow::kTooLarge) return "too large";
    }
  }
  return inflater->whole() ? out : "cut short";
}

RC_GTEST_PROP(Inflate, GivesBackWhatWasCompressed, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("live", "评论", "{}", "\n", std::string(3000, 'a')));
  std::string text;
  for (const std::string& word : words) text += word;
  const auto piece = *rc::gen::inRange<std::size_t>(1, 5000), room = *rc::gen::inRange<std::size_t>(1, 5000);
  RC_ASSERT(inflated("", text, piece, room) == text);
  RC_ASSERT(inflated("gzip", gzipped(text), piece, room) == text);
  RC_ASSERT(inflated("zstd", zstded(text), piece, room) == text);
  RC_ASSERT(inflated("gzip", gzipped(text) + gzipped("more"), piece, room) == text + "more");
}

TEST(Inflate, RefusesWhatIsWrong) {
  const std::string text = "a body of some length, so that it can be cut";
  EXPECT_EQ(inflated("br", text, 10, 10), "unknown");
  EXPECT_EQ(inflated("gzip, gzip", text, 10, 10), "unknown");
  EXPECT_EQ(inflated("gzip", text, 10, 10), "damaged");
  EXPECT_EQ(inflated("zstd", text, 10, 10), "damaged");
  const std::string gzip = gzipped(text), zstd = zstded(text);
  EXPECT_EQ(inflated("gzip", gzip.substr(0, gzip.size() - 1), 10, 10), "cut short");
  EXPECT_EQ(inflated("zstd", zstd.substr(0, zstd.size() - 1), 10, 10), "cut short");
  EXPECT_EQ(inflated("gzip", gzip + "rubbish", 10, 10), "damaged");
  EXPECT_EQ(inflated("", text, 10, 10, text.size()), text);
  EXPECT_EQ(inflated("", text, 10, 10, text.size() - 1), "too large");
  EXPECT_EQ(inflated("gzip", gzip, 10, 10, text.size() - 1), "too large");
  const std::string bomb(32 << 20, 'a');
  EXPECT_EQ(inflated("gzip", gzipped(bomb), 4096, 65536), "too large");
  EXPECT_EQ(inflated("zstd", zstded(bomb), 4096, 65536), "too large");
  EXPECT_EQ(inflated("zstd", zstded(bomb), 4096, 65536, 64 << 20, 1'000'000).size(), bomb.size());
}

TEST(EventText, TurnsDocumentsIntoLines) {
  struct Document {
    std::string text, lines;
    bool may_be_array = true;
  };
  const std::vector<Document> all = {
      {R"({"a":1})", "{\"a\":1}\n"},
      {" \n{\n \"a\" : \"x,]}\\\"\"\n}\n ", "{  \"a\" : \"x,]}\\\"\" }\n"},
      {R"([{"a":[1,2]},{"b":{"c":"}"}}])", "{\"a\":[1,2]}\n{\"b\":{\"c\":\"}\"}}\n"},
      {R"([{"a":1} , 17,"x"])", "{\"a\":1}\n17\n\"x\"\n"},
      {"{\"a\":\"x\ny\"}", "{\"a\":\"x\x01y\"}\n"},
      {"{\"a\":\"x\\\ny\"}", "{\"a\":\"x\\\x01y\"}\n"},
      {R"([{"a":1}])", "!", false},
      {"[]", "!"},
      {"", "!"},
      {"17", "!"},
      {"\"x\"", "!"},
      {R"({"a":1)", "!"},
      {R"({"a":"1)", "!"},
      {R"([{"a":1})", "!"},
      {R"([{"a":1},)", "!"},
      {R"([{"a":1},])", "!"},
      {R"([,{"a":1}])", "!"},
      {R"([{"a":1}]])", "!"},
      {R"([{"a":1}]{})", "!"},
      {R"({"a":1},{"b":1})", "!"},
  };
  for (const Document& one : all) {
    const auto lines = lines_of(one.text, one.may_be_array);
    EXPECT_EQ(lines ? lines->text : "!", one.lines) << one.text;
    if (lines) {
      EXPECT_EQ(lines->count, std::count(lines->text.begin(), lines->text.end(), '\n')) << one.text;
    }
  }
}

TEST(EventText, AnArrayIsBounded) {
  std::string text = "[1";
  for (int i = 1; i < 200'000; ++i) text += ",1";
  const auto most = lines_of(text + "]", true);
  ASSERT_TRUE(most);
  EXPECT_EQ(most->count, 200'000u);
  const auto more = lines_of(text + ",1]", true);
  ASSERT_FALSE(more);
  EXPECT_NE(more.error().message.find("more than 200000 events"), std::string::npos) << more.error().message;
}

// The same as splitting the whole text at once.
RC_GTEST_PROP(EventText, CutsLinesWhereverPiecesEnd, ()) {
  const auto lines = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("{}", "{\"a\":1}", "", "  ", "\r", "0123456789", "01234567890"));
  std::string text;
  std::string whole;
  std::vector<std::uint64_t> indices, rejected;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += lines[i] + (i + 1 < lines.size() ? "\n" : "");
    if (lines[i].find_first_not_of(" \r") == std::string::npos) continue;
    if (lines[i].size() > 10) {
      rejected.push_back(seen++);
      continue;
    }
    indices.push_back(seen++);
    whole += lines[i] + "\n";
  }
  LineCutter cutter(10);
  std::string out;
  std::vector<std::uint64_t> out_indices, out_rejected;
  const auto take = [&] {
    for (const Rejection& one : cutter.take_rejected()) out_rejected.push_back(one.index);
    if (!cutter.ready()) return;
    std::vector<std::uint64_t> some;
    const Lines taken = cutter.take(some);
    RC_ASSERT(taken.count == some.size());
    out += taken.text;
    out_indices.insert(out_indices.end(), some.begin(), some.end());
  };
  while (!text.empty()) {
    const auto piece = *rc::gen::inRange<std::size_t>(1, 20);
    cutter.add(std::string_view(text).substr(0, piece));
    text.erase(0, piece);
    if (*rc::gen::arbitrary<bool>()) take();
  }
  cutter.finish();
  take();
  RC_ASSERT(out == whole);
  RC_ASSERT(out_indices == indices);
  RC_ASSERT(out_rejected == rejected);
}

std::string taken(Broadcast::Listener& listener) {
  std::vector<Broadcast::Text> texts;
  std::string out = listener.take(texts) ? "" : "cut off;";
  for (const auto& text : texts) out += *text;
  return out;
}

TEST(Login, IsTriedSoOftenWithinAMinuteByOneAddress) {
  Logins logins;
  const Clock::time_point begin{std::chrono::hours(1)};
  const auto may = [&](const char* address, std::chrono::seconds later) { return logins.may(address, 2, begin + later); };
  EXPECT_TRUE(may("a", 0s) && may("a", 59s));
  EXPECT_FALSE(may("a", 59s));
  EXPECT_TRUE(may("b", 59s));
  EXPECT_TRUE(may("a", 60s) && may("a", 60s));
  EXPECT_FALSE(may("a", 60s));
}

TEST(Broadcasts, ReachWhoMaySee) {
  Broadcast broadcast(3);
  int woken = 0;
  const auto samr = broadcast.listen("department/samr", [&] { ++woken; });
  const auto alpha = broadcast.listen("platform/alpha", [] {});
  const auto party = broadcast.listen("merchant/alpha/m1", [] {});
  broadcast.publish({"room", {"department/*", "platform/alpha"}, {{"id", "8"}}});
  broadcast.publish({"case", {"department/samr", "merchant/alpha/m1"}, {{"id", 17}, {"text", "a\nb"}}});
  EXPECT_EQ(taken(*samr), "event: room\ndata: {\"id\":\"8\"}\n\nevent: case\ndata: {\"id\":17,\"text\":\"a\\nb\"}\n\n");
  EXPECT_EQ(taken(*alpha), "event: room\ndata: {\"id\":\"8\"}\n\n");
  EXPECT_EQ(taken(*party), "event: case\ndata: {\"id\":17,\"text\":\"a\\nb\"}\n\n");
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(taken(*samr), "");
  broadcast.publish({"case", {"department/sam", "department/samrx", "platform/*"}, Json::object()});
  EXPECT_EQ(taken(*samr), "");
  EXPECT_EQ(taken(*alpha), "event: case\ndata: {}\n\n");
}

TEST(Broadcasts, CutOffWhoIsSlow) {
  Broadcast broadcast(3);
  const auto slow = broadcast.listen("department/samr", [] {});
  const auto quick = broadcast.listen("department/samr", [] {});
  for (int i = 0; i < 4; ++i) {
    broadcast.publish({"room", {"department/*"}, i});
    EXPECT_EQ(taken(*quick), "event: room\ndata: " + std::to_string(i) + "\n\n");
  }
  EXPECT_EQ(taken(*slow), "cut off;");
  EXPECT_EQ(broadcast.listeners(), 2u);
  broadcast.close();
  EXPECT_EQ(taken(*quick), "cut off;");
  EXPECT_EQ(broadcast.listeners(), 0u);
}

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "lw-server-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((std::filesystem::path(path) / name).parent_path());
    std::ofstream(path + "/" + name, std::ios::binary) << text;
  }
  std::string path;
};

TEST(ConsoleFiles, AreFound) {
  Folder folder;
  EXPECT_FALSE(Files::read(folder.path));
  EXPECT_FALSE(Files::read(folder.path + "/nowhere"));
  folder.write("index.html", "<!doctype html>");
  folder.write("assets/index-B4x9dK2q.js", std::string(5000, ';'));
  folder.write("assets/plain.css", "a{}");
  folder.write("portrait-Bigger12.png", "png");
  const auto files = Files::read(folder.path);
  ASSERT_TRUE(files) << files.error().message;
  const auto name = [&](const std::vector<std::string>& path) {
    const auto* file = files->find(path);
    return file ? file->type + (file->lasting ? " lasting" : "") : "none";
  };
  EXPECT_EQ(name({}), "text/html; charset=utf-8");
  EXPECT_EQ(name({"cases", "17"}), "text/html; charset=utf-8");
  EXPECT_EQ(name({"assets", "index-B4x9dK2q.js"}), "text/javascript; charset=utf-8 lasting");
  EXPECT_EQ(name({"assets", "plain.css"}), "text/css; charset=utf-8");
  EXPECT_EQ(name({"portrait-Bigger12.png"}), "image/png");
  EXPECT_EQ(name({"rooms", "alpha", "r.1"}), "text/html; charset=utf-8");
  EXPECT_EQ(name({"assets", "gone.js"}), "none");
  EXPECT_EQ(name({"robots.txt"}), "none");
  EXPECT_EQ(name({"..", "etc", "passwd"}), "text/html; charset=utf-8");  // a page of the application: nothing is read from the disk
  EXPECT_FALSE(files->find({"assets", "index-B4x9dK2q.js"})->gzip.empty());
  EXPECT_TRUE(files->find({"assets", "plain.css"})->gzip.empty());
  EXPECT_NE(files->find({})->etag, files->find({"assets", "plain.css"})->etag);
}

TEST(Replies, HoldNoHeadersOfOthers) {
  Reply reply;
  reply.headers.emplace_back("X-Name", "a\r\nSet-Cookie: b");
  reply.content_type = "text/plain\r\nX: y";
  const std::string head = head_of(reply, 3, {.keep_alive = true});
  EXPECT_NE(head.find("X-Name: aSet-Cookie: b\r\n"), std::string::npos);
  EXPECT_EQ(head.find("\r\nX:"), std::string::npos);
  EXPECT_EQ(head.find("Strict-Transport-Security"), std::string::npos);
  EXPECT_NE(head_of(reply, 3, {.secure = true}).find("Strict-Transport-Security"), std::string::npos);
  const std::string empty = head_of(Reply{.status = 204}, 0, {});
  EXPECT_EQ(empty.find("\r\nContent-Length"), std::string::npos);
  EXPECT_EQ(empty.find("\r\nContent-Type"), std::string::npos);
}

TEST(Replies, TellNothingOfWhatIsOurs) {
  const Reply reply = problem(desk::Refusal{desk::Why::kFailed, "SELECT secret FROM person", ""});
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(body_of(reply).find("secret"), std::string::npos);
  EXPECT_EQ(problem(desk::Refusal{desk::Why::kConflict, "li has it", ""}).body["detail"], "li has it");
  EXPECT_EQ(problem(desk::Refusal{desk::Why::kInvalid, "m", "liable.kind"}).body["field"], "liable.kind");
}

TEST(Figures, AreExposed) {
  Metrics metrics;
  metrics.answered("listCases", 200, 0.002);
  metrics.took_events(3, 1, 0);
  metrics.watch("livewarden_queue", "Waiting.", [] { return 7.0; }, {{"of", "desk"}});
  metrics.watch("livewarden_queue", "Waiting.", [] { return 8.0; }, {{"of", "engine"}});
  metrics.watch_count("livewarden_decisions_total", "Made.", [] { return 41.0; });
  const std::string text = metrics.text();
  for (const char* line : {"livewarden_requests_total{operation=\"listCases\",status=\"200\"} 1", "livewarden_http_events_total{outcome=\"accepted\"} 3",
                           "livewarden_queue{of=\"desk\"} 7", "livewarden_queue{of=\"engine\"} 8", "# TYPE livewarden_decisions_total counter",
                           "livewarden_decisions_total 41", "livewarden_request_seconds_bucket{operation=\"listCases\",le=\"0.0025\"} 1"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace lw::server
