#include "server/server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <prometheus/gauge.h>

#include <set>
#include <utility>

#include "server/connection.h"
#include "server/log.h"

namespace lw::server {
namespace {

using asio::ip::tcp;

constexpr std::chrono::seconds kLastWait{1};  // behind the time to drain, for coroutines to end

std::string address_text(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

bool is_near(const std::string& address) { return address == "::1" || address.starts_with("127."); }

// Refuses handlers that the document does not know, and operations that nobody answers.
Status check_handlers(const Document& document, const Handlers& handlers, const Handlers& own) {
  const std::set<std::string> special = {"ingestEvents", "decide", "stream"};
  for (const auto& [id, handler] : handlers) {
    if (!document.find(id)) return fail("a handler for {}, which is not in the document", id);
    if (own.contains(id) || special.contains(id)) return fail("a handler for {}, which the server answers itself", id);
  }
  for (const Operation& operation : document.operations()) {
    if (!handlers.contains(operation.id) && !own.contains(operation.id) && !special.contains(operation.id)) return fail("no handler for {}", operation.id);
  }
  return {};
}

}  // namespace

struct Server::Impl {
  Impl(const Config& config, Parts parts)
      : shared{.config = config, .parts = std::move(parts)},
        open_connections(prometheus::BuildGauge().Name("livewarden_connections").Help("Open connections.").Register(shared.metrics().registry()).Add({})),
        workers(static_cast<std::size_t>(config.workers)) {
    shared.door = std::make_shared<Door>(io.get_executor());
    shared.workers = &workers;
  }
  ~Impl() {
    shared.door->shut();
    workers.join();
  }

  Status listen(const std::string& text);
  void add_own_handlers();
  asio::awaitable<void> accept(tcp::acceptor& acceptor);
  void take(tcp::socket socket);
  asio::awaitable<void> serve(std::shared_ptr<Connection> connection, std::string peer);
  void begin_stop();

