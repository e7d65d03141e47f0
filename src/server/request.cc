#include "server/request.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <array>

namespace lw::server {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;

std::string lower(View text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Two of these would let two readers see two requests.
constexpr std::array<std::string_view, 9> kOnce = {"host",         "content-type", "content-encoding", "content-length", "transfer-encoding",
                                                   "authorization", "x-csrf",       "cookie",           "expect"};

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return one.first == name; });
  return found == fields.end() ? std::string_view() : found->second;
}

class RequestReader::Parser : public http::basic_parser<true> {
 public:
  Request request;
  std::string* body = nullptr;

 private:
  void on_request_impl(http::verb, View method, View target, int, error_code&) override {
    request.method = std::string(method);
    request.target = std::string(target);
  }
  void on_response_impl(int, View, int, error_code&) override {}
  void on_field_impl(http::field, View name, View value, error_code&) override {
    if (!trailer_) request.fields.emplace_back(lower(name), std::string(value));
  }
  void on_header_impl(error_code&) override { trailer_ = true; }  // fields behind the body change nothing
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View piece, error_code&) override {
    body->append(piece.data(), piece.size());
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View piece, error_code&) override {
    body->append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(error_code&) override {}

  bool trailer_ = false;
};

RequestReader::RequestReader(std::uint64_t header_bytes) : header_bytes_(header_bytes), parser_(std::make_unique<Parser>()) {
  parser_->header_limit(static_cast<std::uint32_t>(header_bytes));
  parser_->body_limit(boost::none);  // whoever takes the body counts it decompressed
}
RequestReader::~RequestReader() = default;

const Request& RequestReader::request() const { return parser_->request; }

RequestReader::State RequestReader::bad(int status, std::string reason) {
  status_ = status;
  reason_ = std::move(reason);
  return State::kBad;
}

RequestReader::State RequestReader::read_head(std::string& buffer) {
  // Empty lines before a request line are passed over, as clients of old send them.
  if (!parser_->got_some()) buffer.erase(0, std::min(buffer.find_first_not_of("\r\n"), buffer.size()));
  if (buffer.empty()) return State::kMore;
  error_code error;
  const std::size_t taken = parser_->put(boost::asio::buffer(buffer), error);
  buffer.erase(0, taken);
  if (error == http::error::need_more) return State::kMore;
  if (error == http::error::header_limit) return bad(431, "the header is too large");
  if (error == http::error::bad_version) return bad(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (error) return bad(400, "not an HTTP request: " + error.message());
  return parser_->is_header_done() ? check_head() : State::kMore;
}

RequestReader::State RequestReader::check_head() {
  Request& request = parser_->request;
  for (const std::string_view name : kOnce) {
    const auto count = std::count_if(request.fields.begin(), request.fields.end(), [&](const auto& one) { return one.first == name; });
    if (count > 1) return bad(400, "the header has " + std::string(name) + " twice");
  }
  if (request.field("host").empty()) return bad(400, "the header has no Host");
  const std::string_view coding = request.field("transfer-encoding");
  if (!coding.empty() && lower(View(coding.data(), coding.size())) != "chunked") return bad(400, "no Transfer-Encoding but chunked is taken");
  const std::string_view expect = request.field("expect");
  request.expects_continue = lower(View(expect.data(), expect.size())) == "100-continue";
  if (!expect.empty() && !request.expects_continue) return bad(417, "nothing but Expect: 100-continue is known");
  request.keep_alive = parser_->keep_alive();
  request.has_body = !parser_->is_done();
  if (!coding.empty()) request.length.reset();
  else if (const auto length = parser_->content_length()) request.length = *length;
  return State::kDone;
}

RequestReader::State RequestReader::read_body(std::string& buffer, std::string& out) {
  parser_->eager(true);
  parser_->body = &out;
  // The last chunk has five bytes at least, so nothing waits for ever; of fewer Beast asserts what need not hold.
  const std::size_t least = parser_->chunked() ? 5 : 1;
  while (!parser_->is_done() && buffer.size() >= least) {
    error_code error;
    const std::size_t taken = parser_->put(boost::asio::buffer(buffer), error);
    buffer.erase(0, taken);
    if (error == http::error::need_more) {
      // A chunk's line, or the fields behind the last chunk, that do not end: Beast bounds neither.
      if (parser_->chunked() && buffer.size() > header_bytes_) return bad(431, "a chunk's line, or the header behind the body, is too large");
      break;
    }
    if (error) return bad(400, "the body is broken: " + error.message());
    if (taken == 0) break;
  }
  return parser_->is_done() ? State::kDone : State::kMore;
}

}  // namespace lw::server
