// One HTTP POST to somebody else's server, as a webhook makes it. Waits for the answer on the calling thread.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lw::server {

struct Posting {
  std::string url;  // http:// or https://, a host, maybe a port and a path; no user and no fragment
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body, content_type = "application/json";
  std::chrono::milliseconds patience{10'000};  // for all of it
};

// The answer's status. Redirects are not followed. Fails where there is no answer in time, the certificate is not good, or the answer
// is longer than one has a right to be.
Result<int> post(const Posting& posting);

// Refuses what post() cannot do, in words.
Status check_url(const std::string& url);

}  // namespace lw::server
