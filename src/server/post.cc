#include "server/post.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/url.hpp>
#include <optional>

namespace lw::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::uint64_t kMostOfAnAnswer = 64 << 10;  // only its status is looked at

struct Address {
  bool tls = false;
  std::string host, port, target;
};

Result<Address> parse(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return fail("{}: no URL such as https://platform.example/hooks", url);
  if (parsed->scheme() != "https" && parsed->scheme() != "http") return fail("{}: only https:// and http:// are known", url);
  if (parsed->host().empty()) return fail("{}: names no host", url);
  if (parsed->has_userinfo() || parsed->has_fragment()) return fail("{}: may hold no user, password or fragment", url);
  Address out;
  out.tls = parsed->scheme() == "https";
  out.host = parsed->host_address();
  out.port = parsed->has_port() ? std::string(parsed->port()) : out.tls ? "443" : "80";
  out.target = std::string(parsed->encoded_target());
  if (out.target.empty() || out.target.front() != '/') out.target.insert(0, "/");
  return out;
}

// Sends and reads over a connected stream, step by step; `done` has the outcome.
template <class Stream>
class Exchange {
 public:
  Exchange(Stream& stream, const http::request<http::string_body>& request, Status& status, int& answer)
      : stream_(stream), request_(request), status_(status), answer_(answer) {
    parser_.body_limit(kMostOfAnAnswer);
  }
  void begin() {
    http::async_write(stream_, request_, [this](beast::error_code wrong, std::size_t) {
      if (wrong) return said(wrong, "send");
      http::async_read(stream_, buffer_, parser_, [this](beast::error_code failed, std::size_t) {
        if (failed) return said(failed, "read the answer");
        answer_ = static_cast<int>(parser_.get().result_int());
      });
    });
  }

 private:
  void said(beast::error_code wrong, std::string_view what) { status_ = fail("cannot {}: {}", what, wrong.message()); }

  Stream& stream_;
  const http::request<http::string_body>& request_;
  Status& status_;
  int& answer_;
  beast::flat_buffer buffer_;
  http::response_parser<http::string_body> parser_;
};

}  // namespace

Status check_url(const std::string& url) {
  const auto address = parse(url);
  return address ? Status{} : tl::make_unexpected(address.error());
}

Result<int> post(const Posting& posting) {
  const auto address = parse(posting.url);
  if (!address) return tl::make_unexpected(address.error());
  http::request<http::string_body> request{http::verb::post, address->target, 11};
  request.set(http::field::host, address->host);
  request.set(http::field::user_agent, "Livewarden");
  request.set(http::field::content_type, posting.content_type);
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : posting.headers) request.set(name, value);
  request.body() = posting.body;
  request.prepare_payload();

  Status status;
  int answer = 0;
  try {
    asio::io_context context;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_default_verify_paths();
    tls.set_verify_mode(asio::ssl::verify_peer);
    beast::ssl_stream<beast::tcp_stream> secure(context, tls);
    beast::tcp_stream plain(context);
    Exchange<beast::ssl_stream<beast::tcp_stream>> over_tls(secure, request, status, answer);
    Exchange<beast::tcp_stream> over_tcp(plain, request, status, answer);
    if (address->tls) {
      secure.set_verify_callback(asio::ssl::host_name_verification(address->host));
      if (!SSL_set_tlsext_host_name(secure.native_handle(), address->host.c_str())) return fail("cannot name the host to its server");
    }
    tcp::resolver resolver(context);
    resolver.async_resolve(address->host, address->port, [&](beast::error_code wrong, const tcp::resolver::results_type& found) {
      if (wrong) {
        status = fail("cannot find the host {}: {}", address->host, wrong.message());
        return;
      }
      beast::tcp_stream& stream = address->tls ? secure.next_layer() : plain;
      stream.async_connect(found, [&](beast::error_code refused, const tcp::endpoint&) {
        if (refused) {
          status = fail("cannot connect: {}", refused.message());
          return;
        }
        if (!address->tls) return over_tcp.begin();
        secure.async_handshake(asio::ssl::stream_base::client, [&](beast::error_code failed) {
          if (failed) status = fail("TLS: {}", failed.message());
          else over_tls.begin();
        });
      });
    });
    context.run_for(posting.patience);
    if (status && answer == 0) status = fail("no answer within {} ms", posting.patience.count());
  } catch (const std::exception& error) {
    return fail("{}", error.what());
  }
  if (!status) return tl::make_unexpected(status.error());
  return answer;
}

}  // namespace lw::server
