#include "server/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace lw::server {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 24> kTitles = {{{200, "OK"},
                                                                        {201, "Created"},
                                                                        {202, "Accepted"},
                                                                        {204, "No Content"},
                                                                        {304, "Not Modified"},
                                                                        {400, "Bad Request"},
                                                                        {401, "Unauthorized"},
                                                                        {403, "Forbidden"},
                                                                        {404, "Not Found"},
                                                                        {405, "Method Not Allowed"},
                                                                        {408, "Request Timeout"},
                                                                        {409, "Conflict"},
                                                                        {411, "Length Required"},
                                                                        {413, "Content Too Large"},
                                                                        {414, "URI Too Long"},
                                                                        {415, "Unsupported Media Type"},
                                                                        {417, "Expectation Failed"},
                                                                        {429, "Too Many Requests"},
                                                                        {431, "Request Header Fields Too Large"},
                                                                        {500, "Internal Server Error"},
                                                                        {501, "Not Implemented"},
                                                                        {503, "Service Unavailable"},
                                                                        {504, "Gateway Timeout"},
                                                                        {505, "HTTP Version Not Supported"}}};

std::string_view title(int status) {
  const auto found = std::find_if(kTitles.begin(), kTitles.end(), [&](const auto& one) { return one.first == status; });
  return found == kTitles.end() ? "Status" : found->second;
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string clean(std::string_view value) {
  std::string out(value);
  std::erase_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return out;
}

bool has(const Reply& reply, std::string_view name) {
  return std::any_of(reply.headers.begin(), reply.headers.end(), [&](const auto& one) { return one.first == name; });
}

constexpr std::string_view kPagePolicy =
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'";

int status_of(desk::Why why) {
  switch (why) {
    case desk::Why::kInvalid: return 400;
    case desk::Why::kUnknown: return 401;
    case desk::Why::kForbidden: return 403;
    case desk::Why::kNotFound: return 404;
    case desk::Why::kConflict: return 409;
    case desk::Why::kTooMany: return 429;
    case desk::Why::kFailed: return 500;
    case desk::Why::kAway: return 503;
  }
  return 500;
}

}  // namespace

Reply problem(int status, std::string_view detail, std::string_view field) {
  Reply out;
  out.status = status;
  out.content_type = "application/problem+json";
  out.body = {{"type", "about:blank"}, {"title", title(status)}, {"status", status}};
  if (!detail.empty()) out.body["detail"] = detail.substr(0, 2000);
  if (!field.empty()) out.body["field"] = field.substr(0, 400);
  if (status == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) out.headers.emplace_back("Retry-After", "1");
  return out;
}

Reply problem(const desk::Refusal& refusal) {
  const int status = status_of(refusal.why);
  if (refusal.why == desk::Why::kFailed) return problem(status, "something went wrong here; it was logged");
  if (refusal.why == desk::Why::kAway) return problem(status, "something that is needed is away for the moment; try again");
  return problem(status, refusal.message, refusal.field);
}

std::string body_of(const Reply& reply) {
  if (!reply.content_type.empty() && reply.content_type != "application/problem+json") return reply.raw;
  if (!reply.raw.empty()) return reply.raw;
  return reply.body.is_null() ? std::string() : reply.body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string head_of(const Reply& reply, std::size_t length, const HeadOptions& options) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", reply.status, title(reply.status), http_date());
  const bool empty = reply.status == 204 || reply.status == 304;
  if (!empty && !options.endless) out += fmt::format("Content-Length: {}\r\n", length);
  if (!empty && (length > 0 || options.endless)) out += fmt::format("Content-Type: {}\r\n", reply.content_type.empty() ? "application/json" : clean(reply.content_type));
  out += options.keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  if (!has(reply, "Cache-Control")) out += "Cache-Control: no-store\r\n";
  out += fmt::format("X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\nContent-Security-Policy: {}\r\n",
                     options.page ? kPagePolicy : kDataPolicy);
  out += "Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n";
  if (options.secure) out += "Strict-Transport-Security: max-age=31536000\r\n";
  for (const auto& [name, value] : reply.headers) out += fmt::format("{}: {}\r\n", clean(name), clean(value));
  return out + "\r\n";
}

}  // namespace lw::server
