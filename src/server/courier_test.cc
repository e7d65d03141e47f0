#include "server/courier.h"

#include <dlfcn.h>
#include <netdb.h>
#include <openssl/hmac.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <latch>

#include "desk/secrets.h"
#include "server/post.h"
#include "server/scratch_service.h"

namespace {

// The machine's resolver, but for one host whose answer is long in coming.
std::latch& resolved() {
  static std::latch once(1);
  return once;
}

}  // namespace

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** out) {
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (!host || std::string_view(host) != "hangs.example") return real(host, service, hints, out);
  resolved().wait();
  return EAI_NONAME;
}

namespace lw::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct Got {
  std::string path, id, timestamp, signature, content_type, body;
};

// A platform's server. What it answers is by path; a status of 0: nothing, for as long as it lives.
class Target {
 public:
  explicit Target(std::function<int(const Got&, std::size_t before)> answers) : answers_(std::move(answers)), acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
    thread_ = std::thread([this] { accept(); });
  }
  ~Target() {
    boost::system::error_code ignored;
    over_ = true;
    tcp::socket last(context_);
    last.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
    for (auto& socket : open_) socket->shutdown(tcp::socket::shutdown_both, ignored);
    for (std::thread& one : serving_) one.join();
  }
  std::string url(const std::string& path) const { return fmt::format("http://127.0.0.1:{}{}", acceptor_.local_endpoint().port(), path); }
  std::vector<Got> got(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    std::vector<Got> out;
    std::ranges::copy_if(got_, std::back_inserter(out), [&](const Got& one) { return one.path == path; });
    return out;
  }

 private:
  void accept() {
    for (;;) {
      auto socket = std::make_shared<tcp::socket>(context_);
      boost::system::error_code wrong;
      acceptor_.accept(*socket, wrong);
      if (over_ || wrong) return;
      open_.push_back(socket);
      serving_.emplace_back([this, socket] { serve(*socket); });
    }
  }
  void serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> request;
    boost::system::error_code wrong;
    http::read(socket, buffer, request, wrong);
    if (wrong) return;
    const auto header = [&](const char* name) { return std::string(request[name]); };
    const Got one{std::string(request.target()), header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"), header("content-type"), request.body()};
    EXPECT_EQ(header("host"), fmt::format("127.0.0.1:{}", acceptor_.local_endpoint().port()));
    const std::size_t before = got(one.path).size();
    const int status = answers_(one, before);
    {
      const std::lock_guard lock(mutex_);
      got_.push_back(one);
    }
    if (status == 0) {
      http::read(socket, buffer, request, wrong);  // until the other side has enough
      return;
    }
    http::response<http::string_body> response(static_cast<http::status>(status), 11);
    if (status == 302) response.set(http::field::location, url("/elsewhere"));
    response.prepare_payload();
    http::write(socket, response, wrong);
    socket.shutdown(tcp::socket::shutdown_both, wrong);
  }

  std::function<int(const Got&, std::size_t)> answers_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::atomic<bool> over_{false};
  mutable std::mutex mutex_;
  std::vector<Got> got_;
  std::vector<std::shared_ptr<tcp::socket>> open_;
  std::vector<std::thread> serving_;
  std::thread thread_;
};

class CourierTest : public testing::Test {
 protected:
  CourierTest() : db(scratch.open()), key(desk::HookKey::open(scratch.folder() + "/keys/hooks.key").value()) {}

