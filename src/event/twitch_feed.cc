#include "event/twitch_feed.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "event/event.h"
#include "event/event_writer.h"
#include "event/json_pieces.h"
#include "event/line_queue.h"

namespace lw::event {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSource = "/platforms/twitch";

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

// Ids are written as numbers or as strings.
std::string text(const Json& object, const char* name) {
  const Json* found = member(object, name);
  if (!found) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? found->dump() : std::string();
}

class TwitchFeed : public Feed {
 public:
  explicit TwitchFeed(std::shared_ptr<ByteStream> bytes) : pieces_(std::move(bytes)) {}

  bool next(Line& line) override {
    if (queue_.empty()) queue_.clear();
    while (queue_.empty()) {
      if (ended_) return false;
      read();
    }
    queue_.take(line);
    return true;
  }

 private:
  void read();
  void video(const Json& object);
  void comment(const JsonPieces::Piece& piece);
  std::string comment(const Json& comment);  // its events, or why it is none
  void start(EventWriter& writer, std::string_view id, std::string_view type, std::string_view time, const Json& comment);

  JsonPieces pieces_;
  LineQueue queue_;
  bool ended_ = false;
  std::string room_, session_;
  std::uint64_t comments_ = 0;
};

void TwitchFeed::read() {
  JsonPieces::Piece piece;
  if (!pieces_.next(piece, kMaxEventBytes)) {
    ended_ = true;
    if (!pieces_.fault().empty()) queue_.fault(comments_ + 1, pieces_.fault(), {}, true);
    return;
  }
  if (piece.item) {
    if (piece.key == "comments") comment(piece);
    return;
  }
  if (piece.key != "streamer" && piece.key != "video") return;
  const Json object = Json::parse(piece.text, nullptr, false);
  if (!object.is_object()) return queue_.fault(comments_ + 1, fmt::format("{}: not a JSON object", piece.key), piece.text);
  if (piece.key == "streamer") room_ = text(object, "id");
  else video(object);
}

void TwitchFeed::video(const Json& object) {
  session_ = text(object, "id");
  const std::string created = text(object, "created_at");
  if (session_.empty() || created.empty()) return;
  EventWriter writer(queue_.text());
  writer.start(fmt::format("twitch-{}-started", session_), kSource, "live.session.started", created);
  writer.given("room", room_);
  writer.text("session", session_);
  writer.given("host", room_);
  writer.given("title", text(object, "title"));
  writer.finish();
  queue_.event(comments_ + 1);
}

void TwitchFeed::comment(const JsonPieces::Piece& piece) {
  ++comments_;
  if (piece.text.empty()) return queue_.fault(comments_, fmt::format("a comment of more than {} bytes", kMaxEventBytes), {});
  const Json read = Json::parse(piece.text, nullptr, false);
  std::string reason = !read.is_object() ? std::string("a comment is not a JSON object") : comment(read);
  if (!reason.empty()) queue_.fault(comments_, std::move(reason), piece.text);
}

void TwitchFeed::start(EventWriter& writer, std::string_view id, std::string_view type, std::string_view time, const Json& comment) {
  writer.start(id, kSource, type, time);
  writer.given("room", room_.empty() ? text(comment, "channel_id") : room_);
  writer.given("session", session_.empty() ? text(comment, "content_id") : session_);
  if (const Json* commenter = member(comment, "commenter")) writer.given("account", text(*commenter, "_id"));
}

std::string TwitchFeed::comment(const Json& comment) {
  const Json* message = member(comment, "message");
  if (!message || !message->is_object()) return "message: required, but absent or no object";
  const Json* body = member(*message, "body");
  if (!body || !body->is_string()) return "message.body: required, but absent or no string";
  const std::string time = text(comment, "created_at");
  if (time.empty()) return "created_at: required, but absent or no string";
  std::string id = text(comment, "_id");
  if (id.empty()) id = fmt::format("twitch-{}-{}", session_, comments_);

  const Json* notice = member(*message, "user_notice_params");
  const std::string subscription = notice ? text(*notice, notice->contains("msg_id") ? "msg_id" : "msg-id") : std::string();
  const Json* bits = member(*message, "bits_spent");
  if (bits && (!bits->is_number_integer() || (bits->is_number_unsigned() && bits->get<std::uint64_t>() > INT64_MAX) || bits->get<std::int64_t>() < 0)) {
    return "message.bits_spent: expected a count";
  }
  EventWriter writer(queue_.text());
  start(writer, id, subscription.empty() ? "live.chat.posted" : "live.gift.sent", time, comment);
  if (!subscription.empty()) {
    writer.given("host", room_);
    writer.text("gift", subscription);
    writer.integer("quantity", 1);
  }
  writer.text("text", body->get_ref<const std::string&>());
  writer.finish();
  queue_.event(comments_);
  if (!bits || bits->get<std::int64_t>() == 0) return {};
  start(writer, id + "-bits", "live.gift.sent", time, comment);
  writer.given("host", room_);
  writer.text("gift", "bits");
  writer.integer("quantity", bits->get<std::int64_t>());
  writer.finish();
  queue_.event(comments_);
  return {};
}

}  // namespace

std::unique_ptr<Feed> twitch_feed(std::shared_ptr<ByteStream> bytes) { return std::make_unique<TwitchFeed>(std::move(bytes)); }

}  // namespace lw::event
