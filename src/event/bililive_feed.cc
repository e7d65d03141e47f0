#include "event/bililive_feed.h"

#include <expat.h>
#include <fmt/format.h>

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "event/event.h"
#include "event/event_writer.h"
#include "event/line_queue.h"
#include "event/money.h"

namespace lw::event {
namespace {

constexpr std::string_view kSource = "/platforms/bilibili";
constexpr int kChunk = 64 << 10;
constexpr std::size_t kMaxToken = 4 << 20;     // of one tag with its attributes
constexpr std::size_t kMaxRaw = 256 << 10;     // of a `raw` attribute
constexpr std::size_t kMaxNames = 1 << 20;     // of users whose uid is remembered
constexpr std::int64_t kCoinsPerFen = 10;      // 1,000 gold coins are one yuan
constexpr std::int64_t kLatestMs = 9'000'000'000'000;  // since 1970: the year 2255
constexpr int kEntryDepth = 2;                 // <i><d>

using Json = nlohmann::json;

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<std::int64_t> integer(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return {};
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > INT64_MAX) return {};
  return found->get<std::int64_t>();
}

std::string text(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? found->dump() : std::string();
}

// "seconds,mode,size,colour,unix_ms,pool,uid,row": the n-th, from 0.
std::string_view part(std::string_view list, int n) {
  for (; n > 0; --n) {
    const std::size_t comma = list.find(',');
    if (comma == std::string_view::npos) return {};
    list.remove_prefix(comma + 1);
  }
  return list.substr(0, list.find(','));
}

bool given(std::string_view uid) { return !uid.empty() && uid != "0"; }  // 0 stands for hidden

class BililiveFeed : public Feed {
 public:
  explicit BililiveFeed(std::shared_ptr<ByteStream> bytes) : bytes_(std::move(bytes)), parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, &BililiveFeed::on_start, &BililiveFeed::on_end);
    XML_SetCharacterDataHandler(parser_, &BililiveFeed::on_text);
    XML_SetStartDoctypeDeclHandler(parser_, &BililiveFeed::on_doctype);
  }
  ~BililiveFeed() override { XML_ParserFree(parser_); }
  BililiveFeed(const BililiveFeed&) = delete;
  BililiveFeed& operator=(const BililiveFeed&) = delete;

  bool next(Line& line) override {
    if (queue_.empty()) queue_.clear();
    while (queue_.empty()) {
      if (ended_) return false;
      parse();
    }
    queue_.take(line);
    return true;
  }

 private:
  struct Entry {
    std::string name;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::string text;
    std::uint64_t line = 0;
    std::string_view get(std::string_view attribute) const {
      for (const auto& [key, value] : attributes)
        if (key == attribute) return value;
      return {};
    }
  };

  static void on_start(void* self, const char* name, const char** attributes) { static_cast<BililiveFeed*>(self)->start(name, attributes); }
  static void on_end(void* self, const char*) { static_cast<BililiveFeed*>(self)->end(); }
  static void on_text(void* self, const char* text, int size) {
    auto& feed = *static_cast<BililiveFeed*>(self);
    if (feed.inside_ && feed.entry_.text.size() <= kMaxEventBytes) feed.entry_.text.append(text, static_cast<std::size_t>(size));
  }
  static void on_doctype(void* self, const char*, const char*, const char*, int) {
    static_cast<BililiveFeed*>(self)->stop("a document type declaration, which may define entities: refused");
  }

  void parse();
  void stop(std::string reason);
  void start(std::string_view name, const char** attributes);
  void end();

  // Each makes the entry's event, or tells why it is none.
  std::string event();
  std::string header();
  std::string chat();
  std::string gift();
  std::string guard();
  std::string super_chat();
  std::string send(std::string_view gift, std::optional<std::int64_t> quantity, std::optional<std::int64_t> amount, const Json& raw);

  std::string raw(Json& out) const;
  std::optional<Time> time_of(const Json& raw) const;
  std::string account_of(std::string_view uid);
  std::string id();
  std::string shown() const;

  std::shared_ptr<ByteStream> bytes_;
  XML_Parser parser_;
  LineQueue queue_;
  bool ended_ = false, parsing_ = false;
  std::string stopped_;       // why a handler stopped the parser
  std::uint64_t fed_ = 0;
  int depth_ = 0;
  bool inside_ = false;       // an entry
  Entry entry_;

  std::string room_, host_, session_;
  std::optional<Time> started_;
  std::string prefix_;        // of ids
  std::uint64_t count_ = 0;   // of events made
  std::map<std::string, std::string, std::less<>> uids_;  // by user name
};