  Courier::Options options() {
    Courier::Options out;
    out.db = db.get();
    out.key = &key;
    out.clock = [this] { return Time{now}; };
    out.note = notes.sink();
    out.patience = std::chrono::minutes(10);
    out.private_addresses = true;
    return out;
  }
  // Its secret.
  std::string hook(const std::string& platform, const std::string& url) {
    const desk::Actor admin{"person/a", "platform/" + platform, desk::Role::kAdministrator, {}, 1};
    const auto made = desk::in_write(*db, [&](store::Session& session) { return desk::add_hook(session, admin, key, url, Time{now}); });
    EXPECT_TRUE(made) << made.error().message;
    std::string secret;
    EXPECT_TRUE(desk::from_base64((*made)["secret"].get<std::string>().substr(6), secret));
    return secret;
  }
  // Asks that platform for so many things; their ids.
  std::vector<std::string> ask(const std::string& platform, int first, int count) {
    std::vector<std::string> out;
    const pack::DeskPolicy policy;
    EXPECT_TRUE(db->write([&](store::Session& session) -> Status {
      out.clear();
      for (int i = first; i < first + count; ++i) {
        const desk::Act act{session, policy, desk::machine(), Time{now}};
        const std::string cause = platform + std::to_string(i);
        out.push_back(desk::ask_platform(act, {cause, cause, "warn", 0, platform, {"room", "r"}, "r", "", "samr", desk::Json::object()}));
      }
      return {};
    }));
    return out;
  }
  std::int64_t count(const std::string& platform, const std::string& state) {
    std::int64_t out = 0;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      out = session.rows("SELECT COUNT(*) FROM intervention WHERE platform = :platform AND state = :state", platform, state).front().number(0);
      return {};
    }));
    return out;
  }
  std::size_t due(const std::string& platform) {
    std::size_t out = 0;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      out = desk::due_interventions(session, platform, Time{now}, 100).size();
      return {};
    }));
    return out;
  }
  std::int64_t failing_hooks() {
    std::int64_t out = 0;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      out = session.rows("SELECT COUNT(*) FROM hook WHERE failing_since <> 0").front().number(0);
      return {};
    }));
    return out;
  }
  // Attempts that came to nothing, all together.
  std::int64_t attempts() {
    std::int64_t out = 0;
    EXPECT_TRUE(db->read([&](store::Session& session) -> Status {
      for (const store::Row& row : session.rows("SELECT attempts FROM intervention WHERE state = 'asked'")) out += row.number(0);
      return {};
    }));
    return out;
  }
  void later(Duration time) { now += time.ns; }

  store::ScratchDatabase scratch;
  std::unique_ptr<store::Database> db;
  desk::HookKey key;
  Notes notes;
  std::atomic<std::int64_t> now{parse_rfc3339("2026-06-01T20:00:00+08:00").value().ns};
};

// Made anew by another program: base64 of HMAC-SHA256 under the bytes 0 to 31.
TEST(WebhookSignature, IsThatOfStandardWebhooks) {
  std::string secret;
  for (char byte = 0; byte < 32; ++byte) secret += byte;
  EXPECT_EQ(webhook_signature(secret, "msg-1", "1767225600", R"({"specversion":"1.0","id":"a"})"), "v1,GTaYgDkZkzsG0G5L3wRqX46agniwLC//z2JhqejMEZQ=");
}

TEST_F(CourierTest, SendsWhatIsAskedSigned) {
  Target target([](const Got&, std::size_t) { return 204; });
  const std::string secret = hook("alpha", target.url("/hooks?of=livewarden"));
  EXPECT_EQ(secret.size(), 32u);
  const std::vector<std::string> ids = ask("alpha", 0, 70);
  ask("beta", 0, 1);  // which has no hook, and fetches
  Courier courier(options());
  courier.start();
  wait_until([&] { return count("alpha", "sent") == 70; });
  courier.stop();
  EXPECT_EQ(count("beta", "asked"), 1);
  std::set<std::string> seen;
  for (const Got& one : target.got("/hooks?of=livewarden")) {
    seen.insert(one.id);
    EXPECT_EQ(desk::Json::parse(one.body)["id"], one.id);
    EXPECT_EQ(one.timestamp, std::to_string(now / kSecond));
    EXPECT_EQ(one.content_type, "application/cloudevents+json");
    const std::string text = one.id + "." + one.timestamp + "." + one.body;
    unsigned char hash[32];
    unsigned int size = sizeof hash;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash, &size);
    EXPECT_EQ(one.signature, "v1," + desk::to_base64({reinterpret_cast<const char*>(hash), size}));
  }
  EXPECT_EQ(seen, std::set<std::string>(ids.begin(), ids.end()));
  EXPECT_EQ(target.got("/hooks?of=livewarden").size(), ids.size());
}

