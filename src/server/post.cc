#include "server/post.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/url.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace lw::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

struct Address {
  bool tls = false;
  std::string host, port, target, authority;
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
  out.authority = std::string(parsed->encoded_host_and_port());
  out.target = std::string(parsed->encoded_target());
  if (out.target.empty() || out.target.front() != '/') out.target.insert(0, "/");
  return out;
}

// Neither of this machine nor of a network of its own: what is not to be reached from outside is not reached for somebody outside.
bool is_public(const asio::ip::address& address) {
  if (address.is_v6()) {
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return is_public(asio::ip::make_address_v4(asio::ip::v4_mapped, v6));
    const auto bytes = v6.to_bytes();
    const bool is_local = (bytes[0] & 0xfe) == 0xfc;  // fc00::/7
    const bool translated = bytes[0] == 0x00 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b;  // 64:ff9b::/96 and its like: an IPv4 address within
    return !v6.is_loopback() && !v6.is_unspecified() && !v6.is_link_local() && !v6.is_site_local() && !v6.is_multicast() && !is_local && !translated;
  }
  struct Block {
    std::uint32_t base;
    int bits;
  };
  constexpr Block kBlocks[] = {{0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8}, {0xA9FE0000, 16}, {0xAC100000, 12},
                               {0xC0000000, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xE0000000, 3}};
  const std::uint32_t v4 = address.to_v4().to_uint();
  return std::ranges::none_of(kBlocks, [&](const Block& block) { return (v4 ^ block.base) >> (32 - block.bits) == 0; });
}

// The search for a host's addresses waits as long as the machine's resolver likes, and nobody can call it back: it has a thread of its own,
// which may outlive who asked. So many at a time.
constexpr int kMostSearches = 16;
std::atomic<int> searches = 0;

struct Search {
  std::mutex mutex;
  std::condition_variable_any ended;
  bool over = false;
  beast::error_code wrong;
  std::vector<tcp::endpoint> found;
};

Result<std::vector<tcp::endpoint>> find_host(const Address& address, std::chrono::steady_clock::time_point until, const Posting& posting) {
  if (++searches > kMostSearches) {
    --searches;
    return fail("cannot find the host {}: too many are being looked for", address.host);
  }
  const auto search = std::make_shared<Search>();
  try {
    std::thread([search, host = address.host, port = address.port] {
      beast::error_code wrong;
      std::vector<tcp::endpoint> found;
      try {
        asio::io_context context;
        tcp::resolver resolver(context);
        for (const auto& entry : resolver.resolve(host, port, wrong)) found.push_back(entry.endpoint());
      } catch (const std::exception&) {
        wrong = asio::error::host_not_found_try_again;
      }
      --searches;
      const std::lock_guard lock(search->mutex);
      search->wrong = wrong;
      search->found = std::move(found);
      search->over = true;
      search->ended.notify_all();
    }).detach();
  } catch (const std::exception&) {
    --searches;
    throw;
  }
  std::unique_lock lock(search->mutex);
  if (!search->ended.wait_until(lock, posting.stop, until, [&] { return search->over; })) {
    return posting.stop.stop_requested() ? fail("given up") : fail("no answer within {} ms", posting.patience.count());
  }
  if (search->wrong) return fail("cannot find the host {}: {}", address.host, search->wrong.message());
  if (!posting.private_addresses) std::erase_if(search->found, [](const tcp::endpoint& one) { return !is_public(one.address()); });
  if (search->found.empty()) return fail("{} is no host of the public network", address.host);
  return std::move(search->found);
}

// Sends and reads over a connected stream, step by step; `done` has the outcome.
template <class Stream>
class Exchange {
 public:
  Exchange(Stream& stream, const http::request<http::string_body>& request, Status& status, int& answer)
      : stream_(stream), request_(request), status_(status), answer_(answer) {}
  void begin() {
    http::async_write(stream_, request_, [this](beast::error_code wrong, std::size_t) {
      if (wrong) return said(wrong, "send");
      http::async_read_header(stream_, buffer_, parser_, [this](beast::error_code failed, std::size_t) {
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
  http::response_parser<http::empty_body> parser_;
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
  request.set(http::field::host, address->authority);
  request.set(http::field::user_agent, "Livewarden");
  request.set(http::field::content_type, posting.content_type);
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : posting.headers) request.set(name, value);
  request.body() = posting.body;
  request.prepare_payload();

  const auto until = std::chrono::steady_clock::now() + posting.patience;
  Status status;
  int answer = 0;
  try {
    const auto endpoints = find_host(*address, until, posting);
    if (!endpoints) return tl::make_unexpected(endpoints.error());
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
    beast::tcp_stream& stream = address->tls ? secure.next_layer() : plain;
    stream.async_connect(*endpoints, [&](beast::error_code refused, const tcp::endpoint&) {
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
    const std::stop_callback give_up(posting.stop, [&context] { context.stop(); });
    context.run_until(until);
    if (status && answer == 0) status = posting.stop.stop_requested() ? fail("given up") : fail("no answer within {} ms", posting.patience.count());
  } catch (const std::exception& error) {
    return fail("{}", error.what());
  }
  if (!status) return tl::make_unexpected(status.error());
  return answer;
}

}  // namespace lw::server
