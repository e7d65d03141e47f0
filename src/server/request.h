// HTTP/1.1 requests from bytes as they come. Strict where laxness lets requests be smuggled: one Host, one length, no other coding of the
// transfer than `chunked`, each header that decides something once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lw::server {

struct Request {
  std::string method, target;
  bool keep_alive = false;
  bool has_body = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> length;                       // of the body as it is sent; absent: chunked or none
  std::vector<std::pair<std::string, std::string>> fields;   // names in lower case, in their order

  std::string_view field(std::string_view name) const;       // the first of that name; empty if there is none
};

class RequestReader {
 public:
  explicit RequestReader(std::uint64_t header_bytes);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  enum class State : std::uint8_t {
    kMore,  // needs more bytes
    kDone,  // the header, or the body, is complete
    kBad,   // status() and reason() say why; the connection cannot go on
  };
  // Takes the header off the buffer's front once it is there as a whole.
  State read_head(std::string& buffer);
  const Request& request() const;
  // Takes what there is of the body off the buffer's front and appends it to `out`, with no coding of the transfer left.
  State read_body(std::string& buffer, std::string& out);

  int status() const { return status_; }
  const std::string& reason() const { return reason_; }

 private:
  class Parser;
  State bad(int status, std::string reason);
  State check_head();

  std::uint64_t header_bytes_;
  std::unique_ptr<Parser> parser_;
  int status_ = 400;
  std::string reason_;
};

}  // namespace lw::server