  Shared shared;
  prometheus::Gauge& open_connections;
  asio::thread_pool workers;
  std::unique_ptr<asio::ssl::context> tls;
  asio::io_context io{1};
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
  std::set<std::shared_ptr<Connection>> connections;
  std::map<std::string, std::uint64_t> by_address;
  std::optional<asio::steady_timer> drain;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const Config& config, Parts parts) {
  if (Status done = check_config(config); !done) return tl::make_unexpected(done.error());
  if (!parts.identify || !parts.events || !parts.decisions || !parts.broadcast || !parts.metrics || !parts.waits_for) return fail("a part of the server is missing");
  auto impl = std::make_unique<Impl>(config, std::move(parts));
  impl->add_own_handlers();
  const Parts& all = impl->shared.parts;
  if (Status done = check_handlers(all.document, all.handlers, impl->shared.own); !done) return tl::make_unexpected(done.error());
  for (const Operation& operation : all.document.operations()) impl->shared.api.insert(operation.path.front());
  if (!config.console.empty()) {
    auto files = Files::read(config.console);
    if (!files) return tl::make_unexpected(files.error());
    impl->shared.files = std::move(*files);
  }
  if (config.speaks_tls()) {
    auto tls = tls_context(config);
    if (!tls) return tl::make_unexpected(tls.error());
    impl->tls = std::move(*tls);
  }
  for (const std::string& text : config.listen) {
    if (Status done = impl->listen(text); !done) return tl::make_unexpected(done.error());
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Status Server::Impl::listen(const std::string& text) {
  const auto address = parse_address(text);
  if (!address) return tl::make_unexpected(address.error());
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(address->host, error), address->port);
  auto acceptor = std::make_unique<tcp::acceptor>(io);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) acceptor->set_option(asio::ip::v6_only(address->host != "::"), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail("listen: {}: {}", text, error.message());
  acceptors.push_back(std::move(acceptor));
  return {};
}

void Server::Impl::add_own_handlers() {
  shared.own["health"] = [](const Call&) -> desk::Answer<Reply> { return Reply{.body = {{"status", "ok"}}}; };
  shared.own["openapi"] = [this](const Call&) -> desk::Answer<Reply> {
    return Reply{.raw = shared.parts.document.json(), .content_type = "application/json"};
  };
  shared.own["metrics"] = [this](const Call&) -> desk::Answer<Reply> {
    return Reply{.raw = shared.metrics().text(), .content_type = "text/plain; version=0.0.4; charset=utf-8"};
  };
  shared.own["ready"] = [this](const Call&) -> desk::Answer<Reply> {
    std::vector<std::string> waits = shared.parts.waits_for();
    if (shared.stopping) waits.emplace_back("the service is stopping");
    return Reply{.status = waits.empty() ? 200 : 503, .body = {{"ready", waits.empty()}, {"waits_for", waits}}};
  };
}

std::vector<std::uint16_t> Server::ports() const {
  std::vector<std::uint16_t> out;
  for (const auto& acceptor : impl_->acceptors) out.push_back(acceptor->local_endpoint().port());
  return out;
}

asio::awaitable<void> Server::Impl::accept(tcp::acceptor& acceptor) {
  asio::steady_timer pause(io);
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!acceptor.is_open()) co_return;
    if (!error) {
      take(std::move(socket));
      continue;
    }
    // Out of descriptors, mostly: those that end make room.
    log::warning("accept.failed", {{"reason", error.message()}});
    pause.expires_after(std::chrono::milliseconds(100));
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void Server::Impl::take(tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;
  socket.set_option(tcp::no_delay(true), error);
  std::string peer = address_text(remote);
  const bool crowded = connections.size() >= shared.limits().connections, greedy = by_address[peer] >= shared.limits().connections_per_address;
  if (crowded || greedy) {
    if (by_address[peer] == 0) by_address.erase(peer);
    // As much as fits into the socket's own buffer, without waiting; with TLS nothing can be said yet.
    const Reply reply = crowded ? problem(503, "too many connections") : problem(429, "too many connections from this address");
    const std::string body = body_of(reply), text = head_of(reply, body.size(), {.keep_alive = false}) + body;
    shared.metrics().answered("none", reply.status, 0);
    socket.non_blocking(true, error);
    if (!tls) socket.send(asio::buffer(text), 0, error);
    socket.shutdown(tcp::socket::shutdown_both, error);
    return;
  }
  ++by_address[peer];
  open_connections.Increment();
  auto wire = tls ? Wire::tls(std::move(socket), *tls) : Wire::plain(std::move(socket));
  auto connection = std::make_shared<Connection>(shared, std::move(wire), io.get_executor(), peer, is_near(peer));
  connections.insert(connection);
  asio::co_spawn(io, serve(std::move(connection), std::move(peer)), asio::detached);
}

asio::awaitable<void> Server::Impl::serve(std::shared_ptr<Connection> connection, std::string peer) {
  try {
    co_await connection->serve();
  } catch (const std::exception& exception) {
    log::error("connection.failed", {{"reason", exception.what()}});
    connection->hang_up();
  }
  connections.erase(connection);
  open_connections.Decrement();
  if (--by_address[peer] == 0) by_address.erase(peer);
  if (shared.stopping && connections.empty() && drain) drain->cancel();
}

Status Server::run() {
  Impl& impl = *impl_;
  for (const auto& acceptor : impl.acceptors) {
    asio::co_spawn(impl.io, impl.accept(*acceptor), asio::detached);
    log::info("server.listening", {{"protocol", impl.shared.config.speaks_tls() ? "https" : "http"}, {"address", address_text(acceptor->local_endpoint())}, {"port", acceptor->local_endpoint().port()}});
  }
  try {
    impl.io.run();
  } catch (const std::exception& exception) {
    return fail("the server ended: {}", exception.what());
  }
  impl.workers.join();
  return {};
}

void Server::stop() {
  asio::post(impl_->io, [impl = impl_.get()] { impl->begin_stop(); });
}

void Server::Impl::begin_stop() {
  if (shared.stopping) return;
  shared.stopping = true;
  log::info("server.stopping", {{"connections", connections.size()}});
  boost::system::error_code ignored;
  for (const auto& acceptor : acceptors) acceptor->close(ignored);
  shared.parts.broadcast->close();
  for (const auto& connection : connections) {
    if (connection->between_requests()) connection->hang_up();
  }
  if (connections.empty()) return;
  drain.emplace(io, from_now(shared.limits().drain));
  drain->async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    log::warning("server.drained_by_force", {{"connections", connections.size()}});
    for (const auto& connection : connections) connection->hang_up();
    drain->expires_after(kLastWait);
    drain->async_wait([this](const boost::system::error_code& last) {
      if (!last) io.stop();
    });
  });
}

}  // namespace lw::server
