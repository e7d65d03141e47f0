// One request that was checked against the API's document, and its answer. A handler is a plain function of the two: it runs on a
// worker thread, may wait for the store, and knows nothing of sockets.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "desk/actor.h"
#include "desk/answer.h"

namespace lw::server {

using desk::Json;

struct Call {
  desk::Actor actor;                         // who asks; of the public: no body
  std::map<std::string, std::string> path;   // parameters by name, percent-decoded
  std::map<std::string, std::string> query;  // those given, and the defaults of others
  Json body;                                 // of a JSON request, checked; null if there is none
  std::string raw;                           // of another
  std::string content_type;
  std::string session;                       // the cookie's value; empty: none
  std::string remote;                        // address of the peer
  std::string agent;                         // User-Agent
  Time now;

  const std::string& at(const std::string& name) const;     // of the path
  std::string asked(const std::string& name) const;         // of the query, "" if not given
  std::int64_t number(const std::string& name, std::int64_t otherwise) const;  // of path or query: checked to be one already
};

struct Reply {
  int status = 200;
  Json body{};                               // unless `raw` is used
  std::string raw{}, content_type{};         // content_type empty: JSON
  std::vector<std::pair<std::string, std::string>> headers{};
};

using Handler = std::function<desk::Answer<Reply>(const Call&)>;

// Handlers by operationId. Which roles, scopes and bodies may call an operation stands in the document (x-roles, x-scope, x-bodies) and
// was asked before.
using Handlers = std::map<std::string, Handler>;

}  // namespace lw::server
