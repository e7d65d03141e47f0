// What the service tells its operators: lines on standard error, as JSON or as text. Never a secret, a token, a body, or an id of a
// person that came in with an event.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace lw::server::log {

// level: debug, info, warning, error; format: json, text. Until it is called nothing is told below warnings, as text.
void start(std::string_view level, std::string_view format);

// `what` names what happened, with dots: "server.listening"; the rest are its fields.
void debug(std::string_view what, const nlohmann::json& fields = nlohmann::json::object());
void info(std::string_view what, const nlohmann::json& fields = nlohmann::json::object());
void warning(std::string_view what, const nlohmann::json& fields = nlohmann::json::object());
void error(std::string_view what, const nlohmann::json& fields = nlohmann::json::object());

}  // namespace lw::server::log
