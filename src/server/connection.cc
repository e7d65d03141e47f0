#include "server/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "base/json_depth.h"
#include "server/log.h"
#include "server/target.h"

namespace lw::server {
namespace {

constexpr std::size_t kFirstRead = 4 << 10, kRead = 64 << 10;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view cookie(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = cookies.find(';');
    const std::string_view one = trimmed(cookies.substr(0, end));
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) return one.substr(name.size() + 1);
    cookies.remove_prefix(end == std::string_view::npos ? cookies.size() : end + 1);
  }
  return {};
}

// The address that a chain of proxies that are believed says it speaks for.
std::string remote_of(const std::string& peer, std::string_view forwarded, const std::vector<std::string>& proxies) {
  const auto believed = [&](std::string_view address) { return std::find(proxies.begin(), proxies.end(), address) != proxies.end(); };
  std::string out = peer;
  while (believed(out) && !forwarded.empty()) {
    const std::size_t comma = forwarded.rfind(',');
    out = std::string(trimmed(comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1)).substr(0, 64));
    forwarded = comma == std::string_view::npos ? std::string_view() : forwarded.substr(0, comma);
  }
  return out;
}

bool is_json(std::string_view media) { return media == "application/json" || media.ends_with("+json"); }

}  // namespace

asio::awaitable<void> Waker::wait(Clock::time_point by) {
  timer_.expires_at(by);
  co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Door::post(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (executor_) asio::post(*executor_, std::move(job));
}

void Door::shut() {
  const std::lock_guard lock(mutex_);
  executor_.reset();
}

Connection::Connection(Shared& shared, std::shared_ptr<Wire> wire, asio::any_io_executor executor, std::string peer, bool loopback)
    : shared_(shared), wire_(std::move(wire)), executor_(std::move(executor)), peer_(std::move(peer)), loopback_(loopback) {}

asio::awaitable<void> Connection::serve() {
  const bool begun = co_await wire_->begin(from_now(shared_.limits().header_time));
  bool farewell = false;
  while (begun) {
    farewell = false;
    if (in_.empty()) {
      idle_ = true;
      in_.shrink_to_fit();
      if (shared_.stopping) break;
      const std::size_t came = co_await wire_->read(in_, kFirstRead, from_now(shared_.limits().idle));
      if (came == 0) break;
    }
    idle_ = false;
    farewell = true;
    RequestReader reader(shared_.limits().header_bytes);
    const bool whole = co_await read_head(reader);
    if (!whole) break;
    Exchange exchange{.reader = reader,
                      .request = reader.request(),
                      .started = Clock::now(),
                      .now = wall_clock(),
                      .holding = Holding(shared_.held),
                      .transferred = !reader.request().has_body};
    co_await handle(exchange);
    if (!exchange.keep) break;
  }
  if (farewell) co_await wire_->end();
  wire_->close();
}

asio::awaitable<bool> Connection::read_head(RequestReader& reader) {
  const auto by = from_now(shared_.limits().header_time);
  for (;;) {
    const auto state = reader.read_head(in_);
    if (state == RequestReader::State::kDone) co_return true;
    int status = reader.status();
    std::string reason = reader.reason();
    if (state == RequestReader::State::kMore) {
      const std::size_t came = co_await wire_->read(in_, kFirstRead, by);
      if (came > 0) continue;
      if (!wire_->late()) co_return false;
      status = 408;
      reason = "the header took too long";
    }
    const Reply reply = problem(status, reason);
    const std::string body = body_of(reply);
    const std::string bytes = head_of(reply, body.size(), {.keep_alive = false, .secure = shared_.config.secure()}) + body;
    shared_.metrics().answered("none", status, 0);
    co_await wire_->write(bytes, shared_.limits().pause);
    co_return false;
  }
}

asio::awaitable<void> Connection::handle(Exchange& exchange) {
  auto target = shared_.parts.document.route(exchange.request.method, exchange.request.target);
  if (target) {
    exchange.operation = target->operation;
    exchange.path = std::move(target->path);
    exchange.query = std::move(target->query);
    co_await answer_operation(exchange);
  } else if (target.error().status == 404) {
    co_await answer_file(exchange);
  } else {
    Reply reply = problem(target.error().status, target.error().message, target.error().field);
    if (!target.error().allow.empty()) reply.headers.emplace_back("Allow", target.error().allow);
    co_await answer(exchange, reply);
  }
}

asio::awaitable<void> Connection::answer_operation(Exchange& exchange) {
  const bool may = co_await admitted(exchange);
  if (!may) co_return;
  const std::string& id = exchange.operation->id;
  if (id == "ingestEvents") co_await take_events(exchange);
  else if (id == "decide") co_await decide(exchange);
  else if (id == "stream") co_await stream(exchange);
  else co_await call_handler(exchange);
}

Credentials Connection::credentials_of(const Request& request, Time now) const {
  Credentials out;
  out.session = std::string(cookie(request.field("cookie"), "livewarden"));
  out.csrf = std::string(request.field("x-csrf"));
  out.use = request.method == "GET" || request.method == "HEAD" ? desk::Use::kRead : desk::Use::kWrite;
  const std::string_view authorization = request.field("authorization");
  if (lower(authorization.substr(0, 7)) == "bearer ") out.token = std::string(trimmed(authorization.substr(7)));
  out.remote = remote_of(peer_, request.field("x-forwarded-for"), shared_.config.proxies);
  out.agent = std::string(request.field("user-agent").substr(0, 200));
  out.now = now;
  return out;
}

asio::awaitable<bool> Connection::admitted(Exchange& exchange) {
  exchange.credentials = credentials_of(exchange.request, exchange.now);
  if (exchange.operation->id == "stream") exchange.credentials.use = desk::Use::kWatch;
  const bool near = loopback_ && exchange.request.field("x-forwarded-for").empty() && exchange.request.field("forwarded").empty();
  if (for_everybody(*exchange.operation, exchange.credentials, near)) {
    exchange.actor = desk::Actor{"public", "", desk::Role::kNone, {}, 0};
    co_return true;
  }
  if (shared_.requests >= shared_.limits().requests) {
    const Reply reply = problem(503, "too many requests are under way; try again");
    co_await answer(exchange, reply);
    co_return false;
  }
  const Permit permit(shared_.requests);
  const auto job = [&]() -> desk::Answer<desk::Actor> {
    try {
      return admit(*exchange.operation, exchange.credentials, shared_.parts.identify, near);
    } catch (const std::exception& exception) {
      return desk::refuse(desk::Why::kFailed, "{}", exception.what());
    }
  };
  auto actor = co_await on_worker(job);
  if (actor) {
    exchange.actor = std::move(*actor);
    co_return true;
  }
  if (actor.error().why == desk::Why::kFailed) log::error("identify.failed", {{"reason", actor.error().message}});
  const Reply reply = problem(actor.error());
  co_await answer(exchange, reply);
  co_return false;
}

std::string Connection::media_of(const Request& request) {
  const std::string_view type = request.field("content-type");
  return lower(trimmed(type.substr(0, type.find(';'))));
}

asio::awaitable<bool> Connection::takes_body(Exchange& exchange, std::uint64_t most) {
  const Operation& operation = *exchange.operation;
  int status = 0;
  std::string why;
  exchange.media = media_of(exchange.request);
  if (!operation.bodies.contains(exchange.media)) {
    status = 415;
    why = "the body must be of type";
    for (const auto& [media, schema] : operation.bodies) why += (why.ends_with("type") ? " " : " or ") + media;
  }
  const std::string coding = lower(trimmed(exchange.request.field("content-encoding")));
  exchange.inflater = Inflater::of(coding, most, shared_.limits().ratio);
  if (!exchange.inflater) {
    status = 415;
    why = "the body's Content-Encoding may be gzip or zstd, or there is none";
  }
  if (status == 0 && exchange.request.length && *exchange.request.length > most) {
    status = 413;
    why = fmt::format("the body is larger than {} bytes", most);
  }
  if (status != 0) {
    Reply reply = problem(status, why);
    if (status == 415) reply.headers.emplace_back("Accept-Encoding", "gzip, zstd");
    co_await answer(exchange, reply);
  }
  co_return status == 0;
}

asio::awaitable<bool> Connection::next_piece(Exchange& exchange, std::string& out, std::size_t room, Clock::time_point by) {
  const std::size_t before = out.size();
  int status = 0;
  std::string why;
  while (status == 0) {
    if (!exchange.sent.empty() || exchange.inflater_full) {
      std::string_view rest = exchange.sent;
      const auto flow = exchange.inflater->step(rest, out, room);
      exchange.sent.erase(0, exchange.sent.size() - rest.size());
      exchange.inflater_full = flow == Inflater::Flow::kFull;
      if (flow == Inflater::Flow::kTooLarge) {
        status = 413;
        why = "the body is larger than what is taken, or grows too much when it is decompressed";
        continue;
      }
      if (flow == Inflater::Flow::kDamaged) {
        status = 400;
        why = "the body's compression is damaged";
        continue;
      }
      if (out.size() > before) co_return true;
    }
    if (exchange.transferred) {
      if (exchange.inflater->whole()) co_return false;
      status = 400;
      why = "the body's compression is cut short";
      continue;
    }
    if (exchange.request.expects_continue && !exchange.told_to_go_on) {
      exchange.told_to_go_on = true;
      co_await wire_->write("HTTP/1.1 100 Continue\r\n\r\n", shared_.limits().pause);
    }
    const auto state = exchange.reader.read_body(in_, exchange.sent);
    exchange.transferred = state == RequestReader::State::kDone;
    if (state == RequestReader::State::kBad) {
      status = exchange.reader.status();
      why = exchange.reader.reason();
    }
    if (state != RequestReader::State::kMore || !exchange.sent.empty()) continue;
    const std::size_t came = co_await wire_->read(in_, kRead, by);
    if (came == 0) {
      status = 408;
      why = wire_->late() ? "the body took too long" : "the body was cut short";
    }
  }
  const Reply reply = problem(status, why);
  co_await answer(exchange, reply);
  co_return false;
}

asio::awaitable<bool> Connection::read_body(Exchange& exchange, std::string& body) {
  const auto by = from_now(shared_.limits().body_time);
  for (;;) {
    const std::size_t before = body.size();
    const bool more = co_await next_piece(exchange, body, kRead, by);
    if (!more) co_return !exchange.answered;
    const bool room = co_await hold(exchange, body.size() - before);
    if (!room) co_return false;
  }
}

asio::awaitable<bool> Connection::hold(Exchange& exchange, std::uint64_t bytes) {
  if (exchange.holding.grow(bytes, shared_.limits().held_bytes)) co_return true;
  const Reply reply = problem(503, "too much is being read at once; try again");
  co_await answer(exchange, reply);
  co_return false;
}

asio::awaitable<void> Connection::call_handler(Exchange& exchange) {
  const Operation& operation = *exchange.operation;
  Call call;
  Reply wrong;
  wrong.status = 0;
  if (exchange.request.has_body && operation.bodies.empty()) wrong = problem(400, "no body is taken here");
  if (!exchange.request.has_body && operation.body_required) wrong = problem(400, "a body of type " + operation.bodies.begin()->first + " is missing");
  if (wrong.status == 0 && exchange.request.has_body) {
    const bool taken = co_await takes_body(exchange, operation.open ? shared_.limits().public_bytes : shared_.limits().body_bytes);
    if (!taken) co_return;
    const bool whole = co_await read_body(exchange, call.raw);
    if (!whole) co_return;
    if (is_json(exchange.media)) {
      if (nested_deeper(call.raw, shared_.limits().depth)) {
        wrong = problem(400, fmt::format("the body is nested deeper than {} levels", shared_.limits().depth));
      } else {
        call.body = Json::parse(call.raw, nullptr, false);
        const auto held = call.body.is_discarded() ? desk::refuse(desk::Why::kInvalid, "the body is not JSON in UTF-8")
                                                   : shared_.parts.document.check(operation, exchange.media, call.body);
        if (!held) wrong = problem(held.error());
        call.raw.clear();
      }
    }
  }
  if (wrong.status != 0) {
    co_await answer(exchange, wrong);
    co_return;
  }
  call.actor = exchange.actor;  // which is told when the answer is logged
  call.path = std::move(exchange.path);
  call.query = std::move(exchange.query);
  call.content_type = exchange.media;
  call.session = exchange.credentials.session;
  call.remote = exchange.credentials.remote;
  call.agent = exchange.credentials.agent;
  call.now = exchange.now;

  const auto own = shared_.own.find(operation.id);
  const bool is_own = own != shared_.own.end();
  if (!is_own && shared_.requests >= shared_.limits().requests) {
    const Reply reply = problem(503, "too many requests are under way; try again");
    co_await answer(exchange, reply);
    co_return;
  }
  std::optional<Permit> login;
  if (operation.id == "login") {
    const bool may = co_await may_log_in(call, exchange);
    if (!may) co_return;
    login.emplace(shared_.logins.under_way);
  }
  std::optional<Permit> permit(std::in_place, shared_.requests);
  const Handler& handler = is_own ? own->second : shared_.parts.handlers.at(operation.id);
  const auto job = [&]() -> desk::Answer<Reply> {
    try {
      auto made = handler(call);
      if (made) made->raw = body_of(*made), made->body = nullptr;  // long answers are written here, not on the server's thread
      return made;
    } catch (const std::exception& exception) {
      return desk::refuse(desk::Why::kFailed, "{}", exception.what());
    }
  };
  desk::Answer<Reply> reply;
  if (is_own) reply = job();  // whether the service lives is told whatever the workers wait for
  else reply = co_await on_worker(job);
  permit.reset();  // who reads slowly keeps nobody out
  if (!reply && (reply.error().why == desk::Why::kFailed || reply.error().why == desk::Why::kAway)) {
    log::error("request.failed", {{"operation", operation.id}, {"reason", reply.error().message}});
  }
  const Reply text = reply ? std::move(*reply) : problem(reply.error());
  co_await answer(exchange, text);
}

asio::awaitable<bool> Connection::may_log_in(const Call& call, Exchange& exchange) {
  // Half of the workers are left for others.
  const bool crowded = shared_.logins.under_way >= std::max<std::uint64_t>(1, shared_.config.workers / 2);
  if (!crowded && shared_.logins.may(call.remote, shared_.limits().logins, Clock::now())) co_return true;
  Reply reply = problem(429, crowded ? "too many are logging in just now; try again" : "too many attempts to log in from this address; wait a minute");
  for (auto& [name, value] : reply.headers) {
    if (!crowded && name == "Retry-After") value = "60";
  }
  co_await answer(exchange, reply);
  co_return false;
}

asio::awaitable<void> Connection::answer_file(Exchange& exchange) {
  const auto split = split_target(exchange.request.target);
  const bool of_api = split && !split->path.empty() && shared_.api.contains(split->path.front());
  const Files::File* file = split && !of_api ? shared_.files.find(split->path) : nullptr;
  const bool reads = exchange.request.method == "GET" || exchange.request.method == "HEAD";
  if (!file || !reads) {
    Reply reply = file ? problem(405, "not with this method; there are: GET, HEAD") : problem(404, "there is nothing here");
    if (file) reply.headers.emplace_back("Allow", "GET, HEAD");
    co_await answer(exchange, reply);
    co_return;
  }
  Reply reply;
  reply.content_type = file->type;
  reply.headers.emplace_back("ETag", file->etag);
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  reply.headers.emplace_back("Cache-Control", file->lasting ? "public, max-age=31536000, immutable" : "no-cache");
  std::string_view body = file->bytes;
  if (!file->gzip.empty() && exchange.request.field("accept-encoding").find("gzip") != std::string_view::npos) {
    reply.headers.emplace_back("Content-Encoding", "gzip");
    body = file->gzip;
  }
  if (exchange.request.field("if-none-match").find(file->etag) != std::string_view::npos) {
    reply.status = 304;
    body = {};
  }
  co_await write(exchange, reply, body, true);
}

asio::awaitable<void> Connection::answer(Exchange& exchange, const Reply& reply) {
  const std::string body = body_of(reply);
  co_await write(exchange, reply, body, false);
}

asio::awaitable<void> Connection::write(Exchange& exchange, const Reply& reply, std::string_view body, bool page) {
  exchange.answered = true;
  // What is left of a body would be taken for the next request.
  exchange.keep = exchange.request.keep_alive && exchange.transferred && !shared_.stopping;
  std::string bytes = head_of(reply, body.size(), {.keep_alive = exchange.keep, .secure = shared_.config.secure(), .page = page});
  const bool bare = exchange.request.method == "HEAD" || reply.status == 204 || reply.status == 304;
  const bool small = body.size() <= kRead;
  if (!bare && small) bytes += body;
  const bool went = co_await wire_->write(bytes, shared_.limits().pause);
  if (went && !bare && !small) {
    const bool all = co_await wire_->write(body, shared_.limits().pause);
    exchange.keep = exchange.keep && all;
  }
  exchange.keep = exchange.keep && went;

  const double seconds = std::chrono::duration<double>(Clock::now() - exchange.started).count();
  const std::string operation = exchange.operation ? exchange.operation->id : page ? "console" : "none";
  shared_.metrics().answered(operation, reply.status, seconds);
  if (reply.status < 500) log::debug("request", {{"operation", operation}, {"status", reply.status}, {"seconds", seconds}, {"actor", exchange.actor.name}});
  else log::warning("request", {{"operation", operation}, {"status", reply.status}, {"seconds", seconds}, {"actor", exchange.actor.name}});
}

}  // namespace lw::server
