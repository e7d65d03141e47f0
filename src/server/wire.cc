#include "server/wire.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <algorithm>
#include <utility>

namespace lw::server {
namespace {

namespace beast = boost::beast;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kWritePiece = 64 << 10;
constexpr std::chrono::seconds kFarewell{2};
constexpr std::size_t kFarewellBytes = 1 << 20;

template <class Stream>
class StreamWire : public Wire {
 public:
  template <class... Args>
  explicit StreamWire(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  asio::awaitable<std::size_t> read(std::string& to, std::size_t most, Clock::time_point by) override {
    const std::size_t from = to.size();
    to.resize(from + most);
    tcp().expires_at(by);
    auto [error, size] = co_await stream_.async_read_some(asio::buffer(to.data() + from, most), kWait);
    to.resize(from + size);
    if (error == beast::error::timeout) late_ = true;
    co_return error ? 0 : size;
  }

  asio::awaitable<bool> write(std::string_view bytes, Duration pause) override {
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, kWritePiece);
      tcp().expires_at(from_now(pause));
      auto [error, size] = co_await asio::async_write(stream_, asio::buffer(piece), kWait);
      if (error) co_return false;
      bytes.remove_prefix(size);
    }
    co_return true;
  }

  void close() override { beast::get_lowest_layer(stream_).close(); }

 protected:
  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }

  // Behind a farewell: what the peer still sends is read and dropped.
  asio::awaitable<void> linger() {
    std::string dropped(16 << 10, '\0');
    std::size_t sum = 0;
    tcp().expires_at(Clock::now() + kFarewell);
    while (sum < kFarewellBytes) {
      auto [error, size] = co_await tcp().async_read_some(asio::buffer(dropped), kWait);
      if (error) break;
      sum += size;
    }
    tcp().close();
  }

  Stream stream_;
};

class PlainWire : public StreamWire<beast::tcp_stream> {
 public:
  using StreamWire::StreamWire;
  asio::awaitable<bool> begin(Clock::time_point) override { co_return true; }
  asio::awaitable<void> end() override {
    boost::system::error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_await linger();
  }
};

class TlsWire : public StreamWire<beast::ssl_stream<beast::tcp_stream>> {
 public:
  using StreamWire::StreamWire;
  asio::awaitable<bool> begin(Clock::time_point by) override {
    tcp().expires_at(by);
    auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kWait);
    co_return !error;
  }
  asio::awaitable<void> end() override {
    tcp().expires_at(Clock::now() + kFarewell);
    co_await stream_.async_shutdown(kWait);  // a peer that does not answer is not waited for
    boost::system::error_code ignored;
    tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_await linger();
  }
};

}  // namespace

std::unique_ptr<Wire> Wire::plain(asio::ip::tcp::socket socket) { return std::make_unique<PlainWire>(std::move(socket)); }
std::unique_ptr<Wire> Wire::tls(asio::ip::tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsWire>(beast::tcp_stream(std::move(socket)), context);
}

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