void BililiveFeed::parse() {
  void* buffer = XML_GetBuffer(parser_, kChunk);
  if (!buffer) return stop("out of memory");
  const std::size_t size = bytes_->read(static_cast<char*>(buffer), kChunk);
  fed_ += size;
  const bool last = size == 0;
  if (last && !bytes_->fault().empty()) return stop(bytes_->fault());
  parsing_ = true;
  const XML_Status status = XML_ParseBuffer(parser_, static_cast<int>(size), last);
  parsing_ = false;
  if (status == XML_STATUS_ERROR) {
    return stop(stopped_.empty() ? fmt::format("the XML breaks off: {}", XML_ErrorString(XML_GetErrorCode(parser_))) : stopped_);
  }
  const XML_Index at = XML_GetCurrentByteIndex(parser_);
  if (at >= 0 && fed_ - static_cast<std::uint64_t>(at) > kMaxToken) return stop(fmt::format("a tag of more than {} bytes", kMaxToken));
  ended_ = last;
}

void BililiveFeed::stop(std::string reason) {
  if (ended_) return;
  if (parsing_) {  // within a handler: parse() comes back here
    if (stopped_.empty()) stopped_ = std::move(reason);
    XML_StopParser(parser_, XML_FALSE);
    return;
  }
  ended_ = true;
  queue_.fault(XML_GetCurrentLineNumber(parser_), std::move(reason), inside_ ? shown() : std::string(), true);
}

void BililiveFeed::start(std::string_view name, const char** attributes) {
  if (++depth_ == 1 && name != "i") return stop(fmt::format("expected the root element <i> of a BililiveRecorder recording, found <{}>", name.substr(0, 80)));
  if (depth_ != kEntryDepth) return;
  inside_ = name == "d" || name == "gift" || name == "guard" || name == "sc" || name == "BililiveRecorderRecordInfo";
  if (!inside_) return;
  entry_.name = name;
  entry_.text.clear();
  entry_.attributes.clear();
  for (; *attributes; attributes += 2) entry_.attributes.emplace_back(attributes[0], attributes[1]);
  entry_.line = XML_GetCurrentLineNumber(parser_);
}

void BililiveFeed::end() {
  if (depth_-- != kEntryDepth || !inside_) return;
  inside_ = false;
  std::string reason = entry_.text.size() > kMaxEventBytes ? fmt::format("longer than {} bytes", kMaxEventBytes) : event();
  if (reason.empty()) queue_.event(entry_.line);
  else queue_.fault(entry_.line, fmt::format("<{}>: {}", entry_.name, reason), shown());
}

std::string BililiveFeed::event() {
  if (entry_.name == "d") return chat();
  if (entry_.name == "gift") return gift();
  if (entry_.name == "guard") return guard();
  if (entry_.name == "sc") return super_chat();
  return header();
}

std::string BililiveFeed::header() {
  room_ = entry_.get("roomid");
  host_ = entry_.get("name");
  const std::string_view start = entry_.get("start_time");
  const auto read = parse_rfc3339(start);
  if (!read) return fmt::format("start_time: expected an RFC 3339 time with an offset, found \"{}\"", start.substr(0, 80));
  started_ = Time{read->ns - read->ns % 1'000'000};  // entries have milliseconds: none shall lie before the start by less
  session_ = fmt::format("{}-{}", room_, started_->ns / 1'000'000);
  EventWriter writer(queue_.text());
  writer.start(id(), kSource, "live.session.started", *started_);
  writer.given("room", room_);
  writer.text("session", session_);
  writer.given("host", host_);
  writer.given("title", entry_.get("title"));
  writer.finish();
  return {};
}

std::string BililiveFeed::chat() {
  const std::string_view p = entry_.get("p");
  const auto ms = integer(part(p, 4));
  if (!ms || *ms <= 0 || *ms > kLatestMs) {
    return fmt::format("p: expected milliseconds since 1970 in fifth place, found \"{}\"", p.substr(0, 80));
  }
  EventWriter writer(queue_.text());
  writer.start(id(), kSource, "live.chat.posted", Time{*ms * 1'000'000});
  writer.given("room", room_);
  writer.given("session", session_);
  writer.given("account", account_of(part(p, 6)));
  writer.text("text", entry_.text);
  writer.finish();
  return {};
}

std::string BililiveFeed::gift() {
  Json raw;
  if (std::string reason = this->raw(raw); !reason.empty()) return reason;
  auto quantity = integer(entry_.get("giftcount"));
  if (!quantity) quantity = integer(raw, "num");
  std::optional<std::int64_t> amount;
  const std::string coin = text(raw, "coin_type");
  if (coin == "silver") amount = 0;
  if (coin == "gold") {
    auto coins = integer(raw, "total_coin");
    if (const auto price = integer(raw, "price"); !coins && price && quantity) {
      std::int64_t product = 0;
      if (__builtin_mul_overflow(*price, *quantity, &product)) return "raw.price: a number outside the 64-bit integers";
      coins = product;
    }
    if (coins && *coins < 0) return "raw.total_coin: a negative price";
    if (coins) amount = divide_half_away(*coins, kCoinsPerFen);
  }
  const std::string_view name = entry_.get("giftname");
  return send(name.empty() ? text(raw, "giftName") : std::string(name), quantity, amount, raw);
}