TEST_F(CourierTest, TriesAgainUnderTheSameIdAndSaysOnceThatAHookFails) {
  Target target([](const Got&, std::size_t before) { return before < 3 ? 500 : 200; });
  hook("alpha", target.url("/hook"));
  const std::string id = ask("alpha", 0, 1).front();
  Courier courier(options());
  courier.start();
  for (std::int64_t tries = 1; tries <= 3; ++tries) {
    wait_until([&] {
      courier.ring();
      return attempts() == tries;
    });
    EXPECT_EQ(failing_hooks(), 1);
    later(Duration{kHour});
  }
  wait_until([&] {
    courier.ring();
    return count("alpha", "sent") == 1;
  });
  courier.stop();
  EXPECT_EQ(failing_hooks(), 0);
  const std::vector<Got> got = target.got("/hook");
  ASSERT_EQ(got.size(), 4u);
  std::set<std::string> signatures;
  for (const Got& one : got) {
    EXPECT_EQ(one.id, id);
    EXPECT_EQ(one.body, got.front().body);
    signatures.insert(one.signature);
  }
  EXPECT_EQ(signatures.size(), 4u) << "each attempt has its own time";
  EXPECT_EQ(notes.count("fails: answers with 500"), 1u);
  EXPECT_EQ(notes.count("works again"), 1u);
}

TEST_F(CourierTest, WhatWaitsForAHookThatRecoversIsDueAtOnce) {
  std::atomic<bool> well{false};
  Target target([&](const Got&, std::size_t) { return well ? 200 : 503; });
  hook("alpha", target.url("/hook"));
  ask("alpha", 0, 5);
  {
    Courier courier(options());
    courier.start();
    for (int i = 0; i < 12; ++i) {
      later(Duration{kHour});
      const std::int64_t before = attempts();
      wait_until([&] {
        courier.ring();
        return attempts() > before;
      });
    }
  }
  EXPECT_EQ(count("alpha", "asked"), 5);
  well = true;
  ask("alpha", 5, 1);
  Courier courier(options());
  courier.start();
  wait_until([&] { return count("alpha", "sent") == 6; });  // and the clock stands still
}

TEST_F(CourierTest, ATargetThatHangsHoldsUpNobodyNotEvenTheEnd) {
  Target target([](const Got& one, std::size_t) { return one.path == "/hangs" ? 0 : 200; });
  hook("alpha", target.url("/hangs"));
  hook("beta", target.url("/beta"));
  hook("gamma", target.url("/gamma"));
  ask("alpha", 0, 70), ask("beta", 0, 10), ask("gamma", 0, 10);
  Courier courier(options());
  courier.start();
  wait_until([&] { return count("beta", "sent") == 10 && count("gamma", "sent") == 10 && !target.got("/hangs").empty(); });
  EXPECT_EQ(count("alpha", "asked"), 70);
  EXPECT_LE(target.got("/hangs").size(), 2u);
  courier.stop();  // though it would wait for ten minutes
  EXPECT_EQ(failing_hooks(), 0) << "that it was given up is not the hook's fault";
}

TEST(Post, AHostThatIsSoughtForLongHoldsUpNobody) {
  Posting posting;
  posting.url = "http://hangs.example/hook";
  posting.patience = std::chrono::milliseconds(50);
  const auto late = post(posting);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "no answer within 50 ms");
  std::stop_source ended;
  ended.request_stop();
  posting.patience = std::chrono::minutes(10);
  posting.stop = ended.get_token();
  const auto stopped = post(posting);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "given up");
  resolved().count_down();
}

TEST_F(CourierTest, AHookThatHangsRests) {
  Target target([](const Got&, std::size_t) { return 0; });
  hook("alpha", target.url("/hangs"));
  ask("alpha", 0, 1);
  Courier::Options impatient = options();
  impatient.patience = std::chrono::milliseconds(50);
  Courier courier(impatient);
  courier.start();
  wait_until([&] { return failing_hooks() == 1; });
  EXPECT_TRUE(notes.has("no answer within 50 ms"));
}

