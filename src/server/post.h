// One HTTP POST to somebody else's server, as a webhook makes it. Waits for the answer on the calling thread.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lw::server {

struct Posting {
  std::string url;  // http:// or https://, a host, maybe a port and a path; no user and no fragment
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body, content_type = "application/json";
  std::chrono::milliseconds patience{10'000};  // for all of it, the search for the host too
  bool private_addresses = true;               // whether the host may be of this machine or of a network that is not the public one
  std::stop_token stop;                        // who waits for it gives up
};

// The answer's status; the rest of it is not read, and redirects are not followed. Fails where there is no answer in time, or the
// certificate is not good.
Result<int> post(const Posting& posting);

// Refuses what post() cannot do, in words.
Status check_url(const std::string& url);

}  // namespace lw::server
