// Answers as bytes: status line, headers that every answer has, problems.
#pragma once

#include <string>
#include <string_view>

#include "server/call.h"

namespace lw::server {

Reply problem(int status, std::string_view detail, std::string_view field = {});
// What the desk refused, by its reason. Of what is ours nothing is shown.
Reply problem(const desk::Refusal& refusal);

// The header with the empty line behind it. `length`: of the body; what has none (204, 304, a stream) has no Content-Length either. Header
// values of handlers lose control characters.
struct HeadOptions {
  bool keep_alive = true;
  bool secure = false;      // TLS: HSTS
  bool page = false;        // of the console: scripts and styles of its own are let in
  bool endless = false;     // a stream
};
std::string head_of(const Reply& reply, std::size_t length, const HeadOptions& options);

// The body, from its JSON unless it is raw.
std::string body_of(const Reply& reply);

}  // namespace lw::server