TEST_F(CourierTest, RedirectsAreNotFollowed) {
  Target target([](const Got& one, std::size_t) { return one.path == "/hook" ? 302 : 200; });
  hook("alpha", target.url("/hook"));
  ask("alpha", 0, 1);
  Courier courier(options());
  courier.start();
  wait_until([&] { return failing_hooks() == 1; });
  courier.stop();
  EXPECT_TRUE(target.got("/elsewhere").empty());
  EXPECT_EQ(count("alpha", "asked"), 1);
  EXPECT_TRUE(notes.has("answers with 302"));
}

TEST_F(CourierTest, EachHookGetsItAndNoneTwiceForAnother) {
  std::atomic<bool> well{false};
  Target target([&](const Got& one, std::size_t) { return one.path == "/second" && !well ? 500 : 200; });
  hook("alpha", target.url("/first"));
  hook("alpha", target.url("/second"));
  ask("alpha", 0, 10);
  Courier courier(options());
  courier.start();
  wait_until([&] {
    courier.ring();
    return target.got("/first").size() == 10;
  });
  EXPECT_EQ(count("alpha", "sent"), 0);
  well = true;
  wait_until([&] {
    later(Duration{kMinute});
    courier.ring();
    return count("alpha", "sent") == 10;
  });
  courier.stop();
  EXPECT_EQ(target.got("/first").size(), 10u);
  std::set<std::string> second;
  for (const Got& one : target.got("/second")) second.insert(one.id);
  EXPECT_EQ(second.size(), 10u);
}

TEST_F(CourierTest, WhatWasUnderWayAtTheEndIsSentAgainAndWhatWasTakenIsNot) {
  std::atomic<bool> hangs{true};
  Target target([&](const Got&, std::size_t) { return hangs ? 0 : 200; });
  hook("alpha", target.url("/hook"));
  const std::string first = ask("alpha", 0, 1).front();
  {
    Courier courier(options());
    courier.start();
    wait_until([&] { return target.got("/hook").size() == 1; });
  }
  hangs = false;
  {
    Courier courier(options());
    courier.start();
    wait_until([&] { return count("alpha", "sent") == 1; });
  }
  const std::string second = ask("alpha", 1, 1).front();
  Courier courier(options());
  courier.start();
  wait_until([&] { return count("alpha", "sent") == 2; });
  courier.stop();
  std::vector<std::string> ids;
  for (const Got& one : target.got("/hook")) ids.push_back(one.id);
  EXPECT_EQ(ids, (std::vector<std::string>{first, first, second}));
}

TEST_F(CourierTest, PrivateNetworksAreNotReachedUnlessTheyMayBe) {
  Target target([](const Got&, std::size_t) { return 200; });
  hook("alpha", target.url("/hook"));
  hook("beta", fmt::format("http://localhost:{}/hook", target.url("").substr(17)));
  ask("alpha", 0, 1), ask("beta", 0, 1);
  Courier::Options careful = options();
  careful.private_addresses = false;
  Courier courier(careful);
  courier.start();
  wait_until([&] { return failing_hooks() == 2; });
  courier.stop();
  EXPECT_TRUE(target.got("/hook").empty());
  EXPECT_EQ(notes.count("is no host of the public network"), 2u);
}

TEST_F(CourierTest, ASecretOfAnotherKeySignsNothing) {
  Target target([](const Got&, std::size_t) { return 200; });
  hook("alpha", target.url("/hook"));
  ask("alpha", 0, 1);
  const desk::HookKey other = desk::HookKey::open(scratch.folder() + "/keys/other.key").value();
  Courier::Options wrong = options();
  wrong.key = &other;
  Courier courier(wrong);
  courier.start();
  wait_until([&] { return failing_hooks() == 1; });
  courier.stop();
  EXPECT_TRUE(target.got("/hook").empty());
  EXPECT_TRUE(notes.has("put the key file back"));
}

}  // namespace
}  // namespace lw::server
