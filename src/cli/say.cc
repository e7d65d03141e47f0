#include "cli/say.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

namespace lw::cli::say {
namespace {

bool json = false;

void line(std::string_view level, std::string_view text, const Place& place = {}) {
  if (!json) {
    fmt::print(stderr, "{}\n", text);
    return;
  }
  nlohmann::ordered_json out{{"level", level}, {"message", text}};
  if (!place.file.empty()) out["file"] = place.file;
  if (place.line) out["line"] = place.line;
  if (place.column) out["column"] = place.column;
  fmt::print(stderr, "{}\n", out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void as_json(bool wanted) { json = wanted; }
void note(std::string_view text) { line("info", text); }
void error(std::string_view text) { line("error", text); }
void error(const Error& error) {
  if (json) line("error", error.message, error.place);
  else line("error", error.to_string());
}

int failed(int code, const Error& what) {
  error(what);
  return code;
}

int result(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return 0;
  error(fmt::format("standard output: {}", std::strerror(errno)));
  return 3;
}

}  // namespace lw::cli::say
