#include "server/wire.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace lw::server {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kWritePiece = 64 << 10;
constexpr std::chrono::seconds kFarewell{2};
constexpr std::size_t kFarewellBytes = 1 << 20;

// What waits too long is cancelled and the socket stays open: whoever was too slow is told so.
template <class Stream>
class StreamWire : public Wire {
 public:
  template <class... Args>
  explicit StreamWire(Args&&... args) : stream_(std::forward<Args>(args)...), timer_(stream_.get_executor()) {}

  asio::awaitable<std::size_t> read(std::string& to, std::size_t most, Clock::time_point by) override {
    const std::size_t from = to.size();
    to.resize(from + most);
    limit(by);
    auto [error, size] = co_await stream_.async_read_some(asio::buffer(to.data() + from, most), kWait);
    timer_.cancel();
    to.resize(from + size);
    co_return error ? 0 : size;
  }

  asio::awaitable<bool> write(std::string_view bytes, Duration pause) override {
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, kWritePiece);
      limit(from_now(pause));
      auto [error, size] = co_await asio::async_write(stream_, asio::buffer(piece), kWait);
      timer_.cancel();
      if (error) co_return false;
      bytes.remove_prefix(size);
    }
    co_return true;
  }

  void close() override {
    error_code ignored;
    stream_.lowest_layer().close(ignored);
  }

 protected:
  void limit(Clock::time_point by) {
    late_ = false;
    timer_.expires_at(by);
    timer_.async_wait([weak = weak_from_this(), this](error_code error) {
      const auto there = weak.lock();
      // One that was set anew meanwhile is not this one's.
      if (error || !there || timer_.expiry() > Clock::now()) return;
      late_ = true;
      stream_.lowest_layer().cancel(error);
    });
  }

  // Behind a farewell: what the peer still sends is read and dropped.
  asio::awaitable<void> linger(tcp::socket& socket) {
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    std::string dropped(16 << 10, '\0');
    limit(Clock::now() + kFarewell);
    for (std::size_t sum = 0; sum < kFarewellBytes;) {
      auto [error, size] = co_await socket.async_read_some(asio::buffer(dropped), kWait);
      sum += size;
      if (error) break;
    }
    timer_.cancel();
    close();
  }

  Stream stream_;
  asio::steady_timer timer_;
};

class PlainWire : public StreamWire<tcp::socket> {
 public:
  using StreamWire::StreamWire;
  asio::awaitable<bool> begin(Clock::time_point) override { co_return true; }
  asio::awaitable<void> end() override { co_await linger(stream_); }
};

class TlsWire : public StreamWire<asio::ssl::stream<tcp::socket>> {
 public:
  using StreamWire::StreamWire;
  asio::awaitable<bool> begin(Clock::time_point by) override {
    limit(by);
    auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kWait);
    timer_.cancel();
    co_return !error;
  }
  asio::awaitable<void> end() override {
    limit(Clock::now() + kFarewell);
    co_await stream_.async_shutdown(kWait);
    timer_.cancel();
    co_await linger(stream_.next_layer());
  }
};

}  // namespace

std::shared_ptr<Wire> Wire::plain(tcp::socket socket) { return std::make_shared<PlainWire>(std::move(socket)); }
std::shared_ptr<Wire> Wire::tls(tcp::socket socket, asio::ssl::context& context) { return std::make_shared<TlsWire>(std::move(socket), context); }

Result<std::unique_ptr<asio::ssl::context>> tls_context(const Config& config) {
  auto out = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  boost::system::error_code error;
  out->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 | asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1 | asio::ssl::context::single_dh_use,
                   error);
  SSL_CTX_set_min_proto_version(out->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(out->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  out->use_certificate_chain_file(config.tls.certificate, error);
  if (error) return fail("tls.certificate: {}: {}", config.tls.certificate, error.message());
  out->use_private_key_file(config.tls.key, asio::ssl::context::pem, error);
  if (error) return fail("tls.key: {}: {}", config.tls.key, error.message());
  if (SSL_CTX_check_private_key(out->native_handle()) != 1) return fail("tls.key is not the key of tls.certificate");
  return out;
}

}  // namespace lw::server
