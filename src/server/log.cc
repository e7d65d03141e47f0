#include "server/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "base/time.h"

namespace lw::server::log {
namespace {

using Json = nlohmann::json;

std::atomic<bool> as_json{false};

spdlog::logger& logger() {
  static const auto made = [] {
    auto out = std::make_shared<spdlog::logger>("livewarden", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    out->set_pattern("%v");
    out->set_level(spdlog::level::warn);
    return out;
  }();
  return *made;
}

std::string now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return format_rfc3339(Time{std::chrono::duration_cast<std::chrono::milliseconds>(since).count() * 1'000'000});
}

// Invalid UTF-8 is replaced: a line is always JSON. Line breaks and control characters of fields are escaped by JSON itself.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void write(spdlog::level::level_enum level, std::string_view word, std::string_view what, const Json& fields) {
  if (!logger().should_log(level)) return;
  if (as_json) {
    nlohmann::ordered_json line = {{"time", now()}, {"level", word}, {"what", what}};
    for (const auto& [key, value] : fields.items()) line[key] = value;
    logger().log(level, "{}", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  std::string text = fmt::format("{} {} {}", now(), word, what);
  for (const auto& [key, value] : fields.items()) text += fmt::format(" {}={}", key, dump(value));
  logger().log(level, "{}", text);
}

}  // namespace

void start(std::string_view level, std::string_view format) {
  as_json = format == "json";
  logger().set_level(level == "debug"     ? spdlog::level::debug
                     : level == "info"    ? spdlog::level::info
                     : level == "warning" ? spdlog::level::warn
                                          : spdlog::level::err);
}

void debug(std::string_view what, const Json& fields) { write(spdlog::level::debug, "debug", what, fields); }
void info(std::string_view what, const Json& fields) { write(spdlog::level::info, "info", what, fields); }
void warning(std::string_view what, const Json& fields) { write(spdlog::level::warn, "warning", what, fields); }
void error(std::string_view what, const Json& fields) { write(spdlog::level::err, "error", what, fields); }

}  // namespace lw::server::log
