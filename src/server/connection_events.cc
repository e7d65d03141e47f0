// Of a connection what does not end with one call of a handler: events that come in, a decision that is waited for, a stream that goes out.
#include <algorithm>
#include <utility>

#include "server/connection.h"
#include "server/log.h"

namespace lw::server {
namespace {

using desk::Why;

constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kBatchBytes = 256 << 10;    // lines are handed on in batches of about so many
constexpr std::uint64_t kBatchesUnderWay = 4;     // of one request
constexpr std::uint64_t kHeldByLines = 2 << 20;   // about what a stream of lines holds, whatever its length
constexpr std::chrono::milliseconds kFullWait{20};
constexpr std::chrono::seconds kHeartbeat{15};
constexpr auto kForever = std::chrono::hours(24 * 365);

// What of a request's events is known so far. On the server's thread; a sink's answer finds its way here through the door.
struct Pending {
  explicit Pending(const asio::any_io_executor& executor) : waker(executor) {}

  Waker waker;
  std::uint64_t under_way = 0;  // batches
  std::uint64_t accepted = 0, rejected = 0;
  std::vector<Rejection> reasons;
  Status status;

  void reject(std::uint64_t index, std::string reason) {
    ++rejected;
    if (reasons.size() < kMostReasons) reasons.push_back({index, std::move(reason)});
  }
  void add(Taken taken, const std::vector<std::uint64_t>& indices) {
    accepted += taken.accepted;
    rejected += taken.unlisted;
    for (Rejection& one : taken.rejected) reject(one.index < indices.size() ? indices[one.index] : one.index, std::move(one.reason));
    if (!taken.status && status) status = std::move(taken.status);
    --under_way;
    waker.wake();
  }
  Json told() {
    std::sort(reasons.begin(), reasons.end(), [](const Rejection& a, const Rejection& b) { return a.index < b.index; });
    Json out = {{"accepted", accepted}, {"rejected", Json::array()}};
    for (const Rejection& one : reasons) out["rejected"].push_back({{"index", one.index}, {"reason", one.reason}});
    if (rejected > reasons.size()) out["unlisted"] = rejected - reasons.size();
    return out;
  }
};

// `index` of each line within the request; none: as they are.
Offer submit(EventSink& sink, const std::shared_ptr<Door>& door, const std::shared_ptr<Pending>& pending, EventLines lines, std::vector<std::uint64_t> indices) {
  const std::weak_ptr<Pending> weak = pending;
  auto shared_indices = std::make_shared<std::vector<std::uint64_t>>(std::move(indices));
  ++pending->under_way;
  const Offer offer = sink.submit(std::move(lines), [door, weak, shared_indices](Taken taken) {
    door->post([weak, shared_indices, taken = std::make_shared<Taken>(std::move(taken))] {
      if (const auto there = weak.lock()) there->add(std::move(*taken), *shared_indices);
    });
  });
  if (offer != Offer::kTaken) --pending->under_way;
  return offer;
}

Reply not_taken(Offer offer, Pending& pending) {
  Reply out = offer == Offer::kFull ? problem(429, "no more events can be taken for the moment; send them again, repeats are dropped")
                                    : problem(503, "events are not taken now");
  if (pending.accepted > 0 || pending.rejected > 0) out.body.update(pending.told());
  return out;
}

}  // namespace

asio::awaitable<void> Connection::take_events(Exchange& exchange) {
  if (!exchange.request.has_body) {
    const Reply reply = problem(400, "a body with events is missing");
    co_await answer(exchange, reply);
    co_return;
  }
  const bool lines = media_of(exchange.request) == "application/x-ndjson";
  const bool taken = co_await takes_body(exchange, lines ? shared_.limits().stream_bytes : shared_.limits().batch_bytes);
  if (!taken) co_return;
  if (lines) co_await take_lines(exchange);
  else co_await take_document(exchange);
}

asio::awaitable<void> Connection::take_document(Exchange& exchange) {
  std::string body;
  const bool whole = co_await read_body(exchange, body);
  if (!whole) co_return;
  auto lines = lines_of(body, exchange.media != "application/cloudevents+json");
  if (!lines) {
    const Reply reply = problem(lines.error());
    co_await answer(exchange, reply);
    co_return;
  }
  const auto pending = std::make_shared<Pending>(executor_);
  const std::uint32_t count = lines->count;
  const Offer offer = submit(*shared_.parts.events, shared_.door, pending, EventLines{std::move(lines->text), count, exchange.actor, exchange.now}, {});
  while (pending->under_way > 0) co_await pending->waker.wait(Clock::now() + kForever);

  shared_.metrics().took_events(pending->accepted, pending->rejected, offer == Offer::kTaken ? 0 : count);
  Reply reply = offer == Offer::kTaken ? Reply{} : not_taken(offer, *pending);
  if (offer == Offer::kTaken) {
    reply = pending->status ? Reply{.status = 202, .body = pending->told()} : problem(503, "the events could not be kept; send them again");
    if (!pending->status) log::error("events.failed", {{"reason", pending->status.error().message}});
  }
  co_await answer(exchange, reply);
}

// A piece at a time: what a line holds is handed on while the next is read, and no more is read than the sink takes.
asio::awaitable<void> Connection::take_lines(Exchange& exchange) {
  const bool room = co_await hold(exchange, kHeldByLines);
  if (!room) co_return;
  LineCutter cutter(static_cast<std::size_t>(shared_.limits().event_bytes));
  const auto pending = std::make_shared<Pending>(executor_);
  Offer offer = Offer::kTaken;
  bool more = true, any = false;
  std::uint64_t refused = 0;
  std::string piece;
  while (more && offer == Offer::kTaken && pending->status) {
    piece.clear();
    more = co_await next_piece(exchange, piece, kPiece, from_now(shared_.limits().pause));
    cutter.add(piece);
    if (!more && !exchange.answered) cutter.finish();
    for (Rejection& one : cutter.take_rejected()) pending->reject(one.index, std::move(one.reason));
    // While something is under way, more is gathered; a stream that comes slowly is handed on line by line.
    if (!cutter.ready() || (more && pending->under_way > 0 && cutter.size() < kBatchBytes)) continue;
    while (pending->under_way >= kBatchesUnderWay) co_await pending->waker.wait(Clock::now() + kForever);

    std::vector<std::uint64_t> indices;
    Lines lines = cutter.take(indices);
    const auto by = from_now(shared_.limits().pause);
    for (;;) {
      offer = submit(*shared_.parts.events, shared_.door, pending, EventLines{lines.text, lines.count, exchange.actor, exchange.now}, indices);
      // Who has nothing under way yet is told at once; who is in the middle is slowed down for a while.
      if (offer != Offer::kFull || !any || Clock::now() >= by) break;
      co_await pending->waker.wait(Clock::now() + kFullWait);
    }
    any = any || offer == Offer::kTaken;
    if (offer != Offer::kTaken) refused += lines.count;
  }
  while (pending->under_way > 0) co_await pending->waker.wait(Clock::now() + kForever);
  shared_.metrics().took_events(pending->accepted, pending->rejected, refused);
  if (exchange.answered) co_return;  // the body was broken, and that was said

  Reply reply;
  if (!pending->status) {
    log::error("events.failed", {{"reason", pending->status.error().message}});
    reply = problem(503, "the events could not be kept; send them again");
  } else if (offer != Offer::kTaken) {
    reply = not_taken(offer, *pending);
  } else if (pending->accepted + pending->rejected == 0) {
    reply = problem(400, "the body holds no event");
  } else {
    reply = Reply{.status = 202, .body = pending->told()};
  }
  co_await answer(exchange, reply);
}

asio::awaitable<void> Connection::decide(Exchange& exchange) {
  if (!exchange.request.has_body) {
    const Reply reply = problem(400, "a body with an event is missing");
    co_await answer(exchange, reply);
    co_return;
  }
  const bool taken = co_await takes_body(exchange, shared_.limits().event_bytes);
  if (!taken) co_return;
  std::string body;
  const bool whole = co_await read_body(exchange, body);
  if (!whole) co_return;
  auto lines = lines_of(body, false);
  if (!lines) {
    const Reply reply = problem(lines.error());
    co_await answer(exchange, reply);
    co_return;
  }
  lines->text.pop_back();

  struct Waiting {
    explicit Waiting(const asio::any_io_executor& executor) : waker(executor) {}
    Waker waker;
    std::optional<desk::Answer<Json>> verdict;
  };
  const auto waiting = std::make_shared<Waiting>(executor_);
  const std::weak_ptr<Waiting> weak = waiting;
  const Offer offer = shared_.parts.decisions->decide(std::move(lines->text), exchange.actor, exchange.now, [door = shared_.door, weak](desk::Answer<Json> verdict) {
    door->post([weak, verdict = std::make_shared<desk::Answer<Json>>(std::move(verdict))] {
      const auto there = weak.lock();
      if (!there) return;
      there->verdict = std::move(*verdict);
      there->waker.wake();
    });
  });
  const auto by = from_now(shared_.limits().body_time);
  while (offer == Offer::kTaken && !waiting->verdict && Clock::now() < by) co_await waiting->waker.wait(by);

  Reply reply;
  if (offer == Offer::kFull) reply = problem(429, "no more events can be taken for the moment; try again");
  else if (offer == Offer::kAway) reply = problem(503, "events are not taken now");
  else if (!waiting->verdict) reply = problem(503, "the decision took too long; the event may have been taken in");
  else if (!*waiting->verdict) reply = problem(waiting->verdict->error());
  else reply.body = std::move(**waiting->verdict);
  co_await answer(exchange, reply);
}

asio::awaitable<void> Connection::stream(Exchange& exchange) {
  if (shared_.streams >= shared_.limits().streams || shared_.stopping) {
    const Reply reply = problem(503, "too many streams are open; try again");
    co_await answer(exchange, reply);
    co_return;
  }
  const Permit permit(shared_.streams);
  exchange.answered = true;
  exchange.keep = false;
  shared_.metrics().answered("stream", 200, 0);
  Reply head;
  head.content_type = "text/event-stream";
  head.headers.emplace_back("X-Accel-Buffering", "no");
  const std::string start = head_of(head, 0, {.keep_alive = false, .secure = shared_.config.secure(), .endless = true});
  bool open = co_await wire_->write(start, shared_.limits().pause);
  if (!open || exchange.request.method == "HEAD") co_return;

  const auto waker = std::make_shared<Waker>(executor_);
  const std::weak_ptr<Waker> weak = waker;
  const auto listener = shared_.parts.broadcast->listen(exchange.actor.body, [door = shared_.door, weak] {
    door->post([weak] {
      if (const auto there = weak.lock()) there->wake();
    });
  });
  std::vector<Broadcast::Text> waiting;
  std::string text = ": \n\n";  // so that a client knows at once that it is connected
  auto ask_at = Clock::now() + shared_.parts.streams_ask;
  while (open && !shared_.stopping) {
    if (!text.empty()) open = co_await wire_->write(text, shared_.limits().pause);
    text.clear();
    if (open && Clock::now() >= ask_at) {
      // Who logged out or lost the role sees no more.
      exchange.credentials.now = exchange.now + Duration{std::chrono::nanoseconds(Clock::now() - exchange.started).count()};
      const auto job = [&] { return admit(*exchange.operation, exchange.credentials, shared_.parts.identify, false).has_value(); };
      open = co_await on_worker(job);
      ask_at = Clock::now() + shared_.parts.streams_ask;
    }
    if (!open) break;
    open = listener->take(waiting);
    for (const auto& one : waiting) text += *one;
    if (!open || !text.empty()) continue;
    const auto beat = Clock::now() + kHeartbeat;
    co_await waker->wait(beat);
    if (Clock::now() >= beat) text = ": \n\n";
  }
}

}  // namespace lw::server