std::string BililiveFeed::guard() {
  Json raw;
  if (std::string reason = this->raw(raw); !reason.empty()) return reason;
  const auto quantity = integer(entry_.get("count"));
  std::optional<std::int64_t> amount;
  if (const auto price = integer(raw, "price")) {  // of one
    std::int64_t coins = 0;
    if (*price < 0 || __builtin_mul_overflow(*price, quantity.value_or(1), &coins)) return "raw.price: not a price";
    amount = divide_half_away(coins, kCoinsPerFen);
  }
  std::string name = text(raw, "gift_name");
  if (name.empty()) name = fmt::format("guard-{}", entry_.get("level"));
  return send(name, quantity, amount, raw);
}

std::string BililiveFeed::super_chat() {
  Json raw;
  if (std::string reason = this->raw(raw); !reason.empty()) return reason;
  const std::string_view price = entry_.get("price");
  const auto amount = to_minor_units(price);
  if (!amount || *amount < 0) return fmt::format("price: expected yuan such as 30 or 29.90, found \"{}\"", price.substr(0, 80));
  return send("super-chat", 1, amount, raw);
}

std::string BililiveFeed::send(std::string_view gift, std::optional<std::int64_t> quantity, std::optional<std::int64_t> amount,
                               const Json& raw) {
  const auto time = time_of(raw);
  if (!time) return "no time: neither seconds in ts with a start_time before them, nor raw.timestamp";
  if (quantity && *quantity < 0) return "a negative count";
  EventWriter writer(queue_.text());
  writer.start(id(), kSource, "live.gift.sent", *time);
  writer.given("room", room_);
  writer.given("session", session_);
  writer.given("host", host_);
  writer.given("account", account_of(text(raw, "uid")));
  writer.given("gift", gift);
  if (quantity) writer.integer("quantity", *quantity);
  if (amount) writer.integer("amount", *amount);
  writer.given("text", entry_.text);
  writer.finish();
  return {};
}

std::string BililiveFeed::raw(Json& out) const {
  out = Json::object();
  const std::string_view text = entry_.get("raw");
  if (text.empty()) return {};
  if (text.size() > kMaxRaw) return fmt::format("raw: longer than {} bytes", kMaxRaw);
  Json read = Json::parse(text, nullptr, false);
  if (read.is_discarded()) return "raw: not JSON";
  if (read.is_object()) out = std::move(read);
  return {};
}

std::optional<Time> BililiveFeed::time_of(const Json& raw) const {
  const auto ms = to_minor_units(entry_.get("ts"), 3);  // seconds since the start
  if (started_ && ms && *ms >= 0 && *ms <= kLatestMs - started_->ns / 1'000'000) return *started_ + Duration{*ms * 1'000'000};
  if (const auto s = integer(raw, "timestamp"); s && *s > 0 && *s <= kLatestMs / 1'000) return Time{*s * kSecond};
  return {};
}

std::string BililiveFeed::account_of(std::string_view uid) {
  const std::string_view user = entry_.get("user");
  const bool hidden = user.empty() || user.find("***") != std::string_view::npos;
  if (given(uid)) {
    if (!hidden && uids_.size() < kMaxNames) uids_.insert_or_assign(std::string(user), std::string(uid));
    return std::string(uid);
  }
  if (hidden) return {};
  const auto known = uids_.find(user);
  return known == uids_.end() ? std::string() : known->second;
}

// The room, the recording's start (without a header, its first entry) and the place in it: the same whenever the same
// recording is read.
std::string BililiveFeed::id() {
  if (prefix_.empty()) prefix_ = session_.empty() ? fmt::format("{:016x}", hash64(shown())) : session_.substr(0, 80);
  return fmt::format("bililive-{}-{}", prefix_, ++count_);
}

std::string BililiveFeed::shown() const {
  std::string out = "<" + entry_.name;
  for (const auto& [key, value] : entry_.attributes) out += fmt::format(" {}=\"{}\"", key, value);
  return out + ">" + entry_.text;
}

}  // namespace

std::unique_ptr<Feed> bililive_feed(std::shared_ptr<ByteStream> bytes) { return std::make_unique<BililiveFeed>(std::move(bytes)); }

}  // namespace lw::event
